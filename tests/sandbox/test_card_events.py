"""Sections 9, 11 and 12: each change of a card or its payments has its event."""

import pytest

from tests.sandbox.caller import Caller, flat
from tests.sandbox.hooks import subscribe
from tests.sandbox.receiver import Receiver

Told = list[tuple[str, str, str]]


@pytest.fixture
def heard(api: Caller, receiver: Receiver) -> Receiver:
    subscribe(api.sandbox, receiver)
    return receiver


def told(api: Caller, heard: Receiver, seconds: int = 1) -> Told:
    """Kind, source and status of the events of cards and payments since last asked."""
    api.sandbox.advance(seconds)
    events = [event for event in heard.events if event["event_type"].startswith(("card", "pay"))]
    heard.received.clear()
    return [(event["event_type"], event["event_source"], event["status"]) for event in events]


def settled(source: str, status: str) -> Told:
    """A charge whose result is known at once passes through `pending` within one instant."""
    return [("payment.create", source, "pending"), ("payment.update", source, status)]


def test_register_and_completion(api: Caller, heard: Receiver) -> None:
    card_id = flat(api.register())["card_id"]
    assert told(api, heard) == [
        ("card_payment.create", "API", "pending"),
        ("payment.create", "API", "pending"),
    ]
    api.complete(card_id)
    assert told(api, heard) == [
        ("payment.update", "SMP Service", "successful"),
        ("card_payment.update", "SMP Service", "successful"),
    ]


def test_a_charge_that_exists_although_the_gateway_was_silent(api: Caller, heard: Receiver) -> None:
    flat(api.register(amount=4099))
    assert told(api, heard) == [
        ("card_payment.create", "API", "pending"),
        ("payment.create", "API", "pending"),
    ]
    assert told(api, heard, 58) == []
    assert told(api, heard, 2) == [
        ("payment.update", "SMP Service", "successful"),
        ("card_payment.update", "SMP Service", "successful"),
    ]


def test_follow_ups(api: Caller, heard: Receiver) -> None:
    card_id = api.card()["card_id"]
    told(api, heard)
    flat(api.follow_up(card_id, "Repeat", amount=1000))
    assert told(api, heard) == settled("API", "successful")
    flat(api.follow_up(card_id, "Void"))
    assert told(api, heard) == [("payment.update", "API", "cancelled")]
    flat(api.follow_up(card_id, "Refund", amount=2500))
    assert told(api, heard) == settled("API", "successful")


def test_an_asynchronous_result_comes_with_its_event(api: Caller, heard: Receiver) -> None:
    card_id = api.card()["card_id"]
    told(api, heard)
    flat(api.follow_up(card_id, "Repeat", amount=4005, isAsnyc=True), 202)
    assert told(api, heard) == [("payment.create", "API", "pending")]
    assert told(api, heard, 10) == [("payment.update", "SMP Service", "failed")]
    flat(api.follow_up(card_id, "Void", isAsnyc=True), 202)
    assert told(api, heard) == []
    assert told(api, heard, 10) == [("payment.update", "SMP Service", "cancelled")]


def test_releases_cancels_and_lapses(api: Caller, heard: Receiver) -> None:
    cards = [api.card(payment_type="DeferredMOTO")["card_id"] for _ in range(3)]
    told(api, heard)
    flat(api.follow_up(cards[0], "DeferredRelease", amount=2500))
    assert told(api, heard) == settled("API", "successful")
    flat(api.follow_up(cards[1], "DeferredCancel"))
    assert told(api, heard) == [("payment.update", "API", "cancelled")]
    assert told(api, heard, 8 * 86400) == [("payment.update", "SMP Service", "cancelled")]


def test_clearing_changes_no_record(api: Caller, heard: Receiver) -> None:
    """Section 8, "Clearing": it decides what may follow, and shows nowhere."""
    api.card()
    told(api, heard)
    before = api.get("payments").content
    assert told(api, heard, 3 * 86400) == []
    assert api.get("payments").content == before


def test_a_card_schedule_tells_of_its_repeats(api: Caller, heard: Receiver) -> None:
    card_id = api.card()["card_id"]
    api.make(
        "recurrence_schedule",
        amount=2500,
        first_collection_amount=2500,
        collection_period="weekly",
        collection_stretch="1",
        description="club",
        payment_type="cardpayment",
        card_id=card_id,
        first_collection_date="2026-06-02",
    )
    told(api, heard)
    assert told(api, heard, 2 * 86400) == settled("SMP Service", "successful")
