"""One real Prefect server for a whole test session; knows nothing of what runs against it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from smarterpay.orchestration.local_server import PrefectServer, running_server

#: Where the processes of one test session find what they share; set by `tests/conftest.py`.
SHARED_FOLDER = "SMARTERPAY_TEST_SESSION"


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[PrefectServer]:
    """The session's Prefect server, on a database of its own; every conftest gets the same one.

    Whoever needs it first starts it, and stops it when nobody uses it any more.
    """
    folder = Path(os.environ[SHARED_FOLDER]) / "prefect"
    folder.mkdir(exist_ok=True)
    with _locked(folder / "start.lock", fcntl.LOCK_EX):
        running = running_server(folder)
        port = urlsplit(running).port if running else None
        server = PrefectServer(folder, port=port or 0)
        if running is None:
            with pytest.MonkeyPatch.context() as patch:
                # Else a test waits five seconds for each task run it looks at.
                patch.setenv("PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL", "1")
                server.start()
    with _locked(folder / "users.lock", fcntl.LOCK_SH):
        yield server
    if running is None:
        with _locked(folder / "users.lock", fcntl.LOCK_EX):
            server.stop()


@contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, how)
        yield
