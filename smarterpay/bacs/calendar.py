"""Which days banks in England and Wales work; knows no time of day and no record."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path

import holidays

ONE_DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class OneOffDays:
    """Days that the yearly rules do not know, each with its reason.

    `closed` are extra bank holidays, `open` are usual holidays on which banks work.
    """

    closed: Mapping[date, str] = field(default_factory=dict)
    open: Mapping[date, str] = field(default_factory=dict)

    @classmethod
    def from_file(cls, path: Path | None = None) -> "OneOffDays":
        """The days of `path`, or of the data file shipped here (reference, section 10).

        The file is `{"closed": {"YYYY-MM-DD": reason}, "open": {...}}`. Raises `ValueError`
        where a date is not one, `OSError` where the file cannot be read.
        """
        if path is None:
            text = files("smarterpay.bacs").joinpath("one_off_days.json").read_text("utf-8")
        else:
            text = path.read_text("utf-8")
        raw = json.loads(text)
        return cls(closed=_by_date(raw.get("closed", {})), open=_by_date(raw.get("open", {})))


class BankingCalendar:
    """The banking days of England and Wales (reference, section 10, "Holiday calendar")."""

    def __init__(self, one_off: OneOffDays | None = None) -> None:
        self._one_off = OneOffDays.from_file() if one_off is None else one_off

    def is_banking_day(self, day: date) -> bool:
        """Whether banks work on `day`: neither weekend nor bank holiday."""
        if day in self._one_off.open:
            return True
        if day.weekday() >= SATURDAY or day in self._one_off.closed:
            return False
        return day not in _bank_holidays(day.year)

    def on_or_after(self, day: date) -> date:
        """`day` itself if banks work on it, else the next day on which they do."""
        while not self.is_banking_day(day):
            day += ONE_DAY
        return day

    def next_after(self, day: date) -> date:
        """The first banking day later than `day`."""
        return self.on_or_after(day + ONE_DAY)

    def plus(self, day: date, banking_days: int) -> date:
        """The banking day `banking_days` after `day`; negative counts backwards.

        Zero gives `day` itself, banking day or not.
        """
        step = ONE_DAY if banking_days >= 0 else -ONE_DAY
        for _ in range(abs(banking_days)):
            day += step
            while not self.is_banking_day(day):
                day += step
        return day

    def banking_days_from(self, day: date) -> Iterator[date]:
        """All banking days in order, from `day` on, without end."""
        while True:
            day = self.on_or_after(day)
            yield day
            day += ONE_DAY


@cache
def _bank_holidays(year: int) -> frozenset[date]:
    """The yearly rules' holidays of one year, substitute days included."""
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))


def _by_date(raw: Mapping[str, str]) -> dict[date, str]:
    return {date.fromisoformat(day): reason for day, reason in raw.items()}
