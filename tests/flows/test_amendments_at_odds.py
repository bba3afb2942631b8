"""Sections 7.2, 7.5, 7.7, 7.11 and 11: amendments that meet another amendment, or a provider whose
records were changed between the plan and the write."""

import asyncio
import signal
from collections import Counter
from datetime import date
from typing import Any

import pytest
from pydantic import SecretStr

from flows.amendment_plans import Planner
from flows.amendments import resume_amendments
from flows.batch_runs import RowCrashed
from smarterpay.api.models.mandate import MandateUpdate
from smarterpay.api.models.payment import PaymentUpdate
from smarterpay.api.models.recurrence_schedule import RecurrenceScheduleUpdate
from smarterpay.intake.amendment_row import (
    AccountMove,
    AmendmentRow,
    BankAccountDisabling,
    MandateHold,
    MandateRelease,
    PaymentBreak,
    ScheduleChange,
)
from smarterpay.intake.amendment_staging import stage_amendment
from smarterpay.journal.batches import Row, RowState
from smarterpay.money.amendments import Fate
from smarterpay.orchestration.holdings import Holdings
from smarterpay.orchestration.recovery import RecoveryPoint
from smarterpay.orchestration.runtime import Runtime
from smarterpay.settings import Settings
from tests.flows.amendment_scene import BY, NEW_ACCOUNT, AmendmentScene
from tests.flows.move_life import lived
from tests.flows.without_prefect import plainly
from tests.sandbox_process import SandboxProcess

DONE, REFUSED, WAITING = RowState.SUCCEEDED, RowState.REFUSED, RowState.WAITING
ATTENTION = RowState.NEEDS_ATTENTION
#: Its first payment stands from the beginning.
MONTHLY: dict[str, Any] = {"first_collection_date": date(2026, 6, 5), "collection_day": "5"}


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


async def begun(scene: AmendmentScene, wish: AmendmentRow) -> str:
    """An amendment that was planned, and broken off before anything was sent."""
    batch = stage_amendment(scene.journal, wish)
    planner = Planner(Holdings(scene.cloud), scene.journal, scene.runtime.settings)
    plan = await planner.plan(wish)
    scene.journal.batches.keep_in_policy(batch, "plan", plan.document())
    return batch


def stands(row: Row) -> tuple[RowState, str | None]:
    return row.state, row.reason


def collected(scene: AmendmentScene, until: str) -> Counter[tuple[str, int]]:
    return Counter(
        (one["collection_date"], one["amount"])
        for one in scene.records("payments")
        if one["status"] != "cancelled" and one["collection_date"] <= until
    )


async def test_of_two_amendments_at_once_one_replaces_the_schedule(scene: AmendmentScene) -> None:
    payer = await scene.payer()
    wishes = [
        a_wish(ScheduleChange, f"CHG-{n}", schedule=payer.schedule.id, amount_pence=3000 + n)
        for n in range(2)
    ]
    batches = [stage_amendment(scene.journal, wish) for wish in wishes]

    rows = await asyncio.gather(*(scene.resume(batch) for batch in batches))

    assert sorted(map(stands, rows)) == [(REFUSED, "schedule-replaced"), (DONE, None)]
    scene.sandbox.advance("60d")
    assert sum(collected(scene, "2026-07-20").values()) == 1


async def test_an_old_schedule_that_is_replaced_is_not_let_go_on(scene: AmendmentScene) -> None:
    payer = await scene.payer(**MONTHLY)
    replace = a_wish(ScheduleChange, "CHG-1", schedule=payer.schedule.id, amount_pence=3000)
    await scene.amend(replace)
    later = {"schedule": payer.schedule.id, "end_date": date(2027, 1, 30)}

    row = await scene.amend(a_wish(ScheduleChange, "CHG-2", **later))

    assert stands(row) == (REFUSED, "schedule-replaced")
    in_the_portal = RecurrenceScheduleUpdate(end_date=date(2027, 1, 30))
    await scene.cloud.recurrence_schedules.update(payer.schedule.id, in_the_portal)
    assert stands(await scene.amend(replace)) == (ATTENTION, "old-schedule-goes-on")


