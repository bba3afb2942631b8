"""One exchange over a real socket: what leaves, what comes back, what is refused."""

import asyncio
import datetime as dt
import ipaddress
import logging
import ssl
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from smarterpay.api import (
    CardClient,
    CloudClient,
    ConnectFailed,
    HeaderRejected,
    InsecureTransport,
    NoAnswer,
    NotConfigured,
    PreparedRequest,
    Timeouts,
)
from smarterpay.api.transport import check_header
from smarterpay.clock import FixedClock
from tests.api import builders
from tests.api.builders import TOKEN, cloud_client
from tests.api.scripted_server import DROP, HANG, ScriptedServer, Send, answer

GET = PreparedRequest("mandate.get", "GET", "/mandate/M01X")
POST = PreparedRequest("mandate.create", "POST", "/mandate", body=b'{"Mandate":{}}')


async def test_section_1_headers_that_leave() -> None:
    async with ScriptedServer(answer(200, {})) as server, cloud_client(server.url) as cloud:
        await cloud.exchange(POST, idempotency_key="Key-1")
    (request,) = server.received
    assert (request.method, request.target) == ("POST", "/service.svc/mandate")
    assert request.body == b'{"Mandate":{}}'
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept"] == "application/json"
    assert request.headers["accept-charset"] == "utf-8"
    assert request.headers["idempotency-key"] == "Key-1"
    assert request.headers["user-agent"].startswith("smarterpay-flows/")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_section_2_no_key_on_get_and_delete(method: str) -> None:
    request = PreparedRequest("bank_account.disable", method, "/bankaccount/BA01X")
    async with ScriptedServer(answer(200, {})) as server, cloud_client(server.url) as cloud:
        await cloud.exchange(request, idempotency_key="Key-1")
    assert "idempotency-key" not in server.received[0].headers
    assert "content-type" not in server.received[0].headers
    assert server.received[0].body == b""


async def test_query_leaves_in_order_and_escaped() -> None:
    request = PreparedRequest(
        "mandate.list",
        "GET",
        "/mandates",
        (("created_from", "2026-06-01 08:00:00"), ("status", "on hold,cancelled"), ("id", "a&b")),
    )
    async with ScriptedServer(answer(200, {})) as server, cloud_client(server.url) as cloud:
        await cloud.exchange(request, idempotency_key=None)
    assert server.received[0].target == (
        "/service.svc/mandates?created_from=2026-06-01%2008%3A00%3A00"
        "&status=on%20hold%2Ccancelled&id=a%26b"
    )


async def test_answer_carries_status_body_replay_and_request_id() -> None:
    step = answer(
        202, b'{"a":1}', idempotency_replay="True", x_request_id="req-7", retry_after="12"
    )
    async with ScriptedServer(step) as server, cloud_client(server.url) as cloud:
        found = await cloud.exchange(GET, idempotency_key=None)
    assert (found.status, found.body, found.replayed) == (202, b'{"a":1}', True)
    assert (found.request_id, found.retry_after) == ("req-7", 12.0)
    assert found.operation == "mandate.get"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("1.5", 1.5),
        ("Mon, 01 Jun 2026 08:00:30 GMT", 30.0),
        ("Mon, 01 Jun 2026 07:00:00 GMT", 0.0),
        ("-1", None),
        ("soon", None),
        ("inf", None),
        ("", None),
        ("Mon, 99 Jun 2026 08:00:30 GMT", None),
    ],
)
async def test_section_3_retry_after_in_both_forms(header: str, seconds: float | None) -> None:
    clock = FixedClock(dt.datetime(2026, 6, 1, 8, 0, tzinfo=dt.UTC))
    async with (
        ScriptedServer(answer(429, b"", retry_after=header)) as server,
        cloud_client(server.url, clock=clock) as cloud,
    ):
        found = await cloud.exchange(GET, idempotency_key=None)
    assert found.retry_after == seconds


