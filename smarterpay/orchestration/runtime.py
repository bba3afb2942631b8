"""What an operation needs while it runs: journal, client and rate budget, one set for a process.

Opened once around a flow with `async with open_runtime(...)`; tasks find it by themselves.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
from prefect.settings import PREFECT_LOGGING_LEVEL

from smarterpay.api import CardClient, CloudClient, Timeouts
from smarterpay.api.catalogue import get_operation
from smarterpay.api.client import ApiClient
from smarterpay.api.hosts import credential_label, token_source_from
from smarterpay.clock import Clock
from smarterpay.journal import Journal
from smarterpay.journal.rate_budget import RateBudget
from smarterpay.orchestration.blocks import RESULTS_BLOCK, JournalResultStorage, results_in
from smarterpay.orchestration.cache_overrides import cache_overrides
from smarterpay.settings import Settings

_current: ContextVar["Runtime | None"] = ContextVar("smarterpay_runtime", default=None)


class NoRuntime(RuntimeError):
    """An operation was called outside `open_runtime`."""


@dataclass(frozen=True, eq=False)
class Runtime:
    """The open resources of this process.

    Both hosts count against one rate and take the same token (reference, sections 1 and 3), so
    their clients share `budget` and the source of tokens.
    """

    settings: Settings
    journal: Journal
    cloud: CloudClient
    card: CardClient
    budget: RateBudget
    storage: JournalResultStorage
    #: How a pause between two looks at the provider is spent.
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    #: Tasks with this process's retries and storage, by name; filled by `operation`.
    tasks: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def clock(self) -> Clock:
        """The clock that domain code asks."""
        return self.journal.clock

    def client(self, operation: str) -> ApiClient:
        """The client of the host that has `operation`."""
        return self.card if get_operation(operation).api == "card" else self.cloud


def current_runtime() -> Runtime:
    """The runtime the caller runs in; raises `NoRuntime`."""
    runtime = _current.get()
    if runtime is None:
        raise NoRuntime("operations run inside `async with open_runtime():`")
    return runtime


@asynccontextmanager
async def open_runtime(settings: Settings | None = None) -> AsyncIterator[Runtime]:
    """Open journal, client and budget; inside a runtime already open, share that one."""
    existing = _current.get()
    if existing is not None:
        yield existing
        return
    settings = settings or Settings()
    refuse_cache_overrides()
    _have_our_events_logged()
    storage = await result_storage()
    with Journal.open(settings) as journal, results_in(journal):
        budget = rate_budget(settings, journal)
        async with clients(settings, journal, budget) as (cloud, card):
            runtime = Runtime(settings, journal, cloud, card, budget, storage)
            token = _current.set(runtime)
            try:
                yield runtime
            finally:
                _current.reset(token)


@asynccontextmanager
async def clients(
    settings: Settings, journal: Journal, budget: RateBudget, **options: Any
) -> AsyncIterator[tuple[CloudClient, CardClient]]:
    """The clients of both hosts, with one source of tokens; `options` as for a client."""
    shared: dict[str, Any] = {
        "token": token_source_from(settings, clock=journal.clock, verify=_tls()),
        "pacer": budget.take,
        "timeouts": Timeouts(read=settings.read_timeout),
        "clock": journal.clock,
        "verify": _tls(),
        **options,
    }
    async with (
        CloudClient.from_settings(settings, **shared) as cloud,
        CardClient.from_settings(settings, **shared) as card,
    ):
        yield cloud, card


@cache
def _tls() -> ssl.SSLContext:
    """Made once for both hosts: reading every root certificate takes 20 ms."""
    return httpx.create_ssl_context(trust_env=False)


def rate_budget(settings: Settings, journal: Journal) -> RateBudget:
    """The budget of the credential in use, shared through the journal's database."""
    return RateBudget(
        journal.database,
        credential_label(settings),
        limit=settings.rate_limit,
        window=settings.rate_window,
        share=settings.rate_share,
    )


def refuse_cache_overrides() -> None:
    """Raise if Prefect is told to ignore persisted results: each operation would run again."""
    for name in cache_overrides():
        raise RuntimeError(f"{name} is set; unset it: operations are not to be run afresh")


def _have_our_events_logged() -> None:
    """One line for each exchange, at the level Prefect logs at, shown with the run in the UI.

    Prefect gives our loggers its handler and no level, and without one INFO goes nowhere.
    """
    ours = logging.getLogger("smarterpay")
    if ours.level == logging.NOTSET:
        ours.setLevel(PREFECT_LOGGING_LEVEL.value())
    # httpx logs every request at INFO; our own line for each operation says more.
    logging.getLogger("httpx").setLevel(logging.WARNING)


async def result_storage() -> JournalResultStorage:
    """The saved result storage block; saved on first use, whoever comes first."""
    name = f"{JournalResultStorage.get_block_type_slug()}/{RESULTS_BLOCK}"
    try:
        return await _load(name)
    except ValueError:
        await JournalResultStorage().save(RESULTS_BLOCK, overwrite=True)
        return await _load(name)


async def _load(name: str) -> JournalResultStorage:
    block = await JournalResultStorage.aload(name.partition("/")[2])
    if not isinstance(block, JournalResultStorage):
        raise TypeError(f"block {name} is of another type")
    return block
