"""The background work by name and hour (section 12, "Daily order"); knows no request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from smarterpay.bacs import LONDON, MandateEvent
from smarterpay.sandbox.bacs_work import bulk, validations
from smarterpay.sandbox.bacs_work.mandate_changes import change_mandate
from smarterpay.sandbox.bacs_work.report_delivery import deliver_reports
from smarterpay.sandbox.bacs_work.schedule_work import do_schedule_work
from smarterpay.sandbox.bacs_work.settlement import settle_items
from smarterpay.sandbox.bacs_work.submission_run import run_submission
from smarterpay.sandbox.books.changes import Source
from smarterpay.sandbox.cards import charges as card_charges
from smarterpay.sandbox.cards import reversals as card_reversals
from smarterpay.sandbox.cards.schedules import repeat_due_cards
from smarterpay.sandbox.links.expiry import expire_due
from smarterpay.sandbox.platform import BackgroundTask, Platform
from smarterpay.sandbox.resources import account_validations
from smarterpay.sandbox.settings import (
    EXPIRY_TIME,
    MANDATE_IDLE_MONTHS,
    REPORTS_TIME,
    SCHEDULES_TIME,
    SETTLEMENT_TIME,
    SUBMISSION_TIME,
)
from smarterpay.sandbox.webhooks import messages


@dataclass(frozen=True, slots=True)
class Daily:
    """Standing work at an hour of London time, on every day or on banking days only.

    What falls on one hour is done in the order of `DAILY`.
    """

    task: str
    hour: time
    work: Callable[[Platform], None]
    banking_days_only: bool = False

    def __call__(self, platform: Platform, _: str) -> None:
        """Do the day's work, and plan the next day's."""
        if not self.banking_days_only or platform.calendar.is_banking_day(platform.today()):
            self.work(platform)
        self.plan_next(platform)

    def plan_next(self, platform: Platform) -> None:
        """Plan it for the next time this hour comes."""
        local = platform.now().astimezone(LONDON)
        day = local.date() if local.time() < self.hour else local.date() + timedelta(days=1)
        platform.agenda.plan(datetime.combine(day, self.hour, LONDON), self.task)


def _expire_mandates(platform: Platform) -> None:
    """Expire each live mandate that saw no debit for 13 months (section 11)."""
    limit = _months_before(platform.today(), MANDATE_IDLE_MONTHS).isoformat()
    for mandate in platform.books.mandates.up_to("idle_since", limit):
        change_mandate(platform, mandate, MandateEvent.THIRTEEN_MONTHS_IDLE, Source.SMP)


def _run_submission(platform: Platform) -> None:
    run_submission(platform)


DAILY: tuple[Daily, ...] = (
    Daily("expire_links", EXPIRY_TIME, expire_due),
    Daily("expire_mandates", EXPIRY_TIME, _expire_mandates),
    Daily("lapse_reservations", EXPIRY_TIME, card_reversals.lapse_due),
    Daily("settle_items", SETTLEMENT_TIME, settle_items, banking_days_only=True),
    Daily("do_schedule_work", SCHEDULES_TIME, do_schedule_work),
    Daily("repeat_due_cards", SCHEDULES_TIME, repeat_due_cards),
    Daily("deliver_reports", REPORTS_TIME, deliver_reports, banking_days_only=True),
    Daily("run_submission", SUBMISSION_TIME, _run_submission, banking_days_only=True),
)
"""The standing work in the order of the day."""

TASKS: Mapping[str, BackgroundTask] = {
    validations.TASK: account_validations.complete_when_due,
    messages.FORM_TASK: messages.form_webhooks,
    **bulk.TASKS,
    card_charges.ASK_TASK: card_charges.ask_when_due,
    card_charges.SETTLE_TASK: card_charges.settle_when_due,
    card_reversals.REVERSE_TASK: card_reversals.reverse_when_due,
    **{daily.task: daily for daily in DAILY},
}
"""What can be planned, by name; deliveries are the courier's, who holds connections."""


def plan_daily(platform: Platform) -> None:
    """Plan the standing work on a platform that has none."""
    for daily in DAILY:
        daily.plan_next(platform)


def _months_before(day: date, months: int) -> date:
    """The same day some months earlier, or that month's last day where it has none."""
    year, index = divmod(day.year * 12 + day.month - 1 - months, 12)
    for candidate in range(day.day, 27, -1):
        try:
            return date(year, index + 1, candidate)
        except ValueError:
            continue
    return date(year, index + 1, min(day.day, 28))
