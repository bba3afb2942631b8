"""Issue 3, item 5: the published tables are read as they come, and a broken file is refused.

Cited are the sections of "Validating account numbers: UK modulus checking" (Vocalink).
"""

import os
import pickle
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smarterpay.bacs import BrokenTable, load_tables
from smarterpay.bacs.modulus_tables import (
    LARGEST_FILE,
    Algorithm,
    DateSource,
    WeightRow,
    read_substitutions,
    read_weights,
)
from tests.bacs.modulus_files import tables_of, weight_line

GOOD = weight_line("990100", "990199", "MOD11", "0,0,0,0,0,0,0,128,64,32,10,9,1,-1", 7)
PLAIN = weight_line("990200", "990200", "DBLAL", "212121 21212121")


def test_section_2_3_2_a_line_of_the_weight_table() -> None:
    assert (
        GOOD == "990100 990199 MOD11"
        "    0    0    0    0    0    0    0  128   64   32   10    9    1   -1   7"
    )
    weights = (0, 0, 0, 0, 0, 0, 0, 128, 64, 32, 10, 9, 1, -1)
    assert read_weights(GOOD, "weights") == (
        WeightRow("990100", "990199", Algorithm.MOD11, weights, 7),
    )


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_files_come_with_either_line_end_and_empty_lines_at_the_end(ending: str) -> None:
    """Both have been published: some versions end lines with CR LF, others with LF."""
    text = ending.join([GOOD, PLAIN, "", ""])
    assert [row.start for row in read_weights(text, "weights")] == ["990100", "990200"]
    pairs = read_substitutions(ending.join(["990101 990102", "990103 990102", ""]), "pairs")
    assert pairs == {"990101": "990102", "990103": "990102"}


NUMBERS = "    0" * 13
BROKEN_LINES = [
    ("990101 990102", "2 fields where a check has 17, or 18 with an exception"),
    (GOOD + " 1", "19 fields"),
    (GOOD.replace("990100", "99010"), "a sort code is not 6 digits"),
    (GOOD.replace("990199", "99O199"), "a sort code is not 6 digits"),
    (GOOD.replace("990199", "990099"), "the range ends before it starts"),
    (GOOD.replace("MOD11", "MOD12"), "the check is none of MOD10, MOD11 and DBLAL"),
    (GOOD.replace("MOD11", "mod11"), "the check is none of MOD10, MOD11 and DBLAL"),
    (GOOD.replace(" 128", "1280"), "a weight is not a whole number of at most 3 digits"),
    (GOOD.replace("128", "1.5"), "a weight is not a whole number of at most 3 digits"),
    (f"990100 990199 MOD10{NUMBERS}    0", "every weight is zero"),
    (f"990100 990199 DBLAL{NUMBERS}   -1", "a weight is negative"),
    (GOOD[:-1] + "0", "the exception is not one of 1 to 14"),
    (GOOD[:-2] + "15", "the exception is not one of 1 to 14"),
    (GOOD[:-1] + "x", "the exception is not one of 1 to 14"),
    (GOOD[:-1] + "1", "exception 1 is for DBLAL only"),
    (GOOD[:-1] + "3", "exception 3 is for DBLAL only"),
    (PLAIN + "   2", "exception 2 is for MOD11 only"),
    (PLAIN + "   4", "exception 4 is for MOD11 only"),
    (PLAIN + "   9", "exception 9 is for MOD11 only"),
    (PLAIN + "  14", "exception 14 is for MOD11 only"),
]


@pytest.mark.parametrize(("line", "wording"), BROKEN_LINES)
def test_a_broken_line_is_named_by_its_number(line: str, wording: str) -> None:
    with pytest.raises(BrokenTable, match=r"weights\.txt: line 3: ") as caught:
        read_weights(f"{PLAIN}\n\n{line}\n", "weights.txt")
    (fault,) = caught.value.faults
    assert fault.line == 3
    assert fault.wording.startswith(wording)


def checks(*exceptions: int | None, algorithms: str = "MOD11 MOD11 MOD11") -> str:
    """Lines for one range, after a line for another, with these exceptions."""
    names = algorithms.split()
    rows = [
        weight_line("990300", "990309", name, "000000 00000001", exception)
        for name, exception in zip(names, exceptions, strict=False)
    ]
    return "\n".join([PLAIN, *rows])


