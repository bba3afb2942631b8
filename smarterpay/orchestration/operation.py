"""Makes an operation of the catalogue callable in a flow: journalled, as a Prefect task.

    create_mandate = operation("mandate.create", Mandate)
    settled = await create_mandate(request, reference="CUST-0042")

It knows what an operation is asked and what it gives, not how its task is retried or kept.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from smarterpay.api import Answer
from smarterpay.api.catalogue import Effect, Operation, get_operation
from smarterpay.journal.decision import State
from smarterpay.journal.intents import Intent
from smarterpay.orchestration.fulfilment import fulfil
from smarterpay.orchestration.outcome import NotSettled, OperationRefused, Outcome, Settled
from smarterpay.orchestration.prefect_tasks import (
    deliver_through_prefect,
    list_task,
    read_task,
    with_settings,
    write_task,
)
from smarterpay.orchestration.reading import read_record
from smarterpay.orchestration.runtime import Runtime, current_runtime
from smarterpay.orchestration.wishes import wish_for

RecordT = TypeVar("RecordT", bound=BaseModel)

#: How the operations end that carry many creates in one call (reference, section 7.9).
BULK = ".bulk_create"


class WriteOperation(Generic[RecordT]):
    """An operation that creates or changes something: journalled, keyed, never done twice."""

    def __init__(self, operation: Operation, record: type[RecordT]) -> None:
        self.operation = operation
        self.record = record
        self.task = write_task(operation)

    async def __call__(
        self, request: BaseModel | None = None, *, reference: str, id: str | None = None
    ) -> Settled[RecordT]:
        """Have the operation happen once for `reference`, and return its outcome and record.

        `request` is the request model, `id` the record in the path where the operation has one.
        Raises the errors of `smarterpay.orchestration.outcome`.
        """
        runtime = current_runtime()

        async def through_prefect(intent: Intent) -> Outcome:
            return await deliver_through_prefect(self.task, runtime, intent)

        wish = wish_for(runtime, self.operation, request, reference=reference, id=id)
        outcome = await fulfil(runtime, wish, through_prefect)
        return await self._conclude(runtime, outcome)

    async def made(self, reference: str) -> RecordT | None:
        """The record of it under `reference`, if it is known to have happened; nothing is sent.

        For a request that would be built from what somebody may have changed since.
        """
        runtime = current_runtime()
        journal = runtime.journal
        found = await journal.database.run(journal.intents.find, reference, self.operation.name)
        if not found or found[0].state is not State.SUCCEEDED:
            return None
        body = await journal.database.run(journal.intents.answer, found[0].id)
        record, _ = await self._record(runtime, found[0], body)
        if not isinstance(record, self.record):
            raise TypeError(f"{self.operation.name} gave a {type(record).__name__}")
        return record

    async def _conclude(self, runtime: Runtime, outcome: Outcome) -> Settled[RecordT]:
        journal = runtime.journal
        body = await journal.database.run(journal.intents.answer, outcome.intent_id)
        # Read after the answer: if the key is still the same, so was the answer.
        intent = await journal.database.run(journal.intents.get, outcome.intent_id)
        if intent.key != outcome.key:
            raise NotSettled(intent, "the reference is being used for other data at the same time")
        if outcome.outcome == "refused":
            raise OperationRefused(intent)
        record, read_at = await self._record(runtime, intent, body)
        if not isinstance(record, self.record):
            raise TypeError(f"{self.operation.name} gave a {type(record).__name__}")
        return Settled(outcome, record, read_at)

    async def _record(
        self, runtime: Runtime, intent: Intent, body: bytes | None
    ) -> tuple[object, datetime]:
        """The record as it was answered, or as it now is where the answer told its id only.

        That is so for a row that a bulk call created: the API request names no more of it. With
        an instant before it was asked for.
        """
        if body is None and intent.record_id is not None:
            get, read_at = f"{self.operation.name.partition('.')[0]}.get", runtime.clock.now()
            return (await read_record(runtime, get, intent.record_id))[1], read_at
        record = runtime.client(self.operation.name).read(
            self.operation.name,
            Answer(
                operation=self.operation.name,
                status=intent.status or 200,
                body=body or b"",
                replayed=bool(intent.replayed),
            ),
        )
        return record, intent.first_sent_at or intent.opened_at


class ReadOperation(Generic[RecordT]):
    """An operation that only reads: retried freely, its result never persisted."""

    def __init__(self, operation: Operation, record: type[RecordT]) -> None:
        self.operation = operation
        self.record = record
        self.task = read_task(operation, record)

    async def __call__(self, id: str) -> RecordT:
        """The record with that id. Raises `smarterpay.api` errors, `NotFound` among them."""
        record: RecordT = await with_settings(self.task, current_runtime(), persist=False)(id=id)
        return record


class ListOperation(Generic[RecordT]):
    """An operation that lists: all pages, retried freely, its result never persisted."""

    def __init__(self, operation: Operation, record: type[RecordT]) -> None:
        self.operation = operation
        self.record = record
        self.task = list_task(operation)

    async def __call__(self, **filters: Any) -> Sequence[RecordT]:
        """Every record that matches the filters of the client's `list` method."""
        records: Sequence[RecordT] = await with_settings(
            self.task, current_runtime(), persist=False
        )(filters=filters)
        return records


def operation(name: str, record: type[RecordT]) -> WriteOperation[RecordT]:
    """The task of a write or check of the catalogue, whose answer is a `record`."""
    found = get_operation(name)
    if found.effect is Effect.READ:
        raise ValueError(f"{name} only reads: use `read_operation` or `list_operation`")
    if name.endswith(BULK):
        raise ValueError(f"{name} carries rows: use `bulk_operation`")
    return WriteOperation(found, record)


def read_operation(name: str, record: type[RecordT]) -> ReadOperation[RecordT]:
    """The task of a single read of the catalogue."""
    return ReadOperation(_reading(name, paged=False), record)


def list_operation(name: str, record: type[RecordT]) -> ListOperation[RecordT]:
    """The task of a list of the catalogue."""
    return ListOperation(_reading(name, paged=True), record)


def _reading(name: str, *, paged: bool) -> Operation:
    found = get_operation(name)
    if found.effect is not Effect.READ or found.paged is not paged:
        raise ValueError(f"{name} is not a {'list' if paged else 'single read'}")
    return found
