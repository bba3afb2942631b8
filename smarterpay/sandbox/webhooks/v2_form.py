"""The form that all events of webhooks v2 share (section 9); knows no kind of record."""

from typing import Any

from smarterpay.sandbox.records.accounts import CLIENT
from smarterpay.sandbox.webhooks.event import Event

Body = dict[str, Any]


def event_head(event: Event, record_id: str, created_at: str, edited_at: str) -> Body:
    """What every event begins with; newer records have no legacy id."""
    return {
        "id": record_id,
        "event_id": event.event_id,
        "legacy_id": None,
        "event_type": event.event_type,
        "event_source": event.source,
        "created_at": created_at,
        "edited_at": edited_at,
        "client": {"id": CLIENT},
    }


def related(record_id: str | None) -> Body | None:
    """A related record, None where there is none; newer records have no legacy id."""
    return {"id": record_id, "legacy_id": None} if record_id else None


def mandate_named(record_id: str, auddis: str) -> Body | None:
    """A related mandate with its reference, None where there is none."""
    return {"id": record_id, "legacy_id": None, "auddis": auddis} if record_id else None


def with_nulls(value: Any) -> Any:
    """The same with every absent text as null (section 9, "absent")."""
    if isinstance(value, dict):
        return {name: with_nulls(inner) for name, inner in value.items()}
    return None if value == "" else value
