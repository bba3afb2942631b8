"""The events of webhooks v2 (section 9): related records as objects, absent values null."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from smarterpay.bacs import CardPaymentStatus, MandateStatus
from smarterpay.sandbox.bacs_work.banks import bank_of
from smarterpay.sandbox.bacs_work.collection_plan import PLAN
from smarterpay.sandbox.bacs_work.schedule_work import collections_ahead
from smarterpay.sandbox.books.event_types import UPDATE, Source
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import (
    USER,
    AccountValidation,
    BankAccount,
    CustomerAccount,
    Mandate,
    RecurrenceSchedule,
)
from smarterpay.sandbox.records.cards import Card
from smarterpay.sandbox.records.items import DIRECT_DEBIT, Credit, Payment
from smarterpay.sandbox.records.links import PaymentLink
from smarterpay.sandbox.resources import card_transactions
from smarterpay.sandbox.settings import (
    CARD_PAYMENT_GATEWAY,
    GATEWAY_PROFILE_NAME,
    MATCH_PERCENT,
    NO_MATCH_PERCENT,
)
from smarterpay.sandbox.triggers import modulus_result
from smarterpay.sandbox.webhooks.card_details import (
    CARD_HOLDER_FIELDS,
    card_details,
)
from smarterpay.sandbox.webhooks.event import TEST_ID, Event, reason_code
from smarterpay.sandbox.webhooks.v2_form import (
    Body,
    event_head,
    mandate_named,
    related,
    with_nulls,
)

_BY_THE_USER = frozenset({Source.API.value, Source.PORTAL.value})
_TEST_BLANKS = (
    "reference",
    "i_am_the_only_account_holder",
    "bacs_description",
    "bacs_reference",
    "bacs_filename",
    "customer_account",
    "bank_account",
    "originating_bank_account",
    "service_user_number",
    "account_validation",
    "submission_date",
    "mandate_cancellation_count",
)
"""What a mandate event has and the test message has no record for."""

_LINK_RECORDS = (
    "ecommerce_page",
    "customer_account",
    "bank_account",
    "mandate",
    "recurrence_schedule",
)
_LINK_FIELDS = (
    "url",
    "status",
    "expires_at",
    "amount",
    "auddis",
    "first_collection_amount",
    "first_collection_date",
    "start_date",
    "end_date",
    "return_url",
    "description",
    "bank_account_custom_reference",
    "card_payment_custom_reference",
    "customer_custom_reference",
    "recurrence_schedule_custom_reference",
    "metadata_account_validation",
    "metadata_bank_account",
    "metadata_card",
    "metadata_customer_account",
    "metadata_mandate",
    "metadata_recurrence_schedule",
)
_CANCELLED = frozenset(
    {
        MandateStatus.CANCELLED,
        MandateStatus.CANCELLED_BY_PAYER,
        MandateStatus.CANCELLED_BY_ORIGINATOR,
    }
)


def render(platform: Platform, record: Any, event: Event) -> bytes:
    """The event as JSON, from the record as it stands now."""
    user = {"id": USER}
    head = event_head(event, record.id, record.created_at, record.edited_at or record.created_at)
    body: Body = {
        **head,
        "created_by": user,
        "edited_by": user if event.source in _BY_THE_USER else None,
        "metadata": getattr(record, "metadata", ""),
        **_BODIES[event.name](platform, record),
    }
    return orjson.dumps(with_nulls(body))


def render_test(platform: Platform) -> bytes:
    """The event of a test message, which a receiver answers and does not store (section 9)."""
    stamp = platform.clock.stamp()
    event = Event(TEST_ID, "mandate", UPDATE, Source.PORTAL.value)
    body: Body = {
        **event_head(event, TEST_ID, stamp, stamp),
        "created_by": {"id": USER},
        "edited_by": {"id": USER},
        "metadata": None,
        **dict.fromkeys(_TEST_BLANKS),
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
        "customer_account": related(account.customer_account),
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
        "customer_account": related(mandate.customer_account),
        "bank_account": related(mandate.customer_bank_account),
        "originating_bank_account": related(mandate.client_bank_account_id),
        "service_user_number": {
            "id": numbers[0].id if numbers else None,
            "sun_name": numbers[0].friendly_name if numbers else None,
            "sun_number": mandate.sun,
        },
        "account_validation": [related(validation)] if validation else None,
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
        "customer_account": related(payment.customer_account),
        "recurrence_schedule": related(payment.recurrence_schedule),
        "related_payment": related(payment.related_payment),
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
        **card_transactions.present(payment, answered=False),
        "internal_payment_description": payment.internal_payment_description,
        "gateway_payment_description": payment.gateway_payment_description,
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
        "customer_account": related(credit.customer_account),
        "bank_account": related(credit.bank_account),
        "client_bank_account": related(credit.client_bank_account_id),
        "mandate": mandate_named(credit.mandate, credit.auddis),
        **_bacs_block(platform, credit),
    }


def _card(platform: Platform, card: Card) -> Body:
    profile = card.payment_gateway_profile
    return {
        **card_details(platform, card),
        "initial_amount": card.initial_amount,
        "payment_gateway": CARD_PAYMENT_GATEWAY,
        "customer_account": related(card.customer_account),
        "payment_gateway_profile": {"id": profile, "description": GATEWAY_PROFILE_NAME},
        "allow_repeat_payments": card.status == CardPaymentStatus.SUCCESSFUL,
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
    ahead = collections_ahead(platform, schedule)
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
        "customer_account": related(owner),
        "bank_account": related(mandate.customer_bank_account if mandate else ""),
        "mandate": mandate_named(schedule.mandate, schedule.auddis),
        "card": related(schedule.card_id),
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
        "mandate": related(validation.mandate_id or ""),
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


def _payment_link(_: Platform, link: PaymentLink) -> Body:
    return {
        **{name: getattr(link, name) for name in _LINK_FIELDS},
        **{name: related(getattr(link, name)) for name in _LINK_RECORDS},
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
    "payment_link": _payment_link,
}


def _bacs_block(platform: Platform, record: Any) -> Body:
    return {
        "bacs_reason_code": reason_code(platform, record.bacs_code),
        "bacs_description": record.bacs_description,
        "bacs_reference": record.bacs_reference,
        "bacs_filename": record.bacs_filename,
    }
