"""Sections 7.2, 7.5 and 7.11: a customer moves to another bank account; each collection is made
once, from the one account or the other, wherever the process dies."""

import signal
from collections import Counter
from datetime import date
from itertools import cycle
from typing import Any

import pytest
from pydantic import SecretStr

from smarterpay.intake.amendment_row import AccountMove
from smarterpay.intake.amendment_staging import stage_amendment
from smarterpay.journal.batches import Row, RowState
from smarterpay.orchestration.recovery import RecoveryPoint
from smarterpay.orchestration.runtime import Runtime
from smarterpay.settings import Settings
from tests.flows.amendment_scene import BY, NEW_ACCOUNT, AmendmentScene, Payer, fates
from tests.flows.move_life import lived
from tests.sandbox_process import SandboxProcess

Due = tuple[str, int]


@pytest.fixture
def settings(settings: Settings, sqlite_journal_url: str) -> Settings:
    """On a journal that stands already: migrating one takes longer than most amendments."""
    return settings.model_copy(update={"journal_url": SecretStr(sqlite_journal_url)})


@pytest.fixture
def scene(runtime: Runtime, sandbox: SandboxProcess) -> AmendmentScene:
    return AmendmentScene(runtime, sandbox)


def a_move(payer: Payer, reference: str = "MOVE-1", **changes: object) -> AccountMove:
    return AccountMove(
        reference=reference,
        by=BY,
        mandate=payer.mandate.id,
        **{**NEW_ACCOUNT, **changes},  # type: ignore[arg-type]
    )


def stands(row: Row) -> tuple[RowState, str | None]:
    return row.state, row.reason


def collected(scene: AmendmentScene, until: str) -> Counter[Due]:
    """What was or will be collected up to a day, by the provider's own books."""
    return Counter(
        (one["collection_date"], one["amount"])
        for one in scene.records("payments")
        if one["status"] != "cancelled" and one["collection_date"] <= until
    )


