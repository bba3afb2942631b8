"""Each rule of the check finds what breaks it, and books that hold break none."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, insert, text, update

from smarterpay.journal import Journal
from smarterpay.journal.batch_kinds import COLLECTION
from smarterpay.journal.batches import NewRow, Progress, RowState
from smarterpay.journal.ledger import Seen
from smarterpay.journal.ledger_check import MEANINGS, LedgerBroken, Rule, check_books
from smarterpay.journal.schema import items, ledger_entries, presentations, refunds
from smarterpay.money.accounts import Account, ItemKind
from tests.journal.builders import NOW

FAILED = Seen("P01FAILED", ItemKind.DIRECT_DEBIT, "failed", 2500)
AGAIN = replace(FAILED, id="P01AGAIN", status="successful", related_item="P01FAILED")
VOIDED = Seen("P02VOID", ItemKind.CARD, "cancelled", 4000)
CREDIT = Seen("CR01", ItemKind.CREDIT, "submitted", 700, related_item="P01AGAIN")


def books_that_hold(journal: Journal) -> str:
    """A chain, a void, a refund and a batch row; the batch's id."""
    journal.ledger.see([FAILED, AGAIN, VOIDED, CREDIT], NOW)
    with journal.database.write() as connection:
        for number, item, of in ((1, FAILED, None), (2, AGAIN, FAILED)):
            values = {"number": number, "item_id": item.id, "of_item_id": of.id if of else None}
            fixed = {"first_item_id": FAILED.id, "reference": item.id, "planned_at": NOW}
            connection.execute(insert(presentations), [{**values, **fixed}])
        a_refund(connection, "R-1", "P01AGAIN", 700, rail="credit", record="CR01")
        a_refund(connection, "R-2", "P02VOID", 4000, rail="void", record="P02VOID")
    batches = journal.batches
    batch = batches.create(COLLECTION, source="a.csv", sha256="0" * 64, policy={}, now=NOW)
    batches.add_rows(batch, [NewRow(n, n + 2, f"INV-{n}", b"{}") for n in range(4)], NOW)
    batches.finish_staging(batch, rows_total=4, amount_pence=1)
    rows = list(batches.each_row(batch))
    batches.record(rows[0], Progress(RowState.SUCCEEDED, record_ids={"payment": AGAIN.id}), NOW)
    batches.record(rows[1], Progress(RowState.REFUSED, "collect", "x", "y"), NOW)
    return batch


def a_refund(
    connection: Connection, reference: str, item_id: str, pence: int, *, rail: str, record: str
) -> None:
    """A refund that is done, held of its item."""
    row = {"item_id": item_id, "amount_pence": pence, "rail": rail, "record_id": record}
    state = {"why": "because", "words_sha256": "", "state": "done", "held_at": NOW}
    connection.execute(insert(refunds), [{"reference": reference, **row, **state}])
    held = items.c.refund_held_pence + pence
    connection.execute(update(items).where(items.c.id == item_id).values(refund_held_pence=held))


