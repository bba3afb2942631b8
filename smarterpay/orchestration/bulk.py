"""Makes a bulk operation of the catalogue callable in a flow, beside `operation`.

    bulk_create_payments = bulk_operation("payment.bulk_create", row_operation="payment.create")
    outcome = await bulk_create_payments(rows, reference="RUN-2026-06")

One Prefect task makes the call, others read how far its rows are; what they carry stays in the
journal (reference, section 7.9).
"""

from collections.abc import Sequence
from typing import Generic, TypeVar

from smarterpay.api.catalogue import Effect, Operation, get_operation
from smarterpay.api.models.api_request import ApiRequest
from smarterpay.api.wire import Request
from smarterpay.journal.intents import Intent
from smarterpay.orchestration.bulk_fulfilment import FOLLOW_SECONDS, fulfil_bulk
from smarterpay.orchestration.bulk_outcome import BulkOutcome
from smarterpay.orchestration.operation import BULK
from smarterpay.orchestration.outcome import Outcome
from smarterpay.orchestration.prefect_tasks import (
    deliver_through_prefect,
    read_task,
    with_settings,
    write_task,
)
from smarterpay.orchestration.runtime import current_runtime
from smarterpay.orchestration.wishes import bulk_wish

RowT = TypeVar("RowT", bound=Request)


class BulkOperation(Generic[RowT]):
    """Many creates in one call under one key, each an intent of its own; none done twice."""

    def __init__(self, operation: Operation, row_operation: Operation, row: type[RowT]) -> None:
        self.operation = operation
        self.row_operation = row_operation
        self.row = row
        self.task = write_task(operation)
        self.follow_task = read_task(get_operation("api_request.get"), ApiRequest)

    async def __call__(
        self, rows: Sequence[RowT], *, reference: str, follow_for: float = FOLLOW_SECONDS
    ) -> BulkOutcome:
        """Have each of `rows` happen once, and tell what became of each, in the same order.

        1 to 500 rows, each with a reference of its own: what `create` would be given. A row
        whose reference is settled, or in flight, is not sent again. `follow_for` is how many
        seconds of pauses are spent on rows that are not judged yet; what is open then is told
        as `not_settled`, and a call under the same `reference` goes on, whatever rows it names.
        Raises `InvalidRequest`, and `Misconfigured` as every operation does.
        """
        runtime = current_runtime()
        wish = bulk_wish(runtime, self.operation, self.row_operation, rows, reference=reference)

        async def through_prefect(call: Intent) -> Outcome:
            return await deliver_through_prefect(self.task, runtime, call)

        async def poll(api_request_id: str) -> ApiRequest:
            task = with_settings(self.follow_task, runtime, persist=False)
            request: ApiRequest = await task(id=api_request_id)
            return request

        return await fulfil_bulk(runtime, wish, through_prefect, poll, follow_for=follow_for)


def bulk_operation(name: str, row: type[RowT], *, row_operation: str) -> BulkOperation[RowT]:
    """The task of a bulk create of the catalogue; its rows are requests of `row_operation`."""
    found, single = get_operation(name), get_operation(row_operation)
    if not name.endswith(BULK):
        raise ValueError(f"{name} carries no rows: use `operation`")
    if single.effect is not Effect.WRITE or single.resource != found.resource:
        raise ValueError(f"{row_operation} makes no row of {name}")
    return BulkOperation(found, single, row)
