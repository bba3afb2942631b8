"""Which record a reason code can be about (section 10); changes nothing."""

from collections.abc import Mapping
from typing import Any

from smarterpay.bacs import (
    CreditStatus,
    MandateEvent,
    MandateStatus,
    PaymentEvent,
    PaymentStatus,
    ReasonCode,
    mandate_after,
)
from smarterpay.sandbox.books.changes import Source, state_after
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import BankAccount, Mandate
from smarterpay.sandbox.records.items import DIRECT_DEBIT, Credit, Payment

Subject = Mandate | Payment | Credit | BankAccount
"""The records that a report or a person can give a code."""

ADDACS, AUDDIS, ARUDD, ARUCS = "ADDACS", "AUDDIS", "ARUDD", "ARUCS"
AWACS, DDICA, INPUT = "AWACS", "DDICA", "INPUT"

_NOUNS: Mapping[str, str] = {
    "mandates": "a mandate",
    "payments": "a Direct Debit payment",
    "credits": "a credit",
    "bank_accounts": "a bank account",
}
_ABOUT: Mapping[str, tuple[str, ...]] = {
    ADDACS: ("mandates",),
    AUDDIS: ("mandates",),
    ARUDD: ("payments",),
    DDICA: ("payments",),
    ARUCS: ("credits",),
    AWACS: ("credits", "bank_accounts"),
    INPUT: ("mandates", "payments", "credits"),
}
_BY_HAND_TOO = (ARUDD, DDICA)
"""Given by hand, these may stand on a mandate: their item is not one of ours then."""


def family_of(code: ReasonCode) -> str:
    """The report a code comes in, such as `ARUDD`."""
    return code.code[:-1]


def objection(platform: Platform, code: ReasonCode, record: Any, source: Source) -> str:
    """Why the record cannot take the code as it stands, empty where it can."""
    family = family_of(code)
    kinds = _ABOUT[family]
    by_hand = source is not Source.DDMS
    if by_hand and family in _BY_HAND_TOO:
        kinds = (*kinds, "mandates")
    if record.KIND not in kinds:
        return f"{family} is about {' or '.join(_NOUNS[kind] for kind in kinds)}"
    if isinstance(record, Payment):
        return _payment_objection(family, record)
    if isinstance(record, Credit):
        return _credit_objection(family, record)
    if isinstance(record, Mandate) and not by_hand:
        return _mandate_objection(platform, family, record)
    return ""


def _payment_objection(family: str, payment: Payment) -> str:
    if payment.record_type != DIRECT_DEBIT:
        return "a card payment does not go through Bacs"
    event = PaymentEvent.INDEMNITY if family == DDICA else PaymentEvent.RETURNED
    on_input_only = family == INPUT and payment.status != PaymentStatus.SUBMITTED
    if on_input_only or state_after(payment, event) is None:
        return f"the payment is {payment.status}"
    return ""


def _credit_objection(family: str, credit: Credit) -> str:
    arrived = family == AWACS and credit.status == CreditStatus.SUCCESSFUL
    if credit.status == CreditStatus.SUBMITTED or arrived:
        return ""
    return f"the credit is {credit.status}"


def _mandate_objection(platform: Platform, family: str, mandate: Mandate) -> str:
    if family == INPUT:
        lines = platform.books.submission_lines.having("record_id", mandate.id)
        return "" if lines else "no submission has a line about the mandate"
    if mandate_after(MandateStatus(mandate.dd_status), MandateEvent.PAYER_CANCELS) is None:
        return f"the mandate is {mandate.dd_status}"
    return ""
