"""A file staged as a batch: every row of the very bytes whose digest the batch carries."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smarterpay.intake import UnreadableFile
from smarterpay.intake.customer_file import CUSTOMERS
from smarterpay.intake.header import file_layout
from smarterpay.intake.staging import ValidationPolicy, customer_of, stage_customers
from smarterpay.journal import Journal
from smarterpay.journal.batches import BatchState, RowState
from smarterpay.settings import Settings
from tests.bacs.modulus_files import tables_of, weight_line
from tests.intake.customer_files import TODAY, VALID, csv_text

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


class Clock:
    """Stands still, and has something happen when it is first asked."""

    def __init__(self, happening: Callable[[], object] = lambda: None) -> None:
        self._happening: Callable[[], object] | None = happening

    def now(self) -> datetime:
        """Always the same."""
        happening, self._happening = self._happening, None
        if happening is not None:
            happening()
        return NOW


@contextmanager
def journal_by(clock: Clock, home: Path) -> Iterator[Journal]:
    """A journal of the test's own."""
    with Journal.open(Settings(home=home), clock=clock) as journal:
        yield journal


def a_file(path: Path, *references: str) -> Path:
    """A file of valid customers."""
    path.write_text(csv_text([{**VALID, "reference": reference} for reference in references]))
    return path


def test_every_row_is_staged_under_the_digest_of_its_file(tmp_path: Path) -> None:
    file = a_file(tmp_path / "a.csv", "CUST-1", "CUST-2", "CUST-1")
    with journal_by(Clock(), tmp_path / "home") as journal:
        batch_id = stage_customers(journal, file, ValidationPolicy(), today=TODAY)

        batch = journal.batches.get(batch_id)
        rows = list(journal.batches.each_row_with_payload(batch_id))
    assert (batch.state, batch.rows_total) == (BatchState.STAGED, 3)
    assert batch.sha256 == file_layout(file, CUSTOMERS).sha256
    assert [row.state for row, _ in rows] == [RowState.STAGED, RowState.STAGED, RowState.REJECTED]
    assert customer_of(rows[1][1]).reference == "CUST-2"


def test_a_batch_says_whether_its_accounts_were_checked_by_tables(tmp_path: Path) -> None:
    """Settings that change before it is applied change nothing: the rows keep their verdicts."""
    file = a_file(tmp_path / "a.csv", "CUST-1")
    tables = tables_of(tmp_path, weight_line("201152", "201152", "MOD10", "000000 00000001"))
    with journal_by(Clock(), tmp_path / "home") as journal:
        plain = stage_customers(journal, file, ValidationPolicy(), today=TODAY)
        checked = stage_customers(
            journal, file, ValidationPolicy(open_banking=True), today=TODAY, tables=tables
        )
        policies = [
            ValidationPolicy.from_stored(journal.batches.get(batch).policy)
            for batch in (plain, checked)
        ]
        states = [
            [row.state for row in journal.batches.each_row(batch)] for batch in (plain, checked)
        ]
    assert policies == [
        ValidationPolicy(),
        ValidationPolicy(open_banking=True, weight_table="2026-06-01"),
    ]
    assert states == [[RowState.STAGED], [RowState.REJECTED]]


def test_a_batch_staged_before_tables_were_known_has_none() -> None:
    stored = {"confirmation_of_payee": True, "open_banking": False}
    assert ValidationPolicy.from_stored(stored) == ValidationPolicy(confirmation_of_payee=True)


def test_a_file_replaced_while_it_is_staged_makes_no_batch(tmp_path: Path) -> None:
    """Else a batch would carry the digest of one file and the rows of another."""
    file = a_file(tmp_path / "a.csv", "CUST-1", "CUST-2")
    replaced = Clock(lambda: a_file(tmp_path / "b.csv", "CUST-9").replace(file))
    with journal_by(replaced, tmp_path / "home") as journal:
        with pytest.raises(UnreadableFile, match="changed"):
            stage_customers(journal, file, ValidationPolicy(), today=TODAY)

        (batch,) = journal.batches.list()
        assert batch.state is BatchState.STAGING  # and so never applied


def test_staging_cut_short_leaves_a_batch_that_is_never_applied(tmp_path: Path) -> None:
    file = a_file(tmp_path / "a.csv", "CUST-1", "CUST-2")

    def stop(_rows: int) -> None:
        raise KeyboardInterrupt

    with journal_by(Clock(), tmp_path / "home") as journal:
        with pytest.raises(KeyboardInterrupt):
            stage_customers(journal, file, ValidationPolicy(), today=TODAY, on_rows=stop)

        (batch,) = journal.batches.list()
        assert batch.state is BatchState.STAGING
        with pytest.raises(LookupError):  # nor its rows one by one
            journal.batches.latest_row("onboarding", "CUST-1")