async def test_a_request_id_that_could_be_anything_else_is_dropped() -> None:
    step = answer(200, {}, x_request_id="J Hetfield <j@example.com>")
    async with ScriptedServer(step) as server, cloud_client(server.url) as cloud:
        assert (await cloud.exchange(GET, idempotency_key=None)).request_id is None


@pytest.mark.parametrize("request_", [GET, POST], ids=["GET", "POST"])
@pytest.mark.parametrize("step", [answer(200, {}), DROP], ids=["answered", "dropped"])
async def test_the_caller_hears_when_the_request_has_left(
    request_: PreparedRequest, step: Send
) -> None:
    heard: list[str] = []
    async with ScriptedServer(step) as server, cloud_client(server.url) as cloud:
        try:
            await cloud.exchange(
                request_, idempotency_key="k", on_sent=lambda: heard.append("left")
            )
            heard.append("answered")
        except NoAnswer:
            heard.append("no answer")
    assert heard == ["left", "answered" if step is not DROP else "no answer"]


async def test_the_caller_hears_nothing_where_nothing_left() -> None:
    heard: list[str] = []
    async with ScriptedServer(DROP) as server:
        url = server.url
    async with cloud_client(url) as cloud:
        with pytest.raises(ConnectFailed):
            await cloud.exchange(POST, idempotency_key="k", on_sent=lambda: heard.append("left"))
    assert heard == []


# --- No answer -------------------------------------------------------------------------------


async def test_section_4_nobody_listening_means_nothing_sent() -> None:
    async with ScriptedServer(DROP) as server:
        url = server.url
    async with cloud_client(url) as cloud:
        with pytest.raises(ConnectFailed):
            await cloud.exchange(POST, idempotency_key="k")


@pytest.mark.parametrize(
    "step",
    [
        DROP,
        Send(b"HTTP/1.1 200 OK\r\nContent-"),
        Send(b"not http at all\r\n\r\n"),
        answer(200, b'{"Mandate":', length=500),
        Send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
        answer(200, b"not gzip", content_encoding="gzip"),
    ],
    ids=["dropped", "half a header", "no http", "cut off", "cut-off chunk", "false encoding"],
)
async def test_section_4_an_incomplete_answer_is_no_answer(step: Send) -> None:
    async with ScriptedServer(step) as server, cloud_client(server.url) as cloud:
        with pytest.raises(NoAnswer) as caught:
            await cloud.exchange(POST, idempotency_key="k")
    assert len(server.received) == 1
    assert caught.value.operation == "mandate.create"


async def test_section_4_read_timeout_is_no_answer() -> None:
    timeouts = Timeouts(read=0.05)
    async with (
        ScriptedServer(HANG) as server,
        cloud_client(server.url, timeouts=timeouts) as cloud,
    ):
        with pytest.raises(NoAnswer, match="ReadTimeout"):
            await cloud.exchange(POST, idempotency_key="k")


async def test_a_peer_that_hangs_within_its_answer_meets_the_total_limit() -> None:
    half = Send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", hang=True)
    timeouts = Timeouts(total=0.05)
    async with (
        ScriptedServer(half) as server,
        cloud_client(server.url, timeouts=timeouts) as cloud,
    ):
        with pytest.raises(NoAnswer, match="total limit"):
            await cloud.exchange(POST, idempotency_key="k")


async def test_a_full_pool_means_nothing_sent() -> None:
    timeouts = Timeouts(pool=0.05)
    async with (
        ScriptedServer(HANG) as server,
        cloud_client(server.url, timeouts=timeouts, max_connections=1) as cloud,
    ):
        first = asyncio.create_task(cloud.exchange(GET, idempotency_key=None))
        await server.arrived.wait()
        with pytest.raises(ConnectFailed, match="pool"):
            await cloud.exchange(POST, idempotency_key="k")
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
    assert len(server.received) == 1


