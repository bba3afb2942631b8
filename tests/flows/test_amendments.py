"""Sections 7.2, 7.5, 7.7, 7.11 and 11: what is amended or stopped, and what falls with it."""

import signal
from datetime import date
from typing import Any

import pytest
from pydantic import SecretStr

from flows.amendment_plans import Planner
from flows.amendments import amend, resume_amendments
from flows.approval import NotApproved, PlanChanged
from flows.row_outcomes import RowStopped
from smarterpay.api.models.mandate import MandateUpdate
from smarterpay.api.models.payment import PaymentUpdate
from smarterpay.intake.amendment_row import (
    AmendmentRow,
    BankAccountDisabling,
    BankAccountEnabling,
    MandateCancellation,
    MandateHold,
    MandateRelease,
    PaymentBreak,
    PaymentBreakUndone,
    ScheduleCancellation,
    ScheduleChange,
)
from smarterpay.intake.amendment_staging import ReferenceTaken, stage_amendment
from smarterpay.journal.approval_requests import Decision
from smarterpay.journal.batches import Row, RowState
from smarterpay.money.accounts import Account
from smarterpay.orchestration.holdings import Holdings
from smarterpay.orchestration.recovery import RecoveryPoint
from smarterpay.orchestration.runtime import Runtime
from smarterpay.settings import Settings
from tests.api import builders
from tests.flows.amendment_scene import BY, AmendmentScene, fates
from tests.flows.move_life import lived
from tests.flows.without_prefect import plainly
from tests.sandbox_process import SandboxProcess

JULY_15 = date(2026, 7, 15)
DONE, REFUSED = RowState.SUCCEEDED, RowState.REFUSED


@pytest.fixture
def settings(settings: Settings, sqlite_journal_url: str) -> Settings:
    """On a journal that stands already: migrating one takes longer than most amendments."""
    return settings.model_copy(update={"journal_url": SecretStr(sqlite_journal_url)})


@pytest.fixture
def scene(runtime: Runtime, sandbox: SandboxProcess) -> AmendmentScene:
    return AmendmentScene(runtime, sandbox)


def a_wish(kind: type[Any], reference: str, **fields: object) -> AmendmentRow:
    wish: AmendmentRow = kind(reference=reference, by=BY, **fields)
    return wish


def approve(scene: AmendmentScene, batch: str) -> None:
    """Approve what an amendment asks now."""
    request = scene.journal.approvals.standing(batch)
    assert request is not None
    scene.journal.approvals.decide(
        request.id,
        Decision.APPROVED,
        approver="alex",
        plan=request.plan_sha256,
        via="terminal",
        now=scene.journal.clock.now(),
    )


def stands(row: Row) -> tuple[RowState, str | None]:
    return row.state, row.reason


async def test_7_5_a_mandate_is_cancelled_and_what_falls_is_what_was_planned(
    scene: AmendmentScene,
) -> None:
    payer, other = await scene.payer(), await scene.payer()
    pending = await scene.one_off(payer, date(2026, 6, 10))
    at_bacs = await scene.one_off(payer, date(2026, 6, 3))
    bystander = await scene.one_off(other, date(2026, 6, 10))
    credit = await scene.cloud.credits.create(
        builders.credit(
            auddis=payer.mandate.auddis,
            client_bank_account_id=None,
            bank_account=None,
            credit_date=date(2026, 6, 11),
            amount=300,
        )
    )
    scene.sandbox.control("submission-run", {})
    wish = a_wish(MandateCancellation, "STOP-1", mandate=payer.mandate.id)

    row = await scene.amend(wish)

    assert stands(row) == (DONE, None)
    assert row.message is None
    assert fates(scene.plan(wish), "falls") == [
        ("payment", pending.id, 900, "2026-06-10"),
        ("credit", credit.id, 300, "2026-06-11"),
        ("schedule", payer.schedule.id, None, None),
    ]
    assert fates(scene.plan(wish), "stays") == [("payment", at_bacs.id, 900, "2026-06-03")]
    assert scene.plan(wish)["falling_pence"] == 1200
    payments = scene.statuses("payments")
    assert payments[pending.id] == "cancelled"
    assert payments[at_bacs.id] == "submitted"
    assert payments[bystander.id] == "pending_submission"
    assert scene.statuses("credits") == {credit.id: "cancelled"}
    assert scene.statuses("mandates", "dd_status")[payer.mandate.id] == "cancelled"
    balances = scene.journal.ledger.balances()
    assert balances[Account.CANCELLED] == 900
    assert balances[Account.IN_BACS] == 900
    assert scene.actions("STOP-1") == ["amendment planned", "amendment succeeded"]
    assert scene.journal.audit.verify() is not None


