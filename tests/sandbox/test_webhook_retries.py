"""Section 9, "Receipt", "Retry"; section 12, "Webhook work": until received, or given up."""

import json
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.caller import CUSTOMER, Caller
from tests.sandbox.hooks import FIXTURE, add, change, deliveries, is_signed, subscribe
from tests.sandbox.receiver import Receiver, receiving
from tests.sandbox_process import SandboxProcess

RETRY_MINUTES = [1, 2, 5, 10, 20, 40, 60, 120, 240, 480]


def settle(api: Caller, status: str) -> None:
    """Wait until the only message has this status, then stop the clock."""
    limit = time.monotonic() + 10
    while messages(api)[0]["status"] != status and time.monotonic() < limit:
        time.sleep(0.02)
    api.sandbox.control("clock", {"mode": "frozen"})
    assert messages(api)[0]["status"] == status


def messages(api: Caller, **query: Any) -> list[dict[str, Any]]:
    """Outbound messages, oldest first."""
    listed: list[dict[str, Any]] = api.get("outboundmessages", **query).json()["OutboundMessages"]
    return listed


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_counts(api: Caller, receiver: Receiver, status: int) -> None:
    subscribe(api.sandbox, receiver)
    receiver.status = status
    api.customer()
    api.sandbox.advance("1d")
    assert len(receiver.received) == 1
    assert messages(api)[0]["status"] == "successful"


def test_a_2xx_counts_whatever_becomes_of_the_rest_of_the_answer(
    api: Caller, receiver: Receiver
) -> None:
    """Section 9, "Receipt": the status says it; here the connection ends before the body."""
    subscribe(api.sandbox, receiver)
    receiver.promised = 100
    api.customer()
    api.sandbox.advance("1d")
    assert len(receiver.received) == 1
    assert messages(api)[0]["status"] == "successful"


@pytest.mark.parametrize("status", [302, 307, 400, 404, 498, 500, 503])
def test_anything_else_is_sent_again_and_no_redirect_is_followed(
    api: Caller, receiver: Receiver, status: int
) -> None:
    subscribe(api.sandbox, receiver)
    receiver.statuses = [status]
    api.customer()
    api.sandbox.advance(1)
    message = messages(api)[0]
    assert message["status"] == "retrying"
    assert message["webhook"]["response_code"].startswith(str(status))
    api.sandbox.advance("1m")
    assert [webhook.path for webhook in receiver.received] == ["/hook", "/hook"]
    assert messages(api)[0]["status"] == "successful"


def test_ten_resends_at_growing_intervals_then_an_email_to_the_error_profile(
    api: Caller, receiver: Receiver
) -> None:
    """Section 9, "Retry" and "Retry intervals"; section 11, "outbound message"."""
    subscribe(api.sandbox, receiver, error_profile="ops@example.test")
    receiver.status = 500
    api.customer()
    api.sandbox.advance(1)
    for number, minutes in enumerate(RETRY_MINUTES, start=1):
        assert len(receiver.received) == number
        api.sandbox.advance(minutes * 60 - 1)
        assert len(receiver.received) == number
        assert messages(api)[0]["status"] == "retrying"
        api.sandbox.advance(1)
    assert len(receiver.received) == 11
    assert [one["attempt"] for one in deliveries(api.sandbox)] == list(range(1, 12))
    failed, email = messages(api)
    assert failed["status"] == "failed"
    assert email["record_type"] == "email"
    assert email["subscription_id"] == FIXTURE
    assert email["email"] == {
        "to": "ops@example.test",
        "subject": "Webhook could not be delivered",
    }
    api.sandbox.advance("3d")
    assert len(receiver.received) == 11


def test_body_id_and_key_stay_as_they_were(api: Caller, receiver: Receiver) -> None:
    """Section 9, "Retry intervals": even where the record has changed meanwhile."""
    subscribe(api.sandbox, receiver)
    receiver.statuses = [500, 500, 500]
    customer = api.customer()
    api.sandbox.advance(1)
    api.put("Customer_Account", customer["id"], {"city": "York"})
    change(api.sandbox, FIXTURE, batch_size=1)
    api.sandbox.advance("10m")
    first = [one for one in receiver.received if one.body == receiver.received[0].body]
    assert len(first) == 3
    assert {one.headers["webhook-signature"] for one in first} == {
        receiver.received[0].headers["webhook-signature"]
    }


def test_a_key_or_address_mended_in_time_saves_the_message(api: Caller, receiver: Receiver) -> None:
    with receiving() as gone:
        subscribe(api.sandbox, gone)
    api.customer()
    api.sandbox.advance("5m")
    assert {one["error"] for one in deliveries(api.sandbox)} == {"ConnectError"}
    change(api.sandbox, FIXTURE, url=receiver.url, key="mended")
    api.sandbox.advance("10m")
    assert is_signed(receiver.received[0], "mended")
    assert messages(api)[0]["status"] == "successful"


