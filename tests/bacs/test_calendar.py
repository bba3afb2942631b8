"""Section 10, "Holiday calendar": which days banks work."""

from datetime import date
from itertools import islice
from pathlib import Path

import pytest

from smarterpay.bacs import BankingCalendar, OneOffDays

HOLIDAYS = {
    2025: ("01-01", "04-18", "04-21", "05-05", "05-26", "08-25", "12-25", "12-26"),
    2026: ("01-01", "04-03", "04-06", "05-04", "05-25", "08-31", "12-25", "12-28"),
    2027: ("01-01", "03-26", "03-29", "05-03", "05-31", "08-30", "12-27", "12-28"),
    2028: ("01-03", "04-14", "04-17", "05-01", "05-29", "08-28", "12-25", "12-26"),
}


@pytest.mark.parametrize("year", HOLIDAYS)
def test_the_weekdays_off_of_a_year_are_those_of_section_10(year: int) -> None:
    calendar = BankingCalendar()
    days = (
        date.fromordinal(n)
        for n in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal())
    )
    weekdays_off = [day for day in days if day.weekday() < 5 and not calendar.is_banking_day(day)]
    assert weekdays_off == [date.fromisoformat(f"{year}-{day}") for day in HOLIDAYS[year]]


def test_weekends_are_no_banking_days_section_10() -> None:
    calendar = BankingCalendar()
    assert not calendar.is_banking_day(date(2026, 6, 6))
    assert not calendar.is_banking_day(date(2026, 6, 7))
    assert calendar.is_banking_day(date(2026, 6, 8))


def test_shipped_one_off_days_are_no_banking_days_section_10() -> None:
    assert not BankingCalendar().is_banking_day(date(2022, 9, 19))


def test_a_data_file_extends_the_calendar_section_10(tmp_path: Path) -> None:
    file = tmp_path / "days.json"
    file.write_text('{"closed": {"2026-06-03": "Coronation"}, "open": {"2026-08-31": "Moved"}}')
    calendar = BankingCalendar(OneOffDays.from_file(file))
    assert not calendar.is_banking_day(date(2026, 6, 3))
    assert calendar.is_banking_day(date(2026, 8, 31))


def test_a_data_file_with_a_date_that_is_none_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "days.json"
    file.write_text('{"closed": {"2026-02-30": "?"}}')
    with pytest.raises(ValueError, match="day is out of range"):
        OneOffDays.from_file(file)


def test_counting_over_easter_section_10() -> None:
    calendar = BankingCalendar()
    assert calendar.plus(date(2026, 4, 2), 1) == date(2026, 4, 7)
    assert calendar.plus(date(2026, 4, 7), -1) == date(2026, 4, 2)
    assert calendar.plus(date(2026, 4, 4), 0) == date(2026, 4, 4)
    assert calendar.next_after(date(2026, 4, 2)) == date(2026, 4, 7)
    assert calendar.on_or_after(date(2026, 4, 2)) == date(2026, 4, 2)
    assert list(islice(calendar.banking_days_from(date(2026, 4, 2)), 3)) == [
        date(2026, 4, 2),
        date(2026, 4, 7),
        date(2026, 4, 8),
    ]
