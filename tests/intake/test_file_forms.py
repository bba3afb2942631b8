"""The file as a whole: encodings, separators, line ends, quotation marks, and what is no file."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from smarterpay.intake import (
    CUSTOMERS,
    BadRow,
    GoodRow,
    UnreadableFile,
    check_file,
    file_layout,
    file_sha256,
    read_customers,
)
from tests.intake.customer_files import TODAY, VALID, csv_text, outcomes

ROW = {**VALID, "first_name": "Zoë", "amount": "£1,234.50"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "customers.csv"


def unreadable(path: Path, content: str | bytes) -> str:
    with pytest.raises(UnreadableFile) as caught:
        outcomes(path, content)
    return str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_encodings_separators_and_line_ends(
    path: Path, encoding: str, delimiter: str, line_end: str
) -> None:
    text = csv_text([ROW, {**ROW, "reference": "B"}], delimiter=delimiter, line_end=line_end)
    first, second = outcomes(path, text.encode(encoding))
    assert isinstance(first, GoodRow)
    assert isinstance(second, GoodRow)
    assert (first.row.first_name, first.row.amount_pence) == ("Zoë", 123450)
    assert (first.line, second.line) == (2, 3)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_check_says_how_the_file_was_read(path: Path, encoding: str) -> None:
    path.write_bytes(csv_text([{**ROW, "Notes": ""}], delimiter=";").encode(encoding))
    check = check_file(path, today=TODAY)
    assert (check.encoding, check.delimiter) == (encoding, ";")
    assert check.extra_columns == ("Notes",)
    assert check.sha256 == file_sha256(path)


def test_big_endian_utf16_is_read_by_its_mark(path: Path) -> None:
    content = b"\xfe\xff" + csv_text([ROW]).encode("utf-16-be")
    assert isinstance(outcomes(path, content)[0], GoodRow)


def test_a_letter_cut_by_the_reading_chunk_is_whole(path: Path) -> None:
    rows = [{**ROW, "reference": f"R{n}", "metadata": "é" * 997} for n in range(400)]
    assert all(isinstance(row, GoodRow) for row in outcomes(path, csv_text(rows)))


def test_a_first_line_that_names_the_separator_is_obeyed(path: Path) -> None:
    (row,) = outcomes(path, "sep=;\r\n" + csv_text([ROW], delimiter=";"))
    assert isinstance(row, GoodRow)
    assert row.line == 3


def test_line_breaks_in_cells_move_the_line_numbers(path: Path) -> None:
    rows = [
        {**ROW, "metadata": "one\r\ntwo\r\nthree"},
        {**ROW, "reference": "B", "metadata": "one\ntwo"},
        {**ROW, "reference": "C"},
    ]
    assert [row.line for row in outcomes(path, csv_text(rows))] == [2, 5, 7]


def test_blank_lines_and_empty_rows_are_skipped_and_counted(path: Path) -> None:
    header, row = csv_text([ROW]).splitlines(keepends=True)
    content = f"\r\n{header}\r\n  \r\n{row}{',' * 25}\r\n\r\n{row.replace('CUST', 'B')}\r\n"
    assert [r.line for r in outcomes(path, content)] == [5, 8]


def test_a_file_without_a_last_line_end(path: Path) -> None:
    assert isinstance(outcomes(path, csv_text([ROW]).rstrip())[0], GoodRow)


def test_a_header_alone_has_no_rows(path: Path) -> None:
    assert outcomes(path, csv_text([ROW]).splitlines()[0]) == []


def test_blanks_before_a_quotation_mark_are_layout(path: Path) -> None:
    text = csv_text([ROW]).replace(",Ada.", ", ").replace(",Leeds,", ', "Leeds",')
    (row,) = outcomes(path, text)
    assert isinstance(row, GoodRow)
    assert row.row.city == "Leeds"


@pytest.mark.parametrize("broken", ['"Leeds', '"Leeds"x', '"Le"eds'])
def test_a_stray_quotation_mark_costs_one_line(path: Path, broken: str) -> None:
    rows = [ROW, *({**ROW, "reference": f"R{n}"} for n in range(3))]
    lines = csv_text(rows).splitlines(keepends=True)
    lines[1] = lines[1].replace("Leeds", broken)
    first, *others = outcomes(path, "".join(lines))
    assert isinstance(first, BadRow)
    assert [(r.line, r.column, r.rule) for r in first.rejects] == [(2, None, "row.quotation-marks")]
    assert first.cells["reject_surplus"] == lines[1].rstrip("\r\n")
    assert [(type(row), row.line) for row in others] == [(GoodRow, 3), (GoodRow, 4), (GoodRow, 5)]


def test_a_quotation_mark_left_open_at_the_end_costs_one_line(path: Path) -> None:
    lines = csv_text([ROW, {**ROW, "reference": "B"}]).splitlines(keepends=True)
    content = "".join(lines).replace("CUST-0042", '"CUST-0042', 1)
    first, second = outcomes(path, content)
    assert isinstance(first, BadRow)
    assert isinstance(second, GoodRow)
    assert (first.line, second.line) == (2, 3)


@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("length", [65_537, 65_538, 131_073, 200_000])
def test_a_line_beyond_the_limit_is_rejected_and_left_behind(
    path: Path, line_end: str, length: int
) -> None:
    header, row = csv_text([ROW], line_end=line_end).split(line_end)[:2]
    (long, after) = outcomes(path, line_end.join([header, "x" * length, row, ""]))
    assert isinstance(long, BadRow)
    assert [(r.line, r.rule) for r in long.rejects] == [(2, "row.too-long")]
    assert isinstance(after, GoodRow)
    assert after.line == 3


def test_the_longest_line_end_may_fall_on_the_limit(path: Path) -> None:
    header, row = csv_text([ROW]).splitlines()[:2]
    for length in range(65_530, 65_540):
        (_, after) = outcomes(path, f"{header}\r\n{'x' * length}\r\n{row}\r\n")
        assert (type(after), after.line) == (GoodRow, 3)


def test_a_quoted_cell_beyond_the_limit_costs_its_first_line(path: Path) -> None:
    header, row = csv_text([ROW]).splitlines()[:2]
    content = f'{header}\r\n"open\r\n' + "x\r\n" * 30_000 + row
    rows = outcomes(path, content)
    assert [r.rule for r in getattr(rows[0], "rejects", ())] == ["row.too-long"]
    assert (type(rows[-1]), rows[-1].line) == (GoodRow, 30_003)
    assert len(rows) == 30_002


def test_rows_that_do_not_line_up_with_the_header(path: Path) -> None:
    header, row = csv_text([ROW]).splitlines()[:2]
    content = f"{header}\r\n{row}\r\n{row.replace('CUST', 'B')},,\r\n{row.replace(',,,', ',')}\r\n"
    _, many, few = outcomes(path, content)
    assert isinstance(many, BadRow)
    assert isinstance(few, BadRow)
    assert [r.rule for r in many.rejects] == ["row.too-many-cells"]
    assert "28 cells where the header has 26" in many.rejects[0].message
    assert [r.rule for r in few.rejects] == ["row.too-few-cells"]
    assert (many.reference, few.reference) == ("B-0042", "CUST-0042")


def test_a_shifted_cell_is_never_reported_as_the_reference(path: Path) -> None:
    row = {"email": VALID["email"], **VALID}
    header, line = csv_text([row]).splitlines()[:2]
    (result,) = outcomes(path, f"{header}\r\n{line},\r\n")
    assert isinstance(result, BadRow)
    assert result.reference is None
    assert [r.reference for r in result.rejects] == [None]


def test_a_filled_cell_under_no_name_is_refused_and_kept(path: Path) -> None:
    header, row = csv_text([ROW]).splitlines()[:2]
    named, unnamed = outcomes(path, f"{header},\r\n{row},\r\n{row.replace('CUST', 'B')},note\r\n")
    assert isinstance(named, GoodRow)
    assert isinstance(unnamed, BadRow)
    assert [r.rule for r in unnamed.rejects] == ["row.cell-without-header"]
    assert unnamed.cells["reject_surplus"] == "note"


def test_other_columns_are_kept_as_they_are(path: Path) -> None:
    (row,) = outcomes(path, csv_text([{**ROW, "Delivery Note": "two\nlines ", "x": '="1"'}]))
    assert isinstance(row, GoodRow)
    assert row.row.extra == {"Delivery Note": "two\nlines ", "x": '="1"'}


@pytest.mark.parametrize("content", ["", "\r\n\r\n", "\ufeff", "   \n", ",,,\n,,\n"])
def test_an_empty_file_says_so(path: Path, content: str) -> None:
    assert "empty" in unreadable(path, content) or "blank" in unreadable(path, content)


@pytest.mark.parametrize(
    ("start", "what"),
    [
        (b"PK\x03\x04rest", "spreadsheet workbook"),
        (b"\xd0\xcf\x11\xe0rest", "old spreadsheet"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8brest", "compressed"),
        ("reference".encode("utf-32"), "UTF-32"),
        ("reference,email".encode("utf-16-le"), "zero byte"),
        (b"reference,\x00email", "zero byte"),
        (b"\xff\xfe" + b"r", "UTF-16"),
        (b"\xef\xbb\xbfreference\xff", "UTF-8"),
    ],
)
def test_files_of_other_kinds_say_what_they_are(path: Path, start: bytes, what: str) -> None:
    assert what in unreadable(path, start)


def test_mixed_encodings_are_refused_with_the_line(path: Path) -> None:
    text = csv_text([ROW, {**ROW, "reference": "B"}]).encode()
    message = unreadable(path, text + csv_text([ROW]).encode("cp1252"))
    assert message.startswith("Line 5 is not UTF-8")


def test_bytes_that_no_supported_encoding_has_are_refused(path: Path) -> None:
    assert "Line 1 is not UTF-8" in unreadable(path, b"reference,\x81\x8d\n")


def test_a_lone_damaged_letter_is_not_read_as_windows_text(path: Path) -> None:
    """The one broken letter of a UTF-8 file must not turn all its others into two."""
    content = csv_text([{**ROW, "city": "Köln"}]).encode() + b"\xe9\r\n"
    assert "is not UTF-8" in unreadable(path, content)


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda path: None, "No such file"),
        (Path.mkdir, "is a folder"),
        (make_fifo, "not a regular file"),
    ],
)
def test_what_is_no_file(path: Path, make: Callable[[Path], object], what: str) -> None:
    make(path)
    with pytest.raises(UnreadableFile, match=what):
        read_customers(path, today=TODAY)


def test_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="cannot be opened"):
        read_customers(tmp_path / "a\0b", today=TODAY)


def test_a_file_that_changes_while_it_is_read_stops(path: Path) -> None:
    rows = [{**ROW, "reference": f"R{n}"} for n in range(3)]
    path.write_text(csv_text(rows), encoding="utf-8")
    reading = read_customers(path, today=TODAY)
    assert isinstance(next(reading), GoodRow)
    with path.open("a", encoding="utf-8") as file:
        file.write("more\n")
    with pytest.raises(UnreadableFile, match="changed while it was being read"):
        list(reading)


def test_a_file_replaced_before_its_rows_are_read_stops(path: Path) -> None:
    path.write_text(csv_text([ROW]), encoding="utf-8")
    reading = read_customers(path, today=TODAY)
    path.write_bytes(csv_text([ROW, ROW]).encode())
    with pytest.raises(UnreadableFile, match="changed while it was being read"):
        next(reading)


def test_a_layout_binds_the_rows_to_its_bytes(path: Path) -> None:
    path.write_text(csv_text([ROW]), encoding="utf-8")
    layout = file_layout(path, CUSTOMERS)
    (row,) = read_customers(path, today=TODAY, layout=layout)
    assert isinstance(row, GoodRow)
    path.write_text(csv_text([ROW, ROW]), encoding="utf-8")
    with pytest.raises(UnreadableFile, match="changed while it was being read"):
        list(read_customers(path, today=TODAY, layout=layout))


def test_more_rows_than_allowed_stop_the_reading(path: Path) -> None:
    path.write_text(csv_text([{**ROW, "reference": f"R{n}"} for n in range(3)]), encoding="utf-8")
    assert len(list(read_customers(path, today=TODAY, max_rows=3))) == 3
    with pytest.raises(UnreadableFile, match="more than 2 rows"):
        list(read_customers(path, today=TODAY, max_rows=2))
