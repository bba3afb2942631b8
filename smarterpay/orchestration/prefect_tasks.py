"""Makes Prefect tasks of API operations; the only place where they get their retries, result
persistence, cache key and run names.

The task of a write receives the reference, the intent's id and the idempotency key, which is
also its cache key; the request stays in the journal. The journal decides what is sent: Prefect's
cache shows finished operations as `Cached` and is never the guard (prefect-notes, section 3).
"""

from typing import Any, TypeVar

from prefect import Task
from prefect.cache_policies import NO_CACHE, CacheKeyFnPolicy
from prefect.client.schemas.objects import State as PrefectState
from prefect.client.schemas.objects import TaskRun
from prefect.context import TaskRunContext
from prefect.states import Completed
from pydantic import BaseModel

from smarterpay.api import ApiError, TransportError
from smarterpay.api.catalogue import Operation
from smarterpay.journal.intents import Intent
from smarterpay.orchestration.delivery import deliver
from smarterpay.orchestration.outcome import NotSettled, Outcome, settled_outcome
from smarterpay.orchestration.reading import read_record
from smarterpay.orchestration.runtime import Runtime, current_runtime

RecordT = TypeVar("RecordT", bound=BaseModel)

LONGEST_RETRY_DELAY = 60.0


def write_task(operation: Operation) -> Task[..., Any]:
    """The task that delivers one intent; its result is the outcome, without personal data."""

    async def run(reference: str, intent_id: str, key: str) -> Any:
        outcome = await deliver(current_runtime(), intent_id, key)
        view = outcome.model_dump(mode="json")
        if outcome.outcome == "refused":
            return Completed(name="Refused", message=outcome.reason, data=view)
        return view

    return _named(run, operation, "{reference}")


def read_task(operation: Operation, record: type[RecordT]) -> Task[..., Any]:
    """The task that reads one record; its result is not persisted."""

    async def run(id: str) -> RecordT:
        _, found = await read_record(current_runtime(), operation.name, id)
        if not isinstance(found, record):
            raise TypeError(f"{operation.name} gave a {type(found).__name__}")
        return found

    return _named(run, operation, "{id}")


def list_task(operation: Operation) -> Task[..., Any]:
    """The task that reads every page of a list; its result is not persisted."""

    async def run(filters: dict[str, Any]) -> list[Any]:
        resource = getattr(current_runtime().client(operation.name), operation.resource)
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


async def deliver_through_prefect(
    task: Task[..., Any], runtime: Runtime, intent: Intent
) -> Outcome:
    """Have `task` bring `intent` to a settled outcome, or find that it was there already."""
    configured = with_settings(task, runtime, persist=True)
    names = {"reference": intent.reference, "intent_id": intent.id, "key": intent.key}
    await configured(**names)
    # What the task gave may be a result from the cache; what the journal says counts.
    settled = await _settled(runtime, intent)
    if settled is None:
        await configured.with_options(refresh_cache=True)(**names)
        settled = await _settled(runtime, intent)
    if settled is None:
        raise NotSettled(intent, "the task ended and the journal knows of no outcome")
    return settled


async def _settled(runtime: Runtime, intent: Intent) -> Outcome | None:
    found = await runtime.journal.database.run(runtime.journal.intents.get, intent.id)
    return settled_outcome(found, intent.key)


def with_settings(task: Task[..., Any], runtime: Runtime, *, persist: bool) -> Task[..., Any]:
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
    except (TransportError, ApiError) as error:
        return error.retryable
    except Exception:
        return False
    return False
