"""Reads one row that somebody typed, cell by cell, as a row of a file is read; knows no file."""

from collections.abc import Mapping
from datetime import date

from smarterpay.intake.file_kind import Circumstances, FileKind
from smarterpay.intake.header import FileLayout
from smarterpay.intake.outcomes import BadRow, GoodRow
from smarterpay.intake.records import Record
from smarterpay.intake.row_fields import R
from smarterpay.intake.row_reader import RowReader
from smarterpay.intake.seen_values import SeenValues


def read_typed(kind: FileKind[R], cells: Mapping[str, str], *, today: date) -> GoodRow[R] | BadRow:
    """The row whose `cells` stand by our names of the columns; `today` is the London date.

    A column that is left out is empty. Raises `KeyError` for one that the kind does not have.
    """
    for column in cells:
        if column not in kind.columns:
            raise KeyError(column)
    layout = FileLayout(
        encoding="utf-8",
        delimiter=",",
        sha256="",
        header_line=0,
        header=tuple(cells),
        columns={column: place for place, column in enumerate(cells)},
        extra_columns={},
        reject_columns=frozenset(),
        stamp=(),
    )
    with SeenValues() as seen:
        reader = RowReader(layout, kind, Circumstances(today), seen)
        return reader.read(Record(1, 1, list(cells.values())))
