"""Fulfils a wish: opens its intent, has it delivered, and follows it through generations.

It knows nothing of Prefect: how an intent is delivered is handed in.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from smarterpay.journal.decision import Decision
from smarterpay.journal.intents import AnothersIntent, Intent, Wish
from smarterpay.orchestration.outcome import (
    GenerationMovedOn,
    IntentConflict,
    Misconfigured,
    NotSettled,
    Outcome,
)
from smarterpay.orchestration.recovery import RecoveryPoint, reached
from smarterpay.orchestration.runtime import Runtime

#: A call moves on to a new generation at most this often; more means two callers fight.
MAX_GENERATIONS_PER_CALL = 5


async def fulfil(
    runtime: Runtime, wish: Wish, deliver: Callable[[Intent], Awaitable[Outcome]]
) -> Outcome:
    """The settled outcome of exactly the bytes wished for.

    Raises `IntentConflict` if the reference stands for other bytes, `Misconfigured` if it stands
    for another merchant's, and what `deliver` raises.
    """
    journal = runtime.journal
    for _ in range(MAX_GENERATIONS_PER_CALL):
        reached(RecoveryPoint.BEFORE_COMMIT)
        try:
            intent, decision = await journal.database.run(
                journal.intents.open, wish, runtime.clock.now()
            )
        except AnothersIntent as error:
            raise Misconfigured(error.intent, str(error)) from None
        reached(RecoveryPoint.AFTER_COMMIT)
        # Compared before delivery: a hit in Prefect's cache would skip the task's body.
        if decision is Decision.CONFLICT:
            raise await _conflict(runtime, intent, wish)
        if decision is Decision.WAIT_FOR_BULK:
            raise NotSettled(intent, "a bulk call carries it, and settles it")
        try:
            outcome = await deliver(intent)
        except GenerationMovedOn:
            continue
        if intent.request_sha256 == wish.digest:
            return outcome
        # What was sent before is settled now; ask the journal again about these bytes.
    raise NotSettled(intent, "the reference is being used for other data at the same time")


async def _conflict(runtime: Runtime, intent: Intent, wish: Wish) -> IntentConflict:
    journal = runtime.journal
    stored = await journal.database.run(journal.intents.request_body, intent.id)
    return IntentConflict(intent, differing_fields(stored, wish.body) or ("path",))


def differing_fields(before: bytes, after: bytes) -> tuple[str, ...]:
    """Dotted names of the JSON fields in which two request bodies differ; never their values."""
    one, other = (_flat(json.loads(body)) if body else {} for body in (before, after))
    return tuple(
        sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
    )


def _flat(document: Any, prefix: str = "") -> dict[str, Any]:
    if not isinstance(document, dict):
        return {prefix: document}
    fields: dict[str, Any] = {}
    for name, value in document.items():
        fields |= _flat(value, f"{prefix}.{name}" if prefix else name)
    return fields
