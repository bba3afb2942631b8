"""What makes a kind of file: its columns, their spellings and its rows' rules; reads no file."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Final, Generic

from smarterpay.bacs import ModulusTables
from smarterpay.intake.rejects_file import REJECT_COLUMNS
from smarterpay.intake.row_fields import R
from smarterpay.intake.rules import Fault, Rule

_SEPARATORS: Final = re.compile(r"[\s_\-./]+")
_REFUSALS_OF_ANY_ROW: Final = {
    "missing": "cell.required",
    "string_too_short": "cell.required",
    "string_too_long": "text.too-long",
}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a row is judged by besides its own cells."""

    today: date
    """The London date."""
    tables: ModulusTables | None = None
    """Of the modulus check; only a kind with bank accounts looks at them."""


@dataclass(frozen=True, eq=False)
class FileKind(Generic[R]):
    """One kind of file. A column is a field of `row`; one in pence has a sister in pounds."""

    row: type[R]
    rules: Mapping[str, Rule]
    """Every rule a row can break, by slug."""
    readers: Mapping[str, Callable[[str], object]]
    """How the columns that are not plain text are read; the others are taken as they are."""
    pence_of: Callable[[R], int | None]
    """What a valid row adds to the sum of its file; `None` where it leaves the amount open."""
    judge: Callable[[Mapping[str, object], Circumstances], Iterable[Fault]]
    """The rules that need more than the row: its values may be incomplete."""
    unique: Mapping[str, str]
    """Columns whose values may not repeat in a file, and the rule that a repeat breaks."""
    one_of: tuple[tuple[str, ...], ...] = ()
    """Groups of optional columns of which the header must have at least one."""
    refusals: Mapping[str, str] = field(default_factory=dict)
    """Rules for the row model's own types of error, besides those of any row."""
    said_otherwise: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What people call a column instead: named as a hint where the column is missing."""

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Every column we know, in the order of the documentation."""
        return tuple(
            column for name in self.row.model_fields if name != "extra" for column in _sisters(name)
        )

    @cached_property
    def pounds_columns(self) -> tuple[str, ...]:
        """Columns in pounds; each has a sister `..._pence`, which is the field of the row."""
        return tuple(pounds for name in self.row.model_fields if (pounds := _pounds_of(name)))

    @cached_property
    def required(self) -> tuple[tuple[str, ...], ...]:
        """Groups of columns of which the header must have one; most groups have one member."""
        fields = self.row.model_fields.items()
        mandatory = (_sisters(name) for name, of_row in fields if of_row.is_required())
        return (*mandatory, *self.one_of)

    @cached_property
    def slugs(self) -> Mapping[str, str]:
        """Rules for the types of error that the row model raises itself."""
        return MappingProxyType({**_REFUSALS_OF_ANY_ROW, **self.refusals})

    def column_named(self, written: str) -> str | None:
        """The column, ours or one that a rejects file adds, that a header means by `written`."""
        return self._by_squashed.get(squashed(written))

    def canonical_name(self, written: str) -> str:
        """Our name of a column, or the name as written where it is not one of ours."""
        return self.column_named(written) or written

    def message(self, slug: str, /, **facts: object) -> str:
        """The sentence shown for a broken rule. Raises `KeyError` for one that is not ours."""
        return self.rules[slug].sentence(**facts)

    def stored_row(self, payload: bytes) -> R:
        """The row that was staged as `payload`."""
        return self.row.model_validate_json(payload)

    def cells_of(self, row: R) -> dict[str, str]:
        """The cells that read back as `row`. Personal data."""
        values = row.model_dump(mode="json")
        extra: dict[str, str] = values.pop("extra")
        cells = {name: "" if value is None else str(value) for name, value in values.items()}
        for pounds in self.pounds_columns:
            pence = cells.pop(f"{pounds}_pence")
            cells[pounds] = f"{int(pence) // 100}.{int(pence) % 100:02d}" if pence else ""
        return cells | extra

    @cached_property
    def _by_squashed(self) -> Mapping[str, str]:
        return {squashed(name): name for name in (*self.columns, *REJECT_COLUMNS)}


def squashed(name: str) -> str:
    """A column's name without what people write differently: capitals, blanks, dashes, dots."""
    return _SEPARATORS.sub("", name.casefold())


def _sisters(field_name: str) -> tuple[str, ...]:
    """The columns that can fill a field."""
    pounds = _pounds_of(field_name)
    return (pounds, field_name) if pounds else (field_name,)


def _pounds_of(field_name: str) -> str:
    """The column in pounds of a field in pence; empty for any other field."""
    return field_name.removesuffix("_pence") if field_name.endswith("_pence") else ""
