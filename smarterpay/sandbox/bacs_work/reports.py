"""A reason code taking its course through the records (section 10); knows not when it comes."""

from dataclasses import dataclass
from datetime import date

from smarterpay.bacs import (
    COLLECTABLE_MANDATES,
    LIVE_MANDATES,
    BankAccountEvent,
    CreditEvent,
    Effect,
    MandateEvent,
    PaymentEvent,
    ReasonCode,
    ScheduleEvent,
    SubmissionEvent,
    SubmissionLineEvent,
)
from smarterpay.sandbox.bacs_work.bacs_block import BacsBlock, by_hand, of_report
from smarterpay.sandbox.bacs_work.banks import bank_of
from smarterpay.sandbox.bacs_work.due_reports import plan_returns_of
from smarterpay.sandbox.bacs_work.item_changes import (
    cancel_pending_credits,
    cancel_pending_payments,
)
from smarterpay.sandbox.bacs_work.mandate_changes import (
    ENDING_STATUSES,
    change_mandate,
    stop_schedules,
)
from smarterpay.sandbox.bacs_work.payments import represent_payment
from smarterpay.sandbox.bacs_work.report_profiles import AccountEffect, Course, course_of
from smarterpay.sandbox.bacs_work.report_rules import INPUT, Subject, family_of, objection
from smarterpay.sandbox.books.changes import Source, change, move, state_after
from smarterpay.sandbox.http.answers import Refusal, invalid
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import BankAccount, Mandate
from smarterpay.sandbox.records.items import Credit, Payment
from smarterpay.sandbox.triggers import HeldAccount

_MANDATE_LINE_ONLY = "INPUTT"
"""On a mandate's line it changes nothing but the line (section 10)."""


def check_code(platform: Platform, code: ReasonCode, record: Subject, source: Source) -> None:
    """Raise `Refusal` (400) about `bacs_code` where the record cannot take the code now."""
    reason = objection(platform, code, record, source)
    if reason:
        raise invalid("bacs_code", reason)


def apply_code(
    platform: Platform,
    code: ReasonCode,
    record: Subject,
    source: Source,
    *,
    new_details: HeldAccount | None = None,
    line_id: str = "",
) -> None:
    """Let a code take its course from the record it is about, under its SUN's profile.

    `source` is `DDMS` for a Bacs report, any other for a code given by hand, which stands on
    the record whatever it does. Every record that changes carries the Bacs block and raises
    one event. `line_id` is the submission line of an input report, empty for the latest of
    the record. Raises `Refusal` (400) as `check_code` does, before anything is done.
    """
    check_code(platform, code, record, source)
    block = of_report(platform, code) if source is Source.DDMS else by_hand(code)
    report = _report_about(platform, code, record, source, block=block, details=new_details)
    if family_of(code) == INPUT:
        _fail_line(platform, line_id or _latest_line(platform, record), source)
    if isinstance(record, Mandate) and code.code == _MANDATE_LINE_ONLY:
        if source is not Source.DDMS:
            block.mark(record)
            change(platform, record, source)
        return
    report.run()


