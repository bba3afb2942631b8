"""The fields that several kinds of row share, with the provider's limits; knows no row."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError

from smarterpay.intake.rules import FIELD_RULES, MAX_PENCE, Rule

_BACS_TEXT: Final = re.compile(r"[A-Z0-9/\-.& ]+")
_RECORD_ID: Final = re.compile(r"[!-~]+")


class FileRow(BaseModel):
    """What every kind of row is: frozen, strict, without input in the text of an error."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)

    reference: str


R = TypeVar("R", bound=FileRow)


def broken_cell(
    rules: Mapping[str, Rule], slug: str, column: str | None, **facts: object
) -> PydanticCustomError:
    """The error for a field that breaks the rule `slug` of `rules`; its type is the slug."""
    return PydanticCustomError(slug, rules[slug].sentence(column=column, **facts), facts)


def _visible(value: str, column: str | None, allowed: str) -> str:
    for position, character in enumerate(value, start=1):
        if character == "\ufffd":
            raise broken_cell(FIELD_RULES, "text.damaged", column, position=position)
        if character.isprintable() or character in allowed:
            continue
        if character in "\r\n":
            raise broken_cell(FIELD_RULES, "text.line-break", column)
        code_point = f"U+{ord(character):04X} {unicodedata.name(character, 'control')}"
        facts = {"code_point": code_point, "position": position}
        raise broken_cell(FIELD_RULES, "text.unprintable", column, **facts)
    return value


def _one_line(value: str, info: ValidationInfo) -> str:
    return (
        value if value.isascii() and value.isprintable() else _visible(value, info.field_name, "")
    )


def _several_lines(value: str, info: ValidationInfo) -> str:
    return _visible(value, info.field_name, "\r\n\t")


def _mandate_reference(value: str, info: ValidationInfo) -> str:
    if not _BACS_TEXT.fullmatch(value):
        raise broken_cell(FIELD_RULES, "mandate-reference.characters", info.field_name)
    return value


def _credit_reference(value: str, info: ValidationInfo) -> str:
    if not _BACS_TEXT.fullmatch(value):
        raise broken_cell(FIELD_RULES, "reference.characters", info.field_name)
    return value


def _record_id(value: str, info: ValidationInfo) -> str:
    if not _RECORD_ID.fullmatch(value):
        raise broken_cell(FIELD_RULES, "record-id.form", info.field_name)
    return value


def text_up_to(limit: int) -> StringConstraints:
    """A trimmed text of 1 to `limit` characters."""
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=limit)


ONE_LINE: Final = AfterValidator(_one_line)

Text50 = Annotated[str, text_up_to(50), ONE_LINE]
Text100 = Annotated[str, text_up_to(100), ONE_LINE]
Pence = Annotated[int, Field(ge=1, le=MAX_PENCE)]
"""1 to 2,000,000,000 pence (reference, section 7.7)."""
MandateReference = Annotated[str, text_up_to(18), AfterValidator(_mandate_reference)]
"""AUDDIS reference: 1 to 18 of `A-Z 0-9 / - . &` and blank (section 7.5)."""
CreditReference = Annotated[str, text_up_to(18), AfterValidator(_credit_reference)]
"""What a Bacs credit carries to the payee's statement: 18 characters (section 7.10), of those
that Bacs knows."""
RecordId = Annotated[str, text_up_to(64), AfterValidator(_record_id)]
"""Id of a record at the provider: opaque, printable, without blanks (section 5)."""
Metadata = Annotated[str, text_up_to(1000), AfterValidator(_several_lines)]
