"""Keeps which reference stands for which amendment, and what an undo goes back to; does nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from smarterpay.journal.batches import RowState
from smarterpay.journal.database import Database
from smarterpay.journal.schema import amendments, batches, rows, schedule_takeovers

#: What a batch's policy keeps by this name is the plan that is carried out.
PLAN = "plan"


@dataclass(frozen=True, slots=True)
class Claim:
    """One amendment: its wish is the row of `batch_id`. `before` is what an undo goes back to."""

    reference: str
    what: str
    subject: str
    batch_id: str
    before: str | None
    undone_by: str | None
    claimed_at: datetime


class Amendments:
    """The repository of amendments. Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(
        self, reference: str, *, what: str, subject: str, batch_id: str, now: datetime
    ) -> Claim:
        """Have `reference` stand for the wish in `batch_id`; the claim that stands.

        Whoever claims first has it: another process's batch may be the one that is given back.
        """
        dialect = sqlite if self._database.is_sqlite else postgresql
        statement = dialect.insert(amendments).values(
            reference=reference, what=what, subject=subject, batch_id=batch_id, claimed_at=now
        )
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_nothing())
        claim = self.get(reference)
        if claim is None:
            raise LookupError(f"{batch_id} stands for another amendment already")
        return claim

    def get(self, reference: str) -> Claim | None:
        """The claim under that reference, if there is one."""
        with self._database.read() as connection:
            row = (
                connection.execute(select(amendments).where(amendments.c.reference == reference))
                .mappings()
                .one_or_none()
            )
        return None if row is None else Claim(**row)

    def keep_before(self, reference: str, before: str) -> str:
        """Keep what an undo goes back to, unless it is kept already; what is kept."""
        with self._database.write() as connection:
            connection.execute(
                update(amendments)
                .where(amendments.c.reference == reference, amendments.c.before.is_(None))
                .values(before=before)
            )
        claim = self.get(reference)
        if claim is None or claim.before is None:
            raise LookupError(f"no amendment {reference}")
        return claim.before

    def not_undone(self, subject: str, what: str) -> Sequence[Claim]:
        """The amendments of `subject` that an undo may take back, oldest first."""
        query = (
            select(amendments)
            .where(
                amendments.c.subject == subject,
                amendments.c.what == what,
                amendments.c.before.is_not(None),
                amendments.c.undone_by.is_(None),
            )
            .order_by(amendments.c.claimed_at, amendments.c.reference)
        )
        with self._database.read() as connection:
            return [Claim(**row) for row in connection.execute(query).mappings()]

    def take_back(self, subject: str, what: str, by: str, until: datetime) -> None:
        """Mark those claimed up to `until` as taken back by the amendment `by`."""
        with self._database.write() as connection:
            connection.execute(
                update(amendments)
                .where(
                    amendments.c.subject == subject,
                    amendments.c.what == what,
                    amendments.c.undone_by.is_(None),
                    amendments.c.claimed_at <= until,
                )
                .values(undone_by=by)
            )

    def claim_takeover(self, schedule: str, reference: str) -> str:
        """Have the amendment `reference` replace that schedule; the one that does, for ever.

        Only one may: two new schedules in place of one would collect twice.
        """
        dialect = sqlite if self._database.is_sqlite else postgresql
        statement = dialect.insert(schedule_takeovers).values(
            schedule=schedule, reference=reference
        )
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_nothing())
        return self.replaced_by(schedule) or reference

    def replaced_by(self, schedule: str) -> str | None:
        """The amendment that has a new schedule take over from that one, if one does."""
        query = select(schedule_takeovers.c.reference).where(
            schedule_takeovers.c.schedule == schedule
        )
        with self._database.read() as connection:
            found: str | None = connection.execute(query).scalar_one_or_none()
        return found

    def waiting(self) -> Sequence[str]:
        """The batches whose amendment waits, is unknown or was broken off; oldest first.

        Broken off is what keeps its plan, so that it may be carried out, and tells no outcome. It
        may be at work just now: to go on with it beside that does nothing twice.
        """
        states = (RowState.WAITING, RowState.UNKNOWN, RowState.STAGED)
        query = (
            select(amendments.c.batch_id, rows.c.state, batches.c.policy)
            .join(rows, rows.c.batch_id == amendments.c.batch_id)
            .join(batches, batches.c.id == amendments.c.batch_id)
            .where(rows.c.state.in_(states))
            .order_by(amendments.c.claimed_at, amendments.c.reference)
        )
        with self._database.read() as connection:
            return [
                batch
                for batch, state, policy in connection.execute(query)
                if state != RowState.STAGED or PLAN in policy
            ]
