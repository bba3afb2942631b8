"""Keeps batches and their rows: staged files, row by row, and how far each row got.

It does not know what a row means: payloads are encrypted bytes to it.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    bindparam,
    func,
    insert,
    select,
    update,
)

from smarterpay.clock import LONDON
from smarterpay.journal.approvals import REJECTED_SUBJECTS
from smarterpay.journal.database import Database
from smarterpay.journal.encryption import Cipher
from smarterpay.journal.schema import LONGEST_REFERENCE, batches, rejects, rows

_ID_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without look-alikes
PAGE = 500


class BatchState(StrEnum):
    """How far a batch got."""

    STAGING = "staging"  # rows are still being written; if it stays so, staging was interrupted
    STAGED = "staged"
    APPLYING = "applying"
    APPLIED = "applied"  # every row has been worked on; some may wait or be unknown


class RowState(StrEnum):
    """How far a row got."""

    STAGED = "staged"
    REJECTED = "rejected"  # bad input, never sent
    SUCCEEDED = "succeeded"
    REFUSED = "refused"  # the provider, or a rule, said no
    WAITING = "waiting"  # for something outside: an account validation
    UNKNOWN = "unknown"  # we cannot tell yet
    NEEDS_ATTENTION = "needs_attention"  # a person must decide


#: States in which a row has something left to do when its batch is run again.
UNFINISHED = (RowState.STAGED, RowState.WAITING, RowState.UNKNOWN, RowState.NEEDS_ATTENTION)


def unfinished(counts: Mapping[RowState, int]) -> int:
    """How many of the counted rows have something left to do."""
    return sum(counts.get(state, 0) for state in UNFINISHED)


@dataclass(frozen=True, slots=True)
class Batch:
    """A staged file."""

    id: str
    kind: str
    source: str
    sha256: str
    policy: Mapping[str, Any]
    state: BatchState
    created_at: datetime
    rows_total: int
    amount_pence: int
    flow_run_id: str | None


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row to stage: its place in the file and its payload in clear."""

    number: int  # from 0, over good and bad rows together
    line: int  # where it starts in the file; the header is line 1
    reference: str | None
    payload: bytes = field(repr=False)
    rejects: Sequence["RowReject"] = ()


