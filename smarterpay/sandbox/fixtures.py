"""What is there before the first call: tokens, own accounts and SUNs; knows no rule."""

import base64
from dataclasses import dataclass

from smarterpay.sandbox.books.books import Books
from smarterpay.sandbox.books.event_types import everything
from smarterpay.sandbox.records.accounts import ClientBankAccount, ServiceUserNumber
from smarterpay.sandbox.records.links import EcommerceBranding, EcommercePageSetup
from smarterpay.sandbox.records.messages import SIGNATURE, Subscription
from smarterpay.sandbox.settings import WEBHOOK_BATCH_SIZE

DEFAULT_SUN = "100263"
SECOND_SUN = "122"
MAIN_ACCOUNT = "OB01SANDBOXMAIN00001"
SECOND_ACCOUNT = "OB01SANDBOXSECOND001"
_PAGE_KEY = base64.b64encode(b"sandbox-page-key-of-32-bytes-yes").decode()
OAUTH_CLIENT = "sandbox-client"
OAUTH_SECRET = "sandbox-client-secret"  # noqa: S105 - a fixture, like the API keys
GATEWAY_PROFILE = "PG01SANDBOXOPAYO0001"
PAGE_SETUP = "EP02SANDBOXPAGE00001"
BRANDING = "EB02SANDBOXBRAND0001"
SUBSCRIPTION = "SU01SANDBOXSUBS00001"
SUBSCRIPTION_KEY = "sandbox-webhook-key"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What a bearer token stands for; `label` names it where the token must not appear.

    `rate_limit` is requests per window, None for the limit of the settings.
    """

    label: str
    valid: bool = True
    rate_limit: int | None = None


API_KEYS = {
    "sandbox-key": ApiKey("main"),
    "sandbox-key-expired": ApiKey("expired", valid=False),
    "sandbox-key-limited": ApiKey("limited", rate_limit=5),
}
"""The fixture keys of section 13, all of one client."""


def put_fixtures(books: Books, created_at: str) -> None:
    """Enter the fixture records of section 13, with the legacy ids the samples print."""
    for record in (
        ServiceUserNumber(
            id="SN01SANDBOXMAIN00001",
            created_at=created_at,
            sun=DEFAULT_SUN,
            friendly_name="Smarterpay Test",
            default_sun=True,
        ),
        ServiceUserNumber(
            id="SN01SANDBOXSECOND001",
            created_at=created_at,
            sun=SECOND_SUN,
            friendly_name="tes1",
            default_sun=False,
        ),
    ):
        books.service_user_numbers.put(record)
    for account in (
        ClientBankAccount(
            id=MAIN_ACCOUNT,
            created_at=created_at,
            legacy_id="CBA-0000002",
            account_number="12345678",
            sort_code="123456",
            bank_name="BARCLAYS BANK PLC",
            friendly_name="Main account",
            sun=DEFAULT_SUN,
        ),
        ClientBankAccount(
            id=SECOND_ACCOUNT,
            created_at=created_at,
            legacy_id="CBA-0000001",
            account_number="10000102",
            sort_code="123456",
            bank_name="Natwest",
            friendly_name="Test SUn 1",
            sun=SECOND_SUN,
        ),
    ):
        books.client_bank_accounts.put(account)
    _put_pages(books, created_at)
    # Without a URL it is off: the tester gives it one by control call.
    books.subscriptions.put(
        Subscription(
            id=SUBSCRIPTION,
            created_at=created_at,
            name="Sandbox subscription",
            batch_size=WEBHOOK_BATCH_SIZE,
            authorisation=SIGNATURE,
            secret=SUBSCRIPTION_KEY,
            events=everything(),
        )
    )


def _put_pages(books: Books, created_at: str) -> None:
    """Enter the page setup and the branding that payment links start from."""
    books.ecommerce_brandings.put(
        EcommerceBranding(
            id=BRANDING,
            created_at=created_at,
            name="Sandbox branding",
            template="Default",
            company_name="Smarterpay Test",
            address_line_1="74 test street",
            address_line_2="",
            postcode="Q1 TEST",
            city="testcity",
            phone="01632 960001",
            email="test@test.com",
            terms_and_conditions_url="https://example.com/terms",
            styling={
                "header_background_colour": "#10233b",
                "body_background_colour": "#f3f5f8",
                "footer_background_colour": "#10233b",
                "footer_text_colour": "#f2f6fb",
                "button_colour": "#0a55a3",
                "button_text_colour": "#ffffff",
                "button_hover_colour": "#084482",
                "button_hovor_text_colour": "#ffffff",
                "button_border_colour": "#0a55a3",
                "footer_text": "Smarterpay Test",
            },
            logo_filename="logo.png",
        )
    )
    books.ecommerce_page_setups.put(
        EcommercePageSetup(
            id=PAGE_SETUP,
            created_at=created_at,
            name="Sandbox page",
            payment_types="DDMandateOnly",
            branding=BRANDING,
            client_bank_account=MAIN_ACCOUNT,
            encryption_key=_PAGE_KEY,
            description="membership",
            on_page_description="Your membership",
        )
    )
