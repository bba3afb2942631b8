"""Keeps the persisted results of operations, under their idempotency keys; first writer wins."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from smarterpay.journal.database import Database
from smarterpay.journal.schema import task_results


class TaskResults:
    """The repository of task results. Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, key: str, value: bytes, now: datetime) -> None:
        """Store `value` under `key` unless something is stored there already."""
        dialect = sqlite if self._database.is_sqlite else postgresql
        statement = dialect.insert(task_results).values(key=key, value=value, created_at=now)
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_nothing())

    def read(self, key: str) -> bytes | None:
        """What is stored under `key`, or nothing."""
        with self._database.read() as connection:
            stored: bytes | None = connection.execute(
                select(task_results.c.value).where(task_results.c.key == key)
            ).scalar_one_or_none()
        return stored

    def forget(self, key: str) -> None:
        """Remove what is stored under `key`; the journal of intents still knows the outcome."""
        with self._database.write() as connection:
            connection.execute(delete(task_results).where(task_results.c.key == key))
