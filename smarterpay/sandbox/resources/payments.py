"""Payments (reference, sections 7.7 to 7.9): what callers see and ask; no rule of Bacs."""

from typing import Any

from smarterpay.bacs import CardPaymentStatus, PaymentStatus
from smarterpay.sandbox.bacs_work.item_requests import UPDATE_TAIL, change_item, day_asked
from smarterpay.sandbox.bacs_work.payments import (
    PaymentType,
    check_collectable,
    check_unpaid,
    open_payment,
    represent_payment,
    transaction_codes,
)
from smarterpay.sandbox.books.changes import Source
from smarterpay.sandbox.http.answers import Answer, invalid, success
from smarterpay.sandbox.http.fields import Choice, Day, Field, Text, Values, pence
from smarterpay.sandbox.http.lists import Listing
from smarterpay.sandbox.http.resource import (
    PENCE_TEXT,
    STAMP,
    TEXT,
    Call,
    Request,
    Resource,
    Route,
)
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import Mandate
from smarterpay.sandbox.records.items import CARD_PAYMENT, DIRECT_DEBIT, Payment
from smarterpay.sandbox.resources import api_requests, mandates
from smarterpay.sandbox.settings import (
    ACCEPTED,
    MAX_BULK_ROWS,
    MAX_DESCRIPTION,
    MAX_METADATA,
    MAX_REFERENCE,
)

ENVELOPE = "payment"
LIST_ENVELOPE = "payments"
SECTION = "7.7"
REPRESENT_SECTION = "7.8"

_AUDDIS = Text(18)
_BODY_FIELDS = (
    Field("amount", pence(), mandatory=True),
    Field("collection_date", Day(), mandatory=True),
    Field("description", Text(MAX_DESCRIPTION), mandatory=True),
    Field("custom_reference", Text(MAX_REFERENCE)),
    Field("metadata", Text(MAX_METADATA)),
    Field("record_type", Choice((DIRECT_DEBIT,))),
)
CREATE_FIELDS = (Field("auddis", _AUDDIS), Field("mandate", Text(50)), *_BODY_FIELDS)
REPRESENT_FIELDS = (Field("auddis", _AUDDIS, mandatory=True), *_BODY_FIELDS)
UPDATE_FIELDS = (
    Field("amount", pence(least=0), clearable=False),
    Field("collection_date", Day(), clearable=False),
    Field("custom_reference", Text(MAX_REFERENCE)),
    *UPDATE_TAIL,
)

STATUSES = tuple(dict.fromkeys([*PaymentStatus, *CardPaymentStatus]))
ANSWER = {
    "id": TEXT,
    "created_at": STAMP,
    "status": {"type": "string", "enum": [status.value for status in STATUSES]},
    "amount": PENCE_TEXT,
    "currency_code": {"type": "string", "pattern": "^[A-Z]{3}$"},
    "collection_date": {"type": "string", "format": "date"},
    "payment_type": TEXT,
    "record_type": {"type": "string", "enum": [DIRECT_DEBIT, CARD_PAYMENT]},
    "description": TEXT,
    "custom_reference": TEXT,
    "metadata": TEXT,
    "mandate": TEXT,
    "users_reference": TEXT,
    "related_payment": TEXT,
    "customer_account": TEXT,
    "recurrence_schedule": TEXT,
    "bacs_code": TEXT,
    "bacs_description": TEXT,
}
EITHER = {"auddis": TEXT, "card_id": TEXT}
"""Of these a Direct Debit has the first and a card payment the second."""

DIRECT_DEBIT_ANSWER = ANSWER | {
    "status": {"type": "string", "enum": [status.value for status in PaymentStatus]},
    "payment_type": {"type": "string", "enum": [kind.value for kind in PaymentType]},
    "record_type": {"type": "string", "enum": [DIRECT_DEBIT]},
    "auddis": TEXT,
}


def create(platform: Platform, call: Call) -> Answer:
    """Enter a payment on a mandate; on a cancelled one it is recorded `cancelled`, amount 0."""
    return success(ENVELOPE, present(platform, create_from(platform, call.values)))


def create_from(platform: Platform, values: Values) -> Payment:
    """Enter the payment that a create, or a row of a bulk create, asks for.

    Raises `Refusal` (400) where it cannot be created.
    """
    asked = day_asked(platform, values, "collection_date")
    mandate = _mandate_named(platform, values)
    check_collectable(mandate, "auddis" if values.text("auddis") else "mandate")
    return open_payment(
        platform,
        mandate,
        amount=values.must_number("amount"),
        asked_date=asked,
        description=values.text("description"),
        source=Source.API,
        custom_reference=values.text("custom_reference"),
        metadata=values.text("metadata"),
    )


def _mandate_named(platform: Platform, values: Values) -> Mandate:
    """The mandate by reference or id; both at once must be the same one's."""
    auddis, mandate_id = values.text("auddis"), values.text("mandate")
    if not auddis and not mandate_id:
        raise invalid("auddis", "is mandatory unless mandate is given")
    if not mandate_id:
        mandate = mandates.find_by_reference(platform, auddis)
        if mandate is None:
            raise invalid("auddis", "no mandate has this reference")
        return mandate
    mandate = mandates.find(platform, mandate_id)
    if mandate is None:
        raise invalid("mandate", "no such mandate")
    if auddis and mandate.auddis != auddis:
        raise invalid("auddis", "is the reference of another mandate than the one given")
    return mandate


