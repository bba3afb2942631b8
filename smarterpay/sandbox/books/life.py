"""Which life cycle of section 11 a record follows, and where it stands; performs no change."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from smarterpay.bacs import (
    API_REQUEST,
    BANK_ACCOUNT,
    CARD_PAYMENT,
    CREDIT,
    MANDATE,
    OUTBOUND_MESSAGE,
    PAYMENT,
    PAYMENT_LINK,
    SCHEDULE,
    SUBMISSION,
    SUBMISSION_LINE,
    ApiRequestStatus,
    BankAccountState,
    CardPaymentStatus,
    CreditStatus,
    LifeCycle,
    MandateStatus,
    OutboundMessageStatus,
    PaymentLinkStatus,
    PaymentStatus,
    ScheduleStatus,
    SubmissionLineStatus,
    SubmissionStatus,
)
from smarterpay.sandbox.records.accounts import BankAccount
from smarterpay.sandbox.records.items import DIRECT_DEBIT, Payment

Standing = tuple[LifeCycle[Any, Any], StrEnum]
"""A life cycle and the state in it."""


class IllegalMoveError(RuntimeError):
    """A rule of ours tried a change that section 11 does not have: a bug, never an answer."""


def standing(record: Any) -> Standing | None:
    """The record's life cycle and state; None for a kind that has no life cycle."""
    read = _STANDINGS.get(record.KIND)
    return None if read is None else read(record)


def set_state(record: Any, state: StrEnum) -> None:
    """Write a state where the record keeps it."""
    if isinstance(record, BankAccount):
        record.enabled = state is BankAccountState.ENABLED
    elif record.KIND == "mandates":
        record.dd_status = state.value
    else:
        record.status = state.value


def _payment(record: Payment) -> Standing:
    if record.record_type == DIRECT_DEBIT:
        return PAYMENT, PaymentStatus(record.status)
    return CARD_PAYMENT, CardPaymentStatus(record.status)


def _bank_account(record: BankAccount) -> Standing:
    state = BankAccountState.ENABLED if record.enabled else BankAccountState.DISABLED
    return BANK_ACCOUNT, state


_STANDINGS: Mapping[str, Callable[[Any], Standing]] = {
    "mandates": lambda record: (MANDATE, MandateStatus(record.dd_status)),
    "bank_accounts": _bank_account,
    "recurrence_schedules": lambda record: (SCHEDULE, ScheduleStatus(record.status)),
    "payments": _payment,
    "credits": lambda record: (CREDIT, CreditStatus(record.status)),
    "submissions": lambda record: (SUBMISSION, SubmissionStatus(record.status)),
    "submission_lines": lambda record: (SUBMISSION_LINE, SubmissionLineStatus(record.status)),
    "payment_links": lambda record: (PAYMENT_LINK, PaymentLinkStatus(record.status)),
    "api_requests": lambda record: (API_REQUEST, ApiRequestStatus(record.status)),
    "outbound_messages": lambda record: (OUTBOUND_MESSAGE, OutboundMessageStatus(record.status)),
}
