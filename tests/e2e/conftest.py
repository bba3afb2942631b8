"""One Prefect server for the session; a sandbox and a merchant of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from smarterpay.orchestration.local_server import PrefectServer
from tests.e2e.merchant import Merchant
from tests.sandbox_process import SandboxProcess


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrefectServer]:
    """A real Prefect server on a database of its own."""
    with PrefectServer(tmp_path_factory.mktemp("prefect")) as server:
        yield server


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
