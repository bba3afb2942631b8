"""What both clients share: prepare, exchange, read, and a loop over the three; no resource."""

import asyncio
import random as system_random
import re
import ssl
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import Any, ClassVar, Final, Self, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, SecretStr

from smarterpay.api.catalogue import Operation, get_operation
from smarterpay.api.errors import SmarterPayError, TransportError, UnexpectedAnswer
from smarterpay.api.hosts import Api, base_url_from, token_source_from
from smarterpay.api.reading import Page, read_answer
from smarterpay.api.retry import RetryPolicy
from smarterpay.api.tokens import StaticToken, TokenSource
from smarterpay.api.transport import LARGEST_BODY, Answer, PreparedRequest, Timeouts, Transport
from smarterpay.api.wire import ListQuery, Record, Request, misplaced, revalidated, serialise
from smarterpay.clock import Clock, SystemClock
from smarterpay.settings import Settings

R = TypeVar("R", bound=Record)


class KeyChoice(Enum):
    """What to do about an idempotency key where the caller names none."""

    AUTO = "auto"
    NONE = "none"


AUTO_KEY: Final = KeyChoice.AUTO
"""A random UUID per call (section 4, "No key on a POST or PUT")."""
NO_KEY: Final = KeyChoice.NONE
"""Send none; then an unknown outcome is never sent again."""

IdempotencyKey = str | KeyChoice

INVALID_TOKEN: Final = 498
"""Status of a bad or expired token (section 1)."""
MOST_SPENT: Final = 16
"""Tokens that got a 498 and are remembered for it, at most."""
MOST_PAGES: Final = 10_000
"""Pages one list call reads, at most."""

_RECORD_ID: Final = re.compile(r"[!-~]{1,64}")


@dataclass(frozen=True, slots=True)
class Shape:
    """The models of one operation: what it is asked with, if anything, and what it answers."""

    request: type[Request] | None
    answer: type[Record]


