"""Remembers on disk which line first used a value, so that files of any length fit in memory."""

import hashlib
import sqlite3
from types import TracebackType
from typing import Self


class SeenValues:
    """First line of each (column, value), in a private temporary database that SQLite deletes.

    Only digests are stored, so no reference is left behind on a disk.
    """

    def __init__(self) -> None:
        # The empty name is SQLite's own: a file in its temporary folder, gone when closed.
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("PRAGMA cache_size = -8192")
        self._database.execute(
            "CREATE TABLE seen (digest BLOB PRIMARY KEY, line INTEGER NOT NULL) WITHOUT ROWID"
        )
        self._database.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()

    def first_line(self, column: str, value: str, line: int) -> int:
        """The line that first had `value` in `column`: `line` itself if none had it before."""
        digest = hashlib.blake2b(f"{column}\n{value}".encode(), digest_size=16).digest()
        added = self._database.execute(
            "INSERT OR IGNORE INTO seen VALUES (?, ?)", (digest, line)
        ).rowcount
        if added:
            return line
        found = self._database.execute("SELECT line FROM seen WHERE digest = ?", (digest,))
        return int(found.fetchone()[0])
