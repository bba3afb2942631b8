"""For all accounts: what the modulus checks promise, against other ways to say the same.

Cited are the sections of "Validating account numbers: UK modulus checking" (Vocalink).
"""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from smarterpay.bacs import CheckMethod, CheckOutcome, Verdict, check_account
from smarterpay.bacs.modulus_arithmetic import CheckResult
from tests.bacs.modulus_files import PUBLISHED, tables_of, weight_line

SORT_CODES = st.integers(0, 9999).map(lambda number: f"99{number:04}")
ACCOUNT_NUMBERS = st.integers(1, 99_999_999).map(lambda number: f"{number:08}")
SEVEN_DIGITS = st.integers(1, 9_999_999).map(lambda number: f"{number:07}")
EXCEPTIONS = {
    "1": ("DBLAL 1",),
    "2 and 9": ("MOD11 2", "MOD11 9"),
    "3": ("MOD11", "DBLAL 3"),
    "4": ("MOD11 4",),
    "5": ("MOD11 5", "DBLAL 5"),
    "6": ("MOD11 6", "DBLAL 6"),
    "7": ("MOD11 7",),
    "8": ("MOD10 8",),
    "10 and 11": ("MOD11 10", "MOD11 11"),
    "12 and 13": ("MOD11 12", "MOD10 13"),
    "14": ("MOD11 14",),
}


class Check:
    """One range over all sort codes from 990000, with the given rows."""

    def __init__(self, factory: pytest.TempPathFactory, *rows: str, weights: str) -> None:
        lines = []
        for row in rows:
            algorithm, *exception = row.split()
            number = int(exception[0]) if exception else None
            lines.append(weight_line("990000", "999999", algorithm, weights, number))
        folder = factory.mktemp("tables")
        self._tables = tables_of(folder, *lines, substitutions={"990001": "990002"})

    def __call__(self, sort_code: str, account_number: str) -> Verdict:
        return check_account(sort_code, account_number, self._tables, today=PUBLISHED)

    def takes(self, sort_code: str, account_number: str) -> bool:
        return self(sort_code, account_number).outcome is CheckOutcome.VALID


@pytest.fixture(scope="module")
def doubling(tmp_path_factory: pytest.TempPathFactory) -> Check:
    return Check(tmp_path_factory, "DBLAL", weights="212121 21212121")


@pytest.fixture(scope="module")
def doubling_and_27(tmp_path_factory: pytest.TempPathFactory) -> Check:
    return Check(tmp_path_factory, "DBLAL 1", weights="212121 21212121")


@pytest.fixture(scope="module")
def eleven(tmp_path_factory: pytest.TempPathFactory) -> Check:
    return Check(tmp_path_factory, "MOD11", weights="234567 89234567")


@pytest.fixture(scope="module", params=["MOD10", "DBLAL"])
def ten(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Check:
    return Check(tmp_path_factory, request.param, weights="131313 31313131")


@pytest.fixture(scope="module", params=EXCEPTIONS, ids=lambda name: f"exception {name}")
def excepted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Check:
    return Check(tmp_path_factory, *EXCEPTIONS[request.param], weights="314159 26535891")


def luhn(number: str) -> bool:
    """The payment card rule, as its own words have it: from the right, every second doubled."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * 2 if place % 2 else int(digit)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


@given(SORT_CODES, ACCOUNT_NUMBERS)
def test_section_1_3_3_double_alternate_is_the_rule_of_card_numbers(
    doubling: Check, sort_code: str, account_number: str
) -> None:
    assert doubling.takes(sort_code, account_number) is luhn(sort_code + account_number)


@given(SORT_CODES, ACCOUNT_NUMBERS)
def test_exception_1_is_the_rule_with_580149_in_front(
    doubling_and_27: Check, sort_code: str, account_number: str
) -> None:
    """The specification's own explanation of the 27."""
    assert doubling_and_27.takes(sort_code, account_number) is luhn(
        "580149" + sort_code + account_number
    )


@given(SORT_CODES, SEVEN_DIGITS)
def test_section_1_3_4_one_last_digit_fits_at_most(
    eleven: Check, sort_code: str, start: str
) -> None:
    """Under 11 one of eleven remainders has no digit."""
    fitting = [digit for digit in "0123456789" if eleven.takes(sort_code, start + digit)]
    assert len(fitting) <= 1


@given(SORT_CODES, SEVEN_DIGITS)
def test_section_1_3_exactly_one_last_digit_fits_under_10(
    ten: Check, sort_code: str, start: str
) -> None:
    fitting = [digit for digit in "0123456789" if ten.takes(sort_code, start + digit)]
    assert len(fitting) == 1


@given(SORT_CODES, SEVEN_DIGITS, st.integers(0, 7), st.integers(1, 9))
def test_section_1_1_2_a_mistyped_digit_is_found(
    eleven: Check, sort_code: str, start: str, place: int, off_by: int
) -> None:
    right = [start + digit for digit in "0123456789" if eleven.takes(sort_code, start + digit)]
    assume(right)
    digit = (int(right[0][place]) + off_by) % 10
    assert not eleven.takes(sort_code, f"{right[0][:place]}{digit}{right[0][place + 1 :]}")


@given(SORT_CODES, ACCOUNT_NUMBERS)
def test_section_2_2_2_every_exception_gives_a_verdict_that_its_checks_explain(
    excepted: Check, sort_code: str, account_number: str
) -> None:
    verdict = excepted(sort_code, account_number)
    results = [check.result for check in verdict.checks]
    if verdict.outcome is CheckOutcome.NOT_CHECKED:
        assert verdict.method is CheckMethod.FORMAT
        assert CheckResult.PASSED not in results
    else:
        assert verdict.method is CheckMethod.MODULUS
        assert 1 <= len(results) <= 2
        assert (results[-1] is CheckResult.FAILED) is (verdict.outcome is CheckOutcome.INVALID)
    assert excepted(sort_code, account_number) == verdict


@given(st.text(max_size=10), st.text(max_size=12))
def test_section_7_2_of_the_reference_whatever_was_typed_gets_a_verdict(
    eleven: Check, sort_code: str, account_number: str
) -> None:
    verdict = eleven(sort_code, account_number)
    well_formed = len(sort_code) == 6 and len(account_number) == 8
    assert well_formed or verdict.outcome is CheckOutcome.INVALID
