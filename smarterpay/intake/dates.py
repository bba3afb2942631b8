"""Reads dates as people write them, in the two forms that can mean one day only."""

import calendar
import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache

from smarterpay.intake.rules import MONTHS_TO_FIRST_COLLECTION, BrokenRule, Fault

_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_BRITISH = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
_TWO_DIGIT_YEAR = re.compile(r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2}")


def read_date(text: str) -> date:
    """The day of `2026-07-01` or `01/07/2026`; the second is day first, as in Britain.

    Raises `BrokenRule` with a `date.*` slug for any other form and for days that do not exist.
    """
    if british := _BRITISH.fullmatch(text):
        day, month, year = (int(part) for part in british.groups())
        if day <= 12 < month <= 31:
            raise BrokenRule("date.month-first")
    elif iso := _ISO.fullmatch(text):
        year, month, day = (int(part) for part in iso.groups())
    else:
        raise _refusal(text)
    try:
        return date(year, month, day)
    except ValueError:
        raise BrokenRule("date.impossible") from None


def months_later(day: date, months: int) -> date:
    """The same day of the month `months` later, or that month's last day where it has none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def collection_date_faults(
    column: str, values: Mapping[str, object], today: date
) -> Iterator[Fault]:
    """What is wrong with the day in `column` seen from `today`, a London date.

    A past date is refused by the provider (reference, section 7.7); after 13 months without a
    debit the payer's bank drops the instruction (section 7.11).
    """
    day = values.get(column)
    if not isinstance(day, date):
        return
    if day < today:
        yield Fault(column, "date.past", {"today": today})
    elif day > (latest := _latest_collection_date(today)):
        yield Fault(column, "date.too-far", {"latest": latest})


@lru_cache(maxsize=1)  # asked for every row of a file, with one answer for all of them
def _latest_collection_date(today: date) -> date:
    return months_later(today, MONTHS_TO_FIRST_COLLECTION)


def _refusal(text: str) -> BrokenRule:
    if _TWO_DIGIT_YEAR.fullmatch(text):
        return BrokenRule("date.two-digit-year")
    if re.fullmatch(r"[0-9]{5}(\.[0-9]+)?", text):
        return BrokenRule("date.serial")
    return BrokenRule("date.format")
