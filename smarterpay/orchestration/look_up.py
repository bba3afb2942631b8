"""Settles an unknown outcome by looking the record up, when its key may no longer be used.

Design section 3, step 2: exactly one record found is adopted, none opens the next generation,
anything else is left to a person.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from smarterpay.api import ApiError, CloudClient, TransportError
from smarterpay.api.disposition import Disposition
from smarterpay.journal.decision import LATE_WORK, State
from smarterpay.journal.intents import Closing, Intent, Wish
from smarterpay.orchestration.outcome import (
    GenerationMovedOn,
    NotSettled,
    Outcome,
    settled_outcome,
)
from smarterpay.orchestration.runtime import Runtime

#: How far before the first send a record may claim to be created: our clocks may differ.
SKEW = timedelta(minutes=15)
#: A record under our reference that is off by more, up to this, is nobody's guess: ours, by a
#: clock that was wrong (by an hour, where a machine takes local time for UTC), or a stranger's.
CLOCK_DOUBT = timedelta(days=1)
#: More matches than this are not read: two are too many already.
ENOUGH = 2


@dataclass(frozen=True, slots=True)
class LookUp:
    """How the record of one operation is found again.

    `candidates` lists records in a creation window; `is_ours` compares one with our request.
    """

    candidates: Callable[[CloudClient, dict[str, Any], datetime, datetime], AsyncIterator[Any]]
    is_ours: Callable[[dict[str, Any], Any], bool]
    get: str


def _by_reference(resource: str) -> Callable[..., AsyncIterator[Any]]:
    def candidates(
        cloud: CloudClient, request: dict[str, Any], start: datetime, end: datetime
    ) -> AsyncIterator[Any]:
        listing: AsyncIterator[Any] = getattr(cloud, resource).list(
            custom_reference=request["custom_reference"],
            created_from=start,
            created_to=end,
            to_the_end=True,
        )
        return listing

    return candidates


def _same_reference(request: dict[str, Any], record: Any) -> bool:
    # Checked here too: the provider ignores filters it does not know (reference, section 6).
    return bool(record.custom_reference == request["custom_reference"])


def _mandates_in_window(
    cloud: CloudClient, _request: dict[str, Any], start: datetime, end: datetime
) -> AsyncIterator[Any]:
    listing: AsyncIterator[Any] = cloud.mandates.list(
        created_from=start, created_to=end, to_the_end=True
    )
    return listing


def _same_bank_account(request: dict[str, Any], record: Any) -> bool:
    """A mandate carries no reference of ours; the payer's bank account is made for one row."""
    auddis = request.get("auddis")
    return bool(
        record.customer_bank_account == request["customer_bank_account"]
        and (not auddis or record.auddis == auddis)
    )


LOOK_UPS: Mapping[str, LookUp] = {
    "customer_account.create": LookUp(
        _by_reference("customer_accounts"), _same_reference, "customer_account.get"
    ),
    "bank_account.create": LookUp(
        _by_reference("bank_accounts"), _same_reference, "bank_account.get"
    ),
    "mandate.create": LookUp(_mandates_in_window, _same_bank_account, "mandate.get"),
    "recurrence_schedule.create": LookUp(
        _by_reference("recurrence_schedules"), _same_reference, "recurrence_schedule.get"
    ),
}

#: Sending these again under a new key creates nothing: a question, and a disabling DELETE
#: (reference, section 2: naturally repeatable).
REPEATABLE = frozenset(
    {"modulus_check.create", "bank_account.disable", "recurrence_schedule.disable"}
)


