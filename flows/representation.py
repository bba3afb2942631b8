"""Presents unpaid Direct Debits again, within the rules of the scheme (reference, section 7.8).

    plan_representations(planned_by)     finds what may be presented again, and stages it
    represent_batch(batch)               a staged plan: approval, chunk by chunk, report
      represent_chunk(batch, chunk)      some hundred rows of it, many at a time

Composition only. Parameters are ids and words; what a row holds is read from the journal.
"""

import hashlib
import json
from typing import Any

from prefect import flow
from prefect.artifacts import acreate_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.approval import approved
from flows.batch_runs import (
    apply_in_chunks,
    begun_batch,
    in_turns,
    staged_batch,
    worked_on,
)
from flows.representation_plan import (
    Planned,
    Planning,
    RepresentationRow,
    kept_policy,
    learn_what_forbids,
    policy_of,
)
from flows.representation_steps import PAYMENT, PRESENTATION, Representing
from smarterpay.journal.batch_kinds import REPRESENTATION, outcomes_in_words
from smarterpay.journal.batches import Batch, Progress, Row
from smarterpay.money.plans import Plan, PlannedRow
from smarterpay.money.pounds import in_pounds
from smarterpay.money.representation_rules import RepresentationPolicy
from smarterpay.orchestration.flow_runs import flow_run_id, tag_flow_run
from smarterpay.orchestration.runtime import Runtime, open_runtime

#: Ids that the table of outcomes shows.
RECORDS = (PAYMENT, PRESENTATION)
#: What presenting one payment again asks of the provider: two readings and the call.
CALLS_PER_ROW = 3
#: Refusals that the artifact of a plan lists.
LISTED_REFUSALS = 100


@flow(name="plan-representations", flow_run_name="plan re-presentations", persist_result=False)
async def plan_representations(
    planned_by: str, pay_days: str | None = None, dry_run: bool = False
) -> State[Any]:
    """Find what may be presented again and stage it as a batch; send nothing.

    `planned_by` may not approve the batch. `pay_days`, such as `28,last`, stands for the setting.
    With `dry_run` nothing is staged. The data of the final state is the plan as JSON: `batch`
    (null where there is none to stage), `rows`, `amount_pence`, `presentations`, `refused` (counts
    by reason), `refusals` and `left_for_later`.
    """
    async with open_runtime() as runtime:
        await tag_flow_run(REPRESENTATION)
        policy = policy_of(runtime.settings, pay_days=pay_days)
        planned = await Planning(runtime, policy).plan(planned_by, stage=not dry_run)
        if flow_run_id() is not None:
            await acreate_markdown_artifact(
                markdown=_in_markdown(planned),
                key="representation-plan",
                description="What may be presented again, and why the rest may not",
            )
        return Completed(message=planned.in_words, data=json.dumps(planned.document()))


@flow(name="represent-batch", flow_run_name="represent {batch}", persist_result=False)
async def represent_batch(batch: str) -> State[Any]:
    """Present every payment of a staged batch again; run it again to resume.

    `batch` is the batch's id. Nothing is sent before the plan is approved, where it has to be:
    raises the errors of `flows.approval`. The payments of a rejected plan are free for another
    one. The final state says how many rows stand where.
    """
    async with open_runtime() as runtime:
        staged = staged_batch(runtime, batch, REPRESENTATION)
        await tag_flow_run(REPRESENTATION, batch)
        await _approved(runtime, staged)
        await apply_in_chunks(runtime, staged, represent_chunk, records=RECORDS)
        counts = runtime.journal.batches.counts(batch)
        return Completed(message=outcomes_in_words(REPRESENTATION, counts))


@flow(name="represent-chunk", flow_run_name="represent {batch} chunk {chunk}", persist_result=False)
async def represent_chunk(batch: str, chunk: int) -> State[Any]:
    """Present the unfinished rows of one chunk again, many at a time.

    An error of one row does not stop the others; the first such error fails the run at the end,
    and its row stays as it is, to be resumed. Raises `NotBegun`.
    """
    async with open_runtime() as runtime:
        await tag_flow_run(REPRESENTATION, batch)
        staged = begun_batch(runtime, batch, REPRESENTATION)
        batches, settings = runtime.journal.batches, runtime.settings
        policy = kept_policy(staged, settings)
        rows = await runtime.journal.database.run(
            batches.unfinished_rows, batch, chunk, settings.chunk_size
        )
        if rows:
            await learn_what_forbids(runtime)
        await in_turns(
            settings.concurrency,
            (_represent_row(runtime, row, payload, policy) for row, payload in rows),
        )
        return Completed(message=f"{len(rows)} rows worked on")


async def _approved(runtime: Runtime, staged: Batch) -> None:
    async def again() -> Plan:
        return await plan_of(runtime, staged)

    await approved(runtime, await plan_of(runtime, staged), again)


async def plan_of(runtime: Runtime, staged: Batch) -> Plan:
    """What a batch would do: all its rows, as they were staged."""
    journal = runtime.journal
    found = await journal.database.run(
        lambda: list(journal.batches.each_row_with_payload(staged.id))
    )
    rows = [_planned_row(row, payload) for row, payload in found]
    days = sorted({row.on.isoformat() for row in rows if row.on is not None})
    told = {"calls": len(rows) * CALLS_PER_ROW, "collection dates": ", ".join(days)}
    return Plan(REPRESENTATION, staged.id, str(staged.policy["planned_by"]), rows, told)


def _planned_row(row: Row, payload: bytes) -> PlannedRow:
    wanted = RepresentationRow.model_validate_json(payload)
    return PlannedRow(
        number=row.number,
        reference=wanted.reference,
        amount_pence=wanted.amount_pence,
        what="represent",
        on=wanted.collection_date,
        sha256=hashlib.sha256(payload).hexdigest(),
    )


async def _represent_row(
    runtime: Runtime, row: Row, payload: bytes, policy: RepresentationPolicy
) -> Progress:
    async def steps() -> Progress:
        wanted = RepresentationRow.model_validate_json(payload)
        return await Representing(runtime, row, wanted, policy).run()

    return await worked_on(runtime, row, steps())


def _in_markdown(planned: Planned) -> str:
    staged = f"Batch `{planned.batch}`" if planned.batch else "No batch"
    lines = [
        "# Re-presentation",
        "",
        f"{staged}: {len(planned.proposals)} payments, {in_pounds(planned.amount_pence)}.",
        "",
    ]
    if planned.batch:
        lines += [f"    smarterpay represent apply {planned.batch}", ""]
    if planned.refused:
        lines += ["| Not presented again because | Payments |", "|---|---:|"]
        lines += [f"| {reason} | {count} |" for reason, count in planned.refused.items()]
        lines += ["", "| Payment | Why not, and what to do |", "|---|---|"]
        lines += [
            f"| `{refusal.unpaid.payment}` | {refusal.why} |"
            for refusal in planned.refusals[:LISTED_REFUSALS]
        ]
    return "\n".join(lines)
