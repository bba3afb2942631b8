"""Registers card payments and looks at what their payers have done; no Prefect flow here.

Sections 7.7 and 8. A payment's status is the provider's word; what it does not say is not
guessed: pending stays pending, past its deadline too.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from flows.batch_runs import in_turns
from flows.journey_outcomes import change_to, not_asked
from smarterpay.api import InvalidRequest
from smarterpay.api.errors import Refused
from smarterpay.api.models.payment import Payment
from smarterpay.api.models.transaction import TransactionStatus
from smarterpay.intake.payer_wishes import card_payment_of
from smarterpay.journal.journeys import CARD, Change, Journey, Stage
from smarterpay.orchestration.observing import see, seen_payment, seen_transaction
from smarterpay.orchestration.outcome import OperationError
from smarterpay.orchestration.runtime import Runtime
from smarterpay.settings import Settings
from tasks.payments import get_payment, list_payments
from tasks.transactions import register_transaction

#: Journeys looked at by one list call, at most; fewer than `LISTED_FROM` are read one by one.
DUE_AT_ONCE: Final = 500
LISTED_FROM: Final = 2

_DEFERRED, _AUTHENTICATE = "deferred", "authenticate"
_HELD = (Stage.RESERVED, Stage.AUTHENTICATED)
#: A stage, why in a word, and what a person is told.
_Told = tuple[Stage, str | None, str | None]
_RELEASED: Final[_Told] = (Stage.SUCCESSFUL, "released", "released")
_PLAIN_ENDS: Final[Mapping[str, _Told]] = {
    TransactionStatus.FAILED: (Stage.FAILED, None, None),
    TransactionStatus.ERROR: (
        Stage.ERROR,
        "gateway-error",
        "the gateway could not process it, or was silent; ask the gateway before charging again",
    ),
}


async def registered(runtime: Runtime, reference: str) -> Journey:
    """Have the card payment staged under `reference` registered, once; how it then stands.

    What was registered before is not asked for again. Raises `JourneyNotFound`.
    """
    journeys, settings, now = runtime.journal.journeys, runtime.settings, runtime.clock.now()
    soon = now + timedelta(minutes=settings.payer_look_minutes)
    journey, wish = await runtime.journal.database.run(journeys.begin, CARD, reference, now, soon)
    if journey.record_id or journey.stage not in (Stage.ASKING, Stage.NEEDS_ATTENTION):
        return journey
    request = card_payment_of(wish)
    try:
        settled = await register_transaction(request, reference=reference)
    except (OperationError, InvalidRequest) as error:
        return await _record(runtime, journey, not_asked(error, runtime.clock.now(), settings))
    made = settled.record
    told = seen_transaction(made, customer=request.customer_id, read_at=settled.read_at)
    await see(runtime, [told])
    waiting = change_to(
        Stage.WAITING,
        runtime.clock.now(),
        settings,
        record_id=made.id,
        card=made.card_id,
        record_created_at=made.created_at,
        deadline_at=(made.created_at or now) + timedelta(hours=settings.card_wait_hours),
    )
    journey = await _record(runtime, journey, waiting)
    if made.status == TransactionStatus.PENDING:
        return journey
    return await looked_at(runtime, reference)  # found by a look-up, with an end already


async def looked_at(runtime: Runtime, reference: str) -> Journey:
    """Look once at the card payment under `reference`, and write down what was seen.

    Raises `JourneyNotFound` and the errors of a read.
    """
    journeys = runtime.journal.journeys
    journey = await runtime.journal.database.run(journeys.get, CARD, reference)
    if journey.look_again_at is None:
        return journey  # not begun, or at its end
    if journey.record_id is None:
        return await registered(runtime, reference)
    return await _read(runtime, journey)


async def looked_at_due(runtime: Runtime) -> Mapping[str, Journey]:
    """Look at every card payment that is due, with one list call for up to `DUE_AT_ONCE` of them.

    Gives each as it then stands, by reference.
    """
    journal, now = runtime.journal, runtime.clock.now()
    seen: dict[str, Journey] = {}
    while True:
        found = await journal.database.run(journal.journeys.due, CARD, now, DUE_AT_ONCE)
        due = [journey for journey in found if journey.reference not in seen]
        if not due:
            return seen
        seen |= {journey.reference: journey for journey in due}
        seen |= await _looked_at_all(runtime, due)


async def _looked_at_all(runtime: Runtime, due: Sequence[Journey]) -> dict[str, Journey]:
    known = [journey for journey in due if journey.record_id and journey.record_created_at]
    payments = await _listed(runtime, known) if len(known) >= LISTED_FROM else {}
    await see(runtime, [seen_payment(payment) for payment in payments.values()])
    looked: dict[str, Journey] = {}

    async def look(journey: Journey) -> None:
        payment = payments.get(journey.record_id or "")
        if payment is not None:
            looked[journey.reference] = await _judged(runtime, journey, payment)
        else:  # without a record so far, or not in the list, which proves nothing
            looked[journey.reference] = await looked_at(runtime, journey.reference)

    await in_turns(runtime.settings.concurrency, (look(journey) for journey in due))
    return looked


async def _listed(runtime: Runtime, known: Sequence[Journey]) -> dict[str, Payment]:
    """The payments of these journeys, by id, from one list over the time they were made in."""
    created = [journey.record_created_at for journey in known if journey.record_created_at]
    wanted = {journey.record_id for journey in known}
    listed = await list_payments(
        created_from=min(created), created_to=max(created) + timedelta(seconds=1)
    )
    return {payment.id: payment for payment in listed if payment.id in wanted}


async def _read(runtime: Runtime, journey: Journey) -> Journey:
    try:
        payment = await get_payment(journey.record_id or "")
    except Refused:  # 404, or 400 (section 4)
        why = f"the provider does not give its payment {journey.record_id}; ask SmarterPay"
        return await _record(runtime, journey, _doubt(runtime, "payment-not-found", why))
    await see(runtime, [seen_payment(payment)])
    return await _judged(runtime, journey, payment)


async def _judged(runtime: Runtime, journey: Journey, payment: Payment) -> Journey:
    """Write down what a payment just read says of its journey; the ledger knows it already."""
    released = 0
    if journey.card and payment.status != TransactionStatus.PENDING:
        journeys = runtime.journal.journeys
        released = await runtime.journal.database.run(journeys.released_pence, journey.card)
    change = change_of(journey, payment, released, runtime.clock.now(), runtime.settings)
    return await _record(runtime, journey, change)


def change_of(
    journey: Journey, payment: Payment, released_pence: int, now: datetime, settings: Settings
) -> Change:
    """What a payment, as just read, says of its journey; pure.

    `released_pence` is what releases have taken on the card so far.
    """

    stage, reason, message = _told(journey, payment, released_pence, now)
    return change_to(stage, now, settings, reason=reason, message=message, card=payment.card_id)


def _told(journey: Journey, payment: Payment, released_pence: int, now: datetime) -> _Told:
    if payment.amount != journey.amount_pence:
        why = f"payment {payment.id} is for another amount than was asked for"
        return Stage.NEEDS_ATTENTION, "other-amount", f"{why}; look at it in the portal"
    if payment.status == TransactionStatus.PENDING:
        return _pending(journey, payment, now)
    if payment.status == TransactionStatus.SUCCESSFUL:
        return _successful(payment, released_pence)
    if payment.status == TransactionStatus.CANCELLED:
        return _cancelled(journey, released_pence)
    why = f"payment {payment.id} has a status we do not know; look at it in the portal"
    return _PLAIN_ENDS.get(str(payment.status), (Stage.NEEDS_ATTENTION, "unknown-status", why))


def _pending(journey: Journey, payment: Payment, now: datetime) -> _Told:
    if journey.deadline_at is None or now < journey.deadline_at:
        return Stage.WAITING, None, None
    why = f"payment {payment.id} is still pending after the time the payer had"
    message = f"{why}; nothing is taken so far, and it may yet be: look at it in the portal"
    return Stage.OVERDUE, "abandoned-and-still-pending", message


def _successful(payment: Payment, released_pence: int) -> _Told:
    """Successful is what was asked for: a reservation or a verification has taken nothing."""
    kind = str(payment.payment_type or "").lower()
    if kind.startswith(_DEFERRED):
        return _RELEASED if released_pence else (Stage.RESERVED, None, None)
    if kind.startswith(_AUTHENTICATE):
        used_up = released_pence >= (payment.amount or 0)
        return _RELEASED if used_up else (Stage.AUTHENTICATED, None, None)
    return Stage.SUCCESSFUL, None, None


def _cancelled(journey: Journey, released_pence: int) -> _Told:
    if released_pence:
        return Stage.SUCCESSFUL, "released", "released; the rest is given up"
    if journey.stage not in _HELD:
        return Stage.CANCELLED, None, None
    return Stage.CANCELLED, "not-released", "cancelled, or lapsed without a release; nothing taken"


def _doubt(runtime: Runtime, reason: str, message: str) -> Change:
    now = runtime.clock.now()
    return change_to(Stage.NEEDS_ATTENTION, now, runtime.settings, reason=reason, message=message)


async def _record(runtime: Runtime, journey: Journey, change: Change) -> Journey:
    journal = runtime.journal
    return await journal.database.run(
        journal.journeys.record, CARD, journey.reference, change, runtime.clock.now()
    )
