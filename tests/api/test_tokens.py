"""Access tokens over real sockets: fetched once, kept, renewed once on a 498 (sections 1 and 4)."""

import asyncio
import pickle
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr

from smarterpay.api import (
    InsecureTransport,
    InvalidToken,
    NotConfigured,
    OAuthClientCredentials,
    StaticToken,
    TokenNotFetched,
    TokenRefused,
    TokenSource,
    TransportError,
)
from smarterpay.clock import FixedClock
from tests.api import builders
from tests.api.builders import MANDATE_ANSWER, card_client, cloud_client
from tests.api.samples import TRANSACTION
from tests.api.scripted_server import DROP, HANG, ScriptedServer, Send, answer

SECRET = "canary-client-secret"
CREATED = answer(200, MANDATE_ANSWER)
INVALID = answer(498, {"error": {"code": 498, "message": "Invalid Token"}})
START = datetime(2026, 6, 1, 8, tzinfo=UTC)


def granted(token: str, **changes: Any) -> Send:
    """An answer in RFC 6749's names."""
    fields = {"access_token": token, "token_type": "Bearer", "expires_in": 3600, **changes}
    return answer(200, {name: value for name, value in fields.items() if value is not None})


def source(server: ScriptedServer, **options: Any) -> OAuthClientCredentials:
    options = {"clock": FixedClock(START), **options}
    return OAuthClientCredentials(server.url, "app-1", SECRET, **options)


async def shown(tokens: TokenSource) -> str:
    return (await tokens.token()).get_secret_value()


# --- Fetching --------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", [None, "payments mandates"])
async def test_section_1_a_token_is_fetched_by_a_form(scope: str | None) -> None:
    async with ScriptedServer(granted("T1")) as server:
        assert await shown(source(server, scope=scope)) == "T1"
    (request,) = server.received
    assert request.method == "POST"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    wanted = {
        "grant_type": ["client_credentials"],
        "client_id": ["app-1"],
        "client_secret": [SECRET],
        **({"scope": [scope]} if scope else {}),
    }
    assert parse_qs(request.body.decode()) == wanted
    assert SECRET not in request.target
    assert "authorization" not in request.headers


# expires_in, seconds after which it is still kept, seconds after which it is fetched anew
LIFETIMES: list[tuple[object, float, float]] = [
    (3600, 3539, 3540),
    ("3600", 3539, 3540),
    (3600.0, 3539, 3540),
    (600, 539, 540),
    (100, 49, 50),
    (0, -1, 0),
    (None, 3539, 3540),
    ("soon", 3539, 3540),
    (-5, 3539, 3540),
    (True, 3539, 3540),
    (10**12, 3539, 3540),
    ([3600], 3539, 3540),
]


@pytest.mark.parametrize(("expires_in", "kept", "renewed"), LIFETIMES)
async def test_section_1_a_token_is_kept_until_shortly_before_its_end(
    expires_in: object, kept: float, renewed: float
) -> None:
    clock = FixedClock(START)
    script = (granted("T1", expires_in=expires_in), granted("T2"))
    async with ScriptedServer(*script) as server:
        tokens = source(server, clock=clock)
        assert await shown(tokens) == "T1"
        clock.advance(timedelta(seconds=kept))
        assert await shown(tokens) == "T1"
        clock.advance(timedelta(seconds=renewed - kept))
        assert await shown(tokens) == "T2"
    assert len(server.received) == 2


async def test_section_1_however_many_ask_one_fetch_is_made() -> None:
    async with ScriptedServer(granted("T1"), granted("T2")) as server:
        tokens = source(server)
        assert set(await asyncio.gather(*(shown(tokens) for _ in range(20)))) == {"T1"}
        spent = await tokens.token()
        assert await asyncio.gather(*(tokens.renew(spent) for _ in range(20))) == [True] * 20
        assert await shown(tokens) == "T2"
    assert len(server.received) == 2


async def test_section_4_only_the_token_in_use_is_renewed() -> None:
    async with ScriptedServer(granted("T1"), granted("T2"), granted("T2")) as server:
        tokens = source(server)
        first = await tokens.token()
        assert await tokens.renew(SecretStr("an older one")) is True
        assert len(server.received) == 1
        assert await tokens.renew(first) is True
        second = await tokens.token()
        assert await tokens.renew(second) is False
    assert len(server.received) == 3


async def test_section_1_an_api_key_never_changes() -> None:
    key = StaticToken(SecretStr("key"))
    assert await shown(key) == "key"
    assert await key.renew(SecretStr("key")) is False
    assert await key.renew(SecretStr("another")) is True
    assert "key'" not in repr(key)