@pytest.mark.parametrize(("size", "fits"), [(1000, True), (1001, False)])
async def test_bodies_are_bounded(size: int, fits: bool) -> None:
    async with (
        ScriptedServer(answer(200, b"a" * size)) as server,
        cloud_client(server.url, largest_body=1000) as cloud,
    ):
        if fits:
            assert len((await cloud.exchange(GET, idempotency_key=None)).body) == 1000
        else:
            with pytest.raises(NoAnswer, match="larger than 1000 bytes"):
                await cloud.exchange(GET, idempotency_key=None)


# --- Safety ----------------------------------------------------------------------------------


async def test_redirects_are_not_followed() -> None:
    async with ScriptedServer(answer(200, {})) as elsewhere:
        step = answer(307, b"", location=elsewhere.url)
        async with ScriptedServer(step) as server, cloud_client(server.url) as cloud:
            assert (await cloud.exchange(POST, idempotency_key="k")).status == 307
        assert elsewhere.received == []


async def test_cookies_do_not_come_back() -> None:
    step = answer(200, {}, set_cookie="session=1; Path=/")
    async with ScriptedServer(step) as server, cloud_client(server.url) as cloud:
        await cloud.exchange(GET, idempotency_key=None)
        await cloud.exchange(GET, idempotency_key=None)
    assert "cookie" not in server.received[1].headers


async def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    async with (
        ScriptedServer(answer(200, {})) as server,
        ScriptedServer(answer(200, {})) as proxy,
    ):
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        async with cloud_client(server.url) as cloud:
            await cloud.exchange(GET, idempotency_key=None)
    assert (len(server.received), len(proxy.received)) == (1, 0)


@pytest.mark.parametrize(
    "base_url",
    [
        "http://api.smarterpaycloud.com/service.svc/",
        "http://127.0.0.1.example.com/",
        "http://localhost.example.com/",
        "http://10.0.0.1/",
        "http://0.0.0.0/",
        "ftp://127.0.0.1/",
        "https://user:secret@api.smarterpaycloud.com/",
        "https://api.smarterpaycloud.com/?a=b",
        "https://api.smarterpaycloud.com/#a",
        "api.smarterpaycloud.com",
        "https://",
        "",
        "http://[::1",
    ],
)
def test_section_1_https_only_off_loopback(base_url: str) -> None:
    with pytest.raises(InsecureTransport) as caught:
        CloudClient(base_url=base_url, token=TOKEN)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "base_url",
    [
        "https://api.smarterpaycloud.com/service.svc/",
        "http://localhost:8765/service.svc/",
        "http://127.0.0.1:8765/service.svc/",
        "http://127.9.9.9/",
        "http://[::1]:8765/",
    ],
)
def test_section_1_https_and_loopback_are_fine(base_url: str) -> None:
    assert base_url.rstrip("/") in repr(CloudClient(base_url=base_url, token=TOKEN))


ALLOWED = " _:;.,\\/\"'?!(){}[]@<>=-+*#$&`|~^%azAZ09"


def test_section_1_allowed_header_values() -> None:
    check_header("X-Name_1", ALLOWED)


@pytest.mark.parametrize("value", ["a\nb", "a\r", "\t", "é", "”", "a\x00", "a\x7f", "£"])
def test_section_1_other_characters_are_refused(value: str) -> None:
    with pytest.raises(HeaderRejected) as caught:
        check_header("X-Name", value)
    assert value not in str(caught.value)


@pytest.mark.parametrize("name", ["", "X Name", "X.Name", "Näme", "X:"])
def test_section_1_header_names(name: str) -> None:
    with pytest.raises(HeaderRejected):
        check_header(name, "v")


@pytest.mark.parametrize("key", ["", "k" * 256, " k", "k ", "kéy", "k\r\nX-Evil: 1", "£"])
async def test_section_2_a_bad_key_is_refused_before_sending(key: str) -> None:
    async with ScriptedServer(answer(200, {})) as server, cloud_client(server.url) as cloud:
        with pytest.raises(HeaderRejected):
            await cloud.exchange(POST, idempotency_key=key)
    assert server.received == []


