"""A sandbox and a merchant of its own for each test; Prefect server and flow process are shared."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped] # comes with Prefect, without types
from prefect.logging import configuration

from smarterpay.orchestration.local_server import PrefectServer
from smarterpay.settings import Settings
from tests.e2e.merchant import Merchant
from tests.flow_process import FlowWorker, flow_worker, flows
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
def quick_merchant(merchant: Merchant, flow_worker: FlowWorker) -> Merchant:
    """The same, whose files are staged here and applied in the kept flow process."""
    merchant.worker = flow_worker
    return merchant


@pytest.fixture
def settings(merchant: Merchant) -> Settings:
    """The merchant's settings."""
    return merchant.settings()


@pytest.fixture
def debug_logging(tmp_path: Path) -> Mapping[str, str]:
    """Prefect's logging with everything at DEBUG, on the console too."""
    path = Path(configuration.DEFAULT_LOGGING_SETTINGS_PATH)
    wanted: dict[str, Any] = yaml.safe_load(path.read_text())
    wanted["root"] = {"level": "DEBUG", "handlers": ["console"]}
    for name in ("smarterpay", "httpx", "httpcore"):
        wanted["loggers"][name] = {"level": "DEBUG", "propagate": True}
    file = tmp_path / "logging.yml"
    file.write_text(yaml.safe_dump(wanted))
    return {
        "PREFECT_LOGGING_SETTINGS_PATH": str(file),
        "PREFECT_LOGGING_LEVEL": "DEBUG",
        "PREFECT_LOGGING_ROOT_LEVEL": "DEBUG",
        "PREFECT_DEBUG_MODE": "true",
        "SMARTERPAY_MAX_ATTEMPTS": "2",
    }
