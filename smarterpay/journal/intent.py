"""What the journal says of a write: wish, intent, attempt, and how an exchange ended; no SQL."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import RowMapping

from smarterpay.journal.decision import State
from smarterpay.journal.schema import LONGEST_REFERENCE


@dataclass(frozen=True, slots=True)
class Wish:
    """A write somebody wants to happen once: its exact request, not yet sent.

    Raises `ValueError` for a reference that no database could keep apart from others.
    """

    operation: str
    reference: str
    method: str
    path: str
    body: bytes = field(repr=False)
    repeatable: bool = False

    def __post_init__(self) -> None:
        if not 1 <= len(self.reference) <= LONGEST_REFERENCE or "\0" in self.reference:
            raise ValueError(f"a reference has 1 to {LONGEST_REFERENCE} characters, none a NUL")

    @property
    def digest(self) -> str:
        """SHA-256 over method, path and body: what the provider compares, and so do we."""
        return hashlib.sha256(
            b"\0".join((self.method.encode(), self.path.encode(), self.body))
        ).hexdigest()


@dataclass(frozen=True, slots=True)
class Intent:
    """An intent as the journal holds it, without its bytes.

    `record_status` is what the provider called its record's state in the answer that settled the
    intent. `bulk_intent_id` is the bulk call that carries this generation, if one does: it is
    settled through that call and never sent by itself. `is_bulk` marks such a call.
    """

    id: str
    operation: str
    reference: str
    generation: int
    key: str
    state: State
    method: str
    path: str
    request_sha256: str
    opened_at: datetime
    first_sent_at: datetime | None
    last_sent_at: datetime | None
    settled_at: datetime | None
    look_up: bool
    status: int | None
    replayed: bool | None
    record_id: str | None
    record_status: str | None
    reason: str | None
    lease_owner: str | None
    lease_until: float | None
    bulk_intent_id: str | None
    is_bulk: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """One HTTP exchange made for an intent; `disposition` is empty while it is open."""

    id: str
    intent_id: str
    number: int
    generation: int
    key: str
    started_at: datetime
    finished_at: datetime | None
    disposition: str | None
    status: int | None
    replayed: bool | None
    milliseconds: int | None
    error: str | None
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Closing:
    """How an exchange ended, and what the intent becomes by it.

    `for_itself_only` marks a refusal that says nothing of earlier exchanges under the key: it
    refuses the intent only if they are known to have executed nothing. `made` says that the
    record is this intent's own work, which no other intent can have made as well.
    """

    disposition: str
    state: State | None  # empty: the exchange executed nothing, the state follows from the others
    status: int | None = None
    replayed: bool | None = None
    milliseconds: int | None = None
    error: str | None = None
    request_id: str | None = None
    record_id: str | None = None
    record_status: str | None = None
    reason: str | None = None
    look_up: bool = False
    for_itself_only: bool = False
    made: bool = False
    answer: bytes | None = field(default=None, repr=False)


class NotForAPerson(ValueError):
    """A person's decision was given on an intent that does not need one."""


class Busy(StrEnum):
    """Why an exchange may not start now."""

    LEASED = "leased"  # another process is at it
    MOVED_ON = "moved_on"  # the intent is no longer where the caller thinks it is
    IN_BULK = "in_bulk"  # a bulk call carries it, and settles it


class AnothersIntent(Exception):
    """The intent was opened in another environment or for another merchant.

    Its outcome says nothing about ours, and under its key nothing of ours may be sent.
    """

    def __init__(self, intent: Intent) -> None:
        self.intent = intent
        super().__init__(
            "opened in another environment or for another merchant; keep a journal for each,"
            " by SMARTERPAY_HOME or SMARTERPAY_JOURNAL_URL"
        )


_INTENT_FIELDS = frozenset(Intent.__dataclass_fields__)


def intent_from(row: RowMapping) -> Intent:
    """The intent in a row of `bulk_links.INTENT_COLUMNS`, whatever else stands in it."""
    values = {name: row[name] for name in row if name in _INTENT_FIELDS}
    return Intent(**{**values, "state": State(values["state"]), "is_bulk": bool(values["is_bulk"])})
