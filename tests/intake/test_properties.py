"""For all rows and all bytes: what is written is read, nothing crashes, no row goes missing."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smarterpay.intake import (
    BadRow,
    CustomerRow,
    GoodRow,
    UnreadableFile,
    check_file,
    write_rejects,
)
from smarterpay.intake.countries import COUNTRY_CODES
from smarterpay.intake.customer_file import CUSTOMERS
from smarterpay.intake.row_file import read_customers
from smarterpay.intake.rules import RULES
from tests.intake.customer_files import TODAY, VALID, csv_text

moderate = settings(
    max_examples=80,
    deadline=None,
    # Each example writes the one file anew before it reads it.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

# In Windows-1252 these bytes can never be taken for well-formed UTF-8.
WINDOWS_LETTERS = "£€’"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "customers.csv"


def lines(longest: int, letters: str | None = None) -> st.SearchStrategy[str]:
    """One line of visible text as the provider may take it."""
    alphabet = (
        st.characters(exclude_categories=("Cs", "Cc", "Cf", "Cn", "Co", "Zl", "Zp", "Zs"))
        if letters is None
        else st.sampled_from(letters)
    )
    return (
        st.text(alphabet | st.just(" "), min_size=1, max_size=longest)
        .map(str.strip)
        .filter(lambda text: text.isprintable() and "\ufffd" not in text)
        .filter(lambda text: bool(text) and not text.startswith('="'))
    )


@st.composite
def customers(draw: st.DrawFn, letters: str | None = None) -> CustomerRow:
    def maybe(strategy: st.SearchStrategy[str]) -> str | None:
        return draw(st.none() | strategy)

    monthly = draw(st.booleans())
    first = draw(st.dates(TODAY, date(2027, 7, 1)))
    amount = draw(st.integers(1, 2_000_000_000))
    local = draw(st.from_regex(r"[a-z0-9_'+-]{1,20}(\.[a-z0-9]{1,9})?", fullmatch=True))
    return CustomerRow(
        reference=draw(lines(50, letters)),
        title=maybe(lines(45, letters)),
        first_name=draw(lines(50, letters)),
        last_name=draw(lines(50, letters)),
        company_name=maybe(lines(160, letters)),
        email=f"{local}@example.com",
        address_line1=draw(lines(50, letters)),
        address_line2=maybe(lines(50, letters)),
        city=draw(lines(50, letters)),
        postal_code=draw(lines(50, letters)),
        country_code=draw(st.sampled_from(sorted(COUNTRY_CODES - {"US"}))),
        account_name=draw(lines(90, letters)),
        sort_code=draw(st.from_regex(r"[0-9]{6}", fullmatch=True)),
        account_number=draw(st.from_regex(r"[0-9]{8}", fullmatch=True)),
        amount_pence=amount,
        first_collection_amount_pence=draw(st.just(amount) | st.integers(1, 2_000_000_000)),
        collection_period="monthly" if monthly else "weekly",
        collection_stretch=draw(st.integers(1, 12 if monthly else 52)),
        collection_day=draw(st.sampled_from([*map(str, range(1, 29)), "last day"]))
        if monthly
        else None,
        first_collection_date=first,
        description=draw(lines(44, letters)),
        end_date=draw(st.none() | st.dates(first, first + timedelta(days=9999))),
        mandate_reference=maybe(
            st.from_regex(r"[A-Z0-9/\-.&]([A-Z0-9/\-.& ]{0,16}[A-Z0-9/\-.&])?", fullmatch=True)
        ),
        metadata=maybe(lines(1000, letters)),
        extra={"Note": draw(lines(50, letters) | st.just("")), "=x": draw(st.just("'=1"))},
    )


@dataclass(frozen=True)
class Spelling:
    """One of the accepted ways to write a file."""

    delimiter: str
    line_end: str
    quote_all: bool
    order: tuple[str, ...]
    header: Callable[[str], str]
    pounds: Callable[[int], str]
    day: Callable[[date], str]
    sort_code: Callable[[str], str]
    around: str

    def cells(self, row: CustomerRow) -> dict[str, str]:
        values = {
            name: "" if value is None else str(value)
            for name, value in row.model_dump(exclude={"extra"}).items()
        }
        for name in ("amount", "first_collection_amount"):
            values[name] = self.pounds(int(values.pop(f"{name}_pence")))
        values["first_collection_date"] = self.day(row.first_collection_date)
        values["end_date"] = self.day(row.end_date) if row.end_date else ""
        values["sort_code"] = self.sort_code(row.sort_code)
        ours = {self.header(n): f"{values[n]}{self.around}" for n in self.order if n in values}
        return {**ours, **row.extra}

    def text(self, row: CustomerRow) -> str:
        cells = self.cells(row)
        text = io.StringIO()
        writer = csv.writer(
            text,
            delimiter=self.delimiter,
            lineterminator=self.line_end,
            quoting=csv.QUOTE_ALL if self.quote_all else csv.QUOTE_MINIMAL,
        )
        writer.writerow(cells)
        writer.writerow(cells.values())
        return text.getvalue()


def pounds_with_commas(pence: int) -> str:
    return f"£{pence // 100:,}.{pence % 100:02}"


def plain_pounds(pence: int) -> str:
    return f"{pence // 100}.{pence % 100:02}"


spellings = st.builds(
    Spelling,
    delimiter=st.sampled_from([",", ";", "\t"]),
    line_end=st.sampled_from(["\r\n", "\n", "\r"]),
    quote_all=st.booleans(),
    order=st.permutations(CUSTOMERS.columns).map(tuple),
    header=st.sampled_from([str, str.upper, lambda name: name.replace("_", " ").title()]),
    pounds=st.sampled_from([plain_pounds, pounds_with_commas]),
    day=st.sampled_from([date.isoformat, lambda day: day.strftime("%d/%m/%Y")]),
    sort_code=st.sampled_from([str, lambda c: f"{c[:2]}-{c[2:4]}-{c[4:]}", '="{}"'.format]),
    around=st.sampled_from(["", " ", "\xa0"]),
)


def only(path: Path, content: bytes) -> GoodRow[CustomerRow] | BadRow:
    path.write_bytes(content)
    (row,) = read_customers(path, today=TODAY)
    return row


@moderate
@given(customers(), spellings, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_a_valid_row_in_any_accepted_spelling_reads_back_equal(
    path: Path, row: CustomerRow, spelling: Spelling, encoding: str
) -> None:
    assert only(path, spelling.text(row).encode(encoding)) == GoodRow(2, row)


@moderate
@given(customers(f"Ab1 -=+@.,;{WINDOWS_LETTERS}"), spellings)
def test_so_it_does_in_windows_1252(path: Path, row: CustomerRow, spelling: Spelling) -> None:
    assert only(path, spelling.text(row).encode("cp1252")) == GoodRow(2, row)


@moderate
@given(customers())
def test_the_stored_form_of_any_row_reads_back_equal(row: CustomerRow) -> None:
    assert CustomerRow.model_validate_json(row.model_dump_json()) == row


@moderate
@given(st.binary(max_size=400), st.booleans())
def test_arbitrary_bytes_are_read_or_refused_and_never_crash(
    path: Path, content: bytes, after_header: bool
) -> None:
    header = (",".join(VALID) + "\n").encode()
    path.write_bytes(header + content if after_header else content)
    try:
        check = check_file(path, today=TODAY)
    except UnreadableFile:
        return
    assert check.rows == check.valid + check.rejected


awkward_cells = st.one_of(
    st.text(max_size=30).filter(lambda text: "\0" not in text),
    st.sampled_from(['"', '""', "\n", "\r\n", ",", "", " ", "=1", "'", "£", "25.00", "1E+5"]),
    st.sampled_from(sorted(VALID.values())),
)


@moderate
@given(st.lists(st.lists(awkward_cells, min_size=1, max_size=30), max_size=8))
def test_rows_in_are_rows_out_and_each_reject_has_a_known_rule(
    path: Path, rows: list[list[str]]
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(VALID)
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode("utf-8", "replace"))
    results = list(read_customers(path, today=TODAY))
    assert len(results) == sum(any(cell.strip() for cell in row) for row in rows)
    assert all(r.rule in RULES for row in results if isinstance(row, BadRow) for r in row.rejects)
    assert all(row.rejects for row in results if isinstance(row, BadRow))


@moderate
@given(st.dictionaries(st.sampled_from(sorted(VALID)), awkward_cells, min_size=1))
def test_rejected_cells_survive_the_rejects_file(path: Path, changes: dict[str, str]) -> None:
    cells = {**VALID, **changes, "amount": "25"}
    (row,) = list(_rows_of(path, [cells]))
    assert isinstance(row, BadRow)
    rejects = path.with_name("rejects.csv")
    write_rejects(rejects, [(row.cells, row.rejects)])
    (again,) = read_customers(rejects, today=TODAY)
    assert isinstance(again, BadRow)
    assert again.cells == row.cells
    assert [(r.column, r.rule) for r in again.rejects] == [(r.column, r.rule) for r in row.rejects]


def _rows_of(path: Path, rows: list[dict[str, str]]) -> list[GoodRow[CustomerRow] | BadRow]:
    path.write_bytes(csv_text(rows).encode("utf-8", "replace"))
    return list(read_customers(path, today=TODAY))
