"""Section 9, "Order" and "Duplicates"; section 12, "Faults": deliveries that go wrong on order."""

from tests.sandbox.caller import Caller
from tests.sandbox.hooks import FIXTURE, add, deliveries, subscribe
from tests.sandbox.receiver import Receiver, receiving


def customers(api: Caller, count: int) -> list[str]:
    """So many new customers, each with a webhook of its own."""
    made = []
    for _ in range(count):
        made.append(api.customer()["id"])
        api.sandbox.advance(1)
    return made


def wait_for_the_hit(api: Caller) -> None:
    """Wait until the one ordered fault has hit, while the clock runs."""
    for _ in range(5000):
        if api.sandbox.control("faults")["faults"][0]["hit"]:
            return
    raise AssertionError("no delivery came by")


def arrived(receiver: Receiver) -> list[str]:
    return [event["id"] for event in receiver.events]


def test_a_duplicate_has_the_same_body_id_and_key(api: Caller, receiver: Receiver) -> None:
    subscribe(api.sandbox, receiver)
    api.sandbox.faults("webhook-duplicate")
    first, second = customers(api, 2)
    assert arrived(receiver) == [first, first, second]
    assert receiver.received[0].body == receiver.received[1].body
    assert [one["fault"] for one in deliveries(api.sandbox)] == ["webhook-duplicate"] * 2 + [None]


def test_out_of_order_lets_the_next_one_pass(api: Caller, receiver: Receiver) -> None:
    subscribe(api.sandbox, receiver)
    api.sandbox.faults("webhook-out-of-order")
    first, second, third = customers(api, 3)
    assert arrived(receiver) == [second, first, third]


def test_several_out_of_order_follow_the_first_that_is_not(api: Caller, receiver: Receiver) -> None:
    subscribe(api.sandbox, receiver)
    api.sandbox.faults("webhook-out-of-order", times=2)
    first, second, third = customers(api, 3)
    assert arrived(receiver) == [third, first, second]


def test_out_of_order_with_nothing_to_follow_goes_alone_in_the_end(
    api: Caller, receiver: Receiver
) -> None:
    subscribe(api.sandbox, receiver)
    api.sandbox.faults("webhook-out-of-order")
    only = customers(api, 1)
    assert arrived(receiver) == []
    api.sandbox.advance("1h")
    assert arrived(receiver) == only


def test_a_message_held_back_under_a_running_clock_stays_back(
    api: Caller, receiver: Receiver
) -> None:
    subscribe(api.sandbox, receiver)
    api.sandbox.faults("webhook-out-of-order")
    only = api.customer()["id"]
    api.sandbox.control("clock", {"mode": "scaled", "scale": 60})
    wait_for_the_hit(api)
    api.sandbox.control("clock", {"mode": "frozen"})
    api.sandbox.advance("20m")
    assert arrived(receiver) == []
    api.sandbox.advance("1h")
    assert arrived(receiver) == [only]


def test_a_message_of_another_subscription_is_none_to_let_pass(
    api: Caller, receiver: Receiver
) -> None:
    with receiving() as other:
        subscribe(api.sandbox, receiver)
        add(api.sandbox, other, key="k")
        api.sandbox.faults("webhook-out-of-order", path=FIXTURE)
        made = customers(api, 1)
        assert arrived(other) == made
        assert arrived(receiver) == []


def test_a_lost_answer_makes_the_sandbox_send_again(api: Caller, receiver: Receiver) -> None:
    subscribe(api.sandbox, receiver)
    api.sandbox.faults("webhook-lost-answer")
    only = customers(api, 1)
    attempt = deliveries(api.sandbox)[0]
    assert (attempt["status_code"], attempt["error"]) == (None, "AnswerLost")
    assert attempt["next_attempt"] == "2026-06-01T08:01:01Z"
    api.sandbox.advance("1m")
    assert arrived(receiver) == only * 2
    assert receiver.received[0].body == receiver.received[1].body
    assert deliveries(api.sandbox)[1]["status_code"] == 200


def test_a_delay_is_simulated_time(api: Caller, receiver: Receiver) -> None:
    subscribe(api.sandbox, receiver)
    api.sandbox.faults("webhook-delay", seconds=600)
    first, second = customers(api, 2)
    assert arrived(receiver) == [second]
    api.sandbox.advance(598)
    assert arrived(receiver) == [second]
    api.sandbox.advance(1)
    assert arrived(receiver) == [second, first]


def test_faults_hit_the_next_n_deliveries_after_those_skipped(
    api: Caller, receiver: Receiver
) -> None:
    subscribe(api.sandbox, receiver)
    api.sandbox.faults("webhook-duplicate", skip=1, times=2)
    first, second, third, fourth = customers(api, 4)
    assert arrived(receiver) == [first, second, second, third, third, fourth]


def test_a_webhook_fault_spares_calls_and_a_fault_of_calls_spares_webhooks(
    api: Caller, receiver: Receiver
) -> None:
    subscribe(api.sandbox, receiver)
    api.sandbox.faults("webhook-lost-answer", times=5)
    api.sandbox.faults("503", times=1, path="/mandate")
    customers(api, 1)
    seen = {one["kind"]: one["hit"] for one in api.sandbox.control("faults")["faults"]}
    assert seen == {"webhook-lost-answer": 1, "503": 0}
