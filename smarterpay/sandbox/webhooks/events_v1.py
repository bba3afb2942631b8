"""The events of webhooks v1 (section 9): flat, every key always there, absent values empty."""

from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any

import orjson

from smarterpay.sandbox.bacs_work.schedule_work import collections_ahead
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import (
    BankAccount,
    CustomerAccount,
    Mandate,
    RecurrenceSchedule,
)
from smarterpay.sandbox.records.cards import Card
from smarterpay.sandbox.records.items import DIRECT_DEBIT, Credit, Payment
from smarterpay.sandbox.records.messages import OutboundMessage
from smarterpay.sandbox.settings import (
    CARD_PAYMENT_GATEWAY,
    WEBHOOK_V1_SOURCE,
    WEBHOOK_V1_TEST_SOURCE,
)
from smarterpay.sandbox.webhooks.card_details import CARD_ANSWER_FIELDS, card_details
from smarterpay.sandbox.webhooks.customer_emails import CustomerEmail
from smarterpay.sandbox.webhooks.event import TEST_ID, Event, describe, reason_code

Body = dict[str, Any]

_BACS = ("bacs_reason_code", "bacs_description", "bacs_reference", "bacs_filename")
_DELIVERY = (
    "delivery_address_line1",
    "delivery_address_line2",
    "delivery_city",
    "delivery_postal_code",
    "delivery_country_code",
    "delivery_state_code",
)


def speaks_of(name: str) -> bool:
    """Whether version 1 has a form for events about this kind of record."""
    return name in _KINDS


def render(platform: Platform, record: Any, event: Event, event_id: str) -> bytes:
    """The event as JSON, from the record as it stands now; `event_id` is the `EV` one."""
    resource_type, body_of = _KINDS[event.name]
    body: Body = {
        "id": event_id,
        "created_at": _now(platform),
        "resource_type": resource_type,
        "description": describe(event, _state(record)),
        "event_source": WEBHOOK_V1_SOURCE,
        **body_of(platform, record),
    }
    return orjson.dumps({name: _plain(value) for name, value in body.items()})


def render_email(
    platform: Platform, message: OutboundMessage, email: CustomerEmail, event_id: str
) -> bytes:
    """The event of an e-mail to a customer; it alone has no source."""
    return orjson.dumps(
        {
            "id": event_id,
            "created_at": _now(platform),
            "resource_type": "email",
            "description": "email sent",
            "email_id": message.legacy_id,
            "email": message.to,
            "email_type": email.email_type,
            "customer_account": email.mandate.customer_account,
            "auddis": email.mandate.auddis,
            "status": "email_sent",
        }
    )


def render_test(platform: Platform) -> bytes:
    """The event of a test message, which a receiver answers and does not store."""
    return orjson.dumps(
        {
            "id": TEST_ID,
            "created_at": _now(platform),
            "resource_type": "mandate",
            "description": "test message",
            "event_source": WEBHOOK_V1_TEST_SOURCE,
            "customer_account": "",
            "AUDDIS": "",
            "status": "new_instruction",
            "reference": "",
            "bacs_reason_code": "200 OK",
            "bacs_description": "",
            "bacs_reference": "",
            "bacs_filename": "",
        }
    )


def _mandate(platform: Platform, mandate: Mandate) -> Body:
    """`AUDDIS` is what version 1 knows a mandate by; `reference` is its id, as everywhere."""
    return {
        "customer_account": mandate.customer_account,
        "AUDDIS": mandate.auddis,
        "status": mandate.dd_status,
        "reference": mandate.id,
        **_bacs_block(platform, mandate),
    }


def _bank_account(platform: Platform, account: BankAccount) -> Body:
    return {
        "bank_account": account.id,
        "account_number": account.account_number,
        "sort_code": account.sort_code,
        "account_name": account.account_name,
        "currency": "GBP",
        "enabled": account.enabled,
        "bank_name": account.bank_name,
        "customer_account": account.customer_account,
        "custom_reference": account.custom_reference,
        **_bacs_block(platform, account),
    }


def _payment(platform: Platform, payment: Payment) -> Body:
    by_debit = payment.record_type == DIRECT_DEBIT
    return {
        "reference": payment.id,
        "status": payment.status,
        "collection_date": payment.collection_date,
        "amount": str(payment.amount),
        "debit_date": payment.collection_date if by_debit else "",
        "record_type": payment.record_type,
        "custom_reference": payment.custom_reference,
        "customer_account": payment.customer_account,
        "card_id": payment.card_id,
        "payment_type": payment.payment_type,
        "related_payment_id": payment.related_payment,
        "metadata": payment.metadata,
        "currency_code": payment.currency_code,
        **{name: getattr(payment, name) for name in CARD_ANSWER_FIELDS},
        **_bacs_block(platform, payment),
    }


