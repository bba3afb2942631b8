"""Sections 7.7 to 7.10 and 9: each change of a payment or credit is one event, from `API`."""

from typing import Any

import pytest

from tests.sandbox.caller import CREDIT, PAYMENT, Caller
from tests.sandbox.hooks import event_of, subscribe
from tests.sandbox.receiver import Receiver

Told = list[tuple[str, str, str]]


@pytest.fixture
def told(api: Caller, receiver: Receiver) -> Any:
    """What the work given to it has a subscriber told: kind, source and record of each event.

    Sorted, because no order is guaranteed.
    """

    def after(work: Any) -> Told:
        subscribe(api.sandbox, receiver)
        work()
        api.sandbox.advance(5)
        events = receiver.events
        return sorted((one["event_type"], one["event_source"], one["id"]) for one in events)

    return after


def test_a_create_is_one_event_sections_7_7_and_7_10(api: Caller, told: Any) -> None:
    auddis = api.mandate()["auddis"]
    made: dict[str, str] = {}

    def work() -> None:
        made["payment"] = api.payment(auddis=auddis)["id"]
        made["credit"] = api.credit(auddis=auddis)["ID"]

    assert told(work) == [
        ("credit.create", "API", made["credit"]),
        ("payment.create", "API", made["payment"]),
    ]


def test_a_credit_tells_whose_account_it_pays_section_9(
    api: Caller, told: Any, receiver: Receiver
) -> None:
    """The answer of section 7.10 has no `customer_account`; the event has."""
    customer = api.customer()["id"]
    account = api.account(customer_account=customer)["id"]
    told(lambda: api.credit(bank_account=account))
    assert event_of(receiver, "credit.create")["customer_account"]["id"] == customer


@pytest.mark.parametrize(
    ("change", "events"),
    [({"metadata": "x", "amount": 5}, 1), ({"status": "cancelled", "metadata": "x"}, 1), ({}, 0)],
)
def test_a_put_is_one_event_or_none_section_7_7(
    api: Caller, told: Any, change: dict[str, Any], events: int
) -> None:
    made = api.payment()
    expected = [("payment.update", "API", made["id"])] * events
    assert told(lambda: api.put("payment", made["id"], change)) == expected


def test_a_refused_call_is_no_event_section_7_7(api: Caller, told: Any) -> None:
    made = api.payment()
    assert told(lambda: api.put("payment", made["id"], {"amount": 0})) == []


def test_a_cancelled_mandate_is_one_event_for_each_record_section_7_5(
    api: Caller, told: Any
) -> None:
    mandate = api.mandate()
    payments = [api.payment(auddis=mandate["auddis"])["id"] for _ in range(2)]
    credit = api.credit(auddis=mandate["auddis"])["ID"]
    schedule = api.schedule(auddis=mandate["auddis"], first_collection_date="2026-09-15")
    cancel = {"dd_status": "cancelled"}
    assert told(lambda: api.put("Mandate", mandate["id"], cancel)) == [
        ("credit.update", "API", credit),
        ("mandate.update", "API", mandate["id"]),
        *sorted(("payment.update", "API", payment) for payment in payments),
        ("recurrence_schedule.update", "API", schedule["id"]),
    ]


def test_a_represent_tells_of_both_payments_section_7_8(
    api: Caller, told: Any, receiver: Receiver
) -> None:
    """The original gets `represented_collection_date` in webhooks."""
    original = api.failed_payment()
    wanted = PAYMENT | {"auddis": original["auddis"], "collection_date": "2026-06-06"}
    path = f"payment/{original['id']}/represent"
    told(lambda: api.send("POST", path, {"payment": wanted}))
    created, changed = (event_of(receiver, f"payment.{verb}") for verb in ("create", "update"))
    assert (created["payment_type"], created["related_payment"]["id"]) == (
        "represent",
        original["id"],
    )
    assert (changed["id"], changed["status"]) == (original["id"], "failed")
    assert changed["represented_collection_date"] == "2026-06-08"


def test_rows_of_a_bulk_call_are_created_by_the_api_section_7_9(api: Caller, told: Any) -> None:
    """No event tells of the API request itself (section 9 has none)."""
    row = PAYMENT | {"auddis": api.mandate()["auddis"]}
    events = told(lambda: api.bulk("payments", [row, row]))
    created = api.get("payments").json()["payments"]
    assert events == sorted(("payment.create", "API", payment["id"]) for payment in created)
    assert len(events) == 2


def test_a_failed_row_has_an_event_of_its_own_section_7_9(
    api: Caller, told: Any, receiver: Receiver
) -> None:
    """With the reason, and the API request as `request_record`."""
    request: dict[str, str] = {}

    def work() -> None:
        rows = [CREDIT, "no row", CREDIT | {"reference": "BULKFAIL-1"}]
        request.update(api.bulk("credits", rows).json()["api_request"])

    assert told(work) == [("credit_request.failed", "API", request["id"])] * 3
    messages = [result["message"] for result in api.read("api_request", request["id"])["records"]]
    assert sorted(event["message"] for event in receiver.events) == sorted(messages)
    assert {event["request_record"]["id"] for event in receiver.events} == {request["id"]}


def test_a_failed_payment_row_says_which_row_section_7_9(
    api: Caller, told: Any, receiver: Receiver
) -> None:
    row = PAYMENT | {"auddis": "UNKNOWN", "custom_reference": "INV-7"}
    told(lambda: api.bulk("payments", [row]))
    event = event_of(receiver, "payment_request.failed")
    assert event["message"] == "auddis no mandate has this reference"
    assert (event["custom_reference"], event["amount"]) == ("INV-7", 2500)
