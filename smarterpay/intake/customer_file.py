"""Reads a file of new customers row by row; knows nothing of the journal and the provider."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO

from smarterpay.bacs import ModulusTables
from smarterpay.intake.encoding import file_stamp, open_file
from smarterpay.intake.header import FileLayout, file_layout
from smarterpay.intake.outcomes import BadRow, GoodRow, Reject
from smarterpay.intake.records import Record, read_records
from smarterpay.intake.reject_spool import RejectSpool
from smarterpay.intake.row_reader import RowReader
from smarterpay.intake.rules import MAX_ROWS
from smarterpay.intake.seen_values import SeenValues
from smarterpay.intake.unreadable import UnreadableFile

__all__ = [
    "BadRow",
    "FileCheck",
    "GoodRow",
    "Reject",
    "UnreadableFile",
    "check_file",
    "file_sha256",
    "read_customers",
]

_CHANGED = "The file changed while it was being read. Run again."


@dataclass(frozen=True)
class FileCheck:
    """What a file would do, for a plan: counts, money, rejects, and which bytes were read."""

    rows: int
    """Rows that are not blank; `valid` and `rejected` add up to it."""
    valid: int
    rejected: int
    rejects: RejectSpool
    """Every broken rule, in file order; a row may break several. Kept on disk."""
    amount_pence: int
    """One regular collection of every valid row, in pence (first collections are not in it)."""
    sha256: str
    """Of the file's bytes, in hex."""
    encoding: str
    delimiter: str
    extra_columns: tuple[str, ...]
    """Columns we do not know, kept with each row as they are."""


def read_customers(
    path: Path,
    *,
    today: date,
    max_rows: int = MAX_ROWS,
    layout: FileLayout | None = None,
    tables: ModulusTables | None = None,
) -> Iterator[GoodRow | BadRow]:
    """Every row of the file, in order, in memory that does not grow with the file.

    `today` is the London date. `layout` is what `file_layout(path)` gave, if the caller has it:
    it saves a pass, and the rows are then of the very bytes that its SHA-256 is of. `tables` are
    those of the modulus check: with them, a row whose account they rule out is bad. Raises
    `UnreadableFile` at once for what is wrong with the file or its header, and while it is walked
    if the file changes or has more than `max_rows` rows: whoever acts on rows as they come must
    be able to take that back.
    """
    return _rows(path, layout or file_layout(path), today, max_rows, tables)


def check_file(
    path: Path, *, today: date, max_rows: int = MAX_ROWS, tables: ModulusTables | None = None
) -> FileCheck:
    """Read the whole file as `read_customers` does; change nothing. Raises `UnreadableFile`."""
    layout = file_layout(path)
    rejects = RejectSpool()
    valid = rejected = amount = 0
    for outcome in _rows(path, layout, today, max_rows, tables):
        if isinstance(outcome, GoodRow):
            valid += 1
            amount += outcome.row.amount_pence
        else:
            rejected += 1
            for reject in outcome.rejects:
                rejects.add(reject)
    return FileCheck(
        rows=valid + rejected,
        valid=valid,
        rejected=rejected,
        rejects=rejects,
        amount_pence=amount,
        sha256=layout.sha256,
        encoding=layout.encoding,
        delimiter=layout.delimiter,
        extra_columns=tuple(layout.extra_columns),
    )


def file_sha256(path: Path) -> str:
    """SHA-256 of the file in hex. Raises `UnreadableFile` where `read_customers` would at once."""
    return file_layout(path).sha256


def _rows(
    path: Path, layout: FileLayout, today: date, max_rows: int, tables: ModulusTables | None
) -> Iterator[GoodRow | BadRow]:
    rows = 0
    with (
        open_file(path) as file,
        io.TextIOWrapper(file, layout.encoding, newline="") as stream,
        SeenValues() as seen,
    ):
        _refuse_changed(file, layout)
        reader = RowReader(layout, today, seen, tables)
        for record in _unchanged(read_records(stream, layout.delimiter)):
            if record.line <= layout.header_line or _is_blank(record):
                continue
            rows += 1
            if rows > max_rows:
                raise UnreadableFile(f"The file has more than {max_rows:,} rows. Split it.")
            yield reader.read(record)
        _refuse_changed(file, layout)


def _unchanged(records: Iterator[Record]) -> Iterator[Record]:
    try:
        yield from records
    except UnicodeDecodeError:
        # The first pass decoded every byte, so these are other bytes.
        raise UnreadableFile(_CHANGED) from None


def _is_blank(record: Record) -> bool:
    return record.broken is None and not any(cell.strip() for cell in record.cells)


def _refuse_changed(file: BinaryIO, layout: FileLayout) -> None:
    if file_stamp(file) != layout.stamp:
        raise UnreadableFile(_CHANGED)
