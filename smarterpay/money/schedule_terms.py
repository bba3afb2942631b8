"""On which dates a schedule collects how many pence, by its terms; knows no record and no clock.

The client's own reading of section 7.11, to be compared with what the provider tells.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from smarterpay.bacs import BankingCalendar

MONTHLY, WEEKLY = "monthly", "weekly"
LAST_DAY = "last day"
ONE_DAY = timedelta(days=1)
WEEK = timedelta(days=7)
HORIZON_YEAR = 2999
"""No collection is looked for beyond; it keeps the dates finite."""


@dataclass(frozen=True, slots=True, order=True)
class Collection:
    """One collection: its London date, moved to a banking day, and pence."""

    on: date
    amount_pence: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What a schedule is asked for (section 7.11); pence and London dates.

    `amount_pence` is the regular amount, in a plan of `installments` the total. `first_on` is the
    first date as asked, `same_month` lets the first two collections fall in one month.
    """

    amount_pence: int
    first_amount_pence: int | None
    period: str
    stretch: int
    day: str | None
    first_on: date
    same_month: bool = False
    end_on: date | None = None
    installments: int | None = None

    @property
    def is_finite(self) -> bool:
        """Whether there is a last collection."""
        return self.end_on is not None or self.installments is not None


def collections(terms: Terms, calendar: BankingCalendar) -> Iterator[Collection]:
    """The collections in order; without end unless the terms have one.

    For a first date that is not too early for Bacs: nothing but weekends and holidays moves it.
    """
    for day, pence in zip(_days(terms, calendar), _amounts(terms), strict=False):
        if terms.end_on is not None and day > terms.end_on:
            return
        yield Collection(day, pence)


def day_in_month(year: int, month: int, day: str) -> date:
    """The collection day of a month, before any move: `1` to `28` or `last day`."""
    if day != LAST_DAY:
        return date(year, month, int(day))
    following = date(year + month // 12, month % 12 + 1, 1)
    return following - ONE_DAY


def nominal_date(on: date, day: str, calendar: BankingCalendar) -> date | None:
    """The collection day that was moved to `on`: in its month or the one before; else None."""
    before = on.replace(day=1) - ONE_DAY
    for year, month in ((on.year, on.month), (before.year, before.month)):
        nominal = day_in_month(year, month, day)
        if calendar.on_or_after(nominal) == on:
            return nominal
    return None


def _amounts(terms: Terms) -> Iterator[int]:
    """Of a plan: split evenly, the remainder in the first, a given first amount stands."""
    if terms.installments is None:
        yield terms.amount_pence if terms.first_amount_pence is None else terms.first_amount_pence
        while True:
            yield terms.amount_pence
    count, total = terms.installments, terms.amount_pence
    if terms.first_amount_pence is not None:
        yield terms.first_amount_pence
        count, total = count - 1, total - terms.first_amount_pence
    if count > 0:
        share, remainder = divmod(total, count)
        yield share + remainder
        yield from [share] * (count - 1)


def _days(terms: Terms, calendar: BankingCalendar) -> Iterator[date]:
    first = calendar.on_or_after(terms.first_on)
    yield first
    for day in _weeks(terms, first) if terms.period == WEEKLY else _months(terms):
        if day > first:
            yield calendar.on_or_after(day)


def _weeks(terms: Terms, first: date) -> Iterator[date]:
    """Steps of 7 days times the stretch from the first collection as it was moved."""
    day = first
    while day.year < HORIZON_YEAR:
        day += WEEK * terms.stretch
        yield day


def _months(terms: Terms) -> Iterator[date]:
    """The collection day of every n-th month after the month asked for the first one."""
    month = terms.first_on.year * 12 + terms.first_on.month - 1
    if terms.same_month:
        yield day_in_month(month // 12, month % 12 + 1, terms.day or LAST_DAY)
    while month // 12 < HORIZON_YEAR:
        month += terms.stretch
        yield day_in_month(month // 12, month % 12 + 1, terms.day or LAST_DAY)
