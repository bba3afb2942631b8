"""Keeps the chain from a payment's first presentation to its final result; asks nobody anything.

A failed payment has one standing presentation at most, and a number of a chain is taken once for
ever: whoever plans, the database decides. It does not know which payments may be presented again.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from smarterpay.bacs import PaymentStatus
from smarterpay.journal.approvals import REJECTED_SUBJECTS
from smarterpay.journal.batch_kinds import REPRESENTATION
from smarterpay.journal.batches import Batches, NewRow
from smarterpay.journal.database import Database
from smarterpay.journal.ledger import Item, ItemNotFound, item_from
from smarterpay.journal.schema import intents, items, presentations
from smarterpay.money.accounts import ItemKind

#: Characters of a payment's `custom_reference` (reference, section 7.7).
LONGEST_PAYMENT_REFERENCE: Final = 50
#: Presentations that one chain is read to; the scheme's month leaves room for three.
LONGEST_CHAIN: Final = 50
#: The intent of a presentation: of this operation, under the presentation's reference.
OPERATION: Final = "payment.represent"
#: The `payment_type` of a payment that presents another one again (reference, section 7.8).
REPRESENTED: Final = "represent"
#: The line of a batch's first row, as in a file whose first line is the header.
FIRST_LINE: Final = 2


@dataclass(frozen=True, slots=True)
class Claim:
    """The wish to present the failed payment `of_item` again; `reference` is the first one's."""

    of_item: str
    first_item: str
    reference: str | None
    amount_pence: int
    collection_date: date


