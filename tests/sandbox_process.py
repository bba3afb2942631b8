"""A real sandbox in a process of its own, for any test; knows nothing of what is tested."""

import os
import queue
import signal
import ssl
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

READY = "sandbox listening on "
START_TIMEOUT = 30.0
STOP_TIMEOUT = 15.0


@cache
def plain_tls() -> ssl.SSLContext:
    """The usual one, made once: each client that makes its own reads every root for 20 ms."""
    return httpx.create_ssl_context(trust_env=False)


class SandboxProcess:
    """`python -m smarterpay.sandbox` on a free port; a restart keeps the port.

    `token` is the working API key. `state` lets the books survive `kill` and `restart`.
    """

    token = "sandbox-key"

    def __init__(self, *, state: Path | None = None, seed: int = 1, tls: bool = False) -> None:
        self._state = state
        self._seed = seed
        self._tls = tls
        self._port = 0
        self._process: subprocess.Popen[str] | None = None
        self._http: httpx.Client | None = None
        self.base_url = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def cloud_url(self) -> str:
        """Base of the Cloud API, with the trailing slash."""
        return f"{self.base_url}/service.svc/"

    @property
    def card_url(self) -> str:
        """Base of the card API, without a trailing slash."""
        return f"{self.base_url}/SmarterPayCardPaymentService/api/transaction"

    @property
    def clock_url(self) -> str:
        """Where the simulated time is read."""
        return f"{self.base_url}/_sandbox/clock"

    @property
    def pid(self) -> int:
        """Process id of the running sandbox."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start the program and wait until it accepts connections."""
        command = [sys.executable, "-m", "smarterpay.sandbox", "--port", str(self._port)]
        command += ["--seed", str(self._seed)]
        command += ["--state", str(self._state)] if self._state else []
        command += ["--tls"] if self._tls else []
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
        )
        self.base_url = self._announced(self._process)
        self._port = int(self.base_url.rsplit(":", 1)[1])
        verify = False if self._tls else plain_tls()
        self._http = httpx.Client(timeout=60, verify=verify, trust_env=False)

    def stop(self) -> int | None:
        """Ask it to end and wait; the exit code, None where it was not running."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash does, with SIGKILL."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """End it if it runs, and start it on the same port."""
        self.stop()
        self.start()

    def control(self, path: str, json: Any = None, *, method: str | None = None) -> Any:
        """A control call below `/_sandbox/`: POST with a body, else GET; its JSON answer."""
        verb = method or ("GET" if json is None else "POST")
        url = f"{self.base_url}/_sandbox/{path.lstrip('/')}"
        assert self._http is not None, "the sandbox is not running"
        answer = self._http.request(verb, url, json=json)
        assert answer.status_code == 200, f"{verb} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def books(self, *, records: bool = False) -> dict[str, Any]:
        """Counts per resource (`counts`), protocol figures (`protocol`), records if asked for."""
        books: dict[str, Any] = self.control("books?records=1" if records else "books")
        return books

    def counts(self) -> dict[str, int]:
        """How many records the provider has, per resource."""
        counts: dict[str, int] = self.books()["counts"]
        return counts

    def requests(self, limit: int = 1000) -> list[dict[str, Any]]:
        """The last calls, oldest first: method, path, key, status, replayed."""
        listed: list[dict[str, Any]] = self.control(f"requests?limit={limit}")["requests"]
        return listed

    def faults(self, kind: str, **options: Any) -> None:
        """Order a fault: `times`, `skip`, `method`, `path`, `seconds`, `probability`, `seed`."""
        self.control("faults", {"kind": kind, **options})

    def clear_faults(self) -> None:
        """Call all faults off."""
        self.control("faults", {"clear": True})

    def settings(self, **wanted: Any) -> dict[str, Any]:
        """Change client settings; all settings as they stand now."""
        settings: dict[str, Any] = self.control("settings", wanted)
        return settings

    def advance(self, span: float | str) -> str:
        """Move the clock by seconds or text like `25h`; the instant it then shows."""
        now: str = self.control("clock", {"advance": span})["now"]
        return now

    def reset(self, seed: int | None = None) -> None:
        """Start afresh within the same process."""
        self.control("reset", {} if seed is None else {"seed": seed})

    def _announced(self, process: subprocess.Popen[str]) -> str:
        lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        stdout = process.stdout
        assert stdout is not None
        threading.Thread(target=_drain, args=(stdout, lines), daemon=True).start()
        try:
            line = lines.get(timeout=START_TIMEOUT)
        except queue.Empty:
            process.kill()
            raise TimeoutError("the sandbox did not start") from None
        if not line.startswith(READY):
            process.kill()
            raise RuntimeError(f"the sandbox did not start: {line!r}")
        return line.removeprefix(READY).strip()

    def _end(self, how: signal.Signals) -> int | None:
        process, self._process = self._process, None
        if self._http is not None:
            self._http.close()
            self._http = None
        if process is None:
            return None
        process.send_signal(how)
        try:
            return process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


def _drain(stdout: Any, lines: "queue.SimpleQueue[str]") -> None:
    """Pass on what the program prints, and close its pipe at the end."""
    with stdout:
        for line in stdout:
            lines.put(line)
        lines.put("")
