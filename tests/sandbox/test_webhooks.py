"""Section 9: who gets which webhook, in which form, and how it proves where it comes from."""

import re
import uuid
from typing import Any

import httpx
import pytest

from smarterpay.sandbox.webhooks.signature import sign
from tests.sandbox.caller import Caller
from tests.sandbox.hooks import (
    FIXTURE,
    FIXTURE_KEY,
    add,
    change,
    deliveries,
    is_signed,
    subscribe,
    subscribe_v1,
)
from tests.sandbox.receiver import Receiver, receiving
from tests.sandbox_process import SandboxProcess


def test_the_check_value_of_section_9() -> None:
    expected = "91e7871b1e1d12ab52881c1760a766cf106c32fddfcf5aed63d97ac9cf08a97e"
    assert sign("test-key", b'{"events":[]}') == expected


def test_the_fixture_subscription_is_off_until_it_has_a_url(
    api: Caller, receiver: Receiver
) -> None:
    """Section 13, "webhook subscription"."""
    shown = api.sandbox.control(f"subscriptions/{FIXTURE}")
    assert (shown["version"], shown["authorisation"], shown["on"]) == (2, "Signature", False)
    api.customer()
    api.sandbox.advance("1h")
    assert api.sandbox.counts()["webhook_events"] == 0
    assert subscribe(api.sandbox, receiver)["on"]
    api.customer()
    api.sandbox.advance(1)
    assert is_signed(receiver.received[0], FIXTURE_KEY)


def test_a_v2_body_has_the_form_of_section_9(api: Caller, receiver: Receiver) -> None:
    subscribe(api.sandbox, receiver)
    customer = api.customer()
    api.sandbox.advance(1)
    content = receiver.received[0].content
    assert list(content) == ["id", "idempotency_key", "sent_at", "client", "events"]
    assert re.fullmatch("OM01[A-Z0-9]{16}", content["id"])
    assert str(uuid.UUID(content["idempotency_key"])) == content["idempotency_key"]
    assert content["sent_at"] == "2026-06-01T08:00:01Z"
    assert content["client"] == {"id": "CL01SANDBOXCLIENT001"}
    event = content["events"][0]
    assert event["id"] == customer["id"]
    assert re.fullmatch("HI0[A-Z0-9]{17}", event["event_id"])
    assert event["legacy_id"] is None


def test_a_v1_body_is_one_event_in_an_object(api: Caller, receiver: Receiver) -> None:
    """Section 9, "body", "events per call"; section 5, "Timestamps out"."""
    subscribe_v1(api.sandbox, receiver, batch_size=50)
    for _ in range(3):
        api.customer()
    api.sandbox.advance(1)
    assert [list(webhook.content) for webhook in receiver.received] == [["events"]] * 3
    assert [len(webhook.events) for webhook in receiver.received] == [1, 1, 1]
    assert [event["id"] for event in receiver.events] == [
        "EV000000001",
        "EV000000002",
        "EV000000003",
    ]
    assert receiver.events[0]["created_at"] == "2026-06-01T08:00:00.000Z"


@pytest.mark.parametrize(("size", "webhooks"), [(1, [1] * 5), (2, [2, 2, 1]), (5, [5]), (9, [5])])
def test_a_v2_webhook_takes_up_to_the_batch_size(
    api: Caller, receiver: Receiver, size: int, webhooks: list[int]
) -> None:
    subscribe(api.sandbox, receiver, batch_size=size)
    made = [api.customer()["id"] for _ in range(5)]
    api.sandbox.advance(1)
    assert [len(webhook.events) for webhook in receiver.received] == webhooks
    assert [event["id"] for event in receiver.events] == made


def test_events_of_one_second_travel_together_mixed_kinds_included(
    api: Caller, receiver: Receiver
) -> None:
    """Section 12, "Webhook work"; section 9, "body"."""
    subscribe(api.sandbox, receiver)
    api.customer()
    api.sandbox.advance(0.5)
    api.account()
    assert receiver.received == []
    api.sandbox.advance(0.5)
    api.customer()
    api.sandbox.advance(1)
    kinds = [[event["event_type"] for event in one.events] for one in receiver.received]
    assert kinds == [
        ["customer_account.create", "bank_account.create"],
        ["customer_account.create"],
    ]


def test_one_event_reaches_each_subscription_with_its_own_authentication(
    api: Caller, receiver: Receiver
) -> None:
    """Section 9, "Delivery", "Signature", "Subscription"."""
    with receiving() as second, receiving() as third:
        subscribe(api.sandbox, receiver, key="another key, as text: é")
        add(api.sandbox, second, authorisation="Basic", user="merchant", password="open:sesame")
        add(api.sandbox, third, version=1, key="third")
        customer = api.customer()
        api.sandbox.advance(1)
        assert is_signed(receiver.received[0], "another key, as text: é")
        assert "authorization" not in receiver.received[0].headers
        assert second.received[0].credentials == "merchant:open:sesame"
        assert "webhook-signature" not in second.received[0].headers
        assert is_signed(third.received[0], "third")
        v2 = [receiver.events[0], second.events[0]]
        assert v2[0] == v2[1]
        assert third.events[0]["reference"] == v2[0]["id"] == customer["id"]
        assert receiver.received[0].content["id"] != second.received[0].content["id"]


