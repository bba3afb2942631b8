"""The events of webhooks v2 (section 9): related records as objects, absent values null."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from smarterpay.bacs import MandateStatus, ScheduleStatus
from smarterpay.sandbox.banks import bank_of
from smarterpay.sandbox.card_records import Card
from smarterpay.sandbox.collection_plan import PLAN, upcoming
from smarterpay.sandbox.event_types import PAYMENT_FAILED, Source
from smarterpay.sandbox.item_records import DIRECT_DEBIT, Credit, Payment
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records import (
    CLIENT,
    USER,
    AccountValidation,
    BankAccount,
    CustomerAccount,
    Mandate,
    RecurrenceSchedule,
)
from smarterpay.sandbox.settings import (
    CARD_PAYMENT_GATEWAY,
    GATEWAY_PROFILE_NAME,
    MATCH_PERCENT,
    MAX_UPCOMING,
    NO_MATCH_PERCENT,
)
from smarterpay.sandbox.triggers import modulus_result
from smarterpay.sandbox.webhooks.card_details import (
    CARD_ANSWER_FIELDS,
    CARD_HOLDER_FIELDS,
    card_details,
)
from smarterpay.sandbox.webhooks.event import TEST_ID, Event, reason_code

Body = dict[str, Any]

_BY_THE_USER = frozenset({Source.API.value, Source.PORTAL.value})
_CANCELLED = frozenset(
    {
        MandateStatus.CANCELLED,
        MandateStatus.CANCELLED_BY_PAYER,
        MandateStatus.CANCELLED_BY_ORIGINATOR,
    }
)


def render(platform: Platform, record: Any, event: Event) -> bytes:
    """The event as JSON, from the record as it stands now."""
    body: Body = {
        "id": record.id,
        "event_id": event.event_id,
        "legacy_id": None,
        "event_type": event.event_type,
        "event_source": event.source,
        "created_at": record.created_at,
        "edited_at": record.edited_at or record.created_at,
        "client": {"id": CLIENT},
        "created_by": {"id": USER},
        "edited_by": {"id": USER} if event.source in _BY_THE_USER else None,
        "metadata": getattr(record, "metadata", ""),
        **_BODIES[event.name](platform, record),
    }
    return orjson.dumps(_with_nulls(body))


def render_failed_row(
    platform: Platform, request_id: str, row: Mapping[str, Any], message: str, event: Event
) -> bytes:
    """The event of a bulk row that could not be created (section 9, `*_request.failed`).

    There is no record, so `id` is that of the API request, as is `request_record.id`.
    """
    folded = {key.lower(): value for key, value in row.items()}
    body: Body = {
        "id": request_id,
        "event_id": event.event_id,
        "legacy_id": None,
        "event_type": event.event_type,
        "event_source": event.source,
        "created_at": platform.clock.stamp(),
        "edited_at": platform.clock.stamp(),
        "client": {"id": CLIENT},
        "created_by": None,
        "edited_by": None,
        "metadata": _as_text(folded.get("metadata")),
        "message": message,
        "amount": _as_pence(folded.get("amount")),
        "description": _as_text(folded.get("description")),
        "default_narrative": _as_text(folded.get("default_narrative")),
        "mandate": _named_mandate(platform, folded),
        "request_record": {"id": request_id},
    }
    if event.event_type == PAYMENT_FAILED:
        body["collection_date"] = _as_text(folded.get("collection_date"))
        body["custom_reference"] = _as_text(folded.get("custom_reference"))
    else:
        body["credit_date"] = _as_text(folded.get("credit_date"))
        body["custom_reference"] = _as_text(folded.get("reference"))
        body["rti"] = _as_text(folded.get("rti"))
        body["submission_reference"] = _as_text(folded.get("submission_reference"))
        body["bank_account"] = _related(_as_text(folded.get("bank_account")))
        body["client_bank_account"] = _related(_as_text(folded.get("client_bank_account_id")))
    return orjson.dumps(_with_nulls(body))


def render_test(platform: Platform) -> bytes:
    """The event of a test message, which a receiver answers and does not store (section 9)."""
    stamp = platform.clock.stamp()
    body: Body = {
        "id": TEST_ID,
        "event_id": TEST_ID,
        "legacy_id": None,
        "event_type": "mandate.update",
        "event_source": Source.PORTAL.value,
        "created_at": stamp,
        "edited_at": stamp,
        "client": {"id": CLIENT},
        "created_by": {"id": USER},
        "edited_by": {"id": USER},
        "metadata": None,
        "status": "new_instruction",
        "bacs_reason_code": "200 OK",
    }
    return orjson.dumps(body)


def _bank_account(platform: Platform, account: BankAccount) -> Body:
    bank, modulus = bank_of(account.sort_code), modulus_result(account.account_number)
    lines = {f"BranchAddress{at}": line for at, line in enumerate(bank.address, start=1)}
    return {
        "account_number": account.account_number,
        "sort_code": account.sort_code,
        "account_name": account.account_name,
        "bank_name": account.bank_name,
        "currency_code": "GBP",
        "enabled": account.enabled,
        "custom_reference": account.custom_reference,
        "debits_allowed": account.debits_allowed,
        "credits_allowed": account.credits_allowed,
        **_bacs_block(platform, account),
        "customer_account": _related(account.customer_account),
        "Modulus_Check": {
            "AccountNumber": account.account_number,
            "SortCode": account.sort_code,
            "AccountCodeOK": modulus.valid,
            "SortCodeOK": True,
            "BankName": bank.name,
            "BranchTitle": bank.name,
            **lines,
            "BranchAddressTown": bank.address[1],
            "BranchAddressPostCode": bank.postal_code,
            "TelephoneNumber": None,
            "CreditsAllowedOK": modulus.valid and modulus.credits,
            "DirectDebitsOK": modulus.valid and modulus.debits,
            "DirectDebitInstructionOK": modulus.valid and modulus.debits,
        },
    }


def _mandate(platform: Platform, mandate: Mandate) -> Body:
    numbers = platform.books.service_user_numbers.having("sun", mandate.sun)
    validation = mandate.account_validation_id
    return {
        "reference": mandate.auddis,
        "status": mandate.dd_status,
        "i_am_the_only_account_holder": mandate.only_account_holder,
        **_bacs_block(platform, mandate),
        "customer_account": _related(mandate.customer_account),
        "bank_account": _related(mandate.customer_bank_account),
        "originating_bank_account": _related(mandate.client_bank_account_id),
        "service_user_number": {
            "id": numbers[0].id if numbers else None,
            "sun_name": numbers[0].friendly_name if numbers else None,
            "sun_number": mandate.sun,
        },
        "account_validation": [_related(validation)] if validation else None,
        "submission_date": mandate.lodged_on,
        "mandate_cancellation_count": int(mandate.dd_status in _CANCELLED),
    }


def _payment(platform: Platform, payment: Payment) -> Body:
    by_debit = payment.record_type == DIRECT_DEBIT
    return {
        "amount": payment.amount,
        "currency_code": payment.currency_code,
        "collection_date": payment.collection_date,
        "represented_collection_date": payment.represented_collection_date,
        "payment_type": payment.payment_type,
        "record_type": payment.record_type,
        "status": payment.status,
        "description": payment.description,
        "custom_reference": payment.custom_reference,
        "users_reference": payment.users_reference,
        "customer_account": _related(payment.customer_account),
        "recurrence_schedule": _related(payment.recurrence_schedule),
        "related_payment": _related(payment.related_payment),
        **_bacs_block(platform, payment),
        "direct_debit": _direct_debit(payment) if by_debit else None,
        "card_payment": None if by_debit else _card_answer(platform, payment),
    }


def _direct_debit(payment: Payment) -> Body:
    mandate = {"id": payment.mandate, "legacy_id": None, "auddis": payment.auddis}
    return {"mandate": mandate, "debit_date": payment.collection_date}


def _card_answer(platform: Platform, payment: Payment) -> Body:
    """The card answer fields of section 8, and the card."""
    card = platform.books.cards.get(payment.card_id)
    return {
        **{name: getattr(payment, name) for name in CARD_ANSWER_FIELDS},
        "card": {
            "id": payment.card_id,
            "legacy_id": None,
            "card_type": card.card_type if card else None,
            "card_number_ending": card.card_number_ending if card else None,
            "card_expiry_date": card.expiry_date if card else None,
        },
    }


def _credit(platform: Platform, credit: Credit) -> Body:
    return {
        "amount": credit.amount,
        "currency_code": "GBP",
        "credit_date": credit.credit_date,
        "status": credit.status,
        "description": credit.description,
        "default_narrative": credit.default_narrative,
        "reference": credit.reference,
        "auddis": credit.auddis,
        "rti": credit.rti,
        "submission_reference": credit.submission_reference,
        "customer_account": _related(credit.customer_account),
        "bank_account": _related(credit.bank_account),
        "client_bank_account": _related(credit.client_bank_account_id),
        "mandate": _mandate_named(credit.mandate, credit.auddis),
        **_bacs_block(platform, credit),
    }


def _card(platform: Platform, card: Card) -> Body:
    details = card_details(platform, card)
    profile = card.payment_gateway_profile
    return {
        **details,
        "initial_amount": card.initial_amount,
        "payment_gateway": CARD_PAYMENT_GATEWAY,
        "customer_account": _related(card.customer_account),
        "payment_gateway_profile": {"id": profile, "description": GATEWAY_PROFILE_NAME},
        "allow_repeat_payments": bool(details["gateway_card_id"]),
        **_card_holder(platform, card),
    }


def _card_holder(platform: Platform, card: Card) -> Body:
    """The card holder's address: the customer's, which is all that the sandbox knows."""
    customer = platform.books.customer_accounts.get(card.customer_account)
    return {
        f"card_holder_address_{name}": getattr(customer, attribute) if customer else None
        for name, attribute in CARD_HOLDER_FIELDS
    }


def _recurrence_schedule(platform: Platform, schedule: RecurrenceSchedule) -> Body:
    ahead = []
    if schedule.status == ScheduleStatus.ACTIVE:
        ahead = upcoming(schedule, platform.calendar, platform.today(), MAX_UPCOMING)
    mandate = platform.books.mandates.get(schedule.mandate)
    card = platform.books.cards.get(schedule.card_id)
    owner = mandate.customer_account if mandate else card.customer_account if card else ""
    return {
        "status": schedule.status,
        "type": schedule.type,
        "record_type": schedule.type,
        "payment_type": schedule.payment_type,
        "amount": schedule.amount,
        "first_collection_amount": schedule.first_collection_amount,
        "total_value": schedule.amount if schedule.type == PLAN else None,
        "installments": schedule.installments,
        "auddis": schedule.auddis,
        "collection_period": schedule.collection_period,
        "collection_stretch": schedule.collection_stretch,
        "collection_day": schedule.collection_day,
        "description": schedule.description,
        "custom_reference": schedule.custom_reference,
        "first_collection_date": schedule.first_collection_date,
        "start_date": schedule.start_date,
        "end_date": schedule.end_date,
        "next_collection_date": ahead[0].day.isoformat() if ahead else None,
        "firstCollectionInSameMonthAsNextCollection": False,
        "upcoming_payments": [
            {"collection_date": item.day.isoformat(), "amount": item.amount} for item in ahead
        ],
        **_bacs_block(platform, schedule),
        "customer_account": _related(owner),
        "bank_account": _related(mandate.customer_bank_account if mandate else ""),
        "mandate": _mandate_named(schedule.mandate, schedule.auddis),
        "card": _related(schedule.card_id),
    }


def _account_validation(_: Platform, validation: AccountValidation) -> Body:
    percent = MATCH_PERCENT if validation.successful_validation else NO_MATCH_PERCENT
    decided = "successful" if validation.successful_validation else "failed"
    done = validation.done
    return {
        "account_name": validation.account_name,
        "account_name_match": percent if done else None,
        "message": validation.error_message or validation.message,
        "report_returned": validation.report is not None,
        "validation_status": decided if done else "error" if validation.error_message else "open",
        "validation_account_name": validation.account_name if done else None,
        "validation_account_number": validation.account_number if done else None,
        "validation_sort_code": validation.sort_code if done else None,
        "mandate": _related(validation.mandate_id or ""),
    }


def _customer_account(_: Platform, customer: CustomerAccount) -> Body:
    return {
        "status": customer.status,
        "email": customer.email,
        "title": customer.title,
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "company_name": customer.company_name,
        "address_line1": customer.address_line1,
        "address_line2": customer.address_line2,
        "city": customer.city,
        "postal_code": customer.postal_code,
        "country_code": customer.country_code,
        "state_code": customer.state_code,
        "custom_reference": customer.custom_reference,
        "external_id": customer.external_id,
    }


_BODIES: Mapping[str, Callable[[Platform, Any], Body]] = {
    "bank_account": _bank_account,
    "mandate": _mandate,
    "payment": _payment,
    "credit": _credit,
    "card_payment": _card,
    "customer_account": _customer_account,
    "recurrence_schedule": _recurrence_schedule,
    "account_validation": _account_validation,
}


def _bacs_block(platform: Platform, record: Any) -> Body:
    return {
        "bacs_reason_code": reason_code(platform, record.bacs_code),
        "bacs_description": record.bacs_description,
        "bacs_reference": record.bacs_reference,
        "bacs_filename": record.bacs_filename,
    }


def _related(record_id: str | None) -> Body | None:
    """A related record, None where there is none; newer records have no legacy id."""
    return {"id": record_id, "legacy_id": None} if record_id else None


def _mandate_named(record_id: str, auddis: str) -> Body | None:
    return {"id": record_id, "legacy_id": None, "auddis": auddis} if record_id else None


def _named_mandate(platform: Platform, row: Mapping[str, Any]) -> Body | None:
    """The mandate that a failed row names, as far as it exists."""
    given, auddis = _as_text(row.get("mandate")) or "", _as_text(row.get("auddis")) or ""
    found = platform.books.mandates.get(given.upper())
    named = [found] if found else platform.books.mandates.having("auddis", auddis)
    if named:
        return _mandate_named(named[0].id, named[0].auddis)
    return {"id": given or None, "legacy_id": None, "auddis": auddis} if given or auddis else None


def _as_text(value: Any) -> str | None:
    """What a row has where a text belongs: any other value would be no event of this form."""
    return value if isinstance(value, str) else None


def _as_pence(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18:
        return int(value)
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
    return value if whole else None


def _with_nulls(value: Any) -> Any:
    """The same with every absent text as null (section 9, "absent")."""
    if isinstance(value, dict):
        return {name: _with_nulls(inner) for name, inner in value.items()}
    return None if value == "" else value
