"""The types that stand between JSON and our models; knows no resource and no HTTP.

Requests are strict: what breaks a limit or set of section 7 raises `InvalidRequest` before a
byte leaves. Records are tolerant in every way section 5 lists, and keep what they do not know.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, ClassVar, Final, Generic, Literal, TypeVar, get_args

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from smarterpay.api import assumptions
from smarterpay.api.errors import HOUSE_RULE, BrokenRule, InvalidRequest
from smarterpay.clock import LONDON


class Wire:
    """The wire spelling of an attribute; further spellings are read as well (section 5)."""

    def __init__(self, *names: str) -> None:
        self.names = names


class Personal:
    """Marks a type whose value never shows in a repr, hence in no log and no error text."""


class _Model(BaseModel):
    """What requests and records share: attributes, wire names and a repr without secrets."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        personal = _personal_fields(type(self))
        for name in type(self).model_fields:
            value = getattr(self, name)
            if value is not None:
                yield name, _Hidden() if name in personal else value


class _Hidden:
    """Stands for a personal value in a repr."""

    def __repr__(self) -> str:
        return "***"


# --- Requests --------------------------------------------------------------------------------


class Request(_Model):
    """A body to send. Raises `InvalidRequest` on construction, naming fields and never values."""

    model_config = ConfigDict(strict=True, extra="forbid")

    def __init__(self, **data: Any) -> None:
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise InvalidRequest.from_validation(type(self).__name__, error) from None

    def to_wire(self) -> Any:
        """The properties that were set, in the model's order and the wire's spelling: an object.

        A property left out, or set to `None`, is not sent: what the platform then does is its
        default, and stays out of the bytes that an idempotency key is bound to.
        """
        dumped = self.model_dump(mode="json", exclude_unset=True)
        spelling = _wire_spelling(type(self))
        sent = {spelling[name]: self._sent(value) for name, value in dumped.items()}
        return {name: value for name, value in sent.items() if value is not None}

    def _sent(self, value: Any) -> Any:
        return value


class Update(Request):
    """The body of a PUT: a property left out stays as it is, one set to `None` is cleared.

    (Section 5, "Request properties".) At least one property must be set; only those named in
    `clearable`, optional texts and the end of a schedule, can be cleared.
    """

    clearable: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="after")
    def _changes_something(self) -> "Update":
        if not self.model_fields_set:
            raise refused("nothing_to_change", "set at least one property")
        for name in type(self).model_fields:
            cleared = name in self.model_fields_set and getattr(self, name) is None
            if cleared and name not in self.clearable:
                raise refused("mandatory", "cannot be cleared", field=name)
        return self

    def _sent(self, value: Any) -> Any:
        return assumptions.CLEARED_TEXT.value if value is None else value


Row_co = TypeVar("Row_co", bound=Request, covariant=True)


class BulkCreate(Request, Generic[Row_co]):
    """Many creates in one body: an array of rows, each as in the single create (section 7.9)."""

    rows: tuple[Row_co, ...]

    @model_validator(mode="after")
    def _rows_keep_their_number(self) -> "BulkCreate[Row_co]":
        most = assumptions.BULK_LIMIT.value
        if not 1 <= len(self.rows) <= most:
            raise refused("number_of_rows", f"must be 1 to {most}", field="rows")
        return self

    @model_validator(mode="after")
    def _rows_keep_their_rules(self) -> "BulkCreate[Row_co]":
        for index, row in enumerate(self.rows):
            try:
                revalidated(row)
            except InvalidRequest as error:
                (broken, *_) = error.broken
                field = f"rows.{index}.{broken.field}"
                raise refused(broken.rule, broken.wording, field=field) from None
        return self

    def to_wire(self) -> Any:
        """The rows in their order: an array."""
        return [row.to_wire() for row in self.rows]


def serialise(request: Request, envelope: str | None) -> bytes:
    """The body of `request`: compact UTF-8 JSON, the same bytes for the same request."""
    document: object = request.to_wire()
    if envelope is not None:
        document = {envelope: document}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


Q = TypeVar("Q", bound=Request)


def revalidated(request: Q) -> Q:
    """`request` checked once more, for one that was built around its own checks."""
    set_fields = {name: getattr(request, name) for name in request.model_fields_set}
    return type(request)(**set_fields)


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


# --- Lists -----------------------------------------------------------------------------------

_LIMITS: Final = assumptions.LIST_PAGING.value
LARGEST_PAGE: Final = _LIMITS["largest_limit"]
"""Records on one page, at most (section 6)."""
FILTER_TIME: Final = "%Y-%m-%d %H:%M:%S"
"""Form of a time in a filter: UTC, with a space (section 5)."""


def _comma_list(value: object) -> object:
    """Several states as the comma-separated list that enum filters take (section 6)."""
    if value is None or isinstance(value, str):
        return plain_text(value)
    if isinstance(value, Iterable):
        return ",".join(sorted(str(plain_text(item)) for item in value))
    return value


