"""A person opens the run that waits in the Prefect UI, reads the plan, and approves it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from smarterpay.journal import Journal
from smarterpay.journal.approval_requests import Request
from smarterpay.orchestration.local_server import PrefectServer
from smarterpay.settings import Settings
from tests.flow_process import environment_of
from tests.prefect_api import PrefectApi, eventually
from tests.prefect_server import prefect_server
from tests.sandbox.caller import Caller

__all__ = ["prefect_server"]

SUBJECT = "collection-260601-k3f9q2"
WAIT_SECONDS = 30
#: Where the picture for the how-to goes; only if asked for, since pictures differ by a pixel.
PICTURE = os.environ.get("SMARTERPAY_TEST_PICTURE")


class Form:
    """The form in the browser, as somebody who fills it in uses it."""

    def __init__(self, browser: Chrome) -> None:
        self._browser = browser
        self._waiting = WebDriverWait(browser, WAIT_SECONDS, poll_frequency=0.05)

    def open(self, url: str) -> None:
        self._browser.get(url)
        self.press("Resume")
        self._waiting.until(lambda browser: "asks for approval" in self.text)

    def press(self, label: str) -> None:
        self._waiting.until(lambda browser: self._buttons(label))[0].click()

    def choose(self, label: str, option: str) -> None:
        Select(self._field(label).find_element(By.TAG_NAME, "select")).select_by_visible_text(
            option
        )

    def write(self, label: str, text: str) -> None:
        self._field(label).find_element(By.TAG_NAME, "textarea").send_keys(text)

    def value(self, label: str) -> str:
        area = self._field(label).find_element(By.TAG_NAME, "textarea")
        return str(area.get_attribute("value"))

    @property
    def text(self) -> str:
        found = self._browser.find_elements(By.CSS_SELECTOR, ".p-modal")
        return " ".join(one.text for one in found)

    def _field(self, label: str) -> WebElement:
        fields = self._browser.find_elements(By.CSS_SELECTOR, ".schema-form-property")
        (found,) = [one for one in fields if one.text.startswith(label)]
        return found

    def _buttons(self, label: str) -> list[WebElement]:
        buttons = self._browser.find_elements(By.TAG_NAME, "button")
        return [one for one in buttons if one.text.strip() == label]


@pytest.fixture
def settings(tmp_path: Path, api: Caller) -> Settings:
    """A merchant on the sandbox."""
    sandbox = api.sandbox
    return Settings(
        home=tmp_path / "home",
        cloud_base_url=sandbox.cloud_url,
        card_base_url=sandbox.card_url,
        clock_url=sandbox.clock_url,
    )


@pytest.fixture
def run(settings: Settings, prefect_server: PrefectServer) -> Iterator["subprocess.Popen[bytes]"]:
    """A flow process whose run is above its thresholds."""
    settings.home.mkdir()
    environment = {**os.environ, **prefect_server.environment(), **environment_of(settings)}
    command = [sys.executable, "-m", "tests.flows.approval_runs", SUBJECT]
    with (settings.home / "flow.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    yield process
    process.kill()
    process.wait()


def waiting_at(server: PrefectServer) -> str:
    """Where the UI shows the run, once it waits."""
    with PrefectApi(server.api_url) as prefect:
        runs = eventually(
            lambda: prefect.flow_runs(f"act on {SUBJECT}"),
            lambda found: bool(found) and found[0]["state_type"] == "PAUSED",
        )
    return f"{server.ui_url}/runs/flow-run/{runs[0]['id']}"


def test_the_form_shows_the_plan_and_takes_a_decision(
    browser: Chrome,
    settings: Settings,
    prefect_server: PrefectServer,
    run: "subprocess.Popen[bytes]",
) -> None:
    url = waiting_at(prefect_server)
    with Journal.open(settings) as journal:
        (request,) = journal.approvals.undecided(journal.clock.now())
        form = Form(browser)
        form.open(url)
        for text in shown(request):
            assert text in form.text
        assert form.value("Plan") == request.digest_shown

        form.choose("Decision", "approve")
        form.write("Your name", "Bob Approver")
        form.write("Note", "as agreed on Monday")
        if PICTURE:
            browser.save_screenshot(PICTURE)
        form.press("Submit")

        assert run.wait(60) == 0
        decided = journal.approvals.get(request.id).decided
        assert decided is not None
        assert (decided.decision, decided.approver, decided.via) == (
            "approved",
            "Bob Approver",
            "prefect",
        )
        assert decided.note == "as agreed on Monday"
        *_, acted = journal.audit.each(subject=SUBJECT)
        assert acted.action == "test.acted"


def shown(request: Request) -> tuple[str, ...]:
    """What somebody has to see before deciding."""
    return (
        SUBJECT,
        request.digest_shown,
        request.planner,
        "£2,000.00",
        "One row is £2,000.00, above £1,000.00",
        "Expires 2026-06-02 08:00Z",
    )