def test_a_dead_receiver_does_not_stop_the_clock(api: Caller, receiver: Receiver) -> None:
    """One subscription leads nowhere, the other gets everything in time all the same."""
    with receiving() as gone:
        dead = add(api.sandbox, gone, key="k")
    subscribe(api.sandbox, receiver)
    for _ in range(20):
        api.customer()
        api.sandbox.advance("30s")
    now = api.sandbox.advance("2d")
    assert now == "2026-06-03T08:10:00+00:00"
    assert len(receiver.received) == 20
    failed = messages(api, subscription_id=dead["id"], status="failed")
    assert len(failed) == 20
    assert {message["webhook"]["response_code"] for message in failed} == {""}


def test_a_receiver_that_hangs_is_given_up_on_after_the_timeout(
    api: Caller, receiver: Receiver
) -> None:
    """Section 9, "Retry intervals": a timeout per attempt, which a setting shortens."""
    api.sandbox.settings(webhook_timeout=0.1)
    subscribe(api.sandbox, receiver)
    receiver.hang = 1.0
    api.customer()
    api.sandbox.advance(1)
    assert [(one["status_code"], one["error"]) for one in deliveries(api.sandbox)] == [
        (None, "Timeout")
    ]
    receiver.hang = 0.0
    api.sandbox.advance("1m")
    assert messages(api)[0]["status"] == "successful"


def test_a_receiver_that_hung_once_is_given_a_second_for_a_while(
    api: Caller, receiver: Receiver
) -> None:
    """So that a dead receiver with ten re-sends ahead does not hold an advance for minutes."""
    api.sandbox.settings(webhook_timeout=1.5)
    subscribe(api.sandbox, receiver)
    receiver.hang = 2.0
    api.customer()
    api.sandbox.advance(1)
    api.sandbox.settings(webhook_timeout=30)
    receiver.hang = 1.2
    api.sandbox.advance("1m")
    assert [one["error"] for one in deliveries(api.sandbox)] == ["Timeout", "Timeout"]


def test_under_a_running_clock_a_slow_receiver_has_its_full_time_each_time(
    api: Caller, receiver: Receiver
) -> None:
    """Section 9, "Retry intervals": the timeout is per attempt; nothing waits for it here."""
    api.sandbox.settings(webhook_timeout=0.1)
    subscribe(api.sandbox, receiver)
    receiver.hang = 1.2
    api.customer()
    api.sandbox.advance(1)
    api.sandbox.settings(webhook_timeout=30)
    api.sandbox.control("clock", {"mode": "scaled", "scale": 600})
    settle(api, "successful")
    assert [one["error"] for one in deliveries(api.sandbox)] == ["Timeout", None]


def test_a_clock_as_fast_as_it_can_be_is_not_held_up_by_a_receiver_that_hangs(
    api: Caller, receiver: Receiver
) -> None:
    """Section 12, "Clock": scaled; what waits for an answer is no work of every minute."""
    subscribe(api.sandbox, receiver, batch_size=1)
    answers = threading.Event()
    receiver.before_answer = lambda: answers.wait(30)
    for _ in range(200):
        api.customer()
    api.sandbox.control("clock", {"mode": "scaled", "scale": 1_000_000})
    receiver.wait_for(1)
    limit = time.monotonic() + 15
    while api.sandbox.control("clock")["now"] < "2026-06-20" and time.monotonic() < limit:
        time.sleep(0.05)
    reached = api.sandbox.control("clock", {"mode": "frozen"})["now"]
    begun = len(receiver.received)
    answers.set()
    assert (reached > "2026-06-20", begun) == (True, 1)


def test_under_a_running_clock_no_subscription_waits_for_another_s_receiver(
    api: Caller, receiver: Receiver
) -> None:
    """Section 9, "Delivery": one event can reach several endpoints; one of them hangs."""
    with receiving() as hung:
        answers = threading.Event()
        hung.before_answer = lambda: answers.wait(20)
        subscribe(api.sandbox, hung)
        add(api.sandbox, receiver, key="other")
        api.sandbox.control("clock", {"mode": "realtime"})
        api.customer()
        hung.wait_for(1)
        receiver.wait_for(1)
        assert not answers.is_set()
        answers.set()
        api.sandbox.control("clock", {"mode": "frozen"})


def test_a_subscription_that_is_dropped_ends_what_is_on_its_way(
    api: Caller, receiver: Receiver
) -> None:
    subscribe(api.sandbox, receiver)
    receiver.status = 500
    api.customer()
    api.sandbox.advance(1)
    api.sandbox.control(f"subscriptions/{FIXTURE}", method="DELETE")
    api.sandbox.advance("1h")
    assert len(receiver.received) == 1
    assert messages(api)[0]["status"] == "failed"


