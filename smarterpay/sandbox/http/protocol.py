"""The protocol around every operation: checks in their order, keys, faults; no resource rule.

The order is that of section 1: TLS, maintenance (503), token (498), rate limit (429), path
(404), method (405), `Accept` (406), idempotency (409, 422, replay), body (400), work.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import time as time_of_day
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from smarterpay.bacs import LONDON
from smarterpay.sandbox.books.identifiers import chance
from smarterpay.sandbox.fixtures import API_KEYS, ApiKey
from smarterpay.sandbox.http import oauth
from smarterpay.sandbox.http.answers import Answer, FieldFault, Refusal, error, invalid
from smarterpay.sandbox.http.counters import Counters, LoggedRequest
from smarterpay.sandbox.http.faults import Fault, Faults
from smarterpay.sandbox.http.fields import printable, read_fields
from smarterpay.sandbox.http.hosts import CARD, Host, host_of
from smarterpay.sandbox.http.idempotency import (
    BAD_KEY,
    IN_PROGRESS,
    REUSED,
    Fingerprint,
    KeyRing,
    replay,
    same_request,
)
from smarterpay.sandbox.http.rate_limit import EXCEEDED, RateLimiter
from smarterpay.sandbox.http.request_body import content_of, rows_of
from smarterpay.sandbox.http.resource import Call, Request, Resource, Route
from smarterpay.sandbox.http.routing import Router, normalised
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.settings import (
    MAX_KEY_LENGTH,
    MESSAGE_FAULT,
    MESSAGE_INVALID,
    MESSAGE_INVALID_TOKEN,
    MESSAGE_METHOD,
    MESSAGE_NOT_ACCEPTABLE,
    MESSAGE_NOT_FOUND,
    MESSAGE_UNAVAILABLE,
    TLS_REFUSED_STATUS,
)

logger = logging.getLogger("smarterpay.sandbox")

TLS_REQUIRED = "TLS_Required"
KEYED_METHODS = frozenset({"POST", "PUT"})
HTML_ERROR = Answer(
    502,
    b"<html><head><title>502 Bad Gateway</title></head>"
    b"<body><h1>502 Bad Gateway</h1></body></html>",
    "text/html; charset=utf-8",
)


@dataclass(slots=True)
class Arrival:
    """A call as it came in: nothing of it is checked yet. `body` None is one too large."""

    method: str
    path: str
    query: str
    headers: Mapping[bytes, bytes]
    scheme: str
    body: bytes | None
    api_key: ApiKey | None = None
    normal_path: str = field(init=False)
    host: Host = field(init=False)
    below: str | None = field(init=False)

    def __post_init__(self) -> None:
        self.normal_path = normalised(self.path)
        self.host, self.below = host_of(self.normal_path)

    def header(self, name: bytes) -> str | None:
        """A header's text by its lower-case name."""
        raw = self.headers.get(name)
        return None if raw is None else raw.decode("latin-1")

    @property
    def key(self) -> str | None:
        """The idempotency key, where the method has one (section 2, "Misplaced or bad key")."""
        return self.header(b"idempotency-key") if self.method in KEYED_METHODS else None

    @property
    def origin(self) -> str:
        """Scheme and host as the caller addressed them."""
        return f"{self.scheme}://{self.header(b'host') or 'localhost'}"


class Overtaken(Exception):
    """While a slow call waited, the books it was meant for went away."""


@dataclass(frozen=True, slots=True)
class Task:
    """A call that passed every check before idempotency: its operation and record."""

    route: Route
    record: Any


