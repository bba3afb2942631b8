"""What finance reads of a day, a batch and a customer adds up, to the penny."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from smarterpay.journal import Journal
from smarterpay.journal.ledger import Seen
from smarterpay.journal.ledger_reports import PAGE, Movement
from smarterpay.journal.refunds import NewRefund
from smarterpay.money.accounts import Account, ItemKind
from smarterpay.money.refund_rails import Rail
from smarterpay.money.words import event_in_words
from tests.journal.builders import NOW

on_sqlite_only = pytest.mark.parametrize("journal_url", ["sqlite"], indirect=True)
MONDAY, TUESDAY = date(2026, 6, 1), date(2026, 6, 2)
LATER = NOW + timedelta(days=1)
DEBIT = Seen("P01A", ItemKind.DIRECT_DEBIT, "pending_submission", 2500, customer="CA01A")
CARD = Seen("P02A", ItemKind.CARD, "successful", 4000, customer="CA01A", batch_id="B-1")
REFUND = Seen("P02R", ItemKind.CARD_REFUND, "successful", 1500, related_item="P02A")


def in_words(movements: list[Movement]) -> Mapping[str, tuple[int, int]]:
    """Entries and pence by what happened."""
    return {
        f"{one.kind} {event_in_words(one.kind, one.event, one.left)}": (
            one.entries,
            one.amount_pence,
        )
        for one in movements
    }


def test_a_day_a_batch_and_a_customer_add_up(journal: Journal) -> None:
    other = replace(DEBIT, id="P01B", customer="CA01B", batch_id="B-1", amount_pence=100)
    journal.ledger.see([DEBIT, other, CARD], NOW)
    failed = replace(other, status="failed")
    claimed = replace(DEBIT, status="indemnity_claimed")
    journal.ledger.see([claimed, failed, REFUND], LATER)

    day = journal.ledger.day(TUESDAY)
    assert in_words(list(day.movements)) == {
        "direct_debit submitted": (2, 2600),
        "direct_debit claimed back": (1, 2500),
        "direct_debit returned unpaid": (1, 100),
        "card_refund refund ordered": (1, 1500),
        "card_refund refunded": (1, 1500),
    }
    accounts = {one.account: one for one in day.accounts}
    opening = {name: one.opening_pence for name, one in accounts.items() if one.opening_pence}
    assert opening == {
        Account.BILLED: -6600,
        Account.TO_COLLECT: 2600,
        Account.CARD_RECEIPTS: 4000,
    }
    receipts = accounts[Account.CARD_RECEIPTS]
    assert (receipts.gained_pence, receipts.lost_pence, receipts.closing_pence) == (0, 1500, 2500)
    assert sum(one.closing_pence for one in day.accounts) == 0
    assert {one.account: one.closing_pence for one in day.accounts if one.closing_pence} == {
        name: pence for name, pence in journal.ledger.balances().items() if pence
    }
    assert journal.ledger.day(TUESDAY + timedelta(days=1)).movements == []

    batch = journal.ledger.batch("B-1")
    assert [(one.kind, one.status, one.amount_pence) for one in batch.standings] == [
        (ItemKind.CARD, "successful", 4000),
        (ItemKind.DIRECT_DEBIT, "failed", 100),
    ]
    assert dict(batch.accounts) == {
        Account.BILLED: -4100,
        Account.UNPAID: 100,
        Account.CARD_RECEIPTS: 4000,
    }
    # The refund names no customer: it counts with what it repays.
    customer = journal.ledger.customer("CA01A")
    assert dict(customer.accounts) == {
        Account.BILLED: -6500,
        Account.CLAIMED_BACK: 2500,
        Account.CARD_RECEIPTS: 2500,
        Account.REPAYMENTS: 1500,
    }
    assert journal.ledger.customer("CA01NOBODY").standings == []


def test_section_8_a_batch_that_voids_shows_what_it_took_back(journal: Journal) -> None:
    """The payment stays with the batch that ordered it; its undoing is the other's."""
    journal.ledger.see([CARD], NOW)
    void = NewRefund("R-1", CARD.id, 4000, Rail.VOID, "not cleared", "0" * 64, batch_id="B-2")
    journal.refunds.hold(void, NOW)
    assert journal.ledger.batch("B-2").standings == []
    journal.refunds.done("R-1", CARD.id, LATER)
    journal.ledger.see([replace(CARD, status="cancelled")], LATER)

    report = journal.ledger.batch("B-2")
    assert in_words(list(report.movements)) == {"card voided": (1, 4000)}
    assert dict(report.accounts) == {Account.CARD_RECEIPTS: -4000, Account.CANCELLED: 4000}
    assert [(one.status, one.refund_held_pence) for one in report.standings] == [
        ("cancelled", 4000)
    ]
    assert dict(journal.ledger.batch("B-1").accounts) == {
        Account.BILLED: -4000,
        Account.CANCELLED: 4000,
    }


def test_a_report_sees_one_instant_while_others_write(
    journal: Journal, other_journal: Journal
) -> None:
    journal.ledger.see([DEBIT], NOW)
    others = iter([replace(DEBIT, id=f"P01{n}") for n in range(2)])

    def meanwhile(*_: object) -> None:
        more = next(others, None)
        if more is not None:
            other_journal.ledger.see([more], NOW)

    event.listen(journal.database.engine, "after_cursor_execute", meanwhile)
    day = journal.ledger.day(MONDAY)
    customer = journal.ledger.customer("CA01A")
    event.remove(journal.database.engine, "after_cursor_execute", meanwhile)
    moved = sum(one.amount_pence for one in day.movements)
    assert moved == sum(one.gained_pence for one in day.accounts) > 0
    assert (
        sum(one.amount_pence for one in customer.standings)
        == -dict(customer.accounts)[Account.BILLED]
    )


@on_sqlite_only
def test_a_day_is_londons(journal: Journal) -> None:
    """Section 5: dates are London's; in June the day begins at 23:00 UTC."""
    midnight = datetime(2026, 6, 2, tzinfo=ZoneInfo("Europe/London"))
    journal.ledger.see([DEBIT], midnight - timedelta(seconds=1))
    journal.ledger.see([CARD], midnight)
    assert {one.item_id for one in journal.ledger.each_entry_on(MONDAY)} == {"P01A"}
    assert {one.item_id for one in journal.ledger.each_entry_on(TUESDAY)} == {"P02A"}


@on_sqlite_only
def test_every_entry_of_a_day_comes_once_over_many_pages(journal: Journal) -> None:
    cards = [replace(CARD, id=f"P02{n:04}", reference=f"INV-{n}") for n in range(PAGE)]
    journal.ledger.see(cards, NOW)
    entries = list(journal.ledger.each_entry_on(MONDAY))
    assert len({one.id for one in entries}) == len(entries) == 2 * PAGE
    assert sum(one.amount_pence for one in entries if one.event == "successful") == 4000 * PAGE
    assert {one.reference for one in entries} == {f"INV-{n}" for n in range(PAGE)}
