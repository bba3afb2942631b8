"""Issue 3, item 5: an account that the tables rule out is rejected before any call."""

from collections.abc import Callable
from pathlib import Path

import pytest

from smarterpay.bacs import ModulusTables
from smarterpay.intake import BadRow, CustomerRow, GoodRow, check_file, read_customers
from tests.bacs.modulus_files import tables_of, weight_line
from tests.intake.customer_files import TODAY, VALID, csv_text

Read = Callable[..., GoodRow[CustomerRow] | BadRow]

#: At 99-01-04 an account number must end in 0. Exception 5 needs the substitution table.
WEIGHTS = [
    weight_line("990100", "990199", "MOD10", "000000 00000001"),
    weight_line("990500", "990509", "MOD11", "000001 00000300", 5),
    weight_line("990500", "990509", "DBLAL", "000001 00000120", 5),
]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads the valid row with some cells changed, by the tables or by those given."""
    tables = tables_of(tmp_path, *WEIGHTS)

    def read(*, by: ModulusTables | None = tables, **cells: str) -> GoodRow[CustomerRow] | BadRow:
        path = tmp_path / "customers.csv"
        path.write_text(csv_text([{**VALID, **cells}]))
        (only,) = read_customers(path, today=TODAY, tables=by)
        assert check_file(path, today=TODAY, tables=by).valid == isinstance(only, GoodRow)
        return only

    return read


def faults(row: GoodRow[CustomerRow] | BadRow) -> list[tuple[int, str | None, str]]:
    return [(r.line, r.column, r.rule) for r in row.rejects] if isinstance(row, BadRow) else []


def test_an_account_that_passes_the_check_is_taken(read: Read) -> None:
    row = read(sort_code="99-01-04", account_number="12345670")
    assert isinstance(row, GoodRow)
    assert row.row.account_number == "12345670"


def test_an_account_that_fails_the_check_is_named_by_line_column_and_remedy(read: Read) -> None:
    row = read(sort_code="99-01-04", account_number="12345671")
    assert isinstance(row, BadRow)
    assert faults(row) == [(2, "account_number", "account-number.modulus-check-failed")]
    (reject,) = row.rejects
    assert reject.reference == "CUST-0042"
    assert reject.message == (
        "account_number cannot exist at this sort_code: the two fail the modulus check. Compare "
        "every digit of both with the customer's instruction. If they are right, check again with "
        "the newest weight table; this one is of 2026-06-01."
    )


@pytest.mark.parametrize("sort_code", ["990200", "990501"], ids=["not listed", "no substitutions"])
def test_an_account_that_cannot_be_checked_passes(read: Read, sort_code: str) -> None:
    """Specification of the check, section 2.2.1; the provider has the last word (section 7.4)."""
    assert isinstance(read(sort_code=sort_code, account_number="12345671"), GoodRow)


@pytest.mark.parametrize(
    ("cells", "column", "rule"),
    [
        ({"sort_code": "00-00-00"}, "sort_code", "sort-code.zeros"),
        ({"account_number": "00000000"}, "account_number", "account-number.zeros"),
    ],
)
def test_zeros_are_no_account(read: Read, cells: dict[str, str], column: str, rule: str) -> None:
    assert faults(read(**cells)) == [(2, column, rule)]


@pytest.mark.parametrize(
    "cells",
    [
        {"sort_code": "99-01-04", "account_number": "12345671"},
        {"sort_code": "00-00-00"},
        {"account_number": "00000000"},
    ],
)
def test_without_tables_only_the_form_counts(read: Read, cells: dict[str, str]) -> None:
    assert isinstance(read(by=None, **cells), GoodRow)


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({"sort_code": "990104", "account_number": "1234567"}, "account-number.leading-zero-lost"),
        ({"sort_code": "90104", "account_number": "12345671"}, "sort-code.leading-zero-lost"),
        ({"sort_code": "", "account_number": "12345671"}, "cell.required"),
    ],
)
def test_what_is_not_well_written_is_not_checked(
    read: Read, cells: dict[str, str], rule: str
) -> None:
    assert [slug for _, _, slug in faults(read(**cells))] == [rule]


def test_the_check_hides_no_other_fault(read: Read) -> None:
    row = read(sort_code="990104", account_number="12345671", email="x", amount="25")
    assert [rule for _, _, rule in faults(row)] == [
        "email.invalid",
        "account-number.modulus-check-failed",
        "amount.whole-number",
    ]


def test_what_is_told_holds_no_number(read: Read) -> None:
    told = repr(read(sort_code="99-01-04", account_number="12345671"))
    assert "modulus" in told
    for number in ("990104", "99-01-04", "12345671"):
        assert number not in told
