"""Whether, and on which day, an unpaid Direct Debit is presented again; pure, reads nothing.

The rules are those of the Bacs scheme as the reference gives them (sections 7.8 and 10, "Automatic
re-present"): the same amount, within one month of the first presentation, only where success can
be assumed, never under a mandate that no longer lets us collect, 5 to 10 working days on.
"""

import re
from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import ClassVar, Final

from smarterpay.bacs import (
    COLLECTABLE_MANDATES,
    DEFAULT_PROCESSING_DAYS,
    BankingCalendar,
    PaymentStatus,
    earliest_date,
    reason_code,
)

#: Returns after which money may be there on another day (section 10, "Automatic re-present").
DEFAULT_CODES: Final = frozenset({"ARUDD0", "ARUDD9"})
#: In `pay_days`: the last day of the month on which banks work.
LAST_BANKING_DAY: Final = "last"
#: In `profile_suns`: the rejection profile of every SUN presents again by itself.
EVERY_SUN: Final = "all"
_UNPAID = "ARUDD"
_CLAIM = "DDICA"
_LONGEST_MONTH = 31


@dataclass(frozen=True, slots=True)
class RepresentationPolicy:
    """What a merchant allows, within what the scheme does.

    `codes` are returns (`ARUDD0`) after which success can be assumed; `most` is how often a payment
    is presented again, its first presentation not counted; `days_after` and `days_until` bound the
    working days since the failed collection. With `pay_days` (days of the month, or
    `LAST_BANKING_DAY`) the day is chosen that follows a pay day most closely. `profile_suns` are
    SUNs whose rejection profile presents again by itself, or `EVERY_SUN`. `processing_days` are
    those of Bacs, today included (section 10, "Earliest date").
    """

    codes: frozenset[str] = DEFAULT_CODES
    most: int = 2
    days_after: int = 5
    days_until: int = 10
    pay_days: frozenset[int | str] = frozenset()
    profile_suns: frozenset[str] = frozenset()
    processing_days: int = DEFAULT_PROCESSING_DAYS

    def __post_init__(self) -> None:
        if self.days_after > self.days_until:
            raise ValueError(
                f"{self.days_after} working days after the failed collection come before"
                f" {self.days_until}: the first number may not be the larger one"
            )


@dataclass(frozen=True, slots=True)
class UnpaidPayment:
    """What is known of a failed payment, its mandate and its chain; ids, pence and London dates.

    `collected_on` is its own collection date, `first_collected_on` that of the first presentation,
    whose amount was `first_amount_pence`.
    `times_presented_again` counts every presentation of the chain after the first, also one that is
    only planned. `presented_again_by` names the presentation that follows this one, if one does.
    `times_refused` counts calls to present it again that were refused, the last in the batch
    `refused_in`. `refund_held_pence` of its chain are refunded, or about to be.
    `mandate_under_claim` says that a payment of the mandate is being claimed back (DDICA).
    """

    payment: str
    status: str | None
    amount_pence: int
    code: str | None
    collected_on: date | None
    mandate: str | None
    mandate_status: str | None
    sun: str | None
    first: str
    first_collected_on: date | None
    first_amount_pence: int
    times_presented_again: int = 0
    presented_again_by: str | None = None
    times_refused: int = 0
    refused_in: str | None = None
    mandate_under_claim: bool = False
    refund_held_pence: int = 0


@dataclass(frozen=True, slots=True)
class Representation:
    """One payment to be presented again: the same pence, on a London date."""

    payment: str
    first: str
    amount_pence: int
    on: date


class NotPresentable(Exception):
    """The payment is not presented again; the text says why and what to do, nothing personal.

    `reason` is a word for machines, the same for every refusal of a class.
    """

    reason: ClassVar[str]

    def __init__(self, unpaid: UnpaidPayment, why: str) -> None:
        self.unpaid = unpaid
        self.why = why
        super().__init__(f"{unpaid.payment}: {why}")


