"""Card transactions (reference, section 8): Register and its six follow-ups on the card host."""

from collections.abc import Callable, Mapping
from typing import Any

from smarterpay.bacs import CardPaymentStatus
from smarterpay.sandbox.cards import funds
from smarterpay.sandbox.cards.charges import Wish, charge, register, was_silent
from smarterpay.sandbox.cards.requests import FOLLOW_UP, REGISTER
from smarterpay.sandbox.cards.reversals import refund, reverse
from smarterpay.sandbox.fixtures import GATEWAY_PROFILE
from smarterpay.sandbox.http.answers import Answer, card_error, flat, invalid
from smarterpay.sandbox.http.fields import Values
from smarterpay.sandbox.http.resource import NUMBER, STAMP, TEXT, Call, Resource, Route
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.cards import Card
from smarterpay.sandbox.records.items import Payment
from smarterpay.sandbox.resources import customer_accounts
from smarterpay.sandbox.settings import (
    ACCEPTED,
    CARD_ALREADY_RELEASED,
    CARD_AMOUNT_UNAVAILABLE,
    CARD_GATEWAY_SILENT,
    CARD_NOT_USABLE,
    CARD_NOT_VOIDABLE,
    SUCCESS,
)

SECTION = "8"
_GATEWAY_ANSWER = (
    "authorisation_code",
    "transaction_id",
    "order_id",
    "charge_id",
    "gateway_status",
    "gateway_status_code",
    "gateway_status_details",
)
ANSWER = {
    "id": TEXT,
    "card_id": TEXT,
    "status": {"type": "string", "enum": [status.value for status in CardPaymentStatus]},
    "status_code": TEXT,
    "status_details": TEXT,
    "amount": NUMBER,
    "currency_code": TEXT,
    "payment_type": TEXT,
    **dict.fromkeys(_GATEWAY_ANSWER, TEXT),
    "related_payment_id": TEXT,
    "custom_reference": TEXT,
    "metadata": TEXT,
    "created_at": STAMP,
}


class CardRefusal(Exception):
    """The card or its payments forbid the operation; `code` is one of 901-904."""

    def __init__(self, code: str, details: str) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


def create(platform: Platform, call: Call) -> Answer:
    """Register: enter a card and its first payment, which wait for the browser step."""
    values = call.values
    if values.text("payment_gateway_profile_id").upper() != GATEWAY_PROFILE:
        raise invalid("payment_gateway_profile_id", "no such payment gateway profile")
    customer = customer_accounts.find(platform, values.text("customer_id"))
    if customer is None:
        raise invalid("customer_id", "no such customer account")
    wish = _wish(values, values.text("currency_code"))
    card, payment = register(platform, customer, GATEWAY_PROFILE, wish)
    return flat(SUCCESS, present(payment) | {"session_token": card.session_token})


def follow_up(platform: Platform, call: Call) -> Answer:
    """Refund, Void, Repeat, DeferredRelease, DeferredCancel or AuthoriseRelease on a card.

    An asynchronous call is checked like any other and answered before the gateway is asked.
    """
    card: Card = call.record
    try:
        _check_usable(card)
        content = _WORK[call.values.text("payment_type")](platform, card, call.values)
    except CardRefusal as refused:
        return card_error(400, refused.code, refused.details)
    return flat(ACCEPTED if call.values.flag("isAsnyc", False) else SUCCESS, content)


def _check_usable(card: Card) -> None:
    """A card whose form is not completed, or ended otherwise than well, can do nothing."""
    if card.status != CardPaymentStatus.SUCCESSFUL:
        raise CardRefusal(CARD_NOT_USABLE, f"The card is {card.status}")


