"""Charges on cards and what the gateway makes of them (section 8); knows no wire form."""

import calendar
from dataclasses import dataclass
from datetime import date

from smarterpay.bacs import CardPaymentEvent, CardPaymentStatus
from smarterpay.sandbox.books.changes import Source, change, enter, move, state_after
from smarterpay.sandbox.cards import funds
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import CustomerAccount, RecurrenceSchedule
from smarterpay.sandbox.records.cards import Card
from smarterpay.sandbox.records.items import CARD_PAYMENT, Payment
from smarterpay.sandbox.settings import (
    CARD_ASYNC_DELAY,
    CARD_GATEWAY_DELAY,
    CARD_GATEWAY_SILENT,
    CARD_NOT_USABLE,
)
from smarterpay.sandbox.triggers import (
    CARD_AMOUNTS,
    CARD_NUMBER_ENDING,
    CARD_TYPE,
    CardAmount,
)

ASK_TASK, SETTLE_TASK = "ask_card_gateway", "settle_card_payment"
WAITING_FOR_PAYER = "3DAUTH"
WAITING_FOR_GATEWAY = "PENDING"
ENDINGS = {
    "successful": CardPaymentEvent.TAKEN,
    "failed": CardPaymentEvent.DECLINED,
    "cancelled": CardPaymentEvent.ABANDONED,
    "error": CardPaymentEvent.BROKEN,
}
"""The gateway's result by the status it leads to."""
_RESULTS = {
    CardPaymentEvent.TAKEN: ("OK", "0000"),
    CardPaymentEvent.DECLINED: ("DECLINED", "2000"),
    CardPaymentEvent.ABANDONED: ("ABORT", ""),
    CardPaymentEvent.BROKEN: ("", ""),
}
_KEPT_YEARS = 3


@dataclass(frozen=True, slots=True)
class Wish:
    """A payment that is asked for: its type, its amount in the smallest unit, its texts."""

    payment_type: str
    amount: int
    currency_code: str
    custom_reference: str = ""
    metadata: str = ""
    internal_payment_description: str = ""
    gateway_payment_description: str = ""
    asynchronous: bool = False


@dataclass(frozen=True, slots=True)
class CardFace:
    """What the sandbox learns of a card when the form is completed; never its full number."""

    card_number_ending: str
    card_type: str
    expiry_date: str
    name_on_card: str


def register(
    platform: Platform,
    customer: CustomerAccount,
    profile: str,
    wish: Wish,
    source: Source = Source.API,
) -> tuple[Card, Payment]:
    """Enter a card and its first payment; both wait for the browser step (section 8, "Flow").

    A silent gateway gives no session token: it fails the payment at once, or takes it a minute
    later all the same.
    """
    card = Card(
        id=platform.new_uuid("card"),
        created_at=platform.clock.stamp(),
        status=CardPaymentStatus.PENDING.value,
        customer_account=customer.id,
        payment_gateway_profile=profile,
        transaction_type="MOTO" if wish.payment_type.endswith("MOTO") else "Ecommerce",
        custom_reference=wish.custom_reference,
        metadata=wish.metadata,
        currency_code=wish.currency_code,
        initial_amount=wish.amount,
        gateway_payment_description=wish.gateway_payment_description,
        internal_payment_description=wish.internal_payment_description,
    )
    found = CARD_AMOUNTS.get(wish.amount)
    silent = found is not None and _is_silent(found)
    if not silent:
        card.session_token = platform.new_text("session_token", 40)
    enter(platform, card, source)
    payment = enter_payment(platform, card, wish, source=source)
    if silent:
        _ask(platform, payment, source)
    return card, payment


def charge(  # noqa: PLR0917 - source and related payment are part of what a charge is
    platform: Platform,
    card: Card,
    wish: Wish,
    related_payment: str = "",
    recurrence_schedule: str = "",
    source: Source = Source.API,
) -> Payment:
    """Enter a Repeat or release and ask the gateway, now or, if asynchronous, soon after."""
    payment = enter_payment(
        platform,
        card,
        wish,
        related_payment=related_payment,
        recurrence_schedule=recurrence_schedule,
        source=source,
    )
    if wish.asynchronous:
        platform.agenda.plan(platform.now() + CARD_ASYNC_DELAY, ASK_TASK, payment.id)
    else:
        _ask(platform, payment, source)
    return payment


def repeat_for_schedule(platform: Platform, schedule: RecurrenceSchedule, amount: int) -> Payment:
    """The Repeat of a card schedule on its date (section 12, "Schedule work").

    On a card that can no longer be charged it ends as `error` without asking the gateway.
    """
    card = platform.books.cards.get(schedule.card_id)
    if card is None:
        raise LookupError("a card schedule without its card")
    wish = Wish(
        payment_type=funds.REPEAT,
        amount=amount,
        currency_code=card.currency_code,
        custom_reference=schedule.custom_reference,
        metadata=schedule.metadata,
        internal_payment_description=schedule.description,
    )
    if funds.can_repeat(funds.payments_of(platform, card)):
        return charge(platform, card, wish, recurrence_schedule=schedule.id, source=Source.SMP)
    payment = enter_payment(
        platform, card, wish, recurrence_schedule=schedule.id, source=Source.SMP
    )
    payment.status_code = CARD_NOT_USABLE
    payment.status_details = "The card has no successful payment to repeat"
    move(platform, payment, CardPaymentEvent.BROKEN, Source.SMP)
    return payment


