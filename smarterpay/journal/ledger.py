"""Keeps the provider's payments, credits and card payments, and the ledger of their money.

Whoever sees a record tells it here; what changed since it was last seen is entered as double
entries in the same transaction. It makes no call and does not know how a record was read.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from smarterpay.clock import LONDON
from smarterpay.journal.items import (
    Change,
    Doubt,
    Entry,
    Item,
    Seen,
    changed_item,
    doubt_of,
    new_item,
)
from smarterpay.journal.ledger_reports import LedgerReports
from smarterpay.journal.schema import items, ledger_doubts, ledger_entries
from smarterpay.journal.sync_marks import NOTHING
from smarterpay.money.accounts import Account, ItemKind

__all__ = [
    "SEEN_AT_ONCE",
    "Doubt",
    "Entry",
    "Item",
    "ItemNotFound",
    "Ledger",
    "OpenDoubt",
    "Seen",
    "TakenIn",
    "item_from",
]

#: Records told in one transaction at most.
SEEN_AT_ONCE = 500
#: What a change may write of an item; the rest stands from the first reading on.
_CHANGEABLE = tuple(
    column.name
    for column in items.c
    if column.name not in ("id", "kind", "refund_held_pence", "first_seen_at")
)


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What came of telling records: how many were new, how many had changed, which are in doubt."""

    new: int
    changed: int
    doubts: Sequence[Doubt]


@dataclass(frozen=True, slots=True)
class OpenDoubt:
    """A doubt that no later reading has settled: when it came up first and last, how often."""

    doubt: Doubt
    first_at: datetime
    last_at: datetime
    times: int


class ItemNotFound(LookupError):
    """No payment, credit or card payment is known under that id or reference."""


