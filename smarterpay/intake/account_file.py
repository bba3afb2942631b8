"""Checks a list of account numbers line by line; knows no customer and repeats no cell."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, TextIO

from smarterpay.bacs import CheckOutcome, ModulusTables, Verdict, check_account
from smarterpay.intake.account_rules import rule_broken_by
from smarterpay.intake.bank_details import read_account_number, read_sort_code
from smarterpay.intake.customer_file import CUSTOMERS
from smarterpay.intake.records import Record, read_records
from smarterpay.intake.row_reader import cleaned
from smarterpay.intake.rules import MAX_RECORD_CHARACTERS, MAX_ROWS, BrokenRule, message
from smarterpay.intake.unreadable import UnreadableFile

_DELIMITERS: Final = (",", ";", "\t")
_READERS: Final = {"sort_code": read_sort_code, "account_number": read_account_number}
_NO_TEXT: Final = "The list is not UTF-8 text. Save it as 'CSV UTF-8'."


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """What is known of the account on one line; may be printed and logged."""

    line: int
    """Physical line of the file on which the row starts; the header is usually line 1."""
    outcome: CheckOutcome
    told: str
    """What the outcome rests on, or what is wrong and what to do; nothing that stood in a cell."""
    rule: str | None = None
    """Slug of the broken rule, a key of `rules.RULES`; `None` unless the outcome is invalid."""


def check_accounts(
    stream: TextIO, tables: ModulusTables | None, *, today: date, max_rows: int = MAX_ROWS
) -> Iterator[CheckedLine]:
    """What is known of each account of a CSV list with columns `sort_code` and `account_number`.

    `stream` must be opened with `newline=""`. Separators and spellings are those of customer
    files, and other columns are passed over, so that a customer file will do. `tables` are those
    of the modulus check, whose age is counted to `today`, a London date; without them only the
    form is looked at. Raises `UnreadableFile`: at once where a column is missing, and while it is
    walked where there are more than `max_rows` rows or the stream is no text.
    """
    header = _header(stream)
    return _checked(stream, header, tables, today, max_rows)


@dataclass(frozen=True, slots=True)
class _Header:
    line: int
    names: tuple[str, ...]
    delimiter: str


def _header(stream: TextIO) -> _Header:
    number, line = 0, "\n"
    try:
        while line and not line.strip():
            line = stream.readline(MAX_RECORD_CHARACTERS + 1)
            number += 1
    except UnicodeDecodeError:
        raise UnreadableFile(_NO_TEXT) from None
    if len(line) > MAX_RECORD_CHARACTERS:
        raise UnreadableFile("The line that names the columns is too long. Shorten it.")
    for delimiter in _DELIMITERS:
        record = next(read_records(io.StringIO(line, newline=""), delimiter), None)
        names = (
            tuple(CUSTOMERS.canonical_name(cell.strip()) for cell in record.cells) if record else ()
        )
        if all(names.count(column) == 1 for column in _READERS):
            return _Header(number, names, delimiter)
    raise UnreadableFile(
        "The first line that is not blank must name the columns sort_code and account_number, "
        "each once, separated by commas, semicolons or tabs."
    )


def _checked(
    stream: TextIO, header: _Header, tables: ModulusTables | None, today: date, max_rows: int
) -> Iterator[CheckedLine]:
    rows = 0
    try:
        for record in read_records(stream, header.delimiter):
            if record.broken is None and not any(cell.strip() for cell in record.cells):
                continue
            rows += 1
            if rows > max_rows:
                raise UnreadableFile(f"The list has more than {max_rows:,} rows. Split it.")
            yield _checked_line(record, header, tables, today)
    except UnicodeDecodeError:
        raise UnreadableFile(_NO_TEXT) from None


def _checked_line(
    record: Record, header: _Header, tables: ModulusTables | None, today: date
) -> CheckedLine:
    line = header.line + record.line  # records are counted from the line behind the header
    try:
        verdict = _verdict(record, header, tables, today)
    except BrokenRule as broken:
        told = message(broken.slug, **broken.facts)
        return CheckedLine(line, CheckOutcome.INVALID, told, broken.slug)
    # The age of the tables is the same on every line: who prints the lines says it once.
    return CheckedLine(line, verdict.outcome, replace(verdict, tables=None).summary)


def _verdict(record: Record, header: _Header, tables: ModulusTables | None, today: date) -> Verdict:
    """What is known of an account that is not invalid. Raises `BrokenRule` for one that is."""
    _refuse_misfit(record, header)
    sort_code, account_number = (_number(record, header, column) for column in _READERS)
    verdict = check_account(sort_code, account_number, tables, today=today)
    if (fault := rule_broken_by(verdict)) is not None:
        raise BrokenRule(fault.slug, column=fault.column, **fault.facts)
    return verdict


def _refuse_misfit(record: Record, header: _Header) -> None:
    cells, columns = len(record.cells), len(header.names)
    if record.broken:
        raise BrokenRule(record.broken, limit=MAX_RECORD_CHARACTERS)
    if cells != columns:
        slug = "row.too-many-cells" if cells > columns else "row.too-few-cells"
        last_line = header.line + record.last_line
        raise BrokenRule(slug, cells=cells, columns=columns, last_line=last_line)


def _number(record: Record, header: _Header, column: str) -> str:
    text = cleaned(record.cells[header.names.index(column)])
    if not text:
        raise BrokenRule("cell.required", column=column)
    try:
        return _READERS[column](text)
    except BrokenRule as broken:
        raise BrokenRule(broken.slug, column=column, **broken.facts) from None
