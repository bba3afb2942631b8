"""One request stands for a subject; four eyes decide on it once, for one plan, in time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import insert, literal, select
from sqlalchemy.exc import IntegrityError

from smarterpay.clock import FixedClock
from smarterpay.journal import Journal
from smarterpay.journal.approval_requests import (
    BY_FORM,
    AlreadyDecided,
    AnotherPlan,
    ApprovalExpired,
    Decision,
    DecisionRefused,
    NobodyDecides,
    NotApproved,
    PlanChanged,
    PlannerMayNotDecide,
    PlanRejected,
    Request,
    RequestExpired,
    RequestSuperseded,
    same_person,
    summary_of,
)
from smarterpay.journal.schema import approval_decisions, approval_requests
from smarterpay.money.plans import Plan
from smarterpay.money.thresholds import Reason, Threshold
from smarterpay.settings import Settings
from tests.journal.builders import NOW
from tests.money.plans import PLANNER, a_plan

#: Why a plan of one row of £25 may have to be approved.
REASONS = [Reason(Threshold.ROW_PENCE, 1000, 2500)]
PLAN = a_plan(2500)
CHANGED = a_plan(2501)
A_DAY = timedelta(hours=24)
A_MOMENT = timedelta(microseconds=1)


@pytest.fixture
def settings(tmp_path: Path, sqlite_url: str) -> Settings:
    """A journal on SQLite; `both` is for what the databases may do each in its own way."""
    return Settings(home=tmp_path / "home", journal_url=SecretStr(sqlite_url))


@pytest.fixture
def both(tmp_path: Path, journal_url: str, clock: FixedClock) -> Iterator[Journal]:
    """An empty journal on each database in turn."""
    settings = Settings(home=tmp_path / "home", journal_url=SecretStr(journal_url))
    with Journal.open(settings, clock=clock) as opened:
        yield opened


def ask(journal: Journal, plan: Plan = PLAN, *, run: str | None = None) -> Request:
    """Ask for a plan's approval."""
    request = journal.approvals.ask(plan, REASONS, journal.clock.now(), flow_run_id=run)
    assert request is not None
    return request


def decide(
    journal: Journal,
    request: Request,
    decision: Decision = Decision.APPROVED,
    *,
    approver: str = "Bob Approver",
    plan: str | None = None,
    via: str = BY_FORM,
) -> Request:
    """Decide on a request, by its own plan unless another is given."""
    return journal.approvals.decide(
        request.id,
        decision,
        approver=approver,
        plan=request.plan_sha256 if plan is None else plan,
        via=via,
        now=journal.clock.now(),
        note="looked at it",
    )


def actions(journal: Journal) -> list[str]:
    """What the audit trail tells, in order."""
    return [line.action.removeprefix("approval.") for line in journal.audit.each()]


def test_a_request_says_what_is_to_be_approved_and_why(journal: Journal) -> None:
    request = ask(journal)
    assert request.plan_sha256 == PLAN.sha256
    assert request.expires_at == NOW + A_DAY
    assert dict(summary_of(request)) == {
        "Plan": PLAN.sha256[:12],
        "Kind": "collection",
        "Planned by": PLANNER,
        "Rows": "1",
        "In all": "£25.00",
        "Largest row": "£25.00",
        "Calls": "2",
        "Minutes": "0.1",
        "Asked because": "One row is £25.00, above £10.00",
        "Expires": "2026-06-02 09:00Z",
    }
    assert journal.approvals.undecided(NOW) == [request]
    assert journal.approvals.standing(PLAN.subject) == request
    assert journal.approvals.standing(PLAN.sha256[:12].upper()) == request
    assert journal.approvals.standing(PLAN.sha256[:11]) is None


def test_what_a_plan_tells_is_shown_as_people_read_it(journal: Journal) -> None:
    expected = [{"on": "2026-06-10", "rows": 2, "amount_pence": 123_456}, {"rows": 1}]
    told = {"expected": expected, "held_pence": 100, "moved": [], "note": None, "bulk_calls": 0}
    assert summary_of(ask(journal, a_plan(2500, told=told)))[6:-2] == [
        ("Expected", "on 2026-06-10, rows 2, amount £1,234.56; rows 1"),
        ("Held", "£1.00"),
        ("Bulk calls", "0"),
    ]


def test_asking_again_gives_the_same_request_for_the_run_that_asks_now(journal: Journal) -> None:
    first = ask(journal, run="run-1")
    again = ask(journal, run="run-2")
    assert (again.id, again.flow_run_id) == (first.id, "run-2")
    assert journal.approvals.get(first.id).flow_run_id == "run-2"
    assert actions(journal) == ["requested"]


