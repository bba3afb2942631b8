"""The tolerant types of section 5, value by value; knows no record."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Final

from pydantic import BeforeValidator, SecretStr
from pydantic_core import PydanticCustomError

from smarterpay.api.json_document import read_json
from smarterpay.api.wire.model import Personal
from smarterpay.api.wire.rules import plain_text, refused
from smarterpay.clock import LONDON

_WHOLE_NUMBER: Final = re.compile(r"-?[0-9]{1,18}")
_LARGEST_NUMBER: Final = 10**18
"""Nothing as large is money or a count, and no database column holds it."""
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_USABLE_ID: Final = re.compile(r"[!-~]{1,64}")
"""An id that could stand in a path again (section 5): opaque, but of printable characters."""


def _absent(value: object) -> bool:
    """`""` and `null` both mean absent (section 5)."""
    return value is None or (isinstance(value, str) and not value.strip())


def _to_text(value: object) -> str | None:
    if isinstance(value, str):
        return value or None
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise refused("text", "a text was expected")


def _to_id(value: object) -> str:
    found = _to_text(value)
    if found is None or not _USABLE_ID.fullmatch(found):
        raise refused("id", "a record id was expected")
    return found


def _to_int(value: object) -> int | None:
    """A whole number in either form (section 5, "Number form")."""
    if _absent(value):
        return None
    if isinstance(value, bool):
        raise refused("whole_number", "a whole number was expected")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and -_LARGEST_NUMBER < value < _LARGEST_NUMBER:
        return value
    if isinstance(value, str):
        digits = value.strip()
        if _WHOLE_NUMBER.fullmatch(digits):
            return int(digits)
    raise refused("whole_number", "a whole number was expected")


def _to_flag(value: object) -> bool | None:
    """A boolean in either form (section 5, "Boolean form")."""
    if _absent(value):
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in {"true", "false"}:
        return value.strip().lower() == "true"
    if isinstance(value, int) and value in {0, 1}:
        return bool(value)
    raise refused("flag", "true or false was expected")


def _to_flag_or_text(value: object) -> bool | str | None:
    try:
        return _to_flag(value)
    except PydanticCustomError:
        return _to_text(value)


def _to_instant(value: object) -> datetime | None:
    """A timestamp in any of its forms, as an aware datetime in UTC (section 5)."""
    if _absent(value):
        return None
    if isinstance(value, datetime):
        return value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    # Python reads week dates and bare digits too, which nobody who writes a timestamp means.
    if isinstance(value, str) and _DATE.match(value.strip()):
        try:
            instant = datetime.fromisoformat(value.strip())
            if instant.tzinfo is None:
                instant = instant.replace(tzinfo=UTC)
            return instant.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise refused("timestamp", "a timestamp was expected")


def _to_day(value: object) -> date | None:
    """A London date; a timestamp in its place stands for the day in London (section 7.13)."""
    if _absent(value):
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DATE.fullmatch(value.strip()):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            raise refused("date", "a date was expected") from None
    instant = _to_instant(value)
    try:
        return None if instant is None else instant.astimezone(LONDON).date()
    except OverflowError:
        raise refused("date", "a date was expected") from None


def _to_json(value: object) -> object:
    """JSON, or JSON inside a string (sections 7.3 and 7.11); a text that is neither stays."""
    if _absent(value):
        return None
    if isinstance(value, str):
        with suppress(ValueError, RecursionError):
            return read_json(value)
    return value


Text = Annotated[str | None, BeforeValidator(_to_text)]
"""A text; absent is `None`."""
PersonalText = Annotated[str | None, BeforeValidator(_to_text), Personal()]
"""A text that never shows."""
SecretText = Annotated[SecretStr | None, BeforeValidator(_to_text), Personal()]
"""A text that neither shows nor leaves by a dump: `get_secret_value()` gives it."""
Id = Annotated[str, BeforeValidator(_to_id)]
"""An opaque record id that must be there."""
Pence = Annotated[int | None, BeforeValidator(_to_int)]
"""Money in pence; absent is `None`."""
WholeNumber = Annotated[int | None, BeforeValidator(_to_int)]
"""A count; absent is `None`."""
Flag = Annotated[bool | None, BeforeValidator(_to_flag)]
"""A boolean; absent is `None`."""
FlagOrText = Annotated[bool | str | None, BeforeValidator(_to_flag_or_text)]
"""A boolean where it reads as one, otherwise the text; absent is `None`."""
Timestamp = Annotated[datetime | None, BeforeValidator(_to_instant)]
"""An aware datetime in UTC; absent is `None`."""
Day = Annotated[date | None, BeforeValidator(_to_day)]
"""A London date; absent is `None`."""
EmbeddedJson = BeforeValidator(_to_json)
"""Reads JSON that may come inside a string."""


def open_set(
    known: type[StrEnum], synonyms: Mapping[str, StrEnum] | None = None
) -> BeforeValidator:
    """Reads a state: the enum's member where it is known in any case, with blanks or underscores,
    otherwise the text as it came (section 5; sets grow, states are data).
    """
    by_name: dict[str, str] = {_folded_state(member.value): member for member in known}
    by_name.update(synonyms or {})

    def read(value: object) -> object:
        found = _to_text(plain_text(value))
        if found is None or not found.strip():
            return None
        return by_name.get(_folded_state(found), found)

    return BeforeValidator(read)


def _folded_state(state: str) -> str:
    return " ".join(state.replace("_", " ").lower().split())
