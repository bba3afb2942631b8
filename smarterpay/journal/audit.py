"""Keeps the audit trail: who did what, when, to what, in a chain; does not know who may do what.

Each line carries the digest of the line before it, and the database refuses to change or delete
one. Who has the triggers dropped and bends a line all the same is found by `verify`; only lines
cut off at the end leave no trace, so an auditor keeps the last digest elsewhere.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from smarterpay.journal.database import Database
from smarterpay.journal.schema import LONGEST_REFERENCE, audit_trail, storable

#: What the first line names as the digest before it.
NOTHING_BEFORE = "0" * 64
LONGEST_ACTOR = 255
LONGEST_ACTION = 64
PAGE = 500


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One line of the trail: `actor` did `action` to `subject` at that instant, in UTC."""

    number: int  # from 1, without gaps
    at: datetime
    actor: str
    action: str
    subject: str
    details: Mapping[str, Any]
    previous_sha256: str
    sha256: str


class AuditTrailBroken(Exception):
    """A line of the trail is not as it was written; `number` is the first such line."""

    def __init__(self, number: int, why: str) -> None:
        super().__init__(f"line {number} of the audit trail {why}; the lines before it are whole")
        self.number = number
        self.why = why


class AuditTrail:
    """The repository of audit lines. Every method but `enter` is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(
        self, actor: str, action: str, subject: str, details: Mapping[str, Any], now: datetime
    ) -> AuditLine:
        """Add a line at the end of the chain, whoever else is adding one.

        `details` are words, whole numbers, truth values, and lists and mappings of them; nothing
        personal. Raises `ValueError` for anything else, and for a subject or an action too long.
        """
        with self._database.write() as connection:
            return self.enter(
                connection, actor=actor, action=action, subject=subject, details=details, now=now
            )

    def enter(
        self,
        connection: Connection,
        *,
        actor: str,
        action: str,
        subject: str,
        details: Mapping[str, Any],
        now: datetime,
    ) -> AuditLine:
        """The same as part of a transaction, which no other that appends overtakes from here on."""
        if not 1 <= len(action) <= LONGEST_ACTION or not 1 <= len(subject) <= LONGEST_REFERENCE:
            raise ValueError("an audit line has an action and a subject that fit their columns")
        _refuse_other_than_plain(dict(details))
        self.hold_the_end(connection)
        last = connection.execute(
            select(audit_trail.c.number, audit_trail.c.sha256)
            .order_by(audit_trail.c.number.desc())
            .limit(1)
        ).first()
        number, previous = (1, NOTHING_BEFORE) if last is None else (last.number + 1, last.sha256)
        values: dict[str, Any] = {
            "number": number,
            "at": now.astimezone(UTC),
            "actor": storable(actor, LONGEST_ACTOR),
            "action": action,
            "subject": subject,
            "details": dict(details),
            "previous_sha256": previous,
        }
        line = AuditLine(**values, sha256=_digest(values))
        connection.execute(insert(audit_trail).values(**values, sha256=line.sha256))
        return line

    def each(
        self,
        *,
        subject: str | None = None,
        actor: str | None = None,
        since: datetime | None = None,
    ) -> Iterator[AuditLine]:
        """Lines in order, a page at a time; all of them where nothing is asked for."""
        query = select(audit_trail)
        if subject is not None:
            query = query.where(audit_trail.c.subject == subject)
        if actor is not None:
            query = query.where(audit_trail.c.actor == actor)
        if since is not None:
            query = query.where(audit_trail.c.at >= since)
        last = 0
        while True:
            page = query.where(audit_trail.c.number > last).order_by(audit_trail.c.number)
            with self._database.read() as connection:
                found = connection.execute(page.limit(PAGE)).mappings().all()
            if not found:
                return
            yield from map(_line, found)
            last = found[-1]["number"]

    def verify(self) -> AuditLine | None:
        """Read the whole chain; the last line, None of an empty trail.

        Raises `AuditTrailBroken`, which names the first line that is not as it was written.
        """
        last: AuditLine | None = None
        for line in self.each():
            expected = 1 if last is None else last.number + 1
            if line.number != expected:
                raise AuditTrailBroken(expected, "is missing")
            if line.previous_sha256 != (NOTHING_BEFORE if last is None else last.sha256):
                raise AuditTrailBroken(line.number, "does not follow the line before it")
            if line.sha256 != _digest(_written(line)):
                raise AuditTrailBroken(line.number, "was changed after it was written")
            last = line
        return last

    def hold_the_end(self, connection: Connection) -> None:
        """Let one transaction at a time add lines; on SQLite a writer is alone anyway."""
        if not self._database.is_sqlite:
            connection.exec_driver_sql("LOCK TABLE audit_trail IN SHARE ROW EXCLUSIVE MODE")


def _refuse_other_than_plain(value: object) -> None:
    """A fraction or a date may come back from a database as another one, and break the chain."""
    match value:
        case None | bool() | int() | str():
            return
        case dict():
            if not all(isinstance(name, str) for name in value):
                raise ValueError("details of an audit line are named by words")
            for one in value.values():
                _refuse_other_than_plain(one)
        case list() | tuple():
            for one in value:
                _refuse_other_than_plain(one)
        case _:
            raise ValueError(
                f"details of an audit line are plain words and numbers, not {type(value).__name__}"
            )


def _digest(values: Mapping[str, Any]) -> str:
    """Digest of a line's content and place; of the canonical text, whatever the database keeps."""
    document = {**values, "at": values["at"].isoformat(timespec="microseconds")}
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _written(line: AuditLine) -> dict[str, Any]:
    return {
        "number": line.number,
        "at": line.at,
        "actor": line.actor,
        "action": line.action,
        "subject": line.subject,
        "details": dict(line.details),
        "previous_sha256": line.previous_sha256,
    }


def _line(row: RowMapping) -> AuditLine:
    return AuditLine(**row)
