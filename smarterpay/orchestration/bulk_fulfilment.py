"""Fulfils a bulk wish: opens the call with its rows, has it delivered, and follows it to its end.

It knows nothing of Prefect: how the call is delivered and its API request read is handed in.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence

from smarterpay.api import ApiError, TransportError
from smarterpay.api.errors import NotFound
from smarterpay.api.models.api_request import ApiRequest, ApiRequestRow, ApiRequestRowStatus
from smarterpay.journal.bulk import BulkRow, BulkWish, RowVerdict
from smarterpay.journal.decision import KEY_HORIZON, State
from smarterpay.journal.intents import AnothersIntent, Intent
from smarterpay.orchestration.bulk_look_up import verdicts_from_list
from smarterpay.orchestration.bulk_outcome import BulkOutcome, bulk_outcome
from smarterpay.orchestration.look_up_window import still_at_work
from smarterpay.orchestration.outcome import (
    GenerationMovedOn,
    Misconfigured,
    NeedsAttention,
    NotSettled,
    Outcome,
)
from smarterpay.orchestration.recovery import RecoveryPoint, reached
from smarterpay.orchestration.runtime import Runtime

_log = logging.getLogger("smarterpay.operations")

#: Pauses between two looks at an API request, in seconds: the first, and what they double up to.
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
#: For how many seconds of pauses one call follows its API request, unless told otherwise.
FOLLOW_SECONDS = 600.0

Deliver = Callable[[Intent], Awaitable[Outcome]]
Poll = Callable[[str], Awaitable[ApiRequest]]


async def fulfil_bulk(
    runtime: Runtime,
    wish: BulkWish,
    deliver: Deliver,
    poll: Poll,
    *,
    follow_for: float = FOLLOW_SECONDS,
) -> BulkOutcome:
    """What became of every row, as far as it can be told within `follow_for` seconds of pauses.

    A row that is not settled then is followed by the next call under the same reference. Raises
    `Misconfigured`; what else goes wrong is told in the outcome, row by row.
    """
    call, trouble = await _delivered(runtime, wish, deliver)
    if call is not None and call.state is State.SUCCEEDED and trouble is None:
        trouble = await _follow(runtime, call, poll, follow_for)
    outcome = await bulk_outcome(runtime, wish, call, trouble)
    if call is not None:
        _log_outcome(call, outcome)
    return outcome


async def _delivered(
    runtime: Runtime, wish: BulkWish, deliver: Deliver
) -> tuple[Intent | None, str | None]:
    """The call as it stands once it was sent, and what kept it from being settled."""
    journal = runtime.journal
    reached(RecoveryPoint.BEFORE_COMMIT)
    try:
        call = await journal.database.run(journal.bulks.open, wish, runtime.clock.now())
    except AnothersIntent as error:
        raise Misconfigured(error.intent, str(error)) from None
    reached(RecoveryPoint.AFTER_COMMIT)
    if call is None:
        return None, None
    trouble = None
    try:
        await deliver(call)
    except (NotSettled, NeedsAttention, GenerationMovedOn) as error:
        trouble = type(error).__name__
    return await journal.database.run(journal.intents.get, call.id), trouble


async def _follow(runtime: Runtime, call: Intent, poll: Poll, follow_for: float) -> str | None:
    """Settle rows as the API request tells them, until all are; what ended that early, if any.

    No lease is held: whoever asks, the first word on a row stands.
    """
    journal = runtime.journal
    pause, waited = FIRST_PAUSE, 0.0
    while True:
        # Asked before each look: webhooks may have settled rows meanwhile.
        waiting = await _waiting(runtime, call)
        if not waiting or call.record_id is None:
            return None
        try:
            verdicts = await _verdicts(runtime, call, waiting, poll)
        except (ApiError, TransportError) as error:
            return type(error).__name__
        await journal.database.run(
            journal.bulks.settle_rows, call.id, verdicts, runtime.clock.now()
        )
        reached(RecoveryPoint.BETWEEN_POLLS)
        if len(verdicts) == len(waiting):
            return None
        if waited >= follow_for:
            return "the API request is not completed"
        await runtime.sleep(pause)
        waited += pause
        pause = min(pause * 2, LONGEST_PAUSE)


async def _waiting(runtime: Runtime, call: Intent) -> Sequence[BulkRow]:
    rows = await runtime.journal.database.run(runtime.journal.bulks.rows, call.id)
    return [row for row in rows if row.intent.state is State.UNKNOWN]


async def _verdicts(
    runtime: Runtime, call: Intent, waiting: Sequence[BulkRow], poll: Poll
) -> Sequence[RowVerdict]:
    size = await runtime.journal.database.run(runtime.journal.bulks.size, call.id)
    try:
        request = await poll(str(call.record_id))
    except NotFound:
        # It took the call in and knows nothing of it any more: the list must tell.
        if still_at_work(runtime, call):
            raise
        return await _told_by_list(runtime, call, waiting)
    except ApiError:
        if not _is_overdue(runtime, call):
            raise
        return await _told_by_list(runtime, call, waiting)
    told = read_verdicts(request, call, waiting, size)
    judged = {one.position for one in told}
    left = [row for row in waiting if row.position not in judged]
    if left and _is_overdue(runtime, call):
        return [*told, *await _told_by_list(runtime, call, left)]
    return told


def _is_overdue(runtime: Runtime, call: Intent) -> bool:
    """Whether an API request has had as long as a key lives; nothing more is awaited of it.

    Its rows would else wait for ever, and no person could settle what is not settled.
    """
    sent = call.last_sent_at
    return sent is not None and runtime.clock.now() - sent >= KEY_HORIZON


async def _told_by_list(
    runtime: Runtime, call: Intent, rows: Sequence[BulkRow]
) -> Sequence[RowVerdict]:
    return list((await verdicts_from_list(runtime, call, rows)).values())


def read_verdicts(
    request: ApiRequest, call: Intent, waiting: Sequence[BulkRow], size: int
) -> Sequence[RowVerdict]:
    """What `request` says of the rows still waiting, in a `call` of `size` rows (section 7.9).

    Rows are told apart by their place alone. If it does not number exactly our rows, nothing it
    says of one can be trusted; and once it is completed, nothing more will come. Another API
    request than the one that took the call in says nothing at all.
    """
    if not _is_of_call(request, call):
        return []
    told = _by_place(request, size)
    verdicts = []
    for row in waiting:
        said = told.get(row.position)
        if said is not None and said.status is ApiRequestRowStatus.CREATED and said.id:
            verdicts.append(RowVerdict(row.position, record_id=said.id))
        elif said is not None and said.status is ApiRequestRowStatus.FAILED and not said.id:
            verdicts.append(RowVerdict(row.position, refusal=said.message or ""))
        elif request.is_completed:
            why = "the API request ended without telling what became of it"
            verdicts.append(RowVerdict(row.position, reason=why))
    return verdicts


def _is_of_call(request: ApiRequest, call: Intent) -> bool:
    """Whether it is the one asked for, and none of the other kind of record (7.9)."""
    other = "credit" if call.operation.startswith("payment.") else "payment"
    kind = (request.record_type or "").strip().lower()
    return request.id == call.record_id and not kind.startswith(other)


def _by_place(request: ApiRequest, size: int) -> dict[int, ApiRequestRow]:
    """The rows by their place; none if the places are not ours, or a record is two rows'."""
    records = request.records or ()
    told = {row.index: row for row in records if row.index is not None}
    if request.total_count not in (None, size) or len(records) != size:
        return {}
    made = [row.id for row in records if row.id]
    if len(set(made)) != len(made):
        return {}
    return told if told.keys() == set(range(size)) else {}


def _log_outcome(call: Intent, outcome: BulkOutcome) -> None:
    _log.info(
        "operation=%s intent=%s call=%s rows=%d settled=%s",
        call.operation,
        call.id,
        outcome.call,
        len(outcome.rows),
        outcome.is_settled,
    )
