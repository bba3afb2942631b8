"""Settles a bulk call of unknown outcome from the list of records; never sends any of it anew.

A row whose record is found exactly once was created. Of every other row nobody can say what
became of it: it is left to a person, for under another key it might be created a second time.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from smarterpay.api import REFERENCE_FIELDS
from smarterpay.journal.bulk import BulkRow, RowVerdict
from smarterpay.journal.decision import State
from smarterpay.journal.intents import Intent
from smarterpay.orchestration.look_up_table import Fields, is_for_amount, is_for_payer
from smarterpay.orchestration.look_up_window import (
    is_anothers,
    made_in_time,
    request_fields,
    still_at_work,
    window,
)
from smarterpay.orchestration.outcome import NotSettled, Outcome, settled_outcome
from smarterpay.orchestration.record_status import record_status
from smarterpay.orchestration.runtime import Runtime


async def look_up_bulk(runtime: Runtime, call: Intent) -> Outcome:
    """Settle `call` and its rows by what the provider has.

    Raises `NotSettled` while rows are missing and the provider may still be at work on them,
    and `NeedsAttention` if not every row was found in the end.
    """
    journal = runtime.journal
    rows = await journal.database.run(journal.bulks.rows, call.id)
    waiting = [row for row in rows if row.intent.state is State.UNKNOWN]
    found = await verdicts_from_list(runtime, call, waiting)
    # Rows are worked on after the answer (section 7.9): even a 500 that was replayed ends nothing.
    if any(one.record_id is None for one in found.values()) and still_at_work(runtime, call):
        raise NotSettled(call, "not every row was found, but the provider may still be at work")
    settled = await journal.database.run(
        journal.bulks.settle_found, call, found, runtime.clock.now()
    )
    outcome = settled_outcome(settled, call.key)
    if outcome is None:
        raise NotSettled(settled, "another process is at it")
    return outcome


async def verdicts_from_list(
    runtime: Runtime, call: Intent, rows: Sequence[BulkRow]
) -> Mapping[int, RowVerdict]:
    """What the list of records says of each of `rows`, by position."""
    candidates = await _candidates(runtime, call, rows)
    return {row.position: _verdict(row, candidates.get(row.intent.reference, [])) for row in rows}


async def _candidates(
    runtime: Runtime, call: Intent, rows: Sequence[BulkRow]
) -> Mapping[str, list[tuple[Any, bool]]]:
    """The records under each row's reference, for its amount and payer; whether made in time.

    One pass over the window: a list call for each of 500 rows would cost half a minute's budget.
    """
    resource = f"{call.operation.partition('.')[0]}s"
    requests = await _requests(runtime, call, rows)
    intents = {row.intent.reference: row.intent for row in rows}
    start, end = window(call)
    # By id: where records are added meanwhile, one may stand on two pages.
    found: dict[str, dict[str, tuple[Any, bool]]] = defaultdict(dict)
    records = getattr(runtime.cloud, resource).list(
        created_from=start, created_to=end, to_the_end=True
    )
    async for record in records:
        reference = _reference(call, record)
        if (
            reference is not None
            and reference in requests
            and _agrees(record, requests[reference])
            and not await is_anothers(runtime, intents[reference], record)
        ):
            found[reference][str(record.id)] = (record, made_in_time(call, record.created_at))
    return {reference: list(told.values()) for reference, told in found.items()}


async def _requests(
    runtime: Runtime, call: Intent, rows: Sequence[BulkRow]
) -> Mapping[str, Fields]:
    journal = runtime.journal
    bodies = await journal.database.run(journal.bulks.row_bodies, call.id)
    return {row.intent.reference: request_fields(bodies[row.position]) for row in rows}


def _reference(call: Intent, record: Any) -> str | None:
    field = REFERENCE_FIELDS[f"{call.operation.partition('.')[0]}.create"]
    reference: str | None = getattr(record, field.answer)
    return reference


def _agrees(record: Any, request: Fields) -> bool:
    """A row on a cancelled mandate is recorded as cancelled with amount 0 (sections 7.7, 7.10).

    Re-presented payments, those of a schedule and those of a card may carry its reference too.
    """
    if any(getattr(record, name, None) for name in _NOT_BY_ITSELF):
        return False
    return is_for_amount(request["amount"], record) and is_for_payer(request, record)


_NOT_BY_ITSELF = ("related_payment", "recurrence_schedule", "card_id")


def _verdict(row: BulkRow, candidates: Sequence[tuple[Any, bool]]) -> RowVerdict:
    if len(candidates) > 1:
        return RowVerdict(row.position, reason="more than one record matches")
    if not candidates:
        return RowVerdict(row.position, reason="no record was found")
    ((record, in_time),) = candidates
    if not in_time:
        return RowVerdict(row.position, reason="a record matches, but was made another time")
    return RowVerdict(
        row.position,
        record_id=str(record.id),
        record_status=record_status(record),
        reason="adopted by look-up",
    )
