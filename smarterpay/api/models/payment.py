"""Payment: one Direct Debit collection, its re-presentation and bulk (sections 7.7 to 7.9)."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Final

from pydantic import model_validator

from smarterpay.api import assumptions
from smarterpay.api.wire import (
    AmendedPence,
    Auddis,
    BacsCode,
    BulkCreate,
    Cancelled,
    CollectionPence,
    Day,
    Id,
    Metadata,
    Pence,
    PersonalText,
    Record,
    RecordId,
    ReferenceField,
    Request,
    Text,
    Timestamp,
    Update,
    Wire,
    open_set,
    refused,
    required_text,
    text,
)
from smarterpay.bacs.item_life_cycles import PaymentStatus

__all__ = [
    "DIRECT_DEBIT",
    "REFERENCE",
    "Payment",
    "PaymentBulkCreate",
    "PaymentCreate",
    "PaymentRepresent",
    "PaymentStatus",
    "PaymentType",
    "PaymentUpdate",
]

REFERENCE: Final = ReferenceField("custom_reference", "custom_reference", "custom_reference")

DIRECT_DEBIT: Final = "direct debit"
"""The `record_type` of a collection by Direct Debit, and the platform's default."""


class PaymentType(StrEnum):
    """Which collection of its mandate a payment is; settled again at submission."""

    FIRST_COLLECTION = "first_collection"
    ONGOING_COLLECTION = "ongoing_collection"
    FINAL_COLLECTION = "final_collection"
    REPRESENT = "represent"


Description = Annotated[str, required_text(100)]
CustomReference = Annotated[str, text(50)]
RecordType = Annotated[str, required_text(50)]
"""The reference names `direct debit` alone and closes no set."""


class PaymentCreate(Request):
    """A new collection on a mandate, named by its reference (`auddis`) or its id (`mandate`).

    `amount` in pence, 1 to 2000000000; `collection_date` is a London date, which the platform
    may move to the next possible banking day: read it back. A payment on a cancelled mandate is
    recorded `cancelled` with amount 0 instead of being refused.
    """

    auddis: Auddis | None = None
    mandate: RecordId | None = None
    amount: CollectionPence
    collection_date: date
    description: Description
    custom_reference: CustomReference | None = None
    metadata: Metadata | None = None
    record_type: RecordType | None = None

    @model_validator(mode="after")
    def _names_its_mandate(self) -> "PaymentCreate":
        if self.auddis is None and self.mandate is None:
            raise refused("mandatory", "mandatory unless mandate is given", field="auddis")
        return self


class PaymentBulkCreate(BulkCreate[PaymentCreate]):
    """1 to 500 payments in one call, judged row by row (section 7.9)."""


class PaymentUpdate(Update):
    """What a PUT may change while the payment is `pending_submission` (`payment.put`).

    Amount 0 is a payment break for a payment of a schedule. `bacs_code` is for a submitted
    payment and runs the code through the rejection profile (`manual_code.property`).
    """

    clearable = frozenset({"custom_reference", "metadata"})

    amount: AmendedPence | None = None
    collection_date: date | None = None
    description: Description | None = None
    custom_reference: CustomReference | None = None
    metadata: Metadata | None = None
    status: Cancelled | None = None
    bacs_code: Annotated[BacsCode | None, Wire(assumptions.MANUAL_CODE_PROPERTY.value)] = None


class PaymentRepresent(Request):
    """Presents a failed payment again, as a new payment (section 7.8).

    `auddis` must be that of the original's mandate; amount in pence, a London date.
    """

    amount: CollectionPence
    collection_date: date
    description: Description
    auddis: Auddis
    custom_reference: CustomReference | None = None
    metadata: Metadata | None = None
    record_type: RecordType | None = None


class Payment(Record):
    """A payment as it stands; amount in pence, `collection_date` as the platform stored it.

    `users_reference` is what Bacs carries: the mandate's `auddis` unless core references are on.
    `related_payment` is the failed original of a re-presented one. A card payment has a
    `card_id` instead of an `auddis`.
    """

    id: Id
    created_at: Timestamp = None
    status: Annotated[PaymentStatus | str | None, open_set(PaymentStatus)] = None
    amount: Pence = None
    currency_code: Text = None
    collection_date: Day = None
    payment_type: Annotated[PaymentType | str | None, open_set(PaymentType)] = None
    record_type: Text = None
    description: Text = None
    custom_reference: Text = None
    metadata: PersonalText = None
    auddis: Text = None
    mandate: Text = None
    users_reference: Text = None
    related_payment: Text = None
    card_id: Text = None
    customer_account: Text = None
    recurrence_schedule: Text = None
    bacs_code: Text = None
    bacs_description: Text = None
