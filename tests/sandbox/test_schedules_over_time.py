"""Sections 7.11, 11 and 12: the payments that schedules create day by day, and how they end."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.caller import SCHEDULE, Caller, faulty
from tests.sandbox.days import codes, put, status, until
from tests.sandbox.hooks import subscribe
from tests.sandbox.receiver import Receiver
from tests.sandbox_process import SandboxProcess

PLAN = {
    "type": "DDPaymentPlan",
    "amount": 10000,
    "installments": 3,
    "first_collection_amount": None,
}


def created(api: Caller, schedule: dict[str, Any] | None = None) -> list[tuple[str, str]]:
    """Date and pence of every payment of schedules, in order of creation."""
    listed = api.get("payments", limit=500).json()["payments"]
    wanted = [
        one for one in listed if schedule is None or one["recurrence_schedule"] == schedule["id"]
    ]
    return [(one["collection_date"], one["amount"]) for one in wanted]


@pytest.mark.parametrize(
    ("first", "created_at"),
    [
        ("2026-06-15", "2026-06-08T06:00"),
        ("2026-06-09", "2026-06-02T06:00"),
        ("2026-09-01", "2026-08-24T06:00"),
        ("2026-12-29", "2026-12-18T06:00"),
    ],
)
def test_a_payment_is_created_five_banking_days_before_its_date_section_12(
    api: Caller, first: str, created_at: str
) -> None:
    """At 06:00; the bank holiday of 31 Aug 2026 and Christmas do not count."""
    made = api.schedule(first_collection_date=first)
    day, _ = created_at.split("T")
    until(api, f"{day}T05:59:59")
    assert created(api) == []
    until(api, created_at)
    assert created(api, made) == [(first, "3000")]


@pytest.mark.parametrize(
    ("first", "stored"), [("2026-06-01", "2026-06-03"), ("2026-06-08", "2026-06-08")]
)
def test_a_payment_that_is_later_than_that_is_created_at_once_section_12(
    api: Caller, first: str, stored: str
) -> None:
    made = api.schedule(first_collection_date=first)
    assert created(api, made) == [(stored, "3000")]
    until(api, "2026-06-23")
    assert created(api, made) == [(stored, "3000")]


def test_a_payment_carries_its_schedules_references_section_12(api: Caller) -> None:
    mandate = api.mandate()
    made = api.schedule(
        auddis=mandate["auddis"], custom_reference="INV-1", first_collection_date="2026-06-03"
    )
    (payment,) = api.get("payments", custom_reference="INV-1").json()["payments"]
    assert payment | {"id": "", "users_reference": ""} == {
        "id": "",
        "created_at": "2026-06-01T08:00:00Z",
        "status": "pending_submission",
        "amount": "3000",
        "currency_code": "GBP",
        "collection_date": "2026-06-03",
        "payment_type": "first_collection",
        "record_type": "direct debit",
        "description": "membership",
        "custom_reference": "INV-1",
        "metadata": "",
        "auddis": mandate["auddis"],
        "mandate": mandate["id"],
        "users_reference": "",
        "related_payment": "",
        "customer_account": "",
        "recurrence_schedule": made["id"],
        "bacs_code": "",
        "bacs_description": "",
    }


def test_a_payment_has_a_create_event_from_smp_service_sections_9_and_12(
    api: Caller, receiver: Receiver
) -> None:
    api.schedule()
    subscribe(api.sandbox, receiver)
    until(api, "2026-06-08T07:00")
    told = [(one["event_type"], one["event_source"]) for one in receiver.events]
    assert ("payment.create", "SMP Service") in told
    assert len([kind for kind, _ in told if kind.startswith("payment.")]) == 1


def test_collections_follow_month_by_month_section_7_11(api: Caller) -> None:
    made = api.schedule()
    until(api, "2026-12-01")
    assert created(api, made) == [
        ("2026-06-15", "3000"),
        ("2026-07-01", "2500"),
        ("2026-08-03", "2500"),
        ("2026-09-01", "2500"),
        ("2026-10-01", "2500"),
        ("2026-11-02", "2500"),
        ("2026-12-01", "2500"),
    ]
    listed = api.get("payments").json()["payments"]
    assert [one["status"] for one in listed] == ["successful"] * 6 + ["submitted"]
    assert codes(api) == ["0N", "01"] + ["17"] * 6


def test_the_same_whether_time_goes_in_one_step_or_in_many_section_12(api: Caller) -> None:
    def life(instants: list[str]) -> list[dict[str, Any]]:
        api.sandbox.reset(seed=3)
        api.schedule(collection_period="weekly", first_collection_date="2026-06-01")
        api.schedule(**PLAN)
        for instant in instants:
            until(api, instant)
        listed: list[dict[str, Any]] = api.get("payments", limit=500).json()["payments"]
        return listed

    days = [f"2026-06-{day:02}T{hour}" for day in range(2, 31) for hour in ("03:00", "12:00")]
    in_steps = life([*days, "2026-07-31"])
    assert life(["2026-07-31"]) == in_steps
    assert len(in_steps) == 13


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ["3334", "3333", "3333"]),
        ({"first_collection_amount": 5001}, ["5001", "2500", "2499"]),
        ({"amount": 3, "installments": 3}, ["1", "1", "1"]),
    ],
)
def test_a_plan_collects_its_total_and_ends_section_7_11(
    api: Caller, fields: dict[str, Any], expected: list[str]
) -> None:
    """With the last instalment created it is `inactive`; its payments are collected."""
    made = api.schedule(**PLAN | fields)
    until(api, "2026-07-27T05:59")
    assert status(api, made, "recurrence_schedule") == "active"
    until(api, "2026-07-27T06:00")
    assert [amount for _, amount in created(api, made)] == expected
    ended = api.read("recurrence_schedule", made["id"])
    assert (ended["status"], ended["upcoming_payments"], ended["next_collection_date"]) == (
        "inactive",
        [],
        "",
    )
    until(api, "2026-08-10")
    listed = api.get("payments").json()["payments"]
    assert {one["status"] for one in listed} == {"successful"}


def test_a_plan_due_at_once_ends_at_once_section_11(api: Caller) -> None:
    made = api.schedule(**PLAN | {"installments": 1, "first_collection_date": "2026-06-01"})
    assert made["status"] == "inactive"
    assert created(api, made) == [("2026-06-03", "10000")]


def test_an_end_date_ends_it_the_day_after_section_11(api: Caller) -> None:
    """What falls on the end date itself is still collected."""
    made = api.schedule(end_date="2026-07-01")
    until(api, "2026-07-02T05:59")
    assert status(api, made, "recurrence_schedule") == "active"
    until(api, "2026-07-02T06:00")
    assert status(api, made, "recurrence_schedule") == "inactive"
    until(api, "2026-07-10")
    assert created(api, made) == [("2026-06-15", "3000"), ("2026-07-01", "2500")]
    assert {one["status"] for one in api.get("payments").json()["payments"]} == {"successful"}


def test_delete_cancels_what_is_pending_section_7_11(api: Caller) -> None:
    made = api.schedule()
    until(api, "2026-06-25")
    api.send("DELETE", f"recurrenceschedule/{made['id']}")
    listed = api.get("payments").json()["payments"]
    assert [one["status"] for one in listed] == ["successful", "cancelled"]
    until(api, "2026-08-25")
    assert len(created(api, made)) == 2


def test_a_cancelled_mandate_ends_schedule_and_payments_section_7_11(api: Caller) -> None:
    made = api.schedule()
    until(api, "2026-06-08T09:00")
    put(api, "Mandate", made["mandate"], dd_status="cancelled")
    until(api, "2026-08-25")
    assert [one["status"] for one in api.get("payments").json()["payments"]] == ["cancelled"]
    assert status(api, made, "recurrence_schedule") == "inactive"


def test_a_mandate_on_hold_takes_no_payment_until_released_section_12(api: Caller) -> None:
    """Each collection is created once for all that, with the next possible date."""
    made = api.schedule()
    put(api, "Mandate", made["mandate"], dd_status="on hold")
    until(api, "2026-06-22T12:00")
    assert created(api) == []
    put(api, "Mandate", made["mandate"], dd_status="new instruction")
    until(api, "2026-06-23T06:00")
    assert created(api, made) == [("2026-06-25", "3000")]
    until(api, "2026-06-24T06:00")
    assert created(api, made) == [("2026-06-25", "3000"), ("2026-07-01", "2500")]


def test_a_payment_break_collects_nothing_once_section_7_7(api: Caller) -> None:
    made = api.schedule()
    until(api, "2026-06-25")
    broken = api.get("payments").json()["payments"][-1]
    put(api, "payment", broken["id"], amount=0)
    shown = api.read("recurrence_schedule", made["id"])["upcoming_payments"]
    assert shown[:2] == [
        {"collection_date": "2026-07-01", "amount": 0},
        {"collection_date": "2026-08-03", "amount": 2500},
    ]
    until(api, "2026-08-10")
    listed = api.get("payments").json()["payments"]
    assert [one["status"] for one in listed] == ["successful", "cancelled", "successful"]
    assert codes(api) == ["0N", "01", "17"]


def test_upcoming_holds_what_is_created_and_what_is_planned_section_7_11(api: Caller) -> None:
    made = api.schedule()
    until(api, "2026-06-08T09:00")
    payment = api.get("payments").json()["payments"][0]
    assert api.read("recurrence_schedule", made["id"]) == made
    put(api, "payment", payment["id"], collection_date="2026-06-17", amount=1)
    moved = api.read("recurrence_schedule", made["id"])
    assert moved["next_collection_date"] == "2026-06-17"
    assert moved["upcoming_payments"][:2] == [
        {"collection_date": "2026-06-17", "amount": 1},
        {"collection_date": "2026-07-01", "amount": 2500},
    ]
    put(api, "payment", payment["id"], status="cancelled")
    left = api.read("recurrence_schedule", made["id"])
    assert left["next_collection_date"] == "2026-07-01"
    assert len(left["upcoming_payments"]) == 12


def test_a_moved_payment_is_not_created_again_section_7_11(api: Caller) -> None:
    made = api.schedule()
    until(api, "2026-06-08T09:00")
    payment = api.get("payments").json()["payments"][0]
    put(api, "payment", payment["id"], collection_date="2026-08-20")
    until(api, "2026-08-01")
    assert [day for day, _ in created(api, made)] == ["2026-08-20", "2026-07-01", "2026-08-03"]


def test_a_put_changes_what_is_yet_to_be_created_only_section_7_11(api: Caller) -> None:
    made = api.schedule(custom_reference="OLD")
    until(api, "2026-06-08T09:00")
    put(api, "recurrence_schedule", made["id"], custom_reference="NEW", description="new")
    until(api, "2026-06-25")
    listed = api.get("payments").json()["payments"]
    assert [(one["custom_reference"], one["description"]) for one in listed] == [
        ("OLD", "membership"),
        ("NEW", "new"),
    ]


def test_two_collections_in_one_month_asked_for_late_section_7_11(api: Caller) -> None:
    """Asked for when the second one's time has begun already: it is created at once."""
    made = api.schedule(collection_day="20")
    until(api, "2026-06-16T09:00")
    changed = put(
        api, "recurrence_schedule", made["id"], firstCollectionInSameMonthAsNextCollection=True
    )
    assert created(api, made) == [("2026-06-15", "3000"), ("2026-06-22", "2500")]
    assert changed["next_collection_date"] == "2026-06-22"
    put(api, "recurrence_schedule", made["id"], firstCollectionInSameMonthAsNextCollection=False)
    until(api, "2026-07-20")
    assert [day for day, _ in created(api, made)] == ["2026-06-15", "2026-06-22", "2026-07-20"]


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (5, ["3334", "1668", "1666", "1666", "1666"]),
        (2, ["3334", "6666"]),
    ],
)
def test_a_plan_changed_on_its_way_still_collects_its_total_section_7_11(
    api: Caller, count: int, expected: list[str]
) -> None:
    made = api.schedule(**PLAN)
    until(api, "2026-06-10")
    changed = put(api, "recurrence_schedule", made["id"], installments=count)
    assert [str(one["amount"]) for one in changed["upcoming_payments"]] == expected
    until(api, "2026-12-31")
    assert [amount for _, amount in created(api, made)] == expected
    assert status(api, made, "recurrence_schedule") == "inactive"


