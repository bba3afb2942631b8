"""Keeps every refund, and holds its pence so that no payment is refunded beyond what was taken.

The database refuses what would exceed the payment, whoever asks, however many at once. It makes
no call and chooses no rail.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from smarterpay.bacs import CreditStatus
from smarterpay.bacs.service_life_cycles import CardPaymentStatus
from smarterpay.journal.database import Database
from smarterpay.journal.ledger import Item, ItemNotFound, item_from
from smarterpay.journal.schema import items, ledger_entries, refunds
from smarterpay.money.accounts import ItemKind
from smarterpay.money.refund_rails import (
    AlreadyRefunded,
    PayerAccount,
    Rail,
    RefundExceedsWhatIsLeft,
    RefundFacts,
    RefundRefused,
)

#: Payments asked for in one query at most.
_AT_ONCE = 500
#: Ends of a credit or card refund in which nothing was paid back (reference, section 11).
NOT_PAID_BACK = frozenset(
    {
        CreditStatus.FAILED,
        CreditStatus.CANCELLED,
        CardPaymentStatus.FAILED,
        CardPaymentStatus.CANCELLED,
        CardPaymentStatus.ERROR,
    }
)
#: Kinds of items that pay money back; on every other rail the payment itself is the record.
_PAYING_BACK = (ItemKind.CREDIT, ItemKind.CARD_REFUND)
#: Kinds of items that can be refunded.
TAKING = (ItemKind.DIRECT_DEBIT, ItemKind.CARD, ItemKind.RESERVATION)


class RefundState(StrEnum):
    """Where a refund stands; the first two count against its payment."""

    HELD = "held"  # decided; it may or may not have been sent
    DONE = "done"  # the provider has it
    RELEASED = "released"  # known not to have happened


@dataclass(frozen=True, slots=True)
class NewRefund:
    """A refund that was decided: `amount_pence` None means all that is left of the payment.

    `paid_to` is the card or bank account, `paid_from` our own bank account, `pay_on` the credit
    date to ask for: fixed with the rail, so that a later run asks the very same.
    `words_sha256` is the digest of the texts that travel with it.
    """

    reference: str
    item_id: str
    amount_pence: int | None
    rail: Rail
    why: str
    words_sha256: str
    paid_to: str | None = None
    paid_from: str | None = None
    pay_on: date | None = None
    batch_id: str | None = None


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund as the journal has it; `record_id` is the credit, card refund or payment."""

    reference: str
    item_id: str
    amount_pence: int
    rail: Rail
    why: str
    paid_to: str | None
    paid_from: str | None
    pay_on: date | None
    words_sha256: str
    state: RefundState
    record_id: str | None
    batch_id: str | None
    held_at: datetime
    settled_at: datetime | None


class RefundConflict(RefundRefused):
    """The reference already stands for another refund; `refund` is that one."""

    slug = "refund-conflict"

    def __init__(self, refund: Refund) -> None:
        self.refund = refund
        super().__init__(
            refund.item_id,
            f"refund {refund.reference} was asked for before, with another payment, amount, "
            "reason or metadata; use a new reference",
        )


class RefundDidNotHappen(RefundRefused):
    """A refund of that reference was tried and is known not to have happened."""

    slug = "refund-did-not-happen"

    def __init__(self, refund: Refund) -> None:
        self.refund = refund
        super().__init__(
            refund.item_id,
            f"refund {refund.reference} ({refund.rail}) was tried and did not happen; refund the "
            "payment again under a new reference",
        )


