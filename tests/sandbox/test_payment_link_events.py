"""Sections 9, 11 and 12: each change of a payment link has its event."""

from typing import Any

import pytest

from tests.sandbox.caller import Caller
from tests.sandbox.hooks import subscribe
from tests.sandbox.receiver import Receiver

PAGE = "EP02SANDBOXPAGE00001"


@pytest.fixture
def heard(api: Caller, receiver: Receiver) -> Receiver:
    subscribe(api.sandbox, receiver)
    return receiver


def told(api: Caller, heard: Receiver, span: str = "1s") -> list[dict[str, Any]]:
    """The events of payment links since last asked."""
    api.sandbox.advance(span)
    events = [one for one in heard.events if one["event_type"].startswith("payment_link")]
    heard.received.clear()
    return events


def brief(events: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(one["event_type"], one["event_source"], one["status"]) for one in events]


def link(api: Caller, **fields: Any) -> dict[str, Any]:
    return api.make("payment_link", ecommerce_page=PAGE, **fields)


def test_the_event_of_a_new_link_section_9(api: Caller, heard: Receiver) -> None:
    """REST fields, absent values null, related records as objects with their ids."""
    customer = api.customer()["id"]
    made = link(api, customer_account=customer, metadata="m", auddis="MEMBER 1")
    (event,) = told(api, heard)
    assert brief([event]) == [("payment_link.create", "API", "active")]
    assert event["id"] == made["id"]
    assert event["customer_account"]["id"] == customer
    assert (event["auddis"], event["metadata"]) == ("MEMBER 1", "m")
    assert event["amount"] is event["expires_at"] is event["bank_account"] is None


def test_changing_and_cancelling_a_link_section_11(api: Caller, heard: Receiver) -> None:
    made = link(api)
    told(api, heard)
    api.put("payment_link", made["id"], {"metadata": "x"})
    api.put("payment_link", made["id"], {"status": "cancelled"})
    assert brief(told(api, heard)) == [
        ("payment_link.update", "API", "active"),
        ("payment_link.update", "API", "cancelled"),
    ]


def test_finishing_and_expiring_a_link_section_11(api: Caller, heard: Receiver) -> None:
    api.sandbox.control(f"page-setups/{PAGE}", {"expiry": "1 day"})
    finished = link(api)
    link(api)
    told(api, heard)
    api.sandbox.control(f"payment-links/{finished['id']}/complete", {})
    assert brief(told(api, heard)) == [("payment_link.update", "SMP Service", "completed")]
    assert brief(told(api, heard, "2d")) == [("payment_link.update", "SMP Service", "expired")]


def test_what_a_payer_creates_has_events_too_section_9(api: Caller, heard: Receiver) -> None:
    made = link(api)
    told(api, heard)
    api.sandbox.control(f"payment-links/{made['id']}/complete", {})
    api.sandbox.advance(1)
    assert [(one["event_type"], one["event_source"]) for one in heard.events] == [
        ("customer_account.create", "SMP Service"),
        ("bank_account.create", "SMP Service"),
        ("mandate.create", "SMP Service"),
        ("payment_link.update", "SMP Service"),
    ]
