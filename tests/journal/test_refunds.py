"""The ceiling: however many refund a payment at once, no more is held than was taken."""

import multiprocessing

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from smarterpay.journal import Journal
from smarterpay.journal.ledger import ItemNotFound, Seen
from smarterpay.journal.refunds import (
    RefundConflict,
    RefundDidNotHappen,
    Refunds,
    RefundState,
)
from smarterpay.journal.schema import items, refunds
from smarterpay.money.accounts import ItemKind
from smarterpay.money.refund_rails import AlreadyRefunded, Rail, RefundExceedsWhatIsLeft
from smarterpay.settings import Settings
from tests.journal.refund_race import NOW, hold_at_once, wanted

TAKEN = 2500
PROCESSES = 100
#: Eight of these are as much as was taken.
EACH = 300

_processes = multiprocessing.get_context("forkserver")
# With the driver, which a hundred children would else load one by one.
_processes.set_forkserver_preload(
    ["tests.journal.refund_race", "psycopg", "sqlalchemy.dialects.postgresql.psycopg"]
)


@pytest.fixture
def kept(journal: Journal) -> Refunds:
    """The refunds of a journal that knows one payment of £25.00."""
    journal.ledger.see([Seen("P01", ItemKind.CARD, "successful", TAKEN)], NOW)
    return journal.refunds


def held(journal: Journal) -> int:
    return journal.ledger.get("P01").refund_held_pence


def counted(journal: Journal) -> int:
    """What the refunds themselves say is held of the payment."""
    standing = [one for one in journal.refunds.of_item("P01") if one.state != "released"]
    return sum(one.amount_pence for one in standing)


def test_a_hundred_processes_never_hold_more_than_was_taken(
    settings: Settings, journal: Journal, kept: Refunds
) -> None:
    start = _processes.Barrier(PROCESSES)
    racing = [
        _processes.Process(
            target=hold_at_once, args=(settings.journal, n % 80, EACH, start), daemon=True
        )
        for n in range(PROCESSES)
    ]
    for process in racing:
        process.start()
    for process in racing:
        process.join(120)

    assert [process.exitcode for process in racing] == [0] * PROCESSES
    assert held(journal) == counted(journal)
    released = [one for one in kept.of_item("P01") if one.state is RefundState.RELEASED]
    fits = TAKEN // EACH
    # What was given back in the rush may have gone to another, or to nobody any more.
    assert fits - len(released) <= held(journal) // EACH <= fits


def test_the_same_reference_is_the_same_refund(journal: Journal, kept: Refunds) -> None:
    first = kept.hold(wanted("RF-1", None), NOW)
    assert (first.amount_pence, first.state) == (TAKEN, RefundState.HELD)
    assert kept.hold(wanted("RF-1", None), NOW) == first
    assert kept.hold(wanted("RF-1", TAKEN), NOW) == first
    assert held(journal) == TAKEN
    for other in (wanted("RF-1", 1), wanted("RF-1", None, item="P02")):
        journal.ledger.see([Seen("P02", ItemKind.CARD, "successful", 100)], NOW)
        with pytest.raises(RefundConflict) as conflict:
            kept.hold(other, NOW)
        assert conflict.value.refund == first


def test_what_is_left_is_fixed_when_it_is_held(journal: Journal, kept: Refunds) -> None:
    kept.hold(wanted("RF-1", 1000), NOW)
    with pytest.raises(RefundExceedsWhatIsLeft, match=r"£15\.00 of P01 is left"):
        kept.hold(wanted("RF-2", 1501), NOW)
    assert kept.hold(wanted("RF-2", None), NOW).amount_pence == 1500
    with pytest.raises(AlreadyRefunded):
        kept.hold(wanted("RF-3", None), NOW)
    with pytest.raises(ItemNotFound):
        kept.hold(wanted("RF-3", None, item="P99"), NOW)


