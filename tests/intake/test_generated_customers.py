"""The benchmarks' customers: valid, different, the same every time, and without test values."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.customers import TRIGGER_ENDINGS, TRIGGER_PENCE, write_customers
from smarterpay.intake import GoodRow, read_customers
from tests.intake.customer_files import TODAY


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "customers.csv"


def test_they_are_all_valid_and_trigger_nothing_of_section_13(path: Path) -> None:
    write_customers(path, 2000)
    rows = [row.row for row in read_customers(path, today=TODAY) if isinstance(row, GoodRow)]
    assert len(rows) == 2000
    assert len({row.account_number for row in rows}) == 2000
    assert not {row.account_number[-3:] for row in rows} & TRIGGER_ENDINGS
    amounts = {a for row in rows for a in (row.amount_pence, row.first_collection_amount_pence)}
    assert not amounts & TRIGGER_PENCE
    assert {row.email.split("@")[1] for row in rows} == {"example.com"}
    assert not any(row.account_name.isupper() for row in rows)


def test_the_same_seed_gives_the_same_file(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_customers(tmp_path / name, 50, seed)
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    assert a == b != c


def test_the_command_writes_them(path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.customers", str(path), "3"]
    subprocess.run(command, check=True, cwd=Path(__file__).parents[2])
    assert len(list(read_customers(path, today=TODAY))) == 3
