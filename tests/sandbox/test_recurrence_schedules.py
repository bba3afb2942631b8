"""Section 7.11: recurrence schedules and their dates."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smarterpay.bacs import BankingCalendar
from smarterpay.sandbox.bacs_work.collection_plan import ONGOING, PLAN, collections, upcoming
from smarterpay.sandbox.records.accounts import RecurrenceSchedule
from tests.sandbox.caller import SCHEDULE, Caller, faulty, only

PLAN_FIELDS = {"type": "DDPaymentPlan", "installments": 3}


def dates(schedule: dict[str, Any], count: int) -> list[str]:
    return [item["collection_date"] for item in schedule["upcoming_payments"]][:count]


def amounts(schedule: dict[str, Any]) -> list[int]:
    return [item["amount"] for item in schedule["upcoming_payments"]]


def test_the_answer_section_7_11(api: Caller) -> None:
    mandate = api.mandate()
    made = api.schedule(auddis=mandate["auddis"], custom_reference="XYZ", metadata="free")
    expected = {
        "id": made["id"],
        "created_at": "2026-06-01T08:00:00Z",
        "status": "active",
        "type": "DDOngoingPayment",
        "payment_type": "directdebit",
        "amount": "2500",
        "first_collection_amount": "3000",
        "auddis": mandate["auddis"],
        "mandate": mandate["id"],
        "card_id": "",
        "collection_period": "monthly",
        "collection_stretch": "1",
        "collection_day": "1",
        "description": "membership",
        "custom_reference": "XYZ",
        "first_collection_date": "2026-06-15",
        "start_date": "2026-06-15",
        "end_date": "",
        "next_collection_date": "2026-06-15",
        "firstCollectionInSameMonthAsNextCollection": False,
        "metadata": "free",
        "upcoming_payments": made["upcoming_payments"],
    }
    assert made == expected
    assert api.read("recurrence_schedule", made["id"]) == expected


def test_upcoming_payments_section_7_11(api: Caller) -> None:
    """At most 12, amounts as numbers, each date moved forward over weekends and holidays."""
    made = api.schedule()
    assert made["upcoming_payments"][:3] == [
        {"collection_date": "2026-06-15", "amount": 3000},
        {"collection_date": "2026-07-01", "amount": 2500},
        {"collection_date": "2026-08-03", "amount": 2500},
    ]
    assert len(made["upcoming_payments"]) == 12


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param(
            {"first_collection_date": "2026-06-01"},
            ["2026-06-03", "2026-07-01"],
            id="too early is moved to the earliest date, section 10",
        ),
        pytest.param(
            {"first_collection_date": "2026-10-25", "collection_day": "25"},
            ["2026-10-26", "2026-11-25", "2026-12-29", "2027-01-25"],
            id="Sunday and Christmas",
        ),
        pytest.param(
            {"first_collection_date": "2026-06-30", "collection_day": "last day"},
            ["2026-06-30", "2026-07-31", "2026-09-01", "2026-09-30", "2026-11-02", "2026-11-30"],
            id="last day, over the August bank holiday",
        ),
        pytest.param(
            {"first_collection_date": "2026-10-31", "collection_day": "last day"},
            ["2026-11-02", "2026-11-30", "2026-12-31"],
            id="a first date moved into the next month loses no month",
        ),
        pytest.param(
            {"first_collection_date": "2027-01-28", "collection_day": "28"},
            ["2027-01-28", "2027-03-01", "2027-03-30"],
            id="a Sunday in February, Easter Monday in March is the 29th",
        ),
        pytest.param(
            {"first_collection_date": "2026-06-15", "collection_stretch": "3"},
            ["2026-06-15", "2026-09-01", "2026-12-01", "2027-03-01"],
            id="every third month",
        ),
        pytest.param(
            {"first_collection_date": "2026-06-10", "collection_day": "20"},
            ["2026-06-10", "2026-07-20"],
            id="not twice in one month by default",
        ),
        pytest.param(
            {
                "first_collection_date": "2026-06-10",
                "collection_day": "20",
                "firstCollectionInSameMonthAsNextCollection": True,
            },
            ["2026-06-10", "2026-06-22", "2026-07-20"],
            id="twice in one month where asked for",
        ),
        pytest.param(
            {
                "first_collection_date": "2026-06-10",
                "collection_day": "5",
                "firstCollectionInSameMonthAsNextCollection": "true",
            },
            ["2026-06-10", "2026-07-06"],
            id="a day already past is not collected late",
        ),
        pytest.param(
            {"first_collection_date": "2026-06-10", "start_date": "2026-09-01"},
            ["2026-06-10", "2026-09-01", "2026-10-01"],
            id="regular collections from the start date on",
        ),
        pytest.param(
            {"first_collection_date": "2026-06-08", "collection_period": "weekly"},
            ["2026-06-08", "2026-06-15", "2026-06-22"],
            id="weekly",
        ),
        pytest.param(
            {"first_collection_date": "2026-08-24", "collection_period": "weekly"},
            ["2026-08-24", "2026-09-01", "2026-09-07"],
            id="a moved week does not move the next",
        ),
        pytest.param(
            {
                "first_collection_date": "2026-06-08",
                "collection_period": "weekly",
                "collection_stretch": 2,
            },
            ["2026-06-08", "2026-06-22", "2026-07-06"],
            id="fortnightly",
        ),
        pytest.param(
            {"first_collection_date": "2026-06-01", "collection_period": "weekly"},
            ["2026-06-03", "2026-06-10", "2026-06-17"],
            id="weeks count from the stored first date",
        ),
        pytest.param(
            {"first_collection_date": "2026-06-15", "end_date": "2026-08-31"},
            ["2026-06-15", "2026-07-01", "2026-08-03"],
            id="end date",
        ),
    ],
)
def test_collection_dates_section_7_11(
    api: Caller, fields: dict[str, Any], expected: list[str]
) -> None:
    made = api.schedule(**fields)
    assert dates(made, len(expected)) == expected
    assert made["next_collection_date"] == expected[0]
    assert made["firstCollectionInSameMonthAsNextCollection"] is False


def test_the_printed_example_23_november_2024_section_7_11() -> None:
    schedule = ongoing(first=date(2024, 10, 23), day="23")
    ahead = upcoming(schedule, BankingCalendar(), date(2024, 11, 1), 1)
    assert ahead[0].day == date(2024, 11, 25)


def test_an_end_date_ends_the_list_section_7_11(api: Caller) -> None:
    made = api.schedule(end_date="2026-08-31")
    assert len(made["upcoming_payments"]) == 3
    assert api.schedule(end_date="")["end_date"] == api.schedule(end_date=None)["end_date"] == ""


def test_upcoming_moves_on_with_the_clock_section_7_11(api: Caller) -> None:
    made = api.schedule()
    api.sandbox.control("clock", {"set": "2026-07-02T09:00"})
    later = api.read("recurrence_schedule", made["id"])
    assert later["next_collection_date"] == "2026-08-03"
    assert later["first_collection_date"] == "2026-06-15"
    assert len(later["upcoming_payments"]) == 12


def test_the_count_of_processing_days_is_the_clients_section_10(api: Caller) -> None:
    api.sandbox.settings(processing_days=5)
    assert api.schedule(first_collection_date="2026-06-01")["next_collection_date"] == "2026-06-05"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"amount": 10000}, [3334, 3333, 3333]),
        ({"amount": 9000}, [3000, 3000, 3000]),
        ({"amount": 10000, "first_collection_amount": 5001}, [5001, 2500, 2499]),
        ({"amount": 10000, "installments": 1}, [10000]),
        ({"amount": "1200", "installments": "12"}, [100] * 12),
    ],
)
def test_a_plan_splits_its_total_remainder_first_section_7_11(
    api: Caller, fields: dict[str, Any], expected: list[int]
) -> None:
    plan = {"first_collection_amount": None} | PLAN_FIELDS | fields
    made = api.schedule(**plan)
    assert amounts(made) == expected
    assert made["installments"] == len(expected)
    assert made["amount"] == str(fields["amount"])


def test_installments_are_shown_for_plans_only_section_7_11(api: Caller) -> None:
    assert "installments" not in api.schedule()
    plan = api.schedule(**PLAN_FIELDS, first_collection_amount=None)
    assert plan["installments"] == 3


def test_a_plan_may_leave_the_first_amount_out_section_7_11(api: Caller) -> None:
    fields = {name: value for name, value in SCHEDULE.items() if name != "first_collection_amount"}
    fields |= PLAN_FIELDS | {"auddis": api.mandate()["auddis"]}
    made = only(api.post("recurrence_schedule", fields), "recurrence_schedule")
    assert made["first_collection_amount"] == ""


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"amount": None}, "amount"),
        ({"amount": 0}, "amount"),
        ({"amount": 25.0}, "amount"),
        ({"amount": "25.00"}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": "\u0662\u0665"}, "amount"),
        ({"amount": 2_000_000_001}, "amount"),
        ({"first_collection_amount": None}, "first_collection_amount"),
        ({"auddis": ""}, "auddis"),
        ({"auddis": "NOBODY"}, "auddis"),
        ({"collection_period": "yearly"}, "collection_period"),
        ({"collection_period": None}, "collection_period"),
        ({"collection_stretch": None}, "collection_stretch"),
        ({"collection_stretch": "0"}, "collection_stretch"),
        ({"collection_stretch": "two"}, "collection_stretch"),
        ({"collection_day": None}, "collection_day"),
        ({"collection_day": "29"}, "collection_day"),
        ({"collection_day": "0"}, "collection_day"),
        ({"collection_day": 1}, "collection_day"),
        ({"description": None}, "description"),
        ({"description": "x" * 45}, "description"),
        ({"custom_reference": "x" * 51}, "custom_reference"),
        ({"metadata": "x" * 1001}, "metadata"),
        ({"first_collection_date": None}, "first_collection_date"),
        ({"first_collection_date": "15/06/2026"}, "first_collection_date"),
        ({"first_collection_date": "2026-02-30"}, "first_collection_date"),
        ({"first_collection_date": "2026-05-31"}, "first_collection_date"),
        ({"end_date": "never"}, "end_date"),
        ({"type": "Other"}, "type"),
        ({"payment_type": "cash"}, "payment_type"),
        ({"installments": 3}, "installments"),
        ({"type": "DDPaymentPlan"}, "installments"),
        (PLAN_FIELDS | {"installments": 13}, "installments"),
        (PLAN_FIELDS | {"installments": 0}, "installments"),
        (PLAN_FIELDS | {"amount": 2, "first_collection_amount": None}, "amount"),
        (PLAN_FIELDS | {"first_collection_amount": 2500}, "first_collection_amount"),
        (PLAN_FIELDS | {"installments": 1}, "first_collection_amount"),
        ({"payment_type": "cardpayment"}, "card_id"),
        ({"payment_type": "cardpayment", "card_id": "20477d89"}, "card_id"),
    ],
)
def test_fields_that_are_refused_section_7_11(
    api: Caller, fields: dict[str, Any], fault: str
) -> None:
    plan = {"first_collection_amount": 2499} if "type" in fields else {}
    request = SCHEDULE | {"auddis": api.mandate()["auddis"]} | plan | fields
    assert faulty(api.post("recurrence_schedule", request)) == [fault]
    assert api.sandbox.counts()["recurrence_schedules"] == 0


def test_longest_texts_and_largest_amounts_section_7_11(api: Caller) -> None:
    made = api.schedule(description="x" * 44, custom_reference="y" * 50, amount=2_000_000_000)
    assert made["amount"] == "2000000000"


def test_the_ends_of_the_calendar_break_nothing_section_7_11(api: Caller) -> None:
    """A start or end no date lies beyond is a date like any other, and the list still reads."""
    made = api.schedule(start_date="0001-01-01", end_date="9999-12-31")
    assert made["start_date"] == "0001-01-01"
    assert len(made["upcoming_payments"]) == 12
    far = api.schedule(first_collection_date="9999-12-31", collection_period="weekly")
    assert far["next_collection_date"] == "9999-12-31"
    listed = api.get("recurrenceschedules").json()["recurrence_schedules"]
    assert listed == [made, far]


def test_the_collection_day_is_not_used_for_weekly_section_7_11(api: Caller) -> None:
    assert api.schedule(collection_period="weekly", collection_day=None)["collection_day"] == ""
    assert api.schedule(collection_period="weekly", collection_day="5")["collection_day"] == ""


@pytest.mark.parametrize(
    ("status", "usable"),
    [
        ("new instruction", True),
        ("first collection", True),
        ("ongoing collection", True),
        ("on hold", False),
        ("cancelled", False),
    ],
)
def test_the_mandate_must_be_usable_sections_7_7_and_7_11(
    api: Caller, status: str, usable: bool
) -> None:
    auddis = api.mandate(dd_status=status)["auddis"]
    answer = api.post("recurrence_schedule", SCHEDULE | {"auddis": auddis})
    assert (answer.status_code == 200) == usable
    if not usable:
        assert faulty(answer) == ["auddis"]


def test_a_mandate_that_awaits_validation_is_not_usable_yet_section_7_11(api: Caller) -> None:
    auddis = api.mandate(account_validation=True)["auddis"]
    assert faulty(api.post("recurrence_schedule", SCHEDULE | {"auddis": auddis})) == ["auddis"]
    api.sandbox.advance(60)
    assert api.schedule(auddis=auddis)["status"] == "active"


def test_a_reference_two_suns_share_means_the_default_suns_mandate_section_7_11(
    api: Caller,
) -> None:
    api.mandate(auddis="SHARED1", client_bank_account_id="OB01SANDBOXSECOND001")
    default = api.mandate(auddis="SHARED1")
    assert api.schedule(auddis="SHARED1")["mandate"] == default["id"]


def test_a_put_changes_what_it_names_section_7_11(api: Caller) -> None:
    made = api.schedule(custom_reference="OLD", metadata="old", end_date="2027-06-01")
    changes = {
        "description": "new",
        "custom_reference": "NEW",
        "metadata": "",
        "end_date": "2026-07-31",
        "amount": 1,
        "auddis": "OTHER",
    }
    changed = only(api.put("recurrence_schedule", made["id"], changes), "recurrence_schedule")
    assert changed == made | {
        "description": "new",
        "custom_reference": "NEW",
        "metadata": "",
        "end_date": "2026-07-31",
        "upcoming_payments": made["upcoming_payments"][:2],
    }
    cleared = api.put("recurrence_schedule", made["id"], {"end_date": None})
    assert only(cleared, "recurrence_schedule")["end_date"] == ""


def test_a_put_can_ask_for_two_collections_in_one_month_section_7_11(api: Caller) -> None:
    made = api.schedule(collection_day="20")
    changes = {"firstCollectionInSameMonthAsNextCollection": True}
    changed = only(api.put("recurrence_schedule", made["id"], changes), "recurrence_schedule")
    assert dates(changed, 2) == ["2026-06-15", "2026-06-22"]


def test_a_put_changes_a_plans_instalments_section_7_11(api: Caller) -> None:
    made = api.schedule(**PLAN_FIELDS, amount=10000, first_collection_amount=None)
    changed = api.put("recurrence_schedule", made["id"], {"installments": 4})
    assert amounts(only(changed, "recurrence_schedule")) == [2500] * 4


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"installments": 2}, "installments"),
        ({"description": ""}, "description"),
        ({"description": "x" * 45}, "description"),
        ({"end_date": "soon"}, "end_date"),
    ],
)
def test_a_put_that_is_refused_section_7_11(
    api: Caller, fields: dict[str, Any], fault: str
) -> None:
    made = api.schedule()
    assert faulty(api.put("recurrence_schedule", made["id"], fields)) == [fault]
    assert api.read("recurrence_schedule", made["id"]) == made


def test_a_delete_makes_it_inactive_and_repeating_changes_nothing_section_7_11(api: Caller) -> None:
    made = api.schedule()
    gone = api.send("DELETE", f"recurrenceschedule/{made['id']}")
    stopped = only(gone, "recurrence_schedule")
    assert stopped == made | {
        "status": "inactive",
        "next_collection_date": "",
        "upcoming_payments": [],
    }
    assert api.send("DELETE", f"recurrenceschedule/{made['id']}").content == gone.content


def test_an_inactive_schedule_cannot_be_changed_section_7_11(api: Caller) -> None:
    made = api.schedule()
    api.send("DELETE", f"recurrenceschedule/{made['id']}")
    assert faulty(api.put("recurrence_schedule", made["id"], {"description": "new"})) == ["status"]


def test_a_schedule_ends_when_its_end_date_has_passed_section_11(api: Caller) -> None:
    made = api.schedule(end_date="2026-07-01")
    api.sandbox.control("clock", {"set": "2026-07-02T05:59:59"})
    assert api.read("recurrence_schedule", made["id"])["status"] == "active"
    api.sandbox.advance(1)
    assert api.read("recurrence_schedule", made["id"])["status"] == "inactive"


def test_a_plan_ends_when_its_last_instalment_is_created_sections_11_and_12(api: Caller) -> None:
    """The last is on Mon 3 Aug 2026; it is created 5 banking days before, Mon 27 Jul, 06:00."""
    made = api.schedule(**PLAN_FIELDS, first_collection_amount=None)
    assert dates(made, 9)[-1] == "2026-08-03"
    api.sandbox.control("clock", {"set": "2026-07-27T05:59:59"})
    assert api.read("recurrence_schedule", made["id"])["status"] == "active"
    api.sandbox.advance(1)
    assert api.read("recurrence_schedule", made["id"])["status"] == "inactive"


def ongoing(first: date, day: str, **changes: Any) -> RecurrenceSchedule:
    fields: dict[str, Any] = {
        "id": "RS01",
        "created_at": "",
        "status": "active",
        "type": ONGOING,
        "payment_type": "directdebit",
        "amount": 100,
        "first_collection_amount": 100,
        "auddis": "X",
        "mandate": "M01",
        "collection_period": "monthly",
        "collection_stretch": 1,
        "collection_day": day,
        "description": "x",
        "first_collection_date": first.isoformat(),
        "start_date": first.isoformat(),
        "first_stored_date": BankingCalendar().on_or_after(first).isoformat(),
    }
    return RecurrenceSchedule(**fields | changes)


@settings(max_examples=60)
@given(
    total=st.integers(12, 10**9),
    count=st.integers(1, 12),
    first=st.none() | st.integers(1, 10**9),
    day=st.dates(date(2025, 1, 1), date(2028, 1, 1)),
)
def test_a_plan_always_collects_its_total_section_7_11(
    total: int, count: int, first: int | None, day: date
) -> None:
    first = None if first is None or count == 1 or total - first < count - 1 else first
    plan = ongoing(
        day, "28", type=PLAN, amount=total, installments=count, first_collection_amount=first
    )
    collected = list(collections(plan, BankingCalendar()))
    assert sum(item.amount for item in collected) == total
    assert len(collected) == count
    assert all(item.amount > 0 for item in collected)


@settings(max_examples=60)
@given(
    day=st.dates(date(2025, 1, 1), date(2028, 1, 1)),
    late=st.integers(0, 20),
    period=st.sampled_from(["monthly", "weekly"]),
    stretch=st.integers(1, 6),
    collection_day=st.sampled_from(["1", "15", "28", "last day"]),
    same_month=st.booleans(),
)
def test_dates_rise_and_are_banking_days_section_7_11(  # noqa: PLR0917 - one per strategy
    day: date, late: int, period: str, stretch: int, collection_day: str, same_month: bool
) -> None:
    calendar = BankingCalendar()
    schedule = ongoing(
        day,
        collection_day,
        collection_period=period,
        collection_stretch=stretch,
        same_month=same_month,
        first_stored_date=calendar.on_or_after(day + timedelta(days=late)).isoformat(),
    )
    found = [item.day for item in upcoming(schedule, calendar, date(2025, 1, 1), 12)]
    assert len(found) == 12
    assert all(calendar.is_banking_day(item) for item in found)
    assert found == sorted(set(found))