async def test_of_two_moves_one_moves_and_the_other_does_not_say_it_did(
    scene: AmendmentScene,
) -> None:
    payer = await scene.payer()
    accounts = ({**NEW_ACCOUNT, "account_number": f"3141592{n}"} for n in range(2))
    wishes = [
        a_wish(AccountMove, f"MOVE-{n}", mandate=payer.mandate.id, **account)
        for n, account in enumerate(accounts)
    ]
    for wish in wishes:
        await scene.amend(wish)
    scene.sandbox.advance("1d")

    rows = [await scene.amend(wish) for wish in wishes]

    assert [stands(row) for row in rows] == [(DONE, None), (ATTENTION, "schedule-replaced")]
    statuses = [one["status"] for one in scene.records("recurrence_schedules")]
    assert statuses == ["inactive", "active"]


async def test_11_a_mandate_lodged_before_its_hold_came_through_is_not_lodged_again(
    scene: AmendmentScene,
) -> None:
    """The hold was planned, and asked for, at a mandate that was new: the run at 22:00 came first
    (section 12)."""
    payers = [await scene.payer(dd_status="new instruction") for _ in range(2)]
    holds = [
        await begun(scene, a_wish(MandateHold, f"HOLD-{n}", mandate=one.mandate.id))
        for n, one in enumerate(payers)
    ]
    scene.sandbox.faults("drop-before", times=4, method="PUT")
    assert (await scene.resume(holds[1])).state is RowState.UNKNOWN
    scene.sandbox.clear_faults()
    scene.sandbox.advance("14h")

    rows = [await scene.resume(hold) for hold in holds]
    go = a_wish(MandateRelease, "GO-1", mandate=payers[1].mandate.id)

    assert [stands(row) for row in rows] == [(REFUSED, "plan-changed"), (DONE, None)]
    assert stands(await scene.amend(go)) == (REFUSED, "status-unknown")
    assert scene.statuses("mandates", "dd_status") == {
        payers[0].mandate.id: "first collection",
        payers[1].mandate.id: "on hold",
    }


async def test_7_7_a_break_of_a_payment_that_was_changed_since_is_planned_again(
    scene: AmendmentScene,
) -> None:
    """Undone, it would go back to an amount that nobody agreed to."""
    await scene.payer(**MONTHLY)
    pay = scene.records("payments")[0]["id"]
    batch = await begun(scene, a_wish(PaymentBreak, "BREAK-1", payment=pay))
    await scene.cloud.payments.update(pay, PaymentUpdate(amount=4000))

    assert stands(await scene.resume(batch)) == (REFUSED, "plan-changed")
    assert scene.records("payments")[0]["amount"] == 4000


async def test_what_was_made_from_the_old_records_does_not_depend_on_them_later(
    scene: AmendmentScene,
) -> None:
    """Somebody changes the old schedule's text and the old mandate's account while it waits."""
    payers = [await scene.payer(**MONTHLY) for _ in range(2)]
    wishes = [
        a_wish(ScheduleChange, "CHG-1", schedule=payers[0].schedule.id, amount_pence=3000),
        a_wish(AccountMove, "MOVE-1", mandate=payers[1].mandate.id, **NEW_ACCOUNT),
    ]
    for wish in wishes:
        await scene.amend(wish)
    scene.sandbox.advance("1d")
    assert [(await scene.amend(wish)).state for wish in wishes] == [WAITING, WAITING]
    for payer in payers:
        text = RecurrenceScheduleUpdate(description="another text")
        await scene.cloud.recurrence_schedules.update(payer.schedule.id, text)
    elsewhere = MandateUpdate(client_bank_account_id="OB01SANDBOXSECOND001")
    await scene.cloud.mandates.update(payers[1].mandate.id, elsewhere)
    scene.sandbox.advance("14d")  # what was at Bacs is collected

    assert [stands(await scene.amend(wish)) for wish in wishes] == [(DONE, None), (DONE, None)]
    assert len(scene.records("recurrence_schedules")) == 4
    assert len(scene.records("mandates")) == 3


