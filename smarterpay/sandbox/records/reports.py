"""The record of a Bacs report that is on its way; knows no rule."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(slots=True)
class DueReport:
    """A report of `code` about a record, to arrive on the morning of `day` (an ISO date).

    `record_kind` is the table of the record; `line_id` the submission line of an input report.
    The details are those the report brings, empty for none.
    """

    KIND: ClassVar[str] = "due_reports"
    id: str
    created_at: str
    day: str
    code: str
    record_kind: str
    record_id: str
    line_id: str = ""
    sort_code: str = ""
    account_number: str = ""
    account_name: str = ""

    def __repr__(self) -> str:
        return f"DueReport({self.id})"
