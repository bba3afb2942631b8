"""A run above its thresholds waits for a second person, and what counts is the journal's word."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from flows import approval
from flows.approval import TakenOver, approved
from smarterpay.journal import Journal
from smarterpay.journal.approval_requests import Decision, NotApproved, PlannerMayNotDecide
from smarterpay.orchestration.approval_thresholds import reasons_to_ask
from smarterpay.orchestration.local_server import PrefectServer
from smarterpay.orchestration.runtime import Runtime
from smarterpay.settings import Settings
from tests.flow_process import FlowProcess, FlowWorker, environment_of
from tests.flows.approval_runs import ACTED, PENCE, plan_of
from tests.flows.approver import PrefectPerson
from tests.money.plans import PLANNER
from tests.prefect_api import eventually
from tests.sandbox_process import SandboxProcess

RUNS = "tests.flows.approval_runs"


@pytest.fixture
def person(flows: FlowProcess, prefect_server: PrefectServer) -> Iterator[PrefectPerson]:
    """Somebody in the Prefect UI."""
    somebody = PrefectPerson(prefect_server.api_url, flows.api)
    yield somebody
    somebody.close()


@pytest.fixture
def journal(settings: Settings) -> Iterator[Journal]:
    """The merchant's journal, as a terminal opens it."""
    with Journal.open(settings) as opened:
        yield opened


def decide(journal: Journal, subject: str, decision: Decision, by: str = "Bob") -> None:
    """Decide at a terminal that cannot reach Prefect."""
    request = journal.approvals.standing(subject)
    assert request is not None
    journal.approvals.decide(
        request.id,
        decision,
        approver=by,
        plan=request.plan_sha256,
        via="terminal",
        now=journal.clock.now(),
    )


def told(journal: Journal, subject: str) -> list[str]:
    """What the audit trail says of a subject."""
    lines = journal.audit.each(subject=subject)
    return [line.action.removeprefix("approval.").removeprefix("test.") for line in lines]


def answer(subject: str, decision: str = "approve", by: str = "Bob", **more: str) -> dict[str, str]:
    """A form as somebody fills it in."""
    return {
        "decision": decision,
        "approver": by,
        "plan": plan_of(subject).sha256[:12],
        "note": "",
        **more,
    }


def test_every_answer_a_waiting_run_can_get(
    flow_worker: FlowWorker,
    settings: Settings,
    sandbox: SandboxProcess,
    person: PrefectPerson,
    journal: Journal,
) -> None:
    """By form and at a terminal, at once; nothing is done before or against a decision."""
    plans = {
        "below": [100],
        "form": [PENCE],
        "form-rejects": [PENCE],
        "terminal": [PENCE],
        "terminal-rejects": [PENCE],
        "changes": [PENCE, PENCE + 1],
        "forced": [PENCE],
        "too-late": [PENCE],
    }
    variables = environment_of(settings)
    job = {"settings": variables, "flow": f"{RUNS}:act_on_plans", "arguments": [plans]}
    flow_worker.tell(job)
    waiting = {one: person.waiting(f"act on {one}") for one in plans if one != "below"}
    assert [told(journal, one) for one in waiting] == [["requested"]] * len(waiting)

    description, schema = person.form(waiting["form"])
    for text in (
        PLANNER,
        "£2,000.00",
        "above £1,000.00",
        plan_of("form").sha256[:12],
        "Calls **2**",
    ):
        assert text in description
    assert set(schema["required"]) == {"decision", "approver"}
    for wrong in ({"decision": "maybe"}, {"approver": ""}, {"plan": "short"}):
        refused = person.try_to_fill_in(waiting["form"], **{**answer("form"), **wrong})
        assert refused["status"] == "REJECT", wrong

    person.fill_in(waiting["form"], **answer("form", by=PLANNER.upper()))
    person.fill_in(waiting["form-rejects"], **answer("form-rejects", "reject"))
    decide(journal, "terminal", Decision.APPROVED)
    decide(journal, "terminal-rejects", Decision.REJECTED)
    person.fill_in(waiting["changes"], **answer("changes"))
    person.force_on(waiting["forced"])

    again = person.waiting("act on form", asked_before=1)
    person.fill_in(again, **answer("form", plan="0" * 12))
    again = person.waiting("act on form", asked_before=2)
    person.fill_in(again, **answer("form"))
    again = person.waiting("act on forced", asked_before=1)
    person.fill_in(again, **answer("forced"))
    done = ("form", "terminal", "forced")
    eventually(
        lambda: [told(journal, one)[-1] for one in done], lambda ends: set(ends) == {"acted"}
    )
    sandbox.advance("25h")

    ended = json.loads(flow_worker.answer()["message"])
    assert ended == {
        "below": "acted",
        "form": "acted",
        "form-rejects": "PlanRejected",
        "terminal": "acted",
        "terminal-rejects": "PlanRejected",
        "changes": "PlanChanged",
        "forced": "acted",
        "too-late": "ApprovalExpired",
    }
    assert {one: told(journal, one) for one in plans} == {
        "below": ["not-needed", "acted"],
        "form": ["requested", "refused", "refused", "approved", "used", "acted"],
        "form-rejects": ["requested", "rejected"],
        "terminal": ["requested", "approved", "used", "acted"],
        "terminal-rejects": ["requested", "rejected"],
        "changes": ["requested", "approved", "superseded"],
        "forced": ["requested", "unanswered", "approved", "used", "acted"],
        "too-late": ["requested"],
    }
    assert journal.audit.verify() is not None