BROKEN_RANGES = [
    (checks(None, None, None), 4, "a third check for one range"),
    (checks(2), 2, "exception 2 needs a second check with exception 9"),
    (checks(2, None), 2, "exception 2 needs a second check with exception 9"),
    (checks(10, 13), 2, "exception 10 needs a second check with exception 11"),
    (checks(12), 2, "exception 12 needs a second check with exception 13"),
    (checks(5), 2, "exception 5 needs a second check with exception 5"),
    (checks(5, 5, algorithms="DBLAL MOD11"), 2, "exception 5 is for MOD11, then DBLAL"),
    (checks(9), 2, "exception 9 is for a second check only"),
    (checks(11, 10), 2, "exception 11 is for a second check only"),
    (checks(13), 2, "exception 13 is for a second check only"),
    (checks(None, 9), 3, "exception 9 does not follow the first check's"),
    (checks(7, 5, algorithms="MOD11 DBLAL"), 3, "exception 5 does not follow the first check's"),
    (checks(None, 2), 3, "exception 2 is for a first check only"),
    (checks(None, 14), 3, "exception 14 is for a first check only"),
    (checks(14, None), 2, "exception 14 is its own second check"),
    (f"{PLAIN}\n{PLAIN.replace('990200', '990199', 1)}", 1, "the range overlaps another"),
    (f"{GOOD}\n{GOOD.replace('990100', '990150')}", 2, "the range overlaps another"),
]


@pytest.mark.parametrize(("text", "line", "wording"), BROKEN_RANGES)
def test_checks_that_have_no_meaning_together_are_named_by_line(
    text: str, line: int, wording: str
) -> None:
    with pytest.raises(BrokenTable) as caught:
        read_weights(text, "weights")
    found = {(fault.line, fault.wording) for fault in caught.value.faults}
    assert any(at == line and words.startswith(wording) for at, words in found), found


def test_every_range_inside_another_is_named() -> None:
    inside = [GOOD.replace("990100 990199", pair) for pair in ("990110 990120", "990130 990140")]
    with pytest.raises(BrokenTable) as caught:
        read_weights("\n".join([GOOD, *inside]), "weights")
    assert [fault.line for fault in caught.value.faults] == [2, 3]


@pytest.mark.parametrize(
    ("line", "wording"),
    [
        ("990101", "1 fields where a substitution has 2"),
        (GOOD, "18 fields where a substitution has 2"),
        ("990101 99010", "a sort code is not 6 digits"),
        ("990101 990102", "the sort code is already substituted on line 1"),
        ("990101 990103", "the sort code is already substituted on line 1"),
    ],
)
def test_a_broken_substitution_is_named_by_its_number(line: str, wording: str) -> None:
    with pytest.raises(BrokenTable, match="pairs: line 2: ") as caught:
        read_substitutions(f"990101 990102\n{line}", "pairs")
    assert caught.value.faults[0].wording == wording


@pytest.mark.parametrize("text", ["", "\n\n", "  \r\n"])
def test_an_empty_file_is_no_table(text: str) -> None:
    with pytest.raises(BrokenTable, match="the file has no line"):
        read_weights(text, "weights")
    with pytest.raises(BrokenTable, match="the file has no line"):
        read_substitutions(text, "pairs")


def test_all_faults_are_told_up_to_a_bound() -> None:
    with pytest.raises(BrokenTable, match=r"line 1: .* line 5: .*; and 15 more") as caught:
        read_weights("x\n" * 50, "weights")
    assert [fault.line for fault in caught.value.faults] == list(range(1, 21))


