"""Amends and stops what collects: schedules, mandates, bank accounts, single payments.

    amend_batch(batch)            one staged amendment: plan, approval, writes; run again to resume
    amend(reference, dry_run)     the same by its reference: the triggered run
    resume_amendments()           every amendment that waits for something: for a schedule

Composition only. Parameters are ids and references; what is to be done is read from the journal.
"""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.amendment_plans import Planner
from flows.amendment_steps import Amendment
from flows.approval import approved
from flows.batch_report import BatchReport
from flows.batch_runs import row_in_words, staged_batch, worked_on
from flows.change_bank_account import BankAccountChange
from flows.row_outcomes import RowStopped, stopped
from smarterpay.intake.amendment_row import AccountMove, AmendmentRow, amendment_from
from smarterpay.journal.amendments import PLAN
from smarterpay.journal.batch_kinds import AMENDMENT, outcomes_in_words
from smarterpay.journal.batches import UNFINISHED, BatchState, Progress, Row, RowState
from smarterpay.money.amendments import AmendmentPlan
from smarterpay.money.plans import Plan
from smarterpay.orchestration.flow_runs import flow_run_id, tag_flow_run
from smarterpay.orchestration.holdings import Holdings
from smarterpay.orchestration.runtime import Runtime, open_runtime

#: Ids that the table of outcomes shows.
RECORDS = ("mandate", "recurrence_schedule", "bank_account", "payment")


class NotStagedUnder(LookupError):
    """No amendment is staged under that reference."""


@flow(name="amend-batch", flow_run_name="amend {batch}", persist_result=False)
async def amend_batch(batch: str) -> State[Any]:
    """Do what is left of a staged amendment; run it again to resume.

    `batch` is its id. An amendment that was refused, waits or is unknown does not fail the run.
    Raises `NotApproved` where somebody has to approve first and did not.
    """
    async with open_runtime() as runtime:
        await tag_flow_run(AMENDMENT, batch)
        await _work_on(runtime, batch)
        counts = runtime.journal.batches.counts(batch)
        return Completed(message=outcomes_in_words(AMENDMENT, counts))


@flow(name="amend", flow_run_name="amend {reference}", persist_result=False)
async def amend(reference: str, dry_run: bool = False) -> State[Any]:
    """The amendment staged under `reference`; with `dry_run` its plan, and nothing is changed.

    Raises `NotStagedUnder` if there is none.
    """
    async with open_runtime() as runtime:
        await tag_flow_run(AMENDMENT, reference)
        journal = runtime.journal
        claim = await journal.database.run(journal.amendments.get, reference)
        if claim is None:
            raise NotStagedUnder(f"no amendment is staged under {reference}")
        staged_batch(runtime, claim.batch_id, AMENDMENT)
        row, payload = next(journal.batches.each_row_with_payload(claim.batch_id))
        wish = amendment_from(payload)
        if dry_run:
            return await _planned_only(runtime, wish)
        if row.state in UNFINISHED:
            progress = await _amend(runtime, row, wish)
            return Completed(message=row_in_words(progress), data=progress.state.value)
        return Completed(message=f"{row.state} before", data=row.state.value)


@flow(name="resume-amendments", persist_result=False)
async def resume_amendments() -> State[Any]:
    """Go on with every amendment that waits, is unknown or was broken off, one after the other.

    An error of one does not stop the others; the first is raised at the end.
    """
    async with open_runtime() as runtime:
        journal = runtime.journal
        waiting = await journal.database.run(journal.amendments.waiting)
        errors: list[Exception] = []
        for batch in waiting:
            try:
                await _work_on(runtime, batch)
            except Exception as error:
                errors.append(error)
        if errors:
            raise errors[0]
        return Completed(message=f"{len(waiting)} amendments looked at")


async def _work_on(runtime: Runtime, batch: str) -> None:
    staged = staged_batch(runtime, batch, AMENDMENT)
    batches = runtime.journal.batches
    batches.set_state(batch, BatchState.APPLYING, flow_run_id=flow_run_id())
    async with BatchReport(runtime, staged, records=RECORDS) as report:
        try:
            rows = await runtime.journal.database.run(batches.unfinished_rows, batch, 0, 1)
            for row, payload in rows:
                await _amend(runtime, row, amendment_from(payload))
            batches.set_state(batch, BatchState.APPLIED)
        finally:
            await report.publish()


