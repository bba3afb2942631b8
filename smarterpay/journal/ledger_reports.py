"""Adds the ledger up for people: a day, a batch, a customer; enters nothing, knows no layout."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from smarterpay.journal.database import Database
from smarterpay.journal.schema import items, ledger_entries, refunds
from smarterpay.money.accounts import BOOKS, Account, ItemKind
from smarterpay.money.moves import CANCELLED
from smarterpay.money.words import EVENT_ORDER

PAGE = 500


@dataclass(frozen=True, slots=True)
class Movement:
    """All entries of one event between the same two accounts: how many, and how many pence.

    The money of items of `kind` left the one account and reached the other.
    """

    kind: ItemKind
    event: str
    left: Account
    reached: Account
    entries: int
    amount_pence: int


@dataclass(frozen=True, slots=True)
class AccountDay:
    """One account over a day, in pence; debits count up."""

    account: Account
    opening_pence: int
    gained_pence: int
    lost_pence: int

    @property
    def closing_pence(self) -> int:
        """What stands in it at the end of the day."""
        return self.opening_pence + self.gained_pence - self.lost_pence


@dataclass(frozen=True, slots=True)
class DayReport:
    """What was entered on one London date, and every account before and after."""

    on: date
    movements: Sequence[Movement]
    accounts: Sequence[AccountDay]


@dataclass(frozen=True, slots=True)
class Standing:
    """Items that share kind and status; `refund_held_pence` of them is refunded or about to be."""

    kind: ItemKind
    status: str
    items: int
    amount_pence: int
    refund_held_pence: int


@dataclass(frozen=True, slots=True)
class SubjectReport:
    """A batch or a customer: what happened so far, where its items stand, and in which accounts."""

    subject: str
    movements: Sequence[Movement]
    standings: Sequence[Standing]
    accounts: Sequence[tuple[Account, int]]


@dataclass(frozen=True, slots=True)
class BookedEntry:
    """One entry with what a book-keeper needs beside it; London date, pence, nothing personal."""

    id: str
    entered_on: date
    entered_at: datetime
    kind: ItemKind
    event: str
    debit: Account
    credit: Account
    amount_pence: int
    item_id: str
    reference: str | None
    batch_id: str | None
    customer: str | None


class LedgerReports:
    """The reports of the ledger. What a report adds up is seen at one instant."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def day(self, on: date) -> DayReport:
        """What was entered on a London date, with opening and closing balances."""
        with self._database.snapshot() as connection:
            return DayReport(
                on,
                _movements(connection, ledger_entries.c.entered_on == on),
                _account_days(connection, on),
            )

    def batch(self, batch_id: str) -> SubjectReport:
        """Everything that a batch ordered, as it stands by now.

        Where it undid a payment (a void, a cancellation), which another batch may have ordered,
        only the undoing is its own.
        """
        undone = select(refunds.c.item_id).where(
            refunds.c.batch_id == batch_id,
            refunds.c.state == "done",
            refunds.c.record_id == refunds.c.item_id,
        )
        ordered, undid = items.c.batch_id == batch_id, items.c.id.in_(undone)
        moved = or_(ordered, undid & (ledger_entries.c.event == CANCELLED))
        return self._subject(batch_id, or_(ordered, undid), moved)

    def customer(self, customer: str) -> SubjectReport:
        """Everything of one customer account; a credit or refund counts with what it repays."""
        theirs = select(items.c.id).where(items.c.customer == customer)
        through = items.c.customer.is_(None) & items.c.related_item.in_(theirs)
        return self._subject(customer, or_(items.c.customer == customer, through))

    def each_entry_on(self, on: date) -> Iterator[BookedEntry]:
        """Every entry of a London date, by item, a page at a time."""
        last = ""
        while True:
            with self._database.read() as connection:
                page = connection.execute(_entries_after(on, last)).mappings().all()
            for row in page:
                yield BookedEntry(
                    **{
                        **row,
                        "kind": ItemKind(row["kind"]),
                        "debit": Account(row["debit"]),
                        "credit": Account(row["credit"]),
                    }
                )
            if len(page) < PAGE:
                return
            last = page[-1]["id"]

    def _subject(
        self,
        subject: str,
        whose: ColumnElement[bool],
        moved: ColumnElement[bool] | None = None,
    ) -> SubjectReport:
        """The items `whose`, and their entries, or of these only those that were `moved`."""
        with self._database.snapshot() as connection:
            movements = _movements(connection, whose if moved is None else moved)
            standings = _standings(connection, whose)
        balances = dict.fromkeys(Account, 0)
        for movement in movements:
            debit, credit = _sides(movement)
            balances[debit] += movement.amount_pence
            balances[credit] -= movement.amount_pence
        accounts = [(account, pence) for account, pence in balances.items() if pence]
        return SubjectReport(subject, movements, standings, accounts)


