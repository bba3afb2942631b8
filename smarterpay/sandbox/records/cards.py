"""The records around card payments: cards and what is under way on them; knows no rule."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(slots=True)
class Card:
    """A stored card (sections 7.15 and 8); payments hang under it by `card_id`.

    `expiry_date` is the last day of the month; number, type and expiry are empty until the
    payer has completed the card form, which the one-time `session_token` opens until then.
    """

    KIND: ClassVar[str] = "cards"
    id: str
    created_at: str
    status: str
    customer_account: str
    payment_gateway_profile: str
    transaction_type: str
    edited_at: str = ""
    card_number_ending: str = ""
    card_type: str = ""
    expiry_date: str = ""
    name_on_card: str = ""
    custom_reference: str = ""
    metadata: str = ""
    currency_code: str = "GBP"
    initial_amount: int = 0
    gateway_payment_description: str = ""
    internal_payment_description: str = ""
    session_token: str = ""

    def __repr__(self) -> str:
        return f"Card({self.id})"


@dataclass(slots=True)
class CardReversal:
    """A Void or DeferredCancel taken in and not yet done; `id` is that of the payment."""

    KIND: ClassVar[str] = "card_reversals"
    id: str
    created_at: str
    payment_type: str
