"""API request: how far the rows of a bulk create are (section 7.9), read only."""

from enum import StrEnum
from typing import Annotated

from smarterpay.api.wire import (
    EmbeddedJson,
    Id,
    PersonalText,
    Record,
    Text,
    Timestamp,
    WholeNumber,
    open_set,
)
from smarterpay.bacs.service_life_cycles import ApiRequestStatus

__all__ = ["ApiRequest", "ApiRequestRow", "ApiRequestRowStatus", "ApiRequestStatus"]


class ApiRequestRowStatus(StrEnum):
    """How one row stands (assumption `bulk.record`)."""

    PENDING = "pending"
    CREATED = "created"
    FAILED = "failed"


class ApiRequestRow(Record):
    """One row: `index` counts from 0, `id` is absent on failure and `message` on success."""

    index: WholeNumber = None
    status: Annotated[ApiRequestRowStatus | str | None, open_set(ApiRequestRowStatus)] = None
    id: Text = None
    message: PersonalText = None


class ApiRequest(Record):
    """A bulk create as it stands; `record_type` is `payment` or `credit`.

    `records` is absent in the 202 that answers the bulk create itself.
    """

    id: Id
    status: Annotated[ApiRequestStatus | str | None, open_set(ApiRequestStatus)] = None
    created_at: Timestamp = None
    record_type: Text = None
    total_count: WholeNumber = None
    success_count: WholeNumber = None
    failed_count: WholeNumber = None
    records: Annotated[tuple[ApiRequestRow, ...] | None, EmbeddedJson] = None

    @property
    def is_completed(self) -> bool:
        """Whether every row has been judged; a status we do not know is not the end."""
        return self.status is ApiRequestStatus.COMPLETED
