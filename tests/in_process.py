"""Delivers operations in the test's own process, on real parts and without Prefect."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from smarterpay.api.catalogue import get_operation
from smarterpay.clock import SandboxClock
from smarterpay.journal import Journal
from smarterpay.journal.intents import Intent, Wish
from smarterpay.orchestration import wishes
from smarterpay.orchestration.blocks import JournalResultStorage
from smarterpay.orchestration.delivery import deliver
from smarterpay.orchestration.fulfilment import fulfil
from smarterpay.orchestration.outcome import Outcome
from smarterpay.orchestration.runtime import Runtime, clients, rate_budget
from smarterpay.settings import Settings
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
        card_base_url=sandbox.card_url,
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


@asynccontextmanager
async def open_directly(settings: Settings, **parts: Any) -> AsyncIterator[Runtime]:
    """A runtime whose parts are those of `settings`, but for the ones given."""
    clock = parts.get("clock") or SandboxClock(settings.clock_url or "", max_age=0)
    with Journal.open(settings, clock=clock) as journal:
        budget = parts.get("budget") or rate_budget(settings, journal)
        options = {"clock": clock, "transport": parts.get("transport")}
        async with clients(settings, journal, budget, **options) as (cloud, card):
            yield Runtime(
                settings,
                journal,
                cloud,
                card,
                budget,
                JournalResultStorage(),
                sleep=parts.get("sleep", asyncio.sleep),
            )


def wish_for(
    runtime: Runtime,
    operation: str,
    request: BaseModel | None,
    reference: str,
    id: str | None = None,
) -> Wish:
    """The wish an operation makes of a request."""
    return wishes.wish_for(runtime, get_operation(operation), request, reference=reference, id=id)


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
