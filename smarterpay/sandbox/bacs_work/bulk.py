"""The background work of bulk creates (sections 7.9 and 12): judges row by row; no route."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from smarterpay.bacs import ApiRequestEvent
from smarterpay.sandbox.books.changes import Source, change, move
from smarterpay.sandbox.http.answers import Refusal
from smarterpay.sandbox.http.fields import Field, Values, read_fields
from smarterpay.sandbox.platform import BackgroundTask, Platform
from smarterpay.sandbox.records.items import ApiRequest, Credit, Payment
from smarterpay.sandbox.resources.api_requests import (
    CREDIT_ROWS,
    PAYMENT_ROWS,
    ROW_CREATED,
    ROW_FAILED,
    ROW_PENDING,
    START_TASK,
)
from smarterpay.sandbox.resources.credits import CREATE_FIELDS as CREDIT_FIELDS
from smarterpay.sandbox.resources.credits import create_from as create_credit
from smarterpay.sandbox.resources.payments import CREATE_FIELDS as PAYMENT_FIELDS
from smarterpay.sandbox.resources.payments import create_from as create_payment
from smarterpay.sandbox.settings import BULK_ROWS_PER_SECOND
from smarterpay.sandbox.triggers import BULK_FAILURE_MESSAGE, BULK_FAILURE_START
from smarterpay.sandbox.webhooks.outbox import announce_failed_row

ROWS_TASK = "create_bulk_rows"


@dataclass(frozen=True, slots=True)
class RowKind:
    """How rows of one kind become records: their fields, their reference, their create."""

    fields: tuple[Field, ...]
    reference: str
    create: Callable[[Platform, Values], Payment | Credit]


_KINDS = {
    PAYMENT_ROWS: RowKind(PAYMENT_FIELDS, "custom_reference", create_payment),
    CREDIT_ROWS: RowKind(CREDIT_FIELDS, "reference", create_credit),
}


def start(platform: Platform, request_id: str) -> None:
    """Background work: the request's rows begin; the first of them are done within a second."""
    request = platform.books.api_requests.get(request_id)
    if request is not None and move(platform, request, ApiRequestEvent.STARTED, Source.SMP):
        _plan_rows(platform, request)


def create_rows(platform: Platform, request_id: str) -> None:
    """Background work: judge the next second's rows, each on its own, then plan the rest."""
    request = platform.books.api_requests.get(request_id)
    if request is None:
        return
    for result in _waiting(request)[:BULK_ROWS_PER_SECOND]:
        _judge(platform, request, result)
    if _waiting(request):
        change(platform, request, Source.SMP)
        _plan_rows(platform, request)
    else:
        request.rows = []
        move(platform, request, ApiRequestEvent.DONE, Source.SMP)


TASKS: Mapping[str, BackgroundTask] = {START_TASK: start, ROWS_TASK: create_rows}


def _waiting(request: ApiRequest) -> list[dict[str, Any]]:
    return [result for result in request.results if result["status"] == ROW_PENDING]


def _plan_rows(platform: Platform, request: ApiRequest) -> None:
    """Plan the next rows for when the last of them is through, at 100 rows a second."""
    rows = min(len(_waiting(request)), BULK_ROWS_PER_SECOND)
    due = platform.now() + timedelta(seconds=rows / BULK_ROWS_PER_SECOND)
    platform.agenda.plan(due, ROWS_TASK, request.id)


def _judge(platform: Platform, request: ApiRequest, result: dict[str, Any]) -> None:
    """Create what a row asks for, or note why not and raise its failure event."""
    row = request.rows[result["index"]]
    kind = _KINDS[request.record_type]
    try:
        record = kind.create(platform, _read(platform, kind, row))
    except Refusal as refused:
        result |= {"status": ROW_FAILED, "message": _told(refused)}
        fields = row if isinstance(row, dict) else {}
        announce_failed_row(platform, request.id, request.record_type, fields, result["message"])
    else:
        result |= {"status": ROW_CREATED, "id": record.id}


def _read(platform: Platform, kind: RowKind, row: Any) -> Values:
    """The checked fields of a row; raises `Refusal` where it breaks a rule or a test value."""
    if not isinstance(row, dict):
        raise Refusal(400, "The row must be an object")
    folded = {name.lower(): value for name, value in row.items()}
    if str(folded.get(kind.reference)).startswith(BULK_FAILURE_START):
        raise Refusal(400, BULK_FAILURE_MESSAGE)
    return read_fields(row, kind.fields, update=False, strict=platform.settings.strict)


def _told(refused: Refusal) -> str:
    """Why a row failed, in one text: each faulty field by name, never with its value."""
    if not refused.details:
        return refused.message
    return "; ".join(f"{fault.field} {fault.message}" for fault in refused.details)
