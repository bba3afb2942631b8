"""A sandbox and a merchant of its own for each test; Prefect server and flow process are shared."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from smarterpay.orchestration.local_server import PrefectServer
from smarterpay.settings import Settings
from tests.e2e.merchant import Merchant
from tests.flow_process import flow_worker, flows
from tests.prefect_server import prefect_server
from tests.sandbox_process import SandboxProcess

__all__ = ["flow_worker", "flows", "prefect_server"]


@pytest.fixture
def sandbox() -> Iterator[SandboxProcess]:
    """A fresh sandbox over a real socket, its rate limit lifted."""
    with SandboxProcess() as process:
        process.control("settings", {"rate_limit": None})
        yield process


@pytest.fixture
def merchant(tmp_path: Path, sandbox: SandboxProcess, prefect_server: PrefectServer) -> Merchant:
    """A merchant that has done nothing yet."""
    return Merchant(tmp_path / "home", sandbox, prefect_server.environment())


@pytest.fixture
def settings(merchant: Merchant) -> Settings:
    """The merchant's settings."""
    return merchant.settings()
