"""The browser step of a card payment (section 8, "Flow"); knows neither page nor control call."""

from smarterpay.bacs import CardPaymentStatus
from smarterpay.sandbox.books.changes import Source, change
from smarterpay.sandbox.cards import charges, funds
from smarterpay.sandbox.cards.charges import CardFace
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.cards import Card
from smarterpay.sandbox.records.items import Payment


class NothingToCompleteError(RuntimeError):
    """No payment of the card waits for what is offered; the text says why."""


def waiting_payment(platform: Platform, card: Card, payment_id: str = "") -> Payment:
    """The card's payment that is pending: the named one, else the oldest.

    Raises `NothingToCompleteError` where there is none.
    """
    for payment in funds.payments_of(platform, card):
        named = not payment_id or payment.id == payment_id.upper()
        if named and payment.status == CardPaymentStatus.PENDING:
            return payment
    raise NothingToCompleteError("no payment of this card is pending")


def complete(
    platform: Platform,
    card: Card,
    payment: Payment,
    outcome: str = "",
    face: CardFace | None = None,
) -> None:
    """End the browser step of a pending payment: with `outcome`, or as its amount says.

    Raises `NothingToCompleteError` where no outcome is given and the payer has no part in
    what the payment waits for.
    """
    if outcome:
        charges.settle(platform, payment, charges.ENDINGS[outcome], Source.SMP, face)
        return
    found = charges.trigger_of(payment)
    if not _is_the_payers_turn(card, payment):
        raise NothingToCompleteError("the payment waits for its gateway; give an outcome")
    if found is not None and found.settles:
        charges.show_face(card, face or charges.default_face(platform, card))
        card.session_token = ""
        change(platform, card, Source.SMP)
        charges.wait_for_gateway(platform, payment, Source.SMP)
        return
    ending = CardPaymentStatus.SUCCESSFUL.value
    if found is not None:
        ending = found.completed or found.status
    charges.settle(platform, payment, charges.ENDINGS[ending], Source.SMP, face)


def _is_the_payers_turn(card: Card, payment: Payment) -> bool:
    """Whether the form is still to be filled in, or 3-D Secure to be passed."""
    if payment.payment_type in funds.REGISTER_TYPES:
        return bool(card.session_token)
    return payment.gateway_status == charges.WAITING_FOR_PAYER