def bulk_create(platform: Platform, call: Call) -> Answer:
    """Take in rows, to be created one by one once the simulated time comes (section 7.9)."""
    return api_requests.take(platform, call, api_requests.PAYMENT_ROWS)


def represent(platform: Platform, call: Call) -> Answer:
    """Present a failed payment again; the answer is the new payment."""
    original: Payment = call.record
    values = call.values
    check_unpaid(original)
    asked = day_asked(platform, values, "collection_date")
    mandate = mandates.find(platform, original.mandate)
    if mandate is None or values.text("auddis") != original.auddis:
        raise invalid("auddis", "must be the mandate reference of the original payment")
    payment = represent_payment(
        platform,
        original,
        mandate,
        amount=values.must_number("amount"),
        asked_date=asked,
        description=values.text("description"),
        source=Source.API,
        custom_reference=values.text("custom_reference"),
        metadata=values.text("metadata"),
    )
    return success(ENVELOPE, present(platform, payment))


def update(platform: Platform, call: Call) -> Answer:
    """Change or cancel a pending payment; amount 0 makes a payment break of a schedule's."""
    payment: Payment = call.record
    values = call.values
    if values.number("amount") == 0 and not payment.recurrence_schedule:
        raise invalid("amount", "may be 0 for a payment of a schedule only")
    change_item(
        platform,
        payment,
        values,
        date_field="collection_date",
        reference_field="custom_reference",
    )
    return success(ENVELOPE, present(platform, payment))


def get(platform: Platform, call: Call) -> Answer:
    """The payment as it stands, Direct Debit or card."""
    return success(ENVELOPE, present(platform, call.record))


def present(_: Platform, payment: Payment) -> dict[str, Any]:
    """The payment as the wire has it: amount a string (section 5, "Number form").

    A card payment has `card_id` instead of `auddis`.
    """
    shown = {name: getattr(payment, name) for name in ANSWER}
    shown["amount"] = str(payment.amount)
    held_by = "auddis" if payment.record_type == DIRECT_DEBIT else "card_id"
    shown[held_by] = getattr(payment, held_by)
    return shown


def find(platform: Platform, record_id: str) -> Payment | None:
    """The payment with this id, in any case."""
    return platform.books.payments.get(record_id.upper())


LISTING = Listing(
    envelope=LIST_ENVELOPE,
    table=lambda books: books.payments,
    present=present,
    sort_fields=("created_at", "id", "status", "collection_date", "custom_reference"),
    find=find,
    status=lambda payment: str(payment.status),
    reference=lambda payment: str(payment.custom_reference),
    filters={"transaction_code": lambda _, payment: transaction_codes(payment)},
)

RESOURCE = Resource(
    service="Payment",
    rules=(
        "A date too early or on a non-banking day is moved and returned. On a cancelled mandate "
        "the payment is recorded `cancelled` with amount 0. Only a pending payment can change; "
        "`bacs_code` is for submitted ones. A bulk call answers at once, its rows follow."
    ),
    routes=(
        Route(
            "payment.create",
            "POST",
            "/payment",
            create,
            SECTION,
            "Create a payment",
            ENVELOPE,
            DIRECT_DEBIT_ANSWER,
            Request(ENVELOPE, CREATE_FIELDS),
        ),
        Route(
            "payment.bulk_create",
            "POST",
            "/payments",
            bulk_create,
            api_requests.SECTION,
            "Create many payments in one call",
            api_requests.ENVELOPE,
            api_requests.ANSWER,
            Request(LIST_ENVELOPE, CREATE_FIELDS, most_rows=MAX_BULK_ROWS),
            statuses=(ACCEPTED,),
        ),
        Route(
            "payment.represent",
            "POST",
            "/payment/{id}/represent",
            represent,
            REPRESENT_SECTION,
            "Present a failed payment again",
            ENVELOPE,
            DIRECT_DEBIT_ANSWER,
            Request(ENVELOPE, REPRESENT_FIELDS),
            locate=find,
        ),
        Route(
            "payment.get",
            "GET",
            "/payment/{id}",
            get,
            SECTION,
            "Read a payment",
            ENVELOPE,
            ANSWER,
            locate=find,
            optional=EITHER,
        ),
        Route(
            "payment.update",
            "PUT",
            "/payment/{id}",
            update,
            SECTION,
            "Change or cancel a pending payment",
            ENVELOPE,
            DIRECT_DEBIT_ANSWER,
            Request(ENVELOPE, UPDATE_FIELDS, update=True),
            locate=find,
        ),
        Route(
            "payment.list",
            "GET",
            "/payments",
            LISTING.work,
            SECTION,
            "List payments",
            LISTING.envelope,
            ANSWER,
            listing=True,
            singular_path="/payment",
            sort_fields=LISTING.sort_fields,
            filters=tuple(LISTING.filters),
            optional=EITHER,
        ),
    ),
)
