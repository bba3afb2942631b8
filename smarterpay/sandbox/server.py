"""The sandbox as a running program on a port; knows nothing of what it serves."""

import errno
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from smarterpay.sandbox.app import TRANSPORT, create_app
from smarterpay.sandbox.books.state_file import StateFileError
from smarterpay.sandbox.settings import START_INSTANT

KEEP_ALIVE_SECONDS = 120
BACKLOG = 2048


class BreakableProtocol(HttpToolsProtocol):
    """uvicorn's HTTP, which also hands the application its connection, to break it."""

    def on_message_begin(self) -> None:
        """Put the transport into the scope of the request that begins."""
        super().on_message_begin()
        scope: Any = self.scope
        scope["extensions"] = {TRANSPORT: self.transport}


class AnnouncingServer(uvicorn.Server):
    """A server that prints one line as soon as it accepts connections.

    `leave` is called when it is asked to end.
    """

    def __init__(
        self, config: uvicorn.Config, announcement: str, leave: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._announcement = announcement
        self._leave = leave

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then announce."""
        await super().startup(sockets)
        print(self._announcement, flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take leave, then end."""
        self._leave()
        await super().shutdown(sockets)


def main(
    port: int,
    host: str = "127.0.0.1",
    state: Path | None = None,
    tls: bool = False,
    seed: int = 1,
    *,
    start: datetime = START_INSTANT,
) -> None:
    """Serve the sandbox until SIGTERM or SIGINT; blocks.

    Port 0 takes a free one; the line `sandbox listening on http://127.0.0.1:PORT` tells
    which, as soon as connections are accepted. `tls` serves https with a certificate made
    for this run. The rest is as `create_app` has it. Where port or state file cannot be had
    the program ends with exit code 1 and one line on stderr that says why (`SystemExit`).
    """
    try:
        listener = _listen(host, port)
        app = create_app(seed=seed, state=state, start=start)
    except (OSError, OverflowError, StateFileError) as trouble:
        raise SystemExit(f"sandbox: {_told(trouble, host, port)}") from None
    bound = listener.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    config = uvicorn.Config(
        app,
        http=BreakableProtocol,
        ws="none",
        log_level="warning",
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=5,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        **(_tls_options(host) if tls else {}),
    )
    scheme = "https" if tls else "http"
    announcement = f"sandbox listening on {scheme}://{shown}:{bound}"
    server = AnnouncingServer(config, announcement, app.leave)
    if threading.current_thread() is threading.main_thread():
        # uvicorn repeats the signal after its orderly end; ending well is exit code 0.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    server.run(sockets=[listener])


def _told(trouble: Exception, host: str, port: int) -> str:
    """What is in the way, and what the reader can do about it."""
    if isinstance(trouble, StateFileError):
        return str(trouble)
    if isinstance(trouble, OverflowError):
        return f"port {port} cannot be; a port is from 0 to 65535, and 0 takes a free one"
    if isinstance(trouble, OSError) and trouble.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use; --port 0 takes a free one"
    return f"{host} port {port}: {getattr(trouble, 'strerror', None) or trouble}"


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(BACKLOG)
    return listener


def _tls_options(host: str) -> Mapping[str, Any]:
    from smarterpay.sandbox.http.certificate import self_signed_context  # noqa: PLC0415 - https only

    return {"ssl_context_factory": lambda _config, _default: self_signed_context(host)}