class Refunds:
    """The repository of refunds. Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def hold(self, wanted: NewRefund, now: datetime) -> Refund:
        """Hold the pence of a refund against its payment, before anything is sent.

        The same reference again gives the refund it stands for. Raises `AlreadyRefunded`,
        `RefundExceedsWhatIsLeft`, `RefundConflict`, `RefundDidNotHappen` and `ItemNotFound`.
        """
        with self._database.write() as connection:
            item = _locked_item(connection, wanted.item_id)
            # Read under the item's lock: whoever held it first has committed by now.
            known = _find(connection, wanted.reference)
            if known is None:
                amount = self._amount(connection, item, wanted.amount_pence)
                if self._insert(connection, wanted, amount, now):
                    _raise_held(connection, item.id, amount)
                known = _find(connection, wanted.reference)
        if known is None:
            raise RuntimeError(f"refund {wanted.reference} was neither inserted nor found")
        return as_asked(known, wanted.item_id, wanted.amount_pence, wanted.words_sha256)

    def done(self, reference: str, record_id: str, now: datetime) -> Refund:
        """Note that the provider has it, by its record; one that was released stays so."""
        with self._database.write() as connection:
            connection.execute(
                update(refunds)
                .where(refunds.c.reference == reference, refunds.c.state == RefundState.HELD)
                .values(state=RefundState.DONE, record_id=record_id, settled_at=now)
            )
            return _must_find(connection, reference)

    def release(self, reference: str, now: datetime, *, record_id: str | None = None) -> Refund:
        """Give the pence back to the payment: the refund is known not to have happened.

        Only a `held` one is released here, and once: what the provider has is released by its
        record's end (`release_undone`). `record_id` is the record it left, if it left one.
        """
        with self._database.write() as connection:
            refund = _must_find(connection, reference)
            _release(connection, refund, RefundState.HELD, now, record_id)
            return _must_find(connection, reference)

    def release_undone(
        self, now: datetime, record_ids: Sequence[str] | None = None
    ) -> Sequence[Refund]:
        """Release refunds whose credit or card refund came to nothing (ARUCS, a cascade, ...).

        Judged by the items as last seen, of `record_ids` or of all refunds; those released now,
        each of them once whoever looks. The payer can be refunded again, by a new reference.
        """
        query = (
            select(refunds)
            .join(items, items.c.id == refunds.c.record_id)
            .where(
                refunds.c.state == RefundState.DONE,
                items.c.kind.in_(_PAYING_BACK),
                items.c.status.in_(NOT_PAID_BACK),
            )
            .order_by(refunds.c.item_id, refunds.c.reference)
        )
        if record_ids is not None:
            query = query.where(refunds.c.record_id.in_(record_ids))
        with self._database.read() as connection:
            undone = [_refund(row) for row in connection.execute(query).mappings()]
        released = []
        for refund in undone:
            with self._database.write() as connection:
                if _release(connection, refund, RefundState.DONE, now, refund.record_id):
                    released.append(_must_find(connection, refund.reference))
        return released

    def redate(self, reference: str, pay_on: date) -> Refund:
        """Ask for another credit date: the one held has passed, and nothing was sent."""
        with self._database.write() as connection:
            connection.execute(
                update(refunds)
                .where(refunds.c.reference == reference, refunds.c.state == RefundState.HELD)
                .values(pay_on=pay_on)
            )
            return _must_find(connection, reference)

    def find(self, reference: str) -> Refund | None:
        """The refund under that reference, if there is one."""
        with self._database.read() as connection:
            return _find(connection, reference)

    def of_item(self, item_id: str) -> Sequence[Refund]:
        """Every refund of a payment, oldest first."""
        query = (
            select(refunds)
            .where(refunds.c.item_id == item_id)
            .order_by(refunds.c.held_at, refunds.c.reference)
        )
        with self._database.read() as connection:
            return [_refund(row) for row in connection.execute(query).mappings()]

    def by_rail(self, batch_id: str) -> Mapping[Rail, tuple[int, int]]:
        """Refunds of a batch that the provider has: how many by each rail, and their pence."""
        query = (
            select(refunds.c.rail, func.count(), func.sum(refunds.c.amount_pence))
            .where(refunds.c.batch_id == batch_id, refunds.c.state == RefundState.DONE)
            .group_by(refunds.c.rail)
        )
        with self._database.read() as connection:
            found = connection.execute(query).all()
        return {Rail(rail): (int(count), int(pence)) for rail, count, pence in found}

    def facts(
        self, item: Item, asked_pence: int | None, account: PayerAccount | None = None
    ) -> RefundFacts:
        """What the choice of a rail rests on, for a payment as it was last seen."""
        with self._database.read() as connection:
            left = item.amount_pence - item.refund_held_pence - _outside(connection, item.id)
            claimed = connection.execute(
                select(ledger_entries.c.id)
                .where(
                    ledger_entries.c.item_id == item.id,
                    ledger_entries.c.event == "indemnity_claimed",
                )
                .limit(1)
            ).first()
            released_by, released_pence = None, 0
            if item.kind is ItemKind.RESERVATION:
                released_by, released_pence = connection.execute(_released(item.id)).one()
            again = connection.execute(_presents_again(item.id)).scalar()
        return facts_of(
            item,
            asked_pence,
            left_pence=left,
            was_claimed=claimed is not None,
            released_by=released_by,
            released_pence=int(released_pence or 0),
            account=account,
            presented_again_by=again,
        )

    def known_payments(
        self, ids: Sequence[str], references: Sequence[str]
    ) -> tuple[Mapping[str, Item], Mapping[str, Sequence[Item]]]:
        """Payments already known, by id, and by the merchant's reference (all that carry it)."""
        by_id: dict[str, Item] = {}
        by_reference: dict[str, list[Item]] = {}
        with self._database.read() as connection:
            for start in range(0, len(ids), _AT_ONCE):
                some = ids[start : start + _AT_ONCE]
                found = connection.execute(select(items).where(items.c.id.in_(some)))
                by_id |= {row["id"]: item_from(row) for row in found.mappings()}
            for start in range(0, len(references), _AT_ONCE):
                some = references[start : start + _AT_ONCE]
                query = select(items).where(items.c.reference.in_(some), items.c.kind.in_(TAKING))
                for row in connection.execute(query).mappings():
                    by_reference.setdefault(row["reference"], []).append(item_from(row))
        return by_id, by_reference

    def _amount(self, connection: Connection, item: Item, asked: int | None) -> int:
        left = item.amount_pence - item.refund_held_pence - _outside(connection, item.id)
        if left <= 0:
            raise AlreadyRefunded(item.id, item.amount_pence)
        if asked is not None and asked > left:
            raise RefundExceedsWhatIsLeft(item.id, asked, left)
        return left if asked is None else asked

    def _insert(
        self, connection: Connection, wanted: NewRefund, amount: int, now: datetime
    ) -> bool:
        """Whether we were the first with the reference; another item may be held under it."""
        dialect = sqlite if self._database.is_sqlite else postgresql
        inserted = connection.execute(
            dialect.insert(refunds)
            .values(
                reference=wanted.reference,
                item_id=wanted.item_id,
                amount_pence=amount,
                rail=wanted.rail,
                why=wanted.why,
                paid_to=wanted.paid_to,
                paid_from=wanted.paid_from,
                pay_on=wanted.pay_on,
                words_sha256=wanted.words_sha256,
                state=RefundState.HELD,
                batch_id=wanted.batch_id,
                held_at=now,
            )
            .on_conflict_do_nothing()
            .returning(refunds.c.reference)
        )
        return inserted.first() is not None


