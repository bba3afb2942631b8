"""Issue 3, item 5: the modulus check, on made-up tables, with sums that a person can do.

Cited are the sections of "Validating account numbers: UK modulus checking" (Vocalink).
"""

from datetime import date
from pathlib import Path

import pytest

from smarterpay.bacs import (
    CheckMethod,
    CheckOutcome,
    CheckReason,
    ModulusTables,
    Verdict,
    check_account,
)
from smarterpay.bacs.modulus import Check
from smarterpay.bacs.modulus_arithmetic import CheckResult
from smarterpay.bacs.modulus_tables import Algorithm, DateSource
from tests.bacs.modulus_files import PUBLISHED, tables_of, weight_line

TODAY = date(2026, 6, 11)


class Bank:
    """Sort codes with the checks of a few lines."""

    def __init__(self, tables: ModulusTables) -> None:
        self.tables = tables

    def check(self, sort_code: str, account_number: str) -> Verdict:
        return check_account(sort_code, account_number, self.tables, today=TODAY)

    def takes(self, sort_code: str, account_number: str) -> bool:
        verdict = self.check(sort_code, account_number)
        assert verdict.method is CheckMethod.MODULUS
        return verdict.outcome is CheckOutcome.VALID


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """One range of sort codes for each rule: 9901.. for no exception, 992000 for 2 and so on."""
    return Bank(
        tables_of(
            tmp_path_factory.mktemp("tables"),
            weight_line("990100", "990199", "MOD10", "000001 00000731"),
            weight_line("990200", "990200", "MOD11", "000000 00005431"),
            weight_line("990300", "990300", "DBLAL", "000000 00002121"),
            weight_line("990400", "990400", "MOD11", "0,0,0,0,0,0,0,0,0,0,0,0,9,-1"),
            weight_line("990500", "990500", "MOD11", "000000 00000031"),
            weight_line("990500", "990500", "MOD10", "000000 00000121"),
            weight_line("991000", "991000", "DBLAL", "000000 00000021", 1),
            weight_line("992000", "992009", "MOD11", "000000 00000251", 2),
            weight_line("992000", "992009", "MOD11", "100001 00000002", 9),
            weight_line("993000", "993000", "MOD11", "000000 00000031"),
            weight_line("993000", "993000", "DBLAL", "000000 00000101", 3),
            weight_line("993001", "993001", "DBLAL", "000000 00000101", 3),
            weight_line("994000", "994000", "MOD11", "000000 00004100", 4),
            weight_line("995000", "995009", "MOD11", "000001 00000300", 5),
            weight_line("995000", "995009", "DBLAL", "000001 00000120", 5),
            weight_line("996000", "996000", "MOD11", "000000 00000031", 6),
            weight_line("996000", "996000", "DBLAL", "000000 00001001", 6),
            weight_line("997001", "997001", "MOD11", "000001 20000011", 7),
            weight_line("998000", "998000", "MOD10", "000011 00000001", 8),
            weight_line("991011", "991011", "MOD11", "000001 23000011", 10),
            weight_line("991011", "991011", "MOD11", "000000 00000101", 11),
            weight_line("991213", "991213", "MOD11", "000000 00000101", 12),
            weight_line("991213", "991213", "MOD10", "000000 00000101", 13),
            weight_line("991400", "991400", "MOD11", "000000 00000321", 14),
            substitutions={"995005": "995001"},
        )
    )


@pytest.mark.parametrize(
    ("account_number", "valid"),
    [
        ("00000123", True),  # z 4*1 + f 1*7 + g 2*3 + h 3*1 = 20
        ("00000124", False),  # 21
        ("00000213", False),  # two digits changed places: 24
        ("99999123", True),  # a to e have no weight
    ],
)
def test_section_1_3_4_standard_10(bank: Bank, account_number: str, valid: bool) -> None:
    assert bank.takes("990104", account_number) is valid