def test_an_approval_lets_this_plan_be_done_as_often_as_it_is_resumed(
    journal: Journal, clock: FixedClock
) -> None:
    request = decide(journal, ask(journal))
    assert request.decided is not None
    assert (request.decided.approver, request.decided.note) == ("Bob Approver", "looked at it")
    assert journal.approvals.undecided(NOW) == []
    journal.approvals.use(request.id, PLAN, clock.now())
    clock.advance(timedelta(days=30))
    assert ask(journal).id == request.id
    journal.approvals.use(request.id, PLAN, clock.now())
    assert actions(journal) == ["requested", "approved", "used"]
    requested, approved, used = journal.audit.each(subject=PLAN.subject)
    assert (requested.actor, approved.actor, used.actor) == (PLANNER, "Bob Approver", PLANNER)
    assert approved.details == {
        "plan_sha256": PLAN.sha256,
        "request": request.id,
        "via": "prefect",
    }


def test_below_the_thresholds_nobody_is_asked_and_the_trail_says_so(journal: Journal) -> None:
    assert journal.approvals.ask(PLAN, [], NOW) is None
    (line,) = journal.audit.each()
    assert line.action == "approval.not-needed"
    assert line.details["why"] == "applied without approval: below thresholds"
    assert line.details["plan_sha256"] == PLAN.sha256


def test_nobody_goes_on_before_somebody_has_decided(journal: Journal) -> None:
    request = ask(journal)
    with pytest.raises(NotApproved, match="nobody has approved"):
        journal.approvals.use(request.id, PLAN, NOW)


def test_a_rejection_is_for_good_and_for_whatever_plan_the_batch_has(
    journal: Journal, clock: FixedClock
) -> None:
    request = decide(journal, ask(journal), Decision.REJECTED)
    clock.advance(timedelta(days=30))
    assert ask(journal, CHANGED).id == request.id
    assert journal.approvals.ask(CHANGED, [], clock.now()) == ask(journal)
    with pytest.raises(PlanRejected, match="rows stay as staged"):
        journal.approvals.use(request.id, PLAN, clock.now())
    with pytest.raises(AlreadyDecided):
        decide(journal, request)


def test_the_planner_may_not_decide_however_the_name_is_written(journal: Journal) -> None:
    request = ask(journal)
    names = (
        PLANNER,
        "pia planner",
        "  PIA   Planner ",
        "Pía Plánner",
        "P.I.A-Planner",
        "ＰｉaPlanner",
    )
    for name in names:
        for decision in Decision:
            with pytest.raises(PlannerMayNotDecide, match="somebody else has to"):
                decide(journal, request, decision, approver=name)
    after = journal.approvals.get(request.id)
    assert (after.decided, after.refusals) == (None, 2 * len(names))
    assert actions(journal) == ["requested", *["refused"] * 2 * len(names)]
    (*_, line) = journal.audit.each()
    assert line.details["why"] == "PlannerMayNotDecide"
    assert decide(journal, request).is_approved


def test_a_refusal_at_a_terminal_leaves_the_form_that_is_open(journal: Journal) -> None:
    request = ask(journal)
    with pytest.raises(PlannerMayNotDecide):
        decide(journal, request, approver=PLANNER, via="terminal")
    assert journal.approvals.get(request.id).refusals == 0
    assert actions(journal) == ["requested", "refused"]


def test_the_database_itself_keeps_four_eyes_one_standing_request_and_one_decision(
    both: Journal,
) -> None:
    request = ask(both)
    values = {
        "request_id": request.id,
        "decision": "approved",
        "approver": PLANNER,
        "planner": PLANNER,
        "plan_sha256": request.plan_sha256,
        "via": "sql",
        "decided_at": NOW,
    }
    with pytest.raises(IntegrityError, match="four_eyes"), both.database.write() as connection:
        connection.execute(insert(approval_decisions).values(values))
    decide(both, request)
    with pytest.raises(IntegrityError), both.database.write() as connection:
        connection.execute(insert(approval_decisions).values({**values, "approver": "Eve"}))
    others = [c.name for c in approval_requests.columns if c.name != "id"]
    copied = select(literal("other"), *(approval_requests.c[name] for name in others))
    with pytest.raises(IntegrityError, match="standing"), both.database.write() as connection:
        connection.execute(insert(approval_requests).from_select(["id", *others], copied))
    assert both.approvals.get(request.id).is_approved


def test_nobody_cannot_decide_nor_plan(journal: Journal) -> None:
    request = ask(journal)
    for name in ("", "   ", "--", "\u200b"):
        with pytest.raises(NobodyDecides):
            decide(journal, request, approver=name)
        with pytest.raises(ValueError, match="a plan has a planner"):
            journal.approvals.ask(a_plan(planner=name), REASONS, NOW)


@pytest.mark.parametrize("plan", ["", PLAN.sha256[:11], CHANGED.sha256, "0" * 12])
def test_a_decision_names_the_plan_that_is_asked_about(journal: Journal, plan: str) -> None:
    request = ask(journal)
    with pytest.raises(AnotherPlan):
        decide(journal, request, plan=plan)
    assert decide(journal, request, plan=request.digest_shown).is_approved


