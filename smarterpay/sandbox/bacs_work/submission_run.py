"""The evening's files to Bacs (section 12); knows no report that comes back, only who plans it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from smarterpay.bacs import (
    COLLECTABLE_MANDATES,
    CreditEvent,
    MandateEvent,
    MandateStatus,
    PaymentEvent,
    SubmissionLineStatus,
    SubmissionStatus,
)
from smarterpay.sandbox.bacs_work.collection_plan import ONE_DAY, PLAN
from smarterpay.sandbox.bacs_work.due_reports import (
    LODGING,
    plan_for_credit,
    plan_for_mandate_line,
    plan_for_payment,
)
from smarterpay.sandbox.bacs_work.item_changes import cancel_item, move_to_possible_date
from smarterpay.sandbox.bacs_work.mandate_changes import change_mandate
from smarterpay.sandbox.bacs_work.payments import TRANSACTION_CODES, PaymentType
from smarterpay.sandbox.books.changes import Source, change, enter, move
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import Mandate
from smarterpay.sandbox.records.items import Credit, Payment, Submission, SubmissionLine
from smarterpay.sandbox.settings import SELECTION_BANKING_DAYS, SERIAL_LENGTH

CANCELLING, CONVERTING, CREDITING = "0C", "0S", "99"
_MANDATE_ORDER = (CANCELLING, CONVERTING, LODGING)
_NOT_YET_COLLECTED = frozenset({MandateStatus.NEW_INSTRUCTION, MandateStatus.FIRST_COLLECTION})


@dataclass(slots=True)
class _File:
    """What goes to Bacs under one SUN, each part in order of creation."""

    mandates: dict[str, list[Mandate]] = field(default_factory=dict)
    payments: list[Payment] = field(default_factory=list)
    credits: list[Credit] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (any(self.mandates.values()) or self.payments or self.credits)


def run_submission(platform: Platform) -> list[Submission]:
    """Send what is due by today, one submission per SUN that has anything; the submissions.

    Items are due whose date is at most 2 banking days after today, on usable mandates and
    accounts; those of amount 0 become `cancelled` instead. Where nothing is due nothing
    happens, so that a second run on one day changes nothing.
    """
    today = platform.today()
    limit = platform.calendar.plus(today, SELECTION_BANKING_DAYS).isoformat()
    _drop_empty_items(platform, limit)
    _move_belated_items(platform, (today - ONE_DAY).isoformat())
    files: dict[str, _File] = {
        record.sun: _File() for record in platform.books.service_user_numbers
    }
    for code in _MANDATE_ORDER:
        mandates = platform.books.mandates
        for mandate in mandates.in_order(mandates.having("line_due", code)):
            files[mandate.sun].mandates.setdefault(code, []).append(mandate)
    for payment in platform.books.payments.up_to("submission_due", limit):
        held = platform.books.mandates.get(payment.mandate)
        if held is not None and held.dd_status in COLLECTABLE_MANDATES:
            files[held.sun].payments.append(payment)
    for credit in platform.books.credits.up_to("submission_due", limit):
        if _may_be_paid(platform, credit):
            files[credit.sun].credits.append(credit)
    return [_submit(platform, sun, file) for sun, file in files.items() if not file.is_empty]


def _drop_empty_items(platform: Platform, limit: str) -> None:
    """Cancel due items of amount 0: payment breaks (section 12, "Selection at 22:00")."""
    for payment in platform.books.payments.up_to("submission_due", limit):
        if payment.amount == 0 and _may_be_collected(platform, payment):
            cancel_item(platform, payment, PaymentEvent.NOTHING_TO_COLLECT, Source.SMP)
    for credit in platform.books.credits.up_to("submission_due", limit):
        if credit.amount == 0 and _may_be_paid(platform, credit):
            cancel_item(platform, credit, CreditEvent.NOTHING_TO_PAY, Source.SMP)


def _move_belated_items(platform: Platform, limit: str) -> None:
    """Give items that could not go in time, and now could, the next possible date."""
    for payment in platform.books.payments.up_to("submission_due", limit):
        if _may_be_collected(platform, payment):
            move_to_possible_date(platform, payment, Source.SMP)
    for credit in platform.books.credits.up_to("submission_due", limit):
        if _may_be_paid(platform, credit):
            move_to_possible_date(platform, credit, Source.SMP)


def _may_be_collected(platform: Platform, payment: Payment) -> bool:
    """Whether the mandate is usable; disabling the account stops no payment (section 7.2)."""
    mandate = platform.books.mandates.get(payment.mandate)
    return mandate is not None and mandate.dd_status in COLLECTABLE_MANDATES


def _may_be_paid(platform: Platform, credit: Credit) -> bool:
    """Whether the payee's account takes credits and the mandate, if there is one, is usable."""
    account = platform.books.bank_accounts.get(credit.bank_account)
    if account is None or not account.enabled or not account.credits_allowed:
        return False
    mandate = platform.books.mandates.get(credit.mandate)
    return mandate is None or mandate.dd_status in COLLECTABLE_MANDATES


