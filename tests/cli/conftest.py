"""A merchant for the command's tests: one that has onboarded a file, and one that has nothing."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from smarterpay.orchestration.local_server import PrefectServer
from tests.e2e.merchant import Merchant
from tests.in_process import provider
from tests.prefect_server import prefect_server
from tests.sandbox_process import SandboxProcess

__all__ = ["prefect_server", "provider"]

#: What of the customers below is personal; the command shows none of it.
PERSONAL = (
    *("Ada", "ada@example.com", "1 Sample Street", "Leeds", "LS1 1AA", "A Example"),
    *("20-00-52", "200052", "12345678", "12345900", "canary-metadata", "canary-extra"),
)
GOOD = {"reference": "GOOD", "metadata": "canary-metadata", "Delivery Route": "canary-extra"}
BAD = {"reference": "BAD", "amount": "25"}  # pounds or pence? A whole number says neither
REFUSED = {"reference": "REFUSED", "account_number": "12345900"}  # no such account (section 13)


@dataclass
class Shop:
    """A merchant whose file was onboarded, and what the command printed of it."""

    merchant: Merchant
    onboarded: "subprocess.CompletedProcess[str]"

    @property
    def printed(self) -> dict[str, Any]:
        """What `smarterpay onboard --json` printed."""
        printed: dict[str, Any] = json.loads(self.onboarded.stdout)
        return printed

    @property
    def batch(self) -> str:
        """The id of the batch."""
        batch: str = self.printed["batch"]
        return batch


@pytest.fixture
def merchant(tmp_path: Path, provider: SandboxProcess, prefect_server: PrefectServer) -> Merchant:
    """A merchant that has done nothing yet."""
    provider.settings(rate_limit=None)
    return Merchant(tmp_path / "home", provider, prefect_server.environment())


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory, prefect_server: PrefectServer) -> Iterator[Shop]:
    """A merchant with one good, one bad and one refused customer, to be looked at only."""
    with SandboxProcess() as sandbox:
        sandbox.settings(rate_limit=None)
        home = tmp_path_factory.mktemp("shop")
        merchant = Merchant(home, sandbox, prefect_server.environment())
        file = merchant.write_customers(GOOD, BAD, REFUSED)
        yield Shop(merchant, merchant.command("onboard", file, "--json"))
