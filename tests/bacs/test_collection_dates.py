"""Section 10, "Formula", "Vectors" and "Moves": when money can move."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarterpay.bacs import (
    LONDON,
    BankingCalendar,
    earliest_date,
    first_working_day,
    london_date,
    stored_date,
)

CALENDAR = BankingCalendar()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


VECTORS = (
    ("2026-06-01 10:00", "2026-06-03"),
    ("2026-06-01 21:59:59", "2026-06-03"),
    ("2026-06-01 22:00", "2026-06-04"),
    ("2026-06-05 09:00", "2026-06-09"),
    ("2026-06-06 12:00", "2026-06-10"),
    ("2026-04-02 10:00", "2026-04-08"),
    ("2026-12-24 10:00", "2026-12-30"),
)


@pytest.mark.parametrize(("now", "earliest"), VECTORS)
def test_vectors_of_section_10(now: str, earliest: str) -> None:
    assert earliest_date(at(now), CALENDAR) == date.fromisoformat(earliest)


def test_friday_30_march_2018_gives_tuesday_3_april_section_10() -> None:
    asked = date(2018, 3, 30)
    assert stored_date(asked, at("2018-03-01 10:00"), CALENDAR) == date(2018, 4, 3)


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("2026-05-20", "2026-06-03"),
        ("2026-06-02", "2026-06-03"),
        ("2026-06-03", "2026-06-03"),
        ("2026-06-06", "2026-06-08"),
        ("2026-08-31", "2026-09-01"),
        ("2026-12-25", "2026-12-29"),
    ],
)
def test_too_early_and_non_banking_dates_move_section_10(asked: str, stored: str) -> None:
    now = at("2026-06-01 10:00")
    assert stored_date(date.fromisoformat(asked), now, CALENDAR) == date.fromisoformat(stored)


def test_the_count_is_per_client_section_10() -> None:
    now = at("2026-06-01 10:00")
    assert earliest_date(now, CALENDAR, 1) == date(2026, 6, 1)
    assert earliest_date(now, CALENDAR, 5) == date(2026, 6, 5)
    with pytest.raises(ValueError, match="at least 1"):
        earliest_date(now, CALENDAR, 0)


def test_the_day_is_londons_section_5() -> None:
    """23:30 UTC in June is 00:30 of the next day in London."""
    late = datetime.fromisoformat("2026-06-01T23:30:00+00:00")
    assert london_date(late) == date(2026, 6, 2)
    assert first_working_day(late, CALENDAR) == date(2026, 6, 2)


@given(
    day=st.dates(date(2025, 1, 1), date(2028, 12, 31)),
    hour=st.times(),
    ahead=st.integers(-20, 60),
    count=st.integers(1, 8),
)
def test_the_stored_date_is_the_first_that_can_be_section_10(
    day: date, hour: time, ahead: int, count: int
) -> None:
    """Against the words of the formula, day by day, instead of by arithmetic."""
    now = datetime.combine(day, hour, LONDON)
    asked = day + timedelta(days=ahead)
    stored = stored_date(asked, now, CALENDAR, count)
    usable_today = CALENDAR.is_banking_day(day) and hour < time(22)
    start = day if usable_today else day + timedelta(days=1)
    counted = [
        start + timedelta(days=n)
        for n in range((stored - start).days + 1)
        if CALENDAR.is_banking_day(start + timedelta(days=n))
    ]
    assert len(counted) >= count
    assert counted[-1] == stored >= asked
    before = counted[-2] if len(counted) > 1 else None
    assert before is None or before < asked or len(counted) == count