@pytest.mark.parametrize(
    ("account_number", "valid"),
    [
        ("00001216", True),  # e 1*5 + f 2*4 + g 1*3 + h 6*1 = 22
        ("00001217", False),  # 23
        ("00001000", False),  # 5
    ],
)
def test_section_1_3_4_standard_11(bank: Bank, account_number: str, valid: bool) -> None:
    assert bank.takes("990200", account_number) is valid


@pytest.mark.parametrize(
    ("account_number", "valid"),
    [
        ("00006593", True),  # products 12 5 18 3: digits 1+2 + 5 + 1+8 + 3 = 20
        ("00006595", False),  # digits 22; the products themselves would come to 40
    ],
)
def test_section_1_3_3_double_alternate(bank: Bank, account_number: str, valid: bool) -> None:
    assert bank.takes("990300", account_number) is valid


@pytest.mark.parametrize(
    ("account_number", "valid"),
    [
        ("00000019", True),  # 9 - 9 = 0
        ("00000027", True),  # 18 - 7 = 11
        ("00000009", False),  # -9
        ("00000026", False),  # 12
    ],
)
def test_section_2_3_2_weights_may_be_negative(
    bank: Bank, account_number: str, valid: bool
) -> None:
    assert bank.takes("990400", account_number) is valid


def test_section_2_2_1_with_two_checks_both_must_pass(bank: Bank) -> None:
    assert bank.takes("990500", "00000125")  # 3*2 + 5 = 11, then 1 + 2*2 + 5 = 10
    assert not bank.takes("990500", "00000225")  # 11, then 11
    assert not bank.takes("990500", "00000026")  # 12, and the second would be 10


def test_section_2_2_1_the_second_check_is_not_made_after_a_failed_first(bank: Bank) -> None:
    checks = bank.check("990500", "00000026").checks
    assert checks == (Check(Algorithm.MOD11, None, CheckResult.FAILED),)


def test_exception_1_adds_27_to_the_total(bank: Bank) -> None:
    assert bank.takes("991000", "00000011")  # 2*1 + 1 + 27 = 30
    assert not bank.takes("991000", "00000042")  # 8 + 2 = 10, but 37


@pytest.mark.parametrize(
    "account_number",
    [
        "00000114",  # a = 0, the table's weights: f 2*1 + g 5*1 + h 1*4 = 11
        "10000003",  # a <> 0: w 1*2 + a 6*1 + h 1*3 = 11
        "10000010",  # a <> 0: w 1*2 + a 6*1 + g 3*1 = 11
        "10000096",  # a <> 0 and g = 9, no weight before c: g 3*9 + h 1*6 = 33
    ],
)
def test_exception_2_has_weights_of_its_own(bank: Bank, account_number: str) -> None:
    assert bank.check("992000", account_number).checks == (
        Check(Algorithm.MOD11, 2, CheckResult.PASSED),
    )


@pytest.mark.parametrize(
    "account_number",
    [
        "00000002",  # first 2; then u 1*3 + z 1*4 + h 2*2 = 11
        "10000002",  # first 2 + 6 + 2 = 10; then, with the table's weights, 11
    ],
)
def test_exception_9_checks_again_under_309634(bank: Bank, account_number: str) -> None:
    verdict = bank.check("992000", account_number)
    assert verdict.outcome is CheckOutcome.VALID
    assert [check.result for check in verdict.checks] == [CheckResult.FAILED, CheckResult.PASSED]
    assert verdict.exceptions == (2, 9)


def test_exceptions_2_and_9_fail_together(bank: Bank) -> None:
    assert not bank.takes("992000", "00000005")  # 5, then 3 + 4 + 10 = 17


@pytest.mark.parametrize("account_number", ["00600025", "00900025"])
def test_exception_3_is_exempt_from_its_check_where_c_is_6_or_9(
    bank: Bank, account_number: str
) -> None:
    """MOD11: 3*2 + 5 = 11. The other check would come to 5."""
    verdict = bank.check("993000", account_number)
    assert verdict.outcome is CheckOutcome.VALID
    assert [check.result for check in verdict.checks] == [CheckResult.PASSED, CheckResult.WAIVED]


