"""Ecommerce page setup: what a page of ours asks for (section 7.16), V2 records, read only."""

from enum import StrEnum
from typing import Annotated

from smarterpay.api.wire import (
    Flag,
    Id,
    PersonalText,
    Record,
    SecretText,
    Text,
    WholeNumber,
    open_set,
)


class PageStep(StrEnum):
    """Whether the page asks for a part, leaves it out or only shows it (`page.values`)."""

    SKIP = "Skip"
    EDIT = "Edit"
    READ_ONLY = "ReadOnly"


class PageExpiry(StrEnum):
    """How long a link to the page lives; all but `never` are assumed (`page.values`)."""

    NEVER = "never"
    SEVEN_DAYS = "7 days"
    THREE_DAYS = "3 days"
    ONE_DAY = "1 day"


Step = Annotated[PageStep | str | None, open_set(PageStep)]


class EcommercePageSetup(Record):
    """A page setup. `payment_types` is opaque besides `DDMandateOnly`.

    `encryption_key` (base64, 32 bytes) is a secret: it shows in no repr and no dump. `url`
    holds ciphertext made with it.
    """

    id: Id
    name: Text = None
    url: PersonalText = None
    collection_period: Text = None
    collection_day: Text = None
    collection_stretch: WholeNumber = None
    payment_types: Text = None
    description: Text = None
    on_page_description: Text = None
    single_use: Flag = None
    expiry: Annotated[PageExpiry | str | None, open_set(PageExpiry)] = None
    payment_type_step: Step = None
    customer_step: Step = None
    bank_step: Step = None
    card_step: Step = None
    schedule_step: Step = None
    branding: Text = None
    client_bank_account: Text = None
    account_validation_required: Flag = None
    encryption_key: SecretText = None
