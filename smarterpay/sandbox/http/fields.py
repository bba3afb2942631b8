"""How a request field is checked and described, as data; knows no resource and no record."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from smarterpay.sandbox.http.answers import FieldFault, Refusal
from smarterpay.sandbox.http.countries import COUNTRY_CODES
from smarterpay.sandbox.settings import MAX_PENCE, MESSAGE_INVALID, MIN_PENCE

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WHOLE = re.compile(r"-?[0-9]{1,18}")


class BadValueError(ValueError):
    """A value breaks its rule; the text says how and never repeats the value."""


class Rule(Protocol):
    """What a value must be: `read` gives it in our form, `schema` describes it."""

    def read(self, raw: Any) -> Any:
        """The value in our form; raises `BadValueError`."""
        ...

    def schema(self) -> dict[str, Any]:
        """The rule as JSON Schema."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A string of at most `longest` characters, and matching `pattern` if there is one."""

    longest: int
    pattern: str | None = None
    meaning: str = ""

    def read(self, raw: Any) -> str:
        if not isinstance(raw, str):
            raise BadValueError("must be a string")
        if len(raw) > self.longest:
            raise BadValueError(f"must be at most {self.longest} characters")
        if self.pattern is not None and re.fullmatch(self.pattern, raw) is None:
            raise BadValueError(self.meaning)
        return raw

    def schema(self) -> dict[str, Any]:
        described: dict[str, Any] = {"type": "string", "maxLength": self.longest}
        if self.pattern is not None:
            described["pattern"] = f"^{self.pattern}$"
        return described


@dataclass(frozen=True, slots=True)
class Digits:
    """A string of digits: exactly `count`, or from 1 to `count` where `up_to`."""

    count: int
    up_to: bool = False

    def read(self, raw: Any) -> str:
        if not isinstance(raw, str) or not raw.isascii() or not raw.isdigit():
            raise BadValueError("must be a string of digits")
        if len(raw) > self.count or (len(raw) != self.count and not self.up_to):
            raise BadValueError(
                f"must be {'at most' if self.up_to else 'exactly'} {self.count} digits"
            )
        return raw

    def schema(self) -> dict[str, Any]:
        least = 1 if self.up_to else self.count
        return {"type": "string", "pattern": f"^[0-9]{{{least},{self.count}}}$"}


@dataclass(frozen=True, slots=True)
class Email:
    """A valid e-mail address of at most `longest` characters."""

    longest: int

    def read(self, raw: Any) -> str:
        text = Text(self.longest).read(raw)
        if _EMAIL.fullmatch(text) is None:
            raise BadValueError("must be a valid e-mail address")
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "email", "maxLength": self.longest}


@dataclass(frozen=True, slots=True)
class Flag:
    """A boolean, or `true`/`false` in any case (section 5, "Boolean form")."""

    def read(self, raw: Any) -> bool:
        if isinstance(raw, bool):
            return raw
        if isinstance(raw, str) and raw.lower() in {"true", "false"}:
            return raw.lower() == "true"
        raise BadValueError("must be true or false")

    def schema(self) -> dict[str, Any]:
        return {"type": ["boolean", "string"]}


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `least` to `most`, as a JSON number or a string of digits."""

    least: int
    most: int

    def read(self, raw: Any) -> int:
        if isinstance(raw, str) and _WHOLE.fullmatch(raw):
            raw = int(raw)
        if isinstance(raw, bool) or not isinstance(raw, int):
            raise BadValueError("must be a whole number")
        if not self.least <= raw <= self.most:
            raise BadValueError(f"must be from {self.least} to {self.most}")
        return raw

    def schema(self) -> dict[str, Any]:
        return {"type": ["integer", "string"], "minimum": self.least, "maximum": self.most}


def pence(least: int = MIN_PENCE) -> Whole:
    """Money in pence, no decimal point (section 5, "Money")."""
    return Whole(least, MAX_PENCE)


@dataclass(frozen=True, slots=True)
class Day:
    """A date, `YYYY-MM-DD` (section 5, "Dates")."""

    def read(self, raw: Any) -> date:
        if isinstance(raw, str) and _DATE.fullmatch(raw):
            try:
                return date.fromisoformat(raw)
            except ValueError:
                pass
        raise BadValueError("must be a date, YYYY-MM-DD")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a set of words; underscores are read as blanks where `blanks` (section 7.5)."""

    words: tuple[str, ...]
    blanks: bool = False

    def read(self, raw: Any) -> str:
        word = raw.replace("_", " ") if self.blanks and isinstance(raw, str) else raw
        if not isinstance(word, str) or word not in self.words:
            raise BadValueError("must be one of " + ", ".join(self.words))
        return word

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class Country:
    """An ISO 3166-1 alpha-2 country code."""

    def read(self, raw: Any) -> str:
        if not isinstance(raw, str) or raw not in COUNTRY_CODES:
            raise BadValueError("must be an ISO 3166-1 alpha-2 country code")
        return raw

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[A-Z]{2}$"}


