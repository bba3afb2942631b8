"""The rejects file: written, mended, read again; harmless in a spreadsheet; nothing lost."""

import csv
import io
import stat
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smarterpay.intake import BadRow, GoodRow, read_customers, write_rejects
from smarterpay.intake.rejects_file import REJECT_COLUMNS, guarded, unguarded
from tests.intake.customer_files import TODAY, VALID, csv_text, outcomes


def bad_rows(path: Path, content: str) -> list[BadRow]:
    return [row for row in outcomes(path, content) if isinstance(row, BadRow)]


def written(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "customers.csv"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "rejects.csv"


def test_rejected_rows_with_their_own_columns_and_reasons(source: Path, target: Path) -> None:
    rows = [{**VALID, "Note": "n"}, {**VALID, "Note": "m\nn", "amount": "25", "email": "x"}]
    bad = bad_rows(source, csv_text(rows))
    assert write_rejects(target, ((row.cells, row.rejects) for row in bad)) == 1
    (line,) = written(target)
    assert tuple(line) == (*VALID, "Note", *REJECT_COLUMNS)
    assert (line["Note"], line["amount"], line["reject_line"]) == ("m\nn", "25", "3")
    assert line["reject_column"] == "reference; email; amount"
    assert line["reject_rule"] == "reference.duplicate; email.invalid; amount.whole-number"
    assert line["reject_message"].startswith("Line 2 already has this reference.")


def test_a_mended_file_is_read_again(source: Path, target: Path) -> None:
    row = {**VALID, "Note": "+44 call", "amount": "25", "company_name": "=x", "title": "'t"}
    bad = bad_rows(source, csv_text([row]))
    write_rejects(target, [(row.cells, row.rejects) for row in bad])
    mended = target.read_text(encoding="utf-8-sig").replace(",25,", ",25.00,")
    target.write_text(mended, encoding="utf-8")
    (result,) = read_customers(target, today=TODAY)
    assert isinstance(result, GoodRow)
    assert result.row.extra == {"Note": "+44 call"}
    assert (result.row.company_name, result.row.title) == ("=x", "'t")


def test_a_file_that_was_not_mended_gives_the_same_cells_and_faults(
    source: Path, target: Path
) -> None:
    (first,) = bad_rows(source, csv_text([{**VALID, "amount": "-25.00", "city": "@home"}]))
    write_rejects(target, [(first.cells, first.rejects)])
    (second,) = read_customers(target, today=TODAY)
    assert isinstance(second, BadRow)
    assert second.cells == first.cells
    assert second.rejects == first.rejects


def test_no_cell_starts_as_a_formula(source: Path, target: Path) -> None:
    cells = {"email": "=HYPERLINK(1)", "city": "+1", "title": "-1", "metadata": "@SUM", "x": "\t=1"}
    bad = bad_rows(source, csv_text([{**VALID, **cells}]))
    write_rejects(target, [(row.cells, row.rejects) for row in bad])
    (line,) = written(target)
    assert {name: line[name] for name in cells} == {n: f"'{cell}" for n, cell in cells.items()}


def test_surplus_cells_and_uncut_rows_are_kept(source: Path, target: Path) -> None:
    header, row = csv_text([VALID]).splitlines()[:2]
    open_row = row.replace("Leeds", '"Leeds')
    bad = bad_rows(source, f'{header}\r\n{row},one,"two, three"\r\n{open_row}\r\n')
    write_rejects(target, ((row.cells, row.rejects) for row in bad))
    surplus, uncut = written(target)
    assert (surplus["city"], surplus["reject_surplus"]) == ("Leeds", 'one,"two, three"')
    assert (uncut["city"], uncut["reject_surplus"]) == ("", open_row)
    assert [r.rule for row in bad for r in row.rejects] == [
        "row.too-many-cells",
        "row.quotation-marks",
    ]


def test_an_uncut_row_is_not_lost_when_the_file_is_read_unmended(
    source: Path, target: Path
) -> None:
    header, row = csv_text([VALID]).splitlines()[:2]
    bad = bad_rows(source, f"{header}\r\n{row.replace('Leeds', chr(34) + 'Leeds')}\r\n")
    write_rejects(target, ((row.cells, row.rejects) for row in bad))
    (again,) = read_customers(target, today=TODAY)
    assert isinstance(again, BadRow)
    assert {r.rule for r in again.rejects} == {"cell.required", "amount.missing"}


def test_columns_can_be_chosen_and_a_stream_given(source: Path) -> None:
    (row,) = bad_rows(source, csv_text([{**VALID, "email": "x"}]))
    stream = io.StringIO(newline="")
    write_rejects(stream, [(row.cells, row.rejects)], columns=["reference", "unknown"])
    header, line = stream.getvalue().splitlines()
    assert header == f"reference,unknown,{','.join(REJECT_COLUMNS)}"
    assert line.startswith("CUST-0042,,2,email,email.invalid,")


def test_only_the_owner_can_read_the_file(target: Path) -> None:
    write_rejects(target, [], columns=["reference"])
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert written(target) == []


def test_a_writing_that_fails_leaves_the_old_file_and_nothing_else(target: Path) -> None:
    target.write_text("old", encoding="utf-8")

    def failing() -> "list[tuple[dict[str, str], tuple[()]]]":
        raise OSError("the journal is gone")

    with pytest.raises(OSError, match="journal is gone"):
        write_rejects(target, (row for _ in [0] for row in failing()))
    assert target.read_text(encoding="utf-8") == "old"
    assert [entry.name for entry in target.parent.iterdir()] == ["rejects.csv"]


@given(st.text())
@example("'=1")
@example("''")
@example("=1")
def test_guarding_can_always_be_undone(cell: str) -> None:
    assert unguarded(guarded(cell)) == cell
    assert not guarded(cell).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