@pytest.mark.parametrize("count", [1, 2])
def test_a_plan_cannot_be_cut_below_what_is_created_section_7_11(api: Caller, count: int) -> None:
    made = api.schedule(**PLAN)
    until(api, "2026-06-25")
    assert len(created(api, made)) == 2
    answer = api.put("recurrence_schedule", made["id"], {"installments": count})
    assert faulty(answer) == ["installments"]
    assert api.read("recurrence_schedule", made["id"])["installments"] == 3


def test_a_later_end_date_takes_up_again_an_earlier_one_stops_section_7_11(api: Caller) -> None:
    made = api.schedule(end_date="2026-06-20")
    until(api, "2026-06-19")
    put(api, "recurrence_schedule", made["id"], end_date="2026-08-31")
    until(api, "2026-07-01T12:00")
    put(api, "recurrence_schedule", made["id"], end_date="2026-07-31")
    until(api, "2026-09-01")
    assert [day for day, _ in created(api, made)] == ["2026-06-15", "2026-07-01"]
    assert status(api, made, "recurrence_schedule") == "inactive"


def test_the_schedules_work_by_control_call_section_12(api: Caller) -> None:
    """What is due is created; a second call, and the morning's own work, find nothing left."""
    mandate = api.mandate()
    made = api.schedule(auddis=mandate["auddis"], first_collection_date="2026-06-09")
    assert api.sandbox.control("schedules/run", {}) == {"payments": []}
    put(api, "Mandate", mandate["id"], dd_status="on hold")
    until(api, "2026-06-02T12:00")
    put(api, "Mandate", mandate["id"], dd_status="new instruction")
    told = api.sandbox.control("schedules/run", {})["payments"]
    assert [one["recurrence_schedule"] for one in told] == [made["id"]]
    assert api.sandbox.control("schedules/run", {}) == {"payments": []}
    until(api, "2026-06-20")
    assert created(api, made) == [("2026-06-09", "3000")]


