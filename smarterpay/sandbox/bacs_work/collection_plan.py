"""On which dates a schedule collects how much; knows dates and pence, no record's wire form."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from smarterpay.bacs import BankingCalendar
from smarterpay.sandbox.records.accounts import RecurrenceSchedule

LAST_DAY = "last day"
MONTHLY, WEEKLY = "monthly", "weekly"
PLAN, ONGOING = "DDPaymentPlan", "DDOngoingPayment"
ONE_DAY = timedelta(days=1)
WEEK = timedelta(days=7)
HORIZON = date(2999, 12, 31)
"""No collection is looked for beyond; it keeps the dates finite."""


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection: the London date after the moves of section 10, and pence."""

    day: date
    amount: int


def collections(schedule: RecurrenceSchedule, calendar: BankingCalendar) -> Iterator[Collection]:
    """The collections that have no payment yet, in order (section 7.11).

    Without end unless the schedule has one. What was created stays as it was: a change of the
    schedule changes only what lies after the latest collection created.
    """
    amounts = plan_amounts(schedule) if schedule.type == PLAN else _ongoing_amounts(schedule)
    end = date.fromisoformat(schedule.end_date) if schedule.end_date else date.max
    for day, amount in zip(_days(schedule, calendar), amounts, strict=False):
        if day > end:
            return
        yield Collection(day, amount)


def upcoming(
    schedule: RecurrenceSchedule, calendar: BankingCalendar, today: date, most: int
) -> list[Collection]:
    """The next collections without a payment from `today` on, at most `most`."""
    ahead = (item for item in collections(schedule, calendar) if item.day >= today)
    return list(islice(ahead, most))


def plan_amounts(schedule: RecurrenceSchedule) -> Iterator[int]:
    """The instalments of a plan that have no payment yet, in pence.

    With those created they sum to its `amount`: split evenly with the remainder in the
    first; a given first amount stands, and the rest is split in the same way over the others.
    """
    count = (schedule.installments or 1) - schedule.collections_created
    total = schedule.amount - schedule.created_amount
    if schedule.first_collection_amount is not None and not schedule.collections_created:
        yield schedule.first_collection_amount
        count, total = count - 1, total - schedule.first_collection_amount
    if count > 0:
        share, remainder = divmod(total, count)
        yield share + remainder
        yield from [share] * (count - 1)


def _ongoing_amounts(schedule: RecurrenceSchedule) -> Iterator[int]:
    first = schedule.first_collection_amount
    if first is not None and not schedule.collections_created:
        yield first
    while True:
        yield schedule.amount


def _days(schedule: RecurrenceSchedule, calendar: BankingCalendar) -> Iterator[date]:
    """The first date as stored, then each further one moved forward to a banking day.

    Only those after the latest collection created; a further date that the move of the first
    one has overtaken is left out.
    """
    first = date.fromisoformat(schedule.first_stored_date)
    latest = first
    if schedule.created_until:
        latest = date.fromisoformat(schedule.created_until)
    else:
        yield first
    start = date.fromisoformat(schedule.start_date)
    weekly = schedule.collection_period == WEEKLY
    for day in _weeks(schedule, first) if weekly else _months(schedule):
        if day > latest and day >= start:
            yield calendar.on_or_after(day)


def _weeks(schedule: RecurrenceSchedule, first: date) -> Iterator[date]:
    """Steps of 7 days times the stretch from the first collection on."""
    step = WEEK * schedule.collection_stretch
    day = first
    while day <= HORIZON:
        day += step
        yield day


def _months(schedule: RecurrenceSchedule) -> Iterator[date]:
    """The collection day of every n-th month after the month asked for the first one.

    That month itself counts only where the caller let the first two collections fall in
    one month.
    """
    asked = date.fromisoformat(schedule.first_collection_date)
    month = asked.year * 12 + asked.month - 1
    if schedule.same_month:
        yield _day_in(month, schedule.collection_day)
    while month < HORIZON.year * 12:
        month += schedule.collection_stretch
        yield _day_in(month, schedule.collection_day)


def _day_in(month: int, collection_day: str) -> date:
    """The collection day in a month, counted as year * 12 + month - 1."""
    year, index = divmod(month, 12)
    if collection_day != LAST_DAY:
        return date(year, index + 1, int(collection_day))
    following = date(year + (index + 1) // 12, (index + 1) % 12 + 1, 1)
    return following - ONE_DAY
