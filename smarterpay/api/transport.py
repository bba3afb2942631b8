"""One HTTP exchange, bounded and secured; knows no retries, no models and no journal.

httpx logs method, URL and status of each exchange at INFO. A URL carries record ids and
references only: the token travels in a header, everything personal in a body.
"""

import asyncio
import ipaddress
import logging
import re
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib import metadata
from typing import Final, NoReturn
from urllib.parse import quote, urlencode

import httpx
from pydantic import SecretStr

from smarterpay.api import assumptions
from smarterpay.api.errors import ConnectFailed, HeaderRejected, InsecureTransport, NoAnswer
from smarterpay.clock import Clock

LONGEST_KEY: Final = 255
"""Characters of an idempotency key, at most (section 2)."""
LARGEST_BODY: Final = 10 * 1024 * 1024
"""Bytes of an answer that are read, at most."""

_log = logging.getLogger("smarterpay.api")

_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9_-]+")
_HEADER_VALUE: Final = re.compile(r"""[A-Za-z0-9 _:;.,\\/"'?!(){}\[\]@<>=\-+*#$&`|~^%]*""")
_REQUEST_ID_HEADERS: Final = ("x-request-id", "request-id", "x-correlation-id")
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_KEYED_METHODS: Final = frozenset({"POST", "PUT"})
_USER_AGENT: Final = f"smarterpay-flows/{metadata.version('smarterpay-flows')}"


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """A request as it will leave: made once, kept, and sent again byte for byte.

    `path` is relative to the base, `query` is in order, `body` is absent on GET and DELETE and
    not shown, since it may hold personal data.
    """

    operation: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer. `duration` and `retry_after` are seconds; the body is not shown."""

    operation: str
    status: int
    body: bytes = field(repr=False)
    replayed: bool = False
    request_id: str | None = None
    retry_after: float | None = None
    duration: float = 0.0


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Limits in seconds. `total` ends an exchange whose peer keeps dripping bytes."""

    connect: float = assumptions.RETRY_CONNECT_TIMEOUT.value
    read: float = assumptions.RETRY_READ_TIMEOUT.value
    write: float = 30.0
    pool: float = 30.0
    total: float = 180.0