class ApiClient:
    """A pooled client of one host; use it as `async with`.

    `base_url` must be https unless it is loopback. `token` is an API key or a source of tokens,
    which the clients of one process share; it never shows. `retry` bounds the friendly methods
    only: `exchange` sends exactly once. `pacer` is awaited before each try of a friendly method,
    so that a rate budget can hold it back. `sleep`, `random`, `monotonic` and `clock` are
    injected for tests, and what a resource waits by; `verify` is an SSL context for a private
    authority. Raises `InsecureTransport` for a base that section 1 forbids, `NotConfigured` for
    no token.
    """

    api: ClassVar[Api]
    shapes: ClassVar[Mapping[str, Shape]]

    def __init__(
        self,
        *,
        base_url: str,
        token: SecretStr | str | TokenSource,
        timeouts: Timeouts | None = None,
        retry: RetryPolicy | None = None,
        pacer: Callable[[], Awaitable[object]] | None = None,
        max_connections: int = 64,
        largest_body: int = LARGEST_BODY,
        verify: ssl.SSLContext | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        random: Callable[[], float] = system_random.random,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tokens = _token_source(token)
        self._spent: deque[SecretStr] = deque(maxlen=MOST_SPENT)
        self._transport = Transport(
            base_url=base_url,
            timeouts=timeouts or Timeouts(),
            max_connections=max_connections,
            largest_body=largest_body,
            clock=clock or SystemClock(),
            verify=verify,
            transport=transport,
            monotonic=monotonic,
        )
        self._retry = retry or RetryPolicy()
        self._pacer = pacer
        self.sleep = sleep
        self.random = random
        self.elapsed = monotonic

    @classmethod
    def from_settings(cls, settings: Settings | None = None, **options: Any) -> Self:
        """The client that the settings name; `options` as for the constructor.

        Give both clients of a process the same `token=token_source_from(settings)`, so that an
        access token is fetched once for both. Raises `NotConfigured` where the settings name no
        way to authenticate, or two.
        """
        settings = settings or Settings()
        if "token" not in options:
            options["token"] = token_source_from(
                settings, clock=options.get("clock"), verify=options.get("verify")
            )
        return cls(base_url=base_url_from(settings, cls.api), **options)

    def prepare(
        self,
        operation: str,
        request: BaseModel | None = None,
        *,
        id: str | None = None,
    ) -> PreparedRequest:
        """Validate and serialise once: the same arguments give the same bytes.

        `request` is the operation's request model, or a `ListQuery` on a list; `id` is the
        record's id (the SUN for `client_bank_account.by_sun`). Raises `InvalidRequest` for what
        section 7 refuses, `KeyError` for an unknown operation, `ValueError` for one of the other
        API, `TypeError` for another operation's model.
        """
        spec = self._operation(operation)
        shape = self.shapes[spec.name]
        path = _path(spec, id)
        if spec.paged:
            query = _checked_query(spec, shape, request)
            return PreparedRequest(spec.name, spec.method, path, query.to_query())
        if shape.request is None:
            if request is not None:
                raise TypeError(f"{spec.name} takes no request model")
            return PreparedRequest(spec.name, spec.method, path)
        body = serialise(_checked(spec, shape.request, request), spec.request_envelope)
        return PreparedRequest(spec.name, spec.method, path, body=body)

    async def exchange(
        self,
        request: PreparedRequest,
        *,
        idempotency_key: str | None,
        on_sent: Callable[[], None] | None = None,
    ) -> Answer:
        """Exactly one HTTP exchange: no retry, no pacing, no judgement of the answer.

        The key travels on POST and PUT only (section 2). `on_sent` is called once the last byte
        of the request has left. Raises `HeaderRejected` before sending, `ConnectFailed` or
        `TokenRefused` when nothing was sent, `NoAnswer` when the outcome is unknown. After a 498
        `renew_token` says whether another exchange can do better.
        """
        answer, _ = await self._exchange(request, idempotency_key, on_sent)
        return answer

    async def renew_token(self) -> bool:
        """Whether the next exchange will carry another token than those that got a 498.

        An API key never changes; an OAuth access token is fetched anew, unless that has happened
        since. Once is enough: a second 498 in a row means that our set-up is wrong (section 4).
        Raises `TokenNotFetched` or `TokenRefused`.
        """
        if not self._spent:
            return False
        # Not only the last one: of two exchanges under way, the older token's 498 may come later.
        current = await self._tokens.token()
        return current not in self._spent or await self._tokens.renew(current)

    def read(self, operation: str, answer: Answer) -> Record | Page:
        """The record, or the `Page`, in a 2xx; any other answer raises its `ApiError`."""
        spec = self._operation(operation)
        return read_answer(spec, self.shapes[spec.name].answer, answer)

    async def call(
        self,
        operation: str,
        request: BaseModel | None = None,
        *,
        id: str | None = None,
        idempotency_key: IdempotencyKey = AUTO_KEY,
    ) -> Record | Page:
        """Prepare, exchange and read, with retries under one key (section 4).

        A 498 is answered by renewing the token, once, and sending the same bytes under the same
        key. Raises what `prepare`, `exchange` and `read` raise; the error carries the key that was
        sent in `idempotency_key`.
        """
        prepared = self.prepare(operation, request, id=id)
        key = self._key(self._operation(operation), idempotency_key)
        try:
            return self.read(operation, await self._send(prepared, key))
        except SmarterPayError as error:
            error.idempotency_key = key
            raise

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._transport.base_url!r})"

    async def _exchange(
        self,
        request: PreparedRequest,
        key: str | None,
        on_sent: Callable[[], None] | None = None,
    ) -> tuple[Answer, SecretStr]:
        """The answer, and the token it was asked for with."""
        token = await self._token_for(request)
        answer = await self._transport.exchange(
            request, token=token, idempotency_key=key, on_sent=on_sent
        )
        if answer.status == INVALID_TOKEN:
            self._spent.append(token)
        return answer, token

    async def _token_for(self, request: PreparedRequest) -> SecretStr:
        try:
            return await self._tokens.token()
        except TransportError as error:
            # The reader wants to know which call was not sent, not only that a token is missing.
            raise type(error)(request.operation, error.reason) from None

    async def _send(self, prepared: PreparedRequest, key: str | None) -> Answer:
        """The last answer of the retry loop; raises the last `TransportError`."""
        repeatable = key is not None or get_operation(prepared.operation).repeatable
        started = self.elapsed()
        attempt, renewed = 0, False
        while True:
            attempt += 1
            if self._pacer is not None:
                await self._pacer()
            outcome: Answer | TransportError
            try:
                outcome, token = await self._exchange(prepared, key)
                if outcome.status == INVALID_TOKEN and not renewed:
                    renewed = True
                    if await self._tokens.renew(token):
                        continue
            except TransportError as error:
                outcome = error
            pause = self._retry.pause_after(
                outcome,
                attempt=attempt,
                elapsed=self.elapsed() - started,
                repeatable=repeatable,
                random=self.random,
            )
            if pause is not None:
                await self.sleep(pause)
            elif isinstance(outcome, TransportError):
                raise outcome
            else:
                return outcome

    def _key(self, spec: Operation, choice: IdempotencyKey) -> str | None:
        if not spec.takes_key or choice is NO_KEY:
            return None
        return str(uuid.uuid4()) if choice is AUTO_KEY else str(choice)

    def _operation(self, name: str) -> Operation:
        spec = get_operation(name)
        if spec.api != self.api:
            raise ValueError(f"{name} belongs to the {spec.api} API, not to this client")
        return spec


