"""What may be printed holds nothing that stood in a cell, apart from the reference."""

from importlib.resources import as_file, files
from pathlib import Path

import pytest

from smarterpay.intake import BadRow, UnreadableFile, check_file, read_customers
from smarterpay.intake.rules import RULES
from tests.intake.customer_files import TODAY, VALID, csv_text

CANARY = "Xanthippe"


def marked(column: str) -> dict[str, str]:
    """A row whose every cell but the reference bears the mark, so that most are rejected."""
    return {name: CANARY if name != "reference" else column for name in VALID}


def test_no_message_repeats_a_cell(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    rows = [
        {**VALID, "reference": name, name: f"{CANARY} 12-34-56 12345678 x@example.net"}
        for name in VALID
        if name != "reference"
    ]
    path.write_text(csv_text([*rows, marked("all")]), encoding="utf-8")
    shown = f"{list(check_file(path, today=TODAY).rejects)} {check_file(path, today=TODAY)}"
    shown += "".join(map(repr, read_customers(path, today=TODAY)))
    assert "RejectSpool" in shown
    for secret in (CANARY, "12345678", "example.net", "Ada", "Mill Lane", "51013107"):
        assert secret not in shown


@pytest.mark.parametrize("line", [0, 1])
def test_no_refusal_of_a_file_repeats_a_cell(tmp_path: Path, line: int) -> None:
    path = tmp_path / "customers.csv"
    content = csv_text([marked("A")]).splitlines(keepends=True)[line:]
    path.write_bytes("".join(content).encode() + b"\xff\x81\xc3\xa9")
    with pytest.raises(UnreadableFile) as caught:
        check_file(path, today=TODAY)
    assert CANARY not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert str(tmp_path) not in str(caught.value)


def test_no_reject_of_the_demo_repeats_a_cell_of_its_row() -> None:
    with as_file(files("smarterpay.cli").joinpath("demo", "customers.csv")) as path:
        bad = [row for row in read_customers(path, today=TODAY) if isinstance(row, BadRow)]
    personal = ("First Name", "Last Name", "E-mail", "Address Line1", "Account Name", "Sort Code")
    for row in bad:
        told = " ".join(reject.message for reject in row.rejects) + repr(row)
        # Cells of one or two characters are in every sentence.
        cells = [row.cells[name] for name in (*personal, "Account Number")]
        assert [cell for cell in cells if len(cell) > 4 and cell in told] == []


def test_no_wording_asks_for_a_cell() -> None:
    facts = {
        *("column", "pounds", "limit", "max_length", "length", "columns", "cells", "digits"),
        *("position", "first_line", "last_line", "code_point", "today", "latest"),
        "dated",
    }
    for rule in RULES.values():
        assert (rule.what + rule.remedy).format_map(dict.fromkeys(facts, ""))
