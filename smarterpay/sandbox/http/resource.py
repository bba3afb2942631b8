"""The form in which a resource declares its routes; knows no particular resource."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from smarterpay.sandbox.http.answers import Answer
from smarterpay.sandbox.http.fields import Field, Values
from smarterpay.sandbox.platform import Platform

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
OPTIONAL_TEXT: Schema = {"type": ["string", "null"]}
FLAG: Schema = {"type": "boolean"}
NUMBER: Schema = {"type": "integer"}
PENCE_TEXT: Schema = {"type": "string", "pattern": "^[0-9]+$"}
STAMP: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}


@dataclass(frozen=True, slots=True)
class Call:
    """What the work of an operation gets: checked fields, the record of the path, the query.

    `origin` is scheme and host the caller used, for links back to this sandbox. `rows` are
    those of a bulk call as they came, none of them checked.
    """

    values: Values
    record: Any
    query: Mapping[str, str]
    origin: str
    rows: tuple[Any, ...] = ()


Work = Callable[[Platform, Call], Answer]


@dataclass(frozen=True, slots=True)
class Request:
    """The body an operation takes: its envelope and fields; `update` as `read_fields` has it.

    With `most_rows` the envelope holds an array of 1 to so many rows of these fields. With an
    empty envelope the body itself is the object, as on the card host (section 6). `variants`
    are the fields by what the property `selector` says; `fields` hold where it says none of it.
    """

    envelope: str
    fields: tuple[Field, ...]
    update: bool = False
    most_rows: int = 0
    selector: str = ""
    variants: Mapping[str, tuple[Field, ...]] = field(default_factory=dict)

    def fields_for(self, content: Mapping[str, Any]) -> tuple[Field, ...]:
        """The fields that hold for this content."""
        for name, value in content.items():
            if self.selector and name.lower() == self.selector and isinstance(value, str):
                return self.variants.get(value, self.fields)
        return self.fields


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: method and path (`{id}` stands for a record), what it takes and gives.

    `locate` finds the record of the path, None leads to 404. `listing` marks a list, whose
    path depends on the setting `list_paths`: `singular_path` is the other place. `answer` is
    what a record always has, `optional` what only some have; `statuses` are those of success;
    `filters` are a list's own filters beside those that every list has (section 6).
    """

    name: str
    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    work: Work
    section: str
    summary: str
    answer_envelope: str
    answer: Mapping[str, Schema]
    request: Request | None = None
    locate: Callable[[Platform, str], Any] | None = None
    listing: bool = False
    singular_path: str | None = None
    sort_fields: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    optional: Mapping[str, Schema] = field(default_factory=dict)
    statuses: tuple[int, ...] = (200,)


@dataclass(frozen=True, slots=True)
class Resource:
    """One service of the catalogue (section 6) with the operations it offers."""

    service: str
    routes: tuple[Route, ...]
    rules: str = ""
    """What a reader of the docs must know beyond fields: the rules, in a sentence or two."""