@dataclass(frozen=True, slots=True)
class RowReject:
    """One reason why a row was rejected; the message carries no personal data."""

    line: int
    reference: str | None
    column: str | None
    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row without its payload."""

    batch_id: str
    number: int
    line: int
    reference: str | None
    state: RowState
    step: str | None
    reason: str | None
    message: str | None
    record_ids: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Progress:
    """How a row stands after it was worked on; nothing in it is personal."""

    state: RowState
    step: str | None = None
    reason: str | None = None
    message: str | None = None
    record_ids: Mapping[str, str] = field(default_factory=dict)


class BatchNotFound(LookupError):
    """No batch has that id."""


class Batches:
    """The repository of batches and rows. Every method is one transaction."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._cipher = cipher

    def create(
        self,
        kind: str,
        *,
        source: str,
        sha256: str,
        policy: Mapping[str, Any],
        now: datetime,
    ) -> str:
        """Start staging a batch; returns its id, such as `onboarding-260601-k3f9q2`.

        The digits are the London date.
        """
        batch_id = _new_id(kind, now, length=6)
        with self._database.write() as connection:
            _insert_batch(
                connection,
                id=batch_id,
                kind=kind,
                source=source,
                sha256=sha256,
                policy=dict(policy),
                state=BatchState.STAGING,
                created_at=now,
                rows_total=0,
                amount_pence=0,
            )
        return batch_id

    def find_single(self, kind: str, reference: str, source: str, sha256: str) -> str | None:
        """The batch of one row that `create_single` would find again, if there is one."""
        with self._database.read() as connection:
            return _unfinished_single(connection, kind, reference, source, sha256)

    def create_single(
        self,
        kind: str,
        row: NewRow,
        *,
        source: str,
        sha256: str,
        policy: Mapping[str, Any],
        amount_pence: int,
        now: datetime,
    ) -> str:
        """Stage a batch of one good row at one go, or find it; returns its id.

        Found is the row most recently staged for the same kind and reference, if it came alone
        from `source` under the same `sha256` and has something left to do: however many
        processes ask at once, they get the same one. What somebody rejected has nothing left.
        """
        batch_id = _new_id(kind, now, length=10)
        values = self._row_values(batch_id, row, now)
        reference = str(row.reference)
        with self._database.write() as connection:
            if not self._database.is_sqlite:  # where one writer at a time is the rule already
                name = f"batch of one row: {kind} {reference}"
                lock = func.pg_advisory_xact_lock(func.hashtextextended(name, 0))
                connection.execute(select(lock))
            found = _unfinished_single(connection, kind, reference, source, sha256)
            if found is not None:
                return found
            _insert_batch(
                connection,
                id=batch_id,
                kind=kind,
                source=source,
                sha256=sha256,
                policy=dict(policy),
                state=BatchState.STAGED,
                created_at=now,
                rows_total=1,
                amount_pence=amount_pence,
            )
            connection.execute(insert(rows), [values])
        return batch_id

    def create_whole(
        self,
        kind: str,
        *,
        source: str,
        policy: Mapping[str, Any],
        rows_for: Callable[[Connection, str], tuple[Sequence[NewRow], int]],
        now: datetime,
    ) -> str | None:
        """Stage a batch of good rows, and what stands or falls with them, at one go.

        `rows_for` is asked within the transaction, with the batch's id, for the rows and the sum of
        their pence. Where it gives no row there is no batch, and `None` is returned.
        """
        batch_id = _new_id(kind, now, length=6)
        with self._database.write() as connection:
            new_rows, amount_pence = rows_for(connection, batch_id)
            if not new_rows:
                return None
            digest = hashlib.sha256(b"\0".join(row.payload for row in new_rows))
            _insert_batch(
                connection,
                id=batch_id,
                kind=kind,
                source=source,
                sha256=digest.hexdigest(),
                policy=dict(policy),
                state=BatchState.STAGED,
                created_at=now,
                rows_total=len(new_rows),
                amount_pence=amount_pence,
            )
            values = [self._row_values(batch_id, row, now) for row in new_rows]
            connection.execute(insert(rows), values)
        return batch_id

    def add_rows(self, batch_id: str, new_rows: Sequence[NewRow], now: datetime) -> None:
        """Stage rows, good and bad, all of them or none.

        Raises `ValueError` for a good row without a reference, or with one over 255 characters,
        and `sqlalchemy.exc.IntegrityError` for a good reference that the batch has already.
        """
        row_values = [self._row_values(batch_id, row, now) for row in new_rows]
        reject_values = [
            {
                "batch_id": batch_id,
                "number": row.number,
                "position": position,
                "line": reject.line,
                "reference": reject.reference,
                "column": reject.column,
                "rule": reject.rule,
                "message": reject.message,
            }
            for row in new_rows
            for position, reject in enumerate(row.rejects)
        ]
        with self._database.write() as connection:
            if row_values:
                connection.execute(insert(rows), row_values)
            if reject_values:
                connection.execute(insert(rejects), reject_values)

    def _row_values(self, batch_id: str, row: NewRow, now: datetime) -> dict[str, object]:
        reference = row.reference or ""
        usable = 1 <= len(reference) <= LONGEST_REFERENCE and "\0" not in reference
        if not row.rejects and not usable:
            raise ValueError(
                f"{batch_id}, line {row.line}: a good row has a reference of 1 to"
                f" {LONGEST_REFERENCE} characters, none a NUL"
            )
        return {
            "batch_id": batch_id,
            "number": row.number,
            "line": row.line,
            "reference": row.reference,
            "accepted_reference": None if row.rejects else row.reference,
            "payload": self._cipher.encrypt(row.payload),
            "state": RowState.REJECTED if row.rejects else RowState.STAGED,
            "updated_at": now,
        }

    def finish_staging(self, batch_id: str, *, rows_total: int, amount_pence: int) -> None:
        """Declare the batch complete.

        Raises `ValueError` if a row is missing, `BatchNotFound` if the batch is.
        """
        with self._database.write() as connection:
            stored = connection.execute(
                select(func.count()).select_from(rows).where(rows.c.batch_id == batch_id)
            ).scalar_one()
            if stored != rows_total:
                raise ValueError(f"{batch_id}: {stored} rows are staged, {rows_total} were read")
            values = {
                "state": BatchState.STAGED,
                "rows_total": rows_total,
                "amount_pence": amount_pence,
            }
            _update_batch(connection, batch_id, values)

    def set_state(
        self, batch_id: str, state: BatchState, *, flow_run_id: str | None = None
    ) -> None:
        """Record how far the batch got, and which flow run works on it.

        Raises `BatchNotFound`.
        """
        values: dict[str, object] = {"state": state}
        if flow_run_id is not None:
            values["flow_run_id"] = flow_run_id
        with self._database.write() as connection:
            _update_batch(connection, batch_id, values)

    def get(self, batch_id: str) -> Batch:
        """The batch with that id; raises `BatchNotFound`."""
        with self._database.read() as connection:
            row = (
                connection.execute(select(batches).where(batches.c.id == batch_id))
                .mappings()
                .one_or_none()
            )
        if row is None:
            raise _not_found(batch_id)
        return _batch(row)

    def keep_in_policy(self, batch_id: str, name: str, value: Any) -> Any:
        """Keep `value` in the batch's policy, unless one is kept by that name; what is kept.

        Whoever decides first decides for good, whichever process asks.
        """
        with self._database.write() as connection:
            found = connection.execute(
                select(batches.c.policy).where(batches.c.id == batch_id).with_for_update()
            ).scalar_one_or_none()
            if found is None:
                raise _not_found(batch_id)
            if name not in found:
                found = {**found, name: value}
                _update_batch(connection, batch_id, {"policy": found})
            return found[name]

    def list(self, *, limit: int = 50) -> Sequence[Batch]:
        """The newest batches first."""
        with self._database.read() as connection:
            found = connection.execute(
                select(batches).order_by(batches.c.created_at.desc(), batches.c.id).limit(limit)
            )
            return [_batch(row) for row in found.mappings()]

    def counts(self, batch_id: str) -> dict[RowState, int]:
        """How many rows of the batch stand in each state."""
        with self._database.read() as connection:
            found = connection.execute(
                select(rows.c.state, func.count())
                .where(rows.c.batch_id == batch_id)
                .group_by(rows.c.state)
            )
            return {RowState(state): count for state, count in found}

    def unfinished_chunks(self, batch_id: str, chunk_size: int) -> Sequence[int]:
        """The numbers of the chunks in which a row has something left to do."""
        chunk = rows.c.number // chunk_size
        with self._database.read() as connection:
            found = connection.execute(
                select(chunk)
                .where(rows.c.batch_id == batch_id, rows.c.state.in_(UNFINISHED))
                .group_by(chunk)
                .order_by(chunk)
            )
            return [int(number) for number in found.scalars()]

    def unfinished_rows(
        self, batch_id: str, chunk_number: int, chunk_size: int
    ) -> Sequence[tuple[Row, bytes]]:
        """The rows of one chunk with something left to do, with their payloads in clear."""
        first = chunk_number * chunk_size
        query = (
            select(rows)
            .where(
                rows.c.batch_id == batch_id,
                rows.c.number >= first,
                rows.c.number < first + chunk_size,
                rows.c.state.in_(UNFINISHED),
            )
            .order_by(rows.c.number)
        )
        with self._database.read() as connection:
            found = connection.execute(query).mappings().all()
        return [(_row(row), self._cipher.decrypt(row["payload"])) for row in found]

    def latest_row(self, kind: str, reference: str) -> tuple[Row, bytes]:
        """The row most recently staged for a reference, with its payload; raises `LookupError`."""
        query = _latest(kind, reference, *rows.c)
        with self._database.read() as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            raise LookupError(f"no {kind} row is staged for reference {reference}")
        return _row(row), self._cipher.decrypt(row["payload"])

    def record(self, row: Row, progress: Progress, now: datetime) -> None:
        """Write down how a row stands. A finished row is not moved back to an unfinished state.

        Two runs may work on one batch at once; whoever finishes a row first is right.
        """
        finished = [state for state in RowState if state not in UNFINISHED]
        with self._database.write() as connection:
            connection.execute(
                update(rows)
                .where(
                    rows.c.batch_id == row.batch_id,
                    rows.c.number == row.number,
                    rows.c.state.not_in(finished),
                )
                .values(
                    state=progress.state,
                    step=progress.step,
                    reason=progress.reason,
                    message=progress.message,
                    record_ids=dict(progress.record_ids),
                    updated_at=now,
                )
            )

    def record_all(self, told: Sequence[tuple[Row, Progress]], now: datetime) -> None:
        """`record` for many rows, in one transaction."""
        if not told:
            return
        finished = [state for state in RowState if state not in UNFINISHED]
        statement = (
            update(rows)
            .where(
                rows.c.batch_id == bindparam("of_batch"),
                rows.c.number == bindparam("of_number"),
                # NOT IN takes a list, which a statement run for many rows at once may not have.
                *(rows.c.state != state for state in finished),
            )
            .values(
                state=bindparam("new_state"),
                step=bindparam("new_step"),
                reason=bindparam("new_reason"),
                message=bindparam("new_message"),
                record_ids=bindparam("new_record_ids"),
                updated_at=now,
            )
        )
        values = [
            {
                "of_batch": row.batch_id,
                "of_number": row.number,
                "new_state": progress.state,
                "new_step": progress.step,
                "new_reason": progress.reason,
                "new_message": progress.message,
                "new_record_ids": dict(progress.record_ids),
            }
            for row, progress in told
        ]
        with self._database.write() as connection:
            connection.execute(statement, values)

    def each_row(self, batch_id: str, states: Sequence[RowState] | None = None) -> Iterator[Row]:
        """Rows in file order, a page at a time, without payloads."""
        for row in self._pages(batch_id, states, with_payload=False):
            yield _row(row)

    def each_row_with_payload(
        self, batch_id: str, states: Sequence[RowState] | None = None
    ) -> Iterator[tuple[Row, bytes]]:
        """Rows in file order with their payloads in clear, a page at a time."""
        for row in self._pages(batch_id, states, with_payload=True):
            yield _row(row), self._cipher.decrypt(row["payload"])

    def rejects(self, batch_id: str, number: int) -> Sequence[RowReject]:
        """Why the row with that number was rejected."""
        with self._database.read() as connection:
            found = connection.execute(
                select(rejects)
                .where(rejects.c.batch_id == batch_id, rejects.c.number == number)
                .order_by(rejects.c.position)
            )
            return [_reject(row) for row in found.mappings()]

    def each_reject(self, batch_id: str) -> Iterator[RowReject]:
        """Every reject of the batch in file order, a page at a time."""
        last = (-1, -1)
        while True:
            query = (
                select(rejects)
                .where(
                    rejects.c.batch_id == batch_id,
                    (rejects.c.number > last[0])
                    | ((rejects.c.number == last[0]) & (rejects.c.position > last[1])),
                )
                .order_by(rejects.c.number, rejects.c.position)
                .limit(PAGE)
            )
            with self._database.read() as connection:
                page = connection.execute(query).mappings().all()
            if not page:
                return
            yield from (_reject(row) for row in page)
            last = (page[-1]["number"], page[-1]["position"])

    def _pages(
        self, batch_id: str, states: Sequence[RowState] | None, *, with_payload: bool
    ) -> Iterator[RowMapping]:
        columns = [c for c in rows.c if with_payload or c.name != "payload"]
        last = -1
        while True:
            query: Select[Any] = select(*columns).where(
                rows.c.batch_id == batch_id, rows.c.number > last
            )
            if states is not None:
                query = query.where(rows.c.state.in_(states))
            with self._database.read() as connection:
                page = connection.execute(query.order_by(rows.c.number).limit(PAGE))
                found = page.mappings().all()
            if not found:
                return
            yield from found
            last = found[-1]["number"]


