"""Has a plan approved by a second person before a flow goes on; knows nothing of what it does.

    await approved(runtime, plan)

Returns at once where the plan is below every threshold of its kind (settings). Otherwise the run
asks with a form in the Prefect UI and sends nothing until somebody has decided, there or with
`smarterpay approve`. Prefect only carries the question: what counts is what the journal took as a
decision. A run of a deployment leaves its worker meanwhile and starts again from the top.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from inspect import isawaitable
from typing import Any, Literal

from prefect.exceptions import FlowPauseTimeout
from prefect.flow_runs import apause_flow_run, asuspend_flow_run
from prefect.input import RunInput
from pydantic import Field, ValidationError

from smarterpay.journal.approval_requests import (
    BY_FORM,
    DIGEST_SHOWN,
    ApprovalExpired,
    Decision,
    DecisionRefused,
    NotApproved,
    PlanChanged,
    PlanRejected,
    Request,
    TakenOver,
    answer_of,
    expired,
    plan_changed,
    rejected,
    summary_of,
    taken_over,
)
from smarterpay.money.plans import Plan
from smarterpay.orchestration.approval_thresholds import reasons_to_ask, thresholds_for
from smarterpay.orchestration.flow_runs import flow_run_id
from smarterpay.orchestration.runtime import Runtime
from smarterpay.orchestration.waiting_runs import call_off, can_leave_its_worker, let_go_on

__all__ = [
    "ApprovalExpired",
    "ApprovalForm",
    "NotApproved",
    "PlanChanged",
    "PlanRejected",
    "TakenOver",
    "approved",
]

#: Seconds between two looks at whether somebody has decided.
LOOK_SECONDS = 2

Again = Callable[[], Plan | Awaitable[Plan]]


class ApprovalForm(RunInput):
    """What the Prefect UI asks. The name is no proof of who typed it: guard the server."""

    decision: Literal["approve", "reject"] = Field(title="Decision")
    approver: str = Field(
        title="Your name or login",
        description="Not who planned it. It stays in the audit trail.",
        min_length=1,
        max_length=255,
    )
    plan: str  # its digest, shown; whose beginning is changed decides nothing
    note: str = Field(
        default="",
        title="Note",
        description="No names or account numbers of customers.",
        max_length=255,
    )


async def approved(runtime: Runtime, plan: Plan, again: Again | None = None) -> None:
    """Return when `plan` may be done: it is below the thresholds, or this very plan was approved.

    `again` builds the plan anew after a wait, because rows may have changed meanwhile. Raises
    `PlanRejected`, `ApprovalExpired`, `PlanChanged` and `TakenOver`, all of them `NotApproved`;
    outside a flow run nobody can be waited for, and `NotApproved` itself says so. Calling again
    for an approved plan returns at once, however often its batch is resumed.
    """
    request = await _asked(runtime, plan)
    if request is None:
        return
    waited = request.decided is None
    while request.decided is None:
        await _answered(runtime, request)
        request = await _as_it_stands(runtime, request.id)
    if request.is_rejected:
        raise rejected(request)
    if waited and again is not None:
        built = again()
        plan = await built if isawaitable(built) else built
    journal = runtime.journal
    await journal.database.run(journal.approvals.use, request.id, plan, runtime.clock.now())


async def _asked(runtime: Runtime, plan: Plan) -> Request | None:
    """The request to wait for; an earlier run that waits for it ends."""
    journal = runtime.journal
    reasons, run = reasons_to_ask(runtime.settings, plan), flow_run_id()
    before = await journal.database.run(journal.approvals.standing, plan.subject)
    request = await journal.database.run(
        journal.approvals.ask,
        plan,
        reasons,
        runtime.clock.now(),
        thresholds=thresholds_for(runtime.settings, plan.kind),
        flow_run_id=run,
    )
    earlier = before.flow_run_id if before is not None else None
    if earlier is not None and run is not None and earlier != run:
        await call_off(earlier, f"flow run {run} of the same plan waits for the answer now")
    return request


async def _answered(runtime: Runtime, request: Request) -> None:
    """Wait for one answer and have the journal take it, or refuse it."""
    if flow_run_id() is None:
        raise NotApproved(
            f"{request.subject}: has to be approved first, by somebody other than who planned it:"
            f" smarterpay approve {request.digest_shown}"
        )
    form = await _filled_in(runtime, request)
    if (await _as_it_stands(runtime, request.id)).decided is not None:
        return  # at a terminal; the form was filled in to let the run go on
    journal, now = runtime.journal, runtime.clock.now()
    if form is None:
        await journal.database.run(journal.approvals.unanswered, request.id, BY_FORM, now)
        return
    decision = Decision.APPROVED if form.decision == "approve" else Decision.REJECTED
    with suppress(DecisionRefused):  # the audit trail has it, and the form asks again
        await journal.database.run(
            journal.approvals.decide,
            request.id,
            decision,
            approver=form.approver,
            plan=form.plan,
            via=BY_FORM,
            now=now,
            note=form.note,
        )


async def _as_it_stands(runtime: Runtime, request_id: str) -> Request:
    """The request now; raises `NotApproved` where no answer to this run can count any more."""
    journal = runtime.journal
    request = await journal.database.run(journal.approvals.get, request_id)
    if request.decided is None:
        if not request.stands:
            raise plan_changed(request)
        if request.has_expired(runtime.clock.now()):
            raise expired(request)
        if request.flow_run_id != flow_run_id():
            raise taken_over(request)
    return request


async def _filled_in(runtime: Runtime, request: Request) -> ApprovalForm | None:
    """The form as somebody filled it in; None if the run was let go on without."""
    # In the machine's own time, which a sandbox's clock may run ahead of: the journal decides.
    left = (request.expires_at - runtime.clock.now()).total_seconds()
    timeout = max(1, math.ceil(left))
    form = ApprovalForm.with_initial_data(
        description=_in_words(request),
        plan=Field(
            default=request.digest_shown, title="Plan", min_length=DIGEST_SHOWN, max_length=64
        ),
    )
    # A key is asked with once for each flow run: a refused answer needs the next one, and a run
    # that starts again from the top finds the same.
    key = f"{request.id}-{request.refusals}"
    try:
        if runtime.settings.suspend_for_approval and can_leave_its_worker():
            return await asuspend_flow_run(wait_for_input=form, timeout=timeout, key=key)
        asking = apause_flow_run(
            wait_for_input=form, timeout=timeout, key=key, poll_interval=LOOK_SECONDS
        )
        return await _unless_decided(runtime, request, asyncio.ensure_future(asking))
    except FlowPauseTimeout:
        raise expired(request) from None
    except ValidationError:
        return None  # not chained: it would quote what was typed


async def _unless_decided(
    runtime: Runtime, request: Request, asking: asyncio.Future[ApprovalForm | None]
) -> ApprovalForm | None:
    """Await the form, and look at the journal meanwhile: a terminal may be without Prefect."""
    watching = asyncio.ensure_future(_let_go_on_once_decided(runtime, request))
    both: tuple[asyncio.Future[Any], ...] = (asking, watching)
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            watching.result()  # raises where no answer can count any more
        return await asking
    finally:
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)


async def _let_go_on_once_decided(runtime: Runtime, request: Request) -> None:
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        now = await _as_it_stands(runtime, request.id)
        if now.flow_run_id != request.flow_run_id:  # decided, and this run called off meanwhile
            raise taken_over(request)
        if now.decided is not None and request.flow_run_id is not None:
            await let_go_on(request.flow_run_id, answer_of(request, now.decided))


def _in_words(request: Request) -> str:
    """The plan in markdown, in the few lines that the form shows without scrolling."""
    facts = " · ".join(f"{name} **{text}**" for name, text in summary_of(request))
    return f"**{request.subject}** asks for approval.\n\n{facts}"
