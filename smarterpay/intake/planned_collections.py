"""Plans a batch or a file of collections from its rows; decides the route once, sends nothing."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from smarterpay.bacs import BankingCalendar
from smarterpay.intake.collection_row import CollectionRow
from smarterpay.intake.staging import collection_of
from smarterpay.journal import Journal
from smarterpay.journal.batches import Batch, Row, RowState
from smarterpay.money.collection_plan import (
    CollectionPlan,
    Route,
    Wanted,
    decide_route,
    plan_collections,
)
from smarterpay.settings import Settings

#: Where a batch's policy keeps its route.
ROUTE = "route"
_GOOD = [state for state in RowState if state is not RowState.REJECTED]


class RowUnreadable(ValueError):
    """A staged row cannot be read, so nobody can say what its batch would do; it quotes nothing."""

    def __init__(self, row: Row) -> None:
        self.row = row
        super().__init__(
            f"{row.batch_id}, line {row.line}: the row was not staged by this version; "
            "stage its file again"
        )


def planned_batch(
    journal: Journal, batch: Batch, settings: Settings, *, now: datetime
) -> CollectionPlan:
    """The plan of a staged batch: of all its good rows, finished or not, so that it stays the same.

    The first plan decides the batch's route for good, whatever the settings say later. Raises
    `RowUnreadable`.
    """
    wanted = list(_staged(journal, batch.id))
    route = kept_route(batch)
    if route is None:
        mine = _decided(wanted, settings)
        kept = {"bulk": mine.bulk, "rows_a_chunk": mine.rows_a_chunk}
        route = _route(journal.batches.keep_in_policy(batch.id, ROUTE, kept))
    return _planned(wanted, route, settings, now)


def kept_route(batch: Batch) -> Route | None:
    """The route that was decided for the batch; nothing where no plan of it was made yet."""
    kept = batch.policy.get(ROUTE)
    return None if kept is None else _route(kept)


def planned_rows(wanted: list[Wanted], settings: Settings, *, now: datetime) -> CollectionPlan:
    """The plan of rows that are not staged; another instant or other settings give another."""
    return _planned(wanted, _decided(wanted, settings), settings, now)


def wanted_of(number: int, row: CollectionRow, sha256: str = "") -> Wanted:
    """What the planner has to know of a row, the `number`-th of its file or batch."""
    return Wanted(number, row.reference, row.method, row.amount_pence, row.collection_date, sha256)


def _route(kept: Any) -> Route:
    return Route(bulk=bool(kept["bulk"]), rows_a_chunk=int(kept["rows_a_chunk"]))


def _staged(journal: Journal, batch_id: str) -> Iterator[Wanted]:
    for row, payload in journal.batches.each_row_with_payload(batch_id, _GOOD):
        digest = hashlib.sha256(payload).hexdigest()
        try:
            collection = collection_of(payload)
        except ValueError:
            raise RowUnreadable(row) from None  # pydantic's error would quote the row
        yield wanted_of(row.number, collection, digest)


def _decided(wanted: list[Wanted], settings: Settings) -> Route:
    direct_debits = sum(one.asked_on is not None for one in wanted)
    return decide_route(direct_debits, bulk_from=settings.bulk_from, chunk_size=settings.chunk_size)


def _planned(
    wanted: list[Wanted], route: Route, settings: Settings, now: datetime
) -> CollectionPlan:
    return plan_collections(
        wanted,
        route,
        now=now,
        calendar=BankingCalendar(),
        processing_days=settings.processing_days,
        calls_a_minute=settings.calls_a_minute,
    )