async def test_the_same_amendment_again_sends_nothing_and_another_one_is_refused(
    scene: AmendmentScene,
) -> None:
    payer, other = await scene.payer(), await scene.payer()
    wish = a_wish(MandateCancellation, "STOP-1", mandate=payer.mandate.id)
    await scene.amend(wish)
    writes = scene.writes()

    again = await scene.amend(wish.model_copy(update={"by": "colleague"}))

    assert stands(again) == (DONE, None)
    assert scene.writes() == writes
    with pytest.raises(ReferenceTaken) as taken:
        stage_amendment(
            scene.journal, a_wish(MandateCancellation, "STOP-1", mandate=other.mandate.id)
        )
    assert taken.value.fields == ("mandate",)


async def test_a_payment_that_came_between_plan_and_cancellation_stops_it(
    scene: AmendmentScene,
) -> None:
    payer = await scene.payer()
    wish = a_wish(MandateCancellation, "STOP-1", mandate=payer.mandate.id)
    batch = stage_amendment(scene.journal, wish)
    planner = Planner(Holdings(scene.cloud), scene.journal, scene.runtime.settings)
    plan = await planner.plan(wish)
    scene.journal.batches.keep_in_policy(batch, "plan", plan.document())
    late = await scene.one_off(payer, date(2026, 6, 10))

    row = await scene.resume(batch)

    assert stands(row) == (REFUSED, "plan-changed")
    assert late.id in str(row.message)
    assert scene.statuses("mandates", "dd_status")[payer.mandate.id] == "ongoing collection"


async def test_11_a_released_mandate_returns_to_the_status_before_its_hold(
    scene: AmendmentScene,
) -> None:
    statuses = ("new instruction", "first collection", "ongoing collection")
    payers = {status: await scene.payer(dd_status=status) for status in statuses}
    pending = {status: await scene.one_off(payers[status], date(2026, 6, 4)) for status in statuses}
    for status, payer in payers.items():
        hold = a_wish(MandateHold, f"HOLD {status}", mandate=payer.mandate.id)
        assert stands(await scene.amend(hold)) == (DONE, None)
        due = ("payment", pending[status].id, 900, "2026-06-04")
        assert due in fates(scene.plan(hold), "stays")
    assert set(scene.statuses("mandates", "dd_status").values()) == {"on hold"}
    scene.sandbox.advance("3d")  # past the date: it waits (section 12, "Selection at 22:00")

    for status, payer in payers.items():
        release = a_wish(MandateRelease, f"GO {status}", mandate=payer.mandate.id)
        assert stands(await scene.amend(release)) == (DONE, None)
        assert scene.statuses("mandates", "dd_status")[payer.mandate.id] == status
        assert scene.journal.ledger.get(pending[status].id).due_on == date(2026, 6, 8)
    dates = {(one["status"], one["collection_date"]) for one in scene.records("payments")}
    assert dates == {("pending_submission", "2026-06-08")}
    # Those holds are taken back: a later one is released to what stood before that one.
    scene.sandbox.advance("5d")
    mandate = payers["new instruction"].mandate.id
    await scene.amend(a_wish(MandateHold, "HOLD again", mandate=mandate))
    await scene.amend(a_wish(MandateRelease, "GO again", mandate=mandate))
    assert scene.statuses("mandates", "dd_status")[mandate] == "ongoing collection"


