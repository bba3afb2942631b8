"""The records the provider keeps, one class each; knows no wire spelling and changes nothing."""

from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, Protocol

from smarterpay.bacs import LIVE_MANDATES, MandateStatus, ScheduleStatus

CLIENT = "CL01SANDBOXCLIENT001"
USER = "CU01SANDBOXUSER00001"


class Record(Protocol):
    """What every record has: an id, and the stamp of its creation (`...T08:00:00Z`)."""

    KIND: ClassVar[str]
    id: str
    created_at: str


@dataclass(slots=True)
class CustomerAccount:
    """A customer (section 7.1); absent texts are empty."""

    KIND: ClassVar[str] = "customer_accounts"
    id: str
    created_at: str
    status: str
    email: str
    first_name: str
    last_name: str
    address_line1: str
    city: str
    postal_code: str
    address_line2: str = ""
    country_code: str = "GB"
    state_code: str = ""
    title: str = ""
    company_name: str = ""
    custom_reference: str = ""
    external_id: str = ""
    metadata: str = ""
    edited_at: str = ""

    def __repr__(self) -> str:
        return f"CustomerAccount({self.id})"


@dataclass(slots=True)
class BankAccount:
    """A payer's or payee's bank account (section 7.2).

    `credits_possible` is what modulus check and caller permit, before Credit Anti-Fraud.
    """

    KIND: ClassVar[str] = "bank_accounts"
    id: str
    created_at: str
    account_number: str
    sort_code: str
    account_name: str
    bank_name: str
    customer_account: str = ""
    enabled: bool = True
    custom_reference: str = ""
    metadata: str = ""
    credits_allowed: bool = True
    debits_allowed: bool = True
    credits_possible: bool = True
    edited_at: str = ""
    bacs_code: str = ""
    bacs_description: str = ""
    bacs_reference: str = ""
    bacs_filename: str = ""

    def __repr__(self) -> str:
        return f"BankAccount({self.id})"


@dataclass(slots=True)
class AccountValidation:
    """An ownership check at the payer's bank (section 7.3); absent values are None.

    `origin` is `standalone`, `mandate` or `modulus_check`; `done` once it has a result.
    """

    KIND: ClassVar[str] = "account_validations"
    id: str
    created_at: str
    origin: str
    account_validation_url: str
    client_bank_account_id: str
    account_name: str | None = None
    account_number: str | None = None
    sort_code: str | None = None
    mandate_id: str | None = None
    message: str | None = None
    error_message: str | None = None
    metadata: str | None = None
    metadata_bank_account: str | None = None
    metadata_mandate: str | None = None
    reference: str | None = None
    return_url: str | None = None
    report: str | None = None
    successful_validation: bool = False
    done: bool = False
    edited_at: str = ""

    def __repr__(self) -> str:
        return f"AccountValidation({self.id})"


@dataclass(slots=True)
class Mandate:
    """A Direct Debit instruction (section 7.5); `last_debit_on` is an ISO London date.

    `lodged_on` is the day from which the instruction stands at Bacs, `cancellation_lodged_on`
    that of its 0C. `conversion_due` is a mandate created as already collecting, until its 0S.
    """

    KIND: ClassVar[str] = "mandates"
    id: str
    created_at: str
    auddis: str
    dd_status: str
    customer_account: str
    customer_bank_account: str
    account_name: str
    account_number: str
    sort_code: str
    bank_name: str
    client_bank_account_id: str
    sun: str
    only_account_holder: bool = True
    metadata: str = ""
    account_validation_id: str = ""
    account_validation_url: str = ""
    bacs_code: str = ""
    bacs_description: str = ""
    last_debit_on: str = ""
    edited_at: str = ""
    bacs_reference: str = ""
    bacs_filename: str = ""
    lodged_on: str = ""
    cancelled_by_caller: bool = False
    cancellation_lodged_on: str = ""
    conversion_due: bool = False
    confirmation_sent: bool = False

    def __repr__(self) -> str:
        return f"Mandate({self.id})"

    @property
    def line_due(self) -> str:
        """The transaction code that the next submission run has to send, empty for none."""
        if self.dd_status == MandateStatus.NEW_INSTRUCTION:
            return "" if self.lodged_on else "0N"
        if self.dd_status == MandateStatus.ONGOING_COLLECTION:
            return "0S" if self.conversion_due else ""
        withdrawn = self.cancelled_by_caller and self.lodged_on
        return "0C" if withdrawn and not self.cancellation_lodged_on else ""

    @property
    def idle_since(self) -> str:
        """The day from which 13 months without a debit count, empty once it has ended."""
        return self.last_debit_on if self.dd_status in LIVE_MANDATES else ""


