"""Turns one record into a valid row or its rejects; knows nothing of files and encodings."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Final

from pydantic import ValidationError

from smarterpay.bacs import ModulusTables, check_account
from smarterpay.intake.account_rules import rule_broken_by
from smarterpay.intake.bank_details import read_account_number, read_sort_code
from smarterpay.intake.customer_row import CustomerRow
from smarterpay.intake.dates import months_later, read_date
from smarterpay.intake.header import COLUMNS, POUNDS_COLUMNS, FileLayout
from smarterpay.intake.outcomes import BadRow, GoodRow, Reject
from smarterpay.intake.pounds import read_pence, read_pounds
from smarterpay.intake.records import Record
from smarterpay.intake.rejects_file import SURPLUS_COLUMN, unguarded
from smarterpay.intake.rules import (
    MAX_RECORD_CHARACTERS,
    MONTHS_TO_FIRST_COLLECTION,
    BrokenRule,
    message,
)
from smarterpay.intake.seen_values import SeenValues

_AS_TEXT: Final = re.compile(r'="([^"]*)"')
_ANY_BLANK: Final = re.compile(r"[^\S\r\n\t ]")
_UNIQUE: Final = (
    ("reference", "reference.duplicate"),
    ("mandate_reference", "mandate-reference.duplicate"),
)
_MODEL_RULES: Final = {
    "missing": "cell.required",
    "string_too_short": "cell.required",
    "string_too_long": "text.too-long",
    "literal_error": "period.unknown",
    "greater_than_equal": "stretch.not-whole",
}


class RowReader:
    """Reads the records of one file, in order: it remembers which references were taken.

    `today` is the London date that collections may not lie before. With `tables`, an account
    that cannot exist by the modulus check is a broken rule too; without, only its form counts.
    """

    def __init__(
        self,
        layout: FileLayout,
        today: date,
        seen: SeenValues,
        tables: ModulusTables | None = None,
    ) -> None:
        self._layout = layout
        self._today = today
        self._tables = tables
        self._latest = months_later(today, MONTHS_TO_FIRST_COLLECTION)
        self._seen = seen
        self._position = {name: layout.columns.get(name, len(layout.header)) for name in COLUMNS}
        self._unnamed = [index for index, name in enumerate(layout.header) if not name]

    def read(self, record: Record) -> GoodRow | BadRow:
        """The row on `record`, valid, or with every rule it breaks."""
        layout = self._layout
        if record.broken:
            rejects = (self._whole_row(record, None, record.broken, limit=MAX_RECORD_CHARACTERS),)
            return BadRow(record.line, None, rejects, self._cells([], "".join(record.cells)))
        raw = [unguarded(cell) for cell in record.cells] if layout.is_rejects_file else record.cells
        if misfit := self._misfit(record, raw):
            return misfit
        cells = {
            column: text
            for column, index in layout.columns.items()
            if (text := cleaned(raw[index]))
        }
        faults = _Faults()
        self._refuse_repeats(cells, record.line, faults)
        values = _values(cells, layout, faults)
        self._refuse_dates(values, faults)
        self._refuse_impossible_account(values, faults)
        row = _validated({**values, "extra": self._extra(raw)}, faults)
        if row is not None:
            return GoodRow(record.line, row)
        reference = _shown(cells.get("reference"))
        return BadRow(
            record.line,
            reference,
            tuple(
                Reject(record.line, reference, column, slug, message(slug, **facts))
                for column, slug, facts in faults.in_order(self._position)
            ),
            self._cells(raw),
        )

    def _misfit(self, record: Record, raw: list[str]) -> BadRow | None:
        """The reject of a row whose cells do not line up with the header."""
        width = len(self._layout.header)
        surplus = raw[width:]
        # Where cells have shifted, only what stands before all shifting is what it seems.
        first = raw[0] if self._layout.columns.get("reference") == 0 else ""
        reference = _shown(cleaned(first))
        if len(raw) != width:
            reject = self._whole_row(
                record,
                reference,
                "row.too-many-cells" if surplus else "row.too-few-cells",
                cells=len(raw),
                columns=width,
                last_line=record.last_line,
            )
        elif filled := [index for index in self._unnamed if raw[index].strip()]:
            surplus = [raw[index] for index in filled]
            reject = self._whole_row(
                record, reference, "row.cell-without-header", position=filled[0] + 1
            )
        else:
            return None
        if reference:
            self._seen.first_line("reference", reference, record.line)
        return BadRow(record.line, reference, (reject,), self._cells(raw, _csv_text(surplus)))

    def _whole_row(
        self, record: Record, reference: str | None, slug: str, **facts: object
    ) -> Reject:
        return Reject(record.line, reference, None, slug, message(slug, **facts))

    def _cells(self, raw: list[str], surplus: str = "") -> dict[str, str]:
        padded = [*raw, *[""] * len(self._layout.header)]
        cells = {
            name: padded[index]
            for index, name in enumerate(self._layout.header)
            if name and index not in self._layout.reject_columns
        }
        return {**cells, SURPLUS_COLUMN: surplus} if surplus else cells

    def _extra(self, raw: list[str]) -> dict[str, str]:
        return {name: raw[index] for name, index in self._layout.extra_columns.items()}

    def _refuse_repeats(self, cells: Mapping[str, str], line: int, faults: "_Faults") -> None:
        for column, slug in _UNIQUE:
            if column in cells:
                first = self._seen.first_line(column, cells[column], line)
                if first != line:
                    faults.add(column, slug, first_line=first)

    def _refuse_dates(self, values: Mapping[str, object], faults: "_Faults") -> None:
        for column in ("first_collection_date", "end_date"):
            day = values.get(column)
            if isinstance(day, date) and day < self._today:
                faults.add(column, "date.past", today=self._today)
            elif column != "end_date" and isinstance(day, date) and day > self._latest:
                faults.add(column, "date.too-far", latest=self._latest)

    def _refuse_impossible_account(self, values: Mapping[str, object], faults: "_Faults") -> None:
        if self._tables is None:
            return
        sort_code, account_number = values.get("sort_code"), values.get("account_number")
        if isinstance(sort_code, str) and isinstance(account_number, str):
            verdict = check_account(sort_code, account_number, self._tables, today=self._today)
            if (broken := rule_broken_by(verdict)) is not None:
                faults.add(broken.column, broken.slug, **broken.facts)


class _Faults:
    """At most one broken rule per column: the first found is the one that explains."""

    def __init__(self) -> None:
        self._by_column: dict[str, tuple[str, dict[str, object]]] = {}

    def __contains__(self, column: str) -> bool:
        return column in self._by_column

    def __bool__(self) -> bool:
        return bool(self._by_column)

    def add(self, column: str, slug: str, **facts: object) -> None:
        self._by_column.setdefault(column, (slug, {"column": column, **facts}))

    def in_order(
        self, position: Mapping[str, int]
    ) -> Iterable[tuple[str, str, Mapping[str, object]]]:
        for column in sorted(self._by_column, key=position.__getitem__):
            yield column, *self._by_column[column]


def _values(cells: Mapping[str, str], layout: FileLayout, faults: _Faults) -> dict[str, object]:
    """What the cells say, by field of the row; what cannot be read becomes a fault."""
    values: dict[str, object] = {}
    for column, text in cells.items():
        try:
            values[column] = _READERS.get(column, str)(text)
        except BrokenRule as broken:
            faults.add(column, broken.slug, **broken.facts)
    for pounds in POUNDS_COLUMNS:
        _settle_amount(pounds, values, faults, layout)
    return values


def _settle_amount(
    pounds: str,
    values: dict[str, object],
    faults: _Faults,
    layout: FileLayout,
) -> None:
    """Leave the pence under the field's name, whichever of the two columns gave them."""
    pence = f"{pounds}_pence"
    given = values.pop(pounds, None)
    if pounds in faults or pence in faults:
        values.pop(pence, None)
    elif given is not None and values.setdefault(pence, given) != given:
        faults.add(pounds, "amount.two-amounts", pounds=pounds)
    elif pounds == "amount" and pence not in values:
        faults.add(pounds if pounds in layout.columns else pence, "amount.missing", pounds=pounds)


