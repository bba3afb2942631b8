"""The ledger's repository on both databases: entered once, doubted in the open, never rewritten."""

import multiprocessing
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain
from multiprocessing.context import ForkProcess
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select, text, update
from sqlalchemy.exc import DatabaseError

from smarterpay.journal import Journal
from smarterpay.journal.ledger import SEEN_AT_ONCE, ItemNotFound, Seen
from smarterpay.journal.ledger_check import check_books
from smarterpay.journal.schema import items, ledger_entries
from smarterpay.money.accounts import Account, ItemKind
from smarterpay.settings import Settings
from tests.journal.builders import NOW

#: For what is decided without the database, whichever it is.
on_sqlite_only = pytest.mark.parametrize("journal_url", ["sqlite"], indirect=True)
LATER = NOW + timedelta(days=1)
DEBIT = Seen(
    "P01DEBIT",
    ItemKind.DIRECT_DEBIT,
    "pending_submission",
    2500,
    reference="INV-1",
    customer="CA01PAYER",
    mandate="M01PAYER",
)
CREDIT = Seen("CR01CREDIT", ItemKind.CREDIT, "pending_submission", 700, related_item="P01DEBIT")


def standing(journal: Journal) -> Mapping[Account, int]:
    """The accounts in which something stands."""
    return {account: pence for account, pence in journal.ledger.balances().items() if pence}


def events(journal: Journal, item_id: str = DEBIT.id) -> list[tuple[str, Account, Account, int]]:
    """Every entry of an item: what, from where, to where, pence."""
    return [
        (one.event, one.credit, one.debit, one.amount_pence)
        for one in journal.ledger.entries(item_id)
    ]


def test_section_11_a_collection_is_entered_step_by_step_and_a_credit_the_other_way_round(
    journal: Journal, other_journal: Journal
) -> None:
    told = journal.ledger.see([DEBIT, CREDIT], NOW)
    assert (told.new, told.changed, told.doubts) == (2, 0, [])
    again = other_journal.ledger.see([CREDIT, DEBIT], LATER)
    assert (again.new, again.changed, again.doubts) == (0, 0, [])

    settled = [replace(DEBIT, status="successful"), replace(CREDIT, status="successful")]
    assert other_journal.ledger.see(settled, LATER).changed == 2
    assert events(journal) == [
        ("expected", Account.BILLED, Account.TO_COLLECT, 2500),
        ("submitted", Account.TO_COLLECT, Account.IN_BACS, 2500),
        ("successful", Account.IN_BACS, Account.BANK, 2500),
    ]
    assert events(journal, CREDIT.id)[-1] == (
        *("successful", Account.BANK, Account.REPAY_IN_BACS, 700),
    )
    assert standing(journal) == {
        Account.BILLED: -2500,
        Account.BANK: 2500 - 700,
        Account.REPAYMENTS: 700,
    }
    assert journal.ledger.get(DEBIT.id).version == 1
    assert check_books(journal).breaks == []


@on_sqlite_only
def test_what_is_ours_to_know_stays_and_what_the_provider_adds_is_added(journal: Journal) -> None:
    first = replace(DEBIT, asked_on=date(2026, 6, 6), batch_id="collection-1", due_on=None)
    journal.ledger.see([first], NOW)
    later = replace(
        DEBIT, asked_on=date(2026, 7, 1), batch_id="collection-2", due_on=date(2026, 6, 8)
    )
    journal.ledger.see([replace(later, mandate=None, customer=None)], LATER)

    item = journal.ledger.get(DEBIT.id)
    assert (item.asked_on, item.batch_id) == (date(2026, 6, 6), "collection-1")
    assert (item.due_on, item.mandate, item.customer) == (
        *(date(2026, 6, 8), DEBIT.mandate, DEBIT.customer),
    )
    assert [one.id for one in journal.ledger.find("INV-1", [ItemKind.DIRECT_DEBIT])] == [item.id]
    assert journal.ledger.find("INV-1", [ItemKind.CREDIT]) == []
    with pytest.raises(ItemNotFound, match="P01NOBODY"):
        journal.ledger.get("P01NOBODY")


