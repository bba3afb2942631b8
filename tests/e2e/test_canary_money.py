"""Marked words of payments and cards, and OAuth secrets, are found nowhere but where they belong.

As `test_canary`, for what no command does yet: bulk calls, card calls and their failures, run by
a flow process that logs everything.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import BaseModel, SecretStr

from smarterpay.orchestration.local_server import PrefectServer
from smarterpay.settings import Settings
from tests.api import builders
from tests.e2e.merchant import Merchant
from tests.e2e.test_canary import found_in, texts
from tests.flow_process import Call, FlowProcess, FlowWorker, packed
from tests.orchestration.bulk_runs import a_payment
from tests.prefect_api import PrefectApi
from tests.sandbox_process import SandboxProcess

SECRET = "sandbox-client-secret"  # of the one OAuth client the sandbox knows
OTHER_SECRET = "qzcanary-secret-of-nobody"  # and one it does not
WORDS = {
    "description": "Qzmoneydescription",
    "metadata": "Qzmoneymetadata",
}
CARD_WORDS = {
    "internal_payment_description": "Qzmoneyinternal",
    "gateway_payment_description": "Qzmoneygateway",
    "metadata": "Qzmoneycardmetadata",
}
#: The provider's own words on a row it refused (section 13): they may quote what was sent.
REFUSAL = "Row rejected by test value"
MARKS = (*WORDS.values(), *CARD_WORDS.values(), REFUSAL, SECRET, OTHER_SECRET, "Bearer ")


class Story:
    """Has a flow process do one thing after another, and knows the sandbox it does them at."""

    def __init__(self, flows: FlowProcess, sandbox: SandboxProcess) -> None:
        self.flows = flows
        self.sandbox = sandbox

    def do(
        self, task: str, request: BaseModel | list[Any], reference: str, **more: Any
    ) -> dict[str, Any]:
        """What a call of one task came to."""
        call: Call = {"task": task, "request": packed(request), "reference": reference}
        settings = more.pop("settings", {})
        return self.flows.call({**call, **more}, **settings)

    def record(
        self, task: str, request: BaseModel, reference: str = "CUST-0042", **more: Any
    ) -> Any:
        """The record a write gave."""
        done = self.do(task, request, reference, **more)
        assert "error" not in done, done
        return done["results"][0]["record"]

    def error(self, *arguments: Any, **more: Any) -> str:
        """The class of the error a call ended in."""
        return str(self.do(*arguments, **more)["error"]["class"])


@pytest.mark.e2e
def test_no_word_of_a_payment_and_no_secret_leaves_its_place(
    merchant: Merchant,
    prefect_server: PrefectServer,
    debug_logging: Mapping[str, str],
    tmp_path: Path,
) -> None:
    sandbox, log = merchant.sandbox, tmp_path / "flows.log"
    by_oauth = Settings(
        home=merchant.home,
        cloud_base_url=sandbox.cloud_url,
        card_base_url=sandbox.card_url,
        clock_url=sandbox.clock_url,
        oauth_client_id="sandbox-client",
        oauth_client_secret=SecretStr(SECRET),
        oauth_token_url=f"{sandbox.base_url}/oauth/token",
        rate_limit=60_000,
        max_attempts=2,
        retry_delay=0,
    )
    environment = {**prefect_server.environment(), **debug_logging}
    with FlowWorker(environment, log) as worker, PrefectApi(prefect_server.api_url) as api:
        story = Story(FlowProcess(worker, api, by_oauth), sandbox)
        _bulk_calls_in_every_trouble(story)
        session_token = _card_calls_in_every_trouble(story)
        assert (
            story.error(
                "customer_accounts.create_customer_account",
                builders.customer(),
                "LOCKED-OUT",
                settings={"oauth_client_secret": OTHER_SECRET},
            )
            == "Misconfigured"
        )
    books = str(sandbox.books(records=True)).encode()
    access_tokens = _given_out(sandbox)
    marks = (*MARKS, session_token, *access_tokens)

    places = [log, *merchant.home.rglob("*"), *prefect_server.folder.rglob("*")]
    searched = [path for path in places if path.is_file()]
    found = {str(path): found_in(path.read_bytes(), marks) for path in searched}
    assert {path: told for path, told in found.items() if told} == {}
    told = "\n".join(texts(prefect_server.folder / "prefect.db"))
    assert found_in(told.encode(), marks) == set()
    assert found_in(str(sandbox.requests(limit=5000)).encode(), marks) == set()

    words = {*WORDS.values(), *CARD_WORDS.values()}
    assert found_in(books, marks) >= words, "the provider was never told"
    assert len(access_tokens) > 3, "no token was spent or ran out"
    _it_could_have_failed(log, told, {path.name for path in searched})


def _bulk_calls_in_every_trouble(story: Story) -> None:
    """Sections 4 and 7.9: a spent token, a lost answer, a refused row, a conflict, a lost call."""
    sandbox = story.sandbox
    account = story.record("bank_accounts.create_bank_account", builders.bank_account())
    mandate = builders.mandate(customer_bank_account=account["id"], auddis="VEG-1")
    story.record("mandates.create_mandate", mandate)
    rows = [a_payment("VEG-1", one, **WORDS) for one in ("INV-1", "BULKFAIL-2")]
    bulk = "payments.bulk_create_payments"
    sandbox.control("oauth/revoke", {})
    sandbox.faults("500-after", method="POST", path="/payments", times=1, stored=False)
    story.do(bulk, rows, "RUN-1")
    sandbox.advance("1m")
    (done,) = story.do(bulk, rows, "RUN-1")["results"]
    assert [row["state"] for row in done["rows"]] == ["succeeded", "refused"]
    for row, wrong in zip(rows, ("IntentConflict", "OperationRefused"), strict=True):
        changed = {"amount": 1} if wrong == "IntentConflict" else {}
        request = row.model_copy(update=changed)
        reference = str(row.custom_reference)
        assert story.error("payments.create_payment", request, reference) == wrong

    sandbox.faults("drop-before", method="POST", path="/payments", times=2)
    lost = [a_payment("VEG-1", "INV-3", **WORDS)]
    story.do(bulk, lost, "RUN-2")
    sandbox.clear_faults()
    sandbox.advance("25h")
    (done,) = story.do(bulk, lost, "RUN-2")["results"]
    assert done["counts"] == {"needs_attention": 1}


def _card_calls_in_every_trouble(story: Story) -> str:
    """Sections 8 and 13: a charge, one that was declined, refused, and met by silence.

    Returns the one-time value for the payer's browser.
    """
    sandbox = story.sandbox
    customer = story.record("customer_accounts.create_customer_account", builders.customer())
    request = builders.register(customer_id=customer["id"], **CARD_WORDS)
    registered = story.record("transactions.register_transaction", request, "CARD-1")
    sandbox.control(f"cards/{registered['card_id']}/complete", {})
    repeat, on = "transactions.repeat_transaction", {"id": registered["card_id"]}
    for amount, reference, status in ((2500, "REP-1", "successful"), (4005, "REP-2", "failed")):
        charge = builders.repeat(amount=amount, custom_reference=reference, **CARD_WORDS)
        assert story.record(repeat, charge, reference, **on)["status"] == status
    silent = builders.repeat(amount=4098, custom_reference="REP-3", **CARD_WORDS)
    assert story.error(repeat, silent, "REP-3", **on) == "NotSettled"
    sandbox.advance("3h")
    assert story.error(repeat, silent, "REP-3", **on) == "NeedsAttention"
    much = builders.refund(amount=999_999, custom_reference="REF-1", **CARD_WORDS)
    assert story.error("transactions.refund_transaction", much, "REF-1", **on) == "OperationRefused"
    return str(registered["session_token"])


def _given_out(sandbox: SandboxProcess) -> list[str]:
    """The access tokens the sandbox gave out: the same again, since the seed is the same."""
    last = _a_token(sandbox)
    sandbox.reset()
    given = [_a_token(sandbox)]
    while given[-1] != last:
        assert len(given) < 50, "the tokens are others than were given out"
        given.append(_a_token(sandbox))
    return given


def _a_token(sandbox: SandboxProcess) -> str:
    """The next access token of the sandbox's one OAuth client."""
    form = {
        "grant_type": "client_credentials",
        "client_id": "sandbox-client",
        "client_secret": SECRET,
    }
    answer = httpx.post(f"{sandbox.base_url}/oauth/token", data=form, trust_env=False)
    return str(answer.json()["access_token"])


def _it_could_have_failed(log: Path, told: str, names: set[str]) -> None:
    """Everything was really run, logged and searched."""
    assert {"flows.log", "journal.sqlite", "prefect.db"} <= names
    logged = log.read_text()
    for line in ("DEBUG", "httpcore", "operation=payment.bulk_create", "transaction.repeat"):
        assert line in logged, line
    for text in ("bulk_create_payments RUN-1", "repeat_transaction REP-3", "refund_transaction"):
        assert text in told, text
