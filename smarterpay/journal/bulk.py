"""Keeps bulk calls: one intent for the call and one for each of its rows, opened together.

A row is settled on its own, by whoever hears of it first. It makes no call to the provider and
does not know what the stored bytes mean.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from smarterpay.journal.bulk_links import (
    INTENT_COLUMNS,
    carried_by_call,
    close_bulk_of_row,
    links_of_call,
)
from smarterpay.journal.database import Database
from smarterpay.journal.decision import Decision, Known, State, decide
from smarterpay.journal.encryption import Cipher
from smarterpay.journal.generations import Generations
from smarterpay.journal.intent import Intent, Wish, intent_from
from smarterpay.journal.schema import bulk_rows, intents

#: How often a call is opened anew because another process opened the same one meanwhile.
_TRIES = 3
#: Reason of a row the provider judged and refused; its own words are kept encrypted.
ROW_REFUSED = "refused as a row of a bulk call"


@dataclass(frozen=True, slots=True)
class BulkWish:
    """Many writes somebody wants to happen once each, in one call.

    `rows` are the writes as each would be made by itself, their references distinct. `call`
    makes the call of those at the positions it is given.
    """

    operation: str
    reference: str
    rows: tuple[Wish, ...]
    call: Callable[[Sequence[int]], Wish] = field(repr=False)

    def __post_init__(self) -> None:
        if len({(row.operation, row.reference) for row in self.rows}) != len(self.rows):
            raise ValueError("each row of a bulk call has a reference of its own")


@dataclass(frozen=True, slots=True)
class BulkRow:
    """A row of a call: its place in it, counted from 0, and its intent as it now stands."""

    position: int
    intent: Intent


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """What the provider said of one row: created with a record, or refused in its own words.

    Neither: it ended without telling, which `reason` puts in our words.
    """

    position: int
    record_id: str | None = None
    record_status: str | None = None
    refusal: str | None = field(default=None, repr=False)
    reason: str | None = None


class Taken(StrEnum):
    """What became of news about a row."""

    SETTLED = "settled"
    ALREADY = "already"  # the row was settled before: nothing changes
    NOT_OURS = "not_ours"  # no call of ours has that API request and carries that row


class Bulks:
    """The repository of bulk calls. Every method is one transaction."""

    def __init__(self, database: Database, cipher: Cipher, generations: Generations) -> None:
        self._database = database
        self._cipher = cipher
        self._generations = generations

    def open(self, wish: BulkWish, now: datetime) -> Intent | None:
        """Insert or read the call of `wish`, its rows with it; committed before it returns.

        A call that was opened before stands as it is, whatever the rows now are; only where all
        of it was refused may the rows that have changed go out in its next generation. Rows that
        are settled, or in flight elsewhere, are left out of a new call; nothing is opened where
        no row is left. Raises `AnothersIntent`.
        """
        for _ in range(_TRIES - 1):
            try:
                return self._open(wish, now)
            except IntegrityError:
                continue  # another process opened the same call: now it is found
        return self._open(wish, now)

    def rows(self, call_id: str) -> Sequence[BulkRow]:
        """The rows that the call's present generation carries, by position.

        A row that has moved on, to a generation of its own, is no longer among them.
        """
        with self._database.read() as connection:
            return self._rows(connection, call_id)

    def size(self, call_id: str) -> int:
        """How many rows the call's present generation was made of."""
        with self._database.read() as connection:
            return connection.execute(
                select(func.count()).select_from(bulk_rows).where(links_of_call(call_id))
            ).scalar_one()

    def row_bodies(self, call_id: str) -> Mapping[int, bytes]:
        """The bytes each row would be created with by itself, in clear, by position."""
        with self._database.read() as connection:
            found = connection.execute(
                select(bulk_rows.c.position, intents.c.request_body)
                .join(intents, intents.c.id == bulk_rows.c.row_intent_id)
                .where(carried_by_call(call_id))
            )
            return {position: self._cipher.decrypt(body) for position, body in found}

    def row_intents(self, rows: Sequence[Wish]) -> Mapping[str, Intent]:
        """The intents of these writes that exist, by reference; raises `AnothersIntent`."""
        with self._database.read() as connection:
            return self._existing(connection, rows, lock=False)

    def settle_rows(self, call_id: str, verdicts: Sequence[RowVerdict], now: datetime) -> int:
        """Settle rows as the provider judged them; how many that were. The first word stands."""
        with self._database.write() as connection:
            self._lock(connection, call_id)
            standing = {row.position: row.intent for row in self._rows(connection, call_id)}
            settled = 0
            for verdict in verdicts:
                intent = standing.get(verdict.position)
                if intent is not None and intent.state is State.UNKNOWN:
                    self._settle_row(connection, intent, verdict, now)
                    settled += 1
            return settled

    def settle_found(self, call: Intent, found: Mapping[int, RowVerdict], now: datetime) -> Intent:
        """Settle a call of unknown outcome from the list: rows found, and all others for a person.

        `found` holds a verdict for every open row. The call succeeded if all were created.
        """
        with self._database.write() as connection:
            current = self._lock(connection, call.id)
            if current.state is not State.UNKNOWN or current.key != call.key:
                return current
            for row in self._rows(connection, call.id):
                if row.intent.state is State.UNKNOWN:
                    self._settle_row(connection, row.intent, found[row.position], now)
            doubtful = any(
                row.intent.state is State.NEEDS_ATTENTION for row in self._rows(connection, call.id)
            )
            connection.execute(
                update(intents)
                .where(intents.c.id == call.id)
                .values(
                    state=State.NEEDS_ATTENTION if doubtful else State.SUCCEEDED,
                    reason="not every row was found" if doubtful else "adopted by look-up",
                    settled_at=now,
                    look_up=True,
                    lease_owner=None,
                    lease_until=None,
                )
            )
            return self._lock(connection, call.id)

    def take_row_created(
        self, api_request_id: str, reference: str, record_id: str, now: datetime
    ) -> Taken:
        """A webhook says that the row with that reference was created as `record_id`.

        The provider's word on a row settles it even where a person was asked already.
        """
        return self._take(api_request_id, reference, {"record_id": record_id}, now)

    def take_row_failure(
        self, api_request_id: str, reference: str, message: str, now: datetime
    ) -> Taken:
        """A webhook says that the row could not be created (section 7.9, `request_record.id`).

        The message may quote what was sent: it is kept encrypted and shown nowhere.
        """
        return self._take(api_request_id, reference, {"refusal": message}, now)

    def _open(self, wish: BulkWish, now: datetime) -> Intent | None:
        with self._database.write() as connection:
            call = self._find_call(connection, wish)
            if call is not None and call.state is not State.REFUSED:
                return call
            sent = self._open_rows(connection, wish.rows, now)
            if not sent:
                # Looked for again: another process may have opened it just now, rows and all.
                return self._find_call(connection, wish)
            made = wish.call(sent)
            if call is None:
                row = self._generations.new_row(made, now)
                connection.execute(insert(intents).values(row))
                opened = self._lock(connection, str(row["id"]))
            else:
                values = self._generations.values(made, call.generation + 1)
                connection.execute(
                    update(intents).where(intents.c.id == call.id).values(opened_at=now, **values)
                )
                opened = self._lock(connection, call.id)
            self._link(connection, opened, [wish.rows[position] for position in sent])
            return self._lock(connection, opened.id)

    def _find_call(self, connection: Connection, wish: BulkWish) -> Intent | None:
        row = (
            connection.execute(
                select(*INTENT_COLUMNS)
                .where(intents.c.operation == wish.operation, intents.c.reference == wish.reference)
                .with_for_update()
            )
            .mappings()
            .one_or_none()
        )
        if row is None:
            return None
        call = intent_from(row)
        self._generations.refuse_anothers(call)
        return call

    def _open_rows(
        self, connection: Connection, rows: Sequence[Wish], now: datetime
    ) -> Sequence[int]:
        """Open the rows that may travel in a new call; their positions."""
        existing = self._existing(connection, rows, lock=True)
        sent: list[int] = []
        fresh: dict[int, dict[str, object]] = {}
        for position, row in enumerate(rows):
            intent = existing.get(row.reference)
            if intent is None:
                fresh[position] = self._generations.new_row(row, now)
            elif _may_travel(intent, row, now):
                values = self._generations.values(row, intent.generation + 1)
                connection.execute(
                    update(intents).where(intents.c.id == intent.id).values(opened_at=now, **values)
                )
                sent.append(position)
        return sorted([*sent, *self._inserted(connection, rows, fresh)])

    def _inserted(
        self, connection: Connection, rows: Sequence[Wish], fresh: Mapping[int, dict[str, object]]
    ) -> Sequence[int]:
        """Insert the intents of `fresh` rows; the positions where no other process was faster."""
        if not fresh:
            return []
        dialect = sqlite if self._database.is_sqlite else postgresql
        # In one order everywhere: else two calls could lock each other out.
        ordered = sorted(fresh.values(), key=lambda row: str(row["reference"]))
        connection.execute(dialect.insert(intents).on_conflict_do_nothing(), ordered)
        stored = self._existing(connection, [rows[position] for position in fresh], lock=False)
        return [
            position
            for position, row in fresh.items()
            if stored[rows[position].reference].id == row["id"]
        ]

    def _existing(
        self, connection: Connection, rows: Sequence[Wish], *, lock: bool
    ) -> Mapping[str, Intent]:
        if not rows:
            return {}
        query = (
            select(*INTENT_COLUMNS)
            .where(
                intents.c.operation == rows[0].operation,
                intents.c.reference.in_([row.reference for row in rows]),
            )
            .order_by(intents.c.reference)
        )
        found = connection.execute(query.with_for_update() if lock else query).mappings()
        existing = [intent_from(row) for row in found]
        for intent in existing:
            self._generations.refuse_anothers(intent)
        return {intent.reference: intent for intent in existing}

    def _link(self, connection: Connection, call: Intent, rows: Sequence[Wish]) -> None:
        carried = self._existing(connection, rows, lock=False)
        connection.execute(
            insert(bulk_rows),
            [
                {
                    "bulk_intent_id": call.id,
                    "bulk_generation": call.generation,
                    "position": position,
                    "row_intent_id": carried[row.reference].id,
                    "row_generation": carried[row.reference].generation,
                }
                for position, row in enumerate(rows)
            ],
        )

    def _rows(self, connection: Connection, call_id: str) -> Sequence[BulkRow]:
        found = connection.execute(
            select(bulk_rows.c.position, *INTENT_COLUMNS)
            .join(intents, intents.c.id == bulk_rows.c.row_intent_id)
            .where(carried_by_call(call_id))
            .order_by(bulk_rows.c.position)
        ).mappings()
        return [BulkRow(row["position"], intent_from(row)) for row in found]

    def _settle_row(
        self, connection: Connection, row: Intent, verdict: RowVerdict, now: datetime
    ) -> None:
        if verdict.record_id is not None:
            state, reason = State.SUCCEEDED, verdict.reason
        elif verdict.refusal is not None:
            state, reason = State.REFUSED, ROW_REFUSED
        else:
            state, reason = State.NEEDS_ATTENTION, verdict.reason
        refusal = verdict.refusal
        answer = (
            None if refusal is None else self._cipher.encrypt(refusal.encode("utf-8", "replace"))
        )
        connection.execute(
            update(intents)
            .where(intents.c.id == row.id)
            .values(
                state=state,
                record_id=verdict.record_id,
                record_status=verdict.record_status,
                reason=reason,
                answer=answer,
                settled_at=now,
            )
        )

    def _take(
        self, api_request_id: str, reference: str, news: Mapping[str, str], now: datetime
    ) -> Taken:
        with self._database.write() as connection:
            calls = connection.execute(
                select(*INTENT_COLUMNS).where(intents.c.record_id == api_request_id)
            ).mappings()
            for call in [intent_from(row) for row in calls]:
                if not call.is_bulk:
                    continue
                self._lock(connection, call.id)
                for row in self._rows(connection, call.id):
                    if row.intent.reference != reference:
                        continue
                    if row.intent.state not in (State.UNKNOWN, State.NEEDS_ATTENTION):
                        return Taken.ALREADY
                    self._settle_row(connection, row.intent, RowVerdict(row.position, **news), now)
                    close_bulk_of_row(connection, call.id, now)
                    return Taken.SETTLED
            return Taken.NOT_OURS

    def _lock(self, connection: Connection, intent_id: str) -> Intent:
        row = (
            connection.execute(
                select(*INTENT_COLUMNS).where(intents.c.id == intent_id).with_for_update()
            )
            .mappings()
            .one()
        )
        return intent_from(row)


def _may_travel(intent: Intent, row: Wish, now: datetime) -> bool:
    """Whether a row that is known already may go out anew: refused, and changed since."""
    known = Known(
        state=intent.state,
        first_sent_at=intent.first_sent_at,
        look_up=intent.look_up,
        same_bytes=intent.request_sha256 == row.digest,
        in_bulk=intent.bulk_intent_id is not None,
    )
    return intent.state is State.REFUSED and decide(known, now) is Decision.NEXT_GENERATION
