"""What a card's payments still hold: to void, refund or release; changes nothing (section 8)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from smarterpay.bacs import LONDON, CardPaymentStatus
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.cards import Card
from smarterpay.sandbox.records.items import Payment
from smarterpay.sandbox.settings import (
    AUTHENTICATED_LAPSE,
    CARD_CLEARING_TIME,
    DEFERRED_LAPSE,
    EXPIRY_TIME,
)

CHARGE_TYPES = ("MOTO", "Ecommerce")
DEFERRED_TYPES = ("DeferredMOTO", "DeferredEcommerce")
AUTHENTICATE_TYPES = ("AuthenticateMOTO", "AuthenticateEcommerce")
RESERVING_TYPES = DEFERRED_TYPES + AUTHENTICATE_TYPES
REGISTER_TYPES = CHARGE_TYPES + RESERVING_TYPES
REFUND, VOID, REPEAT = "Refund", "Void", "Repeat"
DEFERRED_RELEASE, DEFERRED_CANCEL = "DeferredRelease", "DeferredCancel"
AUTHORISE_RELEASE = "AuthoriseRelease"
RELEASE_TYPES = (DEFERRED_RELEASE, AUTHORISE_RELEASE)
TAKING_TYPES = (*CHARGE_TYPES, REPEAT, *RELEASE_TYPES)
"""The types of payment that take money; a reservation, a verification and a refund do not."""
_STANDING = frozenset({CardPaymentStatus.PENDING, CardPaymentStatus.SUCCESSFUL})


def payments_of(platform: Platform, card: Card) -> list[Payment]:
    """Every payment of a card, oldest first."""
    payments = platform.books.payments
    return payments.in_order(payments.having("card_id", card.id))


def first_payment(platform: Platform, card: Card) -> Payment:
    """The payment that the card was registered with."""
    return payments_of(platform, card)[0]


def is_cleared(platform: Platform, payment: Payment) -> bool:
    """Whether a successful payment has cleared: 06:00 of the banking day after its success."""
    day = platform.calendar.next_after(date.fromisoformat(payment.settled_on))
    return platform.now() >= datetime.combine(day, CARD_CLEARING_TIME, LONDON)


def refunded(payments: Iterable[Payment]) -> Counter[str]:
    """What has been refunded of each payment, by id, or is about to be; of one card's payments."""
    drawn: Counter[str] = Counter()
    for payment in payments:
        if payment.payment_type == REFUND and payment.status in _STANDING:
            drawn.update(payment.draws)
    return drawn


def refundable(platform: Platform, payment: Payment, drawn: Mapping[str, int]) -> int:
    """What can still be refunded of a payment, in its smallest unit, beside what is `drawn`.

    A payment whose Void is under way has nothing left.
    """
    if payment.payment_type not in TAKING_TYPES or payment.status != CardPaymentStatus.SUCCESSFUL:
        return 0
    if platform.books.card_reversals.get(payment.id) is not None:
        return 0
    return payment.amount - drawn.get(payment.id, 0)


def is_voidable(platform: Platform, payment: Payment, drawn: Mapping[str, int]) -> bool:
    """Whether all of a payment can be undone: taken, not cleared, nothing of it refunded."""
    untouched = refundable(platform, payment, drawn) == payment.amount
    return untouched and not is_cleared(platform, payment)


def releases(reservation: Payment, beside: Iterable[Payment]) -> list[Payment]:
    """The releases that used the reservation up: under way, or taken at some time."""
    return [
        payment
        for payment in beside
        if payment.payment_type in RELEASE_TYPES
        and payment.related_payment == reservation.id
        and (payment.status == CardPaymentStatus.PENDING or payment.settled_on)
    ]


def releasable(reservation: Payment, beside: Iterable[Payment]) -> int:
    """What can still be released, in the smallest unit; a deferred payment is released once."""
    made = releases(reservation, beside)
    if reservation.payment_type in DEFERRED_TYPES:
        return 0 if made else reservation.amount
    return reservation.amount - sum(release.amount for release in made)


def is_release_pending(reservation: Payment, beside: Iterable[Payment]) -> bool:
    """Whether a release of it may yet come to nothing and give back what it uses up."""
    return any(one.status == CardPaymentStatus.PENDING for one in releases(reservation, beside))


def validity(reservation: Payment) -> timedelta:
    """How long it can be released (section 8, "Deferred expiry", "Authorise release")."""
    deferred = reservation.payment_type in DEFERRED_TYPES
    return DEFERRED_LAPSE if deferred else AUTHENTICATED_LAPSE


def is_over(platform: Platform, reservation: Payment) -> bool:
    """Whether it can be released no more, even where a release under way kept it standing."""
    day = date.fromisoformat(reservation.settled_on) + validity(reservation)
    return platform.now() >= datetime.combine(day, EXPIRY_TIME, LONDON)


def can_repeat(payments: Iterable[Payment]) -> bool:
    """Whether one of these is the `successful` payment that a Repeat needs."""
    return any(
        payment.status == CardPaymentStatus.SUCCESSFUL and payment.payment_type != REFUND
        for payment in payments
    )
