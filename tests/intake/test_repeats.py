"""References and mandate references: whose they are when several rows carry the same one."""

from pathlib import Path

import pytest

from smarterpay.intake import BadRow, CustomerRow, GoodRow
from tests.intake.customer_files import VALID, csv_text, outcomes


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "customers.csv"


def rules(row: GoodRow[CustomerRow] | BadRow) -> list[str]:
    return [r.rule for r in row.rejects] if isinstance(row, BadRow) else []


def test_the_first_row_stands_and_later_ones_name_its_line(path: Path) -> None:
    rows = [{**VALID, "metadata": "two\nlines"}, VALID, {**VALID, "reference": " CUST-0042 "}]
    first, second, third = outcomes(path, csv_text(rows))
    assert isinstance(first, GoodRow)
    assert isinstance(second, BadRow)
    assert rules(second) == rules(third) == ["reference.duplicate"]
    assert second.rejects[0].message.startswith("Line 2 already has this reference.")
    assert (second.line, second.reference) == (4, "CUST-0042")


def test_a_rejected_row_keeps_its_reference_to_itself(path: Path) -> None:
    first, second = outcomes(path, csv_text([{**VALID, "email": "x"}, VALID]))
    assert (rules(first), rules(second)) == (["email.invalid"], ["reference.duplicate"])


def test_a_row_that_does_not_line_up_keeps_its_reference_too(path: Path) -> None:
    header, row = csv_text([VALID]).splitlines()[:2]
    first, second = outcomes(path, f"{header}\r\n{row},\r\n{row}\r\n")
    assert (rules(first), rules(second)) == (["row.too-many-cells"], ["reference.duplicate"])


def test_capitals_make_another_reference(path: Path) -> None:
    rows = outcomes(path, csv_text([VALID, {**VALID, "reference": "cust-0042"}]))
    assert all(isinstance(row, GoodRow) for row in rows)


def test_mandate_references_are_unique_as_within_a_sun(path: Path) -> None:
    """Section 7.5: a duplicate `auddis` within a SUN is refused."""
    first = {**VALID, "mandate_reference": "VEG-1"}
    second = {**first, "reference": "B"}
    third = {**VALID, "reference": "VEG-1"}
    results = outcomes(path, csv_text([first, second, third]))
    assert [rules(row) for row in results] == [[], ["mandate-reference.duplicate"], []]


def test_two_customers_may_pay_from_one_account(path: Path) -> None:
    """Section 7.2: a duplicate pair is allowed."""
    rows = outcomes(path, csv_text([VALID, {**VALID, "reference": "B"}]))
    assert all(isinstance(row, GoodRow) for row in rows)