async def moved(scene: AmendmentScene, wish: AccountMove, days: int = 120) -> Row:
    """Move, looking again each few days of the sandbox's calendar until it is done."""
    row = await scene.amend(wish)
    for _ in range(days // 5):
        if row.state not in (RowState.WAITING, RowState.UNKNOWN):
            break
        scene.sandbox.advance("5d")
        row = await scene.amend(wish)
    return row


async def test_a_customer_moves_and_every_collection_keeps_its_date_and_amount(
    scene: AmendmentScene,
) -> None:
    monthly: dict[str, Any] = {"first_collection_date": date(2026, 6, 5), "collection_day": "5"}
    payer = await scene.payer(**monthly)
    one_off = await scene.one_off(payer, date(2026, 6, 10))
    wish = a_move(payer, mandate_reference="NEW-1")

    row = await scene.amend(wish)
    assert stands(row) == (RowState.WAITING, "new-mandate-not-lodged")
    assert len(scene.records("mandates")) == 2
    assert scene.statuses("recurrence_schedules") == {payer.schedule.id: "active"}
    scene.sandbox.advance("1d")  # lodged by the submission run at 22:00 (section 12)
    row = await scene.amend(wish)
    assert stands(row) == (RowState.WAITING, "old-mandate-in-use")
    assert scene.statuses("payments")[one_off.id] == "pending_submission"
    row = await moved(scene, wish)
    assert stands(row) == (RowState.SUCCEEDED, None)

    old, new = scene.records("mandates")
    assert (old["dd_status"], new["auddis"]) == ("cancelled", "NEW-1")
    schedules = scene.records("recurrence_schedules")
    assert [one["status"] for one in schedules] == ["inactive", "active"]
    assert (schedules[1]["auddis"], schedules[1]["custom_reference"]) == ("NEW-1", "CUST-1")
    scene.sandbox.advance("70d")
    assert collected(scene, "2026-08-20") == {
        ("2026-06-05", 2500): 1,
        ("2026-06-10", 900): 1,
        ("2026-07-06", 2500): 1,
        ("2026-08-05", 2500): 1,
    }
    by_mandate = {one["collection_date"]: one["auddis"] for one in scene.records("payments")}
    assert by_mandate["2026-06-10"] == payer.mandate.auddis
    assert by_mandate["2026-07-06"] == "NEW-1"
    told = str(scene.journal.batches.get(stage_amendment(scene.journal, wish))) + str(
        list(scene.journal.audit.each())
    )
    assert not any(secret in told for secret in NEW_ACCOUNT.values())


async def test_the_plan_says_what_stays_and_what_moves_and_a_wrong_account_changes_nothing(
    scene: AmendmentScene,
) -> None:
    payer = await scene.payer()
    pending = await scene.one_off(payer, date(2026, 6, 10))
    wish = a_move(payer, account_number="31415900")  # no such account (section 13)

    row = await scene.amend(wish)

    assert stands(row) == (RowState.REFUSED, "modulus-check-failed")
    assert len(scene.records("mandates")) == len(scene.records("bank_accounts")) == 1
    assert scene.statuses("recurrence_schedules") == {payer.schedule.id: "active"}
    plan = scene.plan(wish)
    assert fates(plan, "stays") == [("payment", pending.id, 900, "2026-06-10")]
    assert fates(plan, "moves")[0] == ("collection", "", 2500, "2026-07-15")
    pairs = zip(fates(plan, "moves"), fates(plan, "becomes"), strict=True)
    assert all(old == new for old, new in pairs)


async def test_a_new_mandate_that_the_bank_refuses_leaves_the_old_one_alone(
    scene: AmendmentScene,
) -> None:
    payer = await scene.payer()
    wish = a_move(payer)
    await scene.amend(wish)
    new = scene.records("mandates")[1]["id"]
    scene.sandbox.control("report", {"code": "AUDDIS5", "record_id": new})

    row = await scene.amend(wish)

    assert stands(row) == (RowState.REFUSED, "new-mandate-cancelled-by-payer")
    assert scene.statuses("mandates", "dd_status")[payer.mandate.id] == "ongoing collection"
    assert scene.statuses("recurrence_schedules") == {payer.schedule.id: "active"}


async def test_an_old_mandate_that_the_bank_cancels_meanwhile_loses_no_collection_unsaid(
    scene: AmendmentScene,
) -> None:
    """ADDACS3 is what a switch of accounts brings: pending payments fall, schedules end."""
    payer = await scene.payer(first_collection_date=date(2026, 6, 5), collection_day="5")
    wish = a_move(payer)
    await scene.amend(wish)
    scene.sandbox.control("report", {"code": "ADDACS3", "record_id": payer.mandate.id})
    assert set(scene.statuses("payments").values()) == {"cancelled"}
    scene.sandbox.advance("3d")

    row = await scene.amend(wish)

    assert stands(row) == (RowState.NEEDS_ATTENTION, "collections-missed")
    assert "£25.00 on 2026-06-05" in str(row.message)
    schedules = scene.records("recurrence_schedules")
    assert [one["status"] for one in schedules] == ["inactive", "active"]
    scene.sandbox.advance("70d")
    assert collected(scene, "2026-08-09") == {("2026-07-06", 2500): 1, ("2026-08-05", 2500): 1}


async def test_broken_off_for_weeks_after_the_old_schedule_ended_it_says_what_was_missed(
    scene: AmendmentScene, settings: Settings
) -> None:
    payer = await scene.payer(first_collection_date=date(2026, 6, 19), collection_day="19")
    wish = a_move(payer)
    batch = stage_amendment(scene.journal, wish)
    await scene.resume(batch)
    scene.sandbox.advance("1d")
    # The first write of this life disables the old schedule; the second would make the new one.
    assert lived(settings, batch, RecoveryPoint.AFTER_SETTLE, 1) == -signal.SIGKILL
    assert scene.statuses("recurrence_schedules") == {payer.schedule.id: "inactive"}
    scene.sandbox.advance("30d")  # 2 July: nothing has collected on 19 June

    row = await moved(scene, wish)

    assert stands(row) == (RowState.NEEDS_ATTENTION, "collections-missed")
    assert "£25.00 on 2026-06-19" in str(row.message)
    scene.sandbox.advance("70d")
    assert collected(scene, "2026-08-30") == {("2026-07-20", 2500): 1, ("2026-08-19", 2500): 1}


async def test_killed_at_each_write_it_is_moved_once_and_nothing_is_lost(
    scene: AmendmentScene, settings: Settings
) -> None:
    """Each life goes on from the last: a write is sent and not answered, answered and not settled,
    settled and not told."""
    monthly: dict[str, Any] = {"first_collection_date": date(2026, 6, 5), "collection_day": "5"}
    payer = await scene.payer(**monthly)
    wish = a_move(payer)
    batch = stage_amendment(scene.journal, wish)
    deaths = 0
    for point, nth in cycle(DEATHS):
        ended = lived(settings, batch, point, nth)
        deaths += ended == -signal.SIGKILL
        if ended == 0 and scene.row(batch).state is not RowState.WAITING:
            break
        if ended == 0:
            scene.sandbox.advance("2d")

    assert stands(scene.row(batch)) == (RowState.SUCCEEDED, None)
    assert deaths >= len(DEATHS)
    assert len(scene.records("bank_accounts")) == len(scene.records("mandates")) == 2
    assert [one["status"] for one in scene.records("recurrence_schedules")] == [
        "inactive",
        "active",
    ]
    scene.sandbox.advance("60d")
    assert collected(scene, "2026-08-09") == {
        ("2026-06-05", 2500): 1,
        ("2026-07-06", 2500): 1,
        ("2026-08-05", 2500): 1,
    }
    assert scene.journal.ledger.get(scene.records("payments")[0]["id"]).amount_pence == 2500


@pytest.mark.parametrize(
    ("until", "by_old"),
    [
        ("27d", []),  # 29 June: the old schedule has made July's payment, which is pending
        ("31d", ["2026-07-06"]),  # 3 July: it is at Bacs, and the new schedule leaves it out
        ("46d", ["2026-07-06"]),  # 18 July: it is collected
    ],
)
async def test_what_the_old_schedule_made_while_the_work_lay_still_is_collected_once(
    scene: AmendmentScene, settings: Settings, until: str, by_old: list[str]
) -> None:
    """Decided, and killed before the old schedule got its end."""
    monthly: dict[str, Any] = {"first_collection_date": date(2026, 6, 5), "collection_day": "5"}
    payer = await scene.payer(**monthly)
    wish = a_move(payer)
    batch = stage_amendment(scene.journal, wish)
    await scene.resume(batch)
    scene.sandbox.advance("1d")
    # The first write of this life would be that end.
    assert lived(settings, batch, RecoveryPoint.BEFORE_COMMIT, 1) == -signal.SIGKILL
    assert scene.records("recurrence_schedules")[0]["end_date"] == ""
    scene.sandbox.advance(until)
    assert len(scene.records("payments")) == 2

    row = await moved(scene, wish)

    assert stands(row) == (RowState.SUCCEEDED, None)
    scene.sandbox.advance("45d")
    assert collected(scene, "2026-08-09") == {
        ("2026-06-05", 2500): 1,
        ("2026-07-06", 2500): 1,
        ("2026-08-05", 2500): 1,
    }
    old = [
        one["collection_date"]
        for one in scene.records("payments")
        if one["auddis"] == payer.mandate.auddis and one["status"] != "cancelled"
    ]
    assert old == ["2026-06-05", *by_old]


async def test_a_weekly_customer_moves_though_some_payment_is_always_under_way(
    scene: AmendmentScene,
) -> None:
    weekly: dict[str, Any] = {"collection_period": "weekly", "collection_day": None}
    payer = await scene.payer(first_collection_date=date(2026, 6, 5), **weekly)
    wish = a_move(payer)
    await scene.amend(wish)
    scene.sandbox.advance("1d")
    assert stands(await moved(scene, wish)) == (RowState.SUCCEEDED, None)
    scene.sandbox.advance("30d")
    fridays = [date(2026, 6, 5 + 7 * n).isoformat() for n in range(4)]
    assert collected(scene, "2026-06-26") == {(friday, 2500): 1 for friday in fridays}
    assert set(scene.statuses("mandates", "dd_status").values()) == {
        "cancelled",
        "ongoing collection",
    }


async def test_a_new_schedule_sent_a_day_ago_and_never_answered_is_found_and_not_made_again(
    scene: AmendmentScene, settings: Settings
) -> None:
    """Its key may be forgotten by then (section 2): the schedule is looked up by its reference,
    which is the old one's."""
    payer = await scene.payer()
    wish = a_move(payer)
    batch = stage_amendment(scene.journal, wish)
    await scene.resume(batch)
    scene.sandbox.advance("2d")
    # The old schedule is disabled first: nothing stays with it.
    assert lived(settings, batch, RecoveryPoint.AFTER_SEND, 2) == -signal.SIGKILL
    scene.sandbox.advance("25h")

    row = await scene.resume(batch)

    assert stands(row) == (RowState.SUCCEEDED, None)
    references = [one["custom_reference"] for one in scene.records("recurrence_schedules")]
    assert references == ["CUST-1", "CUST-1"]
    statuses = [one["status"] for one in scene.records("recurrence_schedules")]
    assert statuses == ["inactive", "active"]


#: Where a life ends. The first time is for the write that the life before was killed at: so each
#: write is cut short in one life and taken up again in the next.
DEATHS = (
    (RecoveryPoint.AFTER_SEND, 2),
    (RecoveryPoint.AFTER_ANSWER, 2),
    (RecoveryPoint.AFTER_SETTLE, 2),
)
