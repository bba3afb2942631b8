"""The payments that schedules create, and when schedules end (section 12, "Schedule work")."""

from collections.abc import Iterator
from datetime import date

from smarterpay.bacs import COLLECTABLE_MANDATES, PaymentStatus, ScheduleEvent, ScheduleStatus
from smarterpay.sandbox.bacs_work.collection_plan import (
    ONE_DAY,
    PLAN,
    Collection,
    collections,
    upcoming,
)
from smarterpay.sandbox.bacs_work.payments import PaymentType, open_payment
from smarterpay.sandbox.books.changes import Source, move
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import Mandate, RecurrenceSchedule
from smarterpay.sandbox.records.items import Payment
from smarterpay.sandbox.settings import MAX_UPCOMING, SCHEDULE_LEAD_BANKING_DAYS

DIRECT_DEBIT, CARD = "directdebit", "cardpayment"
"""`payment_type` of a schedule (section 7.11)."""

_AHEAD = frozenset({PaymentStatus.PENDING_SUBMISSION, PaymentStatus.SUBMITTED})


def do_schedule_work(platform: Platform) -> None:
    """Background work: end what is past its end date, then create the payments that are due."""
    yesterday = (platform.today() - ONE_DAY).isoformat()
    for schedule in platform.books.recurrence_schedules.up_to("ends_on", yesterday):
        move(platform, schedule, ScheduleEvent.END_DATE_PASSED, Source.SMP)
    for schedule in platform.books.recurrence_schedules.up_to("work_due", _today(platform)):
        if schedule.payment_type == DIRECT_DEBIT:
            create_due_payments(platform, schedule)


def take_up(platform: Platform, schedule: RecurrenceSchedule) -> None:
    """Begin with a new schedule, or go on with a changed one.

    A payment whose 5 banking days have begun already is created at once (section 12).
    """
    _plan_next(platform, schedule)
    if schedule.payment_type == DIRECT_DEBIT:
        create_due_payments(platform, schedule)


def create_due_payments(platform: Platform, schedule: RecurrenceSchedule) -> None:
    """Create the payments of a Direct Debit schedule that are due by today, each once.

    A mandate that is on hold takes none: they wait for its release.
    """
    mandate = platform.books.mandates.get(schedule.mandate)
    if mandate is None or mandate.dd_status not in COLLECTABLE_MANDATES:
        return
    for collection in take_due_collections(platform, schedule):
        _create_payment(platform, schedule, mandate, collection)
    _end_if_complete(platform, schedule)


def take_due_collections(platform: Platform, schedule: RecurrenceSchedule) -> Iterator[Collection]:
    """The collections of a schedule that are due by today, each noted as created."""
    while schedule.work_due and schedule.work_due <= _today(platform):
        collection = next(collections(schedule, platform.calendar))
        schedule.collections_created += 1
        schedule.created_amount += collection.amount
        schedule.created_until = collection.day.isoformat()
        _plan_next(platform, schedule)
        yield collection


def take_due_card_collections(
    platform: Platform,
) -> Iterator[tuple[RecurrenceSchedule, Collection]]:
    """The card collections that are due by today, each given once; a plan ends with its last."""
    for schedule in platform.books.recurrence_schedules.up_to("work_due", _today(platform)):
        if schedule.payment_type == CARD:
            for collection in take_due_collections(platform, schedule):
                yield schedule, collection
            _end_if_complete(platform, schedule)


def collections_ahead(platform: Platform, schedule: RecurrenceSchedule) -> list[Collection]:
    """The next collections of an active schedule from today on, at most 12 (section 7.11).

    Those that have their payment stand with its date and amount, so that a payment break or
    a moved date shows; one that was cancelled is not collected.
    """
    if schedule.status != ScheduleStatus.ACTIVE:
        return []
    today = platform.today()
    created = [
        Collection(date.fromisoformat(payment.collection_date), payment.amount)
        for payment in _payments_of(platform, schedule)
        if payment.status in _AHEAD and payment.collection_date >= today.isoformat()
    ]
    planned = upcoming(schedule, platform.calendar, today, MAX_UPCOMING)
    return sorted(created + planned, key=lambda item: item.day)[:MAX_UPCOMING]


def _create_payment(
    platform: Platform, schedule: RecurrenceSchedule, mandate: Mandate, collection: Collection
) -> Payment:
    """One payment with the schedule's texts and references (section 12)."""
    last = schedule.type == PLAN and schedule.collections_created == schedule.installments
    return open_payment(
        platform,
        mandate,
        amount=collection.amount,
        asked_date=collection.day,
        description=schedule.description,
        source=Source.SMP,
        custom_reference=schedule.custom_reference,
        metadata=schedule.metadata,
        recurrence_schedule=schedule.id,
        payment_type=PaymentType.FINAL if last else None,
    )


def _plan_next(platform: Platform, schedule: RecurrenceSchedule) -> None:
    """Note when the next payment is to be created.

    No answer and no webhook shows the note or the counts beside it: they are no event.
    """
    ahead = next(collections(schedule, platform.calendar), None)
    lead = SCHEDULE_LEAD_BANKING_DAYS if schedule.payment_type == DIRECT_DEBIT else 0
    day = None if ahead is None else platform.calendar.plus(ahead.day, -lead)
    schedule.next_work_on = "" if day is None else day.isoformat()
    platform.books.recurrence_schedules.put(schedule)


def _end_if_complete(platform: Platform, schedule: RecurrenceSchedule) -> None:
    """End a plan whose last instalment is created (section 11)."""
    if schedule.type == PLAN and schedule.collections_created >= (schedule.installments or 0):
        move(platform, schedule, ScheduleEvent.LAST_INSTALMENT_CREATED, Source.SMP)


def _payments_of(platform: Platform, schedule: RecurrenceSchedule) -> list[Payment]:
    return platform.books.payments.having("recurrence_schedule", schedule.id)


def _today(platform: Platform) -> str:
    return platform.today().isoformat()
