"""Tells what the payments of a batch come to, by date and status; reads items, changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from smarterpay.journal.database import Database
from smarterpay.journal.schema import items
from smarterpay.money.accounts import ItemKind

#: What of a batch is not coming: it was recorded so, declined, or called off since.
_NOT_COMING = frozenset({"cancelled", "failed", "error", "indemnity_claimed"})
#: Ids asked for in one query.
IDS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class BatchItems:
    """Items of a batch that share kind, status and both dates; London dates, pence.

    `asked_on` is what the batch asked for, `due_on` what the provider stored; a card has neither,
    or its charge's day.
    """

    kind: ItemKind
    status: str
    asked_on: date | None
    due_on: date | None
    rows: int
    amount_pence: int

    @property
    def is_coming(self) -> bool:
        """Whether their money is collected, or on its way."""
        return self.status not in _NOT_COMING

    @property
    def is_moved(self) -> bool:
        """Whether their money is coming on another date than was asked for."""
        asked = self.asked_on is not None and self.due_on not in (None, self.asked_on)
        return asked and self.is_coming


def items_of_batch(database: Database, batch_id: str) -> Sequence[BatchItems]:
    """Every item that the batch ordered, grouped, by asked and stored date."""
    columns = (items.c.kind, items.c.status, items.c.asked_on, items.c.due_on)
    query = (
        select(*columns, func.count(), func.sum(items.c.amount_pence))
        .where(items.c.batch_id == batch_id)
        .group_by(*columns)
        .order_by(items.c.asked_on, items.c.due_on, items.c.kind, items.c.status)
    )
    with database.read() as connection:
        return [
            BatchItems(ItemKind(kind), status, asked_on, due_on, count, int(pence))
            for kind, status, asked_on, due_on, count, pence in connection.execute(query)
        ]


def batches_of_items(database: Database, item_ids: Sequence[str]) -> Mapping[str, str | None]:
    """The batch that ordered each of these items, where one did; unknown items are left out."""
    found: dict[str, str | None] = {}
    for start in range(0, len(item_ids), IDS_AT_ONCE):
        some = item_ids[start : start + IDS_AT_ONCE]
        query = select(items.c.id, items.c.batch_id).where(items.c.id.in_(some))
        with database.read() as connection:
            found |= {row.id: row.batch_id for row in connection.execute(query)}
    return found