class NotUnpaid(NotPresentable):
    """Its status is not `failed`."""

    reason = "not-unpaid"


class UnderClaim(NotPresentable):
    """It was claimed back, or another payment of its mandate is being claimed back."""

    reason = "under-claim"


class SuccessNotAssumed(NotPresentable):
    """It was returned for a reason that another day does not mend."""

    reason = "success-not-assumed"


class MandateNotCollectable(NotPresentable):
    """Its mandate is cancelled, held, expired or not validated."""

    reason = "mandate-not-collectable"


class PresentedByProfile(NotPresentable):
    """The SUN's rejection profile presents it again by itself."""

    reason = "presented-by-profile"


class PresentedAlready(NotPresentable):
    """Another presentation of it exists, or is planned."""

    reason = "presented-already"


class TooManyPresentations(NotPresentable):
    """It was presented again as often as we allow."""

    reason = "too-many-presentations"


class CallRefused(NotPresentable):
    """The rules allow it, and every call for it was refused, as often as it may be presented."""

    reason = "call-refused"


class MonthIsOver(NotPresentable):
    """No working day is left within a month of the first presentation."""

    reason = "month-is-over"


class WindowIsOver(NotPresentable):
    """No working day is left that is close enough to the failed collection."""

    reason = "window-is-over"


class Refunded(NotPresentable):
    """A refund of it was ordered while it counted as collected."""

    reason = "refunded"


class AmountDiffers(NotPresentable):
    """Its amount is not that of the first presentation."""

    reason = "amount-differs"


class FactsMissing(NotPresentable):
    """The provider does not tell what a rule needs."""

    reason = "facts-missing"


class DayNotAllowed(NotPresentable):
    """The day it was planned for is not, or no longer, one of those allowed."""

    reason = "day-not-allowed"


def may_represent(
    unpaid: UnpaidPayment, policy: RepresentationPolicy, calendar: BankingCalendar, now: datetime
) -> Representation | NotPresentable:
    """The presentation that the rules allow as things stand at `now`, or why there is none."""
    days = _allowed_days(unpaid, policy, calendar, now)
    if isinstance(days, NotPresentable):
        return days
    on = _after_pay_day(days, policy, calendar)
    return Representation(unpaid.payment, unpaid.first, unpaid.amount_pence, on)


def may_represent_on(
    on: date,
    unpaid: UnpaidPayment,
    policy: RepresentationPolicy,
    calendar: BankingCalendar,
    now: datetime,
) -> Representation | NotPresentable:
    """The presentation on the London date it was planned for, or why it is not allowed any more."""
    days = _allowed_days(unpaid, policy, calendar, now)
    if isinstance(days, NotPresentable):
        return days
    if on not in days:
        return DayNotAllowed(
            unpaid,
            f"it was planned for {on}, and Bacs can collect from {days[0]} to {days[-1]} only; "
            "plan again",
        )
    return Representation(unpaid.payment, unpaid.first, unpaid.amount_pence, on)


def one_month_after(day: date) -> date:
    """The same day of the next calendar month, or that month's last where it has no such day."""
    year, month = divmod(day.year * 12 + day.month, 12)
    return _in_month(year, month + 1, day.day)


def _allowed_days(
    unpaid: UnpaidPayment, policy: RepresentationPolicy, calendar: BankingCalendar, now: datetime
) -> Sequence[date] | NotPresentable:
    """Every London date that keeps all rules, at least one; or the first rule that forbids it."""
    refusal = _by_standing(unpaid) or _by_policy(unpaid, policy) or _by_amount(unpaid)
    return refusal or _days(unpaid, policy, calendar, now)


