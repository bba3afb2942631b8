"""What the webhooks told, against what the books say; knows the forms of section 9, version 2."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from tests.sandbox.lives.invariants import Records, state_of

KINDS = {
    "mandates": "mandate",
    "bank_accounts": "bank_account",
    "payments": "payment",
    "credits": "credit",
    "recurrence_schedules": "recurrence_schedule",
    "customer_accounts": "customer_account",
    "account_validations": "account_validation",
    "cards": "card_payment",
    "payment_links": "payment_link",
}


def check_events(records: Records, events: list[dict[str, Any]], told_by: datetime) -> None:
    """Every record was created in one event, and its last event tells how it stands.

    Looks at what changed up to `told_by`: later events may still be on their way.
    """
    told: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in events:
        told[event["id"]].append(event)
    assert len({event["event_id"] for event in events}) == len(events)
    for kind, word in KINDS.items():
        for key, record in records.get(kind, {}).items():
            if datetime.fromisoformat(record["edited_at"]) > told_by:
                continue
            actions = [event["event_type"] for event in told[key]]
            assert actions[:1] == [f"{word}.create"], f"{kind} {key}: {actions}"
            assert set(actions[1:]) <= {f"{word}.update"}, f"{kind} {key}: {actions}"
            last = told[key][-1]
            assert last["edited_at"] == record["edited_at"]
            if kind == "bank_accounts":
                assert last["enabled"] == record["enabled"]
            elif "status" in last:
                assert last["status"] == state_of(kind, record), f"{kind} {key}"