async def look_up(runtime: Runtime, intent: Intent) -> Outcome:
    """Settle `intent` by what the provider has; raises as `deliver` does."""
    body = await runtime.journal.database.run(runtime.journal.intents.request_body, intent.id)
    if intent.operation in REPEATABLE:
        return await _leave_key_behind(runtime, intent, body)
    how = LOOK_UPS.get(intent.operation)
    request = _request_fields(body)
    if how is None or (how.is_ours is _same_reference and not request.get("custom_reference")):
        return await _ask_a_person(runtime, intent, "no list can tell whether it was created")
    try:
        found = await _matches(runtime, intent, how, request)
        if len(found.in_time) == 1:
            return await _adopt(runtime, intent, how, found.in_time[0])
    except (ApiError, TransportError) as error:
        raise NotSettled(intent, f"look-up failed: {type(error).__name__}") from error
    if found.in_time:
        return await _ask_a_person(runtime, intent, "more than one record matches")
    if found.at_another_time:
        return await _ask_a_person(runtime, intent, "a record matches, but was made another time")
    return await _leave_key_behind(runtime, intent, body)


@dataclass(slots=True)
class _Matches:
    """Records that compare with our request, by whether they were made when it was sent."""

    in_time: list[Any] = field(default_factory=list)
    at_another_time: int = 0


async def _matches(
    runtime: Runtime, intent: Intent, how: LookUp, request: dict[str, Any]
) -> _Matches:
    first = intent.first_sent_at or intent.opened_at
    last = intent.last_sent_at or first
    found = _Matches()
    records = how.candidates(runtime.cloud, request, first - CLOCK_DOUBT, last + CLOCK_DOUBT)
    async for record in records:
        if not how.is_ours(request, record):
            continue
        # Not left to the list's filters: a provider may ignore them (reference, section 6).
        at = record.created_at
        if at is not None and not first - SKEW <= at <= last + LATE_WORK:
            found.at_another_time += 1
            continue
        found.in_time.append(record)
        if len(found.in_time) == ENOUGH:
            break
    return found


async def _adopt(runtime: Runtime, intent: Intent, how: LookUp, record: Any) -> Outcome:
    await runtime.budget.take()
    request = runtime.cloud.prepare(how.get, id=record.id)
    answer = await runtime.cloud.exchange(request, idempotency_key=None)
    runtime.cloud.read(how.get, answer)
    closing = Closing(
        disposition=Disposition.SUCCEEDED.value,
        state=State.SUCCEEDED,
        status=answer.status,
        replayed=False,
        record_id=str(record.id),
        reason="adopted by look-up",
        answer=answer.body,
    )
    journal = runtime.journal
    settled = await journal.database.run(
        journal.intents.settle_found, intent, closing, runtime.clock.now()
    )
    return _conclude(settled, intent.key)


async def _ask_a_person(runtime: Runtime, intent: Intent, why: str) -> Outcome:
    closing = Closing(
        disposition=Disposition.STOP.value, state=State.NEEDS_ATTENTION, reason=why, look_up=True
    )
    journal = runtime.journal
    settled = await journal.database.run(
        journal.intents.settle_found, intent, closing, runtime.clock.now()
    )
    return _conclude(settled, intent.key)


def _conclude(intent: Intent, key: str) -> Outcome:
    """What stands in the journal after a look-up: another one may have been faster."""
    settled = settled_outcome(intent, key)
    if settled is None:
        raise NotSettled(intent, "another process is at it")
    return settled


async def _leave_key_behind(runtime: Runtime, intent: Intent, body: bytes) -> Outcome:
    """Nothing was created under the old key: open the next generation, which the caller sends."""
    repeatable = intent.operation in REPEATABLE
    wish = Wish(
        intent.operation, intent.reference, intent.method, intent.path, body, repeatable=repeatable
    )
    journal = runtime.journal
    moved = await journal.database.run(
        journal.intents.next_generation, wish, intent.key, runtime.clock.now()
    )
    if moved.key == intent.key:
        raise NotSettled(moved, "nothing was found, but the provider may still be at work")
    raise GenerationMovedOn(moved)


def _request_fields(body: bytes) -> dict[str, Any]:
    """The request's fields, taken out of their envelope."""
    document = json.loads(body) if body else {}
    if len(document) == 1:
        (inner,) = document.values()
        if isinstance(inner, dict):
            return inner
    return dict(document)