def test_a_run_killed_while_it_waits_is_taken_over_and_approved_at_a_terminal(
    flow_worker: FlowWorker, settings: Settings, person: PrefectPerson, journal: Journal
) -> None:
    variables = environment_of(settings)
    environment = {**flow_worker.environment, **variables}
    with (settings.home / "killed.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", RUNS, "killed"], env=environment, stdout=log, stderr=log
        )
    try:
        first = person.waiting("act on killed")
    finally:
        process.kill()
        process.wait()

    flow_worker.tell(
        {"settings": variables, "flow": f"{RUNS}:act_on_plan", "arguments": ["killed"]}
    )
    second = eventually(
        lambda: person.waiting("act on killed"), lambda run: bool(run["id"] != first["id"])
    )
    called_off = person.api.flow_run(first["id"])["state"]
    assert called_off["type"] == "CANCELLED"
    assert second["id"] in called_off["message"]
    asks = [sys.executable, "-m", "smarterpay.cli", "approve", "killed", "--by", "Bob"]
    printed = subprocess.run(asks, env=environment, capture_output=True, text=True, check=True)

    assert "The run that waited goes on" in printed.stdout
    assert flow_worker.answer()["state"] == "Completed"
    assert told(journal, "killed") == ["requested", "approved", "used", "acted"]


def test_a_deployments_run_leaves_its_worker_and_starts_again_from_the_top(
    flow_worker: FlowWorker, settings: Settings, person: PrefectPerson, journal: Journal
) -> None:
    run = person.deploy("act-on-plan", subject="deployed")

    def work() -> dict[str, Any]:
        """Have a worker work on the run until it leaves it."""
        job = {"settings": environment_of(settings), "flow": f"{RUNS}:run_deployed"}
        return flow_worker.do({**job, "arguments": [run]})

    assert work()["state"] == "Suspended"
    waiting = person.waiting("act on deployed")
    assert told(journal, "deployed") == ["requested"]
    person.fill_in(waiting, **answer("deployed", by=PLANNER))
    assert work()["state"] == "Suspended"
    assert told(journal, "deployed") == ["requested", "refused"]
    again = person.waiting("act on deployed", asked_before=1)
    with pytest.raises(PlannerMayNotDecide):
        decide(journal, "deployed", Decision.APPROVED, by=PLANNER)
    person.fill_in(again, **answer("deployed"))
    assert work()["state"] == "Completed"
    expected = ["requested", "refused", "refused", "approved", "used", "acted"]
    assert told(journal, "deployed") == expected


async def test_a_run_that_was_called_off_after_the_decision_ends(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prefect waits on for a run that was cancelled, until the question expires."""
    monkeypatch.setattr(approval, "LOOK_SECONDS", 0)
    plan, now = plan_of("overtaken"), runtime.clock.now()
    journal, reasons = runtime.journal, reasons_to_ask(runtime.settings, plan)
    request = journal.approvals.ask(plan, reasons, now, flow_run_id="first")
    assert request is not None
    decide(journal, "overtaken", Decision.APPROVED)
    journal.approvals.ask(plan, reasons, now, flow_run_id="second")
    waits_for_ever = asyncio.get_running_loop().create_future()
    with pytest.raises(TakenOver):
        await asyncio.wait_for(approval._unless_decided(runtime, request, waits_for_ever), 30)


async def test_outside_a_flow_run_nobody_is_waited_for(runtime: Runtime) -> None:
    plan = plan_of("direct")
    with pytest.raises(NotApproved, match=f"smarterpay approve {plan.sha256[:12]}"):
        await approved(runtime, plan)
    (asked,) = runtime.journal.audit.each(subject="direct")
    assert asked.details["thresholds"] == {
        "row_pence": 100_000,
        "batch_pence": 5_000_000,
        "rows": 1_000,
    }
    decide(runtime.journal, "direct", Decision.APPROVED)
    await approved(runtime, plan)
    assert told(runtime.journal, "direct") == ["requested", "approved", "used"]
    assert ACTED not in told(runtime.journal, "direct")