def test_exception_3_makes_its_check_otherwise(bank: Bank) -> None:
    assert bank.takes("993000", "00000525")  # 11, then 5 + 5 = 10
    assert not bank.takes("993000", "00000025")  # 11, then 5
    assert not bank.takes("993000", "00600026")  # the first check is never waived: 12


def test_exception_3_without_another_check_leaves_the_account_unchecked(bank: Bank) -> None:
    verdict = bank.check("993001", "00600025")
    assert (verdict.outcome, verdict.method) == (CheckOutcome.NOT_CHECKED, CheckMethod.FORMAT)
    assert verdict.reason is CheckReason.WAIVED
    assert verdict.exceptions == (3,)


@pytest.mark.parametrize(
    ("account_number", "valid"),
    [
        ("00002109", True),  # e 4*2 + f 1*1 = 9, gh = 09
        ("00002210", True),  # 10, gh = 10
        ("00002300", True),  # 11, remainder 0, gh = 00
        ("00002201", False),  # 10, gh = 01
        ("00002311", False),  # remainder 0, gh = 11
        ("00002190", False),  # 9, gh = 90
    ],
)
def test_exception_4_compares_the_remainder_with_gh(
    bank: Bank, account_number: str, valid: bool
) -> None:
    assert bank.takes("994000", account_number) is valid


@pytest.mark.parametrize(
    ("sort_code", "account_number", "valid"),
    [
        # MOD11 z + 3f, its check digit g; DBLAL z + f + digits of 2g, its check digit h.
        ("995001", "00000173", True),  # 4: 11 - 4 = 7; 1 + 1 + (1+4) = 7: 10 - 7 = 3
        ("995001", "00000702", True),  # 22: remainder 0, g = 0; 1 + 7 + 0 = 8: 2
        ("995002", "00000230", True),  # 8: 3; 2 + 2 + 6 = 10: remainder 0, h = 0
        ("995001", "00000174", False),  # the second check digit is wrong
        ("995001", "00000165", False),  # the first: 4, but g = 6; 1 + 1 + (1+2) = 5: 5
        ("995001", "00000751", False),  # remainder 0, but g = 5; 1 + 7 + (1+0) = 9: 1
        ("995002", "00000231", False),  # remainder 0, but h = 1
    ],
)
def test_exception_5_compares_what_the_remainder_lacks_with_g_and_with_h(
    bank: Bank, sort_code: str, account_number: str, valid: bool
) -> None:
    assert bank.takes(sort_code, account_number) is valid


@pytest.mark.parametrize("g", range(10))
def test_exception_5_knows_no_check_digit_for_a_remainder_of_1(bank: Bank, g: int) -> None:
    """z 1*1 + f 3*0 = 1 at 995001, whatever g is."""
    assert not any(bank.takes("995001", f"100000{g}{h}") for h in range(10))


def test_exception_5_checks_both_times_under_the_substitute(bank: Bank) -> None:
    """995005 is checked as 995001; as itself it would ask for g = 3."""
    assert bank.takes("995005", "00000173")
    assert not bank.takes("995006", "00000173")


def test_exception_5_without_a_substitution_table_leaves_the_account_unchecked(
    tmp_path: Path,
) -> None:
    bank = Bank(
        tables_of(
            tmp_path,
            weight_line("995000", "995009", "MOD11", "000001 00000300", 5),
            weight_line("995000", "995009", "DBLAL", "000001 00000120", 5),
        )
    )
    verdict = bank.check("995001", "00000173")
    assert verdict.outcome is CheckOutcome.NOT_CHECKED
    assert verdict.reason is CheckReason.NO_SUBSTITUTIONS
    assert verdict.exceptions == (5,)


@pytest.mark.parametrize("a", "45678")
def test_exception_6_leaves_foreign_currency_accounts_unchecked(bank: Bank, a: str) -> None:
    verdict = bank.check("996000", f"{a}0000011")
    assert (verdict.outcome, verdict.method) == (CheckOutcome.NOT_CHECKED, CheckMethod.FORMAT)
    assert verdict.reason is CheckReason.FOREIGN_CURRENCY
    assert verdict.exceptions == (6,)
    assert verdict.checks == ()


