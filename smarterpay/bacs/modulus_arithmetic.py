"""Carries out one check of the weight table on one account; knows no table and no verdict.

Section numbers are those of "Validating account numbers: UK modulus checking" (Vocalink).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from smarterpay.bacs.modulus_tables import Algorithm, WeightRow

Digits = tuple[int, ...]
"""The 14 digits of a sort code (u to z) and an account number (a to h)."""

A, B, C, G, H = 6, 7, 8, 12, 13
"""Where the digits that exceptions speak of stand."""


class CheckResult(StrEnum):
    """What came of one check."""

    PASSED = "passed"
    FAILED = "failed"
    WAIVED = "waived"


def digits_of(sort_code: str, account_number: str) -> Digits:
    """One long number of the two (section 1.3): 6 and 8 digits in, 14 out."""
    return tuple(int(digit) for digit in sort_code + account_number)


def carry_out(row: WeightRow, account: Digits, substitutions: Mapping[str, str]) -> CheckResult:
    """The check of `row`, with its exception (sections 1.3 and 2.2.2)."""
    if row.exception == 3 and account[C] in {6, 9}:
        return CheckResult.WAIVED
    checked = _under_substitute_sort_code(row.exception, account, substitutions)
    total = _total(row.algorithm, _weights(row, account), checked)
    if row.exception == 1:
        total += 27
    remainder = total % row.algorithm.modulus
    passed = remainder == _expected_remainder(row, account)
    return CheckResult.PASSED if passed else CheckResult.FAILED


def is_foreign_currency(account: Digits) -> bool:
    """Whether exception 6 takes the account for one that no check applies to."""
    return 4 <= account[A] <= 8 and account[G] == account[H]


def coutts_form(account: Digits) -> Digits | None:
    """The account as the second check of exception 14 sees it; None where it has no such form."""
    if account[H] not in {0, 1, 9}:
        return None
    return (*account[:A], 0, *account[A:H])


def _total(algorithm: Algorithm, weights: tuple[int, ...], digits: Digits) -> int:
    products = [weight * digit for weight, digit in zip(weights, digits, strict=True)]
    if algorithm is Algorithm.DBLAL:
        return sum(int(digit) for product in products for digit in str(product))
    return sum(products)


_EURO_WEIGHTS: Final = (0, 0, 1, 2, 5, 3, 6, 4, 8, 7, 10, 9, 3, 1)
_EURO_WEIGHTS_9: Final = (0, 0, 0, 0, 0, 0, 0, 0, 8, 7, 10, 9, 3, 1)
"""What exception 2 puts in place of the table's weights, the latter where g is 9."""


def _weights(row: WeightRow, account: Digits) -> tuple[int, ...]:
    nine = account[G] == 9
    match row.exception:
        case 2 if account[A] != 0:
            return _EURO_WEIGHTS_9 if nine else _EURO_WEIGHTS
        case 7 if nine:
            return _without_u_to_b(row.weights)
        case 10 if nine and (account[A], account[B]) in {(0, 9), (9, 9)}:
            return _without_u_to_b(row.weights)
        case _:
            return row.weights


def _without_u_to_b(weights: tuple[int, ...]) -> tuple[int, ...]:
    return (0,) * C + weights[C:]


_ALWAYS_CHECKED_AS: Final = {8: "090126", 9: "309634"}


def _under_substitute_sort_code(
    exception: int | None, account: Digits, substitutions: Mapping[str, str]
) -> Digits:
    sort_code = "".join(str(digit) for digit in account[:A])
    if exception == 5:
        substitute = substitutions.get(sort_code, sort_code)
    else:
        substitute = _ALWAYS_CHECKED_AS.get(exception or 0, sort_code)
    return tuple(int(digit) for digit in substitute) + account[A:]


def _expected_remainder(row: WeightRow, account: Digits) -> int:
    """Zero, but for the exceptions that keep a check digit in the number.

    Under exception 5 the remainder is what is missing to the check digit. A remainder of 1
    under MOD11 would need a check digit of ten, so that no account has it.
    """
    if row.exception == 4:
        return account[G] * 10 + account[H]
    if row.exception == 5:
        check_digit = account[G] if row.algorithm is Algorithm.MOD11 else account[H]
        return (row.algorithm.modulus - check_digit) % row.algorithm.modulus
    return 0