@dataclass(frozen=True, slots=True)
class _Report:
    """One code on its way: what it is about, what hangs on that, and what it does there."""

    platform: Platform
    code: ReasonCode
    record: Subject
    source: Source
    block: BacsBlock
    mandate: Mandate | None
    account: BankAccount | None
    course: Course
    details: HeldAccount | None

    def run(self) -> None:
        """Do all the code does, each record once: item, mandate and what hangs on it, account."""
        self._change_item()
        if self.mandate is not None:
            self._change_mandate(self.mandate)
            self._change_what_hangs_on(self.mandate)
        if self.account is not None:
            if self.course.credits:
                cancel_pending_credits(
                    self.platform, "bank_account", self.account.id, self.source, self.block
                )
            self._change_account(self.account)
        if isinstance(self.record, Payment) and self.course.represent_times:
            self._present_again(self.record)

    def _change_item(self) -> None:
        """The failed object itself always fails; what only hears of it takes a code by hand."""
        item = self.record
        if not isinstance(item, Payment | Credit):
            return
        if self.code.item is Effect.NONE:
            if self.source is not Source.DDMS:
                self.block.mark(item)
                change(self.platform, item, self.source)
            return
        self.block.mark(item)
        if isinstance(item, Credit):
            move(self.platform, item, CreditEvent.RETURNED, self.source)
        elif self.code.item is Effect.INDEMNITY_CLAIMED:
            move(self.platform, item, PaymentEvent.INDEMNITY, self.source)
        else:
            move(self.platform, item, PaymentEvent.RETURNED, self.source)

    def _change_mandate(self, mandate: Mandate) -> None:
        """Move it where the code says; one the code names, or only marks, gets the code."""
        event = self.course.mandate
        moves = event is not None and state_after(mandate, event) is not None
        transferred = (
            self.code.bank_account is Effect.DETAILS_OR_DISABLED
            and self.course.account is AccountEffect.DETAILS
        )
        named = mandate is self.record or (
            (self.course.on_mandate or transferred) and mandate.dd_status in LIVE_MANDATES
        )
        if not moves and not named:
            return
        goes_on = event is MandateEvent.LODGED_AGAIN or not moves
        if goes_on and self.course.account is AccountEffect.DETAILS:
            _take_details(mandate, self.details)
        if event is not None and moves:
            change_mandate(self.platform, mandate, event, self.source, self.block)
        else:
            self.block.mark(mandate)
            change(self.platform, mandate, self.source)
        if moves and mandate.dd_status in ENDING_STATUSES:
            plan_returns_of(self.platform, mandate)

    def _change_what_hangs_on(self, mandate: Mandate) -> None:
        """Cancel the mandate's pending payments, stop its schedules."""
        if self.course.payments:
            cancel_pending_payments(self.platform, "mandate", mandate.id, self.source, self.block)
        if self.course.schedules:
            event = ScheduleEvent.DISABLING_CODE
            stop_schedules(self.platform, mandate, event, self.source, self.block)

    def _change_account(self, account: BankAccount) -> None:
        """Disable it, or give it the details that the report brings."""
        if self.course.account is AccountEffect.DETAILS:
            _take_details(account, self.details)
            self.block.mark(account)
            change(self.platform, account, self.source)
        elif self.course.account is AccountEffect.DISABLED:
            if state_after(account, BankAccountEvent.DISABLING_CODE) is not None:
                self.block.mark(account)
                move(self.platform, account, BankAccountEvent.DISABLING_CODE, self.source)
        elif account is self.record:
            self.block.mark(account)
            change(self.platform, account, self.source)

    def _present_again(self, failed: Payment) -> None:
        """Present a failed payment again, so many banking days after it was (section 10)."""
        if self.mandate is None or self.mandate.dd_status not in COLLECTABLE_MANDATES:
            return
        if _times_presented_again(self.platform, failed) >= self.course.represent_times:
            return
        collected = date.fromisoformat(failed.collection_date)
        try:
            represent_payment(
                self.platform,
                failed,
                self.mandate,
                amount=failed.amount,
                asked_date=self.platform.calendar.plus(collected, self.course.represent_days),
                description=failed.description,
                source=Source.SMP,
                custom_reference=failed.custom_reference,
                metadata=failed.metadata,
            )
        except Refusal:
            return  # the setting `represent_max` leaves no presentation


def _report_about(
    platform: Platform,
    code: ReasonCode,
    record: Subject,
    source: Source,
    *,
    block: BacsBlock,
    details: HeldAccount | None,
) -> _Report:
    """The report about a record, with the course that its SUN's profile gives it."""
    books = platform.books
    mandate: Mandate | None
    account: BankAccount | None
    if isinstance(record, BankAccount):
        mandate, account, sun = None, record, ""
    elif isinstance(record, Mandate):
        mandate, sun = record, record.sun
        account = books.bank_accounts.get(record.customer_bank_account)
    else:
        mandate, sun = books.mandates.get(record.mandate), record.sun
        account = books.bank_accounts.get(record.bank_account)
    profiles = platform.settings.rejection_profiles
    course = course_of(profiles, sun, code, new_details=details is not None)
    return _Report(platform, code, record, source, block, mandate, account, course, details)


def _times_presented_again(platform: Platform, payment: Payment) -> int:
    """How many presentations of one payment came before this one."""
    times = 0
    earlier = platform.books.payments.get(payment.related_payment)
    while earlier is not None:
        times += 1
        earlier = platform.books.payments.get(earlier.related_payment)
    return times


def _take_details(record: BankAccount | Mandate, details: HeldAccount | None) -> None:
    """Write new account details on a record; a blank name stays as it is."""
    if details is None:
        return
    record.sort_code = details.sort_code
    record.account_number = details.account_number
    record.account_name = details.account_name or record.account_name
    record.bank_name = bank_of(details.sort_code).name


def _latest_line(platform: Platform, record: Subject) -> str:
    lines = platform.books.submission_lines
    found = lines.in_order(lines.having("record_id", record.id))
    return found[-1].id if found else ""


def _fail_line(platform: Platform, line_id: str, source: Source) -> None:
    """Fail a submission line, and with it mark its submission (section 11)."""
    line = platform.books.submission_lines.get(line_id)
    if line is None or not move(platform, line, SubmissionLineEvent.INPUT_REPORT, source):
        return
    submission = platform.books.submissions.get(line.submission_id)
    if submission is not None:
        move(platform, submission, SubmissionEvent.LINE_FAILED, source)
