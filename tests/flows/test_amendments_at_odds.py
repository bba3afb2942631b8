"""Sections 7.2, 7.5, 7.7, 7.11 and 11: amendments that meet another amendment, or a provider whose
records were changed between the plan and the write."""

import asyncio
from collections import Counter
from datetime import date
from typing import Any

import pytest
from pydantic import SecretStr

from flows.amendment_plans import Planner
from smarterpay.api.models.payment import PaymentUpdate
from smarterpay.api.models.recurrence_schedule import RecurrenceScheduleUpdate
from smarterpay.intake.amendment_row import (
    AccountMove,
    AmendmentRow,
    MandateHold,
    MandateRelease,
    PaymentBreak,
    ScheduleChange,
)
from smarterpay.intake.amendment_staging import stage_amendment
from smarterpay.journal.batches import Row, RowState
from smarterpay.orchestration.holdings import Holdings
from smarterpay.orchestration.runtime import Runtime
from smarterpay.settings import Settings
from tests.flows.amendment_scene import BY, NEW_ACCOUNT, AmendmentScene
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