def test_another_file_given_by_mistake_is_not_quoted(tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("Hetfield,75849855,200052,j.hetfield@example.org\n")
    with pytest.raises(BrokenTable) as caught:
        load_tables(file)
    for shown in (str(caught.value), repr(caught.value), repr(caught.value.faults)):
        assert "Hetfield" not in shown
        assert "75849855" not in shown


def test_the_error_survives_a_process_border() -> None:
    with pytest.raises(BrokenTable) as caught:
        read_weights("x", "weights")
    copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes
    assert (str(copy), copy.faults) == (str(caught.value), caught.value.faults)


def test_a_file_that_is_not_ascii_is_named_by_line(tmp_path: Path) -> None:
    file = tmp_path / "weights.txt"
    file.write_bytes(f"{GOOD}\n{PLAIN}\n".encode() + "990300 £".encode())
    with pytest.raises(BrokenTable, match=r"weights\.txt: line 3: a character is not ASCII"):
        load_tables(file)


def test_a_file_far_too_large_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "weights.txt"
    file.write_bytes(b" " * (LARGEST_FILE + 1))
    with pytest.raises(BrokenTable, match="more than"):
        load_tables(file)


def test_a_file_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_tables(tmp_path / "weights.txt")


# --- The date, which the files do not carry --------------------------------------------------


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A weight table last changed at 23:30 UTC on 1 June 2026: 2 June in London."""
    file = tmp_path / "weights.txt"
    file.write_text(GOOD)
    changed = datetime(2026, 6, 1, 23, 30, tzinfo=UTC).timestamp()
    os.utime(file, (changed, changed))
    return file


def test_without_a_date_the_london_day_of_the_last_change_counts(weights: Path) -> None:
    tables = load_tables(weights)
    assert (tables.dated, tables.date_source) == (date(2026, 6, 2), DateSource.MODIFIED)


def test_a_date_in_a_file_beside_the_table_comes_before_the_last_change(weights: Path) -> None:
    weights.with_name("weights.txt.date").write_text("2026-03-28\n")
    tables = load_tables(weights)
    assert (tables.dated, tables.date_source) == (date(2026, 3, 28), DateSource.BESIDE)


def test_a_given_date_comes_before_both(weights: Path) -> None:
    weights.with_name("weights.txt.date").write_text("2026-03-28\n")
    tables = load_tables(weights, dated=date(2025, 1, 1))
    assert (tables.dated, tables.date_source) == (date(2025, 1, 1), DateSource.GIVEN)


@pytest.mark.parametrize("content", ["", "28/03/2026", "2026-02-30", "2026-03-28 2026-06-01"])
def test_a_file_beside_that_holds_no_date_is_named(weights: Path, content: str) -> None:
    weights.with_name("weights.txt.date").write_text(content)
    with pytest.raises(BrokenTable, match=r"weights\.txt\.date: line 1: one date is expected"):
        load_tables(weights)


# --- For all tables and all texts ------------------------------------------------------------

SORT_CODES = st.integers(0, 999_999).map(lambda number: f"{number:06}")
PLAIN_ROWS = st.builds(
    WeightRow,
    start=SORT_CODES,
    end=SORT_CODES,
    algorithm=st.sampled_from([Algorithm.MOD10, Algorithm.MOD11]),
    weights=st.lists(st.integers(-99, 999), min_size=14, max_size=14).map(tuple).filter(any),
    exception=st.sampled_from([None, 6, 7, 8]),
)


def side_by_side(rows: list[WeightRow]) -> list[WeightRow]:
    """The rows over ranges that do not meet."""
    borders = sorted({row.start for row in rows} | {row.end for row in rows})
    ranges = zip(borders[::2], borders[1::2], strict=False)
    return [
        WeightRow(start, end, row.algorithm, row.weights, row.exception)
        for (start, end), row in zip(ranges, rows, strict=False)
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(PLAIN_ROWS, min_size=1, max_size=8).map(side_by_side).filter(bool), SORT_CODES)
def test_section_2_3_2_what_is_written_is_read_and_found(
    tmp_path_factory: pytest.TempPathFactory, rows: list[WeightRow], sort_code: str
) -> None:
    lines = [
        weight_line(
            row.start, row.end, row.algorithm, ",".join(map(str, row.weights)), row.exception
        )
        for row in rows
    ]
    tables = tables_of(tmp_path_factory.mktemp("tables"), *lines)
    assert tables.rows == tuple(rows)
    expected = tuple(row for row in rows if row.start <= sort_code <= row.end)
    assert tables.rows_for(sort_code) == expected
    for row in rows:
        assert tables.rows_for(row.start) == tables.rows_for(row.end) == (row,)


@settings(max_examples=150, deadline=None)
@given(
    st.text(st.sampled_from("0123456789 -MODBLA\n\rx£"))
    | st.lists(st.sampled_from([GOOD, PLAIN, GOOD[:-1], PLAIN + "  14", "990101 990102", "£"])).map(
        "\n".join
    )
)
def test_any_text_is_a_table_or_a_named_refusal(text: str) -> None:
    lines = set(range(1, text.count("\n") + 2))
    for read in (read_weights, read_substitutions):
        assert _lines_at_fault(read, text) <= lines


def _lines_at_fault(read: Callable[[str, str], object], text: str) -> set[int]:
    try:
        read(text, "table")
    except BrokenTable as refusal:
        return {fault.line for fault in refusal.faults}
    return set()
