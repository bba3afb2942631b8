"""Starts a Prefect server on this machine for the embedded set-up, with the settings it needs."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

#: Without these the server records 17 to 29 task runs a second and drops the rest of a burst
#: (prefect-notes, section 5).
BATCH_SETTINGS: Mapping[str, str] = {
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE": "100",
}
START_SECONDS = 120.0
STOP_SECONDS = 20.0


class ServerDidNotStart(RuntimeError):
    """The Prefect server ended, or did not answer in time; its log file is named."""


class PrefectServer:
    """A Prefect server with its own folder, as a child process of this one.

    Its database, its log and a note of its address live under `folder`. Use as a context
    manager, or call `start` and `stop`.
    """

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        self.folder = folder
        self.port = port or free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def ui_url(self) -> str:
        """Where a person looks."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_url(self) -> str:
        """Where Prefect's client calls."""
        return f"{self.ui_url}/api"

    @property
    def log_file(self) -> Path:
        """What the server printed."""
        return self.folder / "server.log"

    @property
    def pid(self) -> int | None:
        """The server's process, while it runs."""
        return self._process.pid if self._process else None

    def environment(self) -> dict[str, str]:
        """Variables for a process whose flows this server watches."""
        return client_environment(self.folder, self.api_url)

    def start(self) -> None:
        """Start and wait until it answers; raises `ServerDidNotStart`."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        environment = {**os.environ, **BATCH_SETTINGS, **self.environment()}
        # The page in the browser calls the API at the address it was served from.
        environment["PREFECT_UI_API_URL"] = self.api_url
        environment["PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT"] = "false"
        environment["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
        environment.pop("PREFECT_API_URL")
        command = [sys.executable, "-m", "prefect", "server", "start"]
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
                [*command, "--host", "127.0.0.1", "--port", str(self.port)],
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches us first, and we stop it in order
            )
        try:
            self._wait_until_healthy()
        except BaseException:
            self.stop()
            raise
        (self.folder / "server.json").write_text(
            json.dumps({"pid": self._process.pid, "api_url": self.api_url})
        )

    def stop(self) -> None:
        """Stop it, gently first."""
        process, self._process = self._process, None
        if process is None:
            return
        (self.folder / "server.json").unlink(missing_ok=True)
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise ServerDidNotStart(f"the Prefect server ended; see {self.log_file}")
            if answers(self.api_url):
                return
            time.sleep(0.2)
        raise ServerDidNotStart(f"the Prefect server did not answer; see {self.log_file}")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def running_server(folder: Path) -> str | None:
    """The API address of a server that another process started on `folder` and that answers."""
    try:
        api_url: str = json.loads((folder / "server.json").read_text())["api_url"]
    except (OSError, ValueError, KeyError):
        return None
    return api_url if answers(api_url) else None


def client_environment(folder: Path, api_url: str) -> dict[str, str]:
    """Variables for a process that runs flows against the server at `api_url`."""
    return {
        "PREFECT_HOME": str(folder),
        "PREFECT_API_URL": api_url,
        "PREFECT_LOGGING_EXTRA_LOGGERS": "smarterpay",
        "PREFECT_CLIENT_METRICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }


def answers(api_url: str) -> bool:
    """Whether a healthy Prefect server answers there."""
    try:
        return httpx.get(f"{api_url}/health", timeout=5, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def free_port() -> int:
    """A port nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
