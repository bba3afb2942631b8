"""What a caller may ask of a payment and a credit alike; knows no field of one of them only."""

from datetime import date

from smarterpay.bacs import CreditEvent, PaymentEvent, PaymentStatus, reason_code
from smarterpay.sandbox.bacs_work.item_changes import cancel_item
from smarterpay.sandbox.bacs_work.reports import apply_code, check_code
from smarterpay.sandbox.books.changes import Source, change
from smarterpay.sandbox.http.answers import invalid
from smarterpay.sandbox.http.fields import Choice, Field, Text, Values
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.items import Credit, Payment
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

    Dates are moved as on create. A Bacs code is for a submitted item, all else for one that
    is `pending_submission`, so they never go together. Raises `Refusal` (400) before anything
    is done.
    """
    if "bacs_code" in values:
        properties = ("amount", date_field, reference_field, "description", "metadata", "status")
        _give_code(platform, item, values, alone=not any(name in values for name in properties))
        return
    _check_pending(item)
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


def _give_code(platform: Platform, item: Payment | Credit, values: Values, *, alone: bool) -> None:
    """Let a Bacs code given by hand take its course (section 10, "Manual code")."""
    code = reason_code(values.text("bacs_code"))
    if code is None:
        raise invalid("bacs_code", "must be a Bacs code such as ARUDD 0 or ARUDD0")
    check_code(platform, code, item, Source.API)
    if not alone:
        _check_pending(item)
    apply_code(platform, code, item, Source.API)


def _check_pending(item: Payment | Credit) -> None:
    if item.status != PaymentStatus.PENDING_SUBMISSION:
        raise invalid("status", f"only what is pending can change, and this is {item.status}")