def test_books_that_hold_break_no_rule_and_each_rule_finds_its_break(journal: Journal) -> None:
    batch = books_that_hold(journal)
    report = check_books(journal)
    assert (report.items, report.breaks, report.doubts) == (4, [], [])
    assert report.in_words() == "4 items checked: 0 breaks, 0 readings in doubt"

    def broken(*changes: Any) -> list[tuple[str, str]]:
        """Which rules are broken where, after these changes."""
        for change in changes:
            with journal.database.write() as connection:
                connection.execute(change)
        return [(str(one.rule), one.subject) for one in check_books(journal).breaks]

    def set_item(item_id: str, **values: Any) -> Any:
        return update(items).where(items.c.id == item_id).values(values)

    def set_refund(**values: Any) -> Any:
        return update(refunds).where(refunds.c.reference == "R-1").values(values)

    def set_chain(**values: Any) -> Any:
        return update(presentations).where(presentations.c.number == 2).values(values)

    cases: list[tuple[Any, Any, list[tuple[str, str]]]] = [
        (
            set_item("P02VOID", status="successful"),
            set_item("P02VOID", status="cancelled"),
            [(Rule.ITEM_BALANCE, "P02VOID"), (Rule.REFUND_RECORD, "R-2")],
        ),
        (
            set_item("CR01", status="mislaid"),
            set_item("CR01", status="submitted"),
            [(Rule.ITEM_STATUS, "CR01")],
        ),
        (
            set_item("P01AGAIN", refund_held_pence=699),
            set_item("P01AGAIN", refund_held_pence=700),
            [(Rule.REFUND_SUM, "P01AGAIN")],
        ),
        (
            set_refund(record_id="CR01GONE"),
            set_refund(record_id="CR01"),
            [(Rule.REFUND_RECORD, "R-1")],
        ),
        (
            set_item("CR01", related_item="P02VOID"),
            set_item("CR01", related_item="P01AGAIN"),
            [(Rule.REFUND_RECORD, "R-1")],
        ),
        (
            set_chain(of_item_id="P02VOID"),
            set_chain(of_item_id="P01FAILED"),
            [(Rule.CHAIN, "P01FAILED presentation 2")],
        ),
        (
            set_item("P01AGAIN", related_item=None),
            set_item("P01AGAIN", related_item="P01FAILED"),
            [(Rule.ITEM_BALANCE, "P01AGAIN"), (Rule.CHAIN, "P01FAILED presentation 2")],
        ),
    ]
    for change, back, expected in cases:
        assert sorted(broken(change)) == sorted((str(rule), where) for rule, where in expected)
        assert broken(back) == []

    journal.ledger.see([replace(CREDIT, status="failed")], NOW + timedelta(days=1))
    assert broken() == [(Rule.REFUND_UNDONE, "R-1")]
    assert journal.refunds.release_undone(NOW)
    assert broken() == []

    other = replace(AGAIN, id="P01OTHER", status="submitted")  # made in the portal, say
    journal.ledger.see([other], NOW)
    assert broken() == [(Rule.TWICE, FAILED.id)]
    journal.ledger.see([replace(other, status="failed")], NOW + timedelta(days=1))
    assert broken() == []

    third, fourth = list(journal.batches.each_row(batch))[2:]
    gone = Progress(RowState.SUCCEEDED, record_ids={"presentation": "P01GONE", "refund": "CR01"})
    journal.batches.record(third, gone, NOW)
    journal.batches.record(fourth, Progress(RowState.SUCCEEDED), NOW)
    assert broken() == [(Rule.ROW_RECORD, f"{batch} line {line}") for line in (4, 5)]


def test_a_payment_that_is_claimed_back_after_it_was_refunded_is_told(journal: Journal) -> None:
    """Section 10, DDICA: no break of the books, and the payer has the money twice."""
    books_that_hold(journal)
    journal.ledger.see([replace(AGAIN, status="indemnity_claimed")], NOW + timedelta(days=1))
    report = check_books(journal)
    (twice,) = report.gone_twice
    assert (twice.payment, twice.refund, twice.record) == ("P01AGAIN", "R-1", "CR01")
    assert "challenge the claim" in twice.in_words()
    assert report.breaks == []
    assert report.in_words().endswith("1 refunded and taken back")
    journal.ledger.see([replace(CREDIT, status="failed")], NOW + timedelta(days=1))
    assert check_books(journal).gone_twice == []


def test_an_entry_without_an_item_and_a_forged_trail_are_found(journal: Journal) -> None:
    """Somebody with the database's own rights has been at work: triggers and keys switched off."""
    journal.audit.append("somebody", "did.something", "B-1", {}, NOW)
    journal.audit.append("somebody", "did.more", "B-1", {}, NOW)
    entry = {
        "id": "GONE:0:0",
        "item_id": "GONE",
        "version": 0,
        "step": 0,
        "event": "expected",
        "debit": Account.BANK,
        "credit": Account.BILLED,
        "amount_pence": 1,
        "entered_on": NOW.date(),
        "entered_at": NOW,
    }
    with journal.database.engine.connect() as connection:
        switch_off_what_guards(connection)
        with connection.begin():
            connection.execute(insert(ledger_entries), [entry])
            connection.execute(text("UPDATE audit_trail SET actor = 'nobody' WHERE number = 1"))
    report = check_books(journal)
    assert [one.rule for one in report.breaks] == [Rule.ENTRY_WITHOUT_ITEM, Rule.AUDIT_TRAIL]
    error = LedgerBroken(report)
    assert "1 entry-without-item, 1 audit-trail" in str(error)
    assert set(MEANINGS) == set(Rule)


def switch_off_what_guards(connection: Connection) -> None:
    """Triggers and foreign keys, for this connection or this database."""
    raw = connection.connection.cursor()
    if connection.dialect.name == "sqlite":
        raw.execute("PRAGMA foreign_keys = OFF")
        raw.execute("DROP TRIGGER audit_trail_no_update")
    else:
        raw.execute("SET session_replication_role = replica")
    raw.close()