def _refund(platform: Platform, card: Card, values: Values) -> dict[str, Any]:
    """Full before clearing, full or in part after; never more than was taken (section 8)."""
    named = _named(platform, card, values)
    currency = values.text("currency_code", named.currency_code if named else card.currency_code)
    if named and currency != named.currency_code:
        raise invalid("currency_code", "must be that of the payment to refund")
    beside = funds.payments_of(platform, card)
    pool = [one for one in ([named] if named else beside) if one.currency_code == currency]
    drawn = funds.refunded(beside)
    left = {one.id: funds.refundable(platform, one, drawn) for one in pool}
    cleared = [one.id for one in pool if left[one.id] and funds.is_cleared(platform, one)]
    amount = values.must_number("amount")
    if amount > sum(left.values()):
        raise CardRefusal(CARD_AMOUNT_UNAVAILABLE, "The amount exceeds what can be refunded")
    whole = amount == sum(left.values())
    if not whole and amount > sum(left[one] for one in cleared):
        raise invalid("amount", "must be the full amount until the payment has cleared")
    draws = _spread(amount, {one: left[one] for one in (left if whole else cleared)})
    payment = refund(platform, card, _wish(values, currency), draws, next(iter(draws)))
    return present(payment)


def _spread(amount: int, left: Mapping[str, int]) -> dict[str, int]:
    """An amount over what is left of several payments, the oldest first."""
    draws = {}
    for payment_id, most in left.items():
        drawn = min(amount, most)
        if drawn:
            draws[payment_id] = drawn
            amount -= drawn
    return draws


def _void(platform: Platform, card: Card, values: Values) -> dict[str, Any]:
    """The named payment, else the latest that can be voided; always all of it."""
    named = _named(platform, card, values)
    beside = funds.payments_of(platform, card)
    drawn = funds.refunded(beside)
    candidates = [named] if named else list(reversed(beside))
    target = next((one for one in candidates if funds.is_voidable(platform, one, drawn)), None)
    if target is None:
        told = "This payment cannot" if named else "No payment of this card can"
        raise CardRefusal(CARD_NOT_VOIDABLE, f"{told} be voided (any more)")
    return _reversed(platform, target, values)


def _repeat(platform: Platform, card: Card, values: Values) -> dict[str, Any]:
    """A new charge, of any amount; needs one successful payment on the card."""
    named = _named(platform, card, values)
    payments = [named] if named else funds.payments_of(platform, card)
    if not funds.can_repeat(payments):
        raise CardRefusal(CARD_NOT_USABLE, "There is no successful payment to repeat")
    currency = values.text("currency_code", named.currency_code if named else card.currency_code)
    wish = _wish(values, currency)
    return _charged(platform, card, wish, named.id if named else "")


def _release_deferred(platform: Platform, card: Card, values: Values) -> dict[str, Any]:
    """At most what is reserved, once; the rest returns to the payer."""
    reservation = _reservation(platform, card, funds.DEFERRED_TYPES)
    if funds.releases(reservation, funds.payments_of(platform, card)):
        raise CardRefusal(CARD_ALREADY_RELEASED, "The payment has been released already")
    return _released(platform, card, values, reservation)


def _release_authorised(platform: Platform, card: Card, values: Values) -> dict[str, Any]:
    """As often as wanted until the authenticated amount is used up."""
    reservation = _reservation(platform, card, funds.AUTHENTICATE_TYPES)
    return _released(platform, card, values, reservation)


def _released(
    platform: Platform, card: Card, values: Values, reservation: Payment
) -> dict[str, Any]:
    currency = values.text("currency_code", reservation.currency_code)
    if currency != reservation.currency_code:
        raise invalid("currency_code", "must be that of the payment to release")
    available = funds.releasable(reservation, funds.payments_of(platform, card))
    if values.must_number("amount") > available:
        raise CardRefusal(CARD_AMOUNT_UNAVAILABLE, "The amount exceeds what can be released")
    return _charged(platform, card, _wish(values, currency), reservation.id)


def _cancel_deferred(platform: Platform, card: Card, values: Values) -> dict[str, Any]:
    """Give up what is reserved, or what is left to authorise of an authenticated amount."""
    reservation = _reservation(platform, card, funds.RESERVING_TYPES)
    if funds.releasable(reservation, funds.payments_of(platform, card)) <= 0:
        raise CardRefusal(CARD_ALREADY_RELEASED, "The payment has been released already")
    return _reversed(platform, reservation, values)


def _reservation(platform: Platform, card: Card, types: tuple[str, ...]) -> Payment:
    """The card's reserved or authenticated payment, where it still stands."""
    first = funds.first_payment(platform, card)
    if first.payment_type not in types:
        raise invalid("payment_type", f"does not go with a card registered as {first.payment_type}")
    under_way = platform.books.card_reversals.get(first.id) is not None
    stands = first.status == CardPaymentStatus.SUCCESSFUL and not under_way
    if not stands or funds.is_over(platform, first):
        raise CardRefusal(CARD_ALREADY_RELEASED, "The payment has been cancelled or has lapsed")
    return first


