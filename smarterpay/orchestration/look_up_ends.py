"""The ends a look-up can come to, each written to the journal; knows no list and no record.

A record that was found is adopted, a doubt is left to a person, and a key under which nothing
was created is left behind.
"""

from smarterpay.api.disposition import Disposition
from smarterpay.journal.decision import State
from smarterpay.journal.intents import Closing, Intent, Wish
from smarterpay.orchestration.outcome import (
    GenerationMovedOn,
    NotSettled,
    Outcome,
    settled_outcome,
)
from smarterpay.orchestration.runtime import Runtime


async def adopt(
    runtime: Runtime,
    intent: Intent,
    *,
    record_id: str,
    record_status: str | None,
    status: int,
    answer: bytes,
    made: bool = True,
) -> Outcome:
    """Settle `intent` with a record that was found; `answer` is what its create would answer.

    `made` unless the record is one that the intent only changed. A record that another intent
    made in the same moment is left to a person.
    """
    closing = Closing(
        disposition=Disposition.SUCCEEDED.value,
        state=State.SUCCEEDED,
        status=status,
        replayed=False,
        record_id=record_id,
        record_status=record_status,
        reason="adopted by look-up",
        made=made,
        answer=answer,
    )
    return await _settle(runtime, intent, closing)


async def ask_a_person(runtime: Runtime, intent: Intent, why: str) -> Outcome:
    """Leave `intent` to a person; raises `NeedsAttention`."""
    closing = Closing(
        disposition=Disposition.STOP.value, state=State.NEEDS_ATTENTION, reason=why, look_up=True
    )
    return await _settle(runtime, intent, closing)


async def leave_key_behind(
    runtime: Runtime, intent: Intent, body: bytes, *, repeatable: bool = False
) -> Outcome:
    """Nothing was created under the old key: open the next generation, which the caller sends.

    Raises `GenerationMovedOn`, or `NotSettled` while the provider may still be at work.
    """
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


async def _settle(runtime: Runtime, intent: Intent, closing: Closing) -> Outcome:
    journal = runtime.journal
    settled = await journal.database.run(
        journal.intents.settle_found, intent, closing, runtime.clock.now()
    )
    outcome = settled_outcome(settled, intent.key)
    if outcome is None:
        raise NotSettled(settled, "another process is at it")
    return outcome
