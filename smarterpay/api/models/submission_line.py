"""Submission line: one item of a submission (section 7.13), read only."""

from enum import StrEnum
from typing import Annotated

from smarterpay.api.wire import (
    CodedListQuery,
    Day,
    Id,
    Pence,
    Record,
    Text,
    Wire,
    open_set,
    required_text,
)
from smarterpay.bacs.item_life_cycles import SubmissionLineStatus

__all__ = [
    "SubmissionLine",
    "SubmissionLineListQuery",
    "SubmissionLineStatus",
    "SubmissionLineType",
]


class SubmissionLineType(StrEnum):
    """What kind of record a line carries; all but `mandate` are assumed (`line.values`)."""

    MANDATE = "mandate"
    PAYMENT = "payment"
    CREDIT = "credit"


class SubmissionLineListQuery(CodedListQuery):
    """A list of lines, also by submission or by the record they carry."""

    submission_id: Annotated[str, required_text(64)] | None = None
    record_id: Annotated[str, required_text(64)] | None = None


class SubmissionLine(Record):
    """A line; amount in pence, 0 for mandates. `collection_date` is absent for mandates."""

    id: Annotated[Id, Wire("Id")]
    amount: Pence = None
    collection_date: Day = None
    record_id: Text = None
    status: Annotated[SubmissionLineStatus | str | None, open_set(SubmissionLineStatus)] = None
    submission_id: Text = None
    transaction_code: Text = None
    type: Annotated[SubmissionLineType | str | None, open_set(SubmissionLineType)] = None
