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
from tests.bacs.modulus_files import tables_of, weight_line
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


def test_what_the_tables_rule_out_in_the_plan_they_rule_out_in_the_batch(tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(csv_text([VALID]))
    tables = tables_of(tmp_path, weight_line("201152", "201152", "MOD10", "000000 00000001"))
    check = check_file(file, today=TODAY, tables=tables)
    with Journal.open(Settings(home=tmp_path / "home")) as journal:
        batch_id = stage_as_planned(journal, file, ValidationPolicy(), check, TODAY, tables=tables)
        batch = journal.batches.get(batch_id)
        rules = [reject.rule for reject in journal.batches.each_reject(batch_id)]
    assert [reject.rule for reject in check.rejects] == rules
    assert rules == ["account-number.modulus-check-failed"]
    assert batch.policy["weight_table"] == "2026-06-01"


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
