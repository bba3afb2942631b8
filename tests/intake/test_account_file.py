"""A list of accounts: each line has a verdict, and no verdict repeats a number (section 7.2)."""

import io
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smarterpay.bacs import ModulusTables
from smarterpay.intake import UnreadableFile
from smarterpay.intake.account_file import CheckedLine, check_accounts
from smarterpay.intake.rules import RULES
from tests.bacs.modulus_files import tables_of, weight_line

TODAY = date(2026, 6, 11)


@pytest.fixture
def tables(tmp_path: Path) -> ModulusTables:
    """At 99-01-04 an account number must end in 0."""
    return tables_of(tmp_path, weight_line("990100", "990199", "MOD10", "000000 00000001"))


def checked(text: str, tables: ModulusTables | None = None) -> list[CheckedLine]:
    return list(check_accounts(io.StringIO(text, newline=""), tables, today=TODAY))


def test_each_account_has_its_line_and_verdict(tables: ModulusTables) -> None:
    found = checked(
        "sort_code,account_number\n990104,12345670\n\n99-01-04,12345671\n990200,12345671\n", tables
    )
    assert [(one.line, one.outcome, one.rule) for one in found] == [
        (2, "valid", None),
        (4, "invalid", "account-number.modulus-check-failed"),
        (5, "not checked", None),
    ]
    assert found[0].told == "valid by modulus check: the modulus check passed"
    assert "newest weight table; this one is of 2026-06-01" in found[1].told
    assert found[2].told == (
        "not checked by format rules: the weight table has no check for the sort code"
    )


def test_without_tables_the_form_is_looked_at_and_that_is_said() -> None:
    found = checked("sort_code,account_number\n990104,12345671\n990104,123456\n000000,12345678\n")
    assert [(one.outcome, one.rule) for one in found] == [
        ("not checked", None),
        ("invalid", "account-number.leading-zero-lost"),
        ("invalid", "sort-code.zeros"),
    ]
    assert "no weight table is configured, so only the form was looked at" in found[0].told


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("12-05-2006,12345670", "sort-code.wrong-length"),
        ("990104,", "cell.required"),
        (",12345670", "cell.required"),
        ("990104", "row.too-few-cells"),
        ("990104,12345670,x", "row.too-many-cells"),
        ('990104,"12345670', "row.quotation-marks"),
        ("990104," + "1" * 70_000, "row.too-long"),
        ("990104,00000000", "account-number.zeros"),
    ],
)
def test_section_7_2_what_is_not_well_written_is_invalid_by_the_rules_of_customer_files(
    tables: ModulusTables, row: str, rule: str
) -> None:
    found = checked(f"sort_code,account_number\n990104,12345670\n{row}\n990104,12345670\n", tables)
    assert [(one.line, one.rule) for one in found] == [(2, None), (3, rule), (4, None)]
    assert "12345670" not in found[1].told


@pytest.mark.parametrize(
    "text",
    [
        "Sort Code;Account Number\n99-01-04;12345670\n",
        "account_number\tname\tSORTCODE\r\n12345670\tA, B; C\t99 01 04\r\n",
        'account_number,"sort-code"\r="12345670",="990104"\r',
        "\n  \nsort_code,account_number\n990104,1234-5670",
    ],
)
def test_it_is_written_as_people_write_files(tables: ModulusTables, text: str) -> None:
    (only,) = checked(text, tables)
    assert only.outcome == "valid"


def test_lines_are_counted_over_cells_with_line_breaks(tables: ModulusTables) -> None:
    text = 'sort_code,account_number,note\n990104,12345670,"a\nb"\n990104,12345671,c\n'
    assert [one.line for one in checked(text, tables)] == [2, 4]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "990104,12345670\n",
        "sort_code,number\n990104,12345670\n",
        "sort_code,account_number,Sort Code\n990104,12345670,990104\n",
    ],
)
def test_a_list_without_both_columns_is_refused_at_once(text: str) -> None:
    with pytest.raises(UnreadableFile, match="sort_code and account_number") as caught:
        check_accounts(io.StringIO(text, newline=""), None, today=TODAY)
    assert "990104" not in str(caught.value)


@pytest.mark.parametrize(
    "before", [b"", b"sort_code,account_number\n" + b"990104,12345670\n" * 999]
)
def test_bytes_that_are_no_text_are_refused(before: bytes) -> None:
    stream = io.TextIOWrapper(io.BytesIO(before + b"\xff\xfe\x81"), "utf-8-sig", newline="")
    with pytest.raises(UnreadableFile, match="not UTF-8"):
        list(check_accounts(stream, None, today=TODAY))


def test_a_header_that_does_not_end_is_refused() -> None:
    text = "sort_code,account_number," + "x" * 70_000 + "\n990104,12345670\n"
    with pytest.raises(UnreadableFile, match="too long"):
        checked(text)


def test_a_list_longer_than_allowed_is_refused() -> None:
    text = "sort_code,account_number\n" + "990104,12345670\n" * 3
    assert len(list(check_accounts(io.StringIO(text), None, today=TODAY, max_rows=3))) == 3
    with pytest.raises(UnreadableFile, match="more than 2 rows"):
        list(check_accounts(io.StringIO(text), None, today=TODAY, max_rows=2))


CELLS = st.text(st.sampled_from("0129 -.=\"'\n\r,x£"), max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), max_size=6), st.booleans())
def test_any_rows_have_verdicts_by_known_rules(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], with_tables: bool
) -> None:
    tables = (
        tables_of(
            tmp_path_factory.mktemp("tables"),
            weight_line("000000", "999999", "MOD10", "000000 00000001"),
        )
        if with_tables
        else None
    )
    text = "sort_code,account_number\n" + "".join(f"{one},{two}\n" for one, two in rows)
    for one in checked(text, tables):
        assert (one.outcome == "invalid") is (one.rule in RULES)
        assert one.line > 1