def _by_standing(unpaid: UnpaidPayment) -> NotPresentable | None:
    """The rules about how the payment and its mandate stand."""
    claim = _by_claim(unpaid)
    if claim is not None:
        return claim
    if unpaid.status != PaymentStatus.FAILED:
        return NotUnpaid(unpaid, f"it is {unpaid.status}; only a failed payment is presented again")
    if unpaid.presented_again_by is not None:
        return PresentedAlready(
            unpaid,
            f"{unpaid.presented_again_by} presents it again; see "
            f"`smarterpay represent chain {unpaid.payment}`",
        )
    if unpaid.mandate_status not in COLLECTABLE_MANDATES:
        return MandateNotCollectable(
            unpaid,
            f"its mandate is {unpaid.mandate_status or 'not known'} and collects nothing; agree "
            "another way to pay with the payer",
        )
    return None


def _by_claim(unpaid: UnpaidPayment) -> NotPresentable | None:
    """Whoever claims money back disputes that it may be collected at all."""
    if unpaid.status == PaymentStatus.INDEMNITY_CLAIMED:
        return UnderClaim(unpaid, "it is being claimed back (DDICA); answer the claim")
    if (unpaid.code or "").strip().upper().startswith(_CLAIM):
        return UnderClaim(unpaid, "it was claimed back (DDICA); settle it with the payer")
    if unpaid.mandate_under_claim:
        return UnderClaim(
            unpaid, "a payment of its mandate is being claimed back (DDICA); wait for that claim"
        )
    return None


def _by_policy(unpaid: UnpaidPayment, policy: RepresentationPolicy) -> NotPresentable | None:
    """The rules that the merchant's settings narrow."""
    code = None if unpaid.code is None else reason_code(unpaid.code)
    if code is None or code.code not in policy.codes:
        return SuccessNotAssumed(
            unpaid,
            f"it was returned with {unpaid.code or 'no reason code'}, after which another day "
            "does not help; speak with the payer",
        )
    profile = _by_profile(unpaid, policy)
    if profile is not None:
        return profile
    if unpaid.times_presented_again >= policy.most:
        return TooManyPresentations(
            unpaid,
            f"it was presented again {unpaid.times_presented_again} times and the limit is "
            f"{policy.most}; speak with the payer",
        )
    if unpaid.times_refused >= policy.most:
        return CallRefused(
            unpaid,
            f"it was to be presented again {unpaid.times_refused} times and each call was refused; "
            f"`smarterpay batch show {unpaid.refused_in}` says why; mend the cause and present it "
            "again in the portal",
        )
    return None


def _by_profile(unpaid: UnpaidPayment, policy: RepresentationPolicy) -> NotPresentable | None:
    """Section 10, "Automatic re-present": beside a profile of the SUN we would be the second."""
    if EVERY_SUN in policy.profile_suns:
        return PresentedByProfile(
            unpaid, "the rejection profile of every SUN presents again by itself"
        )
    if policy.profile_suns and not unpaid.sun:
        return FactsMissing(
            unpaid,
            "its mandate does not name its SUN, and some SUNs present again by themselves; look at "
            "it in the portal",
        )
    if _plain(unpaid.sun or "") in map(_plain, policy.profile_suns):
        return PresentedByProfile(
            unpaid, f"the rejection profile of SUN {unpaid.sun} presents it again by itself"
        )
    return None


def _plain(sun: str) -> str:
    """A SUN without the zeros that fill it up to six digits."""
    return sun.strip().lstrip("0")


def _by_amount(unpaid: UnpaidPayment) -> NotPresentable | None:
    if unpaid.refund_held_pence > 0:
        return Refunded(unpaid, "it was refunded before it came back; settle it with the payer")
    if unpaid.amount_pence <= 0:
        return FactsMissing(unpaid, "it has no amount; look at it in the portal")
    if unpaid.amount_pence != unpaid.first_amount_pence:
        return AmountDiffers(
            unpaid,
            "only the amount of the first presentation may be presented again; collect another "
            "amount as a new payment",
        )
    return None


