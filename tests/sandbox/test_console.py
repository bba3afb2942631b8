"""Section 12 at `/_sandbox/`, without a browser: each form is a control call, nothing leaks."""

import re
from dataclasses import fields, is_dataclass
from importlib.resources import files
from typing import Any

import httpx
import pytest

from smarterpay.sandbox.books.books import Books
from smarterpay.sandbox.console.forms import FORMS
from smarterpay.sandbox.console.record_cells import COLUMNS, cell, masked, money
from smarterpay.sandbox.console.views import NOT_SHOWN
from smarterpay.sandbox.records import accounts as records
from smarterpay.sandbox.records import cards as card_records
from smarterpay.sandbox.records import items as item_records
from smarterpay.sandbox.records import links as link_records
from smarterpay.sandbox.records import messages as message_records
from smarterpay.sandbox.records import reports as report_records
from smarterpay.sandbox.records import tokens as oauth_records
from smarterpay.sandbox.records.accounts import BankAccount, CustomerAccount
from tests.sandbox.caller import Caller
from tests.sandbox_process import SandboxProcess

RECORDS = (
    card_records,
    item_records,
    link_records,
    message_records,
    oauth_records,
    records,
    report_records,
)
STYLE = files("smarterpay.sandbox.console").joinpath("templates/style.css").read_text("utf-8")


def send(sandbox: SandboxProcess, form: str, **values: str) -> httpx.Response:
    return httpx.post(
        f"{sandbox.base_url}/_sandbox/page/{form}", data=values, trust_env=False, timeout=30
    )


def shown(sandbox: SandboxProcess, path: str = "") -> str:
    answer = httpx.get(f"{sandbox.base_url}/_sandbox/{path}", trust_env=False, timeout=30)
    assert answer.status_code == 200
    return answer.text


def notice(sandbox: SandboxProcess, sent: httpx.Response) -> str:
    """What the page says that a form led to."""
    assert sent.status_code == 303, sent.text
    page = httpx.get(sandbox.base_url + sent.headers["location"], trust_env=False, timeout=30)
    found = re.search(r'<p class="notice[^>]*>([^<]*)</p>', page.text)
    assert found is not None
    return found[1]


def payment(api: Caller, **changes: Any) -> dict[str, Any]:
    fields = {"amount": 2500, "collection_date": "2026-06-03", "description": "bill"} | changes
    if "auddis" not in fields:
        fields["auddis"] = api.mandate()["auddis"]
    answer = api.send("POST", "payment", {"payment": fields})
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["payment"])


def card(api: Caller) -> str:
    """A card whose form nobody has completed."""
    answer = api.send(
        "POST",
        api.sandbox.card_url,
        {
            "payment_type": "Ecommerce",
            "platform": "SmarterPayCloud",
            "payment_gateway_profile_id": "PG01SANDBOXOPAYO0001",
            "customer_id": api.customer()["id"],
            "amount": 2500,
            "currency_code": "GBP",
        },
    )
    return str(answer.json()["card_id"])


def test_the_submission_run_and_the_schedules_work_have_their_buttons(api: Caller) -> None:
    made = payment(api)
    sent = send(api.sandbox, "submission-run")
    assert notice(api.sandbox, sent) == "The submission run is done."
    assert api.get(f"payment/{made['id']}").json()["payment"]["status"] == "submitted"
    assert notice(api.sandbox, send(api.sandbox, "schedules-run")).startswith("The work")


def test_what_waits_is_shown_in_its_order(api: Caller) -> None:
    """Section 12, "Daily order"."""
    waits = shown(api.sandbox).partition('id="waits"')[2]
    first, last = waits.index("run submission"), waits.index("deliver reports")
    assert waits.index("Mon 1 Jun 2026, 22:00") < first < last
    assert waits.index("Tue 2 Jun 2026, 08:00") < last


def test_a_report_can_bring_new_details(api: Caller) -> None:
    """Section 10, `ADDACS3`."""
    account = api.account()
    mandate = api.mandate(customer_bank_account=account["id"])
    sent = send(
        api.sandbox,
        "report",
        id=mandate["id"],
        code="ADDACS3",
        sort_code="200053",
        account_number="12345678",
    )
    assert notice(api.sandbox, sent) == f"ADDACS3 came for {mandate['id']}."
    moved = api.read("bank_account", account["id"])
    assert (moved["sort_code"], moved["account_number"]) == ("200053", "12345678")