def _named(platform: Platform, card: Card, values: Values) -> Payment | None:
    """The payment of the card that the call names, None where it names none."""
    payment_id = values.text("related_payment_id")
    if not payment_id:
        return None
    payment = platform.books.payments.get(payment_id.upper())
    if payment is None or payment.card_id != card.id:
        raise invalid("related_payment_id", "no such payment on this card")
    return payment


def _wish(values: Values, currency: str) -> Wish:
    return Wish(
        payment_type=values.text("payment_type"),
        amount=values.must_number("amount"),
        currency_code=currency,
        custom_reference=values.text("custom_reference"),
        metadata=values.text("metadata"),
        internal_payment_description=values.text("internal_payment_description"),
        gateway_payment_description=values.text("gateway_payment_description"),
        asynchronous=values.flag("isAsnyc", False),
    )


def _charged(platform: Platform, card: Card, wish: Wish, related_payment: str) -> dict[str, Any]:
    payment = charge(platform, card, wish, related_payment)
    return present(payment, answered=not wish.asynchronous)


def _reversed(platform: Platform, target: Payment, values: Values) -> dict[str, Any]:
    """What became of the operation; the payment itself is `cancelled`, and read as such."""
    asynchronous = values.flag("isAsnyc", False)
    payment_type = values.text("payment_type")
    reverse(platform, target, payment_type, asynchronous=asynchronous)
    shown = present(target, answered=False) | {
        "status": (
            CardPaymentStatus.PENDING.value if asynchronous else CardPaymentStatus.SUCCESSFUL.value
        ),
        "payment_type": payment_type,
        "related_payment_id": target.id,
        "custom_reference": values.text("custom_reference"),
        "metadata": values.text("metadata"),
        "created_at": platform.clock.stamp(),
    }
    return shown | dict.fromkeys(_GATEWAY_ANSWER, "") if asynchronous else shown


def present(payment: Payment, *, answered: bool = True) -> dict[str, Any]:
    """The answer to the call that made a payment (section 8, "Answer fields").

    A silent gateway is `error` 910 in the answer of a call that waited for it (`answered`),
    whatever becomes of the payment.
    """
    shown: dict[str, Any] = {
        name: getattr(payment, name) for name in ANSWER if name != "related_payment_id"
    }
    shown["related_payment_id"] = payment.related_payment
    if answered and was_silent(payment):
        code, details = CARD_GATEWAY_SILENT
        shown |= {
            "status": CardPaymentStatus.ERROR.value,
            "status_code": code,
            "status_details": details,
        }
    return {name: shown[name] for name in ANSWER}


def find(platform: Platform, record_id: str) -> Card | None:
    """The card with this id, a GUID in any case."""
    return platform.books.cards.get(record_id.lower())


_WORK: Mapping[str, Callable[[Platform, Card, Values], dict[str, Any]]] = {
    funds.REFUND: _refund,
    funds.VOID: _void,
    funds.REPEAT: _repeat,
    funds.DEFERRED_RELEASE: _release_deferred,
    funds.DEFERRED_CANCEL: _cancel_deferred,
    funds.AUTHORISE_RELEASE: _release_authorised,
}

RESOURCE = Resource(
    service="Card transaction",
    rules=(
        "Nothing is charged until the browser step is complete: open "
        "`/_sandbox/card-form?session_token=...` or send `/_sandbox/cards/{id}/complete`. "
        "Bodies and answers are flat. With `isAsnyc` the answer is a 202 and the result follows "
        "5 simulated seconds later."
    ),
    routes=(
        Route(
            "transaction.register",
            "POST",
            "",
            create,
            SECTION,
            "Register a card payment",
            "",
            ANSWER | {"session_token": TEXT},
            REGISTER,
        ),
        Route(
            "transaction.follow_up",
            "POST",
            "/{id}",
            follow_up,
            SECTION,
            "Refund, void, repeat, release or cancel, by payment_type",
            "",
            ANSWER,
            FOLLOW_UP,
            locate=find,
            statuses=(SUCCESS, ACCEPTED),
        ),
    ),
)
