"""Decides what to do with an intent, from what the journal knows; pure, and knows no database.

The table of design section 3, step 2. Nothing here sends, waits or writes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

#: A key at least this old may have been forgotten by the provider, which keeps keys for 24 hours
#: (reference, section 2). One hour of margin, as section 4 (`retry.*`) has it.
KEY_HORIZON = timedelta(hours=23)
#: That margin also covers a clock that was wrong by so much when the key was first sent. A clock
#: that has gone back further tells nothing of a key's age.
CLOCK_MARGIN = timedelta(hours=1)
#: How long after a request the provider may still be at work on it.
LATE_WORK = timedelta(hours=2)


class State(StrEnum):
    """What the journal knows of an intent."""

    OPENED = "opened"  # nothing was executed so far
    UNKNOWN = "unknown"  # at least one exchange may have been executed
    SUCCEEDED = "succeeded"
    REFUSED = "refused"
    NEEDS_ATTENTION = "needs_attention"


class Decision(StrEnum):
    """What to do next with an intent."""

    RETURN_ANSWER = "return_answer"
    RETURN_REFUSAL = "return_refusal"
    CONFLICT = "conflict"
    NEXT_GENERATION = "next_generation"
    SEND_STORED_BYTES = "send_stored_bytes"
    LOOK_UP = "look_up"
    WAIT_FOR_BULK = "wait_for_bulk"
    ASK_A_PERSON = "ask_a_person"


@dataclass(frozen=True, slots=True)
class Known:
    """The facts a decision rests on.

    `repeatable` marks operations that only ask a question (a modulus check): a new question
    under an old reference is no conflict. `in_bulk` marks an intent that a bulk call carries:
    that call settles it, and nothing is sent for it by itself.
    """

    state: State
    first_sent_at: datetime | None
    look_up: bool
    same_bytes: bool
    repeatable: bool = False
    in_bulk: bool = False


def decide(known: Known, now: datetime) -> Decision:
    """What to do with an intent whose facts are `known`, at the instant `now`."""
    match known.state:
        case State.NEEDS_ATTENTION:
            return Decision.ASK_A_PERSON
        case State.SUCCEEDED if known.same_bytes:
            return Decision.RETURN_ANSWER
        case State.SUCCEEDED:
            return Decision.NEXT_GENERATION if known.repeatable else Decision.CONFLICT
        case State.REFUSED:
            return Decision.RETURN_REFUSAL if known.same_bytes else Decision.NEXT_GENERATION
        case State.OPENED | State.UNKNOWN:
            return _decide_unsettled(known, now)


def _decide_unsettled(known: Known, now: datetime) -> Decision:
    if known.in_bulk:
        return Decision.WAIT_FOR_BULK
    if known.state is State.OPENED:
        # Nothing was executed, so nothing is remembered under the key: other bytes get a
        # key of their own all the same.
        return Decision.SEND_STORED_BYTES if known.same_bytes else Decision.NEXT_GENERATION
    # Also when the caller now wants other bytes: what was sent is settled first.
    spent = key_is_spent(known.first_sent_at, known.look_up, now)
    return Decision.LOOK_UP if spent else Decision.SEND_STORED_BYTES


def key_is_spent(first_sent_at: datetime | None, look_up: bool, now: datetime) -> bool:
    """Whether the key of an unknown intent may not be used again before a look-up."""
    if look_up or first_sent_at is None:
        return True
    return not -CLOCK_MARGIN <= now - first_sent_at < KEY_HORIZON


def may_be_at_work(last_sent_at: datetime | None, look_up: bool, now: datetime) -> bool:
    """Whether finding no record proves nothing yet, because one may still be created.

    A key whose stored answer has come back (`look_up`) has no work left under it.
    """
    return not look_up and last_sent_at is not None and now - last_sent_at < LATE_WORK