def facts_of(
    item: Item,
    asked_pence: int | None,
    *,
    left_pence: int | None = None,
    was_claimed: bool = False,
    released_by: str | None = None,
    released_pence: int = 0,
    account: PayerAccount | None = None,
    presented_again_by: str | None = None,
) -> RefundFacts:
    """What an item says of itself; `left_pence` is what it says too, unless it is known better."""
    return RefundFacts(
        payment=item.id,
        kind=item.kind,
        status=item.status,
        amount_pence=item.amount_pence,
        left_pence=item.left_to_refund_pence if left_pence is None else left_pence,
        asked_pence=asked_pence,
        made_at=item.created_at,
        collected_on=item.due_on,
        payment_type=item.payment_type,
        card=item.card,
        was_claimed=was_claimed or (item.bacs_code or "").startswith("DDICA"),
        released_by=released_by,
        released_pence=released_pence,
        account=account,
        presented_again_by=presented_again_by,
    )


def as_asked(known: Refund, item_id: str, amount_pence: int | None, words_sha256: str) -> Refund:
    """`known`, if it is the refund that is asked for and may still happen.

    Raises `RefundConflict` and `RefundDidNotHappen`.
    """
    same = (
        known.item_id == item_id
        and amount_pence in (None, known.amount_pence)
        and known.words_sha256 == words_sha256
    )
    if not same:
        raise RefundConflict(known)
    if known.state is RefundState.RELEASED:
        raise RefundDidNotHappen(known)
    return known


