"""Stopped rows of any kind of batch come back as a file that can be mended and run again."""

import csv
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from smarterpay.cli.batch import write_stopped_rows
from smarterpay.cli.exit_codes import Failure
from smarterpay.clock import FixedClock
from smarterpay.intake import FileKind, GoodRow, read_rows, write_rejects
from smarterpay.intake.staging import (
    ValidationPolicy,
    stage_collections,
    stage_customers,
    stage_one_refund,
    stage_refunds,
)
from smarterpay.intake.stopped_rows import stopped_columns, stopped_rows
from smarterpay.journal import Journal
from smarterpay.journal.batch_kinds import REPRESENTATION
from smarterpay.journal.batches import Progress, RowState
from smarterpay.settings import Settings
from tests.intake.customer_files import TODAY, VALID, csv_text
from tests.intake.money_files import CARD, DEBIT, REFUND, a_refund
from tests.intake.test_money_properties import KINDS, rows_of_a_kind

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Journal]:
    """The journal that commands of this process open too."""
    home = tmp_path / "home"
    monkeypatch.setenv("SMARTERPAY_HOME", str(home))
    with Journal.open(Settings(home=home), clock=FixedClock(NOW)) as opened:
        yield opened


def collections(journal: Journal, file: Path) -> str:
    return stage_collections(journal, file, today=TODAY, planned_by="grace")


def refunds(journal: Journal, file: Path) -> str:
    return stage_refunds(journal, file, today=TODAY, planned_by="grace")


def customers(journal: Journal, file: Path) -> str:
    return stage_customers(journal, file, ValidationPolicy(), today=TODAY)


def refuse_every_row(journal: Journal, batch_id: str) -> None:
    for row in list(journal.batches.each_row(batch_id, [RowState.STAGED])):
        journal.batches.record(row, Progress(RowState.REFUSED, "payment", "no", "Do it."), NOW)


@pytest.mark.parametrize(
    ("stage", "valid"),
    [(collections, DEBIT), (collections, CARD), (refunds, REFUND), (customers, VALID)],
)
def test_rejected_and_refused_rows_are_mended_and_staged_again(
    journal: Journal,
    tmp_path: Path,
    stage: Callable[[Journal, Path], str],
    valid: Mapping[str, str],
) -> None:
    file, mended = tmp_path / "first.csv", tmp_path / "rejects.csv"
    wrong = {**valid, "reference": "WRONG", "amount": "25", "Note": "+44 call"}
    file.write_text(csv_text([{**valid, "Note": "n"}, wrong]))
    first = stage(journal, file)
    refuse_every_row(journal, first)

    write_stopped_rows(first, mended)

    with mended.open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert [line["reference"] for line in lines] == [valid["reference"], "WRONG"]
    assert [line["reject_rule"] for line in lines] == ["no", "amount.whole-number"]
    mended.write_text(mended.read_text(encoding="utf-8-sig").replace(",25,", ",25.00,"))
    second = stage(journal, mended)
    counts = {RowState.STAGED: 2}
    assert journal.batches.counts(second) == counts
    before = [payload for _, payload in journal.batches.each_row_with_payload(first)]
    after = [payload for _, payload in journal.batches.each_row_with_payload(second)]
    assert after[0] == before[0]


def test_a_triggered_row_that_was_refused_comes_back_as_cells_too(journal: Journal) -> None:
    batch_id = stage_one_refund(journal, a_refund(amount_pence=None), planned_by="grace")
    refuse_every_row(journal, batch_id)
    ((cells, reasons),) = stopped_rows(journal, batch_id)
    assert cells == {
        **{name: "" for name in REFUND if name != "amount_pence"},
        "reference": "RF-2026-0007",
        "payment": "P01YZ96J1D7WDK8NEWD",
        "reason": a_refund().reason,
    }
    assert [(r.rule, r.message) for r in reasons] == [("no", "at payment: Do it.")]
    assert set(stopped_columns(journal, batch_id)) == set(cells)


def test_a_batch_that_no_file_made_has_no_file_to_mend(journal: Journal) -> None:
    batch_id = journal.batches.create(
        REPRESENTATION, source="plan", sha256="0" * 64, policy={}, now=NOW
    )
    with pytest.raises(Failure, match="was not made from a file"):
        write_stopped_rows(batch_id, None)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows_of_a_kind)
def test_any_stopped_row_reads_back_equal_from_its_rejects_file(
    tmp_path: Path, one: tuple[str, Any]
) -> None:
    name, row = one
    kind: FileKind[Any] = KINDS[name]
    path = tmp_path / "rejects.csv"
    write_rejects(path, [(kind.cells_of(row), ())])
    assert list(read_rows(path, kind, today=TODAY)) == [GoodRow(2, row)]
