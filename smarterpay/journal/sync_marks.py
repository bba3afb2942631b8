"""Remembers how far the provider's records were read, and which known items to look at again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from smarterpay.clock import LONDON
from smarterpay.journal.database import Database
from smarterpay.journal.schema import items, ledger_doubts, sync_marks
from smarterpay.money.accounts import LIFE_CYCLES, ItemKind

MONEY = "money"
#: What is known of a record that is no item.
NOTHING = "nothing"
#: Nothing but time moves these on: they are looked at until they do, however old they are. A
#: card payment may stay `pending` for ever, where the payer never finished the form.
_ON_THEIR_WAY = ("pending_submission", "submitted")


@dataclass(frozen=True, slots=True)
class Stale:
    """A record to look at again; `created_on` is the London date of its making, where known.

    Without a `kind` it is known by its id only: a payment, or a credit.
    """

    id: str
    kind: ItemKind | None
    status: str
    created_on: date | None


class SyncMarks:
    """The repository of sync marks. Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def complete_to(self) -> datetime | None:
        """Up to which creation time payments and credits were read completely; None: never."""
        query = select(sync_marks.c.complete_to).where(sync_marks.c.name == MONEY)
        with self._database.read() as connection:
            found: datetime | None = connection.execute(query).scalar_one_or_none()
            return found

    def completed(self, to: datetime) -> None:
        """Everything created before `to` has been read.

        A mark may go back: one of a clock that ran ahead would hide what is made until then, and
        one that is too early costs no more than reading again.
        """
        dialect = sqlite if self._database.is_sqlite else postgresql
        statement = dialect.insert(sync_marks).values(name=MONEY, complete_to=to)
        with self._database.write() as connection:
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[sync_marks.c.name], set_={"complete_to": to}
                )
            )

    def stale(self, *, created_before: datetime, changed_since: datetime) -> Sequence[Stale]:
        """Items made before `created_before` of which a status may have changed meanwhile.

        Those on their way to Bacs whatever their age; the others that some event can still change
        (section 11: returned, claimed back, voided), if they changed since `changed_since`.
        """
        may_change = or_(
            *(
                and_(
                    items.c.kind == kind,
                    or_(
                        items.c.status.in_([s for s in statuses if s in _ON_THEIR_WAY]),
                        and_(items.c.status.in_(statuses), items.c.changed_at >= changed_since),
                    ),
                )
                for kind, statuses in _unfinished().items()
            )
        )
        made_before = or_(items.c.created_at.is_(None), items.c.created_at < created_before)
        query = select(*(items.c[name] for name in ("id", "kind", "status", "created_at")))
        query = query.where(made_before, may_change).order_by(items.c.id)
        with self._database.read() as connection:
            return [
                Stale(
                    item_id, ItemKind(kind), status, created and created.astimezone(LONDON).date()
                )
                for item_id, kind, status, created in connection.execute(query)
            ]

    def missing(self) -> Sequence[Stale]:
        """What items present again, refund or release, and is no item itself.

        Made before anybody looked: without it the money of a chain has no beginning.
        """
        origin = items.alias()
        query = (
            select(items.c.related_item)
            .distinct()
            .join(origin, origin.c.id == items.c.related_item, isouter=True)
            .where(items.c.related_item.is_not(None), origin.c.id.is_(None))
            .order_by(items.c.related_item)
        )
        with self._database.read() as connection:
            found = connection.scalars(query)
            return [Stale(item_id, ItemKind.DIRECT_DEBIT, NOTHING, None) for item_id in found]

    def doubted(self, *, before: datetime) -> Sequence[Stale]:
        """Records in doubt since their last reading, which was before that instant."""
        query = (
            select(ledger_doubts.c.item_id, items.c.kind, ledger_doubts.c.known)
            .join(items, items.c.id == ledger_doubts.c.item_id, isouter=True)
            .where(ledger_doubts.c.settled_at.is_(None), ledger_doubts.c.last_at < before)
            .order_by(ledger_doubts.c.item_id)
        )
        with self._database.read() as connection:
            return [
                Stale(item_id, None if kind is None else ItemKind(kind), known, None)
                for item_id, kind, known in connection.execute(query)
            ]

    def known_between(
        self, kinds: Sequence[ItemKind], created_from: datetime, created_to: datetime
    ) -> int:
        """How many items of these kinds are known that were made in that time."""
        query = select(func.count()).where(
            items.c.kind.in_(kinds),
            items.c.created_at >= created_from,
            items.c.created_at < created_to,
        )
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())


def _unfinished() -> Mapping[ItemKind, Sequence[str]]:
    """Every status of a kind that some event can still change (section 11)."""
    return {
        kind: sorted({str(edge.source) for edge in life_cycle.edges})
        for kind, life_cycle in LIFE_CYCLES.items()
    }
