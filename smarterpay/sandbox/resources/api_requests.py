"""API requests (reference, section 7.9): taking rows in and telling of them; judges no row."""

from typing import Any

from smarterpay.bacs import ApiRequestStatus
from smarterpay.sandbox.books.changes import Source, enter
from smarterpay.sandbox.http.answers import Answer, accepted, success
from smarterpay.sandbox.http.resource import NUMBER, STAMP, TEXT, Call, Resource, Route
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.items import ApiRequest
from smarterpay.sandbox.settings import BULK_DELAY

ENVELOPE = "api_request"
SECTION = "7.9"
START_TASK = "start_bulk"
"""The background work that is planned for a request taken in."""

PAYMENT_ROWS, CREDIT_ROWS = "payment", "credit"
ROW_PENDING, ROW_CREATED, ROW_FAILED = "pending", "created", "failed"

ANSWER = {
    "id": TEXT,
    "status": {"type": "string", "enum": [status.value for status in ApiRequestStatus]},
    "created_at": STAMP,
    "record_type": {"type": "string", "enum": [PAYMENT_ROWS, CREDIT_ROWS]},
    "total_count": NUMBER,
    "success_count": NUMBER,
    "failed_count": NUMBER,
}
_ROW = {
    "index": {"type": "integer", "minimum": 0},
    "status": {"type": "string", "enum": [ROW_PENDING, ROW_CREATED, ROW_FAILED]},
    "id": TEXT,
    "message": TEXT,
}
FULL_ANSWER = ANSWER | {
    "records": {
        "type": "array",
        "items": {"type": "object", "required": list(_ROW), "properties": _ROW},
    }
}


def take(platform: Platform, call: Call, record_type: str) -> Answer:
    """Take in the rows of a bulk call; 202, and nothing of them is created yet."""
    request = ApiRequest(
        id=platform.new_id("AR01"),
        created_at=platform.clock.stamp(),
        status=ApiRequestStatus.PENDING.value,
        record_type=record_type,
        rows=list(call.rows),
        results=[_result(index) for index in range(len(call.rows))],
    )
    enter(platform, request, Source.API)
    platform.agenda.plan(platform.now() + BULK_DELAY, START_TASK, request.id)
    return accepted(ENVELOPE, present_counts(request))


def _result(index: int) -> dict[str, Any]:
    return {"index": index, "status": ROW_PENDING, "id": "", "message": ""}


def get(platform: Platform, call: Call) -> Answer:
    """The request as it stands, with what became of each row."""
    return success(ENVELOPE, present(platform, call.record))


def present(_: Platform, request: ApiRequest) -> dict[str, Any]:
    """The request in full: counts, and `records` in the order of the rows."""
    return present_counts(request) | {"records": request.results}


def present_counts(request: ApiRequest) -> dict[str, Any]:
    """The request without its rows; counts are numbers (section 7.9)."""
    ends = [result["status"] for result in request.results]
    return {
        "id": request.id,
        "status": request.status,
        "created_at": request.created_at,
        "record_type": request.record_type,
        "total_count": len(ends),
        "success_count": ends.count(ROW_CREATED),
        "failed_count": ends.count(ROW_FAILED),
    }


def find(platform: Platform, record_id: str) -> ApiRequest | None:
    """The API request with this id, in any case."""
    return platform.books.api_requests.get(record_id.upper())


RESOURCE = Resource(
    service="API request",
    rules=(
        "A bulk create: `pending`, then `processing` one simulated second later, 100 rows a "
        "second, then `completed`. On a frozen clock it waits for an advance."
    ),
    routes=(
        Route(
            "api_request.get",
            "GET",
            "/apirequest/{id}",
            get,
            SECTION,
            "Read an API request",
            ENVELOPE,
            FULL_ANSWER,
            locate=find,
        ),
    ),
)
