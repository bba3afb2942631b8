"""Which collections of a schedule a new one takes over, so that none is lost or made twice; pure.

Nothing is taken over on a guess: terms are found whose dates and pence, by our own reading of
section 7.11, are exactly those that the old schedule has ahead. Where there are none, it is
refused before anything is done.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from smarterpay.bacs import BankingCalendar
from smarterpay.money.schedule_terms import (
    MONTHLY,
    Collection,
    Terms,
    collections,
    day_in_month,
    nominal_date,
)

#: Further collections of an open-ended schedule that are compared, at most.
LOOK_AHEAD = 12


@dataclass(frozen=True, slots=True)
class Handover:
    """From which collection on a new schedule with `terms` collects instead of the old one.

    `stays` the old one still collects; `moves` were the old one's, and `becomes` is what the new
    one collects in their place, one for one and in the same order.
    """

    stays: Sequence[Collection]
    moves: Sequence[Collection]
    becomes: Sequence[Collection]
    terms: Terms


class CannotHandOver(ValueError):
    """The old schedule's collections cannot be made by a new one; `why` says what to do."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


def hand_over(
    old: Terms,
    ahead: Sequence[Collection],
    *,
    movable_from: date,
    calendar: BankingCalendar,
    amount_pence: int | None = None,
    day: str | None = None,
) -> Handover:
    """Hand the collections `ahead`, which have no payment yet, from `movable_from` on to another.

    `ahead` is what the provider tells, in order; it may end before the schedule does. With
    `amount_pence` the new schedule takes that as its regular amount, with `day` it collects on
    that day of the same months. Raises `CannotHandOver`.
    """
    if not ahead:
        raise CannotHandOver("the schedule has no collection ahead that has no payment yet")
    if old.installments is not None and (amount_pence is not None or day is not None):
        raise CannotHandOver(
            "a payment plan's instalments are one sum: cancel the plan and make a new one"
        )
    if day is not None and old.period != MONTHLY:
        raise CannotHandOver("only a monthly schedule has a collection day")
    for first in range(len(ahead)):
        tail = ahead[first:]
        if tail[0].on < movable_from:
            continue
        same = _terms_that_give(old, tail, calendar)
        if same is None:
            continue
        moves = _all_or_some(same, calendar)
        paid = _with_amount(old, same, amount_pence)
        terms = paid if day is None else _on_another_day(old.day, paid, moves, day, calendar)
        if terms is None:
            continue
        becomes = _all_or_some(terms, calendar)
        if becomes[0].on >= movable_from and len(becomes) == len(moves):
            return Handover(ahead[:first], moves, becomes, terms)
    raise CannotHandOver(
        "no new schedule would collect on the same dates from any of its next collections on: "
        "wait until the next one has been collected, or cancel it and make a new one"
    )


def _all_or_some(terms: Terms, calendar: BankingCalendar) -> list[Collection]:
    return list(islice(collections(terms, calendar), None if terms.is_finite else LOOK_AHEAD))


def _terms_that_give(
    old: Terms, tail: Sequence[Collection], calendar: BankingCalendar
) -> Terms | None:
    """Terms of a schedule that begins with `tail` and goes on as the old one does."""
    for first_on, same_month in _beginnings(old, tail[0].on, calendar):
        terms = replace(
            old,
            first_on=first_on,
            same_month=same_month,
            first_amount_pence=tail[0].amount_pence,
            amount_pence=_amount(old, tail),
            installments=None if old.installments is None else len(tail),
        )
        # A provider tells so many at most; where it told fewer, there are no more.
        wanted = len(tail) + (terms.is_finite and len(tail) < LOOK_AHEAD)
        if list(islice(collections(terms, calendar), wanted)) == list(tail):
            return terms
    return None


def _amount(old: Terms, tail: Sequence[Collection]) -> int:
    """The regular amount; of a plan, all that is left of it."""
    if old.installments is None:
        return old.amount_pence
    return sum(one.amount_pence for one in tail)


def _beginnings(old: Terms, on: date, calendar: BankingCalendar) -> Iterator[tuple[date, bool]]:
    """Dates to ask for so that the first collection is `on`."""
    nominal = None
    if old.period == MONTHLY and old.day is not None:
        nominal = nominal_date(on, old.day, calendar)
    if nominal is not None:
        yield nominal, False
    yield on, False
    if old.period == MONTHLY:
        yield on, True


def _with_amount(old: Terms, same: Terms, amount_pence: int | None) -> Terms:
    if amount_pence is None:
        return same
    # A first amount of its own, not collected yet, is no regular one and stays.
    is_regular = same.first_amount_pence == old.amount_pence
    first = amount_pence if is_regular else same.first_amount_pence
    return replace(same, amount_pence=amount_pence, first_amount_pence=first)


def _on_another_day(
    old_day: str | None,
    terms: Terms,
    moves: Sequence[Collection],
    day: str,
    calendar: BankingCalendar,
) -> Terms | None:
    """`terms` on `day` of the same months; None where that changes how often it collects."""
    before = old_day or day
    wanted = [_on_day(one.on, before, day, calendar) for one in moves]
    changed = replace(
        terms,
        day=day,
        first_on=_nominal_on_day(moves[0].on, before, day, calendar),
        same_month=False,
        # The end is that of the old one's last collection, wherever in its month it now falls.
        end_on=None if terms.end_on is None else wanted[-1],
    )
    found = [one.on for one in _all_or_some(changed, calendar)]
    return changed if found == wanted else None


def _on_day(on: date, old_day: str, day: str, calendar: BankingCalendar) -> date:
    return calendar.on_or_after(_nominal_on_day(on, old_day, day, calendar))


def _nominal_on_day(on: date, old_day: str, day: str, calendar: BankingCalendar) -> date:
    """The new day of the month that a collection of the old schedule was for."""
    month = nominal_date(on, old_day, calendar) or on
    return day_in_month(month.year, month.month, day)
