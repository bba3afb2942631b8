"""Reads the payments that a bulk call made, in pages instead of one by one; judges none of them."""

from collections.abc import Collection, Mapping, Sequence

from smarterpay.api.errors import Refused
from smarterpay.api.models.payment import Payment
from smarterpay.journal.bulk import BulkRow
from smarterpay.journal.intents import Intent
from smarterpay.orchestration.look_up_window import SKEW
from smarterpay.orchestration.runtime import Runtime

#: So many are read one by one: a page of the list would not be cheaper.
FEW = 2
BULK_CREATE = "payment.bulk_create"


async def payments_by_id(
    runtime: Runtime, ids: Collection[str], *, call_reference: str
) -> Mapping[str, Payment]:
    """The payments with these ids as they stand, most of them made by the bulk call of that name.

    Newest first, and no further than the last one sought: those of a call stand together. What
    the list does not show is read by itself; an id that the provider does not give is left out.
    """
    found: dict[str, Payment] = {}
    listed = await _carried(runtime, call_reference, ids)
    if listed is not None:
        call, rows = listed
        await _read_list(runtime, call, rows, found)
    for payment_id in ids:
        if payment_id not in found:
            payment = await _read_one(runtime, payment_id)
            if payment is not None:
                found[payment_id] = payment
    return found


async def _carried(
    runtime: Runtime, call_reference: str, ids: Collection[str]
) -> tuple[Intent, Sequence[BulkRow]] | None:
    """The call and those of its rows that are sought; nothing where a list would not pay."""
    journal = runtime.journal
    calls = await journal.database.run(journal.intents.find, call_reference, BULK_CREATE)
    if not calls or calls[0].first_sent_at is None:
        return None
    rows = await journal.database.run(journal.bulks.rows, calls[0].id)
    sought = set(ids)
    rows = [row for row in rows if row.intent.record_id in sought]
    return None if len(rows) <= FEW else (calls[0], rows)


async def _read_list(
    runtime: Runtime, call: Intent, rows: Sequence[BulkRow], found: dict[str, Payment]
) -> None:
    sought = {row.intent.record_id for row in rows}
    # A payment was made before we were told of it; what was made later need not be read.
    told = [row.intent.settled_at for row in rows if row.intent.settled_at is not None]
    told_at = max(told, default=runtime.clock.now())
    sent_at = call.first_sent_at or call.opened_at
    async for payment in runtime.cloud.payments.list(
        created_from=sent_at - SKEW, created_to=told_at + SKEW, sort_order="desc"
    ):
        if payment.id in sought:
            found[payment.id] = payment
            if len(found) == len(sought):
                return


async def _read_one(runtime: Runtime, payment_id: str) -> Payment | None:
    try:
        return await runtime.cloud.payments.get(payment_id)
    except Refused:  # 404, or 400 (section 4)
        return None
