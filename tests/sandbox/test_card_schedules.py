"""Sections 7.11, 11 and 12: schedules that repeat a card."""

from typing import Any

import pytest

from tests.sandbox.caller import SCHEDULE, Caller, faulty, flat

WEEKLY = {"collection_period": "weekly", "collection_day": None}
PLAN = {"type": "DDPaymentPlan", "amount": 100, "installments": 3, "first_collection_amount": None}


def card_schedule(api: Caller, **fields: Any) -> dict[str, Any]:
    wanted = SCHEDULE | {"payment_type": "cardpayment"} | fields
    wanted.setdefault("card_id", api.card()["card_id"])
    return api.make("recurrence_schedule", **wanted)


def repeats(api: Caller) -> list[tuple[str, str, str]]:
    """Date, amount and status of each Repeat, oldest first."""
    listed = api.get("payments", limit=500).json()["payments"]
    return [
        (payment["collection_date"], payment["amount"], payment["status"])
        for payment in listed
        if payment["payment_type"] == "Repeat"
    ]


def test_a_card_schedule_names_its_card_and_no_mandate_sections_7_11_and_5(api: Caller) -> None:
    card_id = api.card()["card_id"]
    made = card_schedule(api, card_id=card_id)
    assert made["id"].startswith("RS02")
    assert (
        made.items()
        >= {
            "payment_type": "cardpayment",
            "type": "DDOngoingPayment",
            "card_id": card_id,
            "auddis": "",
            "mandate": "",
        }.items()
    )


@pytest.mark.parametrize("outcome", [None, "failed"])
def test_the_card_must_be_usable_sections_7_11_and_8(api: Caller, outcome: str | None) -> None:
    """A Repeat needs one successful payment on the card."""
    card_id = flat(api.register())["card_id"]
    if outcome:
        api.complete(card_id, outcome=outcome)
    fields = SCHEDULE | {"payment_type": "cardpayment", "card_id": card_id}
    assert faulty(api.post("recurrence_schedule", fields)) == ["card_id"]


def test_a_card_needs_no_time_at_bacs_sections_7_11_and_10(api: Caller) -> None:
    """Dates move over weekends and holidays, and nothing else: 6 June 2026 is a Saturday."""
    assert card_schedule(api, first_collection_date="2026-06-02")["next_collection_date"] == (
        "2026-06-02"
    )
    assert card_schedule(api, first_collection_date="2026-06-06")["next_collection_date"] == (
        "2026-06-08"
    )


def test_a_repeat_runs_on_the_date_at_0600_section_12(api: Caller) -> None:
    made = card_schedule(
        api, first_collection_date="2026-06-10", custom_reference="CLUB", metadata="m"
    )
    api.sandbox.control("clock", {"set": "2026-06-10T05:59:59"})
    assert repeats(api) == []
    api.sandbox.advance(1)
    assert repeats(api) == [("2026-06-10", "3000", "successful")]
    (repeat,) = api.get("payments", custom_reference="CLUB").json()["payments"]
    assert (
        repeat.items()
        >= {
            "record_type": "card payment",
            "card_id": made["card_id"],
            "recurrence_schedule": made["id"],
            "description": "membership",
            "metadata": "m",
        }.items()
    )
    api.sandbox.control("clock", {"set": "2026-08-04T09:00"})
    assert repeats(api)[1:] == [
        ("2026-07-01", "2500", "successful"),
        ("2026-08-03", "2500", "successful"),
    ]


def test_a_first_date_that_is_today_is_taken_at_once_or_at_0600_section_12(api: Caller) -> None:
    card_id = api.card()["card_id"]
    card_schedule(api, card_id=card_id, first_collection_date="2026-06-01")
    assert repeats(api) == [("2026-06-01", "3000", "successful")]
    api.sandbox.control("clock", {"set": "2026-06-02T05:30"})
    card_schedule(api, card_id=card_id, first_collection_date="2026-06-02")
    assert len(repeats(api)) == 1
    api.sandbox.advance("1h")
    assert repeats(api)[1:] == [("2026-06-02", "3000", "successful")]


@pytest.mark.parametrize("steps", [1, 40])
def test_weeks_pass_in_one_advance_or_in_many_section_12(api: Caller, steps: int) -> None:
    card_schedule(api, **WEEKLY, first_collection_date="2026-06-05", end_date="2026-06-30")
    for _ in range(steps):
        api.sandbox.advance(f"{40 * 24 // steps}h")
    days = ["2026-06-05", "2026-06-12", "2026-06-19", "2026-06-26"]
    assert [day for day, _, _ in repeats(api)] == days


def test_a_plan_ends_with_its_last_repeat_section_11(api: Caller) -> None:
    made = card_schedule(api, **(WEEKLY | PLAN), first_collection_date="2026-06-05")
    api.sandbox.control("clock", {"set": "2026-06-19T05:59"})
    assert api.read("recurrence_schedule", made["id"])["status"] == "active"
    api.sandbox.advance("1m")
    assert api.read("recurrence_schedule", made["id"])["status"] == "inactive"
    assert [amount for _, amount, _ in repeats(api)] == ["34", "33", "33"]
    api.sandbox.advance("60d")
    assert len(repeats(api)) == 3


def test_a_disabled_schedule_repeats_no_more_section_7_11(api: Caller) -> None:
    made = card_schedule(api, first_collection_date="2026-06-10")
    api.send("DELETE", f"recurrenceschedule/{made['id']}")
    api.sandbox.advance("60d")
    assert repeats(api) == []


def test_a_declined_repeat_leaves_the_schedule_active_section_13(api: Caller) -> None:
    made = card_schedule(
        api, **WEEKLY, first_collection_date="2026-06-05", first_collection_amount=4005
    )
    api.sandbox.control("clock", {"set": "2026-06-12T09:00"})
    assert [status for _, _, status in repeats(api)] == ["failed", "successful"]
    assert api.read("recurrence_schedule", made["id"])["status"] == "active"


def test_a_card_that_lost_its_last_success_is_not_charged_section_8(api: Caller) -> None:
    """The Repeat is recorded as `error`, so that nobody has to miss it."""
    made = card_schedule(api, first_collection_date="2026-06-02")
    flat(api.follow_up(made["card_id"], "Void"))
    api.sandbox.advance("1d")
    assert repeats(api) == [("2026-06-02", "3000", "error")]