def _new_id(kind: str, now: datetime, *, length: int) -> str:
    suffix = "".join(secrets.choice(_ID_ALPHABET) for _ in range(length))
    return f"{kind}-{now.astimezone(LONDON):%y%m%d}-{suffix}"


def _insert_batch(connection: Connection, *, created_at: datetime, **values: object) -> None:
    newest = connection.execute(select(func.max(batches.c.created_at))).scalar()
    # `latest_row` goes by this order, also where a simulated clock stands still.
    if newest is not None:
        created_at = max(created_at, newest + timedelta(microseconds=1))
    connection.execute(insert(batches).values(created_at=created_at, **values))


def _latest(kind: str, reference: str, *columns: ColumnElement[Any]) -> Select[Any]:
    """What stands in `columns` for the row most recently staged for a reference."""
    return (
        select(*columns)
        .join_from(rows, batches, batches.c.id == rows.c.batch_id)
        .where(
            rows.c.accepted_reference == reference,
            batches.c.kind == kind,
            batches.c.state != BatchState.STAGING,
        )
        .order_by(batches.c.created_at.desc(), batches.c.id.desc())
        .limit(1)
    )


def _unfinished_single(
    connection: Connection, kind: str, reference: str, source: str, sha256: str
) -> str | None:
    query = _latest(
        kind,
        reference,
        batches.c.id,
        batches.c.source,
        batches.c.sha256,
        rows.c.state,
        batches.c.id.in_(REJECTED_SUBJECTS).label("is_rejected"),
    )
    latest = connection.execute(query).mappings().one_or_none()
    if latest is None or (latest["source"], latest["sha256"]) != (source, sha256):
        return None
    is_over = latest["is_rejected"] or latest["state"] not in UNFINISHED
    return None if is_over else str(latest["id"])


def _update_batch(connection: Connection, batch_id: str, values: Mapping[str, object]) -> None:
    changed = connection.execute(
        update(batches).where(batches.c.id == batch_id).values(dict(values))
    )
    if changed.rowcount == 0:
        raise _not_found(batch_id)


def _not_found(batch_id: str) -> BatchNotFound:
    return BatchNotFound(f"no batch {batch_id}; `smarterpay batch list` shows them")


def _batch(row: RowMapping) -> Batch:
    return Batch(**{**row, "state": BatchState(row["state"])})


def _row(row: RowMapping) -> Row:
    return Row(
        batch_id=row["batch_id"],
        number=row["number"],
        line=row["line"],
        reference=row["reference"],
        state=RowState(row["state"]),
        step=row["step"],
        reason=row["reason"],
        message=row["message"],
        record_ids=row["record_ids"] or {},
    )


def _reject(row: RowMapping) -> RowReject:
    return RowReject(
        line=row["line"],
        reference=row["reference"],
        column=row["column"],
        rule=row["rule"],
        message=row["message"],
    )
