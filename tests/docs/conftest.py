"""A Prefect server for all readers, so that each page does not wait for one of its own."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smarterpay.orchestration.local_server import PrefectServer, free_port
from tests.docs.pages import ROOT
from tests.docs.reader import Reader, environment

SHIPPED = Path("smarterpay/cli/demo/customers.csv")


@pytest.fixture(scope="session")
def prefect_api_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The API address of a real Prefect server."""
    with PrefectServer(tmp_path_factory.mktemp("prefect")) as server:
        yield server.api_url


@pytest.fixture
def reader(tmp_path: Path, prefect_api_url: str) -> Reader:
    """Somebody who has just installed the project: its commands and the shipped file are there."""
    port = free_port()
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    (tmp_path / SHIPPED).parent.mkdir(parents=True)
    shutil.copy(ROOT / SHIPPED, tmp_path / SHIPPED)
    reader = Reader(tmp_path, port, environment(tmp_path, port, prefect_api_url))
    if shutil.which("curl") is None:
        reader.use_own_curl()
    return reader
