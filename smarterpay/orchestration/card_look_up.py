"""Settles a card call of unknown outcome by the payments it may have left.

The provider's list does not show the gateway's books (reference, section 8: check before charging
again): that nothing is found proves nothing where money moves, so nothing follows it unasked. A
Register charges nothing before the payer has completed it; a Void is told by the payment it names.
"""

from typing import Any
from urllib.parse import unquote

from smarterpay.api.catalogue import OPERATIONS
from smarterpay.api.errors import GatewaySilent, NotFound
from smarterpay.api.models.payment import Payment
from smarterpay.api.models.transaction import TransactionStatus
from smarterpay.journal.intents import Intent
from smarterpay.money.refund_rails import Rail
from smarterpay.orchestration.card_answers import card_answer, undoing_answer
from smarterpay.orchestration.look_up_ends import adopt, ask_a_person, leave_key_behind
from smarterpay.orchestration.look_up_table import is_findable
from smarterpay.orchestration.look_up_window import (
    matches,
    request_fields,
    still_at_work,
    window,
)
from smarterpay.orchestration.outcome import NotSettled, Outcome
from smarterpay.orchestration.reading import read_record
from smarterpay.orchestration.record_status import record_status
from smarterpay.orchestration.runtime import Runtime

_FINAL = frozenset(
    {TransactionStatus.SUCCESSFUL, TransactionStatus.FAILED, TransactionStatus.CANCELLED}
)
#: They change a payment that exists and leave none of their own (reference, section 11).
_UNDOING = frozenset({"transaction.void", "transaction.cancel_deferred"})
#: They move money at a gateway, whose books no list of the provider's shows.
_MOVING_MONEY = frozenset(
    {
        "transaction.refund",
        "transaction.repeat",
        "transaction.release_deferred",
        "transaction.release_authorised",
    }
)
#: Every `payment_type` of section 8: a payment that names another one than ours is not ours.
_CARD_TYPES = frozenset(
    {
        *("MOTO", "Ecommerce", "DeferredMOTO", "DeferredEcommerce"),
        *("AuthenticateMOTO", "AuthenticateEcommerce"),
        *("Void", "Refund", "Repeat", "DeferredRelease", "DeferredCancel", "AuthoriseRelease"),
    }
)


async def look_up_card(runtime: Runtime, intent: Intent, body: bytes) -> Outcome:
    """Settle `intent` by the card payments that carry its reference; raises as `deliver` does."""
    request = request_fields(body)
    reference = request.get("custom_reference")
    if not is_findable(reference):
        return await ask_a_person(runtime, intent, "no list can tell whether it was executed")
    start, end = window(intent)
    records = runtime.cloud.payments.list(
        custom_reference=reference, created_from=start, created_to=end, to_the_end=True
    )
    found = await matches(runtime, intent, records, lambda one: _is_ours(intent, request, one))
    if len(found.in_time) == 1:
        return await _judge(runtime, intent, request, found.in_time[0])
    if found.in_time:
        return await ask_a_person(runtime, intent, "more than one payment matches")
    if found.at_another_time:
        return await ask_a_person(runtime, intent, "a payment matches, but was made another time")
    return await _nothing_found(runtime, intent, request, body)


async def _judge(
    runtime: Runtime, intent: Intent, request: dict[str, Any], payment: Payment
) -> Outcome:
    """One payment: adopted if the gateway has finished with it, whatever that came to."""
    if request.get("amount") not in (None, payment.amount):
        return await ask_a_person(runtime, intent, "a payment matches, but for another amount")
    if payment.status in _FINAL:
        status = record_status(payment)
        return await _adopt(runtime, intent, payment, status, card_answer(payment))
    if still_at_work(runtime, intent):
        raise NotSettled(intent, "its payment is there, the gateway has not finished with it")
    return await ask_a_person(runtime, intent, "its payment is there and never came to an end")


async def _nothing_found(
    runtime: Runtime, intent: Intent, request: dict[str, Any], body: bytes
) -> Outcome:
    undoes = await _payment_to_undo(runtime, intent, request)
    if undoes is not None:
        undone = await _undone_payment(runtime, intent, undoes)
        if undone is not None:
            answer = undoing_answer(undone, request)
            return await _adopt(runtime, intent, undone, TransactionStatus.SUCCESSFUL, answer)
    if still_at_work(runtime, intent):
        raise NotSettled(intent, "no payment was found, but the gateway may still be at work")
    if await _was_silent(runtime, intent):
        return await ask_a_person(runtime, intent, "the gateway was silent and left no payment")
    if intent.operation in _MOVING_MONEY:
        return await ask_a_person(runtime, intent, "no payment was found; ask the gateway")
    if intent.operation in _UNDOING and undoes is None:
        return await ask_a_person(runtime, intent, "no list can tell whether it was executed")
    return await leave_key_behind(runtime, intent, body)


async def _payment_to_undo(runtime: Runtime, intent: Intent, request: dict[str, Any]) -> str | None:
    """The payment that a void names. A DeferredCancel names none: the refund it is for does."""
    if intent.operation not in _UNDOING:
        return None
    named: str | None = request.get("related_payment_id")
    if named:
        return named
    journal = runtime.journal
    refund = await journal.database.run(journal.refunds.find, intent.reference)
    return refund.item_id if refund and refund.rail is Rail.CANCEL_DEFERRED else None


async def _undone_payment(runtime: Runtime, intent: Intent, payment_id: str) -> Payment | None:
    """The payment, if it is undone: then nothing is left to do, whoever did it."""
    try:
        _, payment = await read_record(runtime, "payment.get", payment_id)
    except NotFound:
        return None
    if not isinstance(payment, Payment):
        raise TypeError("payment.get gave no payment")
    undone = payment.status == TransactionStatus.CANCELLED
    return payment if undone and _is_on_the_card(intent, payment) else None


async def _was_silent(runtime: Runtime, intent: Intent) -> bool:
    """Whether the gateway was silent on any exchange under this key."""
    journal = runtime.journal
    attempts = await journal.database.run(journal.intents.attempts, intent.id)
    return any(
        attempt.generation == intent.generation
        and (attempt.error or "").startswith(GatewaySilent.__name__)
        for attempt in attempts
    )


def _is_ours(intent: Intent, request: dict[str, Any], payment: Payment) -> bool:
    """A card payment under our reference, on our card, and of no other kind than ours."""
    another_kind = payment.payment_type in _CARD_TYPES - {request.get("payment_type")}
    return (
        payment.custom_reference == request["custom_reference"]
        and payment.card_id is not None
        and not another_kind
        and _is_on_the_card(intent, payment)
    )


def _is_on_the_card(intent: Intent, payment: Payment) -> bool:
    """Follow-ups name the card in the path; a Register makes a new one (section 6)."""
    if not OPERATIONS[intent.operation].takes_id:
        return True
    return payment.card_id in (None, unquote(intent.path.strip("/")))


async def _adopt(
    runtime: Runtime, intent: Intent, payment: Payment, status: str | None, answer: bytes
) -> Outcome:
    return await adopt(
        runtime,
        intent,
        record_id=payment.id,
        record_status=None if status is None else str(status),
        status=200,
        answer=answer,
        made=intent.operation not in _UNDOING,
    )