@dataclass(frozen=True, slots=True)
class Presentation:
    """One number of a chain; `item_id` is the payment, once the provider has made it.

    From `begun_at` on its call may have been made. `given_up_at` says that it never will be.
    """

    first_item_id: str
    number: int
    of_item_id: str | None
    item_id: str | None
    reference: str
    batch_id: str | None
    collection_date: date | None
    planned_at: datetime
    begun_at: datetime | None
    given_up_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A payment, its chain and its mandate as the journal knows them.

    `first` is the first presentation; where the journal does not know that item yet, `missing` is
    the id of the oldest one it names. `times_presented_again` counts what follows the first, made
    or planned; `presented_again_by` names what follows this payment, or may: a presentation under
    its mandate of which nobody knows what it presents again. `times_refused` counts calls
    to present this payment that were refused, the last of them in the batch `refused_in`.
    `refund_held_pence` are those of the whole chain.
    """

    item: Item
    first: Item
    missing: str | None
    times_presented_again: int
    presented_again_by: str | None
    times_refused: int
    refused_in: str | None
    mandate_under_claim: bool
    refund_held_pence: int


@dataclass(frozen=True, slots=True)
class Link:
    """One presentation of a chain, for people: pence, London dates.

    `status` is the provider's, or `planned`, `asked` (its outcome is not known yet), `given up`.
    `number` is empty for what was presented by the provider itself, or by hand.
    """

    number: int | None
    item_id: str | None
    reference: str | None
    of_item_id: str | None
    collection_date: date | None
    amount_pence: int
    status: str
    bacs_code: str | None
    batch_id: str | None


@dataclass(frozen=True, slots=True)
class Chain:
    """A payment from its first presentation on, in order; `result` is how it ends, so far."""

    first_item_id: str
    links: Sequence[Link]

    @property
    def result(self) -> str:
        """`collected`, `collected more than once`, `unpaid`, `under way`, `claimed back` or
        `cancelled`."""
        statuses = {
            PaymentStatus.INDEMNITY_CLAIMED if _lost(one) else one.status for one in self.links
        }
        if sum(one.status == PaymentStatus.SUCCESSFUL for one in self.links) > 1:
            return "collected more than once"
        return next((word for status, word in _RESULTS.items() if status in statuses), "under way")


#: What a chain comes to if one of its presentations stands so; the first that fits.
_RESULTS: Mapping[str, str] = {
    PaymentStatus.INDEMNITY_CLAIMED: "claimed back",
    PaymentStatus.SUCCESSFUL: "collected",
    PaymentStatus.SUBMITTED: "under way",
    PaymentStatus.PENDING_SUBMISSION: "under way",
    "asked": "under way",
    "planned": "under way",
    PaymentStatus.FAILED: "unpaid",
    PaymentStatus.CANCELLED: "cancelled",
}


class PresentationNotFound(LookupError):
    """No presentation was ever planned under that reference."""


class Presentations:
    """The repository of presentations. Every method is one transaction."""

    def __init__(self, database: Database, batches: Batches) -> None:
        self._database = database
        self._batches = batches

    def stage(
        self,
        claims: Iterable[Claim],
        payload: Callable[[Claim, Presentation], bytes],
        *,
        source: str,
        policy: Mapping[str, Any],
        now: datetime,
    ) -> str | None:
        """Claim payments and stage the batch that presents them again, in one transaction.

        A payment that somebody else has claimed, or that is presented again already, is left out.
        Returns the batch's id, `None` where nothing was left. `payload` gives a row's content.
        """

        def rows_for(connection: Connection, batch_id: str) -> tuple[Sequence[NewRow], int]:
            new_rows: list[NewRow] = []
            amount_pence = 0
            # In one order everywhere: else two planners could lock each other out.
            for claim in sorted(claims, key=lambda claim: (claim.first_item, claim.of_item)):
                taken = self._claim(connection, claim, batch_id, now)
                if taken is not None:
                    number = len(new_rows)
                    content = payload(claim, taken)
                    new_rows.append(NewRow(number, number + FIRST_LINE, taken.reference, content))
                    amount_pence += claim.amount_pence
            return new_rows, amount_pence

        return self._batches.create_whole(
            REPRESENTATION, source=source, policy=policy, rows_for=rows_for, now=now
        )

    def get(self, reference: str) -> Presentation:
        """The presentation planned under that reference; raises `PresentationNotFound`."""
        with self._database.read() as connection:
            query = select(presentations).where(presentations.c.reference == reference)
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            raise PresentationNotFound(f"nothing was planned under {reference}")
        return _presentation(row)

    def begin(self, reference: str, now: datetime) -> bool:
        """Note that the call may be made from now on; false where the presentation is given up."""
        own = presentations.c.reference == reference
        with self._database.write() as connection:
            standing = presentations.c.given_up_at.is_(None)
            connection.execute(
                update(presentations).where(own, standing, _NOT_BEGUN).values(begun_at=now)
            )
            query = select(presentations.c.reference).where(own, standing)
            return connection.execute(query).first() is not None

    def record(self, reference: str, item_id: str) -> None:
        """Note which payment the provider has made; the same told twice is told once.

        Raises `ValueError` if another one was noted: that would be a payment made twice.
        """
        with self._database.write() as connection:
            query = select(presentations.c.item_id).where(presentations.c.reference == reference)
            known = connection.execute(query.with_for_update()).scalar_one()
            if known not in (None, item_id):
                raise ValueError(f"{reference} made {known}, and now {item_id} is told")
            connection.execute(
                update(presentations)
                .where(presentations.c.reference == reference)
                .values(item_id=item_id)
            )

    def withdraw(self, reference: str, now: datetime) -> bool:
        """Give up a presentation that was not begun; whether it is given up now."""
        with self._database.write() as connection:
            self._give_up(connection, now, presentations.c.reference == reference, _NOT_BEGUN)
            query = select(presentations.c.given_up_at).where(
                presentations.c.reference == reference
            )
            return connection.execute(query).scalar() is not None

    def give_up(self, reference: str, now: datetime) -> None:
        """Give up a presentation of which it is known that no payment came or will come of it."""
        with self._database.write() as connection:
            self._give_up(
                connection,
                now,
                presentations.c.reference == reference,
                presentations.c.item_id.is_(None),
            )

    def withdraw_rejected(self, now: datetime) -> int:
        """Give up what rejected batches have not begun; how many that were."""
        with self._database.write() as connection:
            rejected = presentations.c.batch_id.in_(REJECTED_SUBJECTS)
            return self._give_up(connection, now, rejected, _NOT_BEGUN)

    def withdraw_lapsed(self, before: date, now: datetime) -> int:
        """Give up what was not begun and asks for a London date that is gone."""
        with self._database.write() as connection:
            lapsed = presentations.c.collection_date < before
            return self._give_up(connection, now, lapsed, _NOT_BEGUN)

    def unpaid(self, since: date) -> Sequence[str]:
        """Ids of failed Direct Debits collected on or after `since` that no payment follows."""
        again = items.alias("again")
        followed = select(again.c.id).where(
            again.c.related_item == items.c.id, again.c.kind == ItemKind.DIRECT_DEBIT
        )
        query = (
            select(items.c.id)
            .where(
                items.c.kind == ItemKind.DIRECT_DEBIT,
                items.c.status == PaymentStatus.FAILED,
                items.c.due_on.is_(None) | (items.c.due_on >= since),
                ~followed.exists(),
            )
            .order_by(items.c.due_on, items.c.id)
        )
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    def standing(self, item_id: str, *, besides: str | None = None) -> Standing:
        """How a payment, its chain and its mandate stand; raises `ItemNotFound`.

        The presentation under the reference `besides`, and the payment that it made, do not count.
        """
        with self._database.read() as connection:
            line = self._line(connection, item_id)
            first, item = line[0], line[-1]
            known = self._descendants(connection, first.id)
            planned = self._planned(connection, known)
            own = {one.item_id for one in planned if one.reference == besides}
            made = [
                one
                for one in known[1:]
                if one.id not in own and (besides is None or one.reference != besides)
            ]
            waiting = [
                one
                for one in _unseen(planned, known)
                if one.given_up_at is None and one.reference != besides
            ]
            followers = [one.id for one in made if one.related_item == item_id]
            followers += [
                one.item_id or one.reference for one in waiting if one.of_item_id == item_id
            ]
            followers += self._unnamed(connection, item)
            presented = sum(one.status != PaymentStatus.CANCELLED for one in made)
            refused = self._refused(connection, item_id)
            return Standing(
                item=item,
                first=first,
                missing=first.related_item,
                times_presented_again=presented + len(waiting),
                presented_again_by=followers[0] if followers else None,
                times_refused=len(refused),
                refused_in=refused[-1] if refused else None,
                mandate_under_claim=self._under_claim(connection, item.mandate),
                refund_held_pence=sum(one.refund_held_pence for one in known),
            )

    def chain(self, item_id: str) -> Chain:
        """Every presentation of a payment, whichever of them is named; raises `ItemNotFound`."""
        with self._database.read() as connection:
            first = self._line(connection, item_id)[0]
            made = self._descendants(connection, first.id)
            planned = self._planned(connection, made)
        numbers = {one.item_id: one for one in planned if one.item_id is not None}
        then = [_made(item, numbers.get(item.id), first) for item in made[1:]]
        then += [_planned(one, first) for one in _unseen(planned, made)]
        return Chain(first.id, [_made(first, None, first), *sorted(then, key=_by_day)])

    def _claim(
        self, connection: Connection, claim: Claim, batch_id: str, now: datetime
    ) -> Presentation | None:
        """Take the next number of the chain; nothing where the payment has a presentation."""
        dialect = sqlite if self._database.is_sqlite else postgresql
        into = dialect.insert(presentations).on_conflict_do_nothing()
        first = {
            "first_item_id": claim.first_item,
            "number": 1,
            "item_id": claim.first_item,
            "reference": claim.first_item,
            "planned_at": now,
        }
        connection.execute(into, [first])
        follows = select(items.c.id).where(
            items.c.related_item == claim.of_item, items.c.kind == ItemKind.DIRECT_DEBIT
        )
        if connection.execute(follows).first() is not None:
            return None
        highest = connection.execute(
            select(func.max(presentations.c.number)).where(
                presentations.c.first_item_id == claim.first_item
            )
        ).scalar_one()
        values = {
            "first_item_id": claim.first_item,
            "number": highest + 1,
            "of_item_id": claim.of_item,
            "standing": claim.of_item,
            "reference": reference_of(claim, highest + 1),
            "batch_id": batch_id,
            "collection_date": claim.collection_date,
            "planned_at": now,
        }
        taken = connection.execute(into.returning(presentations), [values]).mappings().first()
        return None if taken is None else _presentation(taken)

    def _give_up(self, connection: Connection, now: datetime, *which: Any) -> int:
        given_up = connection.execute(
            update(presentations)
            .where(presentations.c.given_up_at.is_(None), presentations.c.number > 1, *which)
            .values(given_up_at=now, standing=None)
        )
        return given_up.rowcount

    def _line(self, connection: Connection, item_id: str) -> Sequence[Item]:
        """From the oldest known presentation to the payment itself."""
        line: list[Item] = []
        wanted: str | None = item_id
        while wanted is not None and len(line) < LONGEST_CHAIN:
            query = select(items).where(items.c.id == wanted)
            row = connection.execute(query).mappings().first()
            if row is None:
                break
            line.insert(0, item_from(row))
            wanted = line[0].related_item
        if not line:
            raise ItemNotFound(f"no payment {item_id} is known here")
        return line

    def _descendants(self, connection: Connection, first_id: str) -> Sequence[Item]:
        """The payment and all that present it again, directly or through another, in order."""
        found: list[Item] = []
        query = select(items).where(items.c.id == first_id)
        while len(found) < LONGEST_CHAIN:
            some = [item_from(row) for row in connection.execute(query).mappings()]
            some = [item for item in some if item.id not in {one.id for one in found}]
            if not some:
                break
            found += some
            query = (
                select(items)
                .where(items.c.related_item.in_([item.id for item in some]))
                .where(items.c.kind == ItemKind.DIRECT_DEBIT)
                .order_by(items.c.due_on, items.c.id)
            )
        return found

    def _planned(self, connection: Connection, chain: Sequence[Item]) -> Sequence[Presentation]:
        """What we ever planned for a chain, also while another one was taken for its first."""
        query = (
            select(presentations)
            .where(
                presentations.c.first_item_id.in_([one.id for one in chain]),
                presentations.c.number > 1,
            )
            .order_by(presentations.c.planned_at, presentations.c.number)
        )
        return [_presentation(row) for row in connection.execute(query).mappings()]

    def _refused(self, connection: Connection, item_id: str) -> Sequence[str | None]:
        """The batches in which a call to present that payment again was refused, in order.

        Not those in which it was taken back before it was sent: nobody was asked then.
        """
        withdrawn = select(intents.c.id).where(
            intents.c.operation == OPERATION,
            intents.c.reference == presentations.c.reference,
            intents.c.status.is_(None),
        )
        query = (
            select(presentations.c.batch_id)
            .where(
                presentations.c.of_item_id == item_id,
                presentations.c.begun_at.is_not(None),
                presentations.c.given_up_at.is_not(None),
                ~withdrawn.exists(),
            )
            .order_by(presentations.c.given_up_at, presentations.c.number)
        )
        return list(connection.execute(query).scalars())

    def _unnamed(self, connection: Connection, item: Item) -> Sequence[str]:
        query = select(items.c.id).where(
            items.c.mandate == item.mandate,
            items.c.kind == ItemKind.DIRECT_DEBIT,
            items.c.payment_type == REPRESENTED,
            items.c.related_item.is_(None),
            items.c.id != item.id,
        )
        return list(connection.execute(query).scalars())

    def _under_claim(self, connection: Connection, mandate: str | None) -> bool:
        if mandate is None:
            return False
        query = select(items.c.id).where(
            items.c.mandate == mandate, items.c.status == PaymentStatus.INDEMNITY_CLAIMED
        )
        return connection.execute(query).first() is not None


_NOT_BEGUN = presentations.c.begun_at.is_(None)


def reference_of(claim: Claim, number: int) -> str:
    """The reference a presentation is asked for under: the first one's, its number and a mark.

    `INV-118/R2-0f3a9c1b2d4e`, at most 50 characters. The mark tells payments of one schedule apart,
    which carry one reference.
    """
    mark = hashlib.sha256(claim.first_item.encode()).hexdigest()[:12]
    tail = f"/R{number}-{mark}"
    start = (claim.reference or claim.first_item).strip()
    return start[: LONGEST_PAYMENT_REFERENCE - len(tail)] + tail


def _lost(link: Link) -> bool:
    """Whether a claim against it has ended for the payer: it is failed then (section 11)."""
    return link.status == PaymentStatus.FAILED and (link.bacs_code or "").startswith("DDICA")


def _unseen(planned: Iterable[Presentation], made: Iterable[Item]) -> Sequence[Presentation]:
    """What no payment is known of: it is not made yet, or the ledger doubts what was made."""
    known = {one.id for one in made}
    return [one for one in planned if one.item_id not in known]


def _by_day(link: Link) -> tuple[date, int]:
    return link.collection_date or date.max, link.number or 0


def _presentation(row: RowMapping) -> Presentation:
    return Presentation(**{name: row[name] for name in Presentation.__slots__})


def _made(item: Item, planned: Presentation | None, first: Item) -> Link:
    number = planned.number if planned is not None else None
    return Link(
        number=1 if item.id == first.id else number,
        item_id=item.id,
        reference=item.reference,
        of_item_id=item.related_item,
        collection_date=item.due_on,
        amount_pence=item.amount_pence,
        status=item.status,
        bacs_code=item.bacs_code,
        batch_id=item.batch_id,
    )


def _planned(one: Presentation, first: Item) -> Link:
    status = "asked" if one.begun_at is not None else "planned"
    return Link(
        number=one.number,
        item_id=one.item_id,
        reference=one.reference,
        of_item_id=one.of_item_id,
        collection_date=one.collection_date,
        amount_pence=first.amount_pence,
        status="given up" if one.given_up_at is not None else status,
        bacs_code=None,
        batch_id=one.batch_id,
    )
