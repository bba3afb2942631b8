"""`smarterpay ledger`: what finance reads, what scripts read, and the file for book-keeping."""

import csv
import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from smarterpay.cli import main
from smarterpay.clock import FixedClock
from smarterpay.journal import Journal
from smarterpay.journal.batch_kinds import COLLECTION
from smarterpay.journal.ledger import Seen
from smarterpay.journal.schema import items
from smarterpay.money.accounts import ItemKind
from smarterpay.settings import Settings
from tests.journal.builders import NOW

DEBIT = Seen(
    "P01DEBIT",
    ItemKind.DIRECT_DEBIT,
    "pending_submission",
    250_000,
    reference="=INV-1",
    customer="CA01PAYER",
)
CREDIT = Seen("CR01BACK", ItemKind.CREDIT, "pending_submission", 700, related_item="P01DEBIT")


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Journal]:
    """The journal that the commands find: a claimed collection, and a credit for its payer."""
    monkeypatch.setenv("SMARTERPAY_HOME", str(tmp_path))
    with Journal.open(Settings(), clock=FixedClock(NOW)) as opened:
        opened.ledger.see([DEBIT], NOW)
        later = NOW + timedelta(days=1)
        opened.ledger.see([replace(DEBIT, status="successful"), CREDIT], later)
        opened.ledger.see([replace(DEBIT, status="indemnity_claimed")], later)
        yield opened


def ledger(*arguments: str) -> Result:
    """Run `smarterpay ledger ...`."""
    return CliRunner().invoke(main, ["ledger", *arguments])


def as_json(*arguments: str) -> Any:
    """What `smarterpay ledger ... --json` prints."""
    done = ledger(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_day_for_people_for_scripts_and_for_book_keeping(
    journal: Journal, tmp_path: Path
) -> None:
    file = tmp_path / "day.csv"
    done = ledger("day", "2026-06-02", "--csv", str(file))
    assert done.exit_code == 0, done.output
    for told in ("Tuesday 02 June 2026", "claimed", "£2,500.00", "-£7.00", "Together £0.00"):
        assert told in done.stdout
    assert "4 entries written" in done.stderr

    told = as_json("day", "2026-06-02")
    assert [(one["what"], one["pence"]) for one in told["movements"]] == [
        ("submitted", 250_000),
        ("settled", 250_000),
        ("claimed back", 250_000),
        ("refund ordered", 700),
    ]
    assert sum(one["closing_pence"] for one in told["accounts"]) == 0
    (billed,) = [one for one in told["accounts"] if one["account"] == "billed"]
    assert (billed["opening_pence"], billed["closing_pence"]) == (-250_000, -250_000)

    with file.open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert [(line["debit"], line["credit"], line["pounds"]) for line in lines][-1] == (
        *("claimed_back", "bank", "2500.00"),
    )
    assert {line["reference"] for line in lines} == {"'=INV-1", ""}, "no formula for a spreadsheet"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "Nothing was entered" in ledger("day", "2026-06-03").stdout
    nowhere = ledger("day", "2026-06-02", "--csv", str(tmp_path / "no" / "such" / "folder.csv"))
    assert (nowhere.exit_code, "cannot be written" in nowhere.stderr) == (1, True)


def test_a_customer_a_batch_and_an_item(journal: Journal) -> None:
    customer = ledger("customer", "CA01PAYER")
    for told in ("indemnity_claimed", "£2,500.00", "Bacs credit", "To be repaid"):
        assert told in customer.stdout
    assert as_json("customer", "CA01PAYER")["accounts"] == {
        "billed": -250_000,
        "claimed_back": 250_000,
        "repayments": 700,
        "to_repay": -700,
    }
    batch = journal.batches.create(COLLECTION, source="a", sha256="0" * 64, policy={}, now=NOW)
    assert as_json("batch", batch)["standings"] == []

    item = ledger("item", "=INV-1")
    assert "P01DEBIT  Direct Debit  £2,500.00  indemnity_claimed" in item.stdout
    assert "followed by CR01BACK  Bacs credit  £7.00  pending_submission" in item.stdout
    (told,) = as_json("item", "P01DEBIT")
    assert told["followed_by"] == ["CR01BACK"]
    assert [one["event"] for one in told["entries"]] == [
        *("expected", "submitted", "successful", "indemnity_claimed"),
    ]


def test_check_leaves_with_what_it_found(journal: Journal) -> None:
    assert ledger("check").stdout == "2 items checked: 0 breaks, 0 readings in doubt\n"
    journal.ledger.see([replace(DEBIT, id="P01ODD", status="teleported")], NOW)
    doubted = ledger("check")
    assert doubted.exit_code == 4
    assert "in doubt  P01ODD  known nothing, told teleported" in doubted.stdout
    with journal.database.write() as connection:
        connection.execute(update(items).values(amount_pence=700))
    broken = ledger("check", "--json")
    assert broken.exit_code == 1
    found = json.loads(broken.stdout)
    assert [(one["rule"], one["where"]) for one in found["breaks"]] == [
        ("item-balance", "P01DEBIT")
    ]
    assert [one["item"] for one in found["doubts"]] == ["P01ODD"]
    assert "expected -700 pence in billed, 700 pence in claimed_back" in ledger("check").stdout


@pytest.mark.parametrize("what", ["batch", "customer", "item"])
def test_what_is_not_known_is_exit_code_1(journal: Journal, what: str) -> None:
    done = ledger(what, "nobody")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "nobody" in done.stderr
