"""The demo's customers: the table beside this file says what becomes of each."""

import csv
from importlib.resources import as_file, files
from itertools import groupby
from pathlib import Path

import pytest

from smarterpay.intake import RULES, BadRow, CustomerRow, GoodRow, read_customers
from tests.intake.customer_files import TODAY

EXPECTED = Path(__file__).with_name("demo_expected.csv")


@pytest.fixture(scope="module")
def rows() -> list[GoodRow[CustomerRow] | BadRow]:
    with as_file(files("smarterpay.cli").joinpath("demo", "customers.csv")) as path:
        return list(read_customers(path, today=TODAY))


@pytest.fixture(scope="module")
def expected() -> list[dict[str, str]]:
    with EXPECTED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_line_becomes_what_the_table_says(
    rows: list[GoodRow[CustomerRow] | BadRow], expected: list[dict[str, str]]
) -> None:
    found = [
        (str(row.line), result.reference or "", "bad", result.column or "", result.rule)
        for row in rows
        if isinstance(row, BadRow)
        for result in row.rejects
    ] + [(str(r.line), r.row.reference, "good", "", "") for r in rows if isinstance(r, GoodRow)]
    columns = ("line", "reference", "result", "column", "rule")
    assert sorted(found) == sorted(tuple(row[name] for name in columns) for row in expected)


def test_sixty_customers_of_which_22_are_rejected(expected: list[dict[str, str]]) -> None:
    results = [result for (_, result), _ in groupby((r["line"], r["result"]) for r in expected)]
    assert (results.count("good"), results.count("bad")) == (38, 22)


def test_every_rule_is_broken_that_a_readable_file_can_break(
    expected: list[dict[str, str]],
) -> None:
    """Three are for those who have the tables of the modulus check, which the demo has not."""
    by_tables = {"sort-code.zeros", "account-number.zeros", "account-number.modulus-check-failed"}
    assert set(RULES) - {row["rule"] for row in expected} == {"row.too-long", *by_tables}


def test_every_test_value_of_section_13_that_concerns_onboarding(
    rows: list[GoodRow[CustomerRow] | BadRow],
) -> None:
    customers = [row.row for row in rows if isinstance(row, GoodRow)]
    triggers = {
        *("900", "901", "902", "903", "905", "910", "911", "912", "913", "919"),
        *("921", "923", "924", "929", "955", "957", "960"),
    }
    endings = [c.account_number[-3:] for c in customers if c.account_number[-3:] >= "900"]
    assert sorted(endings) == sorted(triggers)
    names = ("NOMATCH", "PENDING", "AVERROR", "CLOSE", "WRONGTYPE", "NOTFOUND")
    assert sorted(c.account_name.split()[-1] for c in customers if c.account_name.isupper()) == []
    assert {c.account_name.split()[-1] for c in customers if c.account_name.endswith(names)} == {
        *names
    }


def test_nobody_in_it_can_be_real(rows: list[GoodRow[CustomerRow] | BadRow]) -> None:
    domains = {row.row.email.split("@")[1] for row in rows if isinstance(row, GoodRow)}
    assert domains == {"example.com", "example.org"}


def test_it_is_written_as_people_write_files() -> None:
    content = files("smarterpay.cli").joinpath("demo", "customers.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in content
    assert b'"Key under the pot.\r\nRing twice."' in content
    assert '"£1,234.50"'.encode() in content
    assert b"/07/2026" in content
    assert b"Delivery Route" in content