@pytest.mark.parametrize("a", "01239")
def test_exception_6_checks_all_others(bank: Bank, a: str) -> None:
    assert not bank.takes("996000", f"{a}0000011")  # g 3*1 + h 1*1 = 4
    assert bank.takes("996000", f"{a}0005025")  # 11, then e 5 + h 5 = 10
    assert bank.takes("996000", "40005025")  # a is 4, but g and h differ


@pytest.mark.parametrize(
    ("account_number", "valid"),
    [
        ("40000092", True),  # g = 9: g 9 + h 2 = 11; z 1 and a 2*4 do not count
        ("50000092", True),  # as before; with a 2*5 it would be 22 all the same
        ("40000011", True),  # g <> 9: 1 + 8 + 1 + 1 = 11
        ("50000011", False),  # 13
        ("40000093", False),  # 12
    ],
)
def test_exception_7_drops_the_weights_u_to_b_where_g_is_9(
    bank: Bank, account_number: str, valid: bool
) -> None:
    assert bank.takes("997001", account_number) is valid


def test_exception_8_checks_under_090126(bank: Bank) -> None:
    assert bank.takes("998000", "00000002")  # y 2 + z 6 + h 2 = 10
    assert not bank.takes("998000", "00000001")


@pytest.mark.parametrize("ab", ["09", "99"])
def test_exception_10_drops_the_weights_u_to_b_for_some_accounts(bank: Bank, ab: str) -> None:
    verdict = bank.check("991011", f"{ab}000092")  # g 9 + h 2 = 11
    assert verdict.checks == (Check(Algorithm.MOD11, 10, CheckResult.PASSED),)


@pytest.mark.parametrize(
    "account_number",
    [
        "19000092",  # ab = 19: 1 + 2 + 27 + 9 + 2 = 41; f 0 + h 2 = 2
        "09000083",  # g = 8: 1 + 27 + 8 + 3 = 39; 3
        "90000092",  # ab = 90: 1 + 18 + 9 + 2 = 30; 2
    ],
)
def test_exception_10_keeps_all_weights_for_others(bank: Bank, account_number: str) -> None:
    assert not bank.takes("991011", account_number)


@pytest.mark.parametrize(
    ("sort_code", "account_number", "valid", "exceptions"),
    [
        ("991011", "03000110", True, (10,)),  # 1 + 9 + 1 = 11; the other would be 1
        ("991011", "00000902", True, (10, 11)),  # 1 + 2 = 3; f 9 + h 2 = 11
        ("991011", "00000903", False, (10, 11)),  # 4; 12
        ("991213", "00000902", True, (12,)),  # f 9 + h 2 = 11
        ("991213", "00000901", True, (12, 13)),  # 10: not by 11, but by 10
        ("991213", "00000903", False, (12, 13)),  # 12
    ],
)
def test_exceptions_10_11_and_12_13_need_one_check_of_two(
    bank: Bank, sort_code: str, account_number: str, valid: bool, exceptions: tuple[int, ...]
) -> None:
    assert bank.takes(sort_code, account_number) is valid
    assert bank.check(sort_code, account_number).exceptions == exceptions


@pytest.mark.parametrize(
    ("account_number", "valid", "made"),
    [
        ("00000051", True, 1),  # g 2*5 + h 1 = 11
        ("00000510", True, 2),  # 17; without h, 0 in front, it is the one above
        ("00000511", True, 2),  # 18
        ("00000519", True, 2),  # 26
        ("00000512", False, 2),  # 19; h is none of 0, 1 and 9
        ("00000520", False, 2),  # 19; then 2*5 + 2 = 12
    ],
)
def test_exception_14_tries_again_without_the_eighth_digit(
    bank: Bank, account_number: str, valid: bool, made: int
) -> None:
    verdict = bank.check("991400", account_number)
    assert (verdict.outcome is CheckOutcome.VALID) is valid
    assert len(verdict.checks) == made
    assert verdict.exceptions == (14,)


