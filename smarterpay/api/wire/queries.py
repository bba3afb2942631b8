"""Paging, sorting and filters of lists (section 6); knows no resource."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from smarterpay.api import assumptions
from smarterpay.api.wire.requests import Request
from smarterpay.api.wire.rules import plain_text, required_text

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
