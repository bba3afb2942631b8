"""Issue 3, item 5: with tables, `smarterpay onboard` sends nothing for an account they rule out."""

import json
from pathlib import Path

import pytest

from smarterpay.intake.staging import ValidationPolicy, stage_customers
from smarterpay.journal.batches import RowState
from tests.bacs.modulus_files import tables_of, weight_line
from tests.e2e.merchant import Merchant
from tests.intake.customer_files import TODAY

#: By one table account numbers at 20-00-52 end in 0, by the other in 1 or 6: 2*1 + 8*1 = 10.
ENDS_IN_0 = weight_line("200052", "200052", "MOD10", "000000 00000001")
ENDS_IN_1 = weight_line("200052", "200052", "MOD10", "100000 00000008")
POSSIBLE = {"reference": "TABLE-1", "account_number": "12345670"}
IMPOSSIBLE = {"reference": "TABLE-2", "account_number": "12345671"}


@pytest.fixture
def table(merchant: Merchant, tmp_path: Path) -> Path:
    """The table the merchant's settings name."""
    tables_of(tmp_path, ENDS_IN_0)
    (tmp_path / "weights.txt.date").write_text("2026-05-18")
    merchant.more_settings = {"SMARTERPAY_MODULUS_WEIGHTS": str(tmp_path / "weights.txt")}
    return tmp_path / "weights.txt"


@pytest.mark.usefixtures("table")
def test_the_plan_names_the_row_and_the_table(merchant: Merchant) -> None:
    file = merchant.write_customers(POSSIBLE, IMPOSSIBLE)
    done = merchant.command("onboard", file, "--dry-run", "--json")
    plan = json.loads(done.stdout)
    assert (done.returncode, plan["valid"], plan["rejected"]) == (3, 1, 1)
    (reject,) = plan["rejects"]
    assert (reject["line"], reject["reference"]) == (3, "TABLE-2")
    assert (reject["column"], reject["rule"]) == (
        "account_number",
        "account-number.modulus-check-failed",
    )
    assert "12345671" not in done.stdout
    assert plan["modulus_tables"] == {
        "dated": "2026-05-18",
        "date_source": "file beside",
        "days_old": 14,
        "stale": False,
        "substitutions": False,
    }


@pytest.mark.usefixtures("table")
def test_nothing_is_sent_for_the_row_and_the_batch_says_what_it_was_checked_by(
    merchant: Merchant,
) -> None:
    done = merchant.onboard(merchant.write_customers(POSSIBLE, IMPOSSIBLE))
    assert (done["onboarded"], done["rejected"]) == (1, 1)
    with merchant.journal() as journal:
        assert journal.intents.find("TABLE-1")
        assert not journal.intents.find("TABLE-2")
        assert journal.batches.get(done["batch"]).policy["weight_table"] == "2026-05-18"


def test_tables_that_change_before_a_batch_is_resumed_change_nothing_for_it(
    merchant: Merchant, table: Path, tmp_path: Path
) -> None:
    """What was staged under one table is not judged again by another."""
    file = merchant.write_customers(POSSIBLE, IMPOSSIBLE)
    tables = tables_of(tmp_path, ENDS_IN_0)
    with merchant.journal() as journal:
        batch = stage_customers(journal, file, ValidationPolicy(), today=TODAY, tables=tables)
    table.write_text(ENDS_IN_1)
    plan = json.loads(merchant.command("onboard", file, "--dry-run", "--json").stdout)
    assert [reject["reference"] for reject in plan["rejects"]] == ["TABLE-1"]

    done = merchant.resume(batch)

    assert (done["onboarded"], done["rejected"]) == (1, 1)
    with merchant.journal() as journal:
        rows = {row.reference: row.state for row in journal.batches.each_row(batch)}
    assert rows == {"TABLE-1": RowState.SUCCEEDED, "TABLE-2": RowState.REJECTED}


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_a_broken_table_stops_the_command_before_anything_is_staged(
    merchant: Merchant, table: Path, options: tuple[str, ...]
) -> None:
    table.write_text(f"{ENDS_IN_0}\n990100 990199 MOD12\n")
    done = merchant.command("onboard", merchant.write_customers(POSSIBLE), *options)
    assert (done.returncode, done.stdout) == (1, "")
    assert "a table of the modulus check is broken: weights.txt: line 2: " in done.stderr
    assert not (merchant.home / "journal.sqlite").exists()
