"""Runs operations in the test's own process, on real parts: fixtures for whoever tests them.

`runtime` needs no Prefect. `prefect` connects this process to the session's Prefect server and
gives it a home, as the environment of a flow process would.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_HOME,
    PREFECT_LOGGING_EXTRA_LOGGERS,
    temporary_settings,
)
from pydantic import BaseModel, SecretStr

from smarterpay.api import CloudClient, Timeouts
from smarterpay.api.catalogue import Effect, get_operation
from smarterpay.clock import SandboxClock
from smarterpay.journal import Journal
from smarterpay.journal.intents import Intent, Wish
from smarterpay.orchestration.blocks import JournalResultStorage
from smarterpay.orchestration.delivery import deliver
from smarterpay.orchestration.fulfilment import fulfil
from smarterpay.orchestration.local_server import PrefectServer
from smarterpay.orchestration.outcome import Outcome
from smarterpay.orchestration.runtime import Runtime, rate_budget
from smarterpay.settings import Settings
from tests.prefect_api import PrefectApi
from tests.sandbox_process import SandboxProcess


@pytest.fixture(scope="session")
def provider() -> Iterator[SandboxProcess]:
    """A sandbox for many tests; each starts it afresh by `sandbox`."""
    with SandboxProcess() as process:
        yield process


@pytest.fixture
def sandbox(provider: SandboxProcess) -> SandboxProcess:
    """A provider without a record, a fault or a rate limit."""
    provider.reset()
    provider.settings(rate_limit=None)
    return provider


@pytest.fixture
def settings(tmp_path: Path, sandbox: SandboxProcess) -> Settings:
    """The settings of a merchant that has done nothing yet."""
    return Settings(
        home=tmp_path / "home",
        cloud_base_url=sandbox.cloud_url,
        clock_url=sandbox.clock_url,
        api_key=SecretStr(sandbox.token),
        rate_limit=60_000,
        retry_delay=0,
        max_attempts=4,
    )


@pytest.fixture
async def runtime(settings: Settings) -> AsyncIterator[Runtime]:
    """What operations need, without Prefect; its clock is the sandbox's, never a moment late."""
    async with open_directly(settings) as opened:
        yield opened


@pytest.fixture
def prefect(
    prefect_server: PrefectServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PrefectApi]:
    """Flows called in the test run against the session's Prefect server and `settings`."""
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)
    updates = {
        PREFECT_API_URL: prefect_server.api_url,
        PREFECT_HOME: prefect_server.folder,
        PREFECT_LOGGING_EXTRA_LOGGERS: "smarterpay",
    }
    with temporary_settings(updates), PrefectApi(prefect_server.api_url) as api:
        yield api


def environment_of(settings: Settings) -> dict[str, str]:
    """The variables a process with these settings is started with."""
    variables: dict[str, str] = {}
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        variables[f"SMARTERPAY_{name.upper()}"] = text
    return variables


@asynccontextmanager
async def open_directly(settings: Settings, **parts: Any) -> AsyncIterator[Runtime]:
    """A runtime whose parts are those of `settings`, but for the ones given."""
    clock = parts.get("clock") or SandboxClock(settings.clock_url or "", max_age=0)
    with Journal.open(settings, clock=clock) as journal:
        budget = parts.get("budget") or rate_budget(settings, journal)
        cloud = CloudClient.from_settings(
            settings,
            pacer=budget.take,
            timeouts=Timeouts(read=settings.read_timeout),
            clock=clock,
            transport=parts.get("transport"),
        )
        async with cloud:
            yield Runtime(settings, journal, cloud, budget, JournalResultStorage())


def wish_for(
    runtime: Runtime,
    operation: str,
    request: BaseModel | None,
    reference: str,
    id: str | None = None,
) -> Wish:
    """The wish an operation makes of a request."""
    prepared = runtime.cloud.prepare(operation, request, id=id)
    return Wish(
        operation=operation,
        reference=reference,
        method=prepared.method,
        path=prepared.path,
        body=prepared.body or b"",
        repeatable=get_operation(operation).effect is Effect.CHECK,
    )


def opened(
    runtime: Runtime,
    operation: str,
    request: BaseModel | None,
    reference: str = "CUST-0042",
    id: str | None = None,
) -> Intent:
    """The intent of an operation, in the journal and not delivered."""
    wish = wish_for(runtime, operation, request, reference, id)
    intent, _ = runtime.journal.intents.open(wish, runtime.clock.now())
    return intent


async def done(
    runtime: Runtime,
    operation: str,
    request: BaseModel | None,
    reference: str = "CUST-0042",
    id: str | None = None,
) -> Outcome:
    """Have an operation happen with at most one exchange for each generation of its key."""

    async def directly(intent: Intent) -> Outcome:
        return await deliver(runtime, intent.id, intent.key)

    return await fulfil(runtime, wish_for(runtime, operation, request, reference, id), directly)
