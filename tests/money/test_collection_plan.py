"""The planner of collections: every row once, calls as they are made, dates of section 10."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from smarterpay.bacs import BankingCalendar, earliest_date, london_date, stored_date
from smarterpay.money.collection_plan import (
    BULK,
    DIRECT_DEBIT,
    SINGLE,
    CollectionPlan,
    Route,
    Wanted,
    decide_route,
    plan_collections,
)

CALENDAR = BankingCalendar()
MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)  # 10:00 in London
CARD_METHODS = ("card repeat", "deferred release", "authorise release")

instants = st.datetimes(datetime(2025, 1, 1), datetime(2028, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is given


@st.composite
def batches(draw: st.DrawFn) -> tuple[datetime, list[Wanted]]:
    """An instant and rows staged on that day, numbered with gaps: bad rows stand between them."""
    now = draw(instants)
    numbers = sorted(draw(st.sets(st.integers(0, 2500), max_size=60)))
    today = london_date(now)
    rows = []
    for number in numbers:
        method = draw(st.sampled_from((DIRECT_DEBIT, DIRECT_DEBIT, DIRECT_DEBIT, *CARD_METHODS)))
        days = draw(st.integers(0, 390))
        asked = today + timedelta(days=days) if method == DIRECT_DEBIT else None
        pence = draw(st.integers(1, 2_000_000_000))
        rows.append(Wanted(number, f"INV-{number}", method, pence, asked, f"{number:064}"))
    return now, rows


def planned(
    now: datetime, rows: list[Wanted], *, bulk_from: int = 50, days: int = 3, limit: float = 990.0
) -> CollectionPlan:
    debits = sum(one.method == DIRECT_DEBIT for one in rows)
    return plan_collections(
        rows,
        decide_route(debits, bulk_from=bulk_from, chunk_size=200),
        now=now,
        calendar=CALENDAR,
        processing_days=days,
        calls_a_minute=limit,
    )


@settings(max_examples=60, deadline=None)
@given(batches(), st.integers(1, 60), st.integers(1, 6))
def test_every_row_stands_in_the_plan_once_and_goes_one_way(
    batch: tuple[datetime, list[Wanted]], bulk_from: int, days: int
) -> None:
    now, rows = batch
    plan = planned(now, rows, bulk_from=bulk_from, days=days)

    assert [(row.number, row.reference, row.amount_pence, row.on) for row in plan.rows] == [
        (row.number, row.reference, row.amount_pence, row.asked_on) for row in rows
    ]
    debits = [row for row in rows if row.method == DIRECT_DEBIT]
    assert {row.what for row in plan.rows if row.on} <= {
        BULK if len(debits) >= bulk_from else SINGLE
    }
    assert Counter(row.what for row in plan.rows if row.on is None) == Counter(
        row.method for row in rows if row.method != DIRECT_DEBIT
    )
    assert plan.amount_pence == sum(row.amount_pence for row in rows)


@settings(max_examples=60, deadline=None)
@given(batches(), st.integers(1, 60))
def test_calls_are_one_for_each_single_row_and_one_for_each_chunk_in_bulk(
    batch: tuple[datetime, list[Wanted]], bulk_from: int
) -> None:
    """Section 7.9: at most 500 rows a call."""
    now, rows = batch
    plan = planned(now, rows, bulk_from=bulk_from)

    carried = Counter(
        row.number // plan.route.rows_a_chunk for row in plan.rows if row.what == BULK
    )
    assert plan.bulk_creates == len(carried)
    assert all(count <= 500 for count in carried.values())
    assert plan.creates == sum(row.what == SINGLE for row in plan.rows)
    assert plan.charges == sum(row.what in CARD_METHODS for row in plan.rows)
    assert plan.calls >= plan.creates + plan.bulk_creates + plan.charges
    assert plan.minutes * 990 >= plan.calls > (plan.minutes - 0.1) * 990 - 1


@settings(max_examples=60, deadline=None)
@given(batches(), st.integers(1, 6))
def test_section_10_money_is_expected_on_banking_days_and_never_before_it_was_asked_for(
    batch: tuple[datetime, list[Wanted]], days: int
) -> None:
    now, rows = batch
    plan = planned(now, rows, days=days)

    earliest = earliest_date(now, CALENDAR, days)
    for expected in plan.expected:
        if expected.on is not None:
            assert CALENDAR.is_banking_day(expected.on)
            assert expected.on >= earliest
    for shift in plan.shifts:
        assert shift.moved_to > shift.asked_on
    assert sum(one.rows for one in plan.expected) == len(rows)
    assert sum(one.amount_pence for one in plan.expected) == plan.amount_pence
    days_asked = {row.asked_on for row in rows if row.asked_on is not None}
    assert {shift.asked_on: shift.moved_to for shift in plan.shifts} == {
        asked: to
        for asked in days_asked
        if (to := stored_date(asked, now, CALENDAR, days)) != asked
    }


def test_section_10_the_vectors_of_the_calendar() -> None:
    """Mon 1 Jun 10:00 gives Wed 3; a Saturday goes to Monday; Easter is skipped."""
    rows = [
        Wanted(0, "A", DIRECT_DEBIT, 100, date(2026, 6, 1)),
        Wanted(1, "B", DIRECT_DEBIT, 200, date(2026, 6, 6)),
        Wanted(2, "C", DIRECT_DEBIT, 400, date(2026, 6, 8)),
        Wanted(3, "D", "card repeat", 800, None),
    ]
    plan = planned(MONDAY, rows)
    assert [(one.on, one.rows, one.amount_pence) for one in plan.expected] == [
        (date(2026, 6, 3), 1, 100),
        (date(2026, 6, 8), 2, 600),
        (None, 1, 800),
    ]
    assert [(one.asked_on, one.moved_to, one.amount_pence) for one in plan.shifts] == [
        (date(2026, 6, 1), date(2026, 6, 3), 100),
        (date(2026, 6, 6), date(2026, 6, 8), 200),
    ]


def test_what_is_approved_does_not_change_with_the_hour_but_with_any_row_and_with_its_way() -> None:
    rows = [Wanted(n, f"R{n}", DIRECT_DEBIT, 100, date(2026, 6, 2)) for n in range(3)]
    digest = planned(MONDAY, rows).plan("collection", "B", "ada").sha256
    later = planned(MONDAY + timedelta(days=1), rows).plan("collection", "B", "ada")
    assert later.sha256 == digest
    assert later.told != planned(MONDAY, rows).told()
    assert planned(MONDAY, rows, bulk_from=3).plan("collection", "B", "ada").sha256 != digest
    other = [*rows[:2], Wanted(2, "R2", DIRECT_DEBIT, 100, date(2026, 6, 2), "another row")]
    assert planned(MONDAY, other).plan("collection", "B", "ada").sha256 != digest


def test_section_7_9_a_hundred_thousand_collections_are_two_hundred_calls() -> None:
    rows = [Wanted(n, f"R{n}", DIRECT_DEBIT, 100, date(2026, 6, 10)) for n in range(0, 100_000, 10)]
    plan = planned(MONDAY, rows)
    assert (plan.route, plan.bulk_creates, plan.creates) == (Route(True, 500), 200, 0)
