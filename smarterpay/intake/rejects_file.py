"""Writes the rows that were rejected as a CSV to mend and read again; judges nothing itself."""

import csv
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Final, TextIO

from smarterpay.intake.outcomes import Reject

SURPLUS_COLUMN: Final = "reject_surplus"
"""Where cells stand that no column of the header claims, as CSV text."""
REJECT_COLUMNS: Final = (
    "reject_line",
    "reject_column",
    "reject_rule",
    "reject_message",
    SURPLUS_COLUMN,
)
"""What a rejects file adds to the columns of the file it came from; ignored when it is read."""

# A spreadsheet runs a cell that starts with one of these; full-width forms count as well.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write_rejects(
    target: Path | TextIO,
    rejected: Iterable[tuple[Mapping[str, str], Sequence[Reject]]],
    *,
    columns: Sequence[str] | None = None,
) -> int:
    """Write one line per rejected row: its own columns, then `REJECT_COLUMNS`. Returns the rows.

    `rejected` gives the cells and rejects of each `BadRow`; `columns` the names to write, by
    default those of the first row. Comma-separated; a path is written as UTF-8 with a byte order
    mark and Windows line ends, readable by its owner only, and appears when it is complete. A
    text stream must have been opened with `newline=""`. A cell that a spreadsheet would run as a
    formula gets an apostrophe in front, which reading the file takes off again.
    """
    if isinstance(target, Path):
        with appearing_when_complete(target) as stream:
            return write_rejects(stream, rejected, columns=columns)
    rows = iter(rejected)
    first = next(rows, None)
    if columns is None:
        columns = [name for name in (first[0] if first else {}) if name not in REJECT_COLUMNS]
    writer = csv.writer(target)
    writer.writerow([*columns, *REJECT_COLUMNS])
    count = 0
    for cells, rejects in chain([first] if first else [], rows):
        own = [cells.get(name, "") for name in columns]
        writer.writerow(
            guarded(cell) for cell in (*own, *_reasons(rejects), cells.get(SURPLUS_COLUMN, ""))
        )
        count += 1
    return count


def guarded(cell: str) -> str:
    """The cell so that no spreadsheet takes it for a formula; `unguarded` is the way back."""
    return f"'{cell}" if cell.startswith(("'", *_FORMULA_STARTS)) else cell


def unguarded(cell: str) -> str:
    """The cell as it was before `guarded`."""
    return (
        cell[1:] if cell.startswith("'") and cell[1:].startswith(("'", *_FORMULA_STARTS)) else cell
    )


def _reasons(rejects: Sequence[Reject]) -> tuple[str, str, str, str]:
    return (
        str(rejects[0].line) if rejects else "",
        "; ".join(reject.column or "" for reject in rejects),
        "; ".join(reject.rule for reject in rejects),
        " ".join(reject.message for reject in rejects),
    )


@contextmanager
def appearing_when_complete(path: Path) -> Iterator[TextIO]:
    """A UTF-8 text file with a byte order mark, readable by its owner only; all of it or none."""
    # mkstemp makes the file readable by its owner only.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(descriptor, "w", encoding="utf-8-sig", newline="") as stream:
            yield stream
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