@dataclass(slots=True)
class RecurrenceSchedule:
    """A plan of collections (section 7.11); pence as int, dates as ISO texts or empty.

    `first_stored_date` is the first collection's date after the moves of section 10.
    Of the collections, `collections_created` have their payment, of `created_amount` pence in
    all, the latest dated `created_until`; the next one is to be created on `next_work_on`.
    """

    KIND: ClassVar[str] = "recurrence_schedules"
    id: str
    created_at: str
    status: str
    type: str
    payment_type: str
    amount: int
    first_collection_amount: int | None
    auddis: str
    mandate: str
    collection_period: str
    collection_stretch: int
    collection_day: str
    description: str
    first_collection_date: str
    start_date: str
    first_stored_date: str
    card_id: str = ""
    custom_reference: str = ""
    end_date: str = ""
    metadata: str = ""
    installments: int | None = None
    same_month: bool = False
    edited_at: str = ""
    bacs_code: str = ""
    bacs_description: str = ""
    bacs_reference: str = ""
    bacs_filename: str = ""
    collections_created: int = 0
    created_amount: int = 0
    created_until: str = ""
    next_work_on: str = ""

    @property
    def work_due(self) -> str:
        """The day on which the next payment is to be created, empty for none."""
        return self.next_work_on if self.status == ScheduleStatus.ACTIVE else ""

    @property
    def ends_on(self) -> str:
        """The last day of an active schedule, empty for none."""
        return self.end_date if self.status == ScheduleStatus.ACTIVE else ""


@dataclass(slots=True)
class BankAccountCheck:
    """A Confirmation of Payee enquiry with its outcome (section 7.17)."""

    KIND: ClassVar[str] = "bank_account_checks"
    id: str
    created_at: str
    account_name: str
    account_number: str
    sort_code: str
    check_type: int
    account_type: int
    metadata: str | None = None
    result: bool = False
    result_text: str = ""
    name_match_result: str = ""
    account_type_result: bool | None = None
    reason_code: str = ""
    returned_customer_name: str | None = None

    def __repr__(self) -> str:
        return f"BankAccountCheck({self.id})"


@dataclass(slots=True)
class ClientBankAccount:
    """One of the merchant's own accounts (section 7.6); number and sort code in full."""

    KIND: ClassVar[str] = "client_bank_accounts"
    id: str
    created_at: str
    legacy_id: str
    account_number: str
    sort_code: str
    bank_name: str
    friendly_name: str
    sun: str
    default_account: bool = True

    def __repr__(self) -> str:
        return f"ClientBankAccount({self.id})"


@dataclass(slots=True)
class ServiceUserNumber:
    """One of the merchant's service user numbers (section 7.6)."""

    KIND: ClassVar[str] = "service_user_numbers"
    id: str
    created_at: str
    sun: str
    friendly_name: str
    default_sun: bool
    active: bool = True


@dataclass(slots=True)
class StoredAnswer:
    """What is remembered under an idempotency key (section 2); `id` is the key.

    `created_at` is the exact instant of the first request, from which retention counts.
    """

    KIND: ClassVar[str] = "idempotency_keys"
    id: str
    created_at: str
    method: str
    path: str
    query: str
    body_sha256: str
    status: int
    answer: str

    def __repr__(self) -> str:
        return f"StoredAnswer(status={self.status})"


@dataclass(slots=True)
class Job:
    """Background work that is due at an instant; `subject` is the record it is about."""

    KIND: ClassVar[str] = "jobs"
    id: str
    created_at: str
    due: str
    task: str
    subject: str = ""
    number: int = field(default=0)


def iso(day: date | None) -> str:
    """A date as answers print it, or empty for none."""
    return "" if day is None else day.isoformat()
