"""What became of an operation, as values and as errors; nothing in them is personal.

OperationError
├── IntentConflict      the reference already stands for other data
├── OperationRefused    the provider said no; the same bytes get the same answer
├── NotSettled          tried and not settled yet: run it again, nothing is guessed
├── NeedsAttention      a person must decide
└── Misconfigured       nothing was executed: our token, host, TLS or journal set-up is wrong
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from smarterpay.journal.decision import State
from smarterpay.journal.intents import Intent

RecordT = TypeVar("RecordT")


class Outcome(BaseModel):
    """The settled outcome of one operation: what Prefect persists under the idempotency key.

    `succeeded` says that the operation happened, not that money moved: a card that was declined
    (`failed`) or a payment recorded as `cancelled` is a record too. What the provider's record
    said of itself in that answer is `record_status`; read it before you call a charge collected.
    It is no more than that answer: a record that moves on is read again.
    """

    model_config = ConfigDict(frozen=True)

    operation: str
    reference: str
    intent_id: str
    outcome: Literal["succeeded", "refused"]
    key: str
    generation: int
    status: int | None
    replayed: bool | None
    record_id: str | None
    reason: str | None
    record_status: str | None = None


@dataclass(frozen=True, slots=True)
class Settled(Generic[RecordT]):
    """A succeeded operation: its outcome, and the provider's record read from the journal.

    The answer may be days old. `read_at` is an instant before the provider was asked for it: what
    was read of the record since then is newer. It is not the moment of the answer, for a write
    that is repeated under its key is answered with what was true the first time (section 2).
    """

    outcome: Outcome
    record: RecordT
    read_at: datetime


class OperationError(Exception):
    """Base of everything an operation can end in besides success."""

    def __init__(self, intent: Intent, what: str) -> None:
        self.intent = intent
        super().__init__(f"{intent.operation} {intent.reference}: {what}")

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.args, self.__dict__))


class IntentConflict(OperationError):
    """The reference already stands for other data; `fields` names what differs."""

    def __init__(self, intent: Intent, fields: tuple[str, ...]) -> None:
        self.fields = fields
        super().__init__(
            intent,
            f"already done with other data; fields that differ: {', '.join(fields)}. "
            "Use a new reference, or amend the record that exists",
        )


class OperationRefused(OperationError):
    """The provider refused; `reason` names its error and the fields, never their values."""

    def __init__(self, intent: Intent) -> None:
        self.status = intent.status
        self.reason = intent.reason
        answered = f"with {intent.status} " if intent.status is not None else ""
        super().__init__(intent, f"refused {answered}({intent.reason})")


class NotSettled(OperationError):
    """Not settled yet; `executed` says what is known. Try again under the same key.

    `nothing`: the provider executed nothing so far (429, 503). `unknown`: it may have.
    """

    def __init__(self, intent: Intent, what: str) -> None:
        self.executed: Literal["nothing", "unknown"] = (
            "unknown" if intent.first_sent_at is not None else "nothing"
        )
        super().__init__(intent, f"not settled ({what}); {self.executed} was executed")


class NeedsAttention(OperationError):
    """A person must decide; the reason says what was found."""

    def __init__(self, intent: Intent) -> None:
        self.reason = intent.reason
        super().__init__(intent, f"needs a person's decision ({intent.reason})")


class Misconfigured(OperationError):
    """Nothing was executed: our token, address or transport is wrong, or our journal another's."""

    def __init__(self, intent: Intent, what: str) -> None:
        super().__init__(intent, f"not accepted because of our set-up ({what})")


class GenerationMovedOn(OperationError):
    """The key a task was given is no longer the intent's key; the caller asks the journal again."""

    def __init__(self, intent: Intent) -> None:
        super().__init__(intent, "another generation of the key is in use")


def settled_outcome(intent: Intent, key: str) -> Outcome | None:
    """What the intent was settled with under `key`; nothing while it is unsettled.

    Raises `GenerationMovedOn` where it has another key by now, whose outcome answers other
    bytes, perhaps, and `NeedsAttention`.
    """
    if intent.key != key:
        raise GenerationMovedOn(intent)
    if intent.state is State.NEEDS_ATTENTION:
        raise NeedsAttention(intent)
    return outcome_of(intent) if intent.state in (State.SUCCEEDED, State.REFUSED) else None


def outcome_of(intent: Intent) -> Outcome:
    """The persisted view of a settled intent."""
    return Outcome(
        operation=intent.operation,
        reference=intent.reference,
        intent_id=intent.id,
        outcome="succeeded" if intent.state == "succeeded" else "refused",
        key=intent.key,
        generation=intent.generation,
        status=intent.status,
        replayed=intent.replayed,
        record_id=intent.record_id,
        reason=intent.reason,
        record_status=intent.record_status,
    )


def _rebuild(
    kind: type[OperationError], args: tuple[object, ...], state: dict[str, object]
) -> OperationError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error
