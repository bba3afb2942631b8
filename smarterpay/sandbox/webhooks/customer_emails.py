"""The e-mails to a merchant's customers (section 10, "E-mails"); knows no webhook."""

from dataclasses import dataclass
from typing import Any

from smarterpay.bacs import MandateStatus, PaymentStatus
from smarterpay.sandbox.books.changes import CREATE
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import Mandate, RecurrenceSchedule
from smarterpay.sandbox.records.items import DIRECT_DEBIT, Payment
from smarterpay.sandbox.records.messages import OutboundMessage
from smarterpay.sandbox.webhooks.messages import record_email

CONFIRMATION = "dd_confirmation"
SUBJECTS = {
    CONFIRMATION: "Your Direct Debit has been set up",
    "schedule_notice": "Advance notice of your Direct Debit schedule",
    "payment_notice": "Advance notice of your Direct Debit payment",
    "represent_notice": "Advance notice: your Direct Debit payment will be presented again",
}
"""Subject by `email_type`; the first type is documented, the others are named after it."""


@dataclass(frozen=True, slots=True)
class CustomerEmail:
    """An e-mail that is due: its kind, the mandate it is about, and the address."""

    email_type: str
    mandate: Mandate
    to: str

    def __repr__(self) -> str:
        return f"CustomerEmail({self.email_type})"


def due(platform: Platform, record: Any, action: str) -> CustomerEmail | None:
    """The e-mail that follows a change of a record, None where none does.

    Credits have none. The payments of a schedule were told of with the schedule.
    """
    if not platform.settings.customer_emails:
        return None
    email_type, mandate = _occasion(platform, record, action)
    if mandate is None or not mandate.customer_account:
        return None
    customer = platform.books.customer_accounts.get(mandate.customer_account)
    if customer is None or not customer.email:
        return None
    return CustomerEmail(email_type, mandate, customer.email)


def record(platform: Platform, email: CustomerEmail) -> OutboundMessage:
    """Enter the e-mail as an outbound message."""
    subject = SUBJECTS[email.email_type]
    if email.email_type == CONFIRMATION:
        email.mandate.confirmation_sent = True
    return record_email(platform, to=email.to, subject=subject, sun=email.mandate.sun)


def _occasion(platform: Platform, record: Any, action: str) -> tuple[str, Mandate | None]:
    """Which e-mail the change calls for, and the mandate; no mandate for none at all."""
    if isinstance(record, Mandate):
        return CONFIRMATION, record if _is_set_up(record) else None
    if action != CREATE:
        return "", None
    mandates = platform.books.mandates
    if isinstance(record, RecurrenceSchedule):
        return "schedule_notice", mandates.get(record.mandate)
    if isinstance(record, Payment) and _needs_notice(record):
        kind = "represent_notice" if record.payment_type == "represent" else "payment_notice"
        return kind, mandates.get(record.mandate)
    return "", None


def _is_set_up(mandate: Mandate) -> bool:
    """Whether it has just become a new instruction: by its creation, or by its validation."""
    return mandate.dd_status == MandateStatus.NEW_INSTRUCTION and not mandate.confirmation_sent


def _needs_notice(payment: Payment) -> bool:
    return (
        payment.record_type == DIRECT_DEBIT
        and payment.status == PaymentStatus.PENDING_SUBMISSION
        and not payment.recurrence_schedule
    )