@pytest.mark.parametrize(
    ("events", "arrive"),
    [
        ({"customer_account.create": ["API"]}, ["customer_account.create"]),
        ({"customer_account": ["api"]}, ["customer_account.create", "customer_account.update"]),
        ({"customer_account": ["Portal", "DDMS Service", "SMP Service"]}, []),
        ({"mandate": ["API"]}, []),
        (["customer_account.update"], ["customer_account.update"]),
        ({"*": ["*"]}, ["customer_account.create", "customer_account.update"]),
        ([], []),
    ],
)
def test_both_event_and_source_must_be_ticked(
    api: Caller, receiver: Receiver, events: Any, arrive: list[str]
) -> None:
    """Section 9, "Subscription"; "Source spelling": compared without case."""
    subscribe(api.sandbox, receiver, events=events)
    customer = api.customer()
    api.put("Customer_Account", customer["id"], {"city": "York"})
    api.sandbox.advance(1)
    assert [event["event_type"] for event in receiver.events] == arrive


@pytest.mark.parametrize("version", [1, 2])
def test_the_test_message_has_id_0(api: Caller, receiver: Receiver, version: int) -> None:
    """Section 9, "test message"."""
    subscribe(api.sandbox, receiver, version=version)
    sent = api.sandbox.control(f"subscriptions/{FIXTURE}/test", {})
    event = receiver.events[0]
    assert sent["status"] == "successful"
    assert (event["id"], event["status"]) == ("0", "new_instruction")
    assert event["bacs_reason_code"] == "200 OK"
    assert version == 2 or event["event_source"] == "10044000"


def test_a_subscription_that_is_off_or_gone_gets_nothing(api: Caller, receiver: Receiver) -> None:
    subscribe(api.sandbox, receiver)
    api.customer()
    change(api.sandbox, FIXTURE, enabled=False)
    api.customer()
    api.sandbox.advance(1)
    change(api.sandbox, FIXTURE, enabled=True)
    api.sandbox.control(f"subscriptions/{FIXTURE}", method="DELETE")
    api.customer()
    api.sandbox.advance("1h")
    assert receiver.received == []
    assert api.sandbox.counts()["webhook_events"] == 0


@pytest.mark.parametrize(
    "wanted",
    [
        {"url": "http://example.test/hook"},
        {"url": "ftp://127.0.0.1/"},
        {"url": "https://user:word@example.test/"},
        {"url": "no address"},
        {"url": 5},
        {"version": 3},
        {"version": True},
        {"batch_size": 0},
        {"batch_size": 501},
        {"authorisation": "OAuth"},
        {"authorisation": "Basic"},
        {"authorisation": "Basic", "user": "u"},
        {"authorisation": "Basic", "user": "a:b", "password": "p"},
        {"key": ""},
        {"password": "p"},
        {"enabled": "yes"},
        {"events": {"no_such": ["API"]}},
        {"events": {"mandate": ["Nobody"]}},
        {"events": "mandate"},
        {"name": 7},
        {"colour": "red"},
    ],
)
def test_a_subscription_that_cannot_be_is_refused_and_nothing_changes(
    sandbox: SandboxProcess, wanted: dict[str, Any]
) -> None:
    """Section 9, "Delivery" (HTTPS); section 12, "subscription types"."""
    before = sandbox.control(f"subscriptions/{FIXTURE}")
    address = f"{sandbox.base_url}/_sandbox/subscriptions/{FIXTURE}"
    answer = httpx.put(address, json=wanted, trust_env=False)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert sandbox.control(f"subscriptions/{FIXTURE}") == before


@pytest.mark.parametrize(
    "url", ["https://example.test/hook", "http://localhost:1/", "http://[::1]:1/", ""]
)
def test_addresses_that_can_be(sandbox: SandboxProcess, url: str) -> None:
    assert change(sandbox, FIXTURE, url=url)["url"] == url


def test_subscriptions_are_made_listed_and_dropped(
    sandbox: SandboxProcess, receiver: Receiver
) -> None:
    made = add(sandbox, receiver, name="second", key="k", error_profile="ops@example.test")
    assert re.fullmatch("SU01[A-Z0-9]{16}", made["id"])
    listed = sandbox.control("subscriptions")["subscriptions"]
    assert [one["id"] for one in listed] == [FIXTURE, made["id"]]
    sandbox.control(f"subscriptions/{made['id']}", method="DELETE")
    base = f"{sandbox.base_url}/_sandbox/subscriptions"
    assert httpx.get(f"{base}/{made['id']}", trust_env=False).status_code == 404
    assert httpx.post(base, json={"key": "k"}, trust_env=False).status_code == 400


def test_no_secret_is_shown(api: Caller, receiver: Receiver) -> None:
    """Section 9: neither key nor password stands in any answer of a control call."""
    subscribe(api.sandbox, receiver, key="the-secret-key")
    add(api.sandbox, receiver, authorisation="Basic", user="u", password="the-secret-word")
    api.customer()
    api.sandbox.advance(1)
    for path in ("subscriptions", "deliveries", "books?records=1", f"subscriptions/{FIXTURE}"):
        shown = str(api.sandbox.control(path))
        assert "the-secret" not in shown


def test_deliveries_tell_of_each_attempt(api: Caller, receiver: Receiver) -> None:
    """Section 12, "Control calls": `GET deliveries`."""
    subscribe(api.sandbox, receiver)
    receiver.statuses = [500]
    api.customer()
    api.sandbox.advance("2m")
    first, second = deliveries(api.sandbox)
    message_id = receiver.received[0].content["id"]
    assert first == {
        "message_id": message_id,
        "subscription_id": FIXTURE,
        "at": "2026-06-01T08:00:01Z",
        "attempt": 1,
        "status_code": 500,
        "error": None,
        "next_attempt": "2026-06-01T08:01:01Z",
        "fault": None,
    }
    assert second == first | {
        "at": "2026-06-01T08:01:01Z",
        "attempt": 2,
        "status_code": 200,
        "next_attempt": None,
    }
    assert deliveries(api.sandbox, limit=1) == [second]
    address = f"{api.sandbox.base_url}/_sandbox/deliveries"
    assert httpx.get(address, params={"limit": "1001"}, trust_env=False).status_code == 400
