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


@pytest.mark.parametrize("day", ["2022-06-03", "2022-09-19", "2023-05-08"])
def test_shipped_one_off_days_are_no_banking_days_section_10(day: str) -> None:
    assert not BankingCalendar().is_banking_day(date.fromisoformat(day))


@pytest.mark.parametrize(
    ("usual", "moved_to"), [("2020-05-04", "2020-05-08"), ("2022-05-30", "2022-06-02")]
)
def test_a_holiday_moved_once_is_a_banking_day_where_it_usually_falls_section_10(
    usual: str, moved_to: str
) -> None:
    """Early May of 2020 and spring of 2022, for VE Day and the jubilee."""
    calendar = BankingCalendar()
    assert calendar.is_banking_day(date.fromisoformat(usual))
    assert not calendar.is_banking_day(date.fromisoformat(moved_to))


def test_a_weekend_can_be_opened_and_an_open_day_beats_a_closed_one() -> None:
    saturday, monday = date(2026, 6, 6), date(2026, 6, 8)
    calendar = BankingCalendar(OneOffDays(closed={monday: "x"}, open={saturday: "y", monday: "z"}))
    assert calendar.is_banking_day(saturday)
    assert calendar.is_banking_day(monday)


def test_one_off_days_of_a_file_replace_those_shipped(tmp_path: Path) -> None:
    file = tmp_path / "days.json"
    file.write_text("{}")
    assert date(2022, 9, 19) in OneOffDays.from_file().closed
    assert OneOffDays.from_file(file) == OneOffDays()


def test_a_data_file_that_is_no_json_or_not_there_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "days.json"
    file.write_text("closed: 2026-06-03")
    with pytest.raises(ValueError, match="Expecting value"):
        OneOffDays.from_file(file)
    with pytest.raises(FileNotFoundError):
        OneOffDays.from_file(tmp_path / "missing.json")


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
