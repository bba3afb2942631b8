"""Webhook bodies as section 9 prints them; each test changes only what it is about."""

import json
from typing import Any


def v1(**fields: Any) -> bytes:
    """A body of version 1: one flat event, absent values empty."""
    event = {
        "id": "EV000003432",
        "created_at": "2026-06-04T08:00:00.000Z",
        "resource_type": "payment",
        "description": "payment failed",
        "event_source": "10022091",
    }
    return json.dumps({"events": [event | fields]}).encode()


def v2(*events: dict[str, Any], **envelope: Any) -> bytes:
    """A body of version 2: a batch of events."""
    body = {
        "id": "OM01A1B2C3D4E5F6G7H8",
        "idempotency_key": "0b5a8c1e-6f0e-4c5b-9b2e-3f7f6f1d2a11",
        "sent_at": "2026-06-04T08:00:01Z",
        "client": {"id": "CL01SANDBOXCLIENT001"},
        "events": list(events),
    }
    return json.dumps(body | envelope).encode()


def event(**fields: Any) -> dict[str, Any]:
    """An event of version 2, absent values null."""
    common = {
        "id": "P01YZ96J1D7WDK8NEWD",
        "event_id": "HI0A1B2C3D4E5F6G7H8I",
        "legacy_id": None,
        "event_type": "payment.update",
        "event_source": "DDMS service",
        "created_at": "2026-06-01T09:00:00Z",
        "edited_at": "2026-06-04T08:00:00Z",
        "client": {"id": "CL01SANDBOXCLIENT001"},
        "created_by": {"id": "CU01SANDBOXUSER00001"},
        "edited_by": None,
        "metadata": None,
    }
    return common | fields
