"""Sections 7.5 and 11: every way a mandate ends takes its payments, credits and schedules along."""

from typing import Any

import pytest

from tests.sandbox.caller import Caller
from tests.sandbox.days import put, report, status, until
from tests.sandbox.hooks import subscribe
from tests.sandbox.receiver import Receiver


def burdened(api: Caller) -> dict[str, Any]:
    """A mandate with a pending payment, a pending credit and a schedule, all a year ahead."""
    mandate = api.mandate()
    auddis = mandate["auddis"]
    return {
        "mandate": mandate["id"],
        "payment": api.payment(auddis=auddis, collection_date="2027-08-02")["id"],
        "credit": api.credit(auddis=auddis, credit_date="2027-08-02")["ID"],
        "schedule": api.schedule(auddis=auddis, first_collection_date="2027-08-02")["id"],
    }


def end(api: Caller, made: dict[str, Any], how: str) -> None:
    """Bring the mandate to an end."""
    if how == "expired":
        until(api, "2027-07-01T05:00")
    elif how == "cancelled":
        put(api, "Mandate", made["mandate"], dd_status="cancelled")
    elif how == "cancelled by originator":
        api.sandbox.control(f"mandates/{made['mandate']}/cancel-by-originator", {})
    else:
        report(api, "ADDACS1", made["mandate"])


ENDINGS = ["cancelled", "cancelled by payer", "cancelled by originator", "expired"]


@pytest.mark.parametrize("how", ENDINGS)
@pytest.mark.parametrize("zeroes", [False, True])
def test_an_ending_takes_everything_along_sections_7_5_and_11(
    api: Caller, how: str, zeroes: bool
) -> None:
    """A cancelled payment or credit keeps its amount unless the setting says otherwise."""
    api.sandbox.settings(cancel_zeroes_amount=zeroes)
    made = burdened(api)
    end(api, made, how)
    assert api.read("Mandate", made["mandate"])["dd_status"] == how
    payment = api.read("payment", made["payment"])
    credit = api.read("credit", made["credit"])
    amount = "0" if zeroes else "2500"
    assert (payment["status"], payment["amount"]) == ("cancelled", amount)
    assert (credit["status"], credit["amount"]) == ("cancelled", amount)
    assert status(api, {"id": made["schedule"]}, "recurrence_schedule") == "inactive"


@pytest.mark.parametrize(
    ("how", "source"),
    [
        ("cancelled", "API"),
        ("cancelled by payer", "DDMS service"),
        ("cancelled by originator", "Portal"),
    ],
)
def test_an_ending_is_one_webhook_for_each_record_section_7_5(
    api: Caller, receiver: Receiver, how: str, source: str
) -> None:
    made = burdened(api)
    subscribe(api.sandbox, receiver)
    end(api, made, how)
    api.sandbox.advance(2)
    assert [(event["id"], event["event_source"]) for event in receiver.events] == [
        (made["mandate"], source),
        (made["payment"], source),
        (made["credit"], source),
        (made["schedule"], source),
    ]


def test_an_expiry_comes_from_smp_service_section_9(api: Caller, receiver: Receiver) -> None:
    made = burdened(api)
    until(api, "2027-07-01T04:59")
    subscribe(api.sandbox, receiver)
    until(api, "2027-07-01T05:01")
    assert [(event["id"], event["event_source"]) for event in receiver.events] == [
        (made[name], "SMP Service") for name in ("mandate", "payment", "credit", "schedule")
    ]
