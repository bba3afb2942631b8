"""The records that carry money, and the files that take them to Bacs; knows no rule."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from smarterpay.bacs import CreditStatus, PaymentStatus

DIRECT_DEBIT, CARD_PAYMENT = "direct debit", "card payment"
"""`record_type` of a payment (section 7.7)."""


@dataclass(slots=True)
class Payment:
    """A Direct Debit payment, or a payment on a card (sections 7.7 and 8); pence as int.

    Dates are ISO texts or empty. `collection_date` is the stored date; on a card payment the
    day it was asked for. What a card payment alone has is empty on a Direct Debit: a refund
    `draws` so many pence from each payment id, a reservation `expires_on` its day of lapse.
    """

    KIND: ClassVar[str] = "payments"
    id: str
    created_at: str
    status: str
    amount: int
    collection_date: str
    payment_type: str
    record_type: str = DIRECT_DEBIT
    currency_code: str = "GBP"
    edited_at: str = ""
    description: str = ""
    custom_reference: str = ""
    metadata: str = ""
    sun: str = ""
    auddis: str = ""
    mandate: str = ""
    bank_account: str = ""
    users_reference: str = ""
    related_payment: str = ""
    represented_collection_date: str = ""
    customer_account: str = ""
    recurrence_schedule: str = ""
    submitted_on: str = ""
    settled_on: str = ""
    bacs_code: str = ""
    bacs_description: str = ""
    bacs_reference: str = ""
    bacs_filename: str = ""
    card_id: str = ""
    internal_payment_description: str = ""
    gateway_payment_description: str = ""
    status_code: str = ""
    status_details: str = ""
    authorisation_code: str = ""
    transaction_id: str = ""
    order_id: str = ""
    charge_id: str = ""
    gateway_status: str = ""
    gateway_status_code: str = ""
    gateway_status_details: str = ""
    draws: dict[str, int] = field(default_factory=dict)
    expires_on: str = ""

    def __repr__(self) -> str:
        return f"Payment({self.id})"

    @property
    def submission_due(self) -> str:
        """The collection date of a Direct Debit that waits for its file, empty otherwise."""
        waits = self.status == PaymentStatus.PENDING_SUBMISSION
        return self.collection_date if waits and self.record_type == DIRECT_DEBIT else ""

    @property
    def settlement_due(self) -> str:
        """The collection date of a submitted Direct Debit, empty otherwise."""
        return self.collection_date if self.status == PaymentStatus.SUBMITTED else ""


@dataclass(slots=True)
class Credit:
    """A Bacs credit to a payee's account (section 7.10); pence as int, dates as ISO texts."""

    KIND: ClassVar[str] = "credits"
    id: str
    created_at: str
    status: str
    amount: int
    credit_date: str
    description: str
    sun: str
    client_bank_account_id: str
    bank_account: str
    edited_at: str = ""
    default_narrative: str = ""
    reference: str = ""
    auddis: str = ""
    mandate: str = ""
    customer_account: str = ""
    rti: str = ""
    submission_reference: str = ""
    metadata: str = ""
    submitted_on: str = ""
    settled_on: str = ""
    bacs_code: str = ""
    bacs_description: str = ""
    bacs_reference: str = ""
    bacs_filename: str = ""

    def __repr__(self) -> str:
        return f"Credit({self.id})"

    @property
    def submission_due(self) -> str:
        """The credit date of a credit that waits for its file, empty otherwise."""
        return self.credit_date if self.status == CreditStatus.PENDING_SUBMISSION else ""

    @property
    def settlement_due(self) -> str:
        """The credit date of a submitted credit, empty otherwise."""
        return self.credit_date if self.status == CreditStatus.SUBMITTED else ""


@dataclass(slots=True)
class ApiRequest:
    """A bulk create (section 7.9): the rows as they came, and what became of each.

    `record_type` is `payment` or `credit`; `rows` are gone once all are judged; an entry of
    `results` is `index`, `status`, `id` and `message`.
    """

    KIND: ClassVar[str] = "api_requests"
    id: str
    created_at: str
    status: str
    record_type: str
    rows: list[Any] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)
    edited_at: str = ""

    def __repr__(self) -> str:
        return f"ApiRequest({self.id})"


@dataclass(slots=True)
class Submission:
    """One file to Bacs under one SUN (section 7.13); counts, and values in pence."""

    KIND: ClassVar[str] = "submissions"
    id: str
    created_at: str
    status: str
    sun: str
    serial_number: str
    credit_total_count: int = 0
    credit_total_value: int = 0
    mandate_cancellation_count: int = 0
    mandate_convert_count: int = 0
    mandate_new_instruction_count: int = 0
    payment_total_count: int = 0
    payment_total_value: int = 0
    edited_at: str = ""


@dataclass(slots=True)
class SubmissionLine:
    """One item of a submission (section 7.13); pence as int.

    `type` is `mandate`, `payment` or `credit`; `collection_date` is empty for mandates.
    """

    KIND: ClassVar[str] = "submission_lines"
    id: str
    created_at: str
    status: str
    submission_id: str
    record_id: str
    type: str
    transaction_code: str
    amount: int = 0
    collection_date: str = ""
    edited_at: str = ""