def _movements(connection: Connection, which: ColumnElement[bool]) -> Sequence[Movement]:
    entry = ledger_entries.c
    columns = (items.c.kind, entry.event, entry.debit, entry.credit)
    query = (
        select(*columns, func.count(), func.sum(entry.amount_pence))
        .join_from(ledger_entries, items, entry.item_id == items.c.id)
        .where(which)
        .group_by(*columns)
    )
    found = []
    for word, event, debit, credit, entries, pence in connection.execute(query):
        kind = ItemKind(word)
        left, reached = (debit, credit) if BOOKS[kind].outward else (credit, debit)
        accounts = Account(left), Account(reached)
        found.append(Movement(kind, event, *accounts, entries, int(pence)))
    return sorted(found, key=_as_money_passes)


def _sides(movement: Movement) -> tuple[Account, Account]:
    """The debited and the credited account of a movement."""
    if BOOKS[movement.kind].outward:
        return movement.left, movement.reached
    return movement.reached, movement.left


def _as_money_passes(movement: Movement) -> tuple[int, int, int, int]:
    accounts = list(Account)
    return (
        list(ItemKind).index(movement.kind),
        EVENT_ORDER.index(movement.event),
        accounts.index(movement.left),
        accounts.index(movement.reached),
    )


def _account_days(connection: Connection, on: date) -> Sequence[AccountDay]:
    before = _sums(connection, ledger_entries.c.entered_on < on)
    during = _sums(connection, ledger_entries.c.entered_on == on)
    days = []
    for account in Account:
        (came, went), (gained, lost) = before.get(account, (0, 0)), during.get(account, (0, 0))
        if came != went or gained or lost:
            days.append(AccountDay(account, came - went, gained, lost))
    return days


def _sums(connection: Connection, which: ColumnElement[bool]) -> dict[Account, tuple[int, int]]:
    """What each account gained and lost by the entries `which`."""
    sides = (ledger_entries.c.debit, ledger_entries.c.credit)
    query = select(*sides, func.sum(ledger_entries.c.amount_pence)).where(which).group_by(*sides)
    sums: dict[Account, tuple[int, int]] = {}
    for debit, credit, pence in connection.execute(query):
        gained, lost = sums.get(Account(debit), (0, 0))
        sums[Account(debit)] = (gained + int(pence), lost)
        gained, lost = sums.get(Account(credit), (0, 0))
        sums[Account(credit)] = (gained, lost + int(pence))
    return sums


def _standings(connection: Connection, whose: ColumnElement[bool]) -> Sequence[Standing]:
    columns = (items.c.kind, items.c.status)
    query = (
        select(
            *columns,
            func.count(),
            func.sum(items.c.amount_pence),
            func.sum(items.c.refund_held_pence),
        )
        .where(whose)
        .group_by(*columns)
        .order_by(*columns)
    )
    return [
        Standing(ItemKind(kind), status, count, int(pence), int(held))
        for kind, status, count, pence, held in connection.execute(query)
    ]


def _entries_after(on: date, last: str) -> Select[tuple[object, ...]]:
    entry = ledger_entries.c
    own = [entry[name] for name in ("id", "entered_on", "entered_at", "event", "debit", "credit")]
    query: Select[tuple[object, ...]] = (
        select(
            *own,
            entry.amount_pence,
            entry.item_id,
            *(items.c[name] for name in ("kind", "reference", "batch_id", "customer")),
        )
        .join_from(ledger_entries, items, entry.item_id == items.c.id)
        .where(entry.entered_on == on, entry.id > last)
        .order_by(entry.id)
        .limit(PAGE)
    )
    return query
