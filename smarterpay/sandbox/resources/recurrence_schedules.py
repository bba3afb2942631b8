"""Recurrence schedules (reference, section 7.11); knows of payments only what its work asks."""

from typing import Any

from smarterpay.bacs import COLLECTABLE_MANDATES, ScheduleEvent, ScheduleStatus
from smarterpay.sandbox.bacs_work.collection_plan import (
    LAST_DAY,
    MONTHLY,
    ONGOING,
    PLAN,
    WEEKLY,
)
from smarterpay.sandbox.bacs_work.item_changes import cancel_pending_payments
from smarterpay.sandbox.bacs_work.schedule_work import (
    CARD,
    DIRECT_DEBIT,
    collections_ahead,
    take_up,
)
from smarterpay.sandbox.books.changes import Source, change, enter, move
from smarterpay.sandbox.cards.funds import can_repeat, payments_of
from smarterpay.sandbox.cards.schedules import repeat_at_once
from smarterpay.sandbox.http.answers import Answer, invalid, success
from smarterpay.sandbox.http.fields import Choice, Day, Field, Flag, Text, Values, Whole, pence
from smarterpay.sandbox.http.lists import Listing
from smarterpay.sandbox.http.resource import (
    FLAG,
    NUMBER,
    PENCE_TEXT,
    STAMP,
    TEXT,
    Call,
    Request,
    Resource,
    Route,
)
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import Mandate, RecurrenceSchedule, iso
from smarterpay.sandbox.records.cards import Card
from smarterpay.sandbox.resources import cards, mandates
from smarterpay.sandbox.settings import (
    MAX_INSTALMENTS,
    MAX_METADATA,
    MAX_REFERENCE,
    MAX_STRETCH,
    MAX_UPCOMING,
)

ENVELOPE = "recurrence_schedule"
SECTION = "7.11"
DAYS = (*(str(day) for day in range(1, 29)), LAST_DAY)

_TAIL_FIELDS = (
    Field("end_date", Day()),
    Field("custom_reference", Text(MAX_REFERENCE)),
    Field("installments", Whole(1, MAX_INSTALMENTS), clearable=False),
    Field("metadata", Text(MAX_METADATA)),
    Field("firstCollectionInSameMonthAsNextCollection", Flag()),
)
CREATE_FIELDS = (
    Field("amount", pence(), mandatory=True),
    Field("first_collection_amount", pence()),
    Field("auddis", Text(18)),
    Field("card_id", Text(50)),
    Field("type", Choice((ONGOING, PLAN))),
    Field("payment_type", Choice((DIRECT_DEBIT, CARD))),
    Field("collection_period", Choice((MONTHLY, WEEKLY)), mandatory=True),
    Field("collection_stretch", Whole(1, MAX_STRETCH), mandatory=True),
    Field("collection_day", Choice(DAYS)),
    Field("description", Text(44), mandatory=True),
    Field("first_collection_date", Day(), mandatory=True),
    Field("start_date", Day()),
    *_TAIL_FIELDS,
)
UPDATE_FIELDS = (Field("description", Text(44), clearable=False), *_TAIL_FIELDS)

ANSWER = {
    "id": TEXT,
    "created_at": STAMP,
    "status": {"type": "string", "enum": [status.value for status in ScheduleStatus]},
    "type": {"type": "string", "enum": [ONGOING, PLAN]},
    "payment_type": {"type": "string", "enum": [DIRECT_DEBIT, CARD]},
    "amount": PENCE_TEXT,
    "first_collection_amount": {"type": "string", "pattern": "^[0-9]*$"},
    "auddis": TEXT,
    "mandate": TEXT,
    "card_id": TEXT,
    "collection_period": {"type": "string", "enum": [MONTHLY, WEEKLY]},
    "collection_stretch": PENCE_TEXT,
    "collection_day": TEXT,
    "description": TEXT,
    "custom_reference": TEXT,
    "first_collection_date": TEXT,
    "start_date": TEXT,
    "end_date": TEXT,
    "next_collection_date": TEXT,
    "firstCollectionInSameMonthAsNextCollection": FLAG,
    "metadata": TEXT,
    "upcoming_payments": {
        "type": "array",
        "maxItems": MAX_UPCOMING,
        "items": {
            "type": "object",
            "required": ["collection_date", "amount"],
            "properties": {"collection_date": TEXT, "amount": NUMBER},
        },
    },
}


