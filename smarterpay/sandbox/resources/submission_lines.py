"""Submission lines (reference, section 7.13); read only, knows the records they name by id."""

from typing import Any

from smarterpay.bacs import SubmissionLineStatus
from smarterpay.sandbox.http.answers import Answer, success
from smarterpay.sandbox.http.lists import Listing
from smarterpay.sandbox.http.resource import PENCE_TEXT, TEXT, Call, Resource, Route
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.items import SubmissionLine

ENVELOPE = "submissionLine"
SECTION = "7.13"
CODES = ("0N", "0C", "0S", "01", "17", "18", "19", "99")
ANSWER = {
    "Id": TEXT,
    "amount": PENCE_TEXT,
    "collection_date": {"type": "string", "pattern": r"^(\d{4}-\d\d-\d\d)?$"},
    "record_id": TEXT,
    "status": {"type": "string", "enum": [status.value for status in SubmissionLineStatus]},
    "submission_id": TEXT,
    "transaction_code": {"type": "string", "enum": list(CODES)},
    "type": {"type": "string", "enum": ["mandate", "payment", "credit"]},
}


def get(platform: Platform, call: Call) -> Answer:
    """The line as it stands."""
    return success(ENVELOPE, present(platform, call.record))


def present(_: Platform, line: SubmissionLine) -> dict[str, Any]:
    """The line as the wire has it: the amount as a string, a date only for money."""
    return {
        "Id": line.id,
        "amount": str(line.amount),
        "collection_date": line.collection_date,
        "record_id": line.record_id,
        "status": line.status,
        "submission_id": line.submission_id,
        "transaction_code": line.transaction_code,
        "type": line.type,
    }


def find(platform: Platform, record_id: str) -> SubmissionLine | None:
    """The line with this id, in any case."""
    return platform.books.submission_lines.get(record_id.upper())


LISTING = Listing(
    envelope="submissionLines",
    table=lambda books: books.submission_lines,
    present=present,
    sort_fields=("created_at", "id", "status", "record_id", "submission_id", "transaction_code"),
    find=find,
    status=lambda line: str(line.status),
    filters={
        "transaction_code": lambda _, line: (line.transaction_code,),
        "submission_id": lambda _, line: (line.submission_id,),
        "record_id": lambda _, line: (line.record_id,),
    },
)

RESOURCE = Resource(
    service="Submission line",
    rules="One per mandate, payment or credit of a submission; mandate lines carry amount `0`.",
    routes=(
        Route(
            "submission_line.get",
            "GET",
            "/submissionline/{id}",
            get,
            SECTION,
            "Read a submission line",
            ENVELOPE,
            ANSWER,
            locate=find,
        ),
        Route(
            "submission_line.list",
            "GET",
            "/submissionlines",
            LISTING.work,
            SECTION,
            "List submission lines",
            LISTING.envelope,
            ANSWER,
            listing=True,
            singular_path="/submissionline",
            sort_fields=LISTING.sort_fields,
            filters=tuple(LISTING.filters),
        ),
    ),
)
