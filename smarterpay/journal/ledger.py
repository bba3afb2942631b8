"""Keeps the provider's payments, credits and card payments, and the ledger of their money.

Whoever sees a record tells it here; what changed since it was last seen is entered as double
entries in the same transaction. It makes no call and does not know how a record was read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from smarterpay.clock import LONDON
from smarterpay.journal.database import Database
from smarterpay.journal.schema import items, ledger_entries
from smarterpay.money.accounts import Account, ItemKind
from smarterpay.money.moves import ImpossibleMove, Move, amendment, first_moves, moves_between

#: Records told in one transaction at most.
SEEN_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Seen:
    """A record of the provider as it was just read; ids, pence and dates, nothing personal.

    `None` says that this reading does not tell: what is known already then stays. `asked_on` and
    `batch_id` are ours to know, and are kept from whoever told them first.
    """

    id: str
    kind: ItemKind
    status: str
    amount_pence: int
    reference: str | None = None
    customer: str | None = None
    mandate: str | None = None
    bank_account: str | None = None
    card: str | None = None
    schedule: str | None = None
    related_item: str | None = None
    payment_type: str | None = None
    due_on: date | None = None
    asked_on: date | None = None
    bacs_code: str | None = None
    created_at: datetime | None = None
    batch_id: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A record as the journal has it; `refund_held_pence` of it is refunded or about to be."""

    id: str
    kind: ItemKind
    status: str
    amount_pence: int
    refund_held_pence: int
    version: int
    reference: str | None
    batch_id: str | None
    customer: str | None
    mandate: str | None
    bank_account: str | None
    card: str | None
    schedule: str | None
    related_item: str | None
    payment_type: str | None
    asked_on: date | None
    due_on: date | None
    bacs_code: str | None
    created_at: datetime | None
    first_seen_at: datetime
    changed_at: datetime

    @property
    def left_to_refund_pence(self) -> int:
        """What no refund has been asked for yet."""
        return self.amount_pence - self.refund_held_pence


@dataclass(frozen=True, slots=True)
class Entry:
    """One double entry: `amount_pence` moved from account `credit` to account `debit`."""

    id: str
    item_id: str
    event: str
    debit: Account
    credit: Account
    amount_pence: int
    entered_on: date
    batch_id: str | None
    customer: str | None


@dataclass(frozen=True, slots=True)
class Doubt:
    """A record that contradicts what is known of it; nothing of it was entered."""

    item_id: str
    known: str
    told: str
    why: str


class ItemNotFound(LookupError):
    """No payment, credit or card payment is known under that id or reference."""


#: What a later reading may add to or change of an item besides status and amount.
_DESCRIPTIVE = (
    "reference",
    "customer",
    "mandate",
    "bank_account",
    "card",
    "schedule",
    "related_item",
    "payment_type",
    "due_on",
    "bacs_code",
    "created_at",
)
#: What the first to know it tells for good.
_OURS = ("asked_on", "batch_id")
#: In these statuses the provider may still change an amount because somebody asked for it.
_AMENDABLE = frozenset({"pending_submission", "pending"})


