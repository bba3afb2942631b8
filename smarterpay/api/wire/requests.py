"""Bodies to send: strict, and serialised once; knows no resource."""

import json
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import ConfigDict, ValidationError, model_validator

from smarterpay.api import assumptions
from smarterpay.api.errors import InvalidRequest
from smarterpay.api.wire.model import Model, wire_spelling
from smarterpay.api.wire.rules import refused


class Request(Model):
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
        spelling = wire_spelling(type(self))
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
