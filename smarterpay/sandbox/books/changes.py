"""The way a record enters the books or changes in them, with its event; knows no rule of its own.

Rules call these and nothing else, so that every change of a record has its webhook (section 9)
and no state is reached outside the tables of section 11.
"""

from enum import StrEnum
from typing import Any

from smarterpay.sandbox.books.event_types import CREATE, UPDATE, Source
from smarterpay.sandbox.books.life import set_state, standing
from smarterpay.sandbox.platform import Platform

__all__ = ["CREATE", "UPDATE", "Source", "change", "enter", "move", "state_after"]


def enter(platform: Platform, record: Any, source: Source, description: str = "") -> None:
    """Put a new record into the books and raise its create event.

    `description` is that of webhooks v1; empty for the one that goes with the record's state.
    """
    record.edited_at = record.created_at
    platform.books.table_of(record).put(record)
    platform.announce(record, CREATE, source.value, description)


def change(platform: Platform, record: Any, source: Source, description: str = "") -> None:
    """Note that a record changed, stamp it, and raise its update event."""
    record.edited_at = platform.clock.stamp()
    platform.books.table_of(record).put(record)
    platform.announce(record, UPDATE, source.value, description)


def move(
    platform: Platform, record: Any, event: StrEnum, source: Source, description: str = ""
) -> bool:
    """Move a record along its life cycle and raise its update event.

    False, and nothing done, where section 11 has no such change.
    """
    target = state_after(record, event)
    if target is None:
        return False
    set_state(record, target)
    change(platform, record, source, description)
    return True


def state_after(record: Any, event: StrEnum) -> StrEnum | None:
    """Where the event would take the record; None where section 11 has no such change."""
    stands = standing(record)
    if stands is None:
        return None
    cycle, state = stands
    target: StrEnum | None = cycle.after(state, event)
    return target