class Transport:
    """A pool of connections to one base, and the rules every exchange on it keeps.

    `verify` is an SSL context for a private certificate authority; certificates are verified
    either way. Raises `InsecureTransport` for a base that is not https, loopback excepted.
    """

    def __init__(
        self,
        *,
        base_url: str,
        timeouts: Timeouts,
        max_connections: int,
        largest_body: int,
        clock: Clock,
        verify: ssl.SSLContext | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.base_url = checked_base_url(base_url)
        self._total = timeouts.total
        self._largest_body = largest_body
        self._clock = clock
        self._monotonic = monotonic
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(
                connect=timeouts.connect,
                read=timeouts.read,
                write=timeouts.write,
                pool=timeouts.pool,
            ),
            limits=httpx.Limits(
                max_connections=max_connections, max_keepalive_connections=max_connections
            ),
            verify=verify if verify is not None else True,
            transport=transport,
            # Nothing a server sets may travel in later requests.
            cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
            trust_env=False,
        )

    async def exchange(
        self,
        request: PreparedRequest,
        *,
        token: SecretStr,
        idempotency_key: str | None,
        on_sent: Callable[[], None] | None = None,
    ) -> Answer:
        """Send `request` once, with the bearer `token`, and read its whole answer.

        The key is sent on POST and PUT only, where the platform reads it (section 2). `on_sent`
        is called once the last byte of the request has left. Raises `HeaderRejected` before
        sending, `ConnectFailed` when nothing was sent, `NoAnswer` when something was or may have
        been sent and no complete answer came.
        """
        headers = _headers(request, token, idempotency_key)
        url = self.base_url + request.path
        if request.query:
            url += "?" + urlencode(request.query, quote_via=quote)
        started = self._monotonic()
        try:
            async with (
                asyncio.timeout(self._total),
                self._http.stream(
                    request.method,
                    url,
                    content=request.body,
                    headers=headers,
                    extensions={} if on_sent is None else {"trace": _tracer(on_sent)},
                ) as response,
            ):
                body = await self._bounded_body(request.operation, response)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            _raise_transport_error(request.operation, error)
        answer = self._answer(request.operation, response, body, self._monotonic() - started)
        _log.debug(
            "exchange operation=%s status=%d replayed=%s duration=%.3f request_id=%s",
            answer.operation,
            answer.status,
            answer.replayed,
            answer.duration,
            answer.request_id,
        )
        return answer

    async def aclose(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def _bounded_body(self, operation: str, response: httpx.Response) -> bytes:
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.aiter_bytes():
            size += len(chunk)
            if size > self._largest_body:
                raise NoAnswer(operation, f"the answer is larger than {self._largest_body} bytes")
            chunks.append(chunk)
        return b"".join(chunks)

    def _answer(
        self, operation: str, response: httpx.Response, body: bytes, duration: float
    ) -> Answer:
        return Answer(
            operation=operation,
            status=response.status_code,
            body=body,
            replayed=response.headers.get("idempotency-replay", "").strip().lower() == "true",
            request_id=_request_id(response.headers),
            retry_after=_retry_after(response.headers.get("retry-after"), self._clock),
            duration=duration,
        )


def _headers(request: PreparedRequest, token: SecretStr, key: str | None) -> Mapping[str, str]:
    headers = {
        "Authorization": f"Bearer {token.get_secret_value()}",
        "Accept": "application/json",
        "Accept-Charset": "utf-8",
        # A compressed answer could outgrow the limit before it is counted.
        "Accept-Encoding": "identity",
        "User-Agent": _USER_AGENT,
    }
    if request.method in _KEYED_METHODS:
        headers["Content-Type"] = "application/json"
        if key is not None:
            headers["Idempotency-Key"] = checked_key(key)
    for name, value in headers.items():
        check_header(name, value)
    return headers


def _tracer(on_sent: Callable[[], None]) -> Callable[[str, object], Awaitable[None]]:
    """httpcore's account of the exchange, reduced to the one event that matters."""

    async def trace(event: str, _info: object) -> None:
        if event.endswith("send_request_body.complete"):
            on_sent()

    return trace


def checked_base_url(base_url: str) -> str:
    """`base_url` without its last slash; raises `InsecureTransport` where section 1 forbids it.

    Plain HTTP is for loopback alone (`localhost`, 127.0.0.0/8, ::1). The text of the error does
    not quote the URL, which could hold credentials.
    """
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        raise InsecureTransport("the base is not a URL") from None
    if url.userinfo or url.query or url.fragment or not url.host:
        raise InsecureTransport("the base must be scheme, host and path only")
    if url.scheme != "https" and not (url.scheme == "http" and _is_loopback(url.host)):
        raise InsecureTransport("the base must be https; http is for loopback only")
    return base_url.rstrip("/")


def checked_key(key: str) -> str:
    """`key`, or `HeaderRejected`: 1 to 255 characters of section 1's set (section 2)."""
    if not key or len(key) > LONGEST_KEY:
        raise HeaderRejected("Idempotency-Key", f"it must have 1 to {LONGEST_KEY} characters")
    if key != key.strip():
        # Blanks at the ends do not survive HTTP: the platform would see another key.
        raise HeaderRejected("Idempotency-Key", "it must not begin or end with a blank")
    return key


def check_header(name: str, value: str) -> None:
    """Raise `HeaderRejected` where name or value leave section 1's sets; the value is not shown."""
    if not _HEADER_NAME.fullmatch(name):
        raise HeaderRejected("(name)", "a name has letters, digits, '-' and '_' only")
    if not _HEADER_VALUE.fullmatch(value):
        raise HeaderRejected(name, "its value has a character that section 1 does not allow")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _raise_transport_error(operation: str, error: Exception) -> NoReturn:
    """Sort what httpx met into 'nothing was sent' and 'cannot tell'.

    httpx texts are shown for failed connections only, where nothing of the request can be in
    them; otherwise the class name must do.
    """
    match error:
        case httpx.ConnectError():
            raise ConnectFailed(operation, str(error) or "ConnectError") from None
        case httpx.ConnectTimeout():
            raise ConnectFailed(operation, "connect timeout") from None
        case httpx.PoolTimeout():
            raise ConnectFailed(operation, "no free connection in the pool") from None
        case httpx.UnsupportedProtocol() | httpx.InvalidURL():
            raise ConnectFailed(operation, "the address cannot be called") from None
        case TimeoutError():
            raise NoAnswer(operation, "the exchange took longer than its total limit") from None
        case _:
            raise NoAnswer(operation, type(error).__name__) from None


def _request_id(headers: httpx.Headers) -> str | None:
    """The provider's id of the exchange, if it sends one; the reference documents no header."""
    for name in _REQUEST_ID_HEADERS:
        value = headers.get(name, "").strip()
        if _REQUEST_ID.fullmatch(value):
            return str(value)
    return None


def _retry_after(value: str | None, clock: Clock) -> float | None:
    """Seconds to wait by a `Retry-After` header in either form; `None` if absent or nonsense."""
    if value is None:
        return None
    value = value.strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", value):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        return None
    return max(0.0, (moment - clock.now()).total_seconds())