def test_a_receiver_may_call_the_sandbox_before_it_answers(api: Caller, receiver: Receiver) -> None:
    """Section 9, "Receiver design": re-read the record by GET if in doubt; a write is done too."""
    subscribe(api.sandbox, receiver, batch_size=1)
    customer = api.customer()["id"]
    seen: list[int] = []

    def call_back() -> None:
        if len(receiver.received) == 1:
            read = httpx.get(
                f"{api.sandbox.cloud_url}customeraccount/{customer}",
                headers={"Authorization": "Bearer sandbox-key"},
                trust_env=False,
            )
            written = httpx.post(
                f"{api.sandbox.cloud_url}customeraccount",
                json={"Customer_Account": CUSTOMER},
                headers={"Authorization": "Bearer sandbox-key"},
                trust_env=False,
            )
            seen.extend([read.status_code, written.status_code])

    receiver.before_answer = call_back
    api.sandbox.advance(2)
    assert seen == [200, 200]
    assert len(receiver.received) == 2


def test_a_running_clock_delivers_by_itself(api: Caller, receiver: Receiver) -> None:
    """Section 12, "Clock"; no call of a client waits for a receiver meanwhile."""
    subscribe(api.sandbox, receiver)
    called = threading.Event()
    receiver.before_answer = lambda: called.wait(20)
    api.sandbox.control("clock", {"mode": "realtime"})
    api.customer()
    receiver.wait_for(1)
    api.customer()
    assert deliveries(api.sandbox) == []
    called.set()
    receiver.wait_for(2)
    api.sandbox.control("clock", {"mode": "frozen"})


def test_a_scaled_clock_sends_again_in_its_own_time(api: Caller, receiver: Receiver) -> None:
    """Section 12, "Clock"; section 9, "Retry intervals"."""
    subscribe(api.sandbox, receiver)
    receiver.statuses = [500]
    api.sandbox.control("clock", {"mode": "scaled", "scale": 120})
    api.customer()
    first, second = receiver.wait_for(2)
    api.sandbox.control("clock", {"mode": "frozen"})
    assert first.body == second.body


def test_a_restart_forgets_no_undelivered_message(tmp_path: Path, receiver: Receiver) -> None:
    with SandboxProcess(state=tmp_path / "state.sqlite") as sandbox:
        subscribe(sandbox, receiver)
        receiver.statuses = [500]
        api = Caller(sandbox)
        first = api.customer()["id"]
        sandbox.advance(1)
        second = api.customer()["id"]
        sandbox.kill()
        sandbox.start()
        assert len(receiver.received) == 1
        sandbox.advance("1m")
        api.close()
    bodies = [webhook.body for webhook in receiver.received]
    assert bodies[0] == bodies[2]
    assert [event["id"] for event in receiver.events] == [first, second, first]


def test_a_message_on_its_way_when_the_sandbox_dies_is_sent_again(
    tmp_path: Path, receiver: Receiver
) -> None:
    """The receiver has it already; the same id and key tell it so (section 9, "Duplicates")."""
    with SandboxProcess(state=tmp_path / "state.sqlite") as sandbox:
        subscribe(sandbox, receiver)
        api = Caller(sandbox)
        api.customer()
        receiver.hang = 1.0
        sandbox.control("clock", {"mode": "scaled", "scale": 600})
        receiver.wait_for(1)
        sandbox.control("clock")  # its answer means that all so far is on disk
        sandbox.kill()
        receiver.hang = 0.0
        sandbox.start()
        receiver.wait_for(2)
        sandbox.control("clock", {"mode": "frozen"})
        assert messages(api)[0]["status"] == "successful"
        api.close()
    assert receiver.received[0].body == receiver.received[1].body


def test_no_id_and_key_ever_has_two_bodies_whatever_dies(
    tmp_path: Path, receiver: Receiver
) -> None:
    """Section 9, "Duplicates": a receiver drops what comes under a key that it knows.

    The sandbox dies as soon as the receiver has the webhook, in the middle of the advance; the
    clock stands no earlier afterwards than what was sent.
    """
    with SandboxProcess(state=tmp_path / "state.sqlite") as sandbox:
        subscribe(sandbox, receiver)
        api = Caller(sandbox)
        first = api.customer()["id"]
        dying = sandbox.pid
        receiver.before_answer = lambda: os.kill(dying, signal.SIGKILL)
        with pytest.raises(httpx.TransportError):
            sandbox.advance("1m")
        receiver.before_answer = None
        sandbox.kill()
        sandbox.start()
        assert sandbox.control("clock")["now"] == "2026-06-01T08:00:01+00:00"
        second = api.customer()["id"]
        sandbox.advance("1m")
        api.close()
    sent, again, after = receiver.received
    assert sent.body == again.body
    assert [event["id"] for event in sent.events] == [first]
    assert [event["id"] for event in after.events] == [second]
    assert after.content["idempotency_key"] != sent.content["idempotency_key"]


def test_a_snapshot_holds_what_is_on_its_way(api: Caller, receiver: Receiver) -> None:
    """Section 12, "Advancing": the same calls give the same bytes, webhooks included."""
    subscribe(api.sandbox, receiver)
    api.customer()
    snapshot = api.sandbox.control("snapshot")
    api.sandbox.advance(1)
    api.sandbox.control("snapshot", json.loads(json.dumps(snapshot)))
    api.sandbox.advance(1)
    assert len(receiver.received) == 2
    assert receiver.received[0].body == receiver.received[1].body
