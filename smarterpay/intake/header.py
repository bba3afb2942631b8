"""Reads the header line: delimiter, which cell is which column; knows nothing of the rows."""

import io
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Final

from smarterpay.intake.encoding import examine_text, open_file
from smarterpay.intake.file_kind import FileKind, squashed
from smarterpay.intake.records import Record, read_records
from smarterpay.intake.rejects_file import REJECT_COLUMNS
from smarterpay.intake.unreadable import UnreadableFile

_DELIMITERS: Final = (",", ";", "\t")
_DELIMITER_HINT: Final = re.compile(r'"?sep=([,;\t])"?', re.IGNORECASE)


@dataclass(frozen=True)
class FileLayout:
    """How the file is written and where its columns are."""

    encoding: str
    delimiter: str
    sha256: str
    header_line: int
    header: tuple[str, ...]
    """Names as written, trimmed; `""` for a cell without one."""
    columns: dict[str, int]
    """Our columns to cell numbers from 0."""
    extra_columns: dict[str, int]
    """The others, by the name as written."""
    reject_columns: frozenset[int]
    """Cell numbers of the columns that `write_rejects` adds; what they hold is ignored."""
    stamp: tuple[int, ...]

    @property
    def is_rejects_file(self) -> bool:
        """Whether `write_rejects` wrote it, so that its guarding apostrophes come off."""
        return bool(self.reject_columns)


def file_layout(path: Path, kind: FileKind[Any]) -> FileLayout:
    """Examine the whole file once for its encoding, then its header, as one of `kind`.

    The delimiter is the one of comma, semicolon and tab that makes the most known names out of
    the header, or the one a first line `sep=;` names. Header names match in any case, with
    blanks, dashes, dots or nothing for underscores. Raises `UnreadableFile`.
    """
    text = examine_text(path)
    candidates = [(d, _header_record(path, text.encoding, d)) for d in _DELIMITERS]
    delimiter, record = max(candidates, key=lambda candidate: _known(candidate[1], kind))
    if record is None:
        raise UnreadableFile("The file holds nothing but blank lines.")
    if record.broken:
        raise UnreadableFile("The header cannot be read: close its quotation marks or shorten it.")
    header = tuple(_visible_name(cell) for cell in record.cells)
    columns, extra = _assign(header, kind)
    return FileLayout(
        encoding=text.encoding,
        delimiter=delimiter,
        sha256=text.sha256,
        header_line=record.last_line,
        header=header,
        columns={name: index for name, index in columns.items() if name not in REJECT_COLUMNS},
        extra_columns=extra,
        reject_columns=frozenset(columns[name] for name in REJECT_COLUMNS if name in columns),
        stamp=text.stamp,
    )


def _header_record(path: Path, encoding: str, delimiter: str) -> Record | None:
    """The first record with anything in it, behind a `sep=` line that names `delimiter`."""
    with open_file(path) as file, io.TextIOWrapper(file, encoding, newline="") as stream:
        for record in read_records(stream, delimiter):
            hint = _DELIMITER_HINT.fullmatch(delimiter.join(record.cells).strip(" \r\n"))
            if hint and hint[1] == delimiter:
                continue
            if any(cell.strip() for cell in record.cells):
                return record
    return None


def _known(record: Record | None, kind: FileKind[Any]) -> int:
    return sum(kind.column_named(cell) is not None for cell in record.cells) if record else 0


def _visible_name(cell: str) -> str:
    shown = "".join(c for c in cell if c.isspace() or unicodedata.category(c) not in {"Cc", "Cf"})
    return " ".join(shown.split())


def _assign(header: Sequence[str], kind: FileKind[Any]) -> tuple[dict[str, int], dict[str, int]]:
    columns: dict[str, int] = {}
    extra: dict[str, int] = {}
    for index, name in enumerate(header):
        column = kind.column_named(name)
        place, key = (extra, name) if column is None else (columns, column)
        if key and key in place:
            shown = f"{column!r}" if column else "a column that is not ours"
            raise UnreadableFile(
                f"The header names {shown} twice, in cells {place[key] + 1} and {index + 1}. "
                "Rename or delete one."
            )
        if key:
            place[key] = index
    _refuse_missing(columns, extra, kind)
    _refuse_misspelt(columns, extra, kind)
    return columns, extra


def _refuse_missing(columns: dict[str, int], extra: dict[str, int], kind: FileKind[Any]) -> None:
    if not columns:
        raise UnreadableFile(
            "The first line that is not blank has none of the column names. Put a header there, "
            "separated by commas, semicolons or tabs, with at least: "
            f"{', '.join(_group_name(group, kind) for group in kind.required)}."
        )
    missing = [group for group in kind.required if not any(name in columns for name in group)]
    if missing:
        hints = [_group_name(group, kind) + _hint(group[0], extra, kind) for group in missing]
        raise UnreadableFile(f"The header lacks {'; '.join(hints)}. Add or rename the columns.")


def _group_name(group: Sequence[str], kind: FileKind[Any]) -> str:
    # That pence stand in for pounds is for those who read the documentation.
    return group[0] if group[0] in kind.pounds_columns else " or ".join(group)


def _hint(column: str, extra: dict[str, int], kind: FileKind[Any]) -> str:
    name_of_ours = squashed(column)
    for name in extra:
        other = squashed(name)
        said_otherwise = kind.said_otherwise.get(column, ())
        if other in said_otherwise or _likeness(name_of_ours, other) >= 0.75:
            return f" (is it the column {name[:40]!r}?)"
    return ""


def _refuse_misspelt(columns: dict[str, int], extra: dict[str, int], kind: FileKind[Any]) -> None:
    # An optional column under a wrong name would be kept as an extra one and its value lost: an
    # end date that nobody applies. So it stops the file, where a strange name does not.
    for column in kind.columns:
        if column in columns:
            continue
        for name in extra:
            if _likeness(squashed(column), squashed(name)) >= 0.88:
                raise UnreadableFile(
                    f"The header has no {column}, but {name[:40]!r}, which is almost the same. "
                    f"Rename it to {column}, or to something clearly different."
                )


def _likeness(one: str, other: str) -> float:
    if 2 * min(len(one), len(other)) < 0.75 * (len(one) + len(other)):
        return 0.0  # too different in length for any of our thresholds
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