def test_a_challenge_decides_a_claimed_payment(api: Caller) -> None:
    """Section 10, "DDICA challenge report"."""
    made = payment(api, amount=9057)
    api.sandbox.advance("21d")
    sent = send(api.sandbox, "challenge-report", id=made["id"], phrase="challenge accepted")
    assert notice(api.sandbox, sent) == f"challenge accepted: the report came for {made['id']}."
    assert api.get(f"payment/{made['id']}").json()["payment"]["status"] == "successful"


def test_a_mandate_is_cancelled_by_the_originator(api: Caller) -> None:
    mandate = api.mandate()
    send(api.sandbox, "cancel-mandate", id=mandate["id"])
    assert api.read("Mandate", mandate["id"])["dd_status"] == "cancelled by originator"


def test_a_card_form_is_completed(api: Caller) -> None:
    card_id = card(api)
    assert card_id in shown(api.sandbox)
    sent = send(api.sandbox, "complete-card", id=card_id, outcome="failed")
    assert notice(api.sandbox, sent) == f"{card_id} ended: failed."


def test_a_repeat_that_waits_for_3d_secure_is_completed(api: Caller) -> None:
    """Section 13, card amount 4010."""
    card_id = card(api)
    send(api.sandbox, "complete-card", id=card_id)
    repeat = {"payment_type": "Repeat", "platform": "SmarterPayCloud", "amount": 4010}
    waiting = api.send("POST", f"{api.sandbox.card_url}/{card_id}", repeat).json()
    assert waiting["id"] in shown(api.sandbox, "?kind=customer_accounts")
    sent = send(api.sandbox, "complete-card", id=card_id, payment_id=waiting["id"])
    assert notice(api.sandbox, sent) == f"{card_id} ended: successful."


def test_a_payment_link_is_finished(api: Caller) -> None:
    """Section 7.12: a single use completes the link."""
    link = api.send(
        "POST", "paymentlink", {"payment_link": {"ecommerce_page": "EP02SANDBOXPAGE00001"}}
    ).json()["payment_link"]
    assert link["url"].replace("&", "&amp;") in shown(api.sandbox)
    sent = send(api.sandbox, "complete-link", id=link["id"])
    assert notice(api.sandbox, sent) == f"{link['id']} is finished."


def test_a_subscription_gets_its_address_and_a_test_message(api: Caller) -> None:
    """Section 9: a receiver that cannot be reached is tried again."""
    subscription = "SU01SANDBOXSUBS00001"
    send(api.sandbox, "subscribe", id=subscription, url="http://127.0.0.1:9/", version="1")
    saved = api.sandbox.control(f"subscriptions/{subscription}")
    assert (saved["url"], saved["version"]) == ("http://127.0.0.1:9/", 1)
    sent = send(api.sandbox, "test-webhook", id=subscription)
    assert notice(api.sandbox, sent) == "The test message was sent: retrying."
    assert "ConnectError" in shown(api.sandbox)


@pytest.mark.parametrize(
    ("form", "values", "told"),
    [
        ("report", {"id": "P01/../x", "code": "ARUDD0"}, "give the id of a record"),
        ("complete-card", {"id": "unknown"}, "no such card"),
        ("mode", {"mode": "frozen", "scale": "fast"}, "scale is a number"),
        ("fault", {"kind": "503", "times": "9" * 30}, "times is a whole number from 1"),
        ("settings", {"rejection_profiles": "{"}, "rejection_profiles is JSON"),
        ("reset", {"seed": "2"}, "tick the box: a reset forgets every record"),
        ("set-clock", {"instant": "2020-01-01T00:00"}, "time moves forward only"),
    ],
)
def test_what_cannot_be_done_is_told_and_not_done(
    api: Caller, form: str, values: dict[str, str], told: str
) -> None:
    before = api.sandbox.control("snapshot")
    assert told in notice(api.sandbox, send(api.sandbox, form, **values))
    assert api.sandbox.control("snapshot") == before


def test_a_form_there_is_not_and_a_form_that_is_read(api: Caller) -> None:
    assert send(api.sandbox, "nonsense").status_code == 404
    answer = httpx.get(f"{api.sandbox.base_url}/_sandbox/page/advance", trust_env=False)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "sandbox", "[::1]:80", "10.1.2.3:8765"])
