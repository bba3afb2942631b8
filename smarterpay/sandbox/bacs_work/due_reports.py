"""Which Bacs reports are on their way, and for when (sections 12 and 13); applies none."""

from collections.abc import Mapping
from datetime import date

from smarterpay.bacs import PaymentStatus
from smarterpay.sandbox.bacs_work.report_rules import (
    ADDACS,
    ARUCS,
    ARUDD,
    AUDDIS,
    AWACS,
    DDICA,
    INPUT,
)
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import BankAccount, Mandate, Record
from smarterpay.sandbox.records.items import Credit, Payment, SubmissionLine
from smarterpay.sandbox.records.reports import DueReport
from smarterpay.sandbox.settings import (
    ADDACS_DELAY,
    AUDDIS_DELAY,
    DDICA_DELAY,
    INPUT_DELAY,
    RETURN_DELAY,
)
from smarterpay.sandbox.triggers import AMOUNTS, NEW_DETAILS, AccountEnding, account_ending

MANDATE_FAMILIES = {AUDDIS: AUDDIS_DELAY, ADDACS: ADDACS_DELAY}
DEBIT_FAMILIES = {ARUDD: RETURN_DELAY, DDICA: DDICA_DELAY}
CREDIT_FAMILIES = {ARUCS: RETURN_DELAY, AWACS: RETURN_DELAY}
"""The families a test value can bring, with their delays in banking days (section 12)."""

INSTRUCTION_CANCELLED = "ARUDD1"
LODGING = "0N"


def plan_for_mandate_line(platform: Platform, mandate: Mandate, line: SubmissionLine) -> None:
    """Plan what the account's ending brings for a line about a mandate.

    AUDDIS and ADDACS count from the run that carried its 0N.
    """
    ending = _ending_of(platform, mandate.customer_bank_account)
    if ending is None:
        return
    run_day = platform.today()
    family = ending.code[:-1]
    if family == INPUT:
        day = platform.calendar.plus(run_day, INPUT_DELAY)
        _plan(platform, day, ending.code, mandate, line_id=line.id)
    elif line.transaction_code == LODGING and family in MANDATE_FAMILIES:
        day = platform.calendar.plus(run_day, MANDATE_FAMILIES[family])
        _plan(platform, day, ending.code, mandate, new_details=ending.new_details)


def plan_for_payment(platform: Platform, payment: Payment, line: SubmissionLine) -> None:
    """Plan what a submitted payment's amount brings, or else the ending of its account."""
    brings = _by_amount(payment.amount, DEBIT_FAMILIES)
    if brings is None:
        brings = _ending_of(platform, payment.bank_account)
        if brings is not None and brings.first_only and payment.related_payment:
            return
    if brings is not None:
        day = _day_of(platform, brings.code, payment.collection_date, DEBIT_FAMILIES)
        _plan_if_due(platform, day, brings, payment, line)


def plan_for_credit(platform: Platform, credit: Credit, line: SubmissionLine) -> None:
    """Plan what a submitted credit's amount brings, or else the ending of its account.

    An AWACS is about the payee's account: the credit itself arrives.
    """
    brings = _by_amount(credit.amount, CREDIT_FAMILIES)
    if brings is None:
        brings = _ending_of(platform, credit.bank_account)
    if brings is None:
        return
    day = _day_of(platform, brings.code, credit.credit_date, CREDIT_FAMILIES)
    account = platform.books.bank_accounts.get(credit.bank_account)
    about = account if brings.code.startswith(AWACS) and account is not None else credit
    _plan_if_due(platform, day, brings, about, line)


def plan_returns_of(platform: Platform, mandate: Mandate) -> None:
    """Have what was submitted on a mandate that a report cancels come back as `ARUDD1`.

    So go the payments whose collection date is still ahead, one banking day after it, unless
    a report about them is on its way already (section 12).
    """
    today = platform.today().isoformat()
    payments = platform.books.payments
    for payment in payments.in_order(payments.having("mandate", mandate.id)):
        if payment.status != PaymentStatus.SUBMITTED or payment.collection_date < today:
            continue
        waiting = platform.books.due_reports.having("record_id", payment.id)
        if not any(report.code[:-1] in {ARUDD, INPUT} for report in waiting):
            collected = date.fromisoformat(payment.collection_date)
            day = platform.calendar.plus(collected, RETURN_DELAY)
            _plan(platform, day, INSTRUCTION_CANCELLED, payment)


def _by_amount(amount: int, families: Mapping[str, int]) -> AccountEnding | None:
    """What an amount brings to an item of these families; None where it is no test value."""
    trigger = AMOUNTS.get(amount)
    if trigger is None or trigger.code[:-1] not in {INPUT, *families}:
        return None
    return AccountEnding(trigger.effect, trigger.code)


def _day_of(
    platform: Platform, code: str, item_date: str, families: Mapping[str, int]
) -> date | None:
    """When a code about an item submitted today comes; None for one of another kind of item."""
    family = code[:-1]
    if family == INPUT:
        return platform.calendar.plus(platform.today(), INPUT_DELAY)
    if family in families:
        return platform.calendar.plus(date.fromisoformat(item_date), families[family])
    return None


def _plan_if_due(
    platform: Platform,
    day: date | None,
    brings: AccountEnding,
    record: Record,
    line: SubmissionLine,
) -> None:
    if day is not None:
        line_id = line.id if brings.code.startswith(INPUT) else ""
        _plan(platform, day, brings.code, record, line_id=line_id, new_details=brings.new_details)


def _plan(
    platform: Platform,
    day: date,
    code: str,
    record: Record,
    *,
    line_id: str = "",
    new_details: bool = False,
) -> None:
    number = platform.new_number("due report")
    platform.books.due_reports.put(
        DueReport(
            id=f"REPORT{number:012d}",
            created_at=platform.clock.stamp(),
            day=day.isoformat(),
            code=code,
            record_kind=record.KIND,
            record_id=record.id,
            line_id=line_id,
            sort_code=NEW_DETAILS.sort_code if new_details else "",
            account_number=NEW_DETAILS.account_number if new_details else "",
            account_name=NEW_DETAILS.account_name if new_details else "",
        )
    )


def _ending_of(platform: Platform, bank_account: str) -> AccountEnding | None:
    account: BankAccount | None = platform.books.bank_accounts.get(bank_account)
    return None if account is None else account_ending(account.account_number)
