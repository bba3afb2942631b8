"""The background work by name and hour (section 12, "Daily order"); knows no request."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta

from smarterpay.bacs import LIVE_MANDATES, LONDON, MandateEvent
from smarterpay.sandbox import validations
from smarterpay.sandbox.changes import Source
from smarterpay.sandbox.mandate_changes import change_mandate
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.resources import account_validations, recurrence_schedules
from smarterpay.sandbox.settings import EXPIRY_TIME, MANDATE_IDLE_MONTHS, SCHEDULES_TIME

EXPIRY = "expire_mandates"
SCHEDULES = "end_schedules"


def plan_daily(platform: Platform) -> None:
    """Plan the standing jobs for their next time of day in London."""
    _plan_next(platform, EXPIRY, EXPIRY_TIME)
    _plan_next(platform, SCHEDULES, SCHEDULES_TIME)


def _expire_mandates(platform: Platform, _: str) -> None:
    """Expire each live mandate that saw no debit for 13 months (section 11)."""
    limit = _months_before(platform.today(), MANDATE_IDLE_MONTHS).isoformat()
    for mandate in list(platform.books.mandates):
        if mandate.last_debit_on <= limit and mandate.dd_status in LIVE_MANDATES:
            change_mandate(platform, mandate, MandateEvent.THIRTEEN_MONTHS_IDLE, Source.SMP)
    _plan_next(platform, EXPIRY, EXPIRY_TIME)


def _end_schedules(platform: Platform, subject: str) -> None:
    recurrence_schedules.end_due_schedules(platform, subject)
    _plan_next(platform, SCHEDULES, SCHEDULES_TIME)


TASKS: Mapping[str, Callable[[Platform, str], None]] = {
    validations.TASK: account_validations.complete_when_due,
    EXPIRY: _expire_mandates,
    SCHEDULES: _end_schedules,
}


def _plan_next(platform: Platform, task: str, hour: time) -> None:
    local = platform.now().astimezone(LONDON)
    day = local.date() if local.time() < hour else local.date() + timedelta(days=1)
    platform.agenda.plan(datetime.combine(day, hour, LONDON), task)


def _months_before(day: date, months: int) -> date:
    """The same day some months earlier, or that month's last day where it has none."""
    year, index = divmod(day.year * 12 + day.month - 1 - months, 12)
    for candidate in range(day.day, 27, -1):
        try:
            return date(year, index + 1, candidate)
        except ValueError:
            continue
    return date(year, index + 1, min(day.day, 28))