async def _planned_only(runtime: Runtime, wish: AmendmentRow) -> State[Any]:
    try:
        plan = await _planner(runtime).plan(wish)
    except RowStopped as error:
        return Completed(message=f"{error.state}: {error.message}")
    return Completed(message=f"{len(plan.affected)} affected", data=plan.document())


async def _amend(runtime: Runtime, row: Row, wish: AmendmentRow) -> Progress:
    """Plan it, have the plan approved, carry it out; each once, whatever was done before."""
    try:
        await _refuse_unclaimed(runtime, row, wish)
        plan = await _approved_plan(runtime, row, wish)
    except RowStopped as error:
        return await worked_on(runtime, row, _ended(stopped(error, "plan", {})))
    return await worked_on(runtime, row, _carried_out(runtime, row, wish, plan))


async def _carried_out(
    runtime: Runtime, row: Row, wish: AmendmentRow, plan: AmendmentPlan
) -> Progress:
    """Audited before the row has it: killed between the two, it is told twice, and not never."""
    kind = BankAccountChange if isinstance(wish, AccountMove) else Amendment
    progress = await kind(runtime, row.batch_id, wish, plan).run()
    if (progress.state, progress.reason) != (row.state, row.reason):  # else it waits as before
        await _audit(runtime, wish, f"amendment {progress.state}", _outcome(progress))
    return progress


async def _refuse_unclaimed(runtime: Runtime, row: Row, wish: AmendmentRow) -> None:
    """A batch whose staging was cut short, or lost to another, does not work beside that one."""
    journal = runtime.journal
    claim = await journal.database.run(
        lambda: journal.amendments.claim(
            wish.reference,
            what=wish.what,
            subject=wish.subject,
            batch_id=row.batch_id,
            now=runtime.clock.now(),
        )
    )
    if claim.batch_id != row.batch_id:
        raise RowStopped(
            RowState.REFUSED,
            "staged-twice",
            f"{wish.reference} is worked on as {claim.batch_id}; nothing was sent for this one",
        )


async def _approved_plan(runtime: Runtime, row: Row, wish: AmendmentRow) -> AmendmentPlan:
    """The plan that may be carried out: the one this was begun with, or the one of now.

    It is kept when it is approved as far as it has to be, and not before: until then what hangs on
    the records may change, and the plan with it. Raises `RowStopped` and `NotApproved`.
    """
    plan = await _begun_with(runtime, row)
    if plan is None:
        plan = await _planner(runtime).plan(wish)
        await _audit(runtime, wish, "amendment planned", _for_audit(plan.document()))

    def asked(one: AmendmentPlan) -> Plan:
        return one.for_approval(AMENDMENT, row.batch_id, _digest(runtime, row))

    async def again() -> Plan:
        return asked(await _begun_with(runtime, row) or await _planner(runtime).plan(wish))

    await approved(runtime, asked(plan), again)
    journal = runtime.journal
    kept = await journal.database.run(
        journal.batches.keep_in_policy, row.batch_id, PLAN, plan.document()
    )
    return AmendmentPlan.from_document(kept)


async def _begun_with(runtime: Runtime, row: Row) -> AmendmentPlan | None:
    """The plan an earlier run began to carry out."""
    journal = runtime.journal
    policy = (await journal.database.run(journal.batches.get, row.batch_id)).policy
    return AmendmentPlan.from_document(policy[PLAN]) if PLAN in policy else None


def _planner(runtime: Runtime) -> Planner:
    return Planner(Holdings(runtime.cloud), runtime.journal, runtime.settings)


def _digest(runtime: Runtime, row: Row) -> str:
    return runtime.journal.batches.get(row.batch_id).sha256


async def _ended(progress: Progress) -> Progress:
    return progress


async def _audit(
    runtime: Runtime, wish: AmendmentRow, action: str, details: dict[str, Any]
) -> None:
    journal = runtime.journal
    await journal.database.run(
        journal.audit.append, wish.by, action, wish.reference, details, runtime.clock.now()
    )


def _for_audit(document: dict[str, Any]) -> dict[str, Any]:
    """What was planned; what had fallen long before is no part of it."""
    return {name: value for name, value in document.items() if name != "known"}


def _outcome(progress: Progress) -> dict[str, Any]:
    return {
        "step": progress.step,
        "reason": progress.reason,
        "message": progress.message,
        "record_ids": dict(progress.record_ids),
    }
