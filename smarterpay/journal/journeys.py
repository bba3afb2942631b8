"""Keeps payments that a payer has to make in a browser: the wish, encrypted, and how far it got.

It makes no call and does not know what a wish means: a card payment and a payment link are both
bytes to it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from smarterpay.journal.database import Database
from smarterpay.journal.encryption import Cipher
from smarterpay.journal.schema import items, journeys

Kind = Literal["card", "link"]
CARD: Kind = "card"
LINK: Kind = "link"

#: Types of card payments that take money out of a reservation or an authentication (section 8).
_RELEASES = ("DeferredRelease", "AuthoriseRelease")


class Stage(StrEnum):
    """How far a journey got."""

    STAGED = "staged"  # nobody was asked for anything yet
    ASKING = "asking"  # the provider is being asked; the outcome may be unknown
    WAITING = "waiting"  # for the payer
    OVERDUE = "overdue"  # past the deadline and still open: somebody should have a look
    NEEDS_ATTENTION = "needs_attention"  # a person must decide
    RESERVED = "reserved"  # a deferred payment: nothing is taken before a release
    AUTHENTICATED = "authenticated"  # the card is verified: nothing is taken, nothing reserved
    SUCCESSFUL = "successful"
    FAILED = "failed"  # the gateway processed it and declined
    CANCELLED = "cancelled"  # by the payer, the gateway or us; a reservation also by time
    ERROR = "error"  # the gateway could not process it, or was silent
    COMPLETED = "completed"  # the page of a link is finished
    EXPIRED = "expired"
    REFUSED = "refused"  # the provider took no such payment in


#: Nothing leads out of these but a new wish after a refusal.
FINAL = frozenset(
    {
        Stage.SUCCESSFUL,
        Stage.FAILED,
        Stage.CANCELLED,
        Stage.ERROR,
        Stage.COMPLETED,
        Stage.EXPIRED,
        Stage.REFUSED,
    }
)
#: The payer is done, and something may still come of it.
_HELD = frozenset({Stage.RESERVED, Stage.AUTHENTICATED})
#: What a stage has left behind: only a look that is late can still tell it.
_PASSED = {
    Stage.WAITING: frozenset({Stage.STAGED, Stage.ASKING}),
    Stage.OVERDUE: frozenset({Stage.STAGED, Stage.ASKING}),
    **dict.fromkeys(_HELD, frozenset({Stage.STAGED, Stage.ASKING, Stage.WAITING, Stage.OVERDUE})),
}
#: The provider was asked, and there may be more to learn.
FOLLOWED = tuple(stage for stage in Stage if stage not in FINAL and stage is not Stage.STAGED)
#: Nobody was asked, or nothing came of it: another wish may stand here.
_REPLACEABLE = frozenset({Stage.STAGED, Stage.REFUSED})


@dataclass(frozen=True, slots=True)
class Journey:
    """One payment on its way through a payer's browser, without the wish; nothing is personal.

    `record_id` is the provider's payment or link, `card` the card it stands for, `record_ids`
    what a link has created, by kind. `amount_pence` is None where the payer names it.
    """

    kind: Kind
    reference: str
    stage: Stage
    reason: str | None
    message: str | None
    amount_pence: int | None
    record_id: str | None
    card: str | None
    record_ids: Mapping[str, Sequence[str]]
    record_created_at: datetime | None
    staged_at: datetime
    changed_at: datetime
    look_again_at: datetime | None
    deadline_at: datetime | None


@dataclass(frozen=True, slots=True)
class Change:
    """What a look came to. `None` of an id, a time or `record_ids` leaves what is known."""

    stage: Stage
    reason: str | None = None
    message: str | None = None
    look_again_at: datetime | None = None
    record_id: str | None = None
    card: str | None = None
    record_ids: Mapping[str, Sequence[str]] = field(default_factory=dict)
    record_created_at: datetime | None = None
    deadline_at: datetime | None = None


class JourneyNotFound(LookupError):
    """Nothing is staged under that reference."""


class OtherWish(ValueError):
    """The reference already stands for another wish, which the provider may know of."""

    def __init__(self, journey: Journey) -> None:
        self.journey = journey
        super().__init__(
            f"{journey.reference} stands for another {journey.kind} payment, {journey.stage} by "
            "now; use a new reference"
        )


class Journeys:
    """The repository of journeys. Every method is one transaction."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._cipher = cipher

    def stage(
        self, kind: Kind, reference: str, wish: bytes, amount_pence: int | None, now: datetime
    ) -> Journey:
        """Keep `wish` under `reference`; the same wish again is the journey it was before.

        Another wish replaces one that was refused or never asked for. Raises `OtherWish`.
        """
        values: dict[str, Any] = {
            "wish": self._cipher.encrypt(wish),
            "wish_sha256": hashlib.sha256(wish).hexdigest(),
            "stage": Stage.STAGED,
            "reason": None,
            "message": None,
            "amount_pence": amount_pence,
            "record_ids": {},
            "staged_at": now,
            "changed_at": now,
            "look_again_at": None,
        }
        with self._database.write() as connection:
            known = self._locked(connection, kind, reference)
            if known is None:
                known = self._inserted(connection, kind, reference, values)
            if known["wish_sha256"] != values["wish_sha256"]:
                if known["stage"] not in _REPLACEABLE:
                    raise OtherWish(_journey(known))
                connection.execute(update(journeys).where(*_named(kind, reference)).values(values))
            return _journey(self._must_be(connection, kind, reference))

    def begin(
        self, kind: Kind, reference: str, now: datetime, look_again_at: datetime
    ) -> tuple[Journey, bytes]:
        """Write down that the provider is about to be asked; the journey and its wish in clear.

        One that was begun before stays as it is. Raises `JourneyNotFound`.
        """
        with self._database.write() as connection:
            row = self._must_be(connection, kind, reference)
            if row["stage"] == Stage.STAGED:
                connection.execute(
                    update(journeys)
                    .where(*_named(kind, reference))
                    .values(stage=Stage.ASKING, changed_at=now, look_again_at=look_again_at)
                )
                row = self._must_be(connection, kind, reference)
            return _journey(row), self._cipher.decrypt(row["wish"])

    def record(self, kind: Kind, reference: str, change: Change, now: datetime) -> Journey:
        """Write down what a look came to; the journey as it then stands.

        An end stays what it is, and nothing is moved back to a stage that it has passed: two
        processes may look at once, and the one that looked earlier may write later. That it was
        looked at is kept all the same. Raises `JourneyNotFound`.
        """
        with self._database.write() as connection:
            row = self._must_be(connection, kind, reference)
            values = _changed(row, change)
            if any(row[name] != value for name, value in values.items()):
                connection.execute(
                    update(journeys)
                    .where(*_named(kind, reference))
                    .values(changed_at=now, **values)
                )
            return _journey(self._must_be(connection, kind, reference))

    def withdraw(self, kind: Kind, reference: str, message: str, now: datetime) -> Journey:
        """Cancel what nobody was asked for yet; the journey as it then stands.

        One that was begun, by another process at this moment say, stays as it is: the provider
        may know of it. Raises `JourneyNotFound`.
        """
        with self._database.write() as connection:
            row = self._must_be(connection, kind, reference)
            if row["stage"] == Stage.STAGED:
                connection.execute(
                    update(journeys)
                    .where(*_named(kind, reference))
                    .values(stage=Stage.CANCELLED, message=message, changed_at=now)
                )
            return _journey(self._must_be(connection, kind, reference))

    def get(self, kind: Kind, reference: str) -> Journey:
        """The journey under that reference; raises `JourneyNotFound`."""
        with self._database.read() as connection:
            row = (
                connection.execute(select(journeys).where(*_named(kind, reference)))
                .mappings()
                .one_or_none()
            )
        if row is None:
            raise _not_found(kind, reference)
        return _journey(row)

    def wish(self, kind: Kind, reference: str) -> bytes:
        """The wish in clear; raises `JourneyNotFound`."""
        with self._database.read() as connection:
            stored = connection.execute(
                select(journeys.c.wish).where(*_named(kind, reference))
            ).scalar_one_or_none()
        if stored is None:
            raise _not_found(kind, reference)
        return self._cipher.decrypt(stored)

    def due(self, kind: Kind, now: datetime, limit: int) -> Sequence[Journey]:
        """Those of a kind to be looked at by now, longest due first, at most `limit`."""
        query = (
            select(journeys)
            .where(
                journeys.c.kind == kind,
                journeys.c.stage.in_(FOLLOWED),
                journeys.c.look_again_at <= now,
            )
            .order_by(journeys.c.look_again_at, journeys.c.reference)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [_journey(row) for row in connection.execute(query).mappings()]

    def of_record(self, record_id: str) -> Journey | None:
        """The journey whose payment or link that is, if there is one."""
        query = select(journeys).where(journeys.c.record_id == record_id).limit(1)
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _journey(row)

    def released_pence(self, card: str) -> int:
        """What releases are known to have taken on a card, in pence."""
        query = select(func.coalesce(func.sum(items.c.amount_pence), 0)).where(
            items.c.card == card,
            items.c.payment_type.in_(_RELEASES),
            items.c.status == Stage.SUCCESSFUL,
        )
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def _inserted(
        self, connection: Connection, kind: Kind, reference: str, values: Mapping[str, Any]
    ) -> RowMapping:
        try:
            with connection.begin_nested():
                connection.execute(
                    insert(journeys).values(kind=kind, reference=reference, **values)
                )
        except IntegrityError:
            pass  # another process was first; its wish is compared with ours
        return self._must_be(connection, kind, reference)

    def _must_be(self, connection: Connection, kind: Kind, reference: str) -> RowMapping:
        row = self._locked(connection, kind, reference)
        if row is None:
            raise _not_found(kind, reference)
        return row

    def _locked(self, connection: Connection, kind: Kind, reference: str) -> RowMapping | None:
        query = select(journeys).where(*_named(kind, reference)).with_for_update()
        return connection.execute(query).mappings().one_or_none()


def _named(kind: Kind, reference: str) -> tuple[Any, Any]:
    return journeys.c.kind == kind, journeys.c.reference == reference


def may_follow(known: Stage, told: Stage) -> bool:
    """Whether a look that came to `told` may be written down over `known`."""
    return known not in FINAL and told not in _PASSED.get(known, ())


def _changed(row: RowMapping, change: Change) -> dict[str, Any]:
    """An id or a time once known stays where a look does not tell it."""
    known = Stage(row["stage"])
    if known in FINAL:
        return {}
    if not may_follow(known, change.stage):
        return {"look_again_at": change.look_again_at or row["look_again_at"]}
    values: dict[str, Any] = {
        "stage": change.stage,
        "reason": change.reason,
        "message": change.message,
        "look_again_at": change.look_again_at,
    }
    for name in ("record_id", "card", "record_created_at", "deadline_at"):
        told = getattr(change, name)
        values[name] = row[name] if told is None else told
    if change.record_ids:
        values["record_ids"] = {kind: list(ids) for kind, ids in change.record_ids.items()}
    return values


def _journey(row: RowMapping) -> Journey:
    told = {name: row[name] for name in Journey.__dataclass_fields__}
    return Journey(**{**told, "stage": Stage(row["stage"])})


def _not_found(kind: Kind, reference: str) -> JourneyNotFound:
    return JourneyNotFound(f"no {kind} payment is staged under {reference}")
