"""Payment link: a page of ours opened for one customer (section 7.12)."""

from datetime import date
from typing import Annotated, Final
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator

from smarterpay.api import assumptions
from smarterpay.api.wire import (
    Auddis,
    Cancelled,
    CollectionPence,
    Day,
    Id,
    Metadata,
    Pence,
    Personal,
    PersonalText,
    Record,
    RecordId,
    ReferenceField,
    Request,
    Text,
    Timestamp,
    Update,
    open_set,
    refused,
    text,
)
from smarterpay.bacs.service_life_cycles import PaymentLinkStatus

__all__ = [
    "REFERENCE",
    "PaymentLink",
    "PaymentLinkCreate",
    "PaymentLinkStatus",
    "PaymentLinkUpdate",
]

REFERENCE: Final = ReferenceField("metadata", "metadata", None)
"""A link has custom references for the records it makes and none of its own."""

_APPENDED_BY_THE_PLATFORM: Final = frozenset({"page", "payment"})


def _returnable(url: str) -> str:
    """https, at most 2048, and free of the parameters the platform appends (section 7.12)."""
    if not url:
        return url
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        raise refused("url", "must be a URL") from None
    if parts.scheme != "https" or not host:
        raise refused("url", "must begin with https:// and a host")
    names = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    if names & _APPENDED_BY_THE_PLATFORM:
        raise refused("url", "must have no query parameter named page or payment")
    return url


ReturnUrl = Annotated[str, text(2048), AfterValidator(_returnable), Personal()]
LinkDescription = Annotated[str, text(255)]
LinkReference = Annotated[str, text(assumptions.LINK_REFERENCE_LIMIT.value)]


class PaymentLinkCreate(Request):
    """A new link to the page `ecommerce_page`; amounts in pence, dates are London dates.

    The page setup says which of the four ids it expects and which overrides it permits. Each
    reference and metadata lands on the record of that kind that the link creates.
    """

    ecommerce_page: RecordId
    customer_account: RecordId | None = None
    bank_account: RecordId | None = None
    mandate: RecordId | None = None
    recurrence_schedule: RecordId | None = None
    amount: CollectionPence | None = None
    auddis: Auddis | None = None
    first_collection_amount: CollectionPence | None = None
    first_collection_date: date | None = None
    start_date: date | None = None
    end_date: date | None = None
    return_url: ReturnUrl | None = None
    description: LinkDescription | None = None
    bank_account_custom_reference: LinkReference | None = None
    card_payment_custom_reference: LinkReference | None = None
    customer_custom_reference: LinkReference | None = None
    recurrence_schedule_custom_reference: LinkReference | None = None
    metadata: Metadata | None = None
    metadata_account_validation: Metadata | None = None
    metadata_bank_account: Metadata | None = None
    metadata_card: Metadata | None = None
    metadata_customer_account: Metadata | None = None
    metadata_mandate: Metadata | None = None
    metadata_recurrence_schedule: Metadata | None = None


class PaymentLinkUpdate(Update):
    """What a PUT may change while the link is `active` (assumption `link.put`)."""

    clearable = frozenset(
        {
            "auddis",
            "first_collection_date",
            "start_date",
            "end_date",
            "return_url",
            "bank_account_custom_reference",
            "card_payment_custom_reference",
            "customer_custom_reference",
            "recurrence_schedule_custom_reference",
            "metadata",
            "metadata_account_validation",
            "metadata_bank_account",
            "metadata_card",
            "metadata_customer_account",
            "metadata_mandate",
            "metadata_recurrence_schedule",
        }
    )

    amount: CollectionPence | None = None
    auddis: Auddis | None = None
    first_collection_amount: CollectionPence | None = None
    first_collection_date: date | None = None
    start_date: date | None = None
    end_date: date | None = None
    return_url: ReturnUrl | None = None
    bank_account_custom_reference: LinkReference | None = None
    card_payment_custom_reference: LinkReference | None = None
    customer_custom_reference: LinkReference | None = None
    recurrence_schedule_custom_reference: LinkReference | None = None
    metadata: Metadata | None = None
    metadata_account_validation: Metadata | None = None
    metadata_bank_account: Metadata | None = None
    metadata_card: Metadata | None = None
    metadata_customer_account: Metadata | None = None
    metadata_mandate: Metadata | None = None
    metadata_recurrence_schedule: Metadata | None = None
    status: Cancelled | None = None


class PaymentLink(Record):
    """A link as it stands. `url` lets whoever has it pay, so it does not show."""

    id: Id
    url: PersonalText = None
    created_at: Timestamp = None
    expires_at: Timestamp = None
    status: Annotated[PaymentLinkStatus | str | None, open_set(PaymentLinkStatus)] = None
    ecommerce_page: Text = None
    customer_account: Text = None
    bank_account: Text = None
    mandate: Text = None
    recurrence_schedule: Text = None
    amount: Pence = None
    auddis: Text = None
    first_collection_amount: Pence = None
    first_collection_date: Day = None
    start_date: Day = None
    end_date: Day = None
    return_url: PersonalText = None
    description: Text = None
    bank_account_custom_reference: Text = None
    card_payment_custom_reference: Text = None
    customer_custom_reference: Text = None
    recurrence_schedule_custom_reference: Text = None
    metadata: PersonalText = None
    metadata_account_validation: PersonalText = None
    metadata_bank_account: PersonalText = None
    metadata_card: PersonalText = None
    metadata_customer_account: PersonalText = None
    metadata_mandate: PersonalText = None
    metadata_recurrence_schedule: PersonalText = None
