"""A token that is spent is renewed once, and the same bytes go out under the same key (498)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from smarterpay.clock import SystemClock
from smarterpay.journal.decision import State
from smarterpay.orchestration.delivery import deliver
from smarterpay.orchestration.outcome import Misconfigured
from smarterpay.orchestration.reading import read_record
from smarterpay.orchestration.runtime import Runtime
from smarterpay.settings import Settings
from tests.api import builders
from tests.api.scripted_server import ScriptedServer, Send, answer
from tests.in_process import open_directly, opened

CREATE = "customer_account.create"
SPENT = answer(498, b"")
CREATED = answer(200, builders.CUSTOMER_ANSWER)


def token(name: str) -> Send:
    """The answer of a token endpoint (section 1, OAuth)."""
    return answer(200, {"access_token": name, "token_type": "Bearer", "expires_in": 3600})


@asynccontextmanager
async def by_oauth(home: Path, server: ScriptedServer) -> AsyncIterator[Runtime]:
    """A runtime that authenticates by client credentials, at the same server."""
    settings = Settings(
        home=home,
        cloud_base_url=server.url,
        card_base_url=server.url,
        oauth_client_id="client",
        oauth_client_secret=SecretStr("canary-secret"),
        oauth_token_url=f"{server.url}token",
    )
    async with open_directly(settings, clock=SystemClock()) as runtime:
        yield runtime


async def test_section_4_a_spent_token_is_renewed_and_the_same_request_sent_again(
    tmp_path: Path,
) -> None:
    script = (token("first"), SPENT, token("second"), CREATED)
    async with ScriptedServer(*script) as server, by_oauth(tmp_path, server) as runtime:
        intent = opened(runtime, CREATE, builders.customer())
        outcome = await deliver(runtime, intent.id, intent.key)
        told = runtime.journal.intents.attempts(intent.id)

    assert (outcome.outcome, outcome.generation) == ("succeeded", 0)
    one, other = server.received[1], server.received[3]
    assert one.headers["idempotency-key"] == other.headers["idempotency-key"] == intent.key
    assert one.body == other.body == runtime.journal.intents.request_body(intent.id)
    assert one.headers["authorization"] == "Bearer first"
    assert other.headers["authorization"] == "Bearer second"
    assert [(a.number, a.status, a.disposition) for a in told] == [
        (1, 498, "misconfigured"),
        (2, 200, "succeeded"),
    ]


async def test_section_4_a_renewed_token_that_is_refused_too_is_our_set_up(tmp_path: Path) -> None:
    script = (token("first"), SPENT, token("second"), SPENT)
    async with ScriptedServer(*script) as server, by_oauth(tmp_path, server) as runtime:
        intent = opened(runtime, CREATE, builders.customer())
        with pytest.raises(Misconfigured, match="498"):
            await deliver(runtime, intent.id, intent.key)
        assert runtime.journal.intents.get(intent.id).state is State.OPENED
    assert len(server.received) == 4


async def test_a_token_that_cannot_be_renewed_leaves_the_refusal_standing(tmp_path: Path) -> None:
    no = answer(401, {"error": "invalid_client", "error_description": "canary-secret"})
    async with (
        ScriptedServer(token("first"), SPENT, no) as server,
        by_oauth(tmp_path, server) as runtime,
    ):
        intent = opened(runtime, CREATE, builders.customer())
        with pytest.raises(Misconfigured, match="498") as refused:
            await deliver(runtime, intent.id, intent.key)
    assert "canary" not in str(refused.value)


async def test_a_read_renews_its_token_too(tmp_path: Path) -> None:
    script = (token("first"), SPENT, token("second"), CREATED)
    async with ScriptedServer(*script) as server, by_oauth(tmp_path, server) as runtime:
        _, record = await read_record(runtime, "customer_account.get", "CA01")
    assert getattr(record, "id", None) == "CA0175OW1YJV3Y8X29LV"


async def test_section_1_both_hosts_share_one_token(tmp_path: Path) -> None:
    """It is fetched once, and both clients count against one budget (section 3)."""
    card = answer(200, {"id": "P02", "card_id": "c", "status": "successful"})
    async with (
        ScriptedServer(token("first"), CREATED, card) as server,
        by_oauth(tmp_path, server) as runtime,
    ):
        one = opened(runtime, CREATE, builders.customer())
        await deliver(runtime, one.id, one.key)
        two = opened(runtime, "transaction.repeat", builders.repeat(), "INV-1", "a-card")
        await deliver(runtime, two.id, two.key)
    assert [request.target for request in server.received] == [
        "/service.svc/token",
        "/service.svc/customeraccount",
        "/service.svc/a-card",
    ]
