"""`smarterpay card` and `smarterpay link`: what the browser gets, follow-ups, bad input."""

import json
import signal
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from smarterpay.cli import main
from smarterpay.intake.payer_wishes import stage_payment_link
from smarterpay.journal.journeys import LINK, Change, Stage
from tests.api import builders
from tests.e2e.merchant import Merchant
from tests.flows.payer_scene import PAGE, PROFILE
from tests.sandbox_process import SandboxProcess


class Terminal:
    """A merchant at a terminal; commands run in this process, their flows in one of their own."""

    def __init__(self, merchant: Merchant) -> None:
        self.merchant = merchant
        self.sandbox = merchant.sandbox

    def run(self, *words: str) -> tuple[int, Any]:
        """The exit code and the JSON printed, or the text of the error."""
        done = CliRunner().invoke(main, [*words, "--json"])
        return done.exit_code, json.loads(done.stdout) if done.stdout else done.stderr


@pytest.fixture
def terminal(
    merchant: Merchant, monkeypatch: pytest.MonkeyPatch, provider: SandboxProcess
) -> Iterator[Terminal]:
    """The merchant's variables are this process's, and its signals are put back."""
    provider.reset()
    provider.settings(rate_limit=None)
    for name, value in merchant.environment.items():
        if name.startswith(("SMARTERPAY_", "PREFECT_")):
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("SMARTERPAY_CARD_BASE_URL", provider.card_url)
    monkeypatch.setenv("SMARTERPAY_CARD_GATEWAY_PROFILE", PROFILE)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield Terminal(merchant)
    for number, handler in handlers.items():
        signal.signal(number, handler)


def a_customer(sandbox: SandboxProcess) -> str:
    """A customer account at the provider."""
    answer = httpx.post(
        f"{sandbox.cloud_url}customeraccount",
        json={"Customer_Account": builders.customer().to_wire()},
        headers={"Authorization": f"Bearer {sandbox.token}"},
        trust_env=False,
    )
    return str(answer.json()["Customer_Account"]["id"])


@pytest.mark.e2e
def test_section_8_a_card_payment_from_the_terminal(terminal: Terminal) -> None:
    customer = a_customer(terminal.sandbox)
    asked = ["card", "register", "--reference", "ORDER-1", "--customer", customer]
    asked += ["--type", "DeferredEcommerce", "--amount"]
    code, first = terminal.run(*asked, "25.00")
    assert (code, first["stage"], first["amount_pence"]) == (0, "waiting", 2500)
    assert set(first["browser"]) == {"payment_id", "card_id", "session_token"}
    assert terminal.run(*asked, "25.00") == (0, first)
    code, told = terminal.run(*asked, "26.00")
    assert (code, "fields that differ: amount" in told) == (1, True)
    code, status = terminal.run("card", "status", "ORDER-1")
    assert (code, "browser" in status) == (4, False)

    terminal.sandbox.control(f"cards/{first['card']}/complete", {})
    release = ("card", "release", "ORDER-1", "--reference", "REL-1", "--amount", "20.00")
    code, released = terminal.run(*release, "--by", "somebody")
    assert (code, released["outcome"]) == (0, "Released")
    assert terminal.run("card", "status", "ORDER-1")[1]["stage"] == "successful"
    with terminal.merchant.journal() as journal:
        row, _ = journal.batches.latest_row("collection", "REL-1")
        assert journal.batches.get(row.batch_id).policy["planned_by"] == "somebody"


@pytest.mark.e2e
def test_section_7_12_a_link_from_the_terminal(terminal: Terminal) -> None:
    create = ("link", "create", "--reference", "LINK-1", "--page", PAGE)
    code, link = terminal.run(*create, "--return-url", "https://shop.example/thanks")
    assert (code, link["stage"]) == (0, "waiting")
    (record,) = terminal.sandbox.books(records=True)["records"]["payment_links"]
    assert (link["record"], link["url"]) == (record["id"], record["url"])
    code, status = terminal.run("link", "status", "LINK-1")
    assert (code, "url" in status) == (4, False)
    assert terminal.run(*create)[0] == 1  # the same reference with another wish


#: How a link stands, and the exit code that says so.
CODES = ((Stage.COMPLETED, 0), (Stage.EXPIRED, 3), (Stage.CANCELLED, 3), (Stage.OVERDUE, 4))


def test_the_exit_code_says_how_a_payment_stands(terminal: Terminal) -> None:
    with terminal.merchant.journal() as journal:
        for stage, _ in CODES:
            stage_payment_link(journal, stage.value, builders.payment_link())
            journal.journeys.record(LINK, stage.value, Change(stage), journal.clock.now())
    codes = {stage: terminal.run("link", "status", stage.value)[0] for stage, _ in CODES}
    assert codes == dict(CODES)


#: Words of a command, and what is said of them.
WRONG = (
    ("card register --reference R --customer CA01 --amount 100", "--amount is a whole number"),
    ("card register --reference R --customer no\tid --amount 1.00", "customer_id"),
    ("card status NOBODY", "no card payment is staged under NOBODY"),
    ("link status NOBODY", "no link payment is staged under NOBODY"),
    ("link create --reference R --page EP02 --return-url http://shop.example", "return_url"),
)


@pytest.mark.parametrize(("words", "why"), WRONG)
def test_bad_input_is_said_in_a_sentence(terminal: Terminal, words: str, why: str) -> None:
    code, told = terminal.run(*words.split(" "))
    assert (code, why in told) == (1, True), told