def test_nothing_is_created_twice_across_a_restart_section_12(tmp_path: Path) -> None:
    with SandboxProcess(state=tmp_path / "state.db") as sandbox:
        api = Caller(sandbox)
        made = api.schedule()
        until(api, "2026-06-08T09:00")
        sandbox.kill()
        sandbox.start()
        until(api, "2026-06-25")
        assert created(api, made) == [("2026-06-15", "3000"), ("2026-07-01", "2500")]
        api.close()


CHANGES = st.one_of(
    st.builds(lambda flag: {"firstCollectionInSameMonthAsNextCollection": flag}, st.booleans()),
    st.builds(lambda count: {"installments": count}, st.integers(1, 8)),
    st.builds(lambda day: {"end_date": day}, st.sampled_from(["2026-08-15", None])),
    st.just({}),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    fields=st.fixed_dictionaries(
        {
            "first_collection_date": st.dates(date(2026, 6, 1), date(2026, 8, 31)).map(str),
            "collection_period": st.sampled_from(["weekly", "monthly"]),
            "collection_day": st.sampled_from(["1", "20", "last day"]),
            "installments": st.integers(1, 6),
        }
    ),
    changes=st.lists(CHANGES, max_size=6),
)
def test_whatever_is_changed_no_collection_is_made_twice_section_7_11(
    sandbox_program: SandboxProcess, fields: dict[str, Any], changes: list[dict[str, Any]]
) -> None:
    """Dates only rise, and a plan never collects more than its total."""
    sandbox_program.reset()
    api = Caller(sandbox_program)
    request = SCHEDULE | PLAN | fields | {"auddis": api.mandate()["auddis"]}
    answer = api.post("recurrence_schedule", request)
    if answer.status_code == 200:
        made = answer.json()["recurrence_schedule"]
        for change in changes:
            api.put("recurrence_schedule", made["id"], change)
            sandbox_program.advance("17d")
        sandbox_program.advance("100d")
        found = created(api, made)
        days = [day for day, _ in found]
        assert days == sorted(set(days))
        total = sum(int(amount) for _, amount in found)
        after = api.read("recurrence_schedule", made["id"])
        assert total <= 10000
        if after["status"] == "inactive" and not after["end_date"]:
            assert (total, len(found)) == (10000, after["installments"])
    api.close()
