"""The rules of requests, one by one, and how a broken one is told; knows no model."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from smarterpay.api import assumptions
from smarterpay.api.errors import HOUSE_RULE, BrokenRule, InvalidRequest
from smarterpay.api.wire.model import Personal


def refused(rule: str, wording: str, *, field: str = "") -> PydanticCustomError:
    """A broken rule, with a wording that quotes no value; `field` where a whole model is judged."""
    return PydanticCustomError(
        HOUSE_RULE, "{wording}", {"wording": wording, "field": field, "rule": rule}
    )


def plain_text(value: object) -> object:
    """A `StrEnum` member as the string it is, so that it passes where a literal is asked for."""
    return str(value.value) if isinstance(value, StrEnum) else value


def required_text(longest: int) -> Any:
    """Annotation of a mandatory string of 1 to `longest` characters, not all blank."""
    return StringConstraints(min_length=1, max_length=longest, pattern=r"\S")


def text(longest: int) -> Any:
    """Annotation of an optional string of at most `longest` characters; blank is allowed."""
    return StringConstraints(max_length=longest)


def misplaced(field: str, wording: str) -> InvalidRequest:
    """An `InvalidRequest` about one argument that no model holds, such as a record id."""
    return InvalidRequest("request", [BrokenRule(field, "argument", wording)])


AccountNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$"), Personal()]
"""Exactly 8 digits, leading zeros kept (section 7.2)."""
SortCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$"), Personal()]
"""Exactly 6 digits, no separators (section 7.2)."""
Auddis = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9/\-.& ]{1,18}$")]
"""Mandate reference: 1 to 18 of `A-Z 0-9 / - . &` and space (section 7.5)."""
RecordId = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,64}$")]
"""Id of an existing record: opaque, printable, without blanks (section 5)."""
OptionalRecordId = Annotated[str, StringConstraints(pattern=r"^[!-~]{0,64}$")]
"""As `RecordId`, or blank where the reference allows it."""
Metadata = Annotated[str, text(1000), Personal()]
"""Free text of at most 1000 characters, echoed back (section 5)."""
LandingPage = Annotated[str, text(500), Personal()]
"""URL of at most 500 characters (section 7.3)."""
CollectionPence = Annotated[
    int,
    Field(ge=assumptions.PAYMENT_AMOUNT.value[0], le=assumptions.PAYMENT_AMOUNT.value[1]),
]
"""Amount of a collection in pence (section 7.7)."""
AmendedPence = Annotated[int, Field(ge=0, le=assumptions.PAYMENT_AMOUNT.value[1])]
"""Amount in pence of a record not yet submitted; 0 is a payment break (section 7.7)."""
Cancelled = Annotated[Literal["cancelled"], BeforeValidator(plain_text)]
"""The one status a PUT may ask for (sections 7.7, 7.10 and 7.12)."""
BacsCode = Annotated[
    str,
    StringConstraints(pattern=r"^(ADDACS|AUDDIS|ARUDD|ARRUD|ARUCS|AWACS|DDICA|INPUT) ?[0-9A-Z]$"),
]
"""A reason code given by hand, such as `ADDACS 1` or `ADDACS1` (section 10)."""
