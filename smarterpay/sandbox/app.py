"""The sandbox as an ASGI program: bytes in, bytes out; knows no check and no rule."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from smarterpay.sandbox.books.state_file import StateFile, StateFileError
from smarterpay.sandbox.console import Console
from smarterpay.sandbox.console.same_site import why_foreign_call
from smarterpay.sandbox.control.control import BASE, Control
from smarterpay.sandbox.docs.openapi import openapi_document
from smarterpay.sandbox.docs.page import docs_page
from smarterpay.sandbox.http import oauth
from smarterpay.sandbox.http.answers import Answer, error
from smarterpay.sandbox.http.faults import Fault
from smarterpay.sandbox.http.protocol import Arrival, Protocol
from smarterpay.sandbox.payer_pages import PayerPages
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.resources import RESOURCES, card_transactions
from smarterpay.sandbox.settings import MAX_BODY_BYTES, MESSAGE_FAULT, START_INSTANT
from smarterpay.sandbox.timing.background import TASKS, plan_daily
from smarterpay.sandbox.webhooks import announce
from smarterpay.sandbox.webhooks.courier import Courier

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

TRANSPORT = "smarterpay.sandbox.transport"
"""The scope extension under which a server hands over the connection, to be broken."""

PAGES = frozenset({"/openapi.json", "/docs", "/docs/", "/"})
"""What a reader asks for without a token; `/` is where the start-up line leads."""

MAX_SNAPSHOT_BYTES = 1024 * 1024 * 1024
TICK_SECONDS = 0.2


class Sandbox:
    """One stand-in provider; serve it with `smarterpay.sandbox.server`."""

    def __init__(self, seed: int, start: datetime, state: Path | None) -> None:
        self._courier = Courier(self._webhook_fault, self._durable)
        tasks = {**TASKS, **self._courier.tasks}
        self.platform = Platform(seed, start, tasks, plan_daily, announce)
        self._file = None if state is None else self._resume(state)
        self.protocol = Protocol(
            self.platform, RESOURCES, card_transactions.RESOURCE, self._durable
        )
        self.control = Control(self.platform, self.protocol)
        self.console = Console(self.control)
        self.payer_pages = PayerPages(self.platform)
        self._ticking: asyncio.Task[None] | None = None

    def _webhook_fault(self, subscription_id: str) -> Fault | None:
        return self.protocol.faults.take_for_webhook(subscription_id)

    def _resume(self, state: Path) -> StateFile:
        """Stand where the file's sandbox stood; raises `StateFileError` where that fails."""
        file = StateFile(state)
        try:
            if self.platform.restore(file.load()):
                self.platform.books.take_changes()
        except (KeyError, TypeError, ValueError) as unknown:
            file.close()
            raise StateFileError(f"{state.name} was written by another version") from unknown
        return file

    def leave(self) -> None:
        """The end is near: let no slow call hold it up."""
        self.protocol.overtake()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        self._ticking = asyncio.create_task(self._tick())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._ticking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._ticking
        await self._courier.close()
        if self._file is not None:
            await self._durable()
            self._file.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _tick(self) -> None:
        """Do background work in time while the clock runs by itself."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            await self.platform.catch_up()
            with contextlib.suppress(sqlite3.Error):
                await self._durable()

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        controlled = path == BASE or path.startswith(BASE + "/")
        try:
            body = await _body(receive, MAX_SNAPSHOT_BYTES if controlled else MAX_BODY_BYTES)
        except CutShort:
            return
        try:
            if controlled and self.console.owns(scope["method"], path):
                answered: Answer | None = await self.console.answer(_arrival(scope, body))
                await self._durable()
            elif self.payer_pages.owns(path):
                answered = await self.payer_pages.answer(_arrival(scope, body))
                await self._durable()
            elif controlled:
                answered = await self._controlled(_arrival(scope, body))
                await self._durable()
            elif path == oauth.PATH:
                request = oauth.TokenRequest(
                    scope["method"], scope["scheme"], dict(scope["headers"]), body
                )
                answered = oauth.answer(self.platform, request)
                await self._durable()
            elif path in PAGES and scope["method"] == "GET":
                arrival = _arrival(scope, body)
                document = path == "/openapi.json"
                answered = openapi_document() if document else docs_page(arrival.origin)
            else:
                answered = await self.protocol.answer(_arrival(scope, body))
        except sqlite3.Error:
            # What was done is not on disk: saying so is all that may be said.
            answered = error(500, MESSAGE_FAULT)
        if answered is None:
            await _break_connection(scope, receive)
        else:
            await _send(send, answered)

    async def _controlled(self, arrival: Arrival) -> Answer:
        """The answer to a control call, which no page elsewhere may make a browser send."""
        foreign = why_foreign_call(arrival)
        if foreign is not None:
            return Answer(403, orjson.dumps({"error": foreign}))
        return await self.control.answer(
            arrival.method, arrival.path[len(BASE) :], arrival.query, arrival.body or b""
        )

    async def _durable(self) -> None:
        """Wait until every change made so far is on disk; at once without a state file."""
        if self._file is None:
            self.platform.books.forget_changes()
            return
        if self.platform.moving.locked():
            # Half of an advance may be what a crash leaves: the clock must not fall behind it.
            self.platform.note_clock()
        changes = self.platform.books.take_changes()
        if changes:
            self._file.append(changes)
        await self._file.durable()


def create_app(
    *, seed: int = 1, state: Path | None = None, start: datetime = START_INSTANT
) -> Sandbox:
    """The sandbox as an ASGI application.

    `seed` decides every id, `start` (aware) is where the frozen clock stands, `state` is the
    file the books survive in, None keeps them in memory. What the file holds goes before
    `seed` and `start`. Raises `StateFileError` where the file cannot be used.
    """
    return Sandbox(seed, start, state)


def _arrival(scope: Scope, body: bytes | None) -> Arrival:
    return Arrival(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers=dict(scope["headers"]),
        scheme=scope["scheme"],
        body=body,
    )


class CutShort(Exception):
    """The caller went away before its request was whole: no request, so nothing to work on."""


async def _body(receive: Receive, most: int) -> bytes | None:
    """The whole body, or None where it is larger than `most` bytes. Raises `CutShort`."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise CutShort
        part = message.get("body", b"")
        size += len(part)
        if size <= most:
            parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts) if size <= most else None


async def _send(send: Send, answered: Answer) -> None:
    headers = [
        (b"content-type", answered.content_type.encode()),
        (b"content-length", str(len(answered.body)).encode()),
    ]
    if answered.replayed:
        headers.append((b"idempotency-replay", b"true"))
    if answered.allow:
        headers.append((b"allow", answered.allow.encode()))
    headers += [(name.encode(), value.encode("latin-1")) for name, value in answered.headers]
    await send({"type": "http.response.start", "status": answered.status, "headers": headers})
    await send({"type": "http.response.body", "body": answered.body})


async def _break_connection(scope: Scope, receive: Receive) -> None:
    """Cut the TCP connection without an answer, and wait until the server has noticed."""
    transport = scope.get("extensions", {}).get(TRANSPORT)
    if transport is None:
        raise ConnectionAbortedError("the server handed over no connection to break")
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
