"""E-commerce brandings and page setups, V2 (section 7.16), read only."""

import json
from typing import Any

from smarterpay.api import NotFound
from smarterpay.api.models.ecommerce_branding import BrandingStyle
from tests.contract.judge import judge
from tests.contract.rows import Given, Ground, Like, Row, asked, nobody, table
from tests.contract.stage import BRANDING, MAIN_ACCOUNT, PAGE, Stage


def named(record_id: str, **setup: Any) -> Given:
    """Ground on which the path names a fixture, the page set up so."""

    async def given(stage: Stage) -> Ground:
        if setup:
            stage.page(**setup)
        return Ground({}, record_id)

    return given


_branding = asked("ecommerce_branding.get", named(BRANDING), "branding", reads_back=False)
_page = asked("ecommerce_page_setup.get", named(PAGE), "ecommerce_setup", reads_back=False)

STYLE = {
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
}
LOOK = {
    "id": BRANDING,
    "name": "Sandbox branding",
    "template": "Default",
    "company_name": "Smarterpay Test",
    "address_line_1": "74 test street",
    "address_line_2": "",
    "postcode": "Q1 TEST",
    "city": "testcity",
    "phone": "01632 960001",
    "email": "test@test.com",
    "terms_and_conditions_url": "https://example.com/terms",
    "styling_css": json.dumps(STYLE, separators=(",", ":")),
    "logo_filename": "logo.png",
}
HEX_OF_THE_ID = PAGE.encode().hex()
SETUP: dict[str, Any] = {
    "id": PAGE,
    "name": "Sandbox page",
    "url": Like(rf"http://.+\?page={HEX_OF_THE_ID}&setup=[A-Za-z0-9%]+"),
    "collection_period": "monthly",
    "collection_day": "1",
    "payment_types": "DDMandateOnly",
    "collection_stretch": 1,
    "description": "membership",
    "on_page_description": "Your membership",
    "single_use": True,
    "expiry": "never",
    "payment_type_step": "Skip",
    "customer_step": "Edit",
    "bank_step": "Edit",
    "card_step": "Skip",
    "schedule_step": "Skip",
    "branding": BRANDING,
    "client_bank_account": MAIN_ACCOUNT,
    "account_validation_required": False,
    "encryption_key": Like("[A-Za-z0-9+/]{43}="),
}

ROWS: tuple[Row, ...] = (
    _branding.gives(
        "a branding: its style is JSON inside a string, one key misspelt",
        "7.16 D, 5 D",
        gives={
            "styling_css": BrandingStyle.model_validate(STYLE),
            "address_line_2": None,
            "template": "Default",
        },
        wire=LOOK,
    ),
    _branding.refuses("nobody", "4 A", given=nobody(), kind=NotFound, status=404),
    _page.gives(
        "a page setup",
        "7.16 D",
        gives={"collection_stretch": 1, "single_use": True, "expiry": "never"},
        wire=SETUP,
    ),
    *(
        _page.gives(
            f"a page whose links live {expiry}",
            "7.16 A",
            given=named(PAGE, expiry=expiry),
            gives={"expiry": expiry},
        )
        for expiry in ("7 days", "3 days", "1 day")
    ),
    _page.gives(
        "a page that only shows the bank account",
        "7.16 A",
        given=named(PAGE, bank_step="ReadOnly"),
        gives={"bank_step": "ReadOnly"},
    ),
    _page.refuses("nobody", "4 A", given=nobody(), kind=NotFound, status=404),
)


@table(*ROWS)
async def test_page(row: Row, stage: Stage) -> None:
    await judge(row, stage)


async def test_section_7_16_the_key_of_a_page_is_a_secret(stage: Stage) -> None:
    page = await stage.cloud.ecommerce_page_setups.get(PAGE)
    assert page.encryption_key is not None
    secret = page.encryption_key.get_secret_value()
    assert secret not in f"{page!r} {page} {page.model_dump_json()}"