def create(platform: Platform, call: Call) -> Answer:
    """Enter a schedule on a usable mandate or card; dates are moved as section 10 says.

    Cards need no time at Bacs: their dates only move over weekends and holidays.
    """
    values = call.values
    _check_form(values)
    first_date = values.day("first_collection_date")
    if first_date is None or first_date < platform.today():
        raise invalid("first_collection_date", "must not be in the past")
    by_card = values.text("payment_type", DIRECT_DEBIT) == CARD
    card = _usable_card(platform, values) if by_card else None
    mandate = None if by_card else _usable_mandate(platform, values)
    stored = platform.calendar.on_or_after if by_card else platform.stored_date
    weekly = values.text("collection_period") == WEEKLY
    schedule = RecurrenceSchedule(
        id=platform.new_id("RS02" if by_card else "RS01"),
        created_at=platform.clock.stamp(),
        status=ScheduleStatus.ACTIVE.value,
        type=values.text("type", ONGOING),
        payment_type=CARD if by_card else DIRECT_DEBIT,
        amount=values.must_number("amount"),
        first_collection_amount=values.number("first_collection_amount"),
        auddis=mandate.auddis if mandate else "",
        mandate=mandate.id if mandate else "",
        card_id=card.id if card else "",
        collection_period=values.text("collection_period"),
        collection_stretch=values.must_number("collection_stretch"),
        collection_day="" if weekly else values.text("collection_day"),
        description=values.text("description"),
        first_collection_date=first_date.isoformat(),
        start_date=iso(values.day("start_date") or first_date),
        first_stored_date=stored(first_date).isoformat(),
        custom_reference=values.text("custom_reference"),
        end_date=iso(values.day("end_date")),
        metadata=values.text("metadata"),
        installments=values.number("installments"),
        same_month=values.flag("firstCollectionInSameMonthAsNextCollection", False),
    )
    enter(platform, schedule, Source.API)
    take_up(platform, schedule)
    if by_card:
        repeat_at_once(platform, schedule)
    return success(ENVELOPE, present(platform, schedule))


def _check_form(values: Values) -> None:
    """The rules that join several fields; raises `Refusal` (400) for the first one broken."""
    plan = values.text("type", ONGOING) == PLAN
    if values.text("collection_period") == MONTHLY and not values.text("collection_day"):
        raise invalid("collection_day", "is mandatory for monthly collections")
    if plan and values.number("installments") is None:
        raise invalid("installments", "is mandatory for a payment plan")
    if not plan and values.number("installments") is not None:
        raise invalid("installments", "belongs to payment plans only")
    if not plan and values.number("first_collection_amount") is None:
        raise invalid("first_collection_amount", "is mandatory")
    if plan:
        _check_plan(
            values.must_number("amount"),
            values.number("first_collection_amount"),
            values.must_number("installments"),
        )


def _check_plan(total: int, first: int | None, count: int) -> None:
    """Whether the instalments can sum to the total with none of them empty (section 7.11)."""
    if total < count:
        raise invalid("amount", "is the plan's total and too small for its instalments")
    if first is None:
        return
    if (count == 1 and first != total) or (count > 1 and total - first < count - 1):
        raise invalid("first_collection_amount", "does not leave enough for the other instalments")


def _usable_mandate(platform: Platform, values: Values) -> Mandate:
    """The mandate to collect on."""
    if not values.text("auddis"):
        raise invalid("auddis", "is mandatory")
    mandate = mandates.find_by_reference(platform, values.text("auddis"))
    if mandate is None:
        raise invalid("auddis", "no mandate has this reference")
    if mandate.dd_status not in COLLECTABLE_MANDATES:
        raise invalid("auddis", f"the mandate is {mandate.dd_status}")
    return mandate


def _usable_card(platform: Platform, values: Values) -> Card:
    """The card to repeat on: section 8, "Repeat source", holds from the start."""
    if not values.text("card_id"):
        raise invalid("card_id", "is mandatory for card payments")
    card = cards.find(platform, values.text("card_id"))
    if card is None:
        raise invalid("card_id", "no such card")
    if not can_repeat(payments_of(platform, card)):
        raise invalid("card_id", "the card has no successful payment to repeat")
    return card


def update(platform: Platform, call: Call) -> Answer:
    """Change an active schedule's end, texts, instalments or same-month flag."""
    schedule: RecurrenceSchedule = call.record
    values = call.values
    if schedule.status != ScheduleStatus.ACTIVE:
        raise invalid("status", "the schedule is inactive")
    if "installments" in values:
        _check_instalments(schedule, values.must_number("installments"))
        schedule.installments = values.must_number("installments")
    for name in ("custom_reference", "description", "metadata"):
        if name in values:
            setattr(schedule, name, values.text(name))
    if "end_date" in values:
        schedule.end_date = iso(values.day("end_date"))
    if "firstCollectionInSameMonthAsNextCollection" in values:
        schedule.same_month = values.flag("firstCollectionInSameMonthAsNextCollection", False)
    change(platform, schedule, Source.API)
    take_up(platform, schedule)
    return success(ENVELOPE, present(platform, schedule))


