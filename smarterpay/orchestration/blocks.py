"""Prefect blocks of this project; registered by the `prefect.collections` entry point."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, TypeVar

from prefect.filesystems import WritableFileSystem

from smarterpay.journal import Journal
from smarterpay.settings import Settings

RESULTS_BLOCK = "results"

T = TypeVar("T")
_open: ContextVar[Journal | None] = ContextVar("smarterpay_results_journal", default=None)


@contextmanager
def results_in(journal: Journal) -> Iterator[None]:
    """Keep results in `journal`, which the caller has open, for as long as this is open.

    SQLite has one writer: a second connection of our own would wait for the first one by
    sleeping, and the first one for the second.
    """
    token = _open.set(journal)
    try:
        yield
    finally:
        _open.reset(token)


class JournalResultStorage(WritableFileSystem):
    """Keeps task results in the journal's database, shared by every worker.

    It has no fields: each process finds the journal by its own `SMARTERPAY_*` settings, so no
    database password is stored in Prefect. The first writer of a key wins.
    """

    _block_type_name = "SmarterPay journal results"
    _block_type_slug = "smarterpay-journal-results"
    _description = (
        "Stores results of SmarterPay operations, each under its idempotency key, in the "
        "journal's database that the worker's SMARTERPAY_ settings name."
    )

    async def aread_path(self, path: str) -> bytes:
        """The result stored under `path`, an idempotency key; `ValueError` if there is none."""
        return await _run(lambda journal: _read(journal, path))

    async def awrite_path(self, path: str, content: bytes) -> None:
        """Store a result under `path` unless one is there already."""
        await _run(lambda journal: _write(journal, path, content))

    # Prefect calls the sync pair with `_sync=True` from sync tasks.
    def read_path(self, path: str, **_: Any) -> bytes:  # type: ignore[override]
        """Like `aread_path`."""
        return _read(_journal(), path)

    def write_path(self, path: str, content: bytes, **_: Any) -> None:  # type: ignore[override]
        """Like `awrite_path`."""
        _write(_journal(), path, content)


async def _run(work: Callable[[Journal], T]) -> T:
    journal = _open.get()
    if journal is None:
        return await asyncio.to_thread(lambda: work(_journal()))
    return await journal.database.run(work, journal)


def _read(journal: Journal, key: str) -> bytes:
    stored = journal.results.read(key)
    if stored is None:
        raise ValueError(f"no result is stored under {key}")
    return stored


def _write(journal: Journal, key: str, content: bytes) -> None:
    journal.results.write(key, content, journal.clock.now())


@cache
def _journal() -> Journal:
    """One journal for the process: blocks are re-made from Prefect's API again and again."""
    return Journal.open(Settings())
