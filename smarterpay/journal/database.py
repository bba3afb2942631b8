"""Connections to the journal's database, SQLite or PostgreSQL; knows no table."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

P = ParamSpec("P")
T = TypeVar("T")

SQLITE_BUSY_SECONDS = 60
POSTGRESQL_CONNECTIONS = 8
_SECRET_PARAMETERS = ("password", "sslpassword")


class Database:
    """One engine, its transactions, and the threads in which async code runs them.

    SQLite is opened with WAL and synchronous FULL: a commit that returned survives a power cut.
    Its writes go through one thread, because it has one writer anyway.
    """

    def __init__(self, url: str) -> None:
        self.url: URL = _parse(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite(self.url) if self.is_sqlite else _postgresql(self.url)
        self._threads = ThreadPoolExecutor(
            max_workers=1 if self.is_sqlite else POSTGRESQL_CONNECTIONS,
            thread_name_prefix="journal",
        )

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may write; committed at the end, rolled back on any exception."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads, and on SQLite does not wait for writers."""
        with (
            self.engine.connect().execution_options(sqlite_begin="BEGIN DEFERRED") as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """As `read`; and every statement sees the same instant, on either database."""
        options = {"sqlite_begin": "BEGIN DEFERRED"}
        if not self.is_sqlite:
            options["isolation_level"] = "REPEATABLE READ"
        with (
            self.engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield connection

    async def run(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run blocking `work` in a journal thread.

        Once begun it finishes, even if the caller is cancelled; what still waits for a thread is
        then dropped.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(work, *args, **kwargs))

    def close(self) -> None:
        """Finish running work and close every connection."""
        self._threads.shutdown(wait=True)
        self.engine.dispose()


def _parse(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        # Not chained: SQLAlchemy's message can quote a piece of the password.
        raise ValueError(
            "the journal's URL cannot be read; it looks like"
            " postgresql://user:password@host:5432/database,"
            " with @ : / and % in the password written as %40 %3A %2F and %25"
        ) from None


def _sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = create_engine(
        url,
        connect_args={"timeout": SQLITE_BUSY_SECONDS, "check_same_thread": False},
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we send BEGIN ourselves, see below
        cursor = connection.cursor()
        _switch_to_wal(cursor)
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        # Else INSERT OR REPLACE would pass the triggers that make a table append-only.
        cursor.execute("PRAGMA recursive_triggers = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # IMMEDIATE takes the write lock at once: a read that later wants to write could
        # otherwise fail half-way with "database is locked".
        options = connection.get_execution_options()
        connection.exec_driver_sql(options.get("sqlite_begin", "BEGIN IMMEDIATE"))

    return engine


def _switch_to_wal(cursor: sqlite3.Cursor) -> None:
    """Wait for whoever switches or recovers the file at this moment: SQLite itself does not."""
    deadline = time.monotonic() + SQLITE_BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _postgresql(url: URL) -> Engine:
    if url.get_driver_name() == "" or url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    # A URL hides the password before the host in every text it shows, but not its parameters.
    secrets = {name: url.query[name] for name in _SECRET_PARAMETERS if name in url.query}
    return create_engine(
        url.difference_update_query(secrets),
        connect_args=secrets,
        # Settling races rely on seeing what the other transaction committed.
        isolation_level="READ COMMITTED",
        pool_size=POSTGRESQL_CONNECTIONS,
        max_overflow=2,
        pool_pre_ping=True,
        hide_parameters=True,
    )