def _check_instalments(schedule: RecurrenceSchedule, count: int) -> None:
    """Whether what a plan has yet to collect can be split over the instalments yet to come."""
    if schedule.type != PLAN:
        raise invalid("installments", "belongs to payment plans only")
    if not schedule.collections_created:
        _check_plan(schedule.amount, schedule.first_collection_amount, count)
        return
    left = count - schedule.collections_created
    if left < 1 or schedule.amount - schedule.created_amount < left:
        raise invalid("installments", "does not leave room for what is yet to be collected")


def disable(platform: Platform, call: Call) -> Answer:
    """Make the schedule inactive; repeating it changes nothing."""
    schedule: RecurrenceSchedule = call.record
    if move(platform, schedule, ScheduleEvent.DELETED, Source.API):
        cancel_pending_payments(platform, "recurrence_schedule", schedule.id, Source.API)
    return success(ENVELOPE, present(platform, schedule))


def get(platform: Platform, call: Call) -> Answer:
    """The schedule as it stands, with its next collections."""
    return success(ENVELOPE, present(platform, call.record))


def present(platform: Platform, schedule: RecurrenceSchedule) -> dict[str, Any]:
    """The schedule as the wire has it: amounts, day and stretch as strings (section 7.11)."""
    ahead = collections_ahead(platform, schedule)
    first = schedule.first_collection_amount
    shown: dict[str, Any] = {
        "id": schedule.id,
        "created_at": schedule.created_at,
        "status": schedule.status,
        "type": schedule.type,
        "payment_type": schedule.payment_type,
        "amount": str(schedule.amount),
        "first_collection_amount": "" if first is None else str(first),
        "auddis": schedule.auddis,
        "mandate": schedule.mandate,
        "card_id": schedule.card_id,
        "collection_period": schedule.collection_period,
        "collection_stretch": str(schedule.collection_stretch),
        "collection_day": schedule.collection_day,
        "description": schedule.description,
        "custom_reference": schedule.custom_reference,
        "first_collection_date": schedule.first_collection_date,
        "start_date": schedule.start_date,
        "end_date": schedule.end_date,
        "next_collection_date": ahead[0].day.isoformat() if ahead else "",
        "firstCollectionInSameMonthAsNextCollection": False,
        "metadata": schedule.metadata,
        "upcoming_payments": [
            {"collection_date": item.day.isoformat(), "amount": item.amount} for item in ahead
        ],
    }
    if schedule.type == PLAN:
        shown["installments"] = schedule.installments
    return shown


def find(platform: Platform, record_id: str) -> RecurrenceSchedule | None:
    """The schedule with this id, in any case."""
    return platform.books.recurrence_schedules.get(record_id.upper())


LISTING = Listing(
    envelope="recurrence_schedules",
    table=lambda books: books.recurrence_schedules,
    present=present,
    sort_fields=("created_at", "id", "status", "custom_reference", "first_collection_date"),
    find=find,
    status=lambda schedule: str(schedule.status),
    reference=lambda schedule: str(schedule.custom_reference),
)

RESOURCE = Resource(
    service="Recurrence schedule",
    rules=(
        "Monthly dates shift forward over weekends and holidays, weekly steps are 7 days. The "
        "first date is never earlier than Bacs can collect. DELETE makes it inactive."
    ),
    routes=(
        Route(
            "recurrence_schedule.create",
            "POST",
            "/recurrenceschedule",
            create,
            SECTION,
            "Create a recurrence schedule",
            ENVELOPE,
            ANSWER,
            Request(ENVELOPE, CREATE_FIELDS),
        ),
        Route(
            "recurrence_schedule.get",
            "GET",
            "/recurrenceschedule/{id}",
            get,
            SECTION,
            "Read a recurrence schedule",
            ENVELOPE,
            ANSWER,
            locate=find,
        ),
        Route(
            "recurrence_schedule.update",
            "PUT",
            "/recurrenceschedule/{id}",
            update,
            SECTION,
            "Change an active recurrence schedule",
            ENVELOPE,
            ANSWER,
            Request(ENVELOPE, UPDATE_FIELDS, update=True),
            locate=find,
        ),
        Route(
            "recurrence_schedule.disable",
            "DELETE",
            "/recurrenceschedule/{id}",
            disable,
            SECTION,
            "Disable a recurrence schedule",
            ENVELOPE,
            ANSWER,
            locate=find,
        ),
        Route(
            "recurrence_schedule.list",
            "GET",
            "/recurrenceschedules",
            LISTING.work,
            SECTION,
            "List recurrence schedules",
            LISTING.envelope,
            ANSWER,
            listing=True,
            singular_path="/recurrenceschedule",
            sort_fields=LISTING.sort_fields,
        ),
    ),
)
