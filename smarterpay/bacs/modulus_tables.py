"""Reads the published weight and substitution tables, and refuses broken ones; checks no account.

The formats are those of "Validating account numbers: UK modulus checking" (Vocalink for Pay.UK),
sections 2.3.2 and 2.2.2: VALACDOS and SCSUBTAB. Their licence does not let us ship them, so the
user downloads both and names their paths.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

from smarterpay.bacs.collection_dates import LONDON

POSITIONS: Final = 14
"""Digits of sort code and account number together: u to z, then a to h."""
LARGEST_FILE: Final = 4 * 1024 * 1024
"""Bytes of a table file at most; the published ones have about 100 kB."""
_MOST_FAULTS: Final = 20
_EXCEPTIONS: Final = range(1, 15)


class Algorithm(StrEnum):
    """The modulus checks, spelt as in the weight table."""

    MOD10 = "MOD10"
    MOD11 = "MOD11"
    DBLAL = "DBLAL"

    @property
    def modulus(self) -> int:
        """What the weighted total is divided by."""
        return 11 if self is Algorithm.MOD11 else 10


@dataclass(frozen=True, slots=True)
class WeightRow:
    """One check for the sort codes `start` to `end`: a line of the weight table.

    `weights` are those of the positions u to z and a to h; `exception` is 1 to 14 or None.
    """

    start: str
    end: str
    algorithm: Algorithm
    weights: tuple[int, ...]
    exception: int | None = None


class DateSource(StrEnum):
    """Where the date of a table comes from, as the file itself carries none."""

    GIVEN = "given"
    BESIDE = "file beside"
    MODIFIED = "modification time"


@dataclass(frozen=True, slots=True)
class TableFault:
    """What is wrong with one line, without a word of the line: it may be quite another file's."""

    line: int
    wording: str


class BrokenTable(ValueError):
    """A file is no table of the published format; `faults` name each line at fault, from 1."""

    def __init__(self, name: str, faults: Sequence[TableFault]) -> None:
        self.name = name
        self.faults = tuple(faults)
        shown = "; ".join(f"line {fault.line}: {fault.wording}" for fault in self.faults[:5])
        more = f"; and {len(self.faults) - 5} more" if len(self.faults) > 5 else ""
        super().__init__(f"{name}: {shown}{more}")

    def __reduce__(self) -> tuple[type["BrokenTable"], tuple[str, tuple[TableFault, ...]]]:
        return type(self), (self.name, self.faults)


@dataclass(frozen=True)
class ModulusTables:
    """Both tables and their date. `substitutions` is None where no such table was given.

    `dated` is the London date of the weight table, which is published anew several times a year;
    the substitution table, which has stayed the same since 2005, has no say in it.
    """

    rows: tuple[WeightRow, ...] = field(repr=False)
    substitutions: Mapping[str, str] | None = field(repr=False)
    dated: date
    date_source: DateSource
    _ranges: tuple[tuple[WeightRow, ...], ...] = field(init=False, repr=False, compare=False)
    _starts: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ranges = tuple(checks for _, checks in sorted(_by_range(self.rows).items()))
        object.__setattr__(self, "_ranges", ranges)
        object.__setattr__(self, "_starts", tuple(checks[0].start for checks in ranges))

    @property
    def lacks_substitutions(self) -> bool:
        """Whether a check of exception 5 cannot be made for want of the substitution table."""
        return self.substitutions is None and any(row.exception == 5 for row in self.rows)

    def rows_for(self, sort_code: str) -> tuple[WeightRow, ...]:
        """The one or two checks for `sort_code` (6 digits) in the table's order; often none."""
        found = bisect_right(self._starts, sort_code) - 1
        if found < 0 or self._ranges[found][0].end < sort_code:
            return ()
        return self._ranges[found]


