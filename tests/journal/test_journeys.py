"""Journeys in the journal: one wish for a reference, encrypted, and stages that only go forward."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from smarterpay.journal import Journal
from smarterpay.journal.journeys import (
    CARD,
    FINAL,
    FOLLOWED,
    LINK,
    Change,
    JourneyNotFound,
    OtherWish,
    Stage,
    may_follow,
)
from tests.journal.builders import NOW

WISH, OTHER = b'{"customer_id":"Qzcustomer"}', b'{"customer_id":"other"}'
SOON = NOW + timedelta(minutes=5)


def staged(journal: Journal, reference: str = "ORDER-1") -> None:
    journal.journeys.stage(CARD, reference, WISH, 2500, NOW)


def test_a_wish_is_kept_once_and_encrypted(journal: Journal, other_journal: Journal) -> None:
    staged(journal)
    again = other_journal.journeys.stage(CARD, "ORDER-1", WISH, 2500, SOON)
    assert (again.stage, again.staged_at) == (Stage.STAGED, NOW)
    assert journal.journeys.wish(CARD, "ORDER-1") == WISH
    with journal.database.read() as connection:
        (stored,) = connection.execute(text("SELECT wish FROM journeys")).scalars()
    assert b"Qzcustomer" not in bytes(stored)
    journal.journeys.stage(LINK, "ORDER-1", OTHER, None, NOW)  # of another kind: another journey
    with pytest.raises(JourneyNotFound):
        journal.journeys.get(CARD, "ORDER-2")


def test_another_wish_may_replace_one_that_nothing_came_of_and_no_other(journal: Journal) -> None:
    staged(journal)
    journal.journeys.stage(CARD, "ORDER-1", OTHER, 2600, NOW)
    journey, wish = journal.journeys.begin(CARD, "ORDER-1", NOW, SOON)
    assert (journey.stage, journey.amount_pence, wish) == (Stage.ASKING, 2600, OTHER)
    with pytest.raises(OtherWish) as refused:
        journal.journeys.stage(CARD, "ORDER-1", WISH, 2500, NOW)
    assert refused.value.journey.stage is Stage.ASKING
    journal.journeys.record(CARD, "ORDER-1", Change(Stage.REFUSED, reason="provider-400"), NOW)
    journal.journeys.stage(CARD, "ORDER-1", WISH, 2500, NOW)
    fresh = journal.journeys.get(CARD, "ORDER-1")
    assert (fresh.stage, fresh.reason, fresh.amount_pence) == (Stage.STAGED, None, 2500)


def test_two_processes_that_stage_different_wishes_at_once_keep_one(
    journal: Journal, other_journal: Journal
) -> None:
    def stage(opened: Journal, wish: bytes) -> bool:
        try:
            opened.journeys.stage(CARD, "ORDER-1", wish, 2500, NOW)
            _, kept = opened.journeys.begin(CARD, "ORDER-1", NOW, SOON)
        except OtherWish:
            return False
        return kept == wish

    with ThreadPoolExecutor(2) as threads:
        kept = list(threads.map(stage, (journal, other_journal), (WISH, OTHER)))
    assert kept.count(True) == 1


def test_what_is_due_comes_longest_due_first_and_what_has_ended_never(journal: Journal) -> None:
    for number, stage in enumerate(Stage):
        staged(journal, stage.value)
        journal.journeys.begin(CARD, stage.value, NOW, SOON)
        at = None if stage in FINAL else NOW - timedelta(minutes=number)
        journal.journeys.record(CARD, stage.value, Change(stage, look_again_at=at), NOW)
    due = journal.journeys.due(CARD, NOW, 100)
    assert [one.stage for one in due] == list(reversed(FOLLOWED))
    assert len(journal.journeys.due(CARD, NOW, 2)) == 2
    assert journal.journeys.due(LINK, NOW, 100) == []


def test_an_id_once_known_stays_and_finds_its_journey(journal: Journal) -> None:
    staged(journal)
    known = Change(Stage.WAITING, record_id="P02A", card="card-a", deadline_at=SOON)
    journal.journeys.record(CARD, "ORDER-1", known, NOW)
    journal.journeys.record(CARD, "ORDER-1", Change(Stage.OVERDUE, message="late"), SOON)
    found = journal.journeys.of_record("P02A")
    assert found is not None
    assert (found.stage, found.card, found.deadline_at, found.changed_at) == (
        *(Stage.OVERDUE, "card-a", SOON),
        SOON,
    )
    assert journal.journeys.of_record("P02B") is None


def test_the_database_refuses_a_stage_and_an_amount_that_cannot_be(journal: Journal) -> None:
    staged(journal)
    for change in ("stage = 'paid'", "amount_pence = 0"):
        with pytest.raises(IntegrityError), journal.database.write() as connection:
            connection.execute(text(f"UPDATE journeys SET {change}"))


@given(st.lists(st.sampled_from(Stage), max_size=12))
def test_an_end_stays_and_what_is_held_is_not_moved_back(told: list[Stage]) -> None:
    """Two processes may look at once, and the one that looked earlier may write later."""
    known = Stage.ASKING
    for stage in told:
        after = stage if may_follow(known, stage) else known
        if known in FINAL:
            assert after is known
        if known in (Stage.RESERVED, Stage.AUTHENTICATED):
            assert after not in (Stage.WAITING, Stage.ASKING, Stage.OVERDUE, Stage.STAGED)
        if known in (Stage.WAITING, Stage.OVERDUE):
            assert after not in (Stage.ASKING, Stage.STAGED)
        known = after


def test_a_late_writer_does_not_undo_an_end(journal: Journal, other_journal: Journal) -> None:
    staged(journal)
    for stage in (Stage.RESERVED, Stage.WAITING, Stage.SUCCESSFUL, Stage.OVERDUE):
        other_journal.journeys.record(CARD, "ORDER-1", Change(stage, look_again_at=NOW), NOW)
    assert journal.journeys.get(CARD, "ORDER-1").stage is Stage.SUCCESSFUL
    assert journal.journeys.due(CARD, NOW, 10) == []


def test_only_what_nobody_was_asked_for_is_withdrawn(
    journal: Journal, other_journal: Journal
) -> None:
    """Whoever began it at that moment may have had it created: it is not told as cancelled."""
    staged(journal, "NEVER")
    staged(journal, "BEGUN")
    other_journal.journeys.begin(CARD, "BEGUN", NOW, SOON)
    withdrawn = {
        name: journal.journeys.withdraw(CARD, name, "never asked for", NOW)
        for name in ("NEVER", "BEGUN")
    }
    assert withdrawn["NEVER"].stage is Stage.CANCELLED
    assert (withdrawn["BEGUN"].stage, withdrawn["BEGUN"].message) == (Stage.ASKING, None)
    begun, _ = other_journal.journeys.begin(CARD, "NEVER", NOW, SOON)
    assert begun.stage is Stage.CANCELLED


def test_a_look_that_is_late_is_over_all_the_same(journal: Journal) -> None:
    """Else it would stay due, and with enough of its kind nothing else would be looked at."""
    staged(journal)
    journal.journeys.record(CARD, "ORDER-1", Change(Stage.RESERVED, look_again_at=NOW), NOW)
    late = Change(Stage.WAITING, reason="late", look_again_at=SOON)
    after = journal.journeys.record(CARD, "ORDER-1", late, NOW)
    assert (after.stage, after.reason, after.look_again_at) == (Stage.RESERVED, None, SOON)
    doubt = Change(Stage.NEEDS_ATTENTION, reason="payment-not-found", look_again_at=SOON)
    assert journal.journeys.record(CARD, "ORDER-1", doubt, NOW).reason == "payment-not-found"