def test_a_form_is_taken_under_a_name_that_is_nobody_else_s(api: Caller, host: str) -> None:
    answer = httpx.post(
        f"{api.sandbox.base_url}/_sandbox/page/advance",
        data={"span": "1h"},
        headers={"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"},
        trust_env=False,
    )
    assert answer.status_code == 303


def test_the_page_lets_nothing_foreign_in(sandbox: SandboxProcess) -> None:
    answer = httpx.get(f"{sandbox.base_url}/_sandbox/", trust_env=False)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    assert re.findall(r'(?:src|href)="(?:https?:)?//', answer.text) == []


def test_no_secret_stands_on_the_page(api: Caller) -> None:
    """The keys of section 13 are listed as test values; a subscription's own key is not."""
    api.sandbox.control("subscriptions/SU01SANDBOXSUBS00001", {"key": "canary-key"}, method="PUT")
    key = api.get("ecommercepagesetup/EP02SANDBOXPAGE00001").json()["ecommerce_setup"]
    card_id = card(api)
    token = api.sandbox.books(records=True)["records"]["cards"][0]["session_token"]
    for query in (
        "?kind=subscriptions&record=SU01SANDBOXSUBS00001",
        "?kind=ecommerce_page_setups&record=EP02SANDBOXPAGE00001",
        f"?kind=cards&record={card_id}",
    ):
        page = shown(api.sandbox, query)
        for secret in ("canary-key", key["encryption_key"], token):
            assert secret
            assert secret not in page


def is_kind(found: Any) -> bool:
    return is_dataclass(found) and hasattr(found, "KIND")


def test_every_kind_of_record_has_its_columns() -> None:
    assert set(Books().tables) == set(COLUMNS) | NOT_SHOWN
    classes = {one.KIND: one for module in RECORDS for one in vars(module).values() if is_kind(one)}
    for kind, names in COLUMNS.items():
        assert set(names) <= {field.name for field in fields(classes[kind])}, kind


@pytest.mark.parametrize(
    ("record", "name", "text"),
    [
        (BankAccount, "account_number", "•••••855"),
        (BankAccount, "sort_code", "•••052"),
        (BankAccount, "account_name", "A••• E•••"),
        (CustomerAccount, "email", "a•••"),
        (CustomerAccount, "address_line1", "1••• S•••"),
        (CustomerAccount, "custom_reference", "CUST-0042"),
    ],
)
def test_what_names_a_person_is_masked(record: type[Any], name: str, text: str) -> None:
    values = {
        "account_number": "75849855",
        "sort_code": "200052",
        "account_name": "Ada Example",
        "email": "ada@example.com",
        "address_line1": "1 Sample",
        "custom_reference": "CUST-0042",
    }
    blank = {one.name: "" for one in fields(record) if one.name != "enabled"}
    assert cell(record(**blank | {name: values[name]}), name).text == text


def test_amounts_read_as_people_write_them() -> None:
    assert money(123456, "GBP") == "£1,234.56"
    assert money(5, "EUR") == "0.05 EUR"
    assert masked("12") == "••"


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    digits = colour if len(colour) == 6 else "".join(sign * 2 for sign in colour)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("ink", "card"),
        ("ink", "ground"),
        ("ink", "quiet"),
        ("soft", "card"),
        ("accent", "card"),
        ("on-accent", "accent"),
        ("good", "good-ground"),
        ("bad", "bad-ground"),
        ("on-clock", "clock"),
        ("on-clock-soft", "clock"),
    ],
)
def test_text_has_the_contrast_of_wcag_aa(scheme: str, ink: str, ground: str) -> None:
    roots = [dict(re.findall(r"--([\w-]+): #([0-9a-f]+);", part)) for part in STYLE.split("@media")]
    colours = roots[0] if scheme == "light" else roots[0] | roots[1]
    light, dark = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_every_form_of_the_page_is_one_that_is_taken(sandbox: SandboxProcess) -> None:
    used = set(re.findall(r'action="/_sandbox/page/([\w-]+)"', shown(sandbox)))
    assert used <= set(FORMS)
    assert set(FORMS) - used <= {
        "complete-validation",
        "complete-card",
        "complete-link",
        "no-faults",
        "test-webhook",
    }