def _submit(platform: Platform, sun: str, file: _File) -> Submission:
    """Enter the submission with its counts and values, then a line for each of its items."""
    counts = {code: len(file.mandates.get(code, ())) for code in _MANDATE_ORDER}
    submission = Submission(
        id=platform.new_id("FS01"),
        created_at=platform.clock.stamp(),
        status=SubmissionStatus.SUBMITTED.value,
        sun=sun,
        serial_number=platform.new_text("serial number", SERIAL_LENGTH),
        credit_total_count=len(file.credits),
        credit_total_value=_value(file.credits),
        mandate_cancellation_count=counts[CANCELLING],
        mandate_convert_count=counts[CONVERTING],
        mandate_new_instruction_count=counts[LODGING],
        payment_total_count=len(file.payments),
        payment_total_value=_value(file.payments),
    )
    enter(platform, submission, Source.SMP)
    for code in _MANDATE_ORDER:
        for mandate in file.mandates.get(code, ()):
            _submit_mandate(platform, submission, mandate, code)
    for payment in file.payments:
        _submit_payment(platform, submission, payment)
    for credit in file.credits:
        _submit_credit(platform, submission, credit)
    return submission


def _value(items: Iterable[Payment | Credit]) -> int:
    return sum(item.amount for item in items)


def _submit_mandate(
    platform: Platform, submission: Submission, mandate: Mandate, code: str
) -> None:
    """A line of amount 0; a 0N makes the mandate ready for its first collection (section 11)."""
    line = _enter_line(platform, submission, mandate.id, "mandate", code)
    today = platform.today().isoformat()
    if code == LODGING:
        change_mandate(platform, mandate, MandateEvent.LODGED, Source.SMP)
    elif code == CONVERTING:
        mandate.conversion_due, mandate.lodged_on = False, today
        change(platform, mandate, Source.SMP)
    else:
        mandate.cancellation_lodged_on = today
        change(platform, mandate, Source.SMP)
    plan_for_mandate_line(platform, mandate, line)


def _submit_payment(platform: Platform, submission: Submission, payment: Payment) -> None:
    """Settle the payment's type again, send it, and move its mandate on with the first one."""
    mandate = platform.books.mandates.get(payment.mandate)
    if mandate is None:
        return
    kind = _type_at_submission(platform, payment, mandate)
    line = _enter_line(
        platform,
        submission,
        payment.id,
        "payment",
        TRANSACTION_CODES[kind],
        amount=payment.amount,
        collection_date=payment.collection_date,
    )
    today = platform.today().isoformat()
    payment.sun = mandate.sun  # to which a caller may have moved the mandate meanwhile
    payment.payment_type = kind.value
    payment.submitted_on = today
    move(platform, payment, PaymentEvent.SUBMISSION_RUN, Source.SMP)
    mandate.last_debit_on = today
    if mandate.dd_status == MandateStatus.NEW_INSTRUCTION:
        # Lodged before a hold from which its caller released it as new: no 0N goes twice.
        change_mandate(platform, mandate, MandateEvent.LODGED, Source.SMP)
    if not change_mandate(platform, mandate, MandateEvent.FIRST_DEBIT_SUBMITTED, Source.SMP):
        # No answer and no webhook tells the day of the last debit: it is no event.
        platform.books.mandates.put(mandate)
    plan_for_payment(platform, payment, line)


def _type_at_submission(platform: Platform, payment: Payment, mandate: Mandate) -> PaymentType:
    """Which type goes to Bacs: first, final, ongoing or re-presented (section 7.7).

    The first to go of a mandate yet to be collected is the first collection, whatever was
    created first.
    """
    if payment.payment_type == PaymentType.REPRESENT:
        return PaymentType.REPRESENT
    if mandate.dd_status in _NOT_YET_COLLECTED:
        return PaymentType.FIRST
    return PaymentType.FINAL if _is_last_instalment(platform, payment) else PaymentType.ONGOING


def _is_last_instalment(platform: Platform, payment: Payment) -> bool:
    """Whether the payment is the last that its plan has created, and the plan is complete."""
    schedule = platform.books.recurrence_schedules.get(payment.recurrence_schedule)
    if schedule is None or schedule.type != PLAN:
        return False
    if schedule.collections_created < (schedule.installments or 0):
        return False
    payments = platform.books.payments
    created = payments.in_order(payments.having("recurrence_schedule", schedule.id))
    return created[-1] is payment


def _submit_credit(platform: Platform, submission: Submission, credit: Credit) -> None:
    line = _enter_line(
        platform,
        submission,
        credit.id,
        "credit",
        CREDITING,
        amount=credit.amount,
        collection_date=credit.credit_date,
    )
    credit.submitted_on = platform.today().isoformat()
    move(platform, credit, CreditEvent.SUBMISSION_RUN, Source.SMP)
    plan_for_credit(platform, credit, line)


def _enter_line(
    platform: Platform,
    submission: Submission,
    record_id: str,
    kind: str,
    code: str,
    *,
    amount: int = 0,
    collection_date: str = "",
) -> SubmissionLine:
    line = SubmissionLine(
        id=platform.new_id("FL01"),
        created_at=platform.clock.stamp(),
        status=SubmissionLineStatus.SUCCESSFUL.value,
        submission_id=submission.id,
        record_id=record_id,
        type=kind,
        transaction_code=code,
        amount=amount,
        collection_date=collection_date,
    )
    enter(platform, line, Source.SMP)
    return line