async def test_11_a_hold_nobody_here_made_is_released_only_to_a_status_that_is_said(
    scene: AmendmentScene,
) -> None:
    payer = await scene.payer()
    mandate = payer.mandate.id
    await scene.cloud.mandates.update(mandate, MandateUpdate(dd_status="on hold"))
    row = await scene.amend(a_wish(MandateRelease, "R-1", mandate=mandate))
    assert stands(row) == (REFUSED, "status-unknown")
    row = await scene.amend(a_wish(MandateRelease, "R-2", mandate=mandate, to="first collection"))
    assert stands(row) == (DONE, None)
    assert scene.statuses("mandates", "dd_status")[mandate] == "first collection"


async def test_7_2_a_disabled_bank_account_keeps_its_mandates_and_is_enabled_again(
    scene: AmendmentScene,
) -> None:
    payer = await scene.payer()
    pending = await scene.one_off(payer, date(2026, 6, 10))
    disable = a_wish(BankAccountDisabling, "OFF-1", bank_account=payer.account)

    assert stands(await scene.amend(disable)) == (DONE, None)

    assert fates(scene.plan(disable), "stays") == [
        ("mandate", payer.mandate.id, None, None),
        ("payment", pending.id, 900, "2026-06-10"),
    ]
    assert fates(scene.plan(disable), "falls") == []
    (account,) = (one for one in scene.records("bank_accounts") if one["id"] == payer.account)
    assert account["enabled"] is False
    again = await scene.amend(a_wish(BankAccountDisabling, "OFF-2", bank_account=payer.account))
    assert stands(again) == (REFUSED, "already-disabled")
    on = await scene.amend(a_wish(BankAccountEnabling, "ON-1", bank_account=payer.account))
    assert stands(on) == (DONE, None)


async def test_7_7_a_payment_break_and_its_undoing_are_in_the_ledger(
    scene: AmendmentScene,
) -> None:
    payer = await scene.payer(first_collection_date=date(2026, 6, 5), collection_day="5")
    (payment,) = scene.records("payments")
    pay = payment["id"]

    row = await scene.amend(a_wish(PaymentBreak, "BREAK-1", payment=pay))
    assert stands(row) == (DONE, None)
    assert scene.records("payments")[0]["amount"] == 0
    assert scene.journal.ledger.balances()[Account.TO_COLLECT] == 0
    row = await scene.amend(a_wish(PaymentBreakUndone, "UNDO-1", payment=pay))
    assert stands(row) == (DONE, None)

    assert scene.records("payments")[0]["amount"] == 2500
    assert scene.journal.ledger.balances()[Account.TO_COLLECT] == 2500
    one_off = await scene.one_off(payer, date(2026, 6, 10))
    row = await scene.amend(a_wish(PaymentBreak, "BREAK-2", payment=one_off.id))
    assert stands(row) == (REFUSED, "no-schedule")
    scene.sandbox.advance("3d")
    row = await scene.amend(a_wish(PaymentBreak, "BREAK-3", payment=pay))
    assert stands(row) == (REFUSED, "not-pending")


async def test_7_11_what_a_put_may_change_is_changed_and_an_earlier_end_tells_what_falls(
    scene: AmendmentScene,
) -> None:
    payer = await scene.payer()
    wish = a_wish(
        ScheduleChange,
        "CHG-1",
        schedule=payer.schedule.id,
        end_date=date(2027, 4, 30),
        description="Qzveg box",
        clear=("metadata",),
    )

    assert stands(await scene.amend(wish)) == (DONE, None)

    (schedule,) = scene.records("recurrence_schedules")
    assert (schedule["end_date"], schedule["description"]) == ("2027-04-30", "Qzveg box")
    falls = [on for *_, on in fates(scene.plan(wish), "falls")]
    assert falls == ["2027-05-17", "2027-06-15"]
    assert "Qzveg" not in str(scene.journal.batches.get(stage_amendment(scene.journal, wish)))
    row = await scene.amend(
        a_wish(ScheduleChange, "CHG-2", schedule=payer.schedule.id, installments=3)
    )
    assert stands(row) == (REFUSED, "no-payment-plan")


