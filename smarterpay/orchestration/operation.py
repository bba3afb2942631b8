"""Makes a Prefect task of an API operation; the only place where tasks get their retries,
result persistence, cache key, run names, slots and journalling.

    create_mandate = operation("mandate.create", MandateCreate, Mandate)
    settled = await create_mandate(request, reference="CUST-0042")

The Prefect task receives the reference, the intent's id and the idempotency key, which is also
its cache key; the request stays in the journal. The journal decides what is sent: Prefect's
cache shows finished operations as `Cached` and is never the guard (prefect-notes, section 3).
"""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from prefect import Task
from prefect.cache_policies import NO_CACHE, CacheKeyFnPolicy
from prefect.client.schemas.objects import State as PrefectState
from prefect.client.schemas.objects import TaskRun
from prefect.context import TaskRunContext
from prefect.states import Completed
from pydantic import BaseModel

from smarterpay.api import Answer, ApiError, TransportError
from smarterpay.api.catalogue import Effect, Operation, get_operation
from smarterpay.journal.intents import Intent, Wish
from smarterpay.orchestration.delivery import deliver
from smarterpay.orchestration.fulfilment import fulfil
from smarterpay.orchestration.outcome import (
    NotSettled,
    OperationRefused,
    Outcome,
    Settled,
    settled_outcome,
)
from smarterpay.orchestration.runtime import Runtime, current_runtime

RecordT = TypeVar("RecordT", bound=BaseModel)

LONGEST_RETRY_DELAY = 60.0


class WriteOperation(Generic[RecordT]):
    """An operation that creates or changes something: journalled, keyed, never done twice."""

    def __init__(self, operation: Operation, record: type[RecordT]) -> None:
        self.operation = operation
        self.record = record
        self.task = _write_task(operation)

    async def __call__(
        self, request: BaseModel | None = None, *, reference: str, id: str | None = None
    ) -> Settled[RecordT]:
        """Have the operation happen once for `reference`, and return its outcome and record.

        `request` is the request model, `id` the record in the path where the operation has one.
        Raises the errors of `smarterpay.orchestration.outcome`.
        """
        runtime = current_runtime()

        async def through_prefect(intent: Intent) -> Outcome:
            task = _with_settings(self.task, runtime, persist=True)
            names = {"reference": intent.reference, "intent_id": intent.id, "key": intent.key}
            await task(**names)
            # What the task gave may be a result from the cache; what the journal says counts.
            settled = await _settled(runtime, intent)
            if settled is None:
                await task.with_options(refresh_cache=True)(**names)
                settled = await _settled(runtime, intent)
            if settled is None:
                raise NotSettled(intent, "the task ended and the journal knows of no outcome")
            return settled

        wish = self._wish(runtime, request, reference, id)
        outcome = await fulfil(runtime, wish, through_prefect)
        return await self._conclude(runtime, outcome)

    def _wish(
        self, runtime: Runtime, request: BaseModel | None, reference: str, id: str | None
    ) -> Wish:
        prepared = runtime.cloud.prepare(self.operation.name, request, id=id)
        return Wish(
            operation=self.operation.name,
            reference=reference,
            method=prepared.method,
            path=prepared.path,
            body=prepared.body or b"",
            repeatable=self.operation.effect is Effect.CHECK,
        )

    async def _conclude(self, runtime: Runtime, outcome: Outcome) -> Settled[RecordT]:
        journal = runtime.journal
        body = await journal.database.run(journal.intents.answer, outcome.intent_id)
        # Read after the answer: if the key is still the same, so was the answer.
        intent = await journal.database.run(journal.intents.get, outcome.intent_id)
        if intent.key != outcome.key:
            raise NotSettled(intent, "the reference is being used for other data at the same time")
        if outcome.outcome == "refused":
            raise OperationRefused(intent)
        answer = Answer(
            operation=self.operation.name,
            status=intent.status or 200,
            body=body or b"",
            replayed=bool(intent.replayed),
            request_id=None,
            retry_after=None,
            duration=0.0,
        )
        record = runtime.cloud.read(self.operation.name, answer)
        if not isinstance(record, self.record):
            raise TypeError(f"{self.operation.name} gave a {type(record).__name__}")
        return Settled(outcome, record)


class ReadOperation(Generic[RecordT]):
    """An operation that only reads: retried freely, its result never persisted."""

    def __init__(self, operation: Operation, record: type[RecordT]) -> None:
        self.operation = operation
        self.record = record
        self.task = _read_task(operation, record)

    async def __call__(self, id: str) -> RecordT:
        """The record with that id. Raises `smarterpay.api` errors, `NotFound` among them."""
        record: RecordT = await _with_settings(self.task, current_runtime(), persist=False)(id=id)
        return record