# what the endpoint does, error, reason
TROUBLE: list[tuple[Send, type[TransportError], str]] = [
    (answer(400, {"error": "invalid_client"}), TokenRefused, "HTTP 400, invalid_client"),
    (answer(401, {"error": f"{SECRET} is wrong"}), TokenRefused, "HTTP 401"),
    (answer(403, SECRET.encode()), TokenRefused, "HTTP 403"),
    (answer(302, b"", location="https://elsewhere.example.com/"), TokenRefused, "HTTP 302"),
    (answer(200, b"<html>"), TokenRefused, "its answer holds no access token"),
    (answer(200, b"[" * 20_000), TokenRefused, "its answer holds no access token"),
    (answer(200, []), TokenRefused, "its answer holds no access token"),
    (granted(""), TokenRefused, "its answer holds no access token"),
    (
        granted("T1", token_type="mac"),
        TokenRefused,
        "its answer holds another kind of token than Bearer",
    ),
    (answer(429, b""), TokenNotFetched, "HTTP 429"),
    (answer(500, {"error": "server_error"}), TokenNotFetched, "HTTP 500, server_error"),
    (answer(503, b""), TokenNotFetched, "HTTP 503"),
    (DROP, TokenNotFetched, "RemoteProtocolError"),
    (
        answer(200, b"x" * 70_000),
        TokenNotFetched,
        "its answer is larger than 65536 bytes",
    ),
]