async def test_7_11_a_cancelled_schedule_takes_its_pending_payments_and_no_other(
    scene: AmendmentScene,
) -> None:
    payer = await scene.payer(first_collection_date=date(2026, 6, 5), collection_day="5")
    one_off = await scene.one_off(payer, date(2026, 6, 10))
    (payment,) = (one for one in scene.records("payments") if one["recurrence_schedule"])
    wish = a_wish(ScheduleCancellation, "STOP-1", schedule=payer.schedule.id)

    assert stands(await scene.amend(wish)) == (DONE, None)

    assert fates(scene.plan(wish), "falls") == [("payment", payment["id"], 2500, "2026-06-05")]
    assert scene.statuses("recurrence_schedules") == {payer.schedule.id: "inactive"}
    assert scene.statuses("payments") == {
        payment["id"]: "cancelled",
        one_off.id: "pending_submission",
    }
    row = await scene.amend(a_wish(ScheduleCancellation, "STOP-2", schedule=payer.schedule.id))
    assert stands(row) == (REFUSED, "schedule-inactive")


async def test_a_new_amount_or_day_is_a_new_schedule_and_no_collection_is_lost_or_doubled(
    scene: AmendmentScene,
) -> None:
    """The payment of 5 June is made already: disabling the old schedule would cancel it."""
    monthly: dict[str, Any] = {"first_collection_date": date(2026, 6, 5), "collection_day": "5"}
    dearer, later = await scene.payer(**monthly), await scene.payer(**monthly)
    wishes = [
        a_wish(ScheduleChange, "CHG-1", schedule=dearer.schedule.id, amount_pence=3000),
        a_wish(ScheduleChange, "CHG-2", schedule=later.schedule.id, collection_day="20"),
    ]
    for wish in wishes:
        row = await scene.amend(wish)
        assert stands(row) == (RowState.WAITING, "old-collections-under-way")
    assert set(scene.statuses("recurrence_schedules").values()) == {"active"}
    scene.sandbox.advance("4d")
    for wish in wishes:
        assert stands(await scene.amend(wish)) == (DONE, None)

    scene.sandbox.advance("76d")
    made = [
        (one["mandate"], one["collection_date"], one["amount"])
        for one in scene.records("payments")
        if one["status"] != "cancelled"
    ]
    assert sorted(made, key=lambda one: (one[0] != dearer.mandate.id, one[1])) == [
        (dearer.mandate.id, "2026-06-05", 2500),
        (dearer.mandate.id, "2026-07-06", 3000),
        (dearer.mandate.id, "2026-08-05", 3000),
        (later.mandate.id, "2026-06-05", 2500),
        (later.mandate.id, "2026-07-20", 2500),
        (later.mandate.id, "2026-08-20", 2500),
    ]
    statuses = scene.statuses("recurrence_schedules")
    assert sorted(statuses.values()) == ["active", "active", "inactive", "inactive"]
    assert statuses[dearer.schedule.id] == statuses[later.schedule.id] == "inactive"


async def test_4_a_record_that_is_not_there_is_a_clear_refusal(scene: AmendmentScene) -> None:
    for kind, field, prefix in (
        (MandateCancellation, "mandate", "M01"),
        (ScheduleCancellation, "schedule", "RS01"),
        (BankAccountDisabling, "bank_account", "BA01"),
        (PaymentBreak, "payment", "P01"),
    ):
        row = await scene.amend(a_wish(kind, prefix, **{field: f"{prefix}NOSUCHRECORD0000"}))
        assert stands(row) == (REFUSED, "no-such-record")
    assert scene.writes() == []


async def test_killed_while_a_mandate_is_cancelled_what_fell_is_compared_with_the_first_plan(
    scene: AmendmentScene, settings: Settings
) -> None:
    payer = await scene.payer()
    pending = await scene.one_off(payer, date(2026, 6, 10))
    wish = a_wish(MandateCancellation, "STOP-1", mandate=payer.mandate.id)
    batch = stage_amendment(scene.journal, wish)
    assert lived(settings, batch, RecoveryPoint.AFTER_ANSWER, 1) == -signal.SIGKILL
    assert scene.statuses("payments") == {pending.id: "cancelled"}

    row = await scene.resume(batch)

    assert (stands(row), row.message) == ((DONE, None), None)
    assert ("payment", pending.id, 900, "2026-06-10") in fates(scene.plan(wish), "falls")
    assert scene.journal.ledger.get(pending.id).status == "cancelled"