class Ledger:
    """The repository of items and ledger entries. Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def see(self, records: Iterable[Seen], now: datetime) -> Sequence[Doubt]:
        """Take in records as just read, and enter what has changed of each; all or none.

        At most `SEEN_AT_ONCE`. The same reading told twice, or by two processes at once, is
        entered once. Gives back those that contradict what is known; they change nothing.
        Readings must be newer than what is known: this is for records read now.
        """
        told = {record.id: record for record in records}
        if len(told) > SEEN_AT_ONCE:
            raise ValueError(f"at most {SEEN_AT_ONCE} records at a time")
        doubts: list[Doubt] = []
        # In one order everywhere: else two transactions could lock each other out.
        ordered = [told[key] for key in sorted(told)]
        with self._database.write() as connection:
            known = self._known_locked(connection, ordered)
            fresh = [record for record in ordered if record.id not in known]
            entered = self._enter_new(connection, fresh, now, doubts)
            late = [record for record in fresh if record.id not in entered]
            if late:  # another process was first with these, or they are in doubt
                known |= self._known_locked(connection, late)
            for record in ordered:
                if record.id in known and record.id not in entered:
                    self._enter_change(connection, known[record.id], record, now, doubts)
        return doubts

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

    def _known_locked(
        self, connection: Connection, records: Sequence[Seen]
    ) -> dict[str, RowMapping]:
        found = connection.execute(
            select(items)
            .where(items.c.id.in_([record.id for record in records]))
            .order_by(items.c.id)
            .with_for_update()
        ).mappings()
        return {row["id"]: row for row in found}

    def _enter_new(
        self, connection: Connection, fresh: Sequence[Seen], now: datetime, doubts: list[Doubt]
    ) -> set[str]:
        """Insert items not known so far, with their entries; those where we were the first."""
        moves: dict[str, Sequence[Move]] = {}
        values: list[dict[str, Any]] = []
        for record in fresh:
            try:
                moves[record.id] = first_moves(
                    record.kind,
                    record.status,
                    record.amount_pence,
                    presented_again=_is_presented_again(record.kind, record.related_item),
                )
            except ImpossibleMove as error:
                doubts.append(Doubt(record.id, "nothing", record.status, str(error)))
                continue
            values.append(_new_item(record, now))
        if not values:
            return set()
        dialect = sqlite if self._database.is_sqlite else postgresql
        statement = dialect.insert(items).on_conflict_do_nothing().returning(items.c.id)
        entered = set(connection.execute(statement, values).scalars())
        rows: list[dict[str, Any]] = []
        for record in fresh:
            if record.id in entered:
                rows += _entry_rows(record.id, 0, moves[record.id], record, now)
        if rows:
            connection.execute(insert(ledger_entries), rows)
        return entered

    def _enter_change(
        self,
        connection: Connection,
        known: RowMapping,
        record: Seen,
        now: datetime,
        doubts: list[Doubt],
    ) -> None:
        amount = record.amount_pence if known["status"] in _AMENDABLE else known["amount_pence"]
        if record.status == "cancelled":
            amount = known["amount_pence"]  # zeroed or not, what was billed is what is cancelled
        try:
            moves = self._moves(known, record, amount)
        except ImpossibleMove as error:
            doubts.append(Doubt(record.id, known["status"], record.status, str(error)))
            return
        if amount < known["refund_held_pence"]:
            why = "its amount is now below what is refunded of it"
            doubts.append(Doubt(record.id, known["status"], record.status, why))
            return
        values = _changed_values(known, record, amount)
        if not values:
            return
        version = known["version"] + 1
        connection.execute(
            update(items)
            .where(items.c.id == record.id)
            .values(version=version, changed_at=now, **values)
        )
        told = replace(
            record,
            batch_id=values.get("batch_id", known["batch_id"]),
            customer=values.get("customer", known["customer"]),
        )
        rows = _entry_rows(record.id, version, moves, told, now)
        if rows:
            connection.execute(insert(ledger_entries), rows)

    def _moves(self, known: RowMapping, record: Seen, amount: int) -> Sequence[Move]:
        kind = ItemKind(known["kind"])
        if kind is not record.kind:
            raise ImpossibleMove(kind, known["status"], f"a {record.kind}")
        amended = amendment(
            kind,
            known["status"],
            known["amount_pence"],
            amount,
            presented_again=_is_presented_again(kind, record.related_item or known["related_item"]),
        )
        return [*amended, *moves_between(kind, known["status"], record.status, amount)]


def _new_item(record: Seen, now: datetime) -> dict[str, Any]:
    return {
        "id": record.id,
        "kind": record.kind,
        "status": record.status,
        "amount_pence": record.amount_pence,
        "refund_held_pence": 0,
        "version": 0,
        **{name: getattr(record, name) for name in (*_DESCRIPTIVE, *_OURS)},
        "first_seen_at": now,
        "changed_at": now,
    }


def _changed_values(known: RowMapping, record: Seen, amount: int) -> dict[str, Any]:
    told: dict[str, Any] = {"status": record.status, "amount_pence": amount}
    told |= {
        name: getattr(record, name) for name in _DESCRIPTIVE if getattr(record, name) is not None
    }
    told |= {name: getattr(record, name) for name in _OURS if known[name] is None}
    return {name: value for name, value in told.items() if value != known[name]}


def _entry_rows(
    item_id: str, version: int, moves: Sequence[Move], record: Seen, now: datetime
) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{item_id}:{version}:{step}",
            "item_id": item_id,
            "version": version,
            "step": step,
            "event": move.event,
            "debit": move.debit,
            "credit": move.credit,
            "amount_pence": move.amount_pence,
            "entered_on": now.astimezone(LONDON).date(),
            "entered_at": now,
            "batch_id": record.batch_id,
            "customer": record.customer,
        }
        for step, move in enumerate(moves)
    ]


def _is_presented_again(kind: ItemKind, related_item: str | None) -> bool:
    """A Direct Debit that names another is its re-presentation (reference, section 7.8)."""
    return kind is ItemKind.DIRECT_DEBIT and related_item is not None


def item_from(row: RowMapping) -> Item:
    """An item as a row of the table tells it."""
    return Item(**{**row, "kind": ItemKind(row["kind"])})


def _entry(row: RowMapping) -> Entry:
    return Entry(
        id=row["id"],
        item_id=row["item_id"],
        event=row["event"],
        debit=Account(row["debit"]),
        credit=Account(row["credit"]),
        amount_pence=row["amount_pence"],
        entered_on=row["entered_on"],
        batch_id=row["batch_id"],
        customer=row["customer"],
    )
