"""The card list (reference, section 7.15); read only, knows nothing of how cards are charged."""

from typing import Any

from smarterpay.bacs import CardPaymentStatus
from smarterpay.sandbox.http.lists import Listing
from smarterpay.sandbox.http.resource import STAMP, TEXT, Resource, Route
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.cards import Card
from smarterpay.sandbox.settings import CARD_PAYMENT_GATEWAY

SECTION = "7.15"
ANSWER = {
    "ID": TEXT,
    "card_number_ending": {"type": "string", "pattern": "^([0-9]{4})?$"},
    "card_type": TEXT,
    "created_at": STAMP,
    "custom_referance": TEXT,
    "customer_id": TEXT,
    "expiry_date": {"type": "string", "pattern": r"^(\d{4}-\d\d-\d\d)?$"},
    "gateway_payment_description": TEXT,
    "internal_payment_description": TEXT,
    "metadata": TEXT,
    "name_on_card": TEXT,
    "payment_gateway": TEXT,
    "status": {"type": "string", "enum": [status.value for status in CardPaymentStatus]},
    "transaction_type": {"type": "string", "enum": ["Ecommerce", "MOTO"]},
}
_SPELT_OTHERWISE = {
    "ID": "id",
    "custom_referance": "custom_reference",
    "customer_id": "customer_account",
}


def present(_: Platform, card: Card) -> dict[str, Any]:
    """The card in the list's spelling; what is not known before the form is done is empty."""
    shown: dict[str, Any] = {"payment_gateway": CARD_PAYMENT_GATEWAY}
    for name in ANSWER:
        if name != "payment_gateway":
            shown[name] = getattr(card, _SPELT_OTHERWISE.get(name, name))
    return shown


def find(platform: Platform, record_id: str) -> Card | None:
    """The card with this id, a GUID in any case."""
    return platform.books.cards.get(record_id.lower())


LISTING = Listing(
    envelope="cards",
    table=lambda books: books.cards,
    present=present,
    sort_fields=("created_at", "id", "status", "card_type", "expiry_date", "name_on_card"),
    find=find,
    status=lambda card: str(card.status),
    reference=lambda card: str(card.custom_reference),
    filters={"customer_id": lambda _, card: (str(card.customer_account),)},
)

RESOURCE = Resource(
    service="Card",
    rules="Cards are made by Register on the card host; their payments are in the payment list.",
    routes=(
        Route(
            "card.list",
            "GET",
            "/cards",
            LISTING.work,
            SECTION,
            "List cards",
            LISTING.envelope,
            ANSWER,
            listing=True,
            sort_fields=LISTING.sort_fields,
            filters=tuple(LISTING.filters),
        ),
    ),
)