class ListOperation(Generic[RecordT]):
    """An operation that lists: all pages, retried freely, its result never persisted."""

    def __init__(self, operation: Operation, record: type[RecordT]) -> None:
        self.operation = operation
        self.record = record
        self.task = _list_task(operation)

    async def __call__(self, **filters: Any) -> Sequence[RecordT]:
        """Every record that matches the filters of the client's `list` method."""
        records: Sequence[RecordT] = await _with_settings(
            self.task, current_runtime(), persist=False
        )(filters=filters)
        return records


def operation(name: str, record: type[RecordT]) -> WriteOperation[RecordT]:
    """The task of a write or check of the catalogue, whose answer is a `record`."""
    found = get_operation(name)
    if found.effect is Effect.READ:
        raise ValueError(f"{name} only reads: use `read_operation` or `list_operation`")
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


def _write_task(operation: Operation) -> Task[..., Any]:
    async def run(reference: str, intent_id: str, key: str) -> Any:
        outcome = await deliver(current_runtime(), intent_id, key)
        view = outcome.model_dump(mode="json")
        if outcome.outcome == "refused":
            return Completed(name="Refused", message=outcome.reason, data=view)
        return view

    return _named(run, operation, "{reference}")


def _read_task(operation: Operation, record: type[RecordT]) -> Task[..., Any]:
    async def run(id: str) -> RecordT:
        runtime = current_runtime()
        request = runtime.cloud.prepare(operation.name, id=id)
        await runtime.budget.take()
        answer = await runtime.cloud.exchange(request, idempotency_key=None)
        found = runtime.cloud.read(operation.name, answer)
        if not isinstance(found, record):
            raise TypeError(f"{operation.name} gave a {type(found).__name__}")
        return found

    return _named(run, operation, "{id}")


def _list_task(operation: Operation) -> Task[..., Any]:
    async def run(filters: dict[str, Any]) -> list[Any]:
        resource = getattr(current_runtime().cloud, operation.resource)
        return [record async for record in resource.list(**filters)]

    return _named(run, operation, "")


def _named(run: Any, operation: Operation, what: str) -> Task[..., Any]:
    run.__name__ = run.__qualname__ = operation.task
    run.__doc__ = f"{operation.method} {operation.path} (reference, section {operation.section})."
    return Task(
        run,
        name=operation.task,
        task_run_name=f"{operation.task} {what}".strip(),
        cache_policy=NO_CACHE,
        persist_result=False,
        retry_condition_fn=_is_worth_retrying,
    )


async def _settled(runtime: Runtime, intent: Intent) -> Outcome | None:
    found = await runtime.journal.database.run(runtime.journal.intents.get, intent.id)
    return settled_outcome(found, intent.key)


def _with_settings(task: Task[..., Any], runtime: Runtime, *, persist: bool) -> Task[..., Any]:
    """`task` with the retries and the result storage of this process's settings, made once."""
    configured: Task[..., Any] | None = runtime.tasks.get(task.name)
    if configured is None:
        options = _retries(runtime) | (_persistence(runtime) if persist else {})
        configured = runtime.tasks[task.name] = task.with_options(**options)
    return configured


def _retries(runtime: Runtime) -> dict[str, Any]:
    tries, first = runtime.settings.max_attempts, runtime.settings.retry_delay
    if first == 0:
        return {"retries": tries - 1, "retry_delay_seconds": 0}
    return {
        "retries": tries - 1,
        "retry_delay_seconds": [
            min(first * 2**n, LONGEST_RETRY_DELAY) for n in range(max(tries - 1, 1))
        ],
        "retry_jitter_factor": 0.5,
    }


def _persistence(runtime: Runtime) -> dict[str, Any]:
    return {
        "persist_result": True,
        "cache_policy": CacheKeyFnPolicy(cache_key_fn=_idempotency_key),
        "result_serializer": "json",
        "result_storage": runtime.storage,
    }


def _idempotency_key(_context: TaskRunContext, parameters: dict[str, Any]) -> str:
    """The cache key is the idempotency key, so every key stands as a persisted task result."""
    key: str = parameters["key"]
    return key


async def _is_worth_retrying(
    _task: Task[..., Any], _task_run: TaskRun, state: PrefectState[Any]
) -> bool:
    """Retry what may yet settle. Must not raise: Prefect would take that for a no."""
    try:
        await state.result(raise_on_failure=True)
    except NotSettled:
        return True
    except TransportError:
        return True
    except ApiError as error:
        return error.retryable
    except Exception:
        return False
    return False
