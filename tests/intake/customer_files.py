"""Builds customer files for tests: a valid row, of which each test changes what it is about."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from smarterpay.intake import BadRow, CustomerRow, GoodRow, read_customers

TODAY = date(2026, 6, 1)
"""The London date of every test that does not say otherwise."""

VALID: Mapping[str, str] = {
    "reference": "CUST-0042",
    "title": "Ms",
    "first_name": "Ada",
    "last_name": "Ashby",
    "company_name": "Ashby Trading Ltd",
    "email": "ada.ashby@example.com",
    "address_line1": "14 Mill Lane",
    "address_line2": "Flat 3",
    "city": "Leeds",
    "postal_code": "LS1 9ZZ",
    "country_code": "GB",
    "account_name": "A Ashby",
    "sort_code": "20-11-52",
    "account_number": "51013107",
    "amount": "25.00",
    "amount_pence": "",
    "first_collection_amount": "",
    "first_collection_amount_pence": "",
    "collection_period": "monthly",
    "collection_stretch": "1",
    "collection_day": "15",
    "first_collection_date": "2026-07-01",
    "description": "Monthly veg box",
    "end_date": "",
    "mandate_reference": "",
    "metadata": "",
}


def csv_text(
    rows: Sequence[Mapping[str, str]], *, delimiter: str = ",", line_end: str = "\r\n"
) -> str:
    """The rows as CSV under the columns of the first."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(rows[0])
    writer.writerows(row.values() for row in rows)
    return text.getvalue()


def outcomes(path: Path, content: str | bytes) -> list[GoodRow[CustomerRow] | BadRow]:
    """What reading `content` gives, from a real file at `path`."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_customers(path, today=TODAY))


def outcome(path: Path, **cells: str) -> GoodRow[CustomerRow] | BadRow:
    """What the valid row gives with some cells changed."""
    (only,) = outcomes(path, csv_text([{**VALID, **cells}]))
    return only


def good(path: Path, **cells: str) -> CustomerRow:
    """The row that the valid cells give with some changed; fails if it is rejected."""
    result = outcome(path, **cells)
    assert isinstance(result, GoodRow), result
    return result.row


def faults(path: Path, **cells: str) -> list[tuple[str | None, str]]:
    """(column, rule) of every fault of the valid row with some cells changed."""
    result = outcome(path, **cells)
    return [(r.column, r.rule) for r in result.rejects] if isinstance(result, BadRow) else []
