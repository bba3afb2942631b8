"""Turns one record into a valid row or its rejects; knows nothing of files and encodings."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from typing import Final, Generic

from pydantic import ValidationError

from smarterpay.intake.file_kind import Circumstances, FileKind
from smarterpay.intake.header import FileLayout
from smarterpay.intake.outcomes import BadRow, GoodRow, Reject
from smarterpay.intake.records import Record
from smarterpay.intake.rejects_file import SURPLUS_COLUMN, unguarded
from smarterpay.intake.row_fields import R
from smarterpay.intake.rules import MAX_RECORD_CHARACTERS, BrokenRule
from smarterpay.intake.seen_values import SeenValues

_AS_TEXT: Final = re.compile(r'="([^"]*)"')
_ANY_BLANK: Final = re.compile(r"[^\S\r\n\t ]")


class RowReader(Generic[R]):
    """Reads the records of one file, in order: it remembers which references were taken."""

    def __init__(
        self,
        layout: FileLayout,
        kind: FileKind[R],
        circumstances: Circumstances,
        seen: SeenValues,
    ) -> None:
        self._layout = layout
        self._kind = kind
        self._circumstances = circumstances
        self._seen = seen
        end = len(layout.header)
        self._position = {name: layout.columns.get(name, end) for name in kind.columns}
        fields = kind.row.model_fields
        self._amounts = [(one, fields[f"{one}_pence"].is_required()) for one in kind.pounds_columns]
        self._unnamed = [index for index, name in enumerate(layout.header) if not name]

    def read(self, record: Record) -> GoodRow[R] | BadRow:
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
        values = self._values(cells, faults)
        for fault in self._kind.judge(values, self._circumstances):
            faults.add(fault.column, fault.slug, **fault.facts)
        row = self._validated({**values, "extra": self._extra(raw)}, faults)
        if row is not None:
            return GoodRow(record.line, row)
        reference = _shown(cells.get("reference"))
        return BadRow(
            record.line,
            reference,
            tuple(
                Reject(record.line, reference, column, slug, self._kind.message(slug, **facts))
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
        return Reject(record.line, reference, None, slug, self._kind.message(slug, **facts))

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
        for column, slug in self._kind.unique.items():
            if column in cells:
                first = self._seen.first_line(column, cells[column], line)
                if first != line:
                    faults.add(column, slug, first_line=first)

    def _values(self, cells: Mapping[str, str], faults: "_Faults") -> dict[str, object]:
        """What the cells say, by field of the row; what cannot be read becomes a fault."""
        values: dict[str, object] = {}
        for column, text in cells.items():
            try:
                values[column] = self._kind.readers.get(column, str)(text)
            except BrokenRule as broken:
                faults.add(column, broken.slug, **broken.facts)
        for pounds, is_required in self._amounts:
            self._settle_amount(pounds, values, faults, is_required=is_required)
        return values

    def _settle_amount(
        self, pounds: str, values: dict[str, object], faults: "_Faults", *, is_required: bool
    ) -> None:
        """Leave the pence under the field's name, whichever of the two columns gave them."""
        pence = f"{pounds}_pence"
        given = values.pop(pounds, None)
        if pounds in faults or pence in faults:
            values.pop(pence, None)
        elif given is not None and values.setdefault(pence, given) != given:
            faults.add(pounds, "amount.two-amounts", pounds=pounds)
        elif is_required and pence not in values:
            column = pounds if pounds in self._layout.columns else pence
            faults.add(column, "amount.missing", pounds=pounds)

    def _validated(self, values: Mapping[str, object], faults: "_Faults") -> R | None:
        """The row, if nothing is wrong with it; the model's own refusals are added to `faults`."""
        try:
            row = self._kind.row.model_validate(values)
        except ValidationError as error:
            for refusal in error.errors(include_input=False, include_url=False):
                column = str(refusal["loc"][0])
                # Amounts were judged under the name of the column that gave them.
                if not column.endswith("_pence"):
                    slug = self._kind.slugs.get(refusal["type"], refusal["type"])
                    facts = refusal.get("ctx", {})
                    faults.add(column, slug, length=len(str(values.get(column))), **facts)
            return None
        return None if faults else row


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