async def test_section_2_a_key_of_255_characters_leaves_as_it_is() -> None:
    key = "Aa" + "k" * 253
    async with ScriptedServer(answer(200, {})) as server, cloud_client(server.url) as cloud:
        await cloud.exchange(POST, idempotency_key=key)
    assert server.keys == [key]


async def test_a_token_with_a_line_break_is_refused_and_not_shown() -> None:
    async with ScriptedServer(answer(200, {})) as server:
        async with CloudClient(base_url=server.url, token="canary\ntoken") as cloud:
            with pytest.raises(HeaderRejected) as caught:
                await cloud.exchange(GET, idempotency_key=None)
        assert server.received == []
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("token", ["", "  "])
def test_an_empty_token_is_refused(token: str) -> None:
    with pytest.raises(NotConfigured):
        CloudClient(base_url="http://127.0.0.1:1/", token=token)


async def test_nothing_secret_in_logs_and_reprs(caplog: pytest.LogCaptureFixture) -> None:
    """Design section 5: debug logging of every library shows neither token nor body."""
    caplog.set_level(logging.DEBUG)
    step = answer(200, builders.BANK_ACCOUNT_ANSWER)
    async with ScriptedServer(step, DROP) as server, cloud_client(server.url) as cloud:
        prepared = cloud.prepare("bank_account.create", builders.bank_account())
        found = await cloud.exchange(prepared, idempotency_key="k")
        record = cloud.read("bank_account.create", found)
        with pytest.raises(NoAnswer) as caught:
            await cloud.exchange(prepared, idempotency_key="k")
        shown = f"{caplog.text} {cloud!r} {prepared!r} {found!r} {record!r} {caught.value!r}"
    assert "exchange operation=bank_account.create status=200" in caplog.text
    for mark in (TOKEN, "Hetfield", "75849855", "200052", "Test Name", "12345678", "123456"):
        assert mark not in shown


# --- TLS -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and self-signed certificate for 127.0.0.1, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_section_1_a_certificate_nobody_vouches_for_stops_the_call(
    certificate: Path,
) -> None:
    async with (
        ScriptedServer(answer(200, {}), tls=server_context(certificate)) as server,
        cloud_client(server.url) as cloud,
    ):
        with pytest.raises(ConnectFailed, match="certificate"):
            await cloud.exchange(POST, idempotency_key="k")
    assert server.received == []


async def test_section_1_a_private_authority_can_be_named(certificate: Path) -> None:
    trusted = ssl.create_default_context(cafile=str(certificate))
    async with (
        ScriptedServer(answer(200, {}), tls=server_context(certificate)) as server,
        cloud_client(server.url, verify=trusted) as cloud,
    ):
        assert (await cloud.exchange(POST, idempotency_key="k")).status == 200


# --- The card host ---------------------------------------------------------------------------


async def test_section_8_the_card_client_speaks_to_its_own_base() -> None:
    register = PreparedRequest("transaction.register", "POST", "", body=b"{}")
    refund = PreparedRequest("transaction.refund", "POST", "/2047-card", body=b"{}")
    async with ScriptedServer(answer(200, {})) as server:
        base = server.url.replace("/service.svc/", "/Card/api/transaction")
        async with CardClient(base_url=base, token=TOKEN) as card:
            await card.exchange(register, idempotency_key="k1")
            await card.exchange(refund, idempotency_key="k2")
    assert [request.target for request in server.received] == [
        "/Card/api/transaction",
        "/Card/api/transaction/2047-card",
    ]
    assert server.keys == ["k1", "k2"]


async def test_a_transport_can_be_handed_in() -> None:
    """The one seam: an ASGI program or a recording can stand in for the network."""

    def reply(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"url": str(request.url)})

    seam = httpx.MockTransport(reply)
    async with CloudClient(
        base_url="https://api.smarterpaycloud.com/service.svc/", token=TOKEN, transport=seam
    ) as cloud:
        found = await cloud.exchange(GET, idempotency_key=None)
    assert found.body == b'{"url":"https://api.smarterpaycloud.com/service.svc/mandate/M01X"}'