@pytest.mark.parametrize(("trouble", "error", "reason"), TROUBLE)
async def test_section_1_a_fetch_that_fails_says_why_and_shows_no_secret(
    trouble: Send, error: type[TransportError], reason: str
) -> None:
    async with ScriptedServer(trouble) as server:
        tokens = source(server)
        with pytest.raises(TransportError) as caught:
            await tokens.token()
    assert type(caught.value) is error
    assert caught.value.reason == reason
    for text in (str(caught.value), repr(caught.value), repr(tokens), repr(vars(caught.value))):
        assert SECRET not in text
    assert SECRET.encode() not in pickle.dumps(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


async def test_section_1_a_fetch_has_its_limit() -> None:
    async with ScriptedServer(HANG) as server:
        with pytest.raises(TokenNotFetched, match=r"no answer within 0\.2 s"):
            await source(server, timeout=0.2).token()


async def test_section_1_nobody_at_the_token_endpoint() -> None:
    async with ScriptedServer(DROP) as server:
        url = server.url
    with pytest.raises(TokenNotFetched, match="nothing was sent"):
        await OAuthClientCredentials(url, "app-1", SECRET).token()


async def test_section_1_a_failed_fetch_is_made_again() -> None:
    async with ScriptedServer(answer(503, b""), granted("T1")) as server:
        tokens = source(server)
        with pytest.raises(TokenNotFetched):
            await tokens.token()
        assert await shown(tokens) == "T1"


@pytest.mark.parametrize(
    ("url", "client_id", "secret", "error"),
    [
        ("http://auth.example.com/token", "app-1", SECRET, InsecureTransport),
        ("https://user:pass@auth.example.com/token", "app-1", SECRET, InsecureTransport),
        ("no url", "app-1", SECRET, InsecureTransport),
        ("https://auth.example.com/token", " ", SECRET, NotConfigured),
        ("https://auth.example.com/token", "app-1", "", NotConfigured),
    ],
)
def test_section_1_https_only_and_nothing_left_blank(
    url: str, client_id: str, secret: str, error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        OAuthClientCredentials(url, client_id, secret)
    assert "pass" not in str(caught.value)


# --- In the client ---------------------------------------------------------------------------


def bearers(server: ScriptedServer) -> list[str]:
    return [request.headers["authorization"] for request in server.received]


async def test_section_4_a_498_renews_once_and_sends_the_same_bytes_under_the_same_key() -> None:
    async with (
        ScriptedServer(granted("T1"), granted("T2")) as endpoint,
        ScriptedServer(INVALID, CREATED) as server,
        cloud_client(server.url, token=source(endpoint)) as cloud,
    ):
        created = await cloud.mandates.create(builders.mandate())
    assert created.id == "M01O41Y8DOQ369MJ0GN"
    assert bearers(server) == ["Bearer T1", "Bearer T2"]
    assert len(server.bodies) == len(set(server.keys)) == 1


async def test_section_4_a_second_498_in_a_row_is_the_end() -> None:
    async with (
        ScriptedServer(granted("T1"), granted("T2"), granted("T3")) as endpoint,
        ScriptedServer(INVALID) as server,
        cloud_client(server.url, token=source(endpoint)) as cloud,
    ):
        with pytest.raises(InvalidToken) as caught:
            await cloud.mandates.create(builders.mandate(), idempotency_key="K")
    assert caught.value.idempotency_key == "K"
    assert bearers(server) == ["Bearer T1", "Bearer T2"]


@pytest.mark.parametrize("script", [(granted("T1"),), (granted("T1"), answer(401, b""))])
async def test_section_4_a_498_is_not_sent_again_without_a_new_token(
    script: tuple[Send, ...],
) -> None:
    async with (
        ScriptedServer(*script) as endpoint,
        ScriptedServer(INVALID) as server,
        cloud_client(server.url, token=source(endpoint)) as cloud,
    ):
        with pytest.raises((InvalidToken, TokenRefused)):
            await cloud.mandates.get("M01X")
    assert bearers(server) == ["Bearer T1"]


async def test_section_4_an_api_key_that_gets_a_498_is_not_sent_again() -> None:
    async with ScriptedServer(INVALID, CREATED) as server, cloud_client(server.url) as cloud:
        with pytest.raises(InvalidToken):
            await cloud.mandates.create(builders.mandate())
    assert len(server.received) == 1


async def test_section_4_a_spent_token_is_not_sent_again_when_its_renewal_fails() -> None:
    script = (granted("T1"), answer(503, b""), granted("T2"))
    async with (
        ScriptedServer(*script) as endpoint,
        ScriptedServer(INVALID, CREATED) as server,
        cloud_client(server.url, token=source(endpoint)) as cloud,
    ):
        await cloud.mandates.create(builders.mandate())
    assert bearers(server) == ["Bearer T1", "Bearer T2"]


async def test_section_4_exchange_stays_one_exchange_and_says_whether_another_can_do_better() -> (
    None
):
    """What the journal's sender does: one exchange at a time, `renew_token` in between."""
    async with (
        ScriptedServer(granted("T1"), granted("T2"), granted("T2")) as endpoint,
        ScriptedServer(CREATED, INVALID, INVALID, CREATED) as server,
        cloud_client(server.url, token=source(endpoint)) as cloud,
    ):
        request = cloud.prepare("mandate.create", builders.mandate())
        await cloud.exchange(request, idempotency_key="K")
        assert await cloud.renew_token() is False
        assert (await cloud.exchange(request, idempotency_key="K")).status == 498
        assert await cloud.renew_token() is True
        assert (await cloud.exchange(request, idempotency_key="K")).status == 498
        assert await cloud.renew_token() is False
        assert (await cloud.exchange(request, idempotency_key="K")).status == 200
    assert bearers(server) == ["Bearer T1", "Bearer T1", "Bearer T2", "Bearer T2"]


class Handed:
    """A source of the caller's own: gives what it is told to, and remembers what was renewed."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = [SecretStr(token) for token in tokens]
        self.renewed: list[str] = []

    async def token(self) -> SecretStr:
        return self.tokens.pop(0)

    async def renew(self, spent: SecretStr) -> bool:
        self.renewed.append(spent.get_secret_value())
        return True


async def test_section_4_a_498_that_comes_late_does_not_hide_a_newer_one() -> None:
    """Two exchanges under way: the one with the older token is answered last."""
    tokens = Handed("newer", "older", "newer", "newest")
    async with (
        ScriptedServer(INVALID) as server,
        cloud_client(server.url, token=tokens) as cloud,
    ):
        request = cloud.prepare("mandate.get", id="M01X")
        await cloud.exchange(request, idempotency_key=None)
        await cloud.exchange(request, idempotency_key=None)
        assert await cloud.renew_token() is True
        assert tokens.renewed == ["newer"]
        assert await cloud.renew_token() is True
        assert tokens.renewed == ["newer"]


async def test_section_1_both_clients_of_a_process_share_one_token() -> None:
    async with (
        ScriptedServer(granted("T1"), granted("T2")) as endpoint,
        ScriptedServer(CREATED, INVALID, CREATED) as server,
        ScriptedServer(answer(200, TRANSACTION)) as card_server,
    ):
        tokens = source(endpoint)
        async with (
            cloud_client(server.url, token=tokens) as cloud,
            card_client(card_server.url, token=tokens) as card,
        ):
            await cloud.mandates.get("M01X")
            await card.transactions.void("20477d89", builders.void())
            await cloud.mandates.get("M01X")
            await card.transactions.void("20477d89", builders.void())
    assert len(endpoint.received) == 2
    assert bearers(card_server) == ["Bearer T1", "Bearer T2"]


async def test_section_1_without_a_token_nothing_is_sent_and_it_is_tried_again() -> None:
    script = (answer(503, b""), DROP, granted("T1"))
    async with (
        ScriptedServer(*script) as endpoint,
        ScriptedServer(CREATED) as server,
        cloud_client(server.url, token=source(endpoint)) as cloud,
    ):
        await cloud.mandates.create(builders.mandate())
    assert (len(endpoint.received), len(server.received)) == (3, 1)


async def test_section_1_a_refused_token_names_the_call_that_was_not_sent() -> None:
    async with (
        ScriptedServer(answer(401, {"error": "invalid_client"})) as endpoint,
        ScriptedServer(CREATED) as server,
        cloud_client(server.url, token=source(endpoint)) as cloud,
    ):
        with pytest.raises(TokenRefused) as caught:
            await cloud.mandates.create(builders.mandate(), idempotency_key="K")
    assert str(caught.value) == (
        "mandate.create: no access token was given, nothing was sent (HTTP 401, invalid_client)"
    )
    assert caught.value.idempotency_key == "K"
    assert (len(endpoint.received), server.received) == (1, [])
