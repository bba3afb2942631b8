"""The Repeats of card schedules (section 12, "Schedule work"); knows neither dates nor gateway."""

from smarterpay.bacs import LONDON
from smarterpay.sandbox.bacs_work.schedule_work import take_due_card_collections
from smarterpay.sandbox.cards.charges import repeat_for_schedule
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import RecurrenceSchedule
from smarterpay.sandbox.settings import SCHEDULES_TIME


def repeat_due_cards(platform: Platform) -> None:
    """Background work: a Repeat for each collection that has come due, each once."""
    for schedule, collection in take_due_card_collections(platform):
        repeat_for_schedule(platform, schedule, collection.amount)


def repeat_at_once(platform: Platform, schedule: RecurrenceSchedule) -> None:
    """Make the Repeat of a new schedule for today, where the hour of today's has passed."""
    now = platform.now().astimezone(LONDON)
    due = schedule.work_due and schedule.work_due <= now.date().isoformat()
    if due and now.time() >= SCHEDULES_TIME:
        repeat_due_cards(platform)