def test_only_what_did_not_happen_is_released_and_only_once(
    journal: Journal, kept: Refunds
) -> None:
    kept.hold(wanted("RF-1", 1000), NOW)
    for _ in range(2):
        assert kept.release("RF-1", NOW).state is RefundState.RELEASED
    assert held(journal) == 0
    with pytest.raises(RefundDidNotHappen):
        kept.hold(wanted("RF-1", 1000), NOW)
    assert kept.done("RF-1", "CR01", NOW).state is RefundState.RELEASED
    kept.hold(wanted("RF-2", 1000), NOW)
    for _ in range(2):
        assert kept.done("RF-2", "CR02", NOW).record_id == "CR02"
    assert kept.release("RF-2", NOW).state is RefundState.DONE
    assert held(journal) == 1000


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_section_11_a_credit_that_came_to_nothing_gives_its_pence_back_once(
    journal: Journal, kept: Refunds, status: str
) -> None:
    for reference, record in (("RF-1", "CR01"), ("RF-2", "CR02")):
        kept.hold(wanted(reference, 1000), NOW)
        kept.done(reference, record, NOW)
    seen = {"failed": ["submitted", "failed"], "cancelled": ["cancelled"]}[status]
    for word in ["pending_submission", *seen]:
        credit = Seen("CR01", ItemKind.CREDIT, word, 1000, reference="RF-1", related_item="P01")
        journal.ledger.see([credit], NOW)
        if word != status:
            assert kept.release_undone(NOW) == []
    assert [one.reference for one in kept.release_undone(NOW, ["CR01", "CR02"])] == ["RF-1"]
    assert kept.release_undone(NOW) == []
    assert held(journal) == counted(journal) == 1000


def test_section_11_a_voided_payment_is_cancelled_and_its_refund_stands(
    journal: Journal, kept: Refunds
) -> None:
    kept.hold(wanted("RF-1", None), NOW)
    kept.done("RF-1", "P01", NOW)
    journal.ledger.see([Seen("P01", ItemKind.CARD, "cancelled", TAKEN)], NOW)
    assert kept.release_undone(NOW) == []
    assert held(journal) == TAKEN


def test_what_was_refunded_past_this_journal_counts(journal: Journal, kept: Refunds) -> None:
    """Section 8: a refund made in the portal is a payment that names ours."""
    kept.hold(wanted("RF-1", 500), NOW)
    ours = Seen(
        "P03", ItemKind.CARD_REFUND, "successful", 500, reference="RF-1", related_item="P01"
    )
    portal = Seen("P04", ItemKind.CARD_REFUND, "successful", 800, related_item="P01")
    declined = Seen("P05", ItemKind.CARD_REFUND, "failed", 900, related_item="P01")
    journal.ledger.see([ours, portal, declined], NOW)
    assert kept.facts(journal.ledger.get("P01"), None).left_pence == 1200
    assert kept.hold(wanted("RF-2", None), NOW).amount_pence == 1200


def test_a_record_of_a_refund_that_was_given_back_counts_all_the_same(
    journal: Journal, kept: Refunds
) -> None:
    """A person gave it up and was wrong: what is seen to be paid back is not paid back again."""
    kept.hold(wanted("RF-1", None), NOW)
    kept.release("RF-1", NOW)
    paid = Seen(
        "P03", ItemKind.CARD_REFUND, "successful", TAKEN, reference="RF-1", related_item="P01"
    )
    journal.ledger.see([paid], NOW)
    with pytest.raises(AlreadyRefunded):
        kept.hold(wanted("RF-2", None), NOW)


def test_the_database_itself_refuses_what_exceeds_a_payment(
    journal: Journal, kept: Refunds
) -> None:
    with pytest.raises(IntegrityError), journal.database.write() as connection:
        connection.execute(update(items).values(refund_held_pence=TAKEN + 1))
    with pytest.raises(IntegrityError), journal.database.write() as connection:
        connection.execute(update(items).values(refund_held_pence=-1))
    kept.hold(wanted("RF-1", 1), NOW)
    with journal.database.read() as connection:
        assert connection.execute(select(refunds.c.rail)).scalars().all() == [Rail.CARD_REFUND]