@pytest.mark.parametrize("sort_code", ["000001", "990099", "990201", "999999"])
def test_section_2_2_1_a_sort_code_without_a_row_has_no_check(bank: Bank, sort_code: str) -> None:
    verdict = bank.check(sort_code, "00001217")
    assert (verdict.outcome, verdict.method) == (CheckOutcome.NOT_CHECKED, CheckMethod.FORMAT)
    assert verdict.reason is CheckReason.NOT_LISTED
    assert verdict.tables is not None


def test_section_2_3_ranges_include_both_ends(bank: Bank) -> None:
    assert bank.takes("990100", "00000103")  # z 0 + f 7 + h 3 = 10
    assert bank.takes("990199", "00000001")  # z 9 + h 1 = 10


FORM = [
    ("99010", "00000123", CheckReason.SORT_CODE_FORM),
    ("9901040", "00000123", CheckReason.SORT_CODE_FORM),
    ("99-01-04", "00000123", CheckReason.SORT_CODE_FORM),
    ("99010４", "00000123", CheckReason.SORT_CODE_FORM),
    ("", "00000123", CheckReason.SORT_CODE_FORM),
    ("990104", "0000123", CheckReason.ACCOUNT_NUMBER_FORM),
    ("990104", "000001234", CheckReason.ACCOUNT_NUMBER_FORM),
    ("990104", "0000123\n", CheckReason.ACCOUNT_NUMBER_FORM),
    ("990104", "٠٠٠٠٠١٢٣", CheckReason.ACCOUNT_NUMBER_FORM),
    ("000000", "00000123", CheckReason.SORT_CODE_ZEROS),
    ("990104", "00000000", CheckReason.ACCOUNT_NUMBER_ZEROS),
]


@pytest.mark.parametrize(("sort_code", "account_number", "reason"), FORM)
def test_section_7_2_of_the_reference_what_has_not_the_form_is_invalid(
    bank: Bank, sort_code: str, account_number: str, reason: CheckReason
) -> None:
    """With tables and without: the form comes first, and all zeros would pass any check."""
    for tables in (bank.tables, None):
        verdict = check_account(sort_code, account_number, tables, today=TODAY)
        assert verdict.outcome is CheckOutcome.INVALID
        assert verdict.method is CheckMethod.FORMAT
        assert verdict.reason is reason


def test_without_tables_nothing_is_called_valid() -> None:
    verdict = check_account("990104", "00000124", today=TODAY)
    assert verdict == Verdict(CheckOutcome.NOT_CHECKED, CheckMethod.FORMAT, CheckReason.NO_TABLES)
    assert verdict.summary == (
        "not checked by format rules: no weight table is configured, so only the form was looked at"
    )


@pytest.mark.parametrize(
    ("today", "days", "stale"),
    [
        (date(2026, 6, 1), 0, False),
        (date(2026, 8, 29), 89, False),
        (date(2026, 8, 30), 90, True),
        (date(2026, 5, 1), 0, False),
    ],
)
def test_every_verdict_says_how_old_the_tables_are(
    bank: Bank, today: date, days: int, stale: bool
) -> None:
    for account_number in ("00000123", "00000124", "0"):
        age = check_account("990104", account_number, bank.tables, today=today).tables
        assert age is not None
        assert (age.dated, age.source) == (PUBLISHED, DateSource.GIVEN)
        assert (age.days, age.stale) == (days, stale)


def test_how_old_is_too_old_can_be_set(bank: Bank) -> None:
    age = check_account("990104", "00000123", bank.tables, today=TODAY, stale_after_days=10).tables
    assert age is not None
    assert (age.days, age.stale) == (10, True)


def test_a_verdict_reads_as_a_line_and_holds_nothing_of_the_account(bank: Bank) -> None:
    verdict = check_account("992000", "00000002", bank.tables, today=date(2026, 9, 1))
    assert verdict.summary == (
        "valid by modulus check: the modulus check passed; exception 2, 9; "
        "tables 92 days old by given, stale"
    )
    for shown in (repr(verdict), verdict.summary):
        assert "992000" not in shown
        assert "00000002" not in shown
