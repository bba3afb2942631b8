"""The sandbox that every row of the contract is asked of; knows no row."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.contract.stage import Stage
from tests.sandbox_process import SandboxProcess


@pytest.fixture(scope="session")
def provider() -> Iterator[SandboxProcess]:
    """The program, running as long as the session does."""
    with SandboxProcess() as running:
        yield running


@pytest.fixture
async def stage(provider: SandboxProcess) -> AsyncIterator[Stage]:
    """The sandbox as it starts, Mon 1 Jun 2026 09:00 London, and a client of each host."""
    provider.reset()
    provider.settings(rate_limit=None)
    async with Stage(provider) as opened:
        yield opened
