"""Section 7.16: brandings and page setups, as they are read."""

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.sandbox.caller import Caller

PAGE = "EP02SANDBOXPAGE00001"
BRANDING = "EB02SANDBOXBRAND0001"


def test_the_fields_of_a_branding_sections_7_16_and_13(api: Caller) -> None:
    branding = api.read("branding", BRANDING)
    assert list(branding) == [
        "id",
        "name",
        "template",
        "company_name",
        "address_line_1",
        "address_line_2",
        "postcode",
        "city",
        "phone",
        "email",
        "terms_and_conditions_url",
        "styling_css",
        "logo_filename",
    ]
    assert (branding["id"], branding["template"]) == (BRANDING, "Default")
    assert all(isinstance(value, str) for value in branding.values())


def test_the_styling_is_json_inside_a_string_section_7_16(api: Caller) -> None:
    """`button_hovor_text_colour` is spelt so (section 5, "Misspelt names")."""
    styling = json.loads(api.read("branding", BRANDING)["styling_css"])
    assert list(styling) == [
        "header_background_colour",
        "body_background_colour",
        "footer_background_colour",
        "footer_text_colour",
        "button_colour",
        "button_text_colour",
        "button_hover_colour",
        "button_hovor_text_colour",
        "button_border_colour",
        "footer_text",
    ]
    assert all(styling.values())


def test_the_fields_of_a_page_setup_sections_7_16_and_13(api: Caller) -> None:
    page = api.read("ecommerce_setup", PAGE)
    assert page == {
        "id": PAGE,
        "name": "Sandbox page",
        "url": page["url"],
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
        "client_bank_account": "OB01SANDBOXMAIN00001",
        "account_validation_required": False,
        "encryption_key": page["encryption_key"],
    }
    assert len(base64.b64decode(page["encryption_key"], validate=True)) == 32


def test_the_url_of_a_page_section_7_16(api: Caller) -> None:
    """`page` is the hex of the record id, `setup` a ciphertext; every read gives the same."""
    url = api.read("ecommerce_setup", PAGE)["url"]
    query = parse_qs(urlsplit(url).query)
    assert list(query) == ["page", "setup"]
    assert bytes.fromhex(query["page"][0]).decode() == PAGE
    assert PAGE.encode() not in base64.b64decode(query["setup"][0], validate=True)
    assert api.read("ecommerce_setup", PAGE)["url"] == url


def test_the_key_is_a_secret_section_7_16(api: Caller) -> None:
    """The control call that sets up a page does not repeat it."""
    answer = api.sandbox.control(f"page-setups/{PAGE}", {"single_use": False})
    assert "encryption_key" not in answer
    assert answer["single_use"] is False


@pytest.mark.parametrize(
    "body",
    [
        {"colour": "red"},
        {"payment_types": "Cash"},
        {"payment_types": 7},
        {"bank_step": "skip"},
        {"expiry": "2 days"},
        {"single_use": "yes"},
        {"collection_stretch": 0},
        {"collection_period": "daily"},
        {"collection_day": "31"},
        {"client_bank_account": "OB01ZZZZZZZZZZZZZZZZ"},
        {"name": "x" * 101},
        {"expiry": "1 day", "bank_step": 1},
    ],
)
def test_a_page_is_set_up_all_or_nothing(api: Caller, body: dict[str, Any]) -> None:
    url = f"{api.sandbox.base_url}/_sandbox/page-setups/{PAGE}"
    before = api.read("ecommerce_setup", PAGE)
    answer = api.http.post(url, json=body)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert api.read("ecommerce_setup", PAGE) == before


def test_both_are_read_only_and_found_in_any_case_sections_6_and_1(api: Caller) -> None:
    for path, record_id in (("ecommercepagesetup", PAGE), ("ecommercebranding", BRANDING)):
        assert api.get(f"{path}/{record_id.lower()}").status_code == 200
        assert api.get(f"{path}/nonsense").status_code == 404
        assert api.get(path).status_code == 404
        assert api.send("PUT", f"{path}/{record_id}", {}).status_code == 405


def test_the_page_of_a_setup_takes_payers_without_a_link_section_7_16(api: Caller) -> None:
    url = api.read("ecommerce_setup", PAGE)["url"].replace(
        "http://sandbox.test", api.sandbox.base_url
    )
    shown = httpx.get(url, trust_env=False)
    assert (shown.status_code, "Your membership" in shown.text) == (200, True)
    assert httpx.post(url, data={"last_name": "Ulrich"}, trust_env=False).status_code == 200
    (mandate,) = api.get("mandates").json()["Mandates"]
    customer = api.read("Customer_Account", mandate["customer_account"])
    assert (customer["last_name"], mandate["dd_status"]) == ("Ulrich", "new instruction")
    assert api.sandbox.counts()["payment_links"] == 0
    for wrong in (url[:-8], url.replace("setup=", "setup=AAAA"), url.replace("page=45", "page=46")):
        assert httpx.get(wrong, trust_env=False).status_code == 404
