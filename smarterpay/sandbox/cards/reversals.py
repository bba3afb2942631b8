"""What takes a card payment back: Void, Refund, DeferredCancel, lapse (section 8); no wire form."""

from datetime import timedelta

from smarterpay.bacs import CardPaymentEvent, CardPaymentStatus
from smarterpay.sandbox.books.changes import Source, move
from smarterpay.sandbox.cards import funds
from smarterpay.sandbox.cards.charges import SETTLE_TASK, Wish, enter_payment, settle
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.cards import Card, CardReversal
from smarterpay.sandbox.records.items import Payment
from smarterpay.sandbox.settings import CARD_ASYNC_DELAY

REVERSE_TASK = "reverse_card_payment"
_EVENTS = {
    funds.VOID: CardPaymentEvent.VOIDED,
    funds.DEFERRED_CANCEL: CardPaymentEvent.RESERVATION_CANCELLED,
}


def refund(
    platform: Platform, card: Card, wish: Wish, draws: dict[str, int], related_payment: str
) -> Payment:
    """Enter a refund that `draws` so much from each payment; the originals stay unchanged."""
    payment = enter_payment(
        platform, card, wish, related_payment=related_payment, draws=draws, source=Source.API
    )
    if wish.asynchronous:
        platform.agenda.plan(platform.now() + CARD_ASYNC_DELAY, SETTLE_TASK, payment.id)
    else:
        settle(platform, payment, CardPaymentEvent.TAKEN, Source.API)
    return payment


def reverse(platform: Platform, payment: Payment, payment_type: str, *, asynchronous: bool) -> None:
    """Void a payment or cancel a reservation, whichever type is asked for; all is checked."""
    if not asynchronous:
        move(platform, payment, _EVENTS[payment_type], Source.API)
        return
    platform.books.card_reversals.put(
        CardReversal(payment.id, platform.clock.stamp(), payment_type)
    )
    platform.agenda.plan(platform.now() + CARD_ASYNC_DELAY, REVERSE_TASK, payment.id)


def reverse_when_due(platform: Platform, payment_id: str) -> None:
    """Background work: do what was taken in."""
    waiting = platform.books.card_reversals.get(payment_id)
    payment = platform.books.payments.get(payment_id)
    if waiting is None or payment is None:
        return
    platform.books.card_reversals.drop(payment_id)
    move(platform, payment, _EVENTS[waiting.payment_type], Source.SMP)


def lapse_due(platform: Platform) -> None:
    """Background work: reservations that nothing more can come of on their day of lapse.

    What has been released in full has nothing left to lapse; where such a release is still
    under way, the next day decides.
    """
    payments = platform.books.payments
    due = payments.having("expires_on", platform.today().isoformat())
    for reservation in payments.in_order(due):
        card = platform.books.cards.get(reservation.card_id)
        if card is None or reservation.status != CardPaymentStatus.SUCCESSFUL:
            continue
        beside = funds.payments_of(platform, card)
        if funds.releasable(reservation, beside) > 0:
            move(platform, reservation, CardPaymentEvent.LAPSED, Source.SMP)
        elif funds.is_release_pending(reservation, beside):
            reservation.expires_on = (platform.today() + timedelta(days=1)).isoformat()
            payments.put(reservation)