def _days(
    unpaid: UnpaidPayment, policy: RepresentationPolicy, calendar: BankingCalendar, now: datetime
) -> Sequence[date] | NotPresentable:
    if unpaid.collected_on is None or unpaid.first_collected_on is None:
        return FactsMissing(
            unpaid,
            "its collection date, or that of its first presentation, is not known; look at it in "
            "the portal",
        )
    start = max(
        calendar.plus(unpaid.collected_on, policy.days_after),
        earliest_date(now, calendar, policy.processing_days),
    )
    until = calendar.plus(unpaid.collected_on, policy.days_until)
    limit = one_month_after(unpaid.first_collected_on)
    if start > limit:
        return MonthIsOver(
            unpaid,
            f"Bacs can collect on {start} at the earliest, and the month since its first "
            f"presentation ends on {limit}; speak with the payer",
        )
    if start > until:
        return WindowIsOver(
            unpaid,
            f"Bacs can collect on {start} at the earliest, and {policy.days_until} working days "
            f"after the failed collection is {until}; speak with the payer",
        )
    last = min(until, limit)
    return list(takewhile(lambda day: day <= last, calendar.banking_days_from(start)))


def _after_pay_day(
    days: Sequence[date], policy: RepresentationPolicy, calendar: BankingCalendar
) -> date:
    """The one of `days` that follows a pay day most closely; the first without pay days."""
    if not policy.pay_days:
        return days[0]

    def since_pay_day(day: date) -> timedelta:
        return min(day - paid for paid in _pay_days_around(day, policy, calendar) if paid <= day)

    return min(days, key=since_pay_day)


def _pay_days_around(
    day: date, policy: RepresentationPolicy, calendar: BankingCalendar
) -> Iterable[date]:
    """The pay days of the month of `day` and of the month before it, which is never after it."""
    before = day.replace(day=1) - timedelta(days=1)
    for month in (before, day):
        for pay_day in policy.pay_days:
            if isinstance(pay_day, str):
                yield _last_banking_day(month, calendar)
            else:
                yield _in_month(month.year, month.month, pay_day)


def _last_banking_day(month: date, calendar: BankingCalendar) -> date:
    first_of_next = _in_month(month.year, month.month, _LONGEST_MONTH) + timedelta(days=1)
    return calendar.plus(first_of_next, -1)


def _in_month(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))


def codes_from(text: str) -> frozenset[str]:
    """The reason codes of a comma-separated list, in any spelling of section 10.

    Raises `ValueError` for what is no ARUDD code: nothing else says that a debit was not paid.
    """
    codes = set()
    for word in _words(text):
        code = reason_code(word)
        if code is None or not code.code.startswith(_UNPAID):
            raise ValueError(f"{word!r} is no ARUDD code; write them like ARUDD0,ARUDD9")
        codes.add(code.code)
    return frozenset(codes)


def pay_days_from(text: str) -> frozenset[int | str]:
    """The pay days of a comma-separated list: days of the month from 1 to 31, or `last`.

    Raises `ValueError`.
    """
    days: set[int | str] = set()
    for word in _words(text):
        if word.lower() == LAST_BANKING_DAY:
            days.add(LAST_BANKING_DAY)
        elif re.fullmatch(r"[0-9]{1,2}", word) and 1 <= int(word) <= _LONGEST_MONTH:
            days.add(int(word))
        else:
            raise ValueError(f"{word!r} is no pay day; write them like 28,last")
    return frozenset(days)


def profile_suns_from(text: str) -> frozenset[str]:
    """The SUNs of a comma-separated list, or `all`; raises `ValueError`."""
    suns = set()
    for word in _words(text):
        if word.lower() == EVERY_SUN:
            suns.add(EVERY_SUN)
        elif re.fullmatch(r"[0-9]{1,6}", word):
            suns.add(word)
        else:
            raise ValueError(f"{word!r} is no SUN; write them like 100263,100264, or all")
    return frozenset(suns)


def _words(text: str) -> Iterable[str]:
    return (word.strip() for word in text.split(",") if word.strip())