def test_a_decision_is_made_once(journal: Journal) -> None:
    request = decide(journal, ask(journal))
    with pytest.raises(AlreadyDecided):
        decide(journal, request, Decision.REJECTED, approver="Cleo")
    assert journal.approvals.get(request.id).is_approved
    assert actions(journal) == ["requested", "approved", "refused"]


def test_a_request_nobody_knows_is_a_lookup_error(journal: Journal) -> None:
    with pytest.raises(LookupError, match="no-such"):
        journal.approvals.decide(
            "no-such", Decision.APPROVED, approver="Bob", plan="", via="terminal", now=NOW
        )


def test_a_request_expires_by_the_clock_and_running_again_asks_anew(
    journal: Journal, clock: FixedClock
) -> None:
    request = ask(journal)
    clock.advance(A_DAY)
    assert journal.approvals.undecided(clock.now()) == []
    with pytest.raises(RequestExpired):
        decide(journal, request)
    again = ask(journal)
    assert again.id != request.id
    assert again.expires_at == NOW + 2 * A_DAY
    with pytest.raises(RequestSuperseded):
        decide(journal, request)
    assert decide(journal, again).is_approved
    assert actions(journal) == [
        "requested",
        "refused",
        "superseded",
        "requested",
        "refused",
        "approved",
    ]


def test_a_decision_in_the_last_moment_counts(journal: Journal, clock: FixedClock) -> None:
    request = ask(journal)
    clock.advance(A_DAY - A_MOMENT)
    decide(journal, request)
    journal.approvals.use(request.id, PLAN, clock.now())


def test_an_approval_not_used_in_time_expires(journal: Journal, clock: FixedClock) -> None:
    request = decide(journal, ask(journal))
    clock.advance(A_DAY)
    with pytest.raises(ApprovalExpired, match="its approval expired at 2026-06-02 09:00Z"):
        journal.approvals.use(request.id, PLAN, clock.now())
    again = ask(journal)
    assert (again.id == request.id, again.decided) == (False, None)


def test_another_plan_of_the_batch_supersedes_the_request(journal: Journal) -> None:
    request = ask(journal)
    changed = ask(journal, CHANGED)
    with pytest.raises(RequestSuperseded):
        decide(journal, request)
    with pytest.raises(PlanChanged):
        journal.approvals.use(request.id, PLAN, NOW)
    decide(journal, changed)
    journal.approvals.use(changed.id, CHANGED, NOW)


@pytest.mark.parametrize("used", [False, True])
@pytest.mark.parametrize("asks", [False, True])
def test_a_plan_that_changed_after_its_approval_stops_once_and_then_asks(
    journal: Journal, used: bool, asks: bool
) -> None:
    """Below the thresholds too: what was approved was another thing."""
    request = decide(journal, ask(journal))
    if used:
        journal.approvals.use(request.id, PLAN, NOW)
    with pytest.raises(PlanChanged, match="not the one that was asked about"):
        journal.approvals.ask(CHANGED, REASONS if asks else [], NOW)
    with pytest.raises(PlanChanged):
        journal.approvals.use(request.id, PLAN, NOW)
    assert ask(journal, CHANGED).decided is None


def test_a_plan_that_changed_while_it_waited_stops(journal: Journal) -> None:
    request = decide(journal, ask(journal))
    with pytest.raises(PlanChanged):
        journal.approvals.use(request.id, CHANGED, NOW)
    assert actions(journal) == ["requested", "approved", "superseded"]
    assert journal.approvals.standing(PLAN.subject) is None


def test_thresholds_raised_meanwhile_withdraw_the_question(journal: Journal) -> None:
    request = ask(journal)
    assert journal.approvals.ask(PLAN, [], NOW) is None
    with pytest.raises(RequestSuperseded):
        decide(journal, request)


def test_of_those_who_ask_and_decide_at_once_one_does(both: Journal) -> None:
    def asks(_: int) -> str:
        return ask(both).id

    def decides(decision: Decision) -> str:
        try:
            decide(both, request, decision, approver=f"Bob {decision}")
        except AlreadyDecided:
            return "refused"
        return decision

    with ThreadPoolExecutor(4) as people:
        (asked,) = set(people.map(asks, range(4)))
        request = both.approvals.get(asked)
        outcomes = list(people.map(decides, [*Decision, *Decision]))
    (made,) = [one for one in outcomes if one != "refused"]
    decided = both.approvals.get(asked)
    assert decided.decided is not None
    assert (decided.decided.decision, decided.refusals) == (made, 3)
    assert sorted(actions(both)) == sorted(["requested", made, *["refused"] * 3])
    assert both.audit.verify() is not None


def test_people_are_told_apart_by_letters_and_digits() -> None:
    assert not same_person("Ada", "Adam")
    assert not same_person("ops1", "ops2")
    assert not same_person("Βασίλης", "Ада")


def test_a_refusal_carries_its_request_and_no_name(journal: Journal) -> None:
    request = ask(journal)
    with pytest.raises(DecisionRefused) as refused:
        decide(journal, request, approver=PLANNER)
    assert PLANNER not in str(refused.value)
    assert request.subject in str(refused.value)
