"""Keeps intents and their attempts: every write we ever wished for, and every exchange made for it.

It decides with `decision.decide` inside the transaction that acts on the decision. It makes no
call to the provider and does not know what the stored bytes mean.
"""

from collections.abc import Sequence, Set
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError

from smarterpay.journal.audit import AuditTrail
from smarterpay.journal.bulk_links import (
    BULK_OF_ROW,
    INTENT_COLUMNS,
    IS_BULK,
    close_bulk_of_row,
    rows_follow,
    rows_were_sent,
)
from smarterpay.journal.database import Database
from smarterpay.journal.decision import (
    Decision,
    Known,
    State,
    decide,
    key_is_spent,
    may_be_at_work,
)
from smarterpay.journal.encryption import Cipher
from smarterpay.journal.generations import Generations
from smarterpay.journal.intent import (
    AnothersIntent,
    Attempt,
    Busy,
    Closing,
    Intent,
    NotForAPerson,
    Wish,
    intent_from,
)
from smarterpay.journal.leases import Lease, is_free
from smarterpay.journal.schema import attempts, intents

__all__ = [
    "AnothersIntent",
    "Attempt",
    "Busy",
    "Closing",
    "Intent",
    "Intents",
    "NotForAPerson",
    "Wish",
]

#: Dispositions that say that an exchange executed nothing.
_NOTHING_EXECUTED = ("retry", "misconfigured")