def test_section_5_what_nobody_understands_is_a_doubt_and_the_rest_of_the_page_is_entered(
    journal: Journal, other_journal: Journal
) -> None:
    journal.ledger.see([DEBIT], NOW)
    strange = [
        replace(DEBIT, status="teleported"),
        Seen("P01NEW", ItemKind.DIRECT_DEBIT, "mislaid", 0),
        Seen("P02EURO", ItemKind.CARD, "successful", 900, currency="EUR"),
        Seen("P02WHAT", None, "successful", 900),
        Seen("P02RESERVED", ItemKind.RESERVATION, "s" * 80, 900),
        Seen(
            "P02LONG", ItemKind.CARD, "successful", 900, bacs_code="X" * 99, payment_type="Y" * 99
        ),
    ]
    told = journal.ledger.see([*strange, CREDIT], NOW)

    assert told.new == 2  # the credit, and the card payment with a long word
    doubted = {doubt.item_id for doubt in told.doubts}
    assert doubted == {"P01DEBIT", "P01NEW", "P02EURO", "P02WHAT", "P02RESERVED"}
    assert journal.ledger.get(DEBIT.id).status == "pending_submission"
    assert len(str(journal.ledger.get("P02LONG").bacs_code)) == 16

    journal.ledger.see([replace(DEBIT, status="teleported")], LATER)
    open_doubts = {one.doubt.item_id: one for one in other_journal.ledger.open_doubts()}
    assert set(open_doubts) == doubted
    mine = open_doubts[DEBIT.id]
    assert (mine.times, mine.first_at, mine.last_at) == (2, NOW, LATER)
    assert mine.doubt.told == "teleported"
    assert check_books(journal).doubts == journal.ledger.open_doubts()

    journal.ledger.see([replace(DEBIT, status="submitted")], LATER)
    assert DEBIT.id not in {one.doubt.item_id for one in journal.ledger.open_doubts()}


@on_sqlite_only
def test_a_doubt_is_settled_by_what_was_read_after_it_and_not_by_an_older_answer(
    journal: Journal,
) -> None:
    journal.ledger.see([replace(DEBIT, read_at=NOW)], NOW)
    journal.ledger.see([replace(DEBIT, status="teleported", read_at=LATER)], LATER)
    for read_at in (NOW, NOW + timedelta(hours=1)):  # late, and read before the doubt came up
        journal.ledger.see([replace(DEBIT, read_at=read_at)], LATER)
        assert [one.doubt.item_id for one in journal.ledger.open_doubts()] == [DEBIT.id]
    journal.ledger.see([replace(DEBIT, status="submitted", read_at=LATER)], LATER)
    assert journal.ledger.open_doubts() == []


@on_sqlite_only
def test_contradictions_move_no_money(journal: Journal) -> None:
    """Sections 7.7 and 11: what is submitted is not amended, and nothing goes backwards."""
    submitted = replace(DEBIT, status="submitted", read_at=NOW)
    journal.ledger.see([submitted], NOW)
    before = standing(journal)
    for reading in (
        replace(submitted, amount_pence=2600),
        replace(submitted, amount_pence=0),
        replace(submitted, kind=ItemKind.CARD),
        replace(submitted, status="pending_submission", read_at=LATER),
        replace(submitted, status="cancelled", read_at=LATER),
    ):
        (doubt,) = journal.ledger.see([reading], LATER).doubts
        assert (doubt.item_id, doubt.known) == (DEBIT.id, "submitted")
    assert standing(journal) == before
    assert journal.ledger.get(DEBIT.id).version == 0