class Protocol:
    """Answers calls to both hosts.

    `durable` waits until all changes made so far are safe; no answer leaves before.
    """

    def __init__(
        self,
        platform: Platform,
        resources: tuple[Resource, ...],
        card_routes: Resource,
        durable: Callable[[], Awaitable[None]],
    ) -> None:
        self._platform = platform
        self._durable = durable
        self._routers = {style: Router.of(resources, style) for style in ("plural", "singular")}
        self._card_router = Router.of((card_routes,), "plural")
        self.keys = KeyRing(platform.books.idempotency_keys)
        self.limiter = RateLimiter()
        self.faults = Faults(chance)
        self.counters = Counters()
        self._overtaken = asyncio.Event()

    def overtake(self) -> None:
        """Break off slow calls, and hold no key: other books are in place, or it is the end."""
        self._overtaken.set()
        self._overtaken = asyncio.Event()
        self.keys.reload()

    async def answer(self, arrival: Arrival) -> Answer | None:
        """The answer to a call, or None where the connection is to be broken instead."""
        await self._platform.catch_up()
        fault = self.faults.take(
            arrival.method, arrival.below or "/", arrival.normal_path, arrival.path
        )
        if fault is not None:
            self.counters.count("faults")
        try:
            answered = await self._suffered(arrival, fault)
        except Overtaken:
            return None
        self.counters.request(
            LoggedRequest(
                at=time.time(),
                simulated=self._platform.clock.stamp(),
                method=arrival.method,
                path=arrival.path,
                key=arrival.key,
                status=answered.status if answered else 0,
                replayed=bool(answered and answered.replayed),
                api_key=arrival.api_key.label if arrival.api_key else None,
            )
        )
        return answered

    async def _suffered(self, arrival: Arrival, fault: Fault | None) -> Answer | None:
        """The answer after what a fault does to it; None to break the connection."""
        kind = fault.kind if fault else ""
        if kind == "drop-before":
            return None
        checked = self._check(arrival, kind)
        if isinstance(checked, Answer):
            answered = checked
        elif fault is not None and fault.spares_work:
            answered = error(500, MESSAGE_FAULT)
        else:
            answered = await self._once(arrival, checked, fault)
        await self._durable()
        return _spoiled(answered, fault)

    def _check(self, arrival: Arrival, fault: str) -> Answer | Task:
        """The checks of section 1 up to `Accept`, in their order."""
        refused = self._turned_away(arrival, fault)
        if refused is not None:
            return refused
        found = self._find(arrival)
        if isinstance(found, Task) and not _acceptable(arrival.header(b"accept")):
            return error(406, MESSAGE_NOT_ACCEPTABLE)
        return found

    def _turned_away(self, arrival: Arrival, fault: str) -> Answer | None:
        """The checks that do not look at what is asked for: TLS, 503, 498, 429."""
        if self._platform.settings.require_tls and arrival.scheme != "https":
            return error(TLS_REFUSED_STATUS, TLS_REQUIRED)
        if fault == "503" or self._in_maintenance():
            return error(503, MESSAGE_UNAVAILABLE)
        arrival.api_key = self._api_key(arrival.header(b"authorization"))
        if arrival.api_key is None or not arrival.api_key.valid:
            return arrival.host.invalid_token(MESSAGE_INVALID_TOKEN)
        if fault == "429" or not self._admitted(arrival.api_key):
            return error(429, EXCEEDED)
        return None

    def _api_key(self, authorization: str | None) -> ApiKey | None:
        """What the bearer token stands for; None for no, another or an unknown token."""
        scheme, _, text = (authorization or "").partition(" ")
        token = text.strip()
        if scheme.lower() != "bearer":
            return None
        return API_KEYS.get(token) or oauth.credential(self._platform, token)

    def _in_maintenance(self) -> bool:
        """Whether the provider is down: by switch, or in its Saturday hour (section 4)."""
        mode = self._platform.settings.maintenance
        if mode != "saturday":
            return mode == "on"
        local = self._platform.now().astimezone(LONDON)
        return local.weekday() == 5 and time_of_day(9) <= local.time() < time_of_day(10)

    def _admitted(self, api_key: ApiKey) -> bool:
        settings = self._platform.settings
        limit = settings.rate_limit if api_key.rate_limit is None else api_key.rate_limit
        simulated = settings.rate_clock == "simulated"
        clock = self._simulated_seconds if simulated else time.monotonic
        return self.limiter.admit(api_key.label, limit, settings.rate_window, clock)

    def _simulated_seconds(self) -> float:
        return self._platform.now().timestamp()

    def _find(self, arrival: Arrival) -> Answer | Task:
        """The operation and record of the path (404), then the method (405)."""
        match = None
        if arrival.below is not None:
            router = self._card_router
            if arrival.host is not CARD:
                router = self._routers[self._platform.settings.list_paths]
            match = router.find(arrival.below)
        if match is None:
            return self._not_found(arrival.host)
        record = None
        if match.record_id is not None:
            locate = next(route.locate for route in match.routes.values() if route.locate)
            record = locate(self._platform, match.record_id)
            if record is None:
                return self._not_found(arrival.host)
        route = match.routes.get(arrival.method)
        if route is None:
            refused = error(405, MESSAGE_METHOD)
            return Answer(405, refused.body, allow=", ".join(sorted(match.routes)))
        return Task(route, record)

    def _not_found(self, host: Host) -> Answer:
        status = 400 if self._platform.settings.not_found_as_400 else 404
        return host.bad_request(status, MESSAGE_NOT_FOUND)

    async def _once(self, arrival: Arrival, task: Task, fault: Fault | None) -> Answer:
        """Do the work once per idempotency key (section 2)."""
        key = arrival.key
        if key is None or arrival.body is None:
            return await self._timed(arrival, task, fault)
        if not 1 <= len(key) <= MAX_KEY_LENGTH:
            return arrival.host.bad_request(400, BAD_KEY)
        if self.keys.is_running(key):
            return error(409, IN_PROGRESS)
        first_at = self._platform.now()
        request = Fingerprint.of(arrival.method, arrival.normal_path, arrival.query, arrival.body)
        kept = self.keys.find(key, first_at)
        if kept is not None:
            return replay(kept) if same_request(kept, request) else error(422, REUSED)
        overtaken = self._overtaken
        self.keys.begin(key)
        try:
            answered = await self._timed(arrival, task, fault)
            self.keys.keep(key, request, answered, first_at)
            await self._durable()
        finally:
            if not overtaken.is_set():
                self.keys.end(key)
        return answered

    async def _timed(self, arrival: Arrival, task: Task, fault: Fault | None) -> Answer:
        """The work, after the pause and with the failure that a fault orders.

        Raises `Overtaken` where the pause outlasts the books that the call was meant for.
        """
        if fault is not None and fault.kind == "slow":
            overtaken = self._overtaken
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(overtaken.wait(), fault.seconds)
            if overtaken.is_set():
                raise Overtaken
        answered = self._work(arrival, task)
        if fault is not None and fault.kind == "500-after" and fault.stored:
            return error(500, MESSAGE_FAULT)
        return answered

    def _work(self, arrival: Arrival, task: Task) -> Answer:
        """Check the body and do what the operation does; a fault of ours is a 500."""
        try:
            call = Call(
                values=read_fields({}, (), update=False, strict=False),
                record=task.record,
                query=_query(arrival.query),
                origin=arrival.origin,
            )
            if task.route.request is not None:
                call = self._with_values(call, arrival, task.route.request)
            return task.route.work(self._platform, call)
        except Refusal as refused:
            return arrival.host.bad_request(refused.status, refused.message, refused.details)
        except Exception as broken:
            # Text and traceback may hold what the caller sent, so only the kind is told.
            logger.error(  # noqa: TRY400
                "%s failed: %s", task.route.name, type(broken).__name__
            )
            return error(500, MESSAGE_FAULT)

    def _with_values(self, call: Call, arrival: Arrival, request: Request) -> Call:
        content, beside = content_of(
            arrival.header(b"content-type"), arrival.body, request.envelope
        )
        settings = self._platform.settings
        if settings.strict and beside:
            faults = (FieldFault(printable(name), "is not a known property") for name in beside)
            raise Refusal(400, MESSAGE_INVALID, *faults)
        if request.most_rows:
            rows = rows_of(content, request)
            self._note_ignored(request, beside, *(row for row in rows if isinstance(row, dict)))
            return replace(call, rows=rows)
        if not isinstance(content, dict):
            raise invalid(request.envelope, "must be an object")
        fields = request.fields_for(content)
        values = read_fields(content, fields, update=request.update, strict=settings.strict)
        self._note_ignored(request, beside, content)
        return replace(call, values=values)

    def _note_ignored(self, request: Request, beside: list[str], *contents: dict[str, Any]) -> None:
        """Count the properties that have no effect (section 5, "Request properties")."""
        ignored = len(beside)
        for content in contents:
            known = {field.name.lower() for field in request.fields_for(content)}
            ignored += sum(name.lower() not in known for name in content)
        if ignored:
            self.counters.count("ignored_properties", ignored)
            logger.info("%d unknown properties ignored", ignored)


def _spoiled(answered: Answer, fault: Fault | None) -> Answer | None:
    """What of the answer reaches the caller under a fault; None for nothing at all."""
    kind = fault.kind if fault else ""
    if kind == "drop-after":
        return None
    if kind == "empty-body":
        return Answer(answered.status, b"", answered.content_type, answered.replayed)
    if kind == "html-error":
        return HTML_ERROR
    if kind == "500-after" and fault is not None and not fault.stored:
        return error(500, MESSAGE_FAULT)
    return answered


@lru_cache(maxsize=256)
def _acceptable(accept: str | None) -> bool:
    """Whether an `Accept` header allows JSON; the most specific range that fits decides."""
    if accept is None or not accept.strip():
        return True
    best = (-1, 0.0)
    for part in accept.split(","):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        rank = {"*/*": 0, "application/*": 1, "application/json": 2}.get(media, -1)
        if rank > best[0]:
            best = (rank, _quality(parameters))
    return best[1] > 0


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def _query(text: str) -> dict[str, str]:
    """The query's parameters, names in lower case; of a repeated one the last counts."""
    return {name.lower(): value for name, value in parse_qsl(text, keep_blank_values=True)}
