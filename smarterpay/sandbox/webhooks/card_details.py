"""What events tell of a card beside its own record: its latest payment; knows no version."""

from typing import Any

from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.cards import Card
from smarterpay.sandbox.records.items import Payment

CARD_ANSWER_FIELDS = (
    "internal_payment_description",
    "gateway_payment_description",
    "status_code",
    "status_details",
    "authorisation_code",
    "transaction_id",
    "order_id",
    "charge_id",
    "gateway_status",
    "gateway_status_code",
    "gateway_status_details",
)
"""The card answer fields (section 8) that a payment has beyond those of every payment."""

CARD_HOLDER_FIELDS = (
    ("line1", "address_line1"),
    ("line2", "address_line2"),
    ("city", "city"),
    ("postal_code", "postal_code"),
    ("country_code", "country_code"),
    ("state_code", "state_code"),
)


def card_details(platform: Platform, card: Card) -> dict[str, Any]:
    """The card's fields as both versions have them; absent texts are empty (section 9).

    The gateway's answer is that of the card's latest payment. The sandbox has no view tags, and
    its gateway no ids of its own.
    """
    payment = _latest_payment(platform, card)
    return {
        "card_created_at": card.created_at,
        "card_edited_at": card.edited_at or card.created_at,
        "custom_reference": card.custom_reference,
        "view_tag": "",
        "card_type": card.card_type,
        "card_number_ending": card.card_number_ending,
        "card_expiry_date": card.expiry_date,
        "name_on_card": card.name_on_card,
        "internal_payment_description": card.internal_payment_description,
        "gateway_payment_description": card.gateway_payment_description,
        "gateway_payee_id": "",
        "gateway_card_id": "",
        "transaction_type": card.transaction_type,
        "status": card.status,
        "status_code": payment.status_code if payment else "",
        "status_details": payment.status_details if payment else "",
        "currency_code": card.currency_code,
        "gateway_status": payment.gateway_status if payment else "",
        "gateway_status_code": payment.gateway_status_code if payment else "",
        "gateway_status_details": payment.gateway_status_details if payment else "",
    }


def _latest_payment(platform: Platform, card: Card) -> Payment | None:
    payments = platform.books.payments
    return max(
        payments.having("card_id", card.id),
        key=lambda payment: payments.position(payment.id),
        default=None,
    )