@on_sqlite_only
def test_an_answer_from_before_changes_nothing_and_is_no_doubt(journal: Journal) -> None:
    journal.ledger.see([replace(DEBIT, status="indemnity_claimed", read_at=LATER)], LATER)
    before = standing(journal)
    stored = replace(DEBIT, batch_id="collection-1")  # a resumed batch tells its stored answer
    early = replace(DEBIT, status="successful", read_at=NOW)  # else a challenge that was won
    for reading in (stored, early):
        assert journal.ledger.see([reading], LATER + timedelta(hours=1)).doubts == []
    item = journal.ledger.get(DEBIT.id)
    assert (item.status, item.batch_id) == ("indemnity_claimed", "collection-1")
    assert standing(journal) == before


@on_sqlite_only
def test_section_7_10_what_a_credit_repays_is_learnt_after_a_sync_has_seen_it(
    journal: Journal,
) -> None:
    """Only the refund that ordered it can tell, and its answer may be older than the reading."""
    journal.ledger.see([replace(CREDIT, related_item=None, read_at=LATER)], LATER)
    journal.ledger.see([replace(CREDIT, read_at=NOW)], LATER)
    assert journal.ledger.get(CREDIT.id).related_item == DEBIT.id


@on_sqlite_only
def test_a_clock_that_ran_ahead_does_not_outdate_what_is_read_from_then_on(
    journal: Journal,
) -> None:
    journal.ledger.see([DEBIT], NOW + timedelta(days=365))
    submitted = replace(DEBIT, status="submitted", read_at=LATER)
    assert journal.ledger.see([submitted], LATER).changed == 1
    assert journal.ledger.see([replace(DEBIT, read_at=NOW)], LATER).doubts == []
    assert journal.ledger.get(DEBIT.id).status == "submitted"
    assert journal.ledger.get(DEBIT.id).read_at == LATER


@on_sqlite_only
def test_section_7_7_amounts_change_while_pending_and_a_break_is_zero(journal: Journal) -> None:
    for pence in (2500, 3000, 1000, 0):
        journal.ledger.see([replace(DEBIT, amount_pence=pence)], NOW)
    assert events(journal)[1:] == [
        ("amended", Account.BILLED, Account.TO_COLLECT, 500),
        ("amended", Account.TO_COLLECT, Account.BILLED, 2000),
        ("amended", Account.TO_COLLECT, Account.BILLED, 1000),
    ]
    journal.ledger.see([replace(DEBIT, amount_pence=0, status="cancelled")], LATER)
    assert standing(journal) == {}
    # Amended and submitted while nobody looked.
    other = replace(DEBIT, id="P01OTHER")
    journal.ledger.see([other], NOW)
    journal.ledger.see([replace(other, amount_pence=2000, status="successful")], LATER)
    assert standing(journal) == {Account.BILLED: -2000, Account.BANK: 2000}
    assert check_books(journal).breaks == []


@on_sqlite_only
@pytest.mark.parametrize("told", [0, 2500, None])
def test_section_7_7_what_was_billed_is_what_is_cancelled(
    journal: Journal, told: int | None
) -> None:
    """`cancel_zeroes_amount` on and off; and a payment on a cancelled mandate bills nothing."""
    journal.ledger.see([DEBIT], NOW)
    born = Seen("P01BORN", ItemKind.DIRECT_DEBIT, "cancelled", 0)
    journal.ledger.see([replace(DEBIT, status="cancelled", amount_pence=told), born], LATER)
    journal.ledger.see([replace(DEBIT, status="cancelled", amount_pence=0), born], LATER)
    assert standing(journal) == {Account.BILLED: -2500, Account.CANCELLED: 2500}
    assert journal.ledger.open_doubts() == []
    assert check_books(journal).breaks == []


