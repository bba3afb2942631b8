"""`smarterpay ledger`: tells finance where every penny is; reads the journal and calls nobody."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from rich.table import Table
from rich.text import Text

from smarterpay.cli.exit_codes import FAILED, OK, ROWS_UNFINISHED, Failure, leave
from smarterpay.cli.opening import open_journal, read_settings
from smarterpay.cli.printing import SCREEN_ROWS, console, print_json, screen
from smarterpay.cli.services import provider_today
from smarterpay.intake.rejects_file import appearing_when_complete, guarded
from smarterpay.journal import Journal
from smarterpay.journal.batches import BatchNotFound
from smarterpay.journal.ledger import Item, ItemNotFound, OpenDoubt
from smarterpay.journal.ledger_check import MEANINGS, Break, check_books
from smarterpay.journal.ledger_reports import AccountDay, BookedEntry, Movement, SubjectReport
from smarterpay.money.accounts import BOOKS
from smarterpay.money.pounds import in_pounds
from smarterpay.money.words import ACCOUNT_WORDS, KIND_WORDS, event_in_words

CSV_COLUMNS = (
    "entry",
    "date",
    "kind",
    "event",
    "debit",
    "credit",
    "pence",
    "pounds",
    "item",
    "reference",
    "batch",
    "customer",
)
_REFUNDED = "Refunded or about to be"
_FIGURES = {"Items", "Entries", "Amount", "Balance", _REFUNDED, "Opening", "In", "Out", "Closing"}
BELOW_ZERO = (
    "Below zero: what was billed, what is still to be repaid, and where more left than came. "
    "Together £0.00."
)


def show_day(on: date | None, csv_file: Path | None, *, as_json: bool) -> None:
    """Print what was entered on a London date, by default today's; `csv_file` gets each entry.

    Raises `Failure`.
    """
    settings = read_settings()
    on = on or provider_today(settings)
    with open_journal(settings) as journal:
        report = journal.ledger.day(on)
        written = _write_entries(journal.ledger.each_entry_on(on), csv_file) if csv_file else None
    if as_json:
        accounts = [_account_day_document(one) for one in report.accounts]
        movements = [_movement_document(one) for one in report.movements]
        print_json({"date": on.isoformat(), "movements": movements, "accounts": accounts})
    else:
        screen.print(f"[bold]Money ledger of {on:%A %d %B %Y}[/bold]")
        _print_movements(report.movements, "Nothing was entered on this day.")
        _print_account_days(report.accounts)
    if written is not None:
        console.print(f"{written} entries written to {csv_file}")


def show_batch(batch_id: str, *, as_json: bool) -> None:
    """Print what became of the money that a batch ordered; raises `Failure`."""
    with open_journal(read_settings()) as journal:
        try:
            journal.batches.get(batch_id)
        except BatchNotFound as error:
            raise Failure(str(error)) from error
        _show_subject(f"Batch {batch_id}", journal.ledger.batch(batch_id), as_json=as_json)


def show_customer(customer: str, *, as_json: bool) -> None:
    """Print the money of one customer account; raises `Failure` where none is known."""
    with open_journal(read_settings()) as journal:
        report = journal.ledger.customer(customer)
        if not report.standings:
            raise Failure(
                f"no payment, credit or card payment of customer {customer} is known; "
                "a customer account's id is asked for, such as CA01..."
            )
        _show_subject(f"Customer {customer}", report, as_json=as_json)


def show_items(id_or_reference: str, *, as_json: bool) -> None:
    """Print an item, or all under a reference, with every entry; raises `Failure`."""
    with open_journal(read_settings()) as journal:
        found = _find(journal, id_or_reference)
        if as_json:
            print_json([_item_document(journal, one) for one in found])
            return
        for one in found:
            _print_item(journal, one)


def check_ledger(*, as_json: bool) -> NoReturn:
    """Print breaks and doubts; leaves with 1 on a break, with 4 on a doubt."""
    with open_journal(read_settings()) as journal:
        report = check_books(journal)
    if as_json:
        print_json(
            {
                "items": report.items,
                "breaks": [_break_document(one) for one in report.breaks],
                "doubts": [_doubt_document(one) for one in report.doubts],
                "gone_twice": [asdict(one) for one in report.gone_twice],
            }
        )
    else:
        for one in report.breaks[:SCREEN_ROWS]:
            _print_lines(f"{one.rule}  {one.subject}", MEANINGS[one.rule])
            _print_lines(f"    expected {one.expected}; found {one.found}")
        for doubt in report.doubts[:SCREEN_ROWS]:
            _print_lines(*_doubt_in_words(doubt))
        for twice in report.gone_twice[:SCREEN_ROWS]:
            _print_lines(f"refunded and taken back  {twice.payment}", twice.in_words())
        screen.print(report.in_words())
    if report.breaks:
        leave(FAILED)
    leave(ROWS_UNFINISHED if report.doubts else OK)


def _find(journal: Journal, id_or_reference: str) -> Sequence[Item]:
    try:
        return [journal.ledger.get(id_or_reference)]
    except ItemNotFound as error:
        found = journal.ledger.find(id_or_reference)
        if not found:
            raise Failure(
                f"{error}; if the provider has it, the flow sync-statuses takes it in"
            ) from error
        return found


def _show_subject(title: str, report: SubjectReport, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "subject": report.subject,
                "movements": [_movement_document(one) for one in report.movements],
                "standings": [
                    {
                        "kind": one.kind,
                        "status": one.status,
                        "items": one.items,
                        "pence": one.amount_pence,
                        "refunded_pence": one.refund_held_pence,
                    }
                    for one in report.standings
                ],
                "accounts": dict(report.accounts),
            }
        )
        return
    screen.print(Text(title, style="bold"))
    standing = _table("Kind", "Status", "Items", "Amount", _REFUNDED)
    for one in report.standings:
        sums = (in_pounds(one.amount_pence), in_pounds(one.refund_held_pence))
        standing.add_row(KIND_WORDS[one.kind], one.status, str(one.items), *sums)
    screen.print(standing)
    _print_movements(report.movements, "No money has moved.")
    balances = _table("Account", "Balance")
    for account, pence in report.accounts:
        balances.add_row(ACCOUNT_WORDS[account], in_pounds(pence))
    if report.accounts:
        screen.print(balances)
        screen.print(BELOW_ZERO)


def _print_movements(movements: Sequence[Movement], nothing: str) -> None:
    if not movements:
        screen.print(nothing)
        return
    table = _table("What happened", "Kind", "From", "To", "Entries", "Amount")
    for one in movements:
        table.add_row(
            event_in_words(one.kind, one.event, one.left),
            KIND_WORDS[one.kind],
            ACCOUNT_WORDS[one.left],
            ACCOUNT_WORDS[one.reached],
            str(one.entries),
            in_pounds(one.amount_pence),
        )
    screen.print(table)


def _print_account_days(accounts: Sequence[AccountDay]) -> None:
    table = _table("Account", "Opening", "In", "Out", "Closing")
    for one in accounts:
        sums = (one.opening_pence, one.gained_pence, one.lost_pence, one.closing_pence)
        table.add_row(ACCOUNT_WORDS[one.account], *map(in_pounds, sums))
    if accounts:
        screen.print(table)
        screen.print(BELOW_ZERO)


def _print_item(journal: Journal, item: Item) -> None:
    known = {
        "reference": item.reference,
        "batch": item.batch_id,
        "customer": item.customer,
        "mandate": item.mandate,
        "related": item.related_item,
        "asked for": item.asked_on,
        "due": item.due_on,
        "Bacs code": item.bacs_code,
    }
    told = ", ".join(f"{name} {value}" for name, value in known.items() if value is not None)
    _print_lines(_heading(item), told)
    if item.refund_held_pence:
        _print_lines(f"    refunded or about to be: {in_pounds(item.refund_held_pence)}")
    table = _table("Date", "What happened", "From", "To", "Amount")
    for entry in journal.ledger.entries(item.id):
        sides = (entry.credit, entry.debit)
        left, reached = sides[::-1] if BOOKS[item.kind].outward else sides
        table.add_row(
            entry.entered_on.isoformat(),
            event_in_words(item.kind, entry.event, left),
            ACCOUNT_WORDS[left],
            ACCOUNT_WORDS[reached],
            in_pounds(entry.amount_pence),
        )
    screen.print(table if table.row_count else "    No money has moved.")
    for other in journal.ledger.following(item.id):
        _print_lines(f"    followed by {_heading(other)}")
    for doubt in journal.ledger.open_doubts():
        if doubt.doubt.item_id == item.id:
            _print_lines(*_doubt_in_words(doubt))


def _heading(item: Item) -> str:
    return f"{item.id}  {KIND_WORDS[item.kind]}  {in_pounds(item.amount_pence)}  {item.status}"


def _table(*columns: str) -> Table:
    table = Table()
    for name in columns:
        table.add_column(name, justify="right" if name in _FIGURES else "left")
    return table


def _print_lines(heading: str, below: str | None = None) -> None:
    screen.print(Text(heading), soft_wrap=True)
    if below:
        screen.print(Text(f"    {below}"), soft_wrap=True)


def _doubt_in_words(doubt: OpenDoubt) -> tuple[str, str]:
    one = doubt.doubt
    since = f"since {doubt.first_at:%Y-%m-%d}, {doubt.times} readings"
    return (
        f"in doubt  {one.item_id}  known {one.known}, told {one.told}  {since}",
        f"{one.why}; nothing of it was entered: look the record up in the provider's portal",
    )


def _write_entries(entries: Iterable[BookedEntry], path: Path) -> int:
    """One line for each entry, for a book-keeping program; how many."""
    count = 0
    try:
        with appearing_when_complete(path) as stream:
            writer = csv.writer(stream)
            writer.writerow(CSV_COLUMNS)
            for entry in entries:
                writer.writerow(guarded(cell) for cell in _cells(entry))
                count += 1
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}") from error
    return count


def _cells(entry: BookedEntry) -> Sequence[str]:
    return (
        entry.id,
        entry.entered_on.isoformat(),
        entry.kind,
        entry.event,
        entry.debit,
        entry.credit,
        str(entry.amount_pence),
        f"{entry.amount_pence // 100}.{entry.amount_pence % 100:02d}",
        entry.item_id,
        entry.reference or "",
        entry.batch_id or "",
        entry.customer or "",
    )


def _movement_document(one: Movement) -> dict[str, Any]:
    return {
        "what": event_in_words(one.kind, one.event, one.left),
        "kind": one.kind,
        "event": one.event,
        "from": one.left,
        "to": one.reached,
        "entries": one.entries,
        "pence": one.amount_pence,
    }


def _account_day_document(one: AccountDay) -> dict[str, Any]:
    return {
        "account": one.account,
        "opening_pence": one.opening_pence,
        "in_pence": one.gained_pence,
        "out_pence": one.lost_pence,
        "closing_pence": one.closing_pence,
    }


def _item_document(journal: Journal, item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "kind": item.kind,
        "status": item.status,
        "amount_pence": item.amount_pence,
        "refunded_pence": item.refund_held_pence,
        "reference": item.reference,
        "batch": item.batch_id,
        "customer": item.customer,
        "mandate": item.mandate,
        "related_item": item.related_item,
        "followed_by": [other.id for other in journal.ledger.following(item.id)],
        "asked_on": item.asked_on,
        "due_on": item.due_on,
        "bacs_code": item.bacs_code,
        "entries": [
            {
                "date": entry.entered_on,
                "event": entry.event,
                "debit": entry.debit,
                "credit": entry.credit,
                "pence": entry.amount_pence,
            }
            for entry in journal.ledger.entries(item.id)
        ],
    }


def _break_document(one: Break) -> dict[str, str]:
    return {
        "rule": one.rule,
        "means": MEANINGS[one.rule],
        "where": one.subject,
        "expected": one.expected,
        "found": one.found,
    }


def _doubt_document(one: OpenDoubt) -> dict[str, Any]:
    return {
        "item": one.doubt.item_id,
        "known": one.doubt.known,
        "told": one.doubt.told,
        "why": one.doubt.why,
        "first_at": one.first_at.isoformat(),
        "last_at": one.last_at.isoformat(),
        "times": one.times,
    }
