"""Section 12 and 13 at `/_sandbox/`: a person sees the books, moves time and fires reports."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from smarterpay.sandbox.triggers import ACCOUNT_ENDINGS, AMOUNTS, CARD_AMOUNTS
from tests.sandbox.caller import Caller
from tests.sandbox_process import SandboxProcess

WAIT_SECONDS = 20
READY = "complete"


class Page:
    """The page in the browser, as somebody who looks at it uses it."""

    def __init__(self, browser: Chrome, sandbox: SandboxProcess) -> None:
        self.browser = browser
        self.url = f"{sandbox.base_url}/_sandbox/"

    def open(self, query: str = "") -> None:
        self.browser.get(self.url + query)

    def one(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def form(self, name: str) -> WebElement:
        return self.one(f'form[action$="/{name}"]')

    def press(self, label: str) -> None:
        """Press a button, and wait for the page that follows."""
        self.leave(
            lambda: self.browser.find_element(By.XPATH, f'//button[text()="{label}"]').click()
        )

    def leave(self, act: Callable[[], None]) -> None:
        """Do what sends a form, and wait until its answer is there, which has its own address."""
        before = self.browser.current_url
        act()
        waiting = WebDriverWait(self.browser, WAIT_SECONDS, poll_frequency=0.02)
        waiting.until(lambda browser: browser.current_url != before)
        waiting.until(lambda browser: browser.execute_script("return document.readyState") == READY)

    def fill(self, form: str, **values: str) -> None:
        for name, value in values.items():
            field = self.form(form).find_element(By.NAME, name)
            field.clear()
            field.send_keys(value)

    @property
    def notice(self) -> str:
        return self.one(".notice").text

    @property
    def clock(self) -> str:
        return self.one(".clock").text

    def table(self, anchor: str) -> str:
        return self.one(f"#{anchor}").text


@pytest.fixture
def page(browser: Chrome, api: Caller) -> Iterator[Page]:
    """The page, which by the end of the test must not have complained."""
    opened = Page(browser, api.sandbox)
    browser.get_log("browser")  # type: ignore[no-untyped-call] # what other pages complained of
    opened.open()
    yield opened
    log: list[dict[str, Any]] = browser.get_log("browser")  # type: ignore[no-untyped-call]
    complaints = [line for line in log if line["level"] == "SEVERE"]
    assert complaints == []


def submitted_payment(api: Caller) -> dict[str, Any]:
    """A payment that went to Bacs."""
    mandate = api.mandate()
    payment = api.send(
        "POST",
        "payment",
        {
            "payment": {
                "auddis": mandate["auddis"],
                "amount": 2500,
                "collection_date": "2026-06-03",
                "description": "metered bill",
            }
        },
    ).json()["payment"]
    api.sandbox.advance("14h")
    return dict(payment)


def test_the_clock_moves_by_its_buttons(page: Page) -> None:
    assert "Monday 1 June 2026" in page.clock
    assert "09:00:00" in page.clock
    page.press("+ 1 hour")
    assert "10:00:00" in page.clock
    page.press("+ 1 day")
    assert "Tuesday 2 June 2026" in page.clock
    page.press("Next banking day")
    assert "Wednesday 3 June 2026" in page.clock
    page.press("To 22:00, the file to Bacs")
    assert "22:00:00" in page.clock
    assert page.notice.startswith("It is Wed 3 Jun 2026, 22:00 in London;")


def test_the_clock_goes_where_it_is_told_and_never_back(page: Page) -> None:
    page.one(".clock summary").click()
    span = page.one('form.row[action$="/advance"] input[name="span"]')
    page.leave(lambda: span.send_keys("36h" + Keys.ENTER))
    assert "Tuesday 2 June 2026" in page.clock
    page.one(".clock summary").click()
    span = page.one('form.row[action$="/advance"] input[name="span"]')
    page.leave(lambda: span.send_keys("-1h" + Keys.ENTER))
    assert page.one(".notice.refused").text.startswith("not a time:")
    assert "Tuesday 2 June 2026" in page.clock


def test_a_report_changes_its_record(page: Page, api: Caller) -> None:
    payment = submitted_payment(api)
    page.open(f"?kind=payments&record={payment['id']}")
    assert "submitted" in page.table("books")
    page.fill("report", code="ARUDD0")
    page.press("Fire the report")
    assert page.notice == f"ARUDD0 came for {payment['id']}."
    assert "failed" in page.table("books")
    assert "refer to payer" in page.table("books")
    assert api.get(f"payment/{payment['id']}").json()["payment"]["bacs_code"] == "ARUDD0"


def test_a_report_that_cannot_be_says_why(page: Page, api: Caller) -> None:
    payment = submitted_payment(api)
    page.open()
    page.fill("report", id=payment["id"], code="NOSUCH")
    page.press("Fire the report")
    assert page.one(".notice.refused").text == "code is a Bacs code such as ARUDD0 or ADDACS 1"


def test_a_setting_is_changed_and_the_others_stay(page: Page, api: Caller) -> None:
    before = api.sandbox.control("settings")
    page.one('input[name="credit_anti_fraud"]').click()
    page.fill("settings", processing_days="5")
    Select(page.one('select[name="maintenance"]')).select_by_visible_text("saturday")
    page.press("Save the settings")
    changed = {"credit_anti_fraud": True, "processing_days": 5, "maintenance": "saturday"}
    assert api.sandbox.control("settings") == before | changed
    assert page.one('input[name="credit_anti_fraud"]').is_selected()


def test_what_a_tester_wrote_is_shown_as_text(page: Page, api: Caller) -> None:
    text = "<script>document.title='run'</script>"
    customer = api.customer(custom_reference=text, metadata="<b>bold</b>")
    page.open(f"?kind=customer_accounts&record={customer['id']}")
    assert text in page.table("books")
    assert "<b>bold</b>" in page.table("books")
    assert page.browser.title.startswith("SmarterPay sandbox")


def test_names_and_account_numbers_are_masked(page: Page, api: Caller) -> None:
    customer = api.customer(first_name="Zebedee", email="zebedee@example.com")
    account = api.account(account_number="10000123", account_name="Zebedee", sort_code="987654")
    api.mandate(customer_bank_account=account["id"])
    for record in (customer, account):
        for kind in ("customer_accounts", "bank_accounts", "mandates"):
            page.open(f"?kind={kind}&record={record['id']}")
            for text in ("Zebedee", "zebedee", "10000123", "987654", "74 test street"):
                assert text not in page.browser.page_source
    assert "•••••123" in page.table("books")


def test_a_validation_is_completed_by_its_button(page: Page, api: Caller) -> None:
    validation = api.make(
        "account_validation", client_bank_account_id="OB01SANDBOXMAIN00001", reference="PENDING"
    )
    page.open()
    page.press("Complete")
    assert page.notice == f"{validation['id']} ended: match."
    assert api.read("account_validation", validation["id"])["successful_validation"] is True


def test_a_fault_is_ordered_and_called_off(page: Page, api: Caller) -> None:
    Select(page.form("fault").find_element(By.NAME, "kind")).select_by_visible_text("503")
    page.fill("fault", path="/mandate", times="2")
    page.press("Order the fault")
    (fault,) = api.sandbox.control("faults")["faults"]
    assert (fault["kind"], fault["path"], fault["times"]) == ("503", "/mandate", 2)
    assert "/mandate" in page.table("faults")
    page.press("Call all faults off")
    assert api.sandbox.control("faults")["faults"] == []


def test_a_reset_asks_first(page: Page, api: Caller) -> None:
    api.customer()
    page.open("?kind=customer_accounts")
    page.one(".clock summary").click()
    page.browser.find_element(By.XPATH, '//button[text()="Start afresh"]').click()
    assert api.sandbox.counts()["customer_accounts"] == 1
    page.one('input[name="sure"]').click()
    page.press("Start afresh")
    assert page.notice == "Everything starts afresh."
    assert api.sandbox.counts()["customer_accounts"] == 0


def test_section_13_every_test_value_is_listed_with_its_effect(page: Page) -> None:
    for anchor, listed in (
        ("account-endings", ACCOUNT_ENDINGS),
        ("amounts", AMOUNTS),
        ("card-amounts", CARD_AMOUNTS),
    ):
        shown = page.table(anchor)
        for value, trigger in listed.items():
            assert f"{value} {trigger.effect.replace('`', '')}" in shown


def test_it_can_be_used_by_keyboard(page: Page) -> None:
    page.one("body").send_keys(Keys.TAB)
    assert page.browser.switch_to.active_element.text == "To the books"
    for _ in range(2):
        page.browser.switch_to.active_element.send_keys(Keys.TAB)
    page.browser.switch_to.active_element.send_keys(Keys.TAB)
    assert page.browser.switch_to.active_element.tag_name in {"a", "button", "summary"}


def test_it_fits_a_phone(page: Page) -> None:
    page.browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": True},
    )
    page.open()
    wide = page.browser.execute_script("return document.documentElement.scrollWidth")
    page.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert wide <= 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "rebound.example"},
    ],
)
def test_a_form_of_another_site_is_not_taken(api: Caller, headers: dict[str, str]) -> None:
    answer = httpx.post(
        f"{api.sandbox.base_url}/_sandbox/page/advance",
        data={"span": "1h"},
        headers=headers,
        trust_env=False,
    )
    assert answer.status_code == 403
    assert api.sandbox.control("clock")["now"] == "2026-06-01T08:00:00+00:00"