def _token_source(token: SecretStr | str | TokenSource) -> TokenSource:
    if isinstance(token, SecretStr | str):
        return StaticToken(token if isinstance(token, SecretStr) else SecretStr(token))
    return token


def _path(spec: Operation, record_id: str | None) -> str:
    """The path with the id escaped; refuses an id that would change the path's shape."""
    if not spec.takes_id:
        if record_id is not None:
            raise misplaced("id", f"{spec.name} takes none")
        return spec.path
    if record_id is None or not _RECORD_ID.fullmatch(record_id) or record_id.strip(".") == "":
        raise misplaced("id", "must be 1 to 64 printable characters without blanks")
    return spec.path.replace("{id}", quote(record_id, safe=""))


def _checked(spec: Operation, model: type[Request], request: BaseModel | None) -> Request:
    if not isinstance(request, model):
        raise TypeError(f"{spec.name} takes a {model.__name__}")
    return revalidated(request)


def _checked_query(spec: Operation, shape: Shape, request: BaseModel | None) -> ListQuery:
    """The query of a list; a plain `ListQuery` goes with every list, `None` is the first page."""
    if request is None:
        return ListQuery()
    if isinstance(request, ListQuery) and type(request) in {ListQuery, shape.request}:
        return revalidated(request)
    raise TypeError(f"{spec.name} takes a {(shape.request or ListQuery).__name__}")


class Resource:
    """One resource of a client; its subclasses name the operations."""

    name: ClassVar[str]

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    async def _call(
        self,
        verb: str,
        model: type[R],
        request: Request | None = None,
        *,
        record_id: str | None = None,
        idempotency_key: IdempotencyKey = AUTO_KEY,
    ) -> R:
        record = await self._client.call(
            f"{self.name}.{verb}", request, id=record_id, idempotency_key=idempotency_key
        )
        return _as(model, record)

    def _listed(self, model: type[R], query: type[ListQuery], **filters: Any) -> AsyncIterator[R]:
        """The pages that `filters` ask for; a filter of `None` is none."""
        to_the_end = bool(filters.pop("to_the_end", False))
        given = {name: value for name, value in filters.items() if value is not None}
        return self._pages(model, query(**given), to_the_end=to_the_end)

    async def _pages(
        self, model: type[R], query: ListQuery, *, to_the_end: bool
    ) -> AsyncIterator[R]:
        """Every record of a list; a page shorter than its limit is the last (section 6).

        `to_the_end` takes nobody's word for that: only an empty page is the last.
        """
        operation = f"{self.name}.list"
        previous: Page | None = None
        for page_no in range(query.page_no, query.page_no + MOST_PAGES):
            turned = type(query)(**{**_set_fields(query), "page_no": page_no})
            page = await self._client.call(operation, turned)
            if not isinstance(page, Page):
                raise TypeError(f"{operation} does not page")
            if page.records and page == previous:
                raise _endless(operation, "the same page came twice in a row")
            for record in page.records:
                yield _as(model, record)
            if len(page.records) < (1 if to_the_end else query.limit):
                return
            previous = page
        raise _endless(operation, f"more than {MOST_PAGES} pages")


def _set_fields(query: ListQuery) -> dict[str, Any]:
    return {name: getattr(query, name) for name in query.model_fields_set}


def _endless(operation: str, explanation: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(operation=operation, status=200, explanation=explanation)


def _as(model: type[R], record: BaseModel) -> R:
    if not isinstance(record, model):
        raise TypeError(f"expected a {model.__name__}")
    return record
