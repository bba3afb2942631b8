"""A real socket that answers what a test tells it to, byte by byte; knows nothing of ours."""

import asyncio
import json
import ssl
from dataclasses import dataclass
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Received:
    """One request as it came over the socket."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Send:
    """Bytes to write; then the connection is closed, unless it shall hang open."""

    raw: bytes
    hang: bool = False


#: Read the request and close the connection without a word.
DROP = Send(b"")
#: Read the request and never answer.
HANG = Send(b"", hang=True)


def answer(
    status: int, body: bytes | object = b"", *, length: int | None = None, **headers: str
) -> Send:
    """A well-formed HTTP answer; `body` is bytes or JSON, `length` may lie about it."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Scripted", "Connection: close"]
    lines.append(f"Content-Length: {len(raw) if length is None else length}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return Send("\r\n".join(lines).encode() + b"\r\n\r\n" + raw)


class ScriptedServer:
    """Answers the n-th request with the n-th step; the last step repeats."""

    def __init__(self, *script: Send, tls: ssl.SSLContext | None = None) -> None:
        self.received: list[Received] = []
        #: Set once the first request is in.
        self.arrived = asyncio.Event()
        self._script = script
        self._tls = tls
        self._stop = asyncio.Event()
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The base to hand to a client."""
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"{'https' if self._tls else 'http'}://{host}:{port}/service.svc/"

    @property
    def keys(self) -> list[str | None]:
        """The idempotency key of each request."""
        return [request.headers.get("idempotency-key") for request in self.received]

    @property
    def bodies(self) -> set[bytes]:
        """The different bodies that came."""
        return {request.body for request in self.received}

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._server.close()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._connections.add(task)
        try:
            self.received.append(await _read_request(reader))
            self.arrived.set()
            step = self._script[min(len(self.received), len(self._script)) - 1]
            writer.write(step.raw)
            await writer.drain()
            if step.hang:
                await self._stop.wait()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def _read_request(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    request_line, *lines = head.rstrip("\r\n").split("\r\n")
    method, target, _version = request_line.split(" ")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method, target, headers, body)