async def test_a_new_mandate_that_falls_after_the_old_one_is_no_refusal(
    scene: AmendmentScene, settings: Settings
) -> None:
    payer = await scene.payer()
    await scene.cloud.recurrence_schedules.disable(payer.schedule.id)
    batch = stage_amendment(
        scene.journal, a_wish(AccountMove, "MOVE-1", mandate=payer.mandate.id, **NEW_ACCOUNT)
    )
    await scene.resume(batch)
    scene.sandbox.advance("1d")
    assert lived(settings, batch, RecoveryPoint.AFTER_SETTLE, 1) == -signal.SIGKILL
    old, new = scene.records("mandates")
    assert old["dd_status"] == "cancelled"
    scene.sandbox.control("report", {"code": "AUDDIS5", "record_id": new["id"]})

    row = await scene.resume(batch)

    assert stands(row) == (ATTENTION, "new-mandate-cancelled-by-payer")
    assert "goes on" not in str(row.message)


async def test_a_schedule_whose_mandate_is_on_hold_is_not_replaced(scene: AmendmentScene) -> None:
    """The provider takes no new one there, and the old one would have ended."""
    payer = await scene.payer(**MONTHLY)
    wish = a_wish(ScheduleChange, "CHG-1", schedule=payer.schedule.id, amount_pence=3000)
    batch = await begun(scene, wish)
    await scene.cloud.mandates.update(payer.mandate.id, MandateUpdate(dd_status="on hold"))
    writes = scene.writes()

    again = await scene.amend(wish.model_copy(update={"reference": "CHG-2"}))
    for row in (await scene.resume(batch), again):
        assert stands(row) == (REFUSED, "mandate-not-collectable")
    assert scene.writes() == writes


async def test_7_2_where_disabling_a_bank_account_cascades_the_ledger_is_told(
    scene: AmendmentScene,
) -> None:
    """It should not (section 7.2); the sandbox has a switch for a provider where it does."""
    payer = await scene.payer()
    pending = await scene.one_off(payer, date(2026, 6, 10))
    scene.sandbox.settings(bank_disable_cascades=True)

    row = await scene.amend(a_wish(BankAccountDisabling, "OFF-1", bank_account=payer.account))

    assert payer.mandate.id in str(row.message)
    assert scene.journal.ledger.get(pending.id).status == "cancelled"


async def test_an_amendment_broken_off_is_found_and_its_outcome_is_audited(
    scene: AmendmentScene,
) -> None:
    """The audit trail is out of reach when it would be told: the row has no outcome then."""
    await scene.payer(**MONTHLY)
    pay = scene.records("payments")[0]["id"]
    batch = stage_amendment(scene.journal, a_wish(PaymentBreak, "BREAK-1", payment=pay))
    out_of_reach = (
        "CREATE TRIGGER out_of_reach BEFORE INSERT ON audit_trail"
        " WHEN NEW.action = 'amendment succeeded' BEGIN SELECT RAISE(ABORT, 'out of reach'); END"
    )
    with scene.journal.database.write() as connection:
        connection.exec_driver_sql(out_of_reach)
    with pytest.raises(RowCrashed):
        await scene.resume(batch)
    with scene.journal.database.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER out_of_reach")

    assert scene.records("payments")[0]["amount"] == 0
    assert scene.journal.amendments.waiting() == [batch]
    with plainly(scene.runtime):
        await resume_amendments.fn()
    assert stands(scene.row(batch)) == (DONE, None)
    assert scene.actions("BREAK-1") == ["amendment planned", "amendment succeeded"]
    assert scene.journal.amendments.waiting() == []


async def test_7_11_a_later_end_is_planned_with_what_it_collects_and_is_to_be_approved(
    scene: AmendmentScene,
) -> None:
    payer = await scene.payer(end_date=date(2026, 12, 31), amount=60_000)
    wish = a_wish(ScheduleChange, "CHG-1", schedule=payer.schedule.id, end_date=date(2027, 2, 28))
    planner = Planner(Holdings(scene.cloud), scene.journal, scene.runtime.settings)

    plan = await planner.plan(wish)

    assert [(one.on, one.amount_pence) for one in plan.with_fate(Fate.BECOMES)] == [
        (date(2027, 1, 15), 60_000),
        (date(2027, 2, 15), 60_000),
    ]
    assert plan.for_approval("amendment", "batch", "").amount_pence == 120_000
