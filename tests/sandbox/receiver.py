"""A merchant's webhook receiver on a real socket, which answers as told; judges nothing."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Received:
    """One webhook as it came in, header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> dict[str, Any]:
        """The body as JSON."""
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events in it."""
        listed: list[dict[str, Any]] = self.content["events"]
        return listed

    @property
    def credentials(self) -> str:
        """User and password of `Basic` authentication."""
        scheme, _, encoded = self.headers["authorization"].partition(" ")
        assert scheme == "Basic"
        return base64.b64decode(encoded).decode()


class Receiver:
    """Keeps what it receives; answers 200 unless `status` or `statuses` say otherwise.

    `statuses` are for the next webhooks, in their order. `hang` is how many seconds each answer
    takes; `promised` bytes of a body never come; `before_answer` is called while the sandbox waits.
    """

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.status = 200
        self.statuses: list[int] = []
        self.hang = 0.0
        self.promised = 0
        self.before_answer: Callable[[], object] | None = None
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.receiver = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    @property
    def events(self) -> list[dict[str, Any]]:
        """All events received, in the order of their arrival."""
        return [event for webhook in self.received for event in webhook.events]

    def wait_for(self, count: int, seconds: float = 10.0) -> list[Received]:
        """What was received, as soon as it is so many webhooks."""
        limit = time.monotonic() + seconds
        while len(self.received) < count and time.monotonic() < limit:
            time.sleep(0.01)
        assert len(self.received) >= count, f"{len(self.received)} webhooks instead of {count}"
        return self.received

    def take(self, webhook: Received) -> int:
        """Keep one and say what to answer."""
        self.received.append(webhook)
        if self.before_answer is not None:
            self.before_answer()
        time.sleep(self.hang)
        return self.statuses.pop(0) if self.statuses else self.status

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    receiver: Receiver


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        status = self.server.receiver.take(Received(self.path, headers, body))
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(self.server.receiver.promised))
        self.end_headers()
        self.close_connection = self.server.receiver.promised > 0

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver for as long as the block lasts."""
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.close()
