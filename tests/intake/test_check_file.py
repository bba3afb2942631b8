"""The dry run's summary: counts, money, and rejects that may be walked again and again."""

import gc
import hashlib
import weakref
from pathlib import Path

import pytest

from smarterpay.intake import Reject, UnreadableFile, check_file
from tests.intake.customer_files import TODAY, VALID, csv_text


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "customers.csv"


ROWS = [
    {**VALID, "reference": "A", "amount": "10.00", "first_collection_amount": "99.00"},
    {**VALID, "reference": "B", "amount": "0.01"},
    {**VALID, "reference": "C", "amount": "25", "email": "x"},
    {**VALID, "reference": "A"},
]


def test_counts_and_money_of_one_regular_collection(path: Path) -> None:
    path.write_text(csv_text(ROWS), encoding="utf-8")
    check = check_file(path, today=TODAY)
    assert (check.rows, check.valid, check.rejected) == (4, 2, 2)
    assert check.amount_pence == 1001
    assert check.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_rejects_can_be_walked_twice_and_at_once(path: Path) -> None:
    path.write_text(csv_text(ROWS), encoding="utf-8")
    rejects = check_file(path, today=TODAY).rejects
    rules = [
        (4, "C", "email", "email.invalid"),
        (4, "C", "amount", "amount.whole-number"),
        (5, "A", "reference", "reference.duplicate"),
    ]
    assert [(r.line, r.reference, r.column, r.rule) for r in rejects] == rules
    assert [one == other for one, other in zip(rejects, rejects, strict=True)] == [True] * 3
    assert isinstance(next(iter(rejects)), Reject)
    assert len(rejects) == 3


def test_the_rejects_go_with_the_check(path: Path) -> None:
    path.write_text(csv_text(ROWS), encoding="utf-8")
    check = check_file(path, today=TODAY)
    closing = check.rejects.close
    gone = weakref.ref(check.rejects)
    del check
    gc.collect()
    assert gone() is None
    assert not closing.alive


def test_a_file_that_cannot_be_read_has_no_summary(path: Path) -> None:
    with pytest.raises(UnreadableFile):
        check_file(path, today=TODAY)