def enter_payment(
    platform: Platform,
    card: Card,
    wish: Wish,
    *,
    related_payment: str = "",
    recurrence_schedule: str = "",
    draws: dict[str, int] | None = None,
    source: Source,
) -> Payment:
    """Enter a payment of a card as the gateway is about to get it: `pending`."""
    payment = Payment(
        id=platform.new_id("P02"),
        created_at=platform.clock.stamp(),
        status=CardPaymentStatus.PENDING.value,
        amount=wish.amount,
        collection_date=platform.today().isoformat(),
        payment_type=wish.payment_type,
        record_type=CARD_PAYMENT,
        currency_code=wish.currency_code,
        description=wish.internal_payment_description,
        custom_reference=wish.custom_reference,
        metadata=wish.metadata,
        related_payment=related_payment,
        customer_account=card.customer_account,
        recurrence_schedule=recurrence_schedule,
        card_id=card.id,
        internal_payment_description=wish.internal_payment_description,
        gateway_payment_description=wish.gateway_payment_description,
        draws=draws or {},
    )
    enter(platform, payment, source)
    return payment


def trigger_of(payment: Payment) -> CardAmount | None:
    """What the amount brings about (section 13): on Register, Repeat and releases alone."""
    return None if payment.payment_type == funds.REFUND else CARD_AMOUNTS.get(payment.amount)


def was_silent(payment: Payment) -> bool:
    """Whether the gateway gave no answer when it was asked (code 910)."""
    found = trigger_of(payment)
    return found is not None and _is_silent(found)


def ask_when_due(platform: Platform, payment_id: str) -> None:
    """Background work: put an asynchronous payment to the gateway."""
    payment = platform.books.payments.get(payment_id)
    if payment is not None and payment.status == CardPaymentStatus.PENDING:
        _ask(platform, payment, Source.SMP)


def settle_when_due(platform: Platform, payment_id: str) -> None:
    """Background work: a slow or silent gateway has taken the payment after all."""
    payment = platform.books.payments.get(payment_id)
    if payment is not None:
        settle(platform, payment, CardPaymentEvent.TAKEN, Source.SMP)


def _ask(platform: Platform, payment: Payment, source: Source) -> None:
    """Put a payment to the gateway, which answers as the amount tells it to (section 13)."""
    found = trigger_of(payment)
    if found is None:
        settle(platform, payment, CardPaymentEvent.TAKEN, source)
    elif found.settles:
        wait_for_gateway(platform, payment, source)
    elif found.completed:
        payment.gateway_status = WAITING_FOR_PAYER
        change(platform, payment, source)
    else:
        settle(platform, payment, ENDINGS[found.status], source)


def wait_for_gateway(platform: Platform, payment: Payment, source: Source) -> None:
    """Leave a payment `pending` for a minute; only a gateway that spoke has a status to show."""
    platform.agenda.plan(platform.now() + CARD_GATEWAY_DELAY, SETTLE_TASK, payment.id)
    if not was_silent(payment):
        payment.gateway_status = WAITING_FOR_GATEWAY
        change(platform, payment, source)


def settle(
    platform: Platform,
    payment: Payment,
    event: CardPaymentEvent,
    source: Source,
    face: CardFace | None = None,
) -> bool:
    """Enter the gateway's result; False where the payment has its result already.

    The card goes with the payment it was registered with, and gets its `face` then: before the
    payment's event, which tells of the card too (section 9, `card_payment`).
    """
    if state_after(payment, event) is None:
        return False
    card = platform.books.cards.get(payment.card_id)
    completed = card if payment.payment_type in funds.REGISTER_TYPES else None
    seen = event in {CardPaymentEvent.TAKEN, CardPaymentEvent.DECLINED}
    if completed is not None and seen and not completed.card_number_ending:
        show_face(completed, face or default_face(platform, completed))
    _note_result(platform, payment, event)
    move(platform, payment, event, source)
    if completed is not None:
        completed.status = payment.status
        completed.session_token = ""
        change(platform, completed, source)
    return True


def _note_result(platform: Platform, payment: Payment, event: CardPaymentEvent) -> None:
    payment.gateway_status, payment.gateway_status_code = _RESULTS[event]
    if event is CardPaymentEvent.BROKEN:
        payment.status_code, payment.status_details = CARD_GATEWAY_SILENT
        return
    payment.transaction_id = platform.new_uuid("transaction_id")
    payment.order_id = platform.new_text("order_id", 16)
    if event is not CardPaymentEvent.TAKEN:
        return
    payment.charge_id = platform.new_uuid("charge_id")
    payment.authorisation_code = platform.new_text("authorisation_code", 6)
    payment.settled_on = platform.today().isoformat()
    if payment.payment_type in funds.RESERVING_TYPES:
        payment.expires_on = (platform.today() + funds.validity(payment)).isoformat()


def show_face(card: Card, face: CardFace) -> None:
    """Write on the card what the completed form told of it."""
    card.card_number_ending = face.card_number_ending
    card.card_type = face.card_type
    card.expiry_date = face.expiry_date
    card.name_on_card = face.name_on_card


def default_face(platform: Platform, card: Card) -> CardFace:
    """The card of section 13, Visa ending 0006, in the customer's name."""
    customer = platform.books.customer_accounts.get(card.customer_account)
    name = "" if customer is None else f"{customer.first_name} {customer.last_name}"
    today = platform.today()
    return CardFace(
        CARD_NUMBER_ENDING, CARD_TYPE, month_end(today.year + _KEPT_YEARS, today.month), name
    )


def month_end(year: int, month: int) -> str:
    """The last day of a month, as `expiry_date` has it (section 7.15)."""
    return date(year, month, calendar.monthrange(year, month)[1]).isoformat()


def _is_silent(found: CardAmount) -> bool:
    return found.status == CardPaymentStatus.ERROR
