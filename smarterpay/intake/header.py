"""Reads the header line: delimiter, which cell is which column; knows nothing of the rows."""

import io
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Final

from smarterpay.intake.customer_row import CustomerRow
from smarterpay.intake.encoding import examine_text, open_file
from smarterpay.intake.records import Record, read_records
from smarterpay.intake.rejects_file import REJECT_COLUMNS
from smarterpay.intake.unreadable import UnreadableFile

POUNDS_COLUMNS: Final = ("amount", "first_collection_amount")
"""Columns in pounds; each has a sister `..._pence`, which is the field of the row."""
COLUMNS: Final[tuple[str, ...]] = tuple(
    column
    for name in CustomerRow.model_fields
    if name != "extra"
    for column in ((name.removesuffix("_pence"), name) if name.endswith("_pence") else (name,))
)
"""Every column we know, in the order of the documentation."""
REQUIRED_COLUMNS: Final[tuple[str, ...]] = tuple(
    name.removesuffix("_pence")
    for name, field in CustomerRow.model_fields.items()
    if field.is_required()
)
"""Columns a file must have; `amount` is also there when `amount_pence` is."""
_DELIMITERS: Final = (",", ";", "\t")
_DELIMITER_HINT: Final = re.compile(r'"?sep=([,;\t])"?', re.IGNORECASE)
_SEPARATORS: Final = re.compile(r"[\s_\-./]+")
_BY_SQUASHED: Final = {_SEPARATORS.sub("", name): name for name in (*COLUMNS, *REJECT_COLUMNS)}
_SAID_OTHERWISE: Final = {
    "reference": ("ref", "customerreference", "customerid", "customerref", "id"),
    "first_name": ("forename", "givenname"),
    "last_name": ("surname", "familyname"),
    "email": ("emailaddress", "mail"),
    "address_line1": ("address", "address1", "addressline", "street"),
    "city": ("town", "towncity", "posttown"),
    "postal_code": ("postcode", "zip", "zipcode"),
    "account_name": ("accountholder", "accountholdername", "bankaccountname", "nameonaccount"),
    "sort_code": ("banksortcode", "sort"),
    "account_number": ("account", "accountno", "bankaccountnumber", "accno", "bankaccount"),
    "amount": ("price", "regularamount", "collectionamount", "amountgbp"),
    "collection_period": ("frequency", "period", "interval"),
    "first_collection_date": ("startdate", "firstdate", "firstcollection", "collectiondate"),
    "description": ("details", "narrative"),
}


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


def file_layout(path: Path) -> FileLayout:
    """Examine the whole file once for its encoding, then its header.

    The delimiter is the one of comma, semicolon and tab that makes the most known names out of
    the header, or the one a first line `sep=;` names. Header names match in any case, with
    blanks, dashes, dots or nothing for underscores. Raises `UnreadableFile`.
    """
    text = examine_text(path)
    candidates = [(d, _header_record(path, text.encoding, d)) for d in _DELIMITERS]
    delimiter, record = max(candidates, key=lambda candidate: _known(candidate[1]))
    if record is None:
        raise UnreadableFile("The file holds nothing but blank lines.")
    if record.broken:
        raise UnreadableFile("The header cannot be read: close its quotation marks or shorten it.")
    header = tuple(_visible_name(cell) for cell in record.cells)
    columns, extra = _assign(header)
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


def _known(record: Record | None) -> int:
    return sum(_column(cell) is not None for cell in record.cells) if record else 0


def _column(name: str) -> str | None:
    return _BY_SQUASHED.get(_squashed(name))


def _squashed(name: str) -> str:
    return _SEPARATORS.sub("", name.casefold())


def _visible_name(cell: str) -> str:
    shown = "".join(c for c in cell if c.isspace() or unicodedata.category(c) not in {"Cc", "Cf"})
    return " ".join(shown.split())


def canonical_name(written: str) -> str:
    """Our name of a column, or the name as written where it is not one of ours."""
    return _column(written) or written


def _assign(header: Sequence[str]) -> tuple[dict[str, int], dict[str, int]]:
    columns: dict[str, int] = {}
    extra: dict[str, int] = {}
    for index, name in enumerate(header):
        column = _column(name)
        place, key = (extra, name) if column is None else (columns, column)
        if key and key in place:
            shown = f"{column!r}" if column else "a column that is not ours"
            raise UnreadableFile(
                f"The header names {shown} twice, in cells {place[key] + 1} and {index + 1}. "
                "Rename or delete one."
            )
        if key:
            place[key] = index
    _refuse_missing(columns, extra)
    _refuse_misspelt(columns, extra)
    return columns, extra


def _refuse_missing(columns: dict[str, int], extra: dict[str, int]) -> None:
    if not columns:
        raise UnreadableFile(
            "The first line that is not blank has none of the column names. Put a header there, "
            "separated by commas, semicolons or tabs, with at least: "
            f"{', '.join(REQUIRED_COLUMNS)}."
        )
    missing = [
        name
        for name in REQUIRED_COLUMNS
        if name not in columns and not (name in POUNDS_COLUMNS and f"{name}_pence" in columns)
    ]
    if missing:
        hints = [_hint(name, extra) for name in missing]
        raise UnreadableFile(f"The header lacks {'; '.join(hints)}. Add or rename the columns.")


def _hint(column: str, extra: dict[str, int]) -> str:
    squashed = _squashed(column)
    for name in extra:
        other = _squashed(name)
        if other in _SAID_OTHERWISE.get(column, ()) or _likeness(squashed, other) >= 0.75:
            return f"{column} (is it the column {name[:40]!r}?)"
    return column


def _refuse_misspelt(columns: dict[str, int], extra: dict[str, int]) -> None:
    # An optional column under a wrong name would be kept as an extra one and its value lost: an
    # end date that nobody applies. So it stops the file, where a strange name does not.
    for column in COLUMNS:
        if column in columns:
            continue
        for name in extra:
            if _likeness(_squashed(column), _squashed(name)) >= 0.88:
                raise UnreadableFile(
                    f"The header has no {column}, but {name[:40]!r}, which is almost the same. "
                    f"Rename it to {column}, or to something clearly different."
                )


def _likeness(one: str, other: str) -> float:
    if 2 * min(len(one), len(other)) < 0.75 * (len(one) + len(other)):
        return 0.0  # too different in length for any of our thresholds
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
