"""Between the plan a person was shown and the batch that is applied, nothing may change."""

from datetime import date
from pathlib import Path

import pytest

from smarterpay.cli.exit_codes import Failure
from smarterpay.cli.onboard import stage_as_planned
from smarterpay.intake import check_file
from smarterpay.intake.staging import ValidationPolicy
from smarterpay.journal import Journal
from smarterpay.journal.batches import BatchState
from smarterpay.settings import Settings
from tests.intake.customer_files import VALID, csv_text

TODAY = date(2026, 6, 1)


def test_the_file_of_the_plan_is_staged(tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(csv_text([VALID]))
    check = check_file(file, today=TODAY)
    with Journal.open(Settings(home=tmp_path / "home")) as journal:
        batch_id = stage_as_planned(journal, file, ValidationPolicy(), check, TODAY)
        batch = journal.batches.get(batch_id)
    assert (batch.state, batch.sha256) == (BatchState.STAGED, check.sha256)


def test_a_file_that_changed_since_its_plan_was_shown_is_not_applied(tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(csv_text([VALID]))
    check = check_file(file, today=TODAY)
    file.write_text(csv_text([{**VALID, "amount": "2500.00"}]))
    with Journal.open(Settings(home=tmp_path / "home")) as journal:
        with pytest.raises(Failure, match="changed since"):
            stage_as_planned(journal, file, ValidationPolicy(), check, TODAY)
        assert journal.batches.list() == []


def test_a_file_that_went_away_since_is_a_failure_too(tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(csv_text([VALID]))
    check = check_file(file, today=TODAY)
    file.unlink()
    with (
        Journal.open(Settings(home=tmp_path / "home")) as journal,
        pytest.raises(Failure, match="cannot be opened"),
    ):
        stage_as_planned(journal, file, ValidationPolicy(), check, TODAY)
