"""Submissions (reference, section 7.13); read only, knows nothing of how a run makes them."""

from typing import Any

from smarterpay.bacs import SubmissionStatus
from smarterpay.sandbox.http.answers import Answer, success
from smarterpay.sandbox.http.lists import Listing
from smarterpay.sandbox.http.resource import PENCE_TEXT, STAMP, TEXT, Call, Resource, Route
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.items import Submission
from smarterpay.sandbox.resources import service_user_numbers

ENVELOPE = "submission"
SECTION = "7.13"
_COUNTS = (
    "credit_total_count",
    "credit_total_value",
    "mandate_cancellation_count",
    "mandate_convert_count",
    "mandate_new_instruction_count",
    "payment_total_count",
    "payment_total_value",
)
ANSWER = {
    "Id": TEXT,
    "created_at": STAMP,
    **dict.fromkeys(_COUNTS, PENCE_TEXT),
    "serial_number": {"type": "string", "pattern": "^[A-Z0-9]{6}$"},
    "status": {"type": "string", "enum": [status.value for status in SubmissionStatus]},
    "sun_name": TEXT,
    "sun_number": TEXT,
}


def get(platform: Platform, call: Call) -> Answer:
    """The submission as it stands."""
    return success(ENVELOPE, present(platform, call.record))


def present(platform: Platform, submission: Submission) -> dict[str, Any]:
    """The submission as the wire has it: counts and values as strings, values in pence."""
    return {
        "Id": submission.id,
        "created_at": submission.created_at,
        **{name: str(getattr(submission, name)) for name in _COUNTS},
        "serial_number": submission.serial_number,
        "status": submission.status,
        "sun_name": service_user_numbers.name_of(platform, submission.sun),
        "sun_number": submission.sun,
    }


def find(platform: Platform, record_id: str) -> Submission | None:
    """The submission with this id, in any case."""
    return platform.books.submissions.get(record_id.upper())


LISTING = Listing(
    envelope="submissions",
    table=lambda books: books.submissions,
    present=present,
    sort_fields=("created_at", "id", "status", "serial_number", "sun"),
    find=find,
    status=lambda submission: str(submission.status),
)

RESOURCE = Resource(
    service="Submission",
    rules=(
        "One per SUN and run at 22:00 on banking days, none where nothing is due. An input "
        "report that fails a line makes it `Submitted With errors`."
    ),
    routes=(
        Route(
            "submission.get",
            "GET",
            "/submission/{id}",
            get,
            SECTION,
            "Read a submission",
            ENVELOPE,
            ANSWER,
            locate=find,
        ),
        Route(
            "submission.list",
            "GET",
            "/submissions",
            LISTING.work,
            SECTION,
            "List submissions",
            LISTING.envelope,
            ANSWER,
            listing=True,
            singular_path="/submission",
            sort_fields=LISTING.sort_fields,
        ),
    ),
)