@on_sqlite_only
def test_section_7_8_a_re_presentation_takes_up_the_debt_that_was_unpaid(journal: Journal) -> None:
    journal.ledger.see([replace(DEBIT, status="failed")], NOW)
    again = replace(DEBIT, id="P01AGAIN", status="successful")
    journal.ledger.see([replace(again, related_item=DEBIT.id)], LATER)
    assert standing(journal) == {Account.BILLED: -2500, Account.BANK: 2500}
    # One that is known for a re-presentation only later: its debt was billed before.
    late = replace(again, id="P01LATE", status="pending_submission")
    journal.ledger.see([late], LATER)
    journal.ledger.see([replace(late, related_item="P01AGAIN")], LATER)
    assert standing(journal) == {
        Account.BILLED: -2500,
        Account.BANK: 2500,
        Account.UNPAID: -2500,
        Account.TO_COLLECT: 2500,
    }
    assert check_books(journal).breaks == []


@on_sqlite_only
def test_an_amount_below_what_is_refunded_is_a_doubt(journal: Journal) -> None:
    journal.ledger.see([DEBIT], NOW)
    with journal.database.write() as connection:
        connection.execute(update(items).values(refund_held_pence=2500))
    (doubt,) = journal.ledger.see([replace(DEBIT, amount_pence=2499)], LATER).doubts
    assert "below what is refunded" in doubt.why
    assert journal.ledger.see([replace(DEBIT, status="cancelled", amount_pence=0)], LATER)
    assert journal.ledger.get(DEBIT.id).left_to_refund_pence == 0


def test_the_database_refuses_to_change_an_entry_or_to_overdraw_an_item(journal: Journal) -> None:
    journal.ledger.see([DEBIT, CREDIT], NOW)
    changes = [
        text("UPDATE ledger_entries SET amount_pence = amount_pence"),
        text("DELETE FROM ledger_entries"),
        text("UPDATE audit_trail SET action = 'x'"),
        text("DELETE FROM audit_trail"),
    ]
    journal.audit.append("somebody", "did.something", "B-1", {}, NOW)
    if not journal.database.is_sqlite:
        changes += [text("TRUNCATE ledger_entries"), text("TRUNCATE audit_trail")]
    for change in changes:
        with pytest.raises(DatabaseError, match="append-only"), journal.database.write() as one:
            one.execute(change)

    overdrafts = [
        (DEBIT.id, Account.BANK, Account.IN_BACS, 1),  # it is not in Bacs
        (DEBIT.id, Account.IN_BACS, Account.TO_COLLECT, 2501),  # and not with so many pence
        (CREDIT.id, Account.REPAY_IN_BACS, Account.BANK, 1),
        (CREDIT.id, Account.TO_REPAY, Account.REPAY_IN_BACS, 701),
    ]
    for item_id, debit, credit, pence in overdrafts:
        with pytest.raises(DatabaseError, match="does not stand"), journal.database.write() as one:
            one.execute(insert(ledger_entries), [entry(item_id, debit, credit, pence)])
    with journal.database.write() as one:
        row = entry(DEBIT.id, Account.IN_BACS, Account.TO_COLLECT, 2500)
        one.execute(insert(ledger_entries), [row])


def entry(item_id: str, debit: Account, credit: Account, pence: int) -> dict[str, Any]:
    """An entry as somebody would write it past the ledger."""
    return {
        "id": f"{item_id}:forged",
        "item_id": item_id,
        "version": 99,
        "step": 0,
        "event": "submitted",
        "debit": debit,
        "credit": credit,
        "amount_pence": pence,
        "entered_on": NOW.date(),
        "entered_at": NOW,
    }


def test_a_page_is_taken_in_with_few_statements(journal: Journal) -> None:
    """500 records are a page of section 6; one statement for each would be the ledger's pace."""
    page = [replace(DEBIT, id=f"P{n:04}") for n in range(SEEN_AT_ONCE)]
    with pytest.raises(ValueError, match="at most 500"):
        journal.ledger.see([*page, DEBIT], NOW)
    statements = []
    event.listen(journal.database.engine, "before_cursor_execute", lambda *a: statements.append(a))
    assert journal.ledger.see(page, NOW).new == SEEN_AT_ONCE
    settled = [replace(one, status="successful") for one in page]
    assert journal.ledger.see(settled, LATER).changed == SEEN_AT_ONCE
    assert len(statements) < 30
    assert standing(journal)[Account.BANK] == 2500 * SEEN_AT_ONCE