async def test_above_the_thresholds_nothing_is_sent_before_somebody_approved(
    scene: AmendmentScene,
) -> None:
    payer = await scene.payer()
    await scene.one_off(payer, date(2026, 6, 10), amount=150_000)
    writes = scene.writes()
    wish = a_wish(MandateCancellation, "STOP-1", mandate=payer.mandate.id)
    with pytest.raises(NotApproved):
        await scene.amend(wish)
    assert scene.writes() == writes
    batch = stage_amendment(scene.journal, wish)
    approve(scene, batch)
    assert stands(await scene.resume(batch)) == (DONE, None)


async def test_what_was_approved_is_not_done_once_it_would_fell_more_money(
    scene: AmendmentScene,
) -> None:
    """The payment is the same by its id; whoever approved has seen another amount."""
    payer = await scene.payer()
    dear = await scene.one_off(payer, date(2026, 6, 10), amount=150_000)
    wish = a_wish(MandateCancellation, "STOP-1", mandate=payer.mandate.id)
    with pytest.raises(NotApproved):
        await scene.amend(wish)
    batch = stage_amendment(scene.journal, wish)
    approve(scene, batch)
    await scene.cloud.payments.update(dear.id, PaymentUpdate(amount=900_000))
    writes = scene.writes()

    with pytest.raises(PlanChanged):
        await scene.resume(batch)
    with pytest.raises(NotApproved, match="has to be approved first"):
        await scene.resume(batch)

    assert scene.writes() == writes
    asked = scene.journal.approvals.standing(batch)
    assert asked is not None
    assert asked.amount_pence == 900_000
    approve(scene, batch)
    assert stands(await scene.resume(batch)) == (DONE, None)
    assert scene.plan(wish)["falling_pence"] == 900_000


async def test_what_waits_is_gone_on_with_by_one_flow_for_all(scene: AmendmentScene) -> None:
    monthly: dict[str, Any] = {"first_collection_date": date(2026, 6, 5), "collection_day": "5"}
    batches = []
    for number in range(2):
        payer = await scene.payer(**monthly)
        wish = a_wish(
            ScheduleChange, f"CHG-{number}", schedule=payer.schedule.id, amount_pence=3000
        )
        await scene.amend(wish)
        batches.append(stage_amendment(scene.journal, wish))
    assert scene.journal.amendments.waiting() == batches
    scene.sandbox.advance("4d")
    with plainly(scene.runtime):
        await resume_amendments.fn()
        again = await amend.fn("CHG-0")
        planned = await amend.fn("CHG-0", dry_run=True)
    assert scene.journal.amendments.waiting() == []
    assert (again.message, again.data) == ("succeeded before", "succeeded")
    assert str(planned.message).startswith("refused: the schedule is inactive")
    assert scene.actions("CHG-0") == [
        "amendment planned",
        "amendment waiting",
        "amendment succeeded",
    ]


async def test_a_dry_run_plans_and_changes_nothing(scene: AmendmentScene) -> None:
    payer = await scene.payer()
    await scene.one_off(payer, date(2026, 6, 10))
    before, books = scene.writes(), scene.sandbox.books(records=True)["records"]
    planner = Planner(Holdings(scene.cloud), scene.journal, scene.runtime.settings)
    for wish in (
        a_wish(MandateCancellation, "D-1", mandate=payer.mandate.id),
        a_wish(MandateHold, "D-2", mandate=payer.mandate.id),
        a_wish(ScheduleCancellation, "D-3", schedule=payer.schedule.id),
        a_wish(ScheduleChange, "D-4", schedule=payer.schedule.id, amount_pence=3000),
        a_wish(BankAccountDisabling, "D-5", bank_account=payer.account),
    ):
        assert (await planner.plan(wish)).affected
    with pytest.raises(RowStopped):
        await planner.plan(a_wish(MandateRelease, "D-6", mandate=payer.mandate.id))
    assert scene.writes() == before
    assert scene.sandbox.books(records=True)["records"] == books
    assert scene.journal.batches.list() == []
    assert list(scene.journal.audit.each()) == []