def load_tables(
    weights: Path, substitutions: Path | None = None, *, dated: date | None = None
) -> ModulusTables:
    """The tables in the files VALACDOS (`weights`) and SCSUBTAB (`substitutions`).

    Neither file says when it was published. Their date is `dated`; without it the ISO date in a
    file beside the weights, named like it with `.date` added; without that the weights' London
    modification date, which a careless copy makes too young. Raises `BrokenTable` where a file
    is not in the published format, `OSError` where one cannot be read.
    """
    rows = read_weights(_text(weights), weights.name)
    pairs = None
    if substitutions is not None:
        pairs = read_substitutions(_text(substitutions), substitutions.name)
    found, source = (dated, DateSource.GIVEN) if dated else _date_of(weights)
    return ModulusTables(rows, pairs, found, source)


def read_weights(text: str, name: str) -> tuple[WeightRow, ...]:
    """The rows of a weight table. Raises `BrokenTable` under the file name `name`."""
    numbered = _read_lines(text, name, _weight_row)
    faults = sorted(_range_faults(numbered), key=lambda fault: fault.line)
    if faults:
        raise BrokenTable(name, faults[:_MOST_FAULTS])
    return tuple(row for _, row in numbered)


def read_substitutions(text: str, name: str) -> Mapping[str, str]:
    """Sort code to the one it is checked as. Raises `BrokenTable` under the file name `name`."""
    numbered = _read_lines(text, name, _substitution)
    first: dict[str, int] = {}
    faults = []
    for line, (original, _) in numbered:
        if first.setdefault(original, line) != line:
            wording = f"the sort code is already substituted on line {first[original]}"
            faults.append(TableFault(line, wording))
    if faults:
        raise BrokenTable(name, faults[:_MOST_FAULTS])
    return dict(pair for _, pair in numbered)