def test_many_processes_that_see_the_same_enter_it_once(tmp_path: Path, journal_url: str) -> None:
    """They tell overlapping records, in other orders, at the same moment."""
    settings = Settings.model_validate({"home": tmp_path, "journal_url": journal_url})
    with Journal.open(settings):
        pass  # makes the encryption key
    forked = multiprocessing.get_context("fork")
    start = forked.Barrier(PROCESSES)
    processes = [
        forked.Process(target=tell_all, args=(settings, start, number))
        for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * PROCESSES

    with Journal.open(settings) as journal:
        report = check_books(journal)
        assert (report.items, report.breaks, report.doubts) == (RECORDS, [], [])
        assert standing(journal) == {
            Account.BILLED: -100 * RECORDS,
            Account.CLAIMED_BACK: 100 * RECORDS,
        }
        told = chain.from_iterable(journal.ledger.entries(f"P{n:02}") for n in range(RECORDS))
        assert sum(1 for _ in told) == 4 * RECORDS


PROCESSES, RECORDS = 5, 40
WALK = ("pending_submission", "submitted", "successful", "indemnity_claimed")


def tell_all(settings: Settings, start: Barrier, number: int) -> None:
    """Tell every record's life, each process beginning with another record."""
    with Journal.open(settings) as journal:
        start.wait(60)
        for step, status in enumerate(WALK):
            read_at = NOW + timedelta(minutes=step)
            for shift in range(4):
                first = (number * 7 + shift * 10) % RECORDS
                told = [(first + n) % RECORDS for n in range(20)]
                records = [
                    Seen(f"P{n:02}", ItemKind.DIRECT_DEBIT, status, 100, read_at=read_at)
                    for n in reversed(told)
                ]
                assert journal.ledger.see(records, NOW).doubts == []


def test_killed_at_any_moment_the_books_hold_and_are_gone_on_with(
    tmp_path: Path, journal_url: str
) -> None:
    settings = Settings.model_validate({"home": tmp_path, "journal_url": journal_url})
    forked = multiprocessing.get_context("fork")
    with Journal.open(settings):
        pass
    for changes in (15, 70, 140):  # in the first pages, in the middle, towards the end
        process = forked.Process(target=tell_in_pages, args=(settings,))
        process.start()
        wait_for(settings, changes, process)
        process.kill()
        process.join()
        with Journal.open(settings) as journal:
            assert check_books(journal).breaks == []
    tell_in_pages(settings)
    with Journal.open(settings) as journal:
        report = check_books(journal)
        assert (report.items, report.breaks, report.doubts) == (RECORDS, [], [])
        assert standing(journal)[Account.CLAIMED_BACK] == 100 * RECORDS


def tell_in_pages(settings: Settings) -> None:
    """Every record's life in pages of ten, as a sync that begins afresh tells it."""
    with Journal.open(settings) as journal:
        for step, status in enumerate(WALK):
            read_at = NOW + timedelta(minutes=step)
            for first in range(0, RECORDS, 10):
                page = [
                    Seen(f"P{n:02}", ItemKind.DIRECT_DEBIT, status, 100, read_at=read_at)
                    for n in range(first, first + 10)
                ]
                journal.ledger.see(page, NOW)


def wait_for(settings: Settings, entries: int, process: ForkProcess) -> None:
    """Return when so many entries stand in the ledger, or the process has ended."""
    query = select(func.count()).select_from(ledger_entries)
    with Journal.open(settings) as journal:
        while process.is_alive():
            with journal.database.read() as connection:
                if connection.execute(query).scalar_one() >= entries:
                    return
