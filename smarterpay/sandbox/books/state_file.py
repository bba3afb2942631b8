"""Books on disk, so that no acknowledged write is ever lost; knows no record and no rule."""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from smarterpay.sandbox.books.books import Change

_UPSERT = """
INSERT INTO entries (kind, key, value) VALUES (?, ?, ?)
ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value
"""
_DELETE = "DELETE FROM entries WHERE kind = ? AND key = ?"
_OURS = frozenset({"entries", "sqlite_autoindex_entries_1"})
_Batch = tuple[list[Change], asyncio.Future[None], asyncio.AbstractEventLoop]


class StateFileError(RuntimeError):
    """The state file cannot be used; the text names the file and says why."""


class StateFileInUseError(StateFileError):
    """Another process has the state file open."""


class StateFile:
    """A SQLite file with one row per entry; WAL with synchronous FULL.

    Batches are committed by a thread in the order given, as many at once as have come in
    meanwhile, so that waiting for the disk is shared. Only one process may have it open.
    """

    def __init__(self, path: Path) -> None:
        self._database = _opened(path)
        self._inbox: queue.SimpleQueue[_Batch | None] = queue.SimpleQueue()
        self._last: asyncio.Future[None] | None = None
        self._failed: sqlite3.Error | None = None
        self._thread = threading.Thread(target=self._write, name="state-file", daemon=True)
        self._thread.start()

    def load(self) -> Iterator[Change]:
        """Every entry, oldest first."""
        yield from self._database.execute("SELECT kind, key, value FROM entries ORDER BY number")

    def append(self, changes: list[Change]) -> None:
        """Hand over changes of one piece of work; they become durable together."""
        loop = asyncio.get_running_loop()
        self._last = loop.create_future()
        self._inbox.put((changes, self._last, loop))

    async def durable(self) -> None:
        """Wait until all that was handed over so far is on disk.

        Raises `sqlite3.Error` where it could not be written.
        """
        if self._last is not None:
            await asyncio.shield(self._last)

    def close(self) -> None:
        """Write what is left and close the file."""
        self._inbox.put(None)
        self._thread.join()
        self._database.close()

    def _write(self) -> None:
        open_for_more = True
        while open_for_more:
            batches: list[_Batch] = []
            item = self._inbox.get()
            while True:
                if item is None:
                    open_for_more = False
                    break
                batches.append(item)
                if self._inbox.empty():
                    break
                item = self._inbox.get()
            if batches:
                _settle(batches, self._commit(batches))

    def _commit(self, batches: list[_Batch]) -> sqlite3.Error | None:
        """Write batches in one transaction; after a failure nothing is written any more.

        What stands on disk is thus always all that was acknowledged, and in order.
        """
        if self._failed is not None:
            return self._failed
        try:
            self._database.execute("BEGIN IMMEDIATE")
            for changes, _, _ in batches:
                for kind, key, value in changes:
                    if value is None:
                        self._database.execute(_DELETE, (kind, key))
                    else:
                        self._database.execute(_UPSERT, (kind, key, value))
            self._database.execute("COMMIT")
        except sqlite3.Error as failed:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            self._failed = failed
        return self._failed


def _opened(path: Path) -> sqlite3.Connection:
    """The file, made where it is missing; raises `StateFileError` where it cannot be used."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0.5)
    except (OSError, sqlite3.Error) as trouble:
        raise StateFileError(f"{path.name} cannot be opened: {trouble}") from trouble
    try:
        _prepare(database, path.name)
    except sqlite3.DatabaseError as trouble:
        database.close()
        if trouble.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise StateFileInUseError(f"{path.name} is in use by another sandbox") from trouble
        raise StateFileError(f"{path.name} is no state file of a sandbox") from trouble
    except StateFileError:
        database.close()
        raise
    return database


def _prepare(database: sqlite3.Connection, name: str) -> None:
    """Take the file for this process; a database that is somebody else's is left as it is."""
    database.execute("PRAGMA locking_mode = EXCLUSIVE")
    tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
    if any(table not in _OURS for table in tables):
        raise StateFileError(f"{name} is a database of something else, not a sandbox's")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute(
        "CREATE TABLE IF NOT EXISTS entries (number INTEGER PRIMARY KEY,"
        " kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, UNIQUE (kind, key))"
    )
    database.execute("SELECT number, kind, key, value FROM entries LIMIT 0")


def _settle(batches: list[_Batch], failed: sqlite3.Error | None) -> None:
    """Tell those who wait, in their own event loop, whether their batch is on disk."""
    for _, waiting, loop in batches:
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, waiting, failed)


def _resolve(waiting: "asyncio.Future[None]", failed: sqlite3.Error | None) -> None:
    if waiting.done():
        return
    if failed is None:
        waiting.set_result(None)
    else:
        waiting.set_exception(failed)
