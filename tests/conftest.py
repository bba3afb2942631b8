"""Gives each test an empty database, on SQLite and on PostgreSQL; knows no table.

PostgreSQL is started once for a test session, by the first test that needs it, for all workers of
pytest-xdist together. Where there is none, such a test fails and says what to install.
"""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from smarterpay.journal.database import Database
from smarterpay.journal.migrate import migrate
from tests.databases import NoPostgreSQL, PostgreSQLServer, start_postgresql

#: Where the processes of one test session find the server they share.
_SHARED_FOLDER = "SMARTERPAY_TEST_SESSION"
_OWN_FOLDER = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the session's shared folder, in the process that lives as long as the session."""
    if not hasattr(config, "workerinput"):
        folder = Path(tempfile.mkdtemp(prefix="smarterpay-tests-"))
        config.stash[_OWN_FOLDER] = folder
        os.environ[_SHARED_FOLDER] = str(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server, if a test started it."""
    folder = config.stash.get(_OWN_FOLDER, None)
    if folder is None:
        return
    server = _running_server(folder)
    if server is not None:
        server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_server() -> PostgreSQLServer:
    """The session's PostgreSQL server."""
    folder = Path(os.environ[_SHARED_FOLDER])
    with _locked(folder / "lock"):
        server = _running_server(folder)
        if server is None:
            try:
                server = start_postgresql()
            except NoPostgreSQL as trouble:
                pytest.fail(str(trouble), pytrace=False)
            _server_file(folder).write_text(
                json.dumps([str(server.folder), str(server.programs), server.password])
            )
    return server


@pytest.fixture
def postgresql_url(postgresql_server: PostgreSQLServer) -> Iterator[str]:
    """SQLAlchemy URL of an empty PostgreSQL database of the test's own."""
    name = postgresql_server.create_database()
    yield postgresql_server.url(name)
    postgresql_server.drop_database(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """SQLAlchemy URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'database' / 'journal.sqlite'}"


@pytest.fixture
def sqlite_journal_url(tmp_path: Path) -> str:
    """SQLAlchemy URL of a SQLite file with an empty journal in it."""
    template = Path(os.environ[_SHARED_FOLDER]) / "journal.sqlite"
    with _locked(template.with_suffix(".lock")):
        if not template.exists():
            fresh = template.with_suffix(".fresh")
            _migrate(f"sqlite:///{fresh}")
            fresh.rename(template)
    copy = tmp_path / "database" / "journal.sqlite"
    copy.parent.mkdir(mode=0o700)
    shutil.copy(template, copy)
    return f"sqlite:///{copy}"


@pytest.fixture
def postgresql_journal_url(postgresql_server: PostgreSQLServer) -> Iterator[str]:
    """SQLAlchemy URL of a PostgreSQL database of the test's own with an empty journal in it."""
    note = Path(os.environ[_SHARED_FOLDER]) / "postgresql-template"
    with _locked(note.with_suffix(".lock")):  # a template may have no other connection meanwhile
        if not note.exists():
            template = postgresql_server.create_database()
            _migrate(postgresql_server.url(template))
            note.write_text(template)
        name = postgresql_server.create_database(template=note.read_text())
    yield postgresql_server.url(name)
    postgresql_server.drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def journal_url(request: pytest.FixtureRequest) -> str:
    """SQLAlchemy URL of an empty journal: the test runs once on each kind of database.

    A copy: migrating each anew would take most of many tests' time.
    """
    url: str = request.getfixturevalue(f"{request.param}_journal_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLAlchemy URL of an empty database: the test runs once on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


def _migrate(url: str) -> None:
    database = Database(url)
    migrate(database)
    database.close()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _server_file(folder: Path) -> Path:
    return folder / "postgresql.json"


def _running_server(folder: Path) -> PostgreSQLServer | None:
    if not _server_file(folder).exists():
        return None
    where, programs, password = json.loads(_server_file(folder).read_text())
    return PostgreSQLServer(Path(where), Path(programs), password)
