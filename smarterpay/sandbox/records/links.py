"""The records around payment links: links, page setups, brandings; knows no rule."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(slots=True)
class PaymentLink:
    """A link that a payer finishes in a browser (section 7.12); pence as int, None for none.

    Dates and stamps are texts, empty for none; `expires_on` is the London date of `expires_at`.
    """

    KIND: ClassVar[str] = "payment_links"
    id: str
    created_at: str
    status: str
    url: str
    ecommerce_page: str
    edited_at: str = ""
    customer_account: str = ""
    bank_account: str = ""
    mandate: str = ""
    recurrence_schedule: str = ""
    amount: int | None = None
    auddis: str = ""
    first_collection_amount: int | None = None
    first_collection_date: str = ""
    start_date: str = ""
    end_date: str = ""
    return_url: str = ""
    description: str = ""
    bank_account_custom_reference: str = ""
    card_payment_custom_reference: str = ""
    customer_custom_reference: str = ""
    recurrence_schedule_custom_reference: str = ""
    metadata: str = ""
    metadata_account_validation: str = ""
    metadata_bank_account: str = ""
    metadata_card: str = ""
    metadata_customer_account: str = ""
    metadata_mandate: str = ""
    metadata_recurrence_schedule: str = ""
    expires_at: str = ""
    expires_on: str = ""

    def __repr__(self) -> str:
        return f"PaymentLink({self.id})"


@dataclass(slots=True)
class EcommercePageSetup:
    """How a page that payers see is set up (section 7.16); made in the portal.

    `payment_types` may be several, separated by commas. `encryption_key` is a secret.
    """

    KIND: ClassVar[str] = "ecommerce_page_setups"
    id: str
    created_at: str
    name: str
    payment_types: str
    branding: str
    client_bank_account: str
    encryption_key: str
    collection_period: str = "monthly"
    collection_day: str = "1"
    collection_stretch: int = 1
    description: str = ""
    on_page_description: str = ""
    single_use: bool = True
    expiry: str = "never"
    payment_type_step: str = "Skip"
    customer_step: str = "Edit"
    bank_step: str = "Edit"
    card_step: str = "Skip"
    schedule_step: str = "Skip"
    account_validation_required: bool = False

    def __repr__(self) -> str:
        return f"EcommercePageSetup({self.id})"


@dataclass(slots=True)
class EcommerceBranding:
    """How pages look (section 7.16); `styling` maps its keys to colours and texts."""

    KIND: ClassVar[str] = "ecommerce_brandings"
    id: str
    created_at: str
    name: str
    template: str
    company_name: str
    address_line_1: str
    address_line_2: str
    postcode: str
    city: str
    phone: str
    email: str
    terms_and_conditions_url: str
    styling: dict[str, str]
    logo_filename: str

    def __repr__(self) -> str:
        return f"EcommerceBranding({self.id})"