class Ledger(LedgerReports):
    """The repository of items and ledger entries. Every method is one transaction."""

    def see(self, records: Iterable[Seen], now: datetime) -> TakenIn:
        """Take in records as just read, and enter what has changed of each; all or none.

        At most `SEEN_AT_ONCE`. The same reading told twice, or by two processes at once, is
        entered once. Those that contradict what is known change nothing: they are given back,
        and kept until a later reading makes sense. Raises `ValueError` for too many records.
        """
        told = {record.id: record for record in records}
        if len(told) > SEEN_AT_ONCE:
            raise ValueError(f"at most {SEEN_AT_ONCE} records at a time")
        # In one order everywhere, and inserts before locks: else two transactions could wait
        # for each other.
        ordered = [told[key] for key in sorted(told)]
        with self._database.write() as connection:
            entered, doubts = self._enter_new(connection, ordered, now)
            settled = {*entered, *(doubt.item_id for doubt in doubts)}
            rest = [record for record in ordered if record.id not in settled]
            changed, more = self._enter_changes(connection, rest, now)
            doubts = [*doubts, *more]
            self._keep_doubts(connection, ordered, doubts, now)
        return TakenIn(len(entered), changed, doubts)

    def get(self, item_id: str) -> Item:
        """The item with that id; raises `ItemNotFound`."""
        with self._database.read() as connection:
            row = connection.execute(select(items).where(items.c.id == item_id)).mappings().first()
        if row is None:
            raise ItemNotFound(f"no payment, credit or card payment {item_id} is known here")
        return item_from(row)

    def find(self, reference: str, kinds: Sequence[ItemKind] | None = None) -> Sequence[Item]:
        """The items under a merchant's reference, oldest first."""
        query = select(items).where(items.c.reference == reference)
        if kinds is not None:
            query = query.where(items.c.kind.in_(kinds))
        with self._database.read() as connection:
            found = connection.execute(query.order_by(items.c.first_seen_at, items.c.id))
            return [item_from(row) for row in found.mappings()]

    def following(self, item_id: str) -> Sequence[Item]:
        """The items that refund, release or present again that item, oldest first."""
        query = select(items).where(items.c.related_item == item_id, items.c.id != item_id)
        with self._database.read() as connection:
            found = connection.execute(query.order_by(items.c.first_seen_at, items.c.id))
            return [item_from(row) for row in found.mappings()]

    def entries(self, item_id: str) -> Sequence[Entry]:
        """Every entry of an item, in the order they were made."""
        query = (
            select(ledger_entries)
            .where(ledger_entries.c.item_id == item_id)
            .order_by(ledger_entries.c.version, ledger_entries.c.step)
        )
        with self._database.read() as connection:
            return [_entry(row) for row in connection.execute(query).mappings()]

    def balances(self) -> Mapping[Account, int]:
        """What stands in each account, in pence; debits count up. Their sum is always 0."""
        gained = select(
            ledger_entries.c.debit.label("account"), ledger_entries.c.amount_pence.label("pence")
        )
        lost = select(ledger_entries.c.credit, -ledger_entries.c.amount_pence)
        both = gained.union_all(lost).subquery()
        query = select(both.c.account, func.sum(both.c.pence)).group_by(both.c.account)
        with self._database.read() as connection:
            return {
                Account(account): int(pence) for account, pence in connection.execute(query).all()
            }

    def open_doubts(self) -> Sequence[OpenDoubt]:
        """Records whose last reading contradicts what is known of them, oldest doubt first."""
        query = (
            select(ledger_doubts)
            .where(ledger_doubts.c.settled_at.is_(None))
            .order_by(ledger_doubts.c.first_at, ledger_doubts.c.item_id)
        )
        with self._database.read() as connection:
            return [_open_doubt(row) for row in connection.execute(query).mappings()]

    def doubt(self, doubts: Sequence[Doubt], now: datetime) -> None:
        """Keep doubts that came up elsewhere: a record that the provider has no more, say."""
        with self._database.write() as connection:
            self._keep_doubts(connection, [], doubts, now)

    def _enter_new(
        self, connection: Connection, records: Sequence[Seen], now: datetime
    ) -> tuple[set[str], list[Doubt]]:
        """Insert items not known so far, with their entries; those where we were the first."""
        ids = [record.id for record in records]
        known = set(connection.scalars(select(items.c.id).where(items.c.id.in_(ids))))
        fresh: dict[str, tuple[Seen, Change]] = {}
        doubts: list[Doubt] = []
        for record in records:
            if record.id in known:
                continue
            try:
                fresh[record.id] = record, new_item(record, now)
            except ValueError as why:
                doubts.append(doubt_of(record, NOTHING, why))
        if not fresh:
            return set(), doubts
        dialect = sqlite if self._database.is_sqlite else postgresql
        statement = dialect.insert(items).on_conflict_do_nothing().returning(items.c.id)
        rows = [dict(change.values) for _, change in fresh.values()]
        entered = set(connection.scalars(statement, rows))
        entries: list[dict[str, Any]] = []
        for item_id in sorted(entered):
            _, change = fresh[item_id]
            entries += _entry_rows(change.values, change, now)
        if entries:
            connection.execute(insert(ledger_entries), entries)
        return entered, doubts

    def _enter_changes(
        self, connection: Connection, records: Sequence[Seen], now: datetime
    ) -> tuple[int, list[Doubt]]:
        """Bring known items up to date, with their entries; how many have changed."""
        locked = self._locked(connection, [record.id for record in records])
        doubts: list[Doubt] = []
        rows: list[dict[str, Any]] = []
        entries: list[dict[str, Any]] = []
        for record in records:
            known = locked[record.id]
            try:
                change = changed_item(known, record, now)
            except ValueError as why:
                doubts.append(doubt_of(record, known["status"], why))
                continue
            if not change.values:
                continue
            stamps = {"version": known["version"] + 1, "changed_at": now}
            row = {**known, **change.values, **stamps}
            rows.append({"b_id": record.id, **{name: row[name] for name in _CHANGEABLE}})
            entries += _entry_rows(row, change, now)
        if rows:
            statement = update(items).where(items.c.id == bindparam("b_id"))
            connection.execute(
                statement.values({name: bindparam(name) for name in _CHANGEABLE}), rows
            )
        if entries:
            connection.execute(insert(ledger_entries), entries)
        return len(rows), doubts

    def _locked(self, connection: Connection, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        if not ids:
            return {}
        found = connection.execute(
            select(items).where(items.c.id.in_(ids)).order_by(items.c.id).with_for_update()
        ).mappings()
        return {row["id"]: {str(name): value for name, value in row.items()} for row in found}

    def _keep_doubts(
        self,
        connection: Connection,
        records: Sequence[Seen],
        doubts: Sequence[Doubt],
        now: datetime,
    ) -> None:
        """Write down what is in doubt, and settle the doubts about `records` that make sense.

        A record that was read before its doubt came up settles nothing.
        """
        doubted = {doubt.item_id: doubt for doubt in doubts}
        clear: dict[datetime, list[str]] = defaultdict(list)
        for record in records:
            if record.id not in doubted:
                clear[record.read_at or now].append(record.id)
        for read_at, ids in clear.items():  # those of a page were read at once
            connection.execute(
                update(ledger_doubts)
                .where(
                    ledger_doubts.c.item_id.in_(ids),
                    ledger_doubts.c.settled_at.is_(None),
                    ledger_doubts.c.last_at <= read_at,
                )
                .values(settled_at=now)
            )
        if not doubted:
            return
        dialect = sqlite if self._database.is_sqlite else postgresql
        statement = dialect.insert(ledger_doubts)
        again = {
            **{name: statement.excluded[name] for name in ("known", "told", "why", "last_at")},
            "times": ledger_doubts.c.times + 1,
            "settled_at": None,
        }
        connection.execute(
            statement.on_conflict_do_update(index_elements=[ledger_doubts.c.item_id], set_=again),
            [_doubt_row(doubted[item_id], now) for item_id in sorted(doubted)],
        )


def item_from(row: RowMapping) -> Item:
    """An item as a row of the table tells it."""
    return Item(**{**row, "kind": ItemKind(row["kind"])})


def _entry_rows(item: Mapping[str, Any], change: Change, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{item['id']}:{item['version']}:{step}",
            "item_id": item["id"],
            "version": item["version"],
            "step": step,
            "event": move.event,
            "debit": move.debit,
            "credit": move.credit,
            "amount_pence": move.amount_pence,
            "entered_on": now.astimezone(LONDON).date(),
            "entered_at": now,
        }
        for step, move in enumerate(change.moves)
    ]


def _doubt_row(doubt: Doubt, now: datetime) -> dict[str, Any]:
    return {
        "item_id": doubt.item_id,
        "known": doubt.known,
        "told": doubt.told,
        "why": doubt.why,
        "first_at": now,
        "last_at": now,
        "times": 1,
        "settled_at": None,
    }


def _entry(row: RowMapping) -> Entry:
    return Entry(
        id=row["id"],
        item_id=row["item_id"],
        event=row["event"],
        debit=Account(row["debit"]),
        credit=Account(row["credit"]),
        amount_pence=row["amount_pence"],
        entered_on=row["entered_on"],
    )


def _open_doubt(row: RowMapping) -> OpenDoubt:
    doubt = Doubt(row["item_id"], row["known"], row["told"], row["why"])
    return OpenDoubt(doubt, row["first_at"], row["last_at"], row["times"])
