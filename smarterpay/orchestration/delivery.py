"""Takes one intent through one exchange and settles it; knows nothing of Prefect.

Steps 3 to 5 of design section 3. Whoever calls it again after an error continues where the
journal stands. What an exchange means for its intent is `judgement`'s to say.
"""

import asyncio
import logging
import time

from smarterpay.api import Answer, HeaderRejected, PreparedRequest, TransportError
from smarterpay.api.disposition import Disposition
from smarterpay.api.errors import TokenNotFetched
from smarterpay.journal.decision import Decision, Known, decide
from smarterpay.journal.intents import Attempt, Busy, Closing, Intent
from smarterpay.journal.leases import LEASE_SECONDS, is_free, new_lease
from smarterpay.orchestration.judgement import Result, closing_of
from smarterpay.orchestration.look_up import look_up
from smarterpay.orchestration.outcome import (
    Misconfigured,
    NotSettled,
    Outcome,
    settled_outcome,
)
from smarterpay.orchestration.reading import TOKEN_SPENT
from smarterpay.orchestration.recovery import RecoveryPoint, reached
from smarterpay.orchestration.runtime import Runtime

_log = logging.getLogger("smarterpay.operations")

#: How often a process looks whether another one has settled the intent it waits for, in seconds.
LEASE_POLL_SECONDS = 0.25
#: What an exchange takes besides waiting for its answer, in seconds.
LEASE_MARGIN = 15.0
#: Pause for every process after a 503 (reference, section 4: maintenance), in seconds.
MAINTENANCE_PAUSE = 5.0
#: A `Retry-After` is heeded up to this, in seconds: a nonsensical one must not stop us for years.
LONGEST_PAUSE = 300.0


async def deliver(runtime: Runtime, intent_id: str, key: str) -> Outcome:
    """Bring the intent to a settled outcome with at most one exchange, and return it.

    A second one follows at once where the token was spent and could be renewed (498, section 4).
    Raises `NotSettled` when it has to be tried again, `NeedsAttention`, `Misconfigured`, and
    `GenerationMovedOn` when `key` is no longer the intent's key.
    """
    journal = runtime.journal
    renewed = False
    while True:
        intent = await journal.database.run(journal.intents.get, intent_id)
        settled = settled_outcome(intent, key)
        if settled is not None:
            return settled
        if intent.bulk_intent_id is not None:
            raise NotSettled(intent, "a bulk call carries it, and settles it")
        if not is_free(intent, None):
            await asyncio.sleep(LEASE_POLL_SECONDS)
            continue
        if _must_look_up(runtime, intent):
            return await look_up(runtime, intent)
        await runtime.budget.take()
        # Longer than we wait for an answer, so that nobody asks again before we know it.
        lease = new_lease(max(LEASE_SECONDS, runtime.settings.read_timeout + LEASE_MARGIN))
        started = await journal.database.run(
            journal.intents.start_attempt, intent_id, key, lease, runtime.clock.now()
        )
        if isinstance(started, Busy):
            continue
        try:
            return await _exchange(runtime, intent, *started)
        except Misconfigured as error:
            if renewed or error.intent.status != TOKEN_SPENT:
                raise
            renewed = await _token_renewed(runtime, intent)
            if not renewed:
                raise


async def _token_renewed(runtime: Runtime, intent: Intent) -> bool:
    try:
        return await runtime.client(intent.operation).renew_token()
    except TokenNotFetched as error:
        # The token endpoint is down: that passes, and nothing of ours was refused.
        untouched = await runtime.journal.database.run(runtime.journal.intents.get, intent.id)
        raise NotSettled(
            untouched, "the token is spent, and none can be fetched for now"
        ) from error
    except TransportError:
        return False  # no token will be given: the 498 stands


def _must_look_up(runtime: Runtime, intent: Intent) -> bool:
    known = Known(intent.state, intent.first_sent_at, intent.look_up, same_bytes=True)
    return decide(known, runtime.clock.now()) is Decision.LOOK_UP


async def _exchange(runtime: Runtime, intent: Intent, attempt: Attempt, body: bytes) -> Outcome:
    request = PreparedRequest(
        operation=intent.operation,
        method=intent.method,
        path=intent.path,
        query=(),
        body=body or None,
    )
    began = time.perf_counter()
    result = await _send(runtime, request, attempt.key)
    milliseconds = round((time.perf_counter() - began) * 1000)
    reached(RecoveryPoint.AFTER_ANSWER)
    closing = closing_of(runtime.client(intent.operation), intent.operation, result, milliseconds)
    journal = runtime.journal
    # Shielded: an answer in hand is written down, though the run be cancelled at this moment.
    settled = await asyncio.shield(
        journal.database.run(journal.intents.close_attempt, attempt, closing, runtime.clock.now())
    )
    reached(RecoveryPoint.AFTER_SETTLE)
    _log_attempt(settled, attempt, closing)
    await _heed(runtime, result)
    return _conclude(settled, attempt, closing)


async def _send(runtime: Runtime, request: PreparedRequest, key: str) -> Result:
    try:
        return await runtime.client(request.operation).exchange(
            request, idempotency_key=key, on_sent=lambda: reached(RecoveryPoint.AFTER_SEND)
        )
    except (TransportError, HeaderRejected) as error:
        return error


async def _heed(runtime: Runtime, result: Result) -> None:
    """Hold every process back when the provider said so."""
    if not isinstance(result, Answer):
        return
    asked = min(result.retry_after, LONGEST_PAUSE) if result.retry_after else None
    if result.status == 429:
        await runtime.budget.cool_down(asked or runtime.settings.rate_window)
    elif result.status == 503:
        await runtime.budget.cool_down(asked or MAINTENANCE_PAUSE)


def _conclude(intent: Intent, attempt: Attempt, closing: Closing) -> Outcome:
    settled = settled_outcome(intent, attempt.key)
    if settled is not None:
        return settled
    what = f"{closing.status or 'no answer'}, {closing.reason or closing.disposition}"
    if closing.disposition == Disposition.MISCONFIGURED:
        raise Misconfigured(intent, what)
    raise NotSettled(intent, what)


def _log_attempt(intent: Intent, attempt: Attempt, closing: Closing) -> None:
    _log.info(
        "operation=%s intent=%s attempt=%d generation=%d"
        " status=%s disposition=%s ms=%s replayed=%s",
        intent.operation,
        intent.id,
        attempt.number,
        attempt.generation,
        closing.status,
        closing.disposition,
        closing.milliseconds,
        closing.replayed,
    )
