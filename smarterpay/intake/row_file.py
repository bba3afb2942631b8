"""Reads a file of any kind row by row; knows nothing of the journal and the provider."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from smarterpay.bacs import ModulusTables
from smarterpay.intake.customer_file import CUSTOMERS
from smarterpay.intake.customer_row import CustomerRow
from smarterpay.intake.encoding import file_stamp, open_file
from smarterpay.intake.file_kind import Circumstances, FileKind
from smarterpay.intake.header import FileLayout, file_layout
from smarterpay.intake.outcomes import BadRow, GoodRow
from smarterpay.intake.records import Record, read_records
from smarterpay.intake.reject_spool import RejectSpool
from smarterpay.intake.row_fields import R
from smarterpay.intake.row_reader import RowReader
from smarterpay.intake.rules import MAX_ROWS
from smarterpay.intake.seen_values import SeenValues
from smarterpay.intake.unreadable import UnreadableFile

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
    """What the valid rows add up to, in pence: of customers one regular collection each (first
    collections are not in it), of collections and refunds the amounts that the rows name."""
    open_amounts: int
    """Valid rows that name no amount: refunds of all that is left of a payment."""
    sha256: str
    """Of the file's bytes, in hex."""
    encoding: str
    delimiter: str
    extra_columns: tuple[str, ...]
    """Columns we do not know, kept with each row as they are."""


def read_rows(
    path: Path,
    kind: FileKind[R],
    *,
    today: date,
    max_rows: int = MAX_ROWS,
    layout: FileLayout | None = None,
    tables: ModulusTables | None = None,
) -> Iterator[GoodRow[R] | BadRow]:
    """Every row of the file, in order, in memory that does not grow with the file.

    `today` is the London date. `layout` is what `file_layout(path, kind)` gave, if the caller has
    it: it saves a pass, and the rows are then of the very bytes that its SHA-256 is of. `tables`
    are those of the modulus check: with them, a row whose account they rule out is bad. Raises
    `UnreadableFile` at once for what is wrong with the file or its header, and while it is walked
    if the file changes or has more than `max_rows` rows: whoever acts on rows as they come must
    be able to take that back.
    """
    found = layout or file_layout(path, kind)
    return _rows(path, kind, found, Circumstances(today, tables), max_rows)


def read_customers(
    path: Path,
    *,
    today: date,
    max_rows: int = MAX_ROWS,
    layout: FileLayout | None = None,
    tables: ModulusTables | None = None,
) -> Iterator[GoodRow[CustomerRow] | BadRow]:
    """`read_rows` of a file of customers."""
    found = layout or file_layout(path, CUSTOMERS)
    return read_rows(path, CUSTOMERS, today=today, max_rows=max_rows, layout=found, tables=tables)


def check_file(
    path: Path,
    kind: FileKind[Any] = CUSTOMERS,
    *,
    today: date,
    max_rows: int = MAX_ROWS,
    tables: ModulusTables | None = None,
    on_good: Callable[[int, Any], None] | None = None,
) -> FileCheck:
    """Read the whole file as `read_rows` does; change nothing. Raises `UnreadableFile`.

    `on_good` is told each good row and its number, counted from 0 over good and bad ones.
    """
    layout = file_layout(path, kind)
    rejects = RejectSpool()
    valid = rejected = amount = open_amounts = 0
    for outcome in _rows(path, kind, layout, Circumstances(today, tables), max_rows):
        if isinstance(outcome, GoodRow):
            pence = kind.pence_of(outcome.row)
            if on_good is not None:
                on_good(valid + rejected, outcome.row)
            valid += 1
            amount += pence or 0
            open_amounts += pence is None
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
        open_amounts=open_amounts,
        sha256=layout.sha256,
        encoding=layout.encoding,
        delimiter=layout.delimiter,
        extra_columns=tuple(layout.extra_columns),
    )


def file_sha256(path: Path, kind: FileKind[Any] = CUSTOMERS) -> str:
    """SHA-256 of the file in hex. Raises `UnreadableFile` where `read_rows` would at once."""
    return file_layout(path, kind).sha256


def _rows(
    path: Path,
    kind: FileKind[R],
    layout: FileLayout,
    circumstances: Circumstances,
    max_rows: int,
) -> Iterator[GoodRow[R] | BadRow]:
    rows = 0
    with (
        open_file(path) as file,
        io.TextIOWrapper(file, layout.encoding, newline="") as stream,
        SeenValues() as seen,
    ):
        _refuse_changed(file, layout)
        reader = RowReader(layout, kind, circumstances, seen)
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