@dataclass(frozen=True, slots=True)
class Field:
    """One request field: its wire name, its rule, whether a create must have it.

    On a PUT an optional field may be cleared by `""` or null unless `clearable` is off.
    """

    name: str
    rule: Rule
    mandatory: bool = False
    clearable: bool = True


class Values:
    """The checked fields of one request: absent, cleared (None), or a value in our form."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str, default: str = "") -> str:
        """A text; `default` where absent or cleared."""
        value = self._values.get(name)
        return default if value is None else str(value)

    def optional_text(self, name: str) -> str | None:
        """A text, or None where absent or cleared."""
        value = self._values.get(name)
        return None if value is None else str(value)

    def flag(self, name: str, default: bool) -> bool:
        """A boolean; `default` where absent or cleared."""
        value = self._values.get(name)
        return default if value is None else bool(value)

    def number(self, name: str) -> int | None:
        """A whole number, or None where absent or cleared."""
        value = self._values.get(name)
        return None if value is None else int(value)

    def must_number(self, name: str) -> int:
        """A whole number that the rules made mandatory."""
        return int(self._values[name])

    def day(self, name: str) -> date | None:
        """A date, or None where absent or cleared."""
        value = self._values.get(name)
        return value if isinstance(value, date) else None


def read_fields(
    raw: Mapping[str, Any], fields: tuple[Field, ...], *, update: bool, strict: bool
) -> Values:
    """Check a request's fields against their rules; keys in any case (section 5, "Key case").

    Raises `Refusal` (400) that lists every faulty field at once. `update`: nothing is
    mandatory unless its rule says so, and what is left out stays out.
    """
    folded = {key.lower(): value for key, value in raw.items()}
    values: dict[str, Any] = {}
    faults: list[FieldFault] = []
    for field in fields:
        given = folded.pop(field.name.lower(), _ABSENT)
        try:
            value = _read_one(field, given, update)
        except BadValueError as bad:
            faults.append(FieldFault(field.name, str(bad)))
        else:
            if value is not _ABSENT:
                values[field.name] = value
    if strict:
        faults += [FieldFault(printable(key), "is not a known property") for key in folded]
    if faults:
        raise Refusal(400, MESSAGE_INVALID, *faults)
    return Values(values)


_ABSENT = object()


def _read_one(field: Field, given: Any, update: bool) -> Any:
    blank = given is None or (isinstance(given, str) and not given.strip())
    if given is _ABSENT:
        if field.mandatory and not update:
            raise BadValueError("is mandatory")
        return _ABSENT
    if blank:
        if field.mandatory:
            raise BadValueError("is mandatory")
        if update and not field.clearable:
            raise BadValueError("cannot be cleared")
        return None
    return field.rule.read(given)


def printable(key: str) -> str:
    """A property name that a caller made up, in a form that can be shown."""
    return re.sub(r"[^A-Za-z0-9_-]", "?", key)[:50]