def _validated(values: Mapping[str, object], faults: _Faults) -> CustomerRow | None:
    """The row, if nothing is wrong with it; the model's own refusals are added to `faults`."""
    try:
        row = CustomerRow.model_validate(values)
    except ValidationError as error:
        for refusal in error.errors(include_input=False, include_url=False):
            column = str(refusal["loc"][0])
            # Amounts were judged under the name of the column that gave them.
            if not column.endswith("_pence"):
                slug = _MODEL_RULES.get(refusal["type"], refusal["type"])
                facts = refusal.get("ctx", {})
                faults.add(column, slug, length=len(str(values.get(column))), **facts)
        return None
    return None if faults else row


def cleaned(cell: str) -> str:
    """The cell without blanks around it, or around the text inside a spreadsheet's `="..."`."""
    text = cell if cell.isascii() else _ANY_BLANK.sub(" ", cell)
    text = text.strip()
    as_text = _AS_TEXT.fullmatch(text)
    return as_text[1].strip() if as_text else text


def _csv_text(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


def _shown(reference: str | None) -> str | None:
    """The reference if it may stand in a report: one short printable line."""
    if reference and len(reference) <= 50 and reference.isprintable():
        return reference
    return None


def _read_day(text: str) -> str:
    day = " ".join(text.lower().split())
    return day.removeprefix("0") if re.fullmatch(r"0[1-9]", day) else day


def _read_stretch(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise BrokenRule("stretch.not-whole")
    return int(text)


_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    "country_code": str.upper,
    "sort_code": read_sort_code,
    "account_number": read_account_number,
    "amount": read_pounds,
    "amount_pence": read_pence,
    "first_collection_amount": read_pounds,
    "first_collection_amount_pence": read_pence,
    "collection_period": str.lower,
    "collection_stretch": _read_stretch,
    "collection_day": _read_day,
    "first_collection_date": read_date,
    "end_date": read_date,
}
"""How the columns that are not plain text are read; the others are taken as they are."""
