"""Names the points at which a write can be cut short and picked up again; does nothing there.

Tests hang an observer on them that kills the process. The order is that of design section 3.
"""

from collections.abc import Callable
from enum import StrEnum


class RecoveryPoint(StrEnum):
    """Where a write stands between two durable steps."""

    BEFORE_COMMIT = "before_commit"  # wished for, not in the journal
    AFTER_COMMIT = "after_commit"  # intent in the journal, nothing sent
    AFTER_SEND = "after_send"  # the last byte has left, no answer yet
    AFTER_ANSWER = "after_answer"  # answered, not yet in the journal
    AFTER_SETTLE = "after_settle"  # settled in the journal, Prefect does not know yet
    BETWEEN_POLLS = "between_polls"  # a bulk call was taken in, some of its rows are judged


POINTS_OF_A_WRITE = tuple(
    point for point in RecoveryPoint if point is not RecoveryPoint.BETWEEN_POLLS
)
"""The points that every write passes; a bulk call has one more."""

_observer: Callable[[RecoveryPoint], None] | None = None


def observe(observer: Callable[[RecoveryPoint], None] | None) -> None:
    """Call `observer` at each point reached from now on."""
    global _observer  # noqa: PLW0603 - one process, one observer
    _observer = observer


def reached(point: RecoveryPoint) -> None:
    """Say that execution is at `point`."""
    if _observer is not None:
        _observer(point)
