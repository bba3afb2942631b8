"""Card: the record of a payer's card (section 7.15), a read only list."""

from enum import StrEnum
from typing import Annotated

from smarterpay.api.wire import (
    Day,
    Id,
    ListQuery,
    PersonalText,
    Record,
    Text,
    Timestamp,
    Wire,
    open_set,
    required_text,
)
from smarterpay.bacs.service_life_cycles import CardPaymentStatus as CardStatus

__all__ = ["Card", "CardListQuery", "CardStatus", "CardTransactionType"]


class CardTransactionType(StrEnum):
    """How the card was taken."""

    ECOMMERCE = "Ecommerce"
    MOTO = "MOTO"


class CardListQuery(ListQuery):
    """A list of cards, also by the customer they belong to."""

    customer_id: Annotated[str, required_text(64)] | None = None


class Card(Record):
    """A card. `expiry_date` is the last day of its month; the status is that of section 8."""

    id: Annotated[Id, Wire("ID")]
    card_number_ending: PersonalText = None
    card_type: Text = None
    created_at: Timestamp = None
    custom_reference: Annotated[Text, Wire("custom_referance")] = None
    customer_id: Text = None
    expiry_date: Day = None
    gateway_payment_description: Text = None
    internal_payment_description: Text = None
    metadata: PersonalText = None
    name_on_card: PersonalText = None
    payment_gateway: Text = None
    status: Annotated[CardStatus | str | None, open_set(CardStatus)] = None
    transaction_type: Annotated[CardTransactionType | str | None, open_set(CardTransactionType)] = (
        None
    )