def _release(
    connection: Connection,
    refund: Refund,
    standing: RefundState,
    now: datetime,
    record_id: str | None,
) -> bool:
    """Release it if it still stands so. The item is locked first, as `hold` does."""
    _locked_item(connection, refund.item_id)
    changed = connection.execute(
        update(refunds)
        .where(refunds.c.reference == refund.reference, refunds.c.state == standing)
        .values(state=RefundState.RELEASED, record_id=record_id, settled_at=now)
    )
    if changed.rowcount == 0:
        return False
    _raise_held(connection, refund.item_id, -refund.amount_pence)
    return True


def _raise_held(connection: Connection, item_id: str, pence: int) -> None:
    """The CHECK `refund_ceiling` refuses what would exceed the amount, whatever was computed."""
    connection.execute(
        update(items)
        .where(items.c.id == item_id)
        .values(refund_held_pence=items.c.refund_held_pence + pence)
    )


def _locked_item(connection: Connection, item_id: str) -> Item:
    row = (
        connection.execute(select(items).where(items.c.id == item_id).with_for_update())
        .mappings()
        .first()
    )
    if row is None:
        raise ItemNotFound(f"no payment {item_id} is known here")
    return item_from(row)


def _outside(connection: Connection, item_id: str) -> int:
    """Pence that were paid back past this journal (in the portal, by another system).

    They are not held here, and count all the same. A record of ours may be seen before its refund
    knows it: it is known by its reference.
    """
    ours = (
        select(refunds.c.reference)
        .where(
            refunds.c.state != RefundState.RELEASED,
            or_(
                refunds.c.record_id == items.c.id,
                and_(refunds.c.item_id == item_id, refunds.c.reference == items.c.reference),
            ),
        )
        .exists()
    )
    query: Select[Any] = select(func.sum(items.c.amount_pence)).where(
        items.c.related_item == item_id,
        items.c.kind.in_(_PAYING_BACK),
        items.c.status.not_in(NOT_PAID_BACK),
        ~ours,
    )
    return int(connection.execute(query).scalar() or 0)


def _released(reservation: str) -> Select[Any]:
    """A payment that took what was reserved, or is about to, and the pence of all (section 8)."""
    return select(func.min(items.c.id), func.sum(items.c.amount_pence)).where(
        items.c.related_item == reservation,
        items.c.kind == ItemKind.CARD,
        items.c.status.in_((CardPaymentStatus.PENDING, CardPaymentStatus.SUCCESSFUL)),
    )


def _presents_again(payment: str) -> Select[Any]:
    """The latest payment that presents a failed one again (reference, section 7.8)."""
    return (
        select(items.c.id)
        .where(items.c.related_item == payment, items.c.kind == ItemKind.DIRECT_DEBIT)
        .order_by(items.c.due_on.desc(), items.c.id)
        .limit(1)
    )


def _find(connection: Connection, reference: str) -> Refund | None:
    row = (
        connection.execute(select(refunds).where(refunds.c.reference == reference))
        .mappings()
        .first()
    )
    return None if row is None else _refund(row)


def _must_find(connection: Connection, reference: str) -> Refund:
    found = _find(connection, reference)
    if found is None:
        raise LookupError(f"no refund {reference} is held here")
    return found


def _refund(row: RowMapping) -> Refund:
    return Refund(**{**row, "rail": Rail(row["rail"]), "state": RefundState(row["state"])})