def _text(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise BrokenTable(path.name, [TableFault(1, f"more than {LARGEST_FILE} bytes in all")])
    try:
        return content.decode("ascii")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BrokenTable(path.name, [TableFault(line, "a character is not ASCII")]) from None


def _date_of(weights: Path) -> tuple[date, DateSource]:
    beside = weights.with_name(f"{weights.name}.date")
    if not beside.exists():
        modified = datetime.fromtimestamp(weights.stat().st_mtime, LONDON)
        return modified.date(), DateSource.MODIFIED
    try:
        return date.fromisoformat(_text(beside).strip()), DateSource.BESIDE
    except BrokenTable:
        raise
    except ValueError:
        fault = TableFault(1, "one date is expected, as YYYY-MM-DD")
        raise BrokenTable(beside.name, [fault]) from None


class _Faulty(Exception):
    """A line breaks the format; the argument is the wording."""


Line = TypeVar("Line")


def _read_lines(text: str, name: str, read: Callable[[list[str]], Line]) -> list[tuple[int, Line]]:
    """Every line that is not blank, with its number. Raises `BrokenTable`, with all faults."""
    found: list[tuple[int, Line]] = []
    faults: list[TableFault] = []
    for number, line in enumerate(text.split("\n"), start=1):
        fields = line.split()
        if not fields:
            continue
        try:
            found.append((number, read(fields)))
        except _Faulty as fault:
            faults.append(TableFault(number, str(fault)))
    if not found and not faults:
        faults.append(TableFault(1, "the file has no line"))
    if faults:
        raise BrokenTable(name, faults[:_MOST_FAULTS])
    return found


_SORT_CODE: Final = re.compile(r"[0-9]{6}")
_WEIGHT: Final = re.compile(r"-?[0-9]{1,3}")
_ALGORITHMS: Final = {algorithm.value: algorithm for algorithm in Algorithm}
_EXCEPTION: Final = re.compile(r"[0-9]{1,3}")


def _substitution(fields: list[str]) -> tuple[str, str]:
    if len(fields) != 2:
        raise _Faulty(f"{len(fields)} fields where a substitution has 2")
    if not all(_SORT_CODE.fullmatch(code) for code in fields):
        raise _Faulty("a sort code is not 6 digits")
    return fields[0], fields[1]


def _weight_row(fields: list[str]) -> WeightRow:
    if len(fields) not in {3 + POSITIONS, 4 + POSITIONS}:
        raise _Faulty(f"{len(fields)} fields where a check has 17, or 18 with an exception")
    start, end, algorithm, *numbers = fields
    if not _SORT_CODE.fullmatch(start) or not _SORT_CODE.fullmatch(end):
        raise _Faulty("a sort code is not 6 digits")
    if start > end:
        raise _Faulty("the range ends before it starts")
    check = _ALGORITHMS.get(algorithm)
    if check is None:
        raise _Faulty("the check is none of MOD10, MOD11 and DBLAL")
    weights = _weights(numbers[:POSITIONS], check)
    return WeightRow(start, end, check, weights, _exception(numbers[POSITIONS:], check))


def _weights(numbers: list[str], check: Algorithm) -> tuple[int, ...]:
    if not all(_WEIGHT.fullmatch(number) for number in numbers):
        raise _Faulty("a weight is not a whole number of at most 3 digits")
    weights = tuple(int(number) for number in numbers)
    if not any(weights):
        raise _Faulty("every weight is zero, so that any account would pass")
    if check is Algorithm.DBLAL and min(weights) < 0:
        raise _Faulty("a weight is negative, which DBLAL gives no meaning to")
    return weights


_ONLY_UNDER: Final = {
    1: Algorithm.DBLAL,
    2: Algorithm.MOD11,
    3: Algorithm.DBLAL,
    4: Algorithm.MOD11,
    9: Algorithm.MOD11,
    14: Algorithm.MOD11,
}
"""The check that the specification words an exception for (section 2.2.2)."""


def _exception(rest: list[str], check: Algorithm) -> int | None:
    if not rest:
        return None
    if not _EXCEPTION.fullmatch(rest[0]) or int(rest[0]) not in _EXCEPTIONS:
        raise _Faulty("the exception is not one of 1 to 14")
    exception = int(rest[0])
    if _ONLY_UNDER.get(exception, check) is not check:
        raise _Faulty(f"exception {exception} is for {_ONLY_UNDER[exception]} only")
    return exception


def _by_range(rows: Sequence[WeightRow]) -> dict[tuple[str, str], tuple[WeightRow, ...]]:
    found: dict[tuple[str, str], tuple[WeightRow, ...]] = {}
    for row in rows:
        found[row.start, row.end] = (*found.get((row.start, row.end), ()), row)
    return found


_FOLLOWED_BY: Final = {2: 9, 5: 5, 10: 11, 12: 13}
"""Exceptions of a first check that only have a meaning with that of the second."""


def _range_faults(numbered: Sequence[tuple[int, WeightRow]]) -> Iterator[TableFault]:
    """Ranges that overlap, have a third check, or pair exceptions that do not belong together."""
    checks: dict[tuple[str, str], list[tuple[int, WeightRow]]] = {}
    for line, row in numbered:
        checks.setdefault((row.start, row.end), []).append((line, row))
    latest = ""
    for (start, end), found in sorted(checks.items()):
        line = found[0][0]
        if start <= latest:
            yield TableFault(line, "the range overlaps another that is not the same")
        latest = max(latest, end)
        for third, _ in found[2:]:
            yield TableFault(third, "a third check for one range, where there are at most two")
        yield from _pair_faults(found[:2])


def _pair_faults(found: Sequence[tuple[int, WeightRow]]) -> Iterator[TableFault]:
    (line, first), *others = found
    second = others[0][1] if others else None
    after = None if second is None else second.exception
    needed = _FOLLOWED_BY.get(first.exception or 0)
    if needed is not None and after != needed:
        wording = f"exception {first.exception} needs a second check with exception {needed}"
        yield TableFault(line, wording)
    if first.exception in {9, 11, 13}:
        yield TableFault(line, f"exception {first.exception} is for a second check only")
    if first.exception == 14 and second is not None:
        yield TableFault(line, "exception 14 is its own second check, and has no other")
    if second is None:
        return
    if after in _FOLLOWED_BY.values() and needed != after:
        yield TableFault(others[0][0], f"exception {after} does not follow the first check's")
    if after in {2, 10, 12, 14}:
        yield TableFault(others[0][0], f"exception {after} is for a first check only")
    order = (first.algorithm, second.algorithm)
    if first.exception == 5 and order != (Algorithm.MOD11, Algorithm.DBLAL):
        yield TableFault(line, "exception 5 is for MOD11, then DBLAL")
