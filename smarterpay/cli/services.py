"""Starts what a command needs and nobody runs yet: the sandbox and a Prefect server.

Whatever is started here ends with the command. A server that another command keeps running under
the same SMARTERPAY_HOME is used instead.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import FrameType
from typing import NoReturn

import httpx

from smarterpay.api import SmarterPayError
from smarterpay.api.hosts import base_url_from, token_source_from
from smarterpay.cli.exit_codes import Failure
from smarterpay.cli.opening import read_settings
from smarterpay.clock import LONDON, SandboxClock, SystemClock
from smarterpay.orchestration.local_server import (
    PrefectServer,
    ServerDidNotStart,
    client_environment,
    running_server,
)
from smarterpay.sandbox.settings import START_INSTANT
from smarterpay.settings import Settings

STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Services:
    """What a command runs against."""

    settings: Settings
    ui_url: str | None
    sandbox_url: str | None

    def flow_run_url(self, flow_run_id: object) -> str | None:
        """Where the Prefect UI shows a flow run."""
        return f"{self.ui_url}/runs/flow-run/{flow_run_id}" if self.ui_url else None


@contextmanager
def running_services(
    settings: Settings, *, sandbox_port: int | None = None, prefect_port: int = 0
) -> Iterator[Services]:
    """Have a sandbox (in the sandbox environment) and a Prefect server running meanwhile.

    Puts their addresses into this process's environment, so it must come before Prefect is
    imported. Raises `Failure` when something does not start. A SIGTERM or a closed terminal ends
    the command in order, so that nothing is left running behind it.
    """
    _refuse_what_cannot_call(settings)
    for signal_number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signal_number, _leave_in_order)
    with ExitStack() as stack:
        sandbox_url = None
        if settings.environment == "sandbox" and settings.cloud_base_url is None:
            sandbox_url = _sandbox(stack, settings, sandbox_port)
        ui_url = _prefect(stack, settings, prefect_port)
        yield Services(read_settings(), ui_url, sandbox_url)


def _refuse_what_cannot_call(settings: Settings) -> None:
    """Before anything is staged or started: no token, or an address nobody may call."""
    try:
        token_source_from(settings)
        base_url_from(settings, "cloud")
    except SmarterPayError as error:
        raise Failure(str(error)) from error


def _leave_in_order(signal_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + signal_number)


def _sandbox(stack: ExitStack, settings: Settings, port: int | None) -> str:
    url = f"http://127.0.0.1:{settings.sandbox_port}"
    if port is None and sandbox_answers(url):
        _live_by(url)
        return url
    state = settings.home / "sandbox.sqlite"
    url = stack.enter_context(
        sandbox_process(state, settings.sandbox_port if port is None else port)
    )
    os.environ["SMARTERPAY_SANDBOX_PORT"] = url.rpartition(":")[2]
    _live_by(url)
    return url


def _live_by(sandbox_url: str) -> None:
    os.environ.setdefault("SMARTERPAY_CLOCK_URL", f"{sandbox_url}/_sandbox/clock")


@contextmanager
def sandbox_process(state: Path, port: int) -> Iterator[str]:
    """A sandbox as a child process, listening when this yields its address."""
    state.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    command = [sys.executable, "-m", "smarterpay.sandbox", "--port", str(port)]
    with (state.parent / "sandbox.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [*command, "--state", str(state)],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    try:
        yield _address(process, state.parent / "sandbox.log")
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _address(process: subprocess.Popen[str], log: Path) -> str:
    if process.stdout is not None:
        for line in process.stdout:
            if line.startswith("sandbox listening on "):
                return line.split()[-1]
    raise Failure(f"the sandbox did not start; see {log}")


def sandbox_answers(url: str) -> bool:
    """Whether a sandbox answers there."""
    try:
        answer = httpx.get(f"{url}/_sandbox/clock", timeout=2, trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.status_code == 200 and "now" in answer.text


def _prefect(stack: ExitStack, settings: Settings, port: int) -> str | None:
    api_url = os.environ.get("PREFECT_API_URL")
    if api_url:
        return os.environ.get("PREFECT_UI_URL") or api_url.removesuffix("/api")
    # Prefect itself is imported only by the flows; its server runs in a process of its own.
    folder = settings.home / "prefect"
    api_url = running_server(folder)
    if api_url is None:
        try:
            api_url = stack.enter_context(PrefectServer(folder, port=port)).api_url
        except ServerDidNotStart as error:
            raise Failure(str(error)) from error
    os.environ.update(client_environment(folder, api_url))
    return api_url.removesuffix("/api")


def provider_today(settings: Settings) -> date:
    """The London date the provider lives in; raises `Failure` as `provider_now` does."""
    return provider_now(settings).astimezone(LONDON).date()


def provider_now(settings: Settings) -> datetime:
    """The instant the provider lives in: a sandbox's own, else the real one.

    A sandbox that does not run yet will start at the first instant of its calendar. Raises
    `Failure` where the clock that the settings name is out of reach: a date is never guessed.
    """
    if settings.clock_url:
        try:
            return SandboxClock(settings.clock_url).now()
        except httpx.HTTPError as error:
            reason = type(error).__name__
            raise Failure(f"the clock of SMARTERPAY_CLOCK_URL is out of reach ({reason})") from None
    if settings.environment != "sandbox" or settings.cloud_base_url is not None:
        return SystemClock().now()
    try:
        url = f"http://127.0.0.1:{settings.sandbox_port}/_sandbox/clock"
        return SandboxClock(url).now()
    except httpx.HTTPError:
        return START_INSTANT
