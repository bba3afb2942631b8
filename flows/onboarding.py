"""Onboards customers: account, bank account validation, mandate, recurrence schedule.

    onboard_batch(batch)            a staged file, chunk by chunk
      onboard_chunk(batch, chunk)   some hundred rows of it, many at a time
    onboard_customer(reference)     one staged customer: the triggered run

Composition only. Parameters are ids and references; what a row holds is read from the journal.
Business results are counted from the journal, never from Prefect's states.
"""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Iterable
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.onboarding_report import OnboardingReport, sentence
from flows.onboarding_steps import Onboarding
from smarterpay.api import SmarterPayError
from smarterpay.intake.staging import ONBOARDING, ValidationPolicy, customer_of
from smarterpay.journal.batches import Batch, BatchState, Progress, Row
from smarterpay.journal.encryption import CannotDecrypt
from smarterpay.orchestration.flow_runs import flow_run_id, tag_flow_run
from smarterpay.orchestration.outcome import Misconfigured, OperationError
from smarterpay.orchestration.runtime import Runtime, open_runtime

_log = logging.getLogger("smarterpay.onboarding")

#: While one chunk runs out of rows, the next one keeps the rate budget busy.
CHUNKS_AT_ONCE = 2


class RowCrashed(RuntimeError):
    """A row met an error that nobody foresaw; tells its kind and place, and nothing it may quote.

    Prefect keeps the exception of a failed run in a file, with all it holds: an error of a
    library may hold the row.
    """


class NotStaged(RuntimeError):
    """Staging of the batch was cut short; the file has to be staged again."""


@flow(name="onboard-batch", flow_run_name="onboard {batch}", persist_result=False)
async def onboard_batch(batch: str) -> State[Any]:
    """Onboard every row of a staged batch that is not finished; run it again to resume.

    `batch` is the batch's id. The final state says how many rows stand where; rows that were
    refused, wait or are unknown do not fail the run.
    """
    async with open_runtime() as runtime:
        staged = _ready(runtime, batch)
        await tag_flow_run(ONBOARDING, batch)
        batches = runtime.journal.batches
        batches.set_state(batch, BatchState.APPLYING, flow_run_id=flow_run_id())
        chunks = batches.unfinished_chunks(batch, runtime.settings.chunk_size)
        async with OnboardingReport(runtime, staged) as report:
            try:
                await _all(CHUNKS_AT_ONCE, (onboard_chunk(batch, chunk) for chunk in chunks))
                batches.set_state(batch, BatchState.APPLIED)
            finally:
                await report.publish()  # a run that failed has rows to tell of too
        return Completed(message=sentence(batches.counts(batch)))


@flow(name="onboard-chunk", flow_run_name="onboard {batch} chunk {chunk}", persist_result=False)
async def onboard_chunk(batch: str, chunk: int) -> State[Any]:
    """Onboard the unfinished rows of one chunk, many at a time.

    An error of one row does not stop the others; the first such error fails the run at the end,
    and its row stays as it is, to be resumed.
    """
    async with open_runtime() as runtime:
        await tag_flow_run(ONBOARDING, batch)
        batches, settings = runtime.journal.batches, runtime.settings
        policy = ValidationPolicy.from_stored(_ready(runtime, batch).policy)
        rows = await runtime.journal.database.run(
            batches.unfinished_rows, batch, chunk, settings.chunk_size
        )
        await _all(
            settings.concurrency,
            (_onboard_row(runtime, row, payload, policy) for row, payload in rows),
        )
        return Completed(message=f"{len(rows)} rows worked on")


@flow(name="onboard-customer", flow_run_name="onboard {reference}", persist_result=False)
async def onboard_customer(reference: str) -> State[Any]:
    """Onboard the customer most recently staged under `reference`; the triggered run.

    Raises `LookupError` if no customer is staged under it.
    """
    async with open_runtime() as runtime:
        await tag_flow_run(ONBOARDING, reference)
        row, payload = await runtime.journal.database.run(
            runtime.journal.batches.latest_row, ONBOARDING, reference
        )
        policy = ValidationPolicy.from_stored(_ready(runtime, row.batch_id).policy)
        progress = await _onboard_row(runtime, row, payload, policy)
        return Completed(message=_in_words(progress), data=progress.state.value)


def _ready(runtime: Runtime, batch: str) -> Batch:
    staged = runtime.journal.batches.get(batch)
    if staged.state is BatchState.STAGING:
        raise NotStaged(f"{batch} is not completely staged; stage its file again")
    return staged


async def _onboard_row(
    runtime: Runtime, row: Row, payload: bytes, policy: ValidationPolicy
) -> Progress:
    try:
        onboarding = Onboarding(
            customer_of(payload), policy, runtime.settings.confirmation_of_payee_accepts_close
        )
        progress = await onboarding.run()
    except (OperationError, SmarterPayError, CannotDecrypt):
        raise  # ours: nothing in them is personal
    except Exception as error:
        raise _crash(row, error) from None
    journal = runtime.journal
    await journal.database.run(journal.batches.record, row, progress, journal.clock.now())
    return progress


def _crash(row: Row, error: Exception) -> RowCrashed:
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}"
    text = f"{row.batch_id}, line {row.line}: {type(error).__name__} at {place}"
    _log.error("%s\n%s", text, "".join(traceback.format_list(frames)))
    return RowCrashed(text)


async def _all(at_once: int, work: Iterable[Awaitable[object]]) -> None:
    """Await all of `work`, `at_once` of it at a time; raise the first error when all is done.

    `Misconfigured` ends it early and is raised before any other: what the provider does not let
    in now, it will not let in for the next row either.
    """
    errors: list[Exception] = []
    waiting = iter(work)

    async def take_turns() -> None:
        for next_piece in waiting:
            try:
                await next_piece
            except Exception as error:
                errors.append(error)
            if any(isinstance(error, Misconfigured) for error in errors):
                return

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(take_turns())
    errors.sort(key=lambda error: not isinstance(error, Misconfigured))
    if errors:
        raise errors[0]


def _in_words(progress: Progress) -> str:
    if progress.reason is None:
        return str(progress.state)
    return f"{progress.state} at {progress.step}: {progress.message}"
