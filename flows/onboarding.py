"""Onboards customers: account, bank account validation, mandate, recurrence schedule.

    onboard_batch(batch)            a staged file, chunk by chunk
      onboard_chunk(batch, chunk)   some hundred rows of it, many at a time
    onboard_customer(reference)     one staged customer: the triggered run

Composition only. Parameters are ids and references; what a row holds is read from the journal.
Business results are counted from the journal, never from Prefect's states.
"""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.batch_runs import apply_in_chunks, in_turns, row_in_words, staged_batch, worked_on
from flows.onboarding_steps import Onboarding
from smarterpay.intake.staging import ValidationPolicy, customer_of
from smarterpay.journal.batch_kinds import ONBOARDING, outcomes_in_words
from smarterpay.journal.batches import Progress, Row
from smarterpay.orchestration.flow_runs import tag_flow_run
from smarterpay.orchestration.runtime import Runtime, open_runtime

#: Ids that the table of outcomes shows.
RECORDS = ("mandate", "recurrence_schedule")


@flow(name="onboard-batch", flow_run_name="onboard {batch}", persist_result=False)
async def onboard_batch(batch: str) -> State[Any]:
    """Onboard every row of a staged batch that is not finished; run it again to resume.

    `batch` is the batch's id. The final state says how many rows stand where; rows that were
    refused, wait or are unknown do not fail the run.
    """
    async with open_runtime() as runtime:
        staged = staged_batch(runtime, batch, ONBOARDING)
        await tag_flow_run(ONBOARDING, batch)
        await apply_in_chunks(runtime, staged, onboard_chunk, records=RECORDS)
        counts = runtime.journal.batches.counts(batch)
        return Completed(message=outcomes_in_words(ONBOARDING, counts))


@flow(name="onboard-chunk", flow_run_name="onboard {batch} chunk {chunk}", persist_result=False)
async def onboard_chunk(batch: str, chunk: int) -> State[Any]:
    """Onboard the unfinished rows of one chunk, many at a time.

    An error of one row does not stop the others; the first such error fails the run at the end,
    and its row stays as it is, to be resumed.
    """
    async with open_runtime() as runtime:
        await tag_flow_run(ONBOARDING, batch)
        batches, settings = runtime.journal.batches, runtime.settings
        policy = ValidationPolicy.from_stored(staged_batch(runtime, batch, ONBOARDING).policy)
        rows = await runtime.journal.database.run(
            batches.unfinished_rows, batch, chunk, settings.chunk_size
        )
        await in_turns(
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
        policy = ValidationPolicy.from_stored(
            staged_batch(runtime, row.batch_id, ONBOARDING).policy
        )
        progress = await _onboard_row(runtime, row, payload, policy)
        return Completed(message=row_in_words(progress), data=progress.state.value)


async def _onboard_row(
    runtime: Runtime, row: Row, payload: bytes, policy: ValidationPolicy
) -> Progress:
    async def steps() -> Progress:
        accepts_close = runtime.settings.confirmation_of_payee_accepts_close
        return await Onboarding(customer_of(payload), policy, accepts_close).run()

    return await worked_on(runtime, row, steps())
