"""Pays money back: each refund by the one rail that its payment's state allows.

    refund_batch(batch)            a staged file: plan, approval, chunk by chunk, report
      refund_chunk(batch, chunk)   some hundred rows of it, many at a time
    refund_payment(reference)      one staged refund: the triggered run

Composition only. Parameters are ids and references; what a row holds is read from the journal.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.approval import approved
from flows.batch_runs import (
    apply_in_chunks,
    begun_batch,
    in_turns,
    row_in_words,
    staged_batch,
    worked_on,
)
from flows.refund_steps import Refunding, payment_read
from smarterpay.bacs import BankingCalendar
from smarterpay.intake.planned_refunds import MOST_PENCE, Wanted, open_amounts, planned_batch
from smarterpay.intake.staging import deed_of, refund_of
from smarterpay.journal.batch_kinds import REFUND, outcomes_in_words
from smarterpay.journal.batches import UNFINISHED, Batch, BatchState, Progress, Row, unfinished
from smarterpay.money.plans import Plan
from smarterpay.money.pounds import in_pounds
from smarterpay.money.refund_rails import WORDS
from smarterpay.orchestration.flow_runs import flow_run_id, tag_flow_run
from smarterpay.orchestration.runtime import Runtime, open_runtime

#: Ids that the table of outcomes shows.
RECORDS = ("payment", "refund")


@flow(name="refund-batch", flow_run_name="refund {batch}", persist_result=False)
async def refund_batch(batch: str) -> State[Any]:
    """Pay back every row of a staged batch that is not finished; run it again to resume.

    `batch` is the batch's id. Nothing is sent before the plan is approved, where it has to be:
    raises the errors of `flows.approval`. The final state says how many rows stand where; rows
    that were refused, wait or are unknown do not fail the run.
    """
    async with open_runtime() as runtime:
        staged = staged_batch(runtime, batch, REFUND)
        await tag_flow_run(REFUND, batch)
        journal = runtime.journal
        # What came back meanwhile can be refunded again.
        await journal.database.run(journal.refunds.release_undone, journal.clock.now())
        await _approved(runtime, staged)

        def rails() -> Sequence[str]:
            return rails_in_markdown(runtime, batch)

        await apply_in_chunks(runtime, staged, refund_chunk, records=RECORDS, more=rails)
        return Completed(message=outcomes_in_words(REFUND, journal.batches.counts(batch)))


@flow(name="refund-chunk", flow_run_name="refund {batch} chunk {chunk}", persist_result=False)
async def refund_chunk(batch: str, chunk: int) -> State[Any]:
    """Pay back the unfinished rows of one chunk, many at a time.

    An error of one row does not stop the others; the first such error fails the run at the end,
    and its row stays as it is, to be resumed. Raises `NotBegun`.
    """
    async with open_runtime() as runtime:
        await tag_flow_run(REFUND, batch)
        staged = begun_batch(runtime, batch, REFUND)
        batches, settings = runtime.journal.batches, runtime.settings
        calendar = BankingCalendar()
        rows = await runtime.journal.database.run(
            batches.unfinished_rows, batch, chunk, settings.chunk_size
        )
        await in_turns(
            settings.concurrency,
            (_refund_row(runtime, staged, row, payload, calendar) for row, payload in rows),
        )
        return Completed(message=f"{len(rows)} rows worked on")


@flow(name="refund-payment", flow_run_name="refund {reference}", persist_result=False)
async def refund_payment(reference: str) -> State[Any]:
    """Pay back the refund most recently staged under `reference`; the triggered run.

    The approval is that of the row's whole batch, whose plan it is part of. Raises `LookupError`
    if nothing is staged under it, and the errors of `flows.approval`.
    """
    async with open_runtime() as runtime:
        await tag_flow_run(REFUND, reference)
        batches = runtime.journal.batches
        row, payload = await runtime.journal.database.run(batches.latest_row, REFUND, reference)
        progress = Progress(row.state, row.step, row.reason, row.message, row.record_ids)
        if row.state in UNFINISHED:
            staged = staged_batch(runtime, row.batch_id, REFUND)
            await _approved(runtime, staged)
            batches.set_state(staged.id, BatchState.APPLYING, flow_run_id=flow_run_id())
            begun = begun_batch(runtime, staged.id, REFUND)
            progress = await _refund_row(runtime, begun, row, payload, BankingCalendar())
            if not unfinished(batches.counts(staged.id)):
                batches.set_state(staged.id, BatchState.APPLIED)
        return Completed(message=row_in_words(progress), data=progress.state.value)


def rails_in_markdown(runtime: Runtime, batch: str) -> Sequence[str]:
    """What went back by which rail, as lines of a summary; nothing where nothing did."""
    found = runtime.journal.refunds.by_rail(batch)
    if not found:
        return []
    lines = ["## Paid back", "", "| By | Refunds | Amount |", "|---|---:|---:|"]
    for rail, words in WORDS.items():
        if rail in found:
            count, pence = found[rail]
            lines.append(f"| {words} | {count} | {in_pounds(pence)} |")
    total = in_pounds(sum(pence for _, pence in found.values()))
    return [*lines, f"| Together | {sum(count for count, _ in found.values())} | {total} |", ""]


async def _approved(runtime: Runtime, staged: Batch) -> None:
    """Return once the batch may be applied."""
    journal, planner = runtime.journal, str(staged.policy["planned_by"])
    most = await _most_pence(runtime, staged)

    async def plan() -> Plan:
        planned = await journal.database.run(
            planned_batch,
            journal,
            staged,
            most,
            runtime.settings,
            BankingCalendar(),
            now=runtime.clock.now(),
        )
        return planned.plan(staged.id, planner)

    await approved(runtime, await plan(), plan)


async def _most_pence(runtime: Runtime, staged: Batch) -> Mapping[str, int]:
    """What rows that ask for all that is left may take at most: decided once for the batch.

    Approved is a sum of pence, so a row takes no more than its payment was for when that was read.
    """
    journal = runtime.journal
    if MOST_PENCE in staged.policy:
        kept: Mapping[str, int] = staged.policy[MOST_PENCE]
        return kept
    most, unread = await journal.database.run(open_amounts, journal, staged)

    async def read(one: Wanted) -> None:
        payment = await payment_read(runtime, one.row)
        if payment is not None:
            most[str(one.number)] = payment.amount_pence

    await in_turns(runtime.settings.concurrency, map(read, unread))
    decided: Mapping[str, int] = await journal.database.run(
        journal.batches.keep_in_policy, staged.id, MOST_PENCE, most
    )
    return decided


async def _refund_row(
    runtime: Runtime, staged: Batch, row: Row, payload: bytes, calendar: BankingCalendar
) -> Progress:
    async def steps() -> Progress:
        most = staged.policy.get(MOST_PENCE, {}).get(str(row.number), 0)
        refund, deed = refund_of(payload), deed_of(staged)
        return await Refunding(runtime, refund, row.batch_id, calendar, most, deed).run()

    return await worked_on(runtime, row, steps())