def _credit(platform: Platform, credit: Credit) -> Body:
    return {
        "reference": credit.id,
        "status": credit.status,
        "custom_reference": credit.reference,
        **_bacs_block(platform, credit),
    }


def _card(platform: Platform, card: Card) -> Body:
    details = card_details(platform, card)
    return {
        "reference": card.id,
        "payment_gateway_profile": card.payment_gateway_profile,
        "customer_account": card.customer_account,
        **details,
        "card_created_at": _in_milliseconds(details["card_created_at"]),
        "card_edited_at": _in_milliseconds(details["card_edited_at"]),
        "payment_gateway": CARD_PAYMENT_GATEWAY,
        "initial_amount": str(card.initial_amount),
        "metadata": card.metadata,
    }


def _customer_account(_: Platform, customer: CustomerAccount) -> Body:
    return {
        "reference": customer.id,
        "Email": customer.email,
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "company_name": customer.company_name,
        "title": customer.title,
        "status": customer.status,
        "address_line1": customer.address_line1,
        "address_line2": customer.address_line2,
        "city": customer.city,
        "postal_code": customer.postal_code,
        "country_code": customer.country_code,
        "state_code": customer.state_code,
        **dict.fromkeys(_DELIVERY, ""),
        "custom_reference": customer.custom_reference,
    }


def _recurrence_schedule(platform: Platform, schedule: RecurrenceSchedule) -> Body:
    """The REST fields flat; the list of payments is JSON inside a string (section 7.11)."""
    ahead = collections_ahead(platform, schedule)
    listed = [{"collection_date": item.day.isoformat(), "amount": item.amount} for item in ahead]
    return {
        "reference": schedule.id,
        "status": schedule.status,
        "type": schedule.type,
        "payment_type": schedule.payment_type,
        "amount": str(schedule.amount),
        "first_collection_amount": _digits(schedule.first_collection_amount),
        "installments": _digits(schedule.installments),
        "auddis": schedule.auddis,
        "mandate": schedule.mandate,
        "card_id": schedule.card_id,
        "collection_period": schedule.collection_period,
        "collection_stretch": str(schedule.collection_stretch),
        "collection_day": schedule.collection_day,
        "custom_reference": schedule.custom_reference,
        "first_collection_date": schedule.first_collection_date,
        "start_date": schedule.start_date,
        "end_date": schedule.end_date,
        "next_collection_date": ahead[0].day.isoformat() if ahead else "",
        "firstCollectionInSameMonthAsNextCollection": False,
        "metadata": schedule.metadata,
        "upcoming_payments": orjson.dumps(listed).decode(),
        **_bacs_block(platform, schedule),
    }


_KINDS: Mapping[str, tuple[str, Callable[[Platform, Any], Body]]] = {
    "mandate": ("mandate", _mandate),
    "bank_account": ("bank_account", _bank_account),
    "payment": ("payment", _payment),
    "credit": ("credit", _credit),
    "card_payment": ("cardpayment", _card),
    "customer_account": ("customer_account", _customer_account),
    "recurrence_schedule": ("recurrence_schedule", _recurrence_schedule),
}
"""`resource_type` and fields by kind; what is missing here has no form in version 1."""


def _state(record: Any) -> str:
    """The word by which the description tells of the record's state."""
    if isinstance(record, BankAccount):
        return "enabled" if record.enabled else "disabled"
    return str(record.dd_status if isinstance(record, Mandate) else record.status)


def _bacs_block(platform: Platform, record: Any) -> Body:
    told = (
        reason_code(platform, record.bacs_code),
        record.bacs_description,
        record.bacs_reference,
        record.bacs_filename,
    )
    return dict(zip(_BACS, told, strict=True))


def _now(platform: Platform) -> str:
    """The instant in the form with milliseconds (section 5, "Timestamps out")."""
    stamp = platform.now().astimezone(UTC).isoformat(timespec="milliseconds")
    return stamp.replace("+00:00", "Z")


def _in_milliseconds(stamp: str) -> str:
    return stamp.removesuffix("Z") + ".000Z"


def _digits(number: int | None) -> str:
    return "" if number is None else str(number)


def _plain(value: Any) -> Any:
    return "" if value is None else value
