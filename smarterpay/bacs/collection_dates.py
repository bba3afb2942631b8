"""The date on which Bacs can move money at the earliest; knows no schedule and no record."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from smarterpay.bacs.calendar import BankingCalendar

LONDON = ZoneInfo("Europe/London")
CUT_OFF = time(22, 0)
"""Bacs takes files until 22:00 London (reference, section 10, "Cycle")."""

DEFAULT_PROCESSING_DAYS = 3
"""Working days a collection needs, today included (reference, section 10, "Earliest date")."""


def london_date(now: datetime) -> date:
    """The London date of an aware instant (reference, section 5, "Zone")."""
    return now.astimezone(LONDON).date()


def first_working_day(now: datetime, calendar: BankingCalendar) -> date:
    """Day 1 of the count: today if a banking day before 22:00 London, else the next one.

    `now` is any aware instant. Reference, section 10, "Formula".
    """
    local = now.astimezone(LONDON)
    if calendar.is_banking_day(local.date()) and local.time() < CUT_OFF:
        return local.date()
    return calendar.next_after(local.date())


def earliest_date(
    now: datetime, calendar: BankingCalendar, processing_days: int = DEFAULT_PROCESSING_DAYS
) -> date:
    """The (N-1)th banking day after day 1, with N `processing_days` (section 10, "Formula").

    `now` is an aware instant, the answer a London date. Raises `ValueError` when
    `processing_days` is below 1.
    """
    if processing_days < 1:
        raise ValueError("processing_days counts today, so it is at least 1")
    return calendar.plus(first_working_day(now, calendar), processing_days - 1)


def stored_date(
    asked: date,
    now: datetime,
    calendar: BankingCalendar,
    processing_days: int = DEFAULT_PROCESSING_DAYS,
) -> date:
    """The date the provider stores for an asked one: moved to a banking day not too early.

    The first banking day not before the later of `asked` and the earliest date
    (reference, section 10, "Formula" and "Moves"). Dates are London dates.
    """
    return calendar.on_or_after(max(asked, earliest_date(now, calendar, processing_days)))
