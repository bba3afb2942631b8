"""What a caller may ask of a payment and a credit alike; knows no field of one of them only."""

from datetime import date

from smarterpay.bacs import CreditEvent, PaymentEvent, PaymentStatus
from smarterpay.sandbox.answers import invalid
from smarterpay.sandbox.changes import Source, change
from smarterpay.sandbox.fields import Choice, Field, Text, Values
from smarterpay.sandbox.item_changes import cancel_item
from smarterpay.sandbox.item_records import Credit, Payment
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.settings import MAX_DESCRIPTION, MAX_METADATA

UPDATE_TAIL = (
    Field("description", Text(MAX_DESCRIPTION), clearable=False),
    Field("metadata", Text(MAX_METADATA)),
    Field("status", Choice((PaymentStatus.CANCELLED.value,)), clearable=False),
    Field("bacs_code", Text(10), clearable=False),
)
"""What a PUT takes beside amount, date and reference (sections 7.7 and 7.10)."""


def day_asked(platform: Platform, values: Values, name: str) -> date:
    """The mandatory date a caller asks for, as given; raises `Refusal` (400) for a past one.

    Past is before today's London date (section 7.7, "past date").
    """
    day = values.day(name)
    if day is None:
        raise invalid(name, "is mandatory")
    if day < platform.today():
        raise invalid(name, "must not be in the past")
    return day


def change_item(
    platform: Platform,
    item: Payment | Credit,
    values: Values,
    *,
    date_field: str,
    reference_field: str,
) -> None:
    """Do what a PUT asks of an item, with one update event; nothing asked changes nothing.

    Dates are moved as on create. Raises `Refusal` (400) before anything is done, also unless
    the item is `pending_submission`.
    """
    if item.status != PaymentStatus.PENDING_SUBMISSION:
        raise invalid("status", f"only what is pending can change, and this is {item.status}")
    changes: dict[str, str | int] = {}
    if "amount" in values:
        changes["amount"] = values.must_number("amount")
    if date_field in values:
        asked = day_asked(platform, values, date_field)
        changes[date_field] = platform.stored_date(asked).isoformat()
    for name in ("description", "metadata", reference_field):
        if name in values:
            changes[name] = values.text(name)
    for name, value in changes.items():
        setattr(item, name, value)
    if values.text("status"):
        cancels = (
            PaymentEvent.CALLER_CANCELS if isinstance(item, Payment) else CreditEvent.CALLER_CANCELS
        )
        cancel_item(platform, item, cancels, Source.API)
    elif changes:
        change(platform, item, Source.API)
