"""Which records were made when a request of ours was sent; knows no operation, settles nothing."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from smarterpay.journal.decision import LATE_WORK, may_be_at_work
from smarterpay.journal.intents import Intent
from smarterpay.orchestration.runtime import Runtime

#: How far before the first send a record may claim to be created: our clocks may differ.
SKEW = timedelta(minutes=15)
#: A record under our reference that is off by more, up to this, is nobody's guess: ours, by a
#: clock that was wrong (by an hour, where a machine takes local time for UTC), or a stranger's.
CLOCK_DOUBT = timedelta(days=1)
#: More matches than this are not read: two are too many already.
ENOUGH = 2


@dataclass(slots=True)
class Matches:
    """Records that compare with our request, by whether they were made when it was sent."""

    in_time: list[Any] = field(default_factory=list)
    at_another_time: int = 0


def window(intent: Intent) -> tuple[datetime, datetime]:
    """What to list: from long before the first send to long after the last."""
    first, last = _sent(intent)
    return first - CLOCK_DOUBT, last + CLOCK_DOUBT


def made_in_time(intent: Intent, created_at: datetime | None) -> bool:
    """Whether a record can be the one `intent` made; one without a time may be.

    Not left to the list's filters: a provider may ignore them (reference, section 6).
    """
    first, last = _sent(intent)
    return created_at is None or first - SKEW <= created_at <= last + LATE_WORK


async def matches(
    runtime: Runtime,
    intent: Intent,
    records: AsyncIterator[Any],
    is_ours: Callable[[Any], bool],
) -> Matches:
    """Sort `records`. One that another intent is known to have made is not ours."""
    found = Matches()
    seen: set[str] = set()  # where records are added meanwhile, one may stand on two pages
    async for record in records:
        if str(record.id) in seen:
            continue
        seen.add(str(record.id))
        if not is_ours(record) or await is_anothers(runtime, intent, record):
            continue
        if not made_in_time(intent, record.created_at):
            found.at_another_time += 1
            continue
        found.in_time.append(record)
        if len(found.in_time) == ENOUGH:
            break
    return found


def still_at_work(runtime: Runtime, intent: Intent) -> bool:
    """Whether the provider may still be at work, even where its answer is known."""
    return may_be_at_work(intent.last_sent_at, False, runtime.clock.now())


def request_fields(body: bytes) -> dict[str, Any]:
    """The request's fields, taken out of their envelope."""
    document = json.loads(body) if body else {}
    if len(document) == 1:
        (inner,) = document.values()
        if isinstance(inner, dict):
            return inner
    return dict(document)


def _sent(intent: Intent) -> tuple[datetime, datetime]:
    first = intent.first_sent_at or intent.opened_at
    return first, intent.last_sent_at or first


async def is_anothers(runtime: Runtime, intent: Intent, record: Any) -> bool:
    """Whether another intent of the same operation is known to have made `record`."""
    journal = runtime.journal
    owner = await journal.database.run(journal.intents.maker_of, intent.operation, str(record.id))
    return owner is not None and owner.id != intent.id