class Intents:
    """The repository of intents and attempts. Every method is one transaction."""

    def __init__(
        self, database: Database, cipher: Cipher, generations: Generations, audit: AuditTrail
    ) -> None:
        self._database = database
        self._cipher = cipher
        self._generations = generations
        self._audit = audit

    def open(self, wish: Wish, now: datetime) -> tuple[Intent, Decision]:
        """Insert or read the intent of `wish` and decide on it; committed before it returns.

        A next generation, where the decision calls for one, is opened in the same transaction;
        the decision returned is then `SEND_STORED_BYTES`. Raises `AnothersIntent`.
        """
        with self._database.write() as connection:
            intent = self._find_or_insert(connection, wish, now)
            self._generations.refuse_anothers(intent)
            decision = decide(_known(intent, wish), now)
            if decision is Decision.NEXT_GENERATION and is_free(intent, None):
                intent = self._open_next_generation(connection, intent, wish, now)
                decision = Decision.SEND_STORED_BYTES
            return intent, decision

    def next_generation(self, wish: Wish, spent_key: str, now: datetime) -> Intent:
        """Leave `spent_key` behind after a look-up found that nothing was created under it.

        If another process did so first, its generation stands and is returned. So does the
        present one while its key may still be used, an exchange under it is in flight, or the
        provider may still be at work on one, unless the wish is `repeatable`.
        """
        with self._database.write() as connection:
            intent = self._locked(connection, wish.operation, wish.reference)
            if intent.key != spent_key or not _is_spent(intent, now) or not is_free(intent, None):
                return intent
            if intent.bulk_intent_id is not None or intent.is_bulk:
                return intent  # never sent anew: a bulk's rows are settled one by one
            if not wish.repeatable and may_be_at_work(intent.last_sent_at, intent.look_up, now):
                return intent
            return self._open_next_generation(connection, intent, wish, now)

    def start_attempt(
        self, intent_id: str, key: str, lease: Lease, now: datetime
    ) -> tuple[Attempt, bytes] | Busy:
        """Write down that the stored bytes are about to be sent under `key`, and lease the intent.

        From this commit on the outcome counts as unknown until the attempt is closed. Returns
        the attempt and the exact bytes to send. A key that has grown too old since the caller
        decided is `MOVED_ON`: nothing is sent under it any more, so that a look-up sees it all.
        Raises `AnothersIntent`.
        """
        with self._database.write() as connection:
            row = self._locked_row(connection, intents.c.id == intent_id)
            intent = intent_from(row)
            self._generations.refuse_anothers(intent)
            if intent.key != key or intent.state not in (State.OPENED, State.UNKNOWN):
                return Busy.MOVED_ON
            if intent.bulk_intent_id is not None:
                return Busy.IN_BULK
            if not is_free(intent, lease):
                return Busy.LEASED
            if _is_spent(intent, now):
                return Busy.MOVED_ON
            attempt = self._insert_attempt(connection, intent, now)
            connection.execute(
                update(intents)
                .where(intents.c.id == intent_id)
                .values(
                    state=State.UNKNOWN,
                    first_sent_at=intent.first_sent_at or now,
                    last_sent_at=now,
                    lease_owner=lease.owner,
                    lease_until=lease.until,
                )
            )
            rows_were_sent(connection, intent, now)
            return attempt, self._cipher.decrypt(row["request_body"])

    def close_attempt(self, attempt: Attempt, closing: Closing, now: datetime) -> Intent:
        """Close `attempt` and settle its intent, in one transaction (design section 3, step 5).

        An intent that was settled meanwhile stays as it is: the first answer stands.
        """
        with self._database.write() as connection:
            intent = self._locked_by_id(connection, attempt.intent_id)
            connection.execute(
                update(attempts)
                .where(attempts.c.id == attempt.id)
                .values(
                    finished_at=now,
                    disposition=closing.disposition,
                    status=closing.status,
                    replayed=closing.replayed,
                    milliseconds=closing.milliseconds,
                    error=closing.error,
                    request_id=closing.request_id,
                )
            )
            if intent.state is not State.UNKNOWN or intent.key != attempt.key:
                return intent
            state = self._state_after(connection, intent, attempt, closing)
            # The lease is the latest attempt's: a late answer to an earlier one leaves it alone.
            latest = attempt.number == self._last_number(connection, intent)
            return self._settle(connection, intent, state, closing, now, free=latest)

    def settle_found(self, intent: Intent, closing: Closing, now: datetime) -> Intent:
        """Settle an unknown intent from a look-up, without an attempt of its own.

        A record that another intent has made meanwhile is not adopted: a person must decide.
        """
        if closing.state is None:
            raise ValueError("a look-up settles an intent with a state")
        with self._database.write() as connection:
            current = self._locked_by_id(connection, intent.id)
            if current.state is not State.UNKNOWN or current.key != intent.key:
                return current
            if closing.made and self._is_anothers(connection, current, closing.record_id):
                closing = Closing(
                    disposition=closing.disposition,
                    state=State.NEEDS_ATTENTION,
                    reason="the only record that matches was made by another write",
                    look_up=True,
                )
            state = closing.state or State.NEEDS_ATTENTION
            return self._settle(connection, current, state, closing, now, free=True)

    def adopt_for_person(self, intent_id: str, closing: Closing, by: str, now: datetime) -> Intent:
        """Settle an intent that needs attention with the record a person found.

        Raises `NotForAPerson` in any other state, and for a bulk call.
        """
        if closing.state is not State.SUCCEEDED:
            raise ValueError("a record that was found is a success")
        with self._database.write() as connection:
            intent = self._waiting_for_a_person(connection, intent_id)
            adopted = self._settle(connection, intent, State.SUCCEEDED, closing, now, free=True)
            close_bulk_of_row(connection, intent.bulk_intent_id, now)
            self._tell(connection, by, "intent.adopted", adopted, now)
            return adopted

    def reopen_for_person(self, intent_id: str, by: str, now: datetime) -> Intent:
        """Open the next generation, with the same bytes, of an intent that needs attention: a
        person is certain that nothing was created.

        Raises `NotForAPerson` in any other state, and for a bulk call: some of its rows may have
        been created, and under a new key they would be again.
        """
        with self._database.write() as connection:
            intent = self._waiting_for_a_person(connection, intent_id)
            row = self._locked_row(connection, intents.c.id == intent_id)
            body = self._cipher.decrypt(row["request_body"])
            wish = Wish(intent.operation, intent.reference, intent.method, intent.path, body)
            reopened = self._open_next_generation(connection, intent, wish, now)
            connection.execute(
                update(intents).where(intents.c.id == intent_id).values(reason=f"reopened by {by}")
            )
            close_bulk_of_row(connection, intent.bulk_intent_id, now)
            self._tell(connection, by, "intent.reopened", reopened, now)
            return reopened

    def give_up_for_person(self, intent_id: str, by: str, now: datetime) -> Intent:
        """Refuse an intent that needs attention, or of which nothing was executed: a person is
        certain that nothing was created, and wants nothing to be.

        Whoever asks for the same again finds it refused. Raises `NotForAPerson` in any other
        state, while one may be sending it, and for a bulk call.
        """
        with self._database.write() as connection:
            intent = self._locked_by_id(connection, intent_id)
            alone = not intent.is_bulk and intent.bulk_intent_id is None
            if intent.state is not State.OPENED or not alone or not is_free(intent, None):
                intent = self._waiting_for_a_person(connection, intent_id)
            self._generations.refuse_anothers(intent)
            closing = Closing(
                disposition="refused", state=State.REFUSED, reason=f"given up by {by}"
            )
            given_up = self._settle(connection, intent, State.REFUSED, closing, now, free=True)
            close_bulk_of_row(connection, intent.bulk_intent_id, now)
            self._tell(connection, by, "intent.given_up", given_up, now)
            return given_up

    def withdraw(self, intent_id: str, reason: str, now: datetime) -> bool:
        """Refuse an intent before a byte of it has left; false where one may have.

        From this commit on nothing is sent for it: whoever was about to finds it refused. True
        also where it was refused already. Raises `AnothersIntent`.
        """
        with self._database.write() as connection:
            intent = self._locked_by_id(connection, intent_id)
            self._generations.refuse_anothers(intent)
            if intent.state is State.REFUSED:
                return True
            carried = intent.is_bulk or intent.bulk_intent_id is not None
            if intent.state is not State.OPENED or carried or not is_free(intent, None):
                return False
            connection.execute(
                update(intents)
                .where(intents.c.id == intent_id)
                .values(state=State.REFUSED, reason=reason, settled_at=now)
            )
            return True

    def get(self, intent_id: str) -> Intent:
        """The intent with that id; raises `LookupError`."""
        with self._database.read() as connection:
            row = (
                connection.execute(select(*INTENT_COLUMNS).where(intents.c.id == intent_id))
                .mappings()
                .one_or_none()
            )
        if row is None:
            raise LookupError(f"no intent {intent_id}")
        return intent_from(row)

    def find(self, reference: str, operation: str | None = None) -> Sequence[Intent]:
        """The intents under a merchant's reference, in the order they were opened."""
        query = select(*INTENT_COLUMNS).where(intents.c.reference == reference)
        if operation is not None:
            query = query.where(intents.c.operation == operation)
        # Where a sandbox's clock stands still, instants tie; SQLite knows the order all the same.
        then = text("rowid") if self._database.is_sqlite else intents.c.id
        with self._database.read() as connection:
            found = connection.execute(query.order_by(intents.c.opened_at, then))
            return [intent_from(row) for row in found.mappings()]

    def unsettled_by_themselves(self, operation: str, references: Sequence[str]) -> Set[str]:
        """Those of `references` whose intent is unsettled and travels in no bulk call.

        At most as many references as a bulk call has rows.
        """
        query = select(intents.c.reference).where(
            intents.c.operation == operation,
            intents.c.reference.in_(references),
            intents.c.state.in_((State.OPENED, State.UNKNOWN)),
            BULK_OF_ROW.is_(None),
        )
        with self._database.read() as connection:
            return set(connection.execute(query).scalars())

    def maker_of(self, operation: str, record_id: str) -> Intent | None:
        """The intent whose `operation` is known to have made that record, if there is one."""
        with self._database.read() as connection:
            row = connection.execute(_makers(operation, record_id)).mappings().first()
        return None if row is None else intent_from(row)

    def attempts(self, intent_id: str) -> Sequence[Attempt]:
        """Every exchange made for an intent, oldest first."""
        with self._database.read() as connection:
            found = connection.execute(
                select(attempts)
                .where(attempts.c.intent_id == intent_id)
                .order_by(attempts.c.number)
            )
            return [Attempt(**row) for row in found.mappings()]

    def answer(self, intent_id: str) -> bytes | None:
        """The provider's answer that settled the intent, in clear; empty if there is none."""
        with self._database.read() as connection:
            stored = connection.execute(
                select(intents.c.answer).where(intents.c.id == intent_id)
            ).scalar_one()
        return None if stored is None else self._cipher.decrypt(stored)

    def request_body(self, intent_id: str) -> bytes:
        """The exact bytes of the intent's current generation, in clear."""
        with self._database.read() as connection:
            stored = connection.execute(
                select(intents.c.request_body).where(intents.c.id == intent_id)
            ).scalar_one()
        return self._cipher.decrypt(stored)

    def counts(self) -> dict[State, int]:
        """How many intents stand in each state."""
        with self._database.read() as connection:
            found = connection.execute(
                select(intents.c.state, func.count()).group_by(intents.c.state)
            )
            return {State(state): count for state, count in found}

    def _find_or_insert(self, connection: Connection, wish: Wish, now: datetime) -> Intent:
        existing = self._select(connection, wish.operation, wish.reference)
        if existing is not None:
            return existing
        try:
            with connection.begin_nested():
                connection.execute(insert(intents).values(self._generations.new_row(wish, now)))
        except IntegrityError:
            pass  # another process was first; its intent stands
        return self._locked(connection, wish.operation, wish.reference)

    def _open_next_generation(
        self, connection: Connection, intent: Intent, wish: Wish, now: datetime
    ) -> Intent:
        values = self._generations.values(wish, intent.generation + 1)
        connection.execute(
            update(intents).where(intents.c.id == intent.id).values(opened_at=now, **values)
        )
        return self._locked_by_id(connection, intent.id)

    def _insert_attempt(self, connection: Connection, intent: Intent, now: datetime) -> Attempt:
        attempt = Attempt(
            id=str(uuid4()),
            intent_id=intent.id,
            number=self._last_number(connection, intent) + 1,
            generation=intent.generation,
            key=intent.key,
            started_at=now,
            finished_at=None,
            disposition=None,
            status=None,
            replayed=None,
            milliseconds=None,
            error=None,
            request_id=None,
        )
        connection.execute(
            insert(attempts).values(
                id=attempt.id,
                intent_id=attempt.intent_id,
                number=attempt.number,
                generation=attempt.generation,
                key=attempt.key,
                started_at=now,
            )
        )
        return attempt

    def _last_number(self, connection: Connection, intent: Intent) -> int:
        last = connection.execute(
            select(func.max(attempts.c.number)).where(attempts.c.intent_id == intent.id)
        ).scalar()
        return last or 0

    def _state_after(
        self, connection: Connection, intent: Intent, attempt: Attempt, closing: Closing
    ) -> State:
        if closing.state is not None and not closing.for_itself_only:
            return closing.state
        if self._others_are_doubtful(connection, intent, attempt):
            return State.UNKNOWN
        return closing.state or State.OPENED

    def _others_are_doubtful(
        self, connection: Connection, intent: Intent, attempt: Attempt
    ) -> bool:
        """Whether another exchange of this generation is not known to have executed nothing."""
        doubtful = connection.execute(
            select(func.count())
            .select_from(attempts)
            .where(
                attempts.c.intent_id == intent.id,
                attempts.c.generation == intent.generation,
                attempts.c.id != attempt.id,
                attempts.c.disposition.is_(None) | attempts.c.disposition.not_in(_NOTHING_EXECUTED),
            )
        ).scalar_one()
        return bool(doubtful)

    def _tell(
        self, connection: Connection, by: str, action: str, intent: Intent, now: datetime
    ) -> None:
        """Put a person's decision on the audit trail, in the transaction that carries it out."""
        self._audit.enter(
            connection,
            actor=by,
            action=action,
            subject=intent.reference,
            details={
                "intent": intent.id,
                "operation": intent.operation,
                "generation": intent.generation,
                "record": intent.record_id,
            },
            now=now,
        )

    def _settle(
        self,
        connection: Connection,
        intent: Intent,
        state: State,
        closing: Closing,
        now: datetime,
        *,
        free: bool,
    ) -> Intent:
        settled = state not in (State.OPENED, State.UNKNOWN)
        values: dict[str, object] = {
            "state": state,
            "look_up": closing.look_up or intent.look_up,
            "status": closing.status,
            "replayed": closing.replayed,
            "reason": closing.reason,
            "settled_at": now if settled else None,
        }
        if settled or free:
            values |= {"lease_owner": None, "lease_until": None}
        if state is State.OPENED:
            values["first_sent_at"] = None  # nothing was executed: the key has no age yet
        if settled:
            values["record_id"] = closing.record_id
            values["record_status"] = closing.record_status
            values["answer"] = (
                None if closing.answer is None else self._cipher.encrypt(closing.answer)
            )
        connection.execute(update(intents).where(intents.c.id == intent.id).values(values))
        rows_follow(connection, intent, state, closing, now)
        return self._locked_by_id(connection, intent.id)

    def _is_anothers(self, connection: Connection, intent: Intent, record_id: str | None) -> bool:
        """Whether another intent made that record; until this commits nobody else can adopt it."""
        if record_id is None:
            return False
        if not self._database.is_sqlite:  # where one writer at a time is the rule already
            lock = func.pg_advisory_xact_lock(func.hashtextextended(record_id, 0))
            connection.execute(select(lock))
        others = _makers(intent.operation, record_id).where(intents.c.id != intent.id)
        return connection.execute(others).first() is not None

    def _waiting_for_a_person(self, connection: Connection, intent_id: str) -> Intent:
        intent = self._locked_by_id(connection, intent_id)
        self._generations.refuse_anothers(intent)
        if intent.state is not State.NEEDS_ATTENTION:
            raise NotForAPerson(
                f"{intent.operation} {intent.reference} is {intent.state}: nobody has to decide"
            )
        if intent.is_bulk:
            raise NotForAPerson(
                f"{intent.operation} {intent.reference} is a bulk call: under a new key it would"
                " create again what it has created. Settle its rows, one by one; it closes with"
                " the last of them"
            )
        return intent

    def _select(self, connection: Connection, operation: str, reference: str) -> Intent | None:
        row = (
            connection.execute(
                select(*INTENT_COLUMNS)
                .where(intents.c.operation == operation, intents.c.reference == reference)
                .with_for_update()
            )
            .mappings()
            .one_or_none()
        )
        return None if row is None else intent_from(row)

    def _locked(self, connection: Connection, operation: str, reference: str) -> Intent:
        intent = self._select(connection, operation, reference)
        if intent is None:
            raise LookupError(f"no intent for {operation} {reference}")
        return intent

    def _locked_by_id(self, connection: Connection, intent_id: str) -> Intent:
        return intent_from(self._locked_row(connection, intents.c.id == intent_id))

    def _locked_row(self, connection: Connection, condition: ColumnElement[bool]) -> RowMapping:
        query = select(intents, BULK_OF_ROW, IS_BULK).where(condition)
        return connection.execute(query.with_for_update()).mappings().one()


def _makers(operation: str, record_id: str) -> Select[Any]:
    return select(*INTENT_COLUMNS).where(
        intents.c.operation == operation, intents.c.record_id == record_id
    )


def _is_spent(intent: Intent, now: datetime) -> bool:
    unknown = intent.state is State.UNKNOWN
    return unknown and key_is_spent(intent.first_sent_at, intent.look_up, now)


def _known(intent: Intent, wish: Wish) -> Known:
    return Known(
        state=intent.state,
        first_sent_at=intent.first_sent_at,
        look_up=intent.look_up,
        same_bytes=intent.request_sha256 == wish.digest,
        repeatable=wish.repeatable,
        in_bulk=intent.bulk_intent_id is not None,
    )