class ListQuery(Request):
    """Paging, sorting and the filters that every list has (section 6).

    `limit` is records per page, 1 to 500. `created_from` and `created_to` are aware datetimes;
    they leave in UTC and whole seconds, widened rather than narrowed.
    """

    created_from: AwareDatetime | None = None
    created_to: AwareDatetime | None = None
    # A blank filter would find everything, which a look-up by reference must never do.
    id: Annotated[str, required_text(64)] | None = None
    status: Annotated[str, required_text(500)] | None = None
    custom_reference: Annotated[str, required_text(100)] | None = None
    sort_field: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]{1,64}$")] | None = None
    sort_order: Annotated[str, StringConstraints(pattern=r"^(asc|desc)$")] | None = None
    limit: Annotated[int, Field(ge=_LIMITS["smallest_limit"], le=LARGEST_PAGE)] = LARGEST_PAGE
    page_no: Annotated[int, Field(ge=1)] = 1

    @model_validator(mode="before")
    @classmethod
    def _states(cls, data: Any) -> Any:
        if isinstance(data, dict) and "status" in data:
            return {**data, "status": _comma_list(data["status"])}
        return data

    def to_query(self) -> tuple[tuple[str, str], ...]:
        """Name and value pairs in the model's order; `limit` and `page_no` always among them."""
        pairs: list[tuple[str, str]] = []
        for name in type(self).model_fields:
            value = getattr(self, name)
            if value is None:
                continue
            pairs.append((name, _filter_text(name, value)))
        return tuple(pairs)


class CodedListQuery(ListQuery):
    """A list that can also be filtered by Bacs transaction code (section 6)."""

    transaction_code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{2}$")] | None = None


def _filter_text(name: str, value: object) -> str:
    if isinstance(value, datetime):
        instant = value.astimezone(UTC)
        if name.endswith("_to") and instant.microsecond:
            instant = datetime.fromtimestamp(int(instant.timestamp()) + 1, UTC)
        return instant.strftime(FILTER_TIME)
    return str(value)


# --- Records ---------------------------------------------------------------------------------


class Record(_Model):
    """What the provider answers: keys match in any case, unknown ones are kept (section 5)."""

    model_config = ConfigDict(extra="allow")

    @model_validator(mode="before")
    @classmethod
    def _match_keys(cls, data: Any) -> Any:
        """Wire keys of any case to attribute names; the first value that is not absent wins."""
        if not isinstance(data, dict):
            return data
        spellings = _spellings(cls)
        matched: dict[str, Any] = {}
        for key, value in data.items():
            name = spellings.get(str(key).lower(), str(key))
            if name not in matched or matched[name] in (None, ""):
                matched[name] = value
        return matched

    @property
    def unknown_fields(self) -> Mapping[str, Any]:
        """Properties the provider sent that the model does not name, as they came."""
        return self.__pydantic_extra__ or {}


_WHOLE_NUMBER: Final = re.compile(r"-?[0-9]{1,18}")


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
    if found is None or not found.strip():
        raise refused("id", "a record id was expected")
    return found


def _to_int(value: object) -> int | None:
    """A whole number in either form (section 5, "Number form")."""
    if _absent(value):
        return None
    if isinstance(value, bool):
        raise refused("whole_number", "a whole number was expected")
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
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
    if isinstance(value, str):
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
    if isinstance(value, str) and len(value.strip()) == 10:
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            raise refused("date", "a date was expected") from None
    instant = _to_instant(value)
    return None if instant is None else instant.astimezone(LONDON).date()


def _to_json(value: object) -> object:
    """JSON, or JSON inside a string (sections 7.3 and 7.11); a text that is neither stays."""
    if _absent(value):
        return None
    if isinstance(value, str):
        with suppress(ValueError, RecursionError):
            return json.loads(value)
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


# --- What the classes say about themselves ---------------------------------------------------


@cache
def _wire_spelling(model: type[BaseModel]) -> Mapping[str, str]:
    """Attribute name to the spelling that is sent."""
    return {name: _names(model, name)[0] for name in model.model_fields}


@cache
def _spellings(model: type[BaseModel]) -> Mapping[str, str]:
    """Lower-case wire key to attribute name."""
    return {
        spelling.lower(): name
        for name in model.model_fields
        for spelling in (name, *_names(model, name))
    }


@cache
def _personal_fields(model: type[BaseModel]) -> frozenset[str]:
    return frozenset(
        name
        for name, info in model.model_fields.items()
        if any(isinstance(mark, Personal) for mark in info.metadata)
        or _marks_personal(info.annotation)
    )


def _names(model: type[BaseModel], field: str) -> tuple[str, ...]:
    for mark in model.model_fields[field].metadata:
        if isinstance(mark, Wire):
            return mark.names
    return (field,)


def _marks_personal(annotation: Any) -> bool:
    """Whether `Personal` stands anywhere inside, as in `AccountNumber | None`."""
    return any(isinstance(part, Personal) or _marks_personal(part) for part in get_args(annotation))


def misplaced(field: str, wording: str) -> InvalidRequest:
    """An `InvalidRequest` about one argument that no model holds, such as a record id."""
    return InvalidRequest("request", [BrokenRule(field, "argument", wording)])


@dataclass(frozen=True, slots=True)
class ReferenceField:
    """Where our own reference travels on a resource, so that a record can be found by it.

    `request` is the attribute it is sent in, `answer` the one it comes back in, `filter` the
    list filter that finds it, or `None` where no filter does and the list must be read.
    `listed_by` is the operation that lists the records, where it is not the resource's own.
    """

    request: str
    answer: str
    filter: str | None
    listed_by: str | None = None
