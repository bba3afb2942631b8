"""Takes one intent through one exchange and settles it; knows nothing of Prefect.

Steps 3 to 5 of design section 3. Whoever calls it again after an error continues where the
journal stands.
"""

import asyncio
import logging
import time

from smarterpay.api import Answer, ApiError, HeaderRejected, PreparedRequest, TransportError
from smarterpay.api.catalogue import get_operation
from smarterpay.api.disposition import Disposition, dispose, is_in_progress
from smarterpay.api.error_body import read_error_body
from smarterpay.journal.decision import Decision, Known, State, decide
from smarterpay.journal.intents import Attempt, Busy, Closing, Intent
from smarterpay.journal.leases import LEASE_SECONDS, is_free, new_lease
from smarterpay.orchestration.look_up import look_up
from smarterpay.orchestration.outcome import (
    Misconfigured,
    NotSettled,
    Outcome,
    settled_outcome,
)
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

#: What an exchange came to; `HeaderRejected` and `ConnectFailed` say that nothing was sent.
Result = Answer | TransportError | HeaderRejected


async def deliver(runtime: Runtime, intent_id: str, key: str) -> Outcome:
    """Bring the intent to a settled outcome with at most one exchange, and return it.

    Raises `NotSettled` when it has to be tried again, `NeedsAttention`, `Misconfigured`, and
    `GenerationMovedOn` when `key` is no longer the intent's key.
    """
    journal = runtime.journal
    while True:
        intent = await journal.database.run(journal.intents.get, intent_id)
        settled = settled_outcome(intent, key)
        if settled is not None:
            return settled
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
        if not isinstance(started, Busy):
            return await _exchange(runtime, intent, *started)


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
    closing = _closing(runtime, intent, result, milliseconds)
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
        return await runtime.cloud.exchange(
            request, idempotency_key=key, on_sent=lambda: reached(RecoveryPoint.AFTER_SEND)
        )
    except (TransportError, HeaderRejected) as error:
        return error


def _closing(runtime: Runtime, intent: Intent, result: Result, milliseconds: int) -> Closing:
    """What the journal is told about an exchange."""
    error: ApiError | None = None
    record_id: str | None = None
    if isinstance(result, Answer):
        try:
            record = runtime.cloud.read(intent.operation, result)
            found = getattr(record, "id", None)
            record_id = None if found is None else str(found)
        except ApiError as caught:
            error = caught
    disposition = _disposition(result, error)
    return Closing(
        disposition=disposition.value,
        state=_state_after(disposition, result),
        for_itself_only=disposition is Disposition.REFUSED and not _is_by_the_work(result),
        look_up=disposition is Disposition.STOP and _is_replayed_server_error(result),
        status=result.status if isinstance(result, Answer) else None,
        replayed=result.replayed if isinstance(result, Answer) else None,
        request_id=result.request_id if isinstance(result, Answer) else None,
        milliseconds=milliseconds,
        error=_describe(error if error is not None else result),
        reason=_describe(error if error is not None else result),
        record_id=record_id,
        answer=result.body if isinstance(result, Answer) else None,
    )


def _disposition(result: Result, error: ApiError | None) -> Disposition:
    """`dispose`, and what only the writer of a journal has to know."""
    if isinstance(result, HeaderRejected):
        return Disposition.MISCONFIGURED  # a token that no header can carry
    disposition = dispose(result)
    if disposition is Disposition.SUCCEEDED and error is not None:
        # A 2xx that cannot be read as the record it should hold proves nothing.
        return Disposition.UNKNOWN
    if isinstance(result, Answer) and result.status == 409 and is_in_progress(result):
        # This exchange executed nothing, but another one under the key is at it (section 2).
        return Disposition.UNKNOWN
    if isinstance(result, Answer) and not result.replayed and _is_wrong_address(result):
        return Disposition.MISCONFIGURED
    return disposition


def _is_wrong_address(answer: Answer) -> bool:
    """Whether the provider does not know what we call: then no row is at fault.

    A refusal would stand until the data change, and the data are right. A 404 for a record in
    the path is a refusal: there is no such record (reference, section 4).
    """
    unknown_path = answer.status == 404 and not get_operation(answer.operation).takes_id
    return unknown_path or answer.status in (405, 406)


def _is_by_the_work(result: Result) -> bool:
    """Whether a refusal was given after the key was looked at, and so speaks for the key.

    404, 405, 406, 409 and 422 are not (reference, section 2, "Which answers are stored"), and a
    proxy on the way knows no key at all.
    """
    if not isinstance(result, Answer):
        return False
    return result.replayed or (
        result.status == 400 and read_error_body(result.body, result.status).structured
    )


def _state_after(disposition: Disposition, result: Result) -> State | None:
    match disposition:
        case Disposition.SUCCEEDED:
            return State.SUCCEEDED
        case Disposition.REFUSED:
            return State.REFUSED
        case Disposition.UNKNOWN:
            return State.UNKNOWN
        case Disposition.STOP:
            # A replayed 500 is looked up (reference, section 4); a reused key is our bug.
            if _is_replayed_server_error(result):
                return State.UNKNOWN
            return State.NEEDS_ATTENTION
        case Disposition.RETRY | Disposition.MISCONFIGURED:
            return None


def _is_replayed_server_error(result: Result) -> bool:
    return isinstance(result, Answer) and result.replayed and result.status >= 500


def _describe(result: Result | ApiError) -> str | None:
    """Error class and names of fields: never a value, never the provider's prose."""
    if isinstance(result, Answer):
        return None
    if isinstance(result, ApiError):
        fields = ", ".join(sorted(set(result.shown_fields)))
        name = type(result).__name__
        return (f"{name}: {fields}" if fields else name)[:255]
    return type(result).__name__


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
