"""Card transaction: register a card payment, and the six follow-ups on a card (section 8)."""

from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, BeforeValidator

from smarterpay.api import assumptions
from smarterpay.api.card_answer import read_code
from smarterpay.api.models.currency_codes import CURRENCY_CODES
from smarterpay.api.wire import (
    CollectionPence,
    Id,
    Pence,
    Personal,
    PersonalText,
    Record,
    RecordId,
    ReferenceField,
    Request,
    Text,
    Timestamp,
    Wire,
    open_set,
    plain_text,
    refused,
    text,
)
from smarterpay.bacs.service_life_cycles import CardPaymentStatus as TransactionStatus

__all__ = [
    "PLATFORM",
    "REFERENCE",
    "RegisterType",
    "Transaction",
    "TransactionCancelDeferred",
    "TransactionRefund",
    "TransactionRegister",
    "TransactionReleaseAuthorised",
    "TransactionReleaseDeferred",
    "TransactionRepeat",
    "TransactionStatus",
    "TransactionVoid",
]

REFERENCE: Final = ReferenceField(
    "custom_reference", "custom_reference", "custom_reference", listed_by="payment.list"
)
"""The card host has no list; card payments appear in the Cloud API's payments (section 7.7)."""

PLATFORM: Final = "SmarterPayCloud"
"""The only `platform` there is."""

_LIMITS = assumptions.CARD_LIMITS.value


class RegisterType(StrEnum):
    """What a Register does: charge now, reserve for a later release, or only verify the card."""

    MOTO = "MOTO"
    ECOMMERCE = "Ecommerce"
    DEFERRED_MOTO = "DeferredMOTO"
    DEFERRED_ECOMMERCE = "DeferredEcommerce"
    AUTHENTICATE_MOTO = "AuthenticateMOTO"
    AUTHENTICATE_ECOMMERCE = "AuthenticateEcommerce"


def _known_currency(code: str) -> str:
    if code not in CURRENCY_CODES:
        raise refused("currency_code", "must be an ISO 4217 code in capitals")
    return code


CurrencyCode = Annotated[str, AfterValidator(_known_currency)]
CardDescription = Annotated[str, text(_LIMITS["description"])]
CustomReference = Annotated[str, text(_LIMITS["custom_reference"])]
CardMetadata = Annotated[str, text(_LIMITS["metadata"]), Personal()]
IsAsync = Annotated[bool | None, Wire("isAsnyc")]
"""True: answered 202 at once, the result comes by webhook."""


class _CardRequest(Request):
    """What all seven share: the platform always travels, and the texts are optional."""

    platform: ClassVar[str] = PLATFORM

    internal_payment_description: CardDescription | None = None
    gateway_payment_description: CardDescription | None = None
    custom_reference: CustomReference | None = None
    metadata: CardMetadata | None = None

    def to_wire(self) -> Any:
        """As every request, with `platform` in front."""
        return {"platform": self.platform, **super().to_wire()}


class _FollowUp(_CardRequest):
    """A request on an existing card; its `payment_type` selects the operation (section 6)."""

    payment_type: ClassVar[str]

    is_async: IsAsync = None

    def to_wire(self) -> Any:
        """As every card request, with the model's own `payment_type` in front."""
        return {"payment_type": self.payment_type, **super().to_wire()}


class TransactionRegister(_CardRequest):
    """Registers a card payment; nothing is charged until the browser step is complete.

    `amount` in the smallest unit of `currency_code`, 1 to 2000000000.
    """

    payment_type: Annotated[
        Literal[
            "MOTO",
            "Ecommerce",
            "DeferredMOTO",
            "DeferredEcommerce",
            "AuthenticateMOTO",
            "AuthenticateEcommerce",
        ],
        BeforeValidator(plain_text),
    ]
    payment_gateway_profile_id: RecordId
    customer_id: RecordId
    amount: CollectionPence
    currency_code: CurrencyCode


class TransactionRefund(_FollowUp):
    """Gives back all or part of what the card paid, after clearing; smallest unit."""

    payment_type: ClassVar[str] = assumptions.CARD_REFUND.value

    amount: CollectionPence
    currency_code: CurrencyCode | None = None
    related_payment_id: RecordId | None = None


class TransactionVoid(_FollowUp):
    """Undoes a payment in full, before clearing at the bank."""

    payment_type: ClassVar[str] = "Void"

    related_payment_id: RecordId | None = None


class TransactionRepeat(_FollowUp):
    """Charges the card once more; the amount may be lower or higher; smallest unit."""

    payment_type: ClassVar[str] = "Repeat"

    amount: CollectionPence
    currency_code: CurrencyCode | None = None
    related_payment_id: RecordId | None = None


class TransactionReleaseDeferred(_FollowUp):
    """Takes at most the reserved amount, normally once; the rest returns to the payer."""

    payment_type: ClassVar[str] = "DeferredRelease"

    amount: CollectionPence
    currency_code: CurrencyCode | None = None


class TransactionCancelDeferred(_FollowUp):
    """Lets a reservation go; amount and currency are not used (section 8)."""

    payment_type: ClassVar[str] = "DeferredCancel"


class TransactionReleaseAuthorised(_FollowUp):
    """Takes at most the authenticated amount; may fail, as nothing was reserved."""

    payment_type: ClassVar[str] = "AuthoriseRelease"

    amount: CollectionPence
    currency_code: CurrencyCode | None = None


def _to_code(value: object) -> int | str | None:
    found = read_code(value)
    if found is None and not (value is None or isinstance(value, str)):
        raise refused("code", "a code was expected")
    return found


class Transaction(Record):
    """A card payment under its card; amount in the smallest unit of `currency_code`.

    `status` is normalised over gateways: `successful`, `pending`, `cancelled`, `failed`; an
    `error` is no record but an `ApiError`. The gateway's own status rides along. Codes are
    open-ended. `session_token`, the one-time value for the browser step, comes with a Register
    alone and never shows. In an asynchronous answer the gateway fields are absent.
    """

    id: Id
    card_id: Text = None
    status: Annotated[TransactionStatus | str | None, open_set(TransactionStatus)] = None
    status_code: Annotated[int | str | None, BeforeValidator(_to_code)] = None
    status_details: PersonalText = None
    amount: Pence = None
    currency_code: Text = None
    payment_type: Text = None
    authorisation_code: Text = None
    transaction_id: Text = None
    order_id: Text = None
    charge_id: Text = None
    gateway_status: Text = None
    gateway_status_code: Text = None
    gateway_status_details: PersonalText = None
    related_payment_id: Text = None
    custom_reference: Annotated[Text, Wire("custom_reference", "custom_referance")] = None
    metadata: PersonalText = None
    created_at: Timestamp = None
    session_token: PersonalText = None
