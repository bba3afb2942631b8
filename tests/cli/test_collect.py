"""`smarterpay collect`: the plan with its dates, one collection by options, and the outcome."""

import csv
import json
from pathlib import Path

import pytest

from smarterpay.journal.batches import RowState
from tests.contract.stage import Stage
from tests.e2e.merchant import Merchant

HEADER = ("reference", "method", "mandate_reference", "card", "amount", "collection_date")
GOOD = ("INV-1", "", "VEG-1", "", "25.00", "2026-06-10")
MOVED = ("INV-2", "direct debit", "VEG-1", "", "10.00", "2026-06-13")
CARD = ("INV-3", "card repeat", "", "20477d89-9fe4-4b25-ae57-c24f461bb391", "5.00", "")
BAD = ("INV-4", "direct debit", "", "", "25.00", "2026-06-10")
ONE = ("--reference", "INV-9", "--mandate-reference", "VEG-1", "--description", "Box")


def write(merchant: Merchant, *rows: tuple[str, ...]) -> Path:
    merchant.home.mkdir(parents=True, exist_ok=True)
    path = merchant.home / "june.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow((*HEADER, "description"))
        writer.writerows((*row, "Qzdescription") for row in rows)
    return path


def test_section_10_the_plan_says_when_the_money_would_come_and_changes_nothing(
    merchant: Merchant,
) -> None:
    merchant.sandbox.reset()
    done = merchant.command(
        "collect", write(merchant, GOOD, MOVED, CARD, BAD), "--dry-run", "--json"
    )

    assert done.returncode == 3, done.stderr
    plan = json.loads(done.stdout)
    assert [(one["line"], one["rule"]) for one in plan.pop("rejects")] == [(5, "mandate.missing")]
    assert plan == {
        "rows": 4,
        "valid": 3,
        "rejected": 1,
        "amount_pence": 4000,
        "calls": 5,
        "minutes": 0.1,
        "one_by_one": 2,
        "bulk_calls": 0,
        "card_charges": 1,
        "expected": [
            {"on": "2026-06-10", "rows": 1, "amount_pence": 2500},
            {"on": "2026-06-15", "rows": 1, "amount_pence": 1000},
            {"on": None, "rows": 1, "amount_pence": 500},
        ],
        "moved": [
            {
                "asked_on": "2026-06-13",
                "moved_to": "2026-06-15",
                "rows": 1,
                "amount_pence": 1000,
            }
        ],
    }
    assert not (merchant.home / "journal.sqlite").exists()


def test_what_is_wrong_with_one_collection_is_told_by_its_option(merchant: Merchant) -> None:
    merchant.sandbox.reset()
    done = merchant.command(
        *("collect", *ONE, "--amount", "25", "--date", "2026-05-31", "--dry-run")
    )
    assert done.returncode == 1
    assert "--amount: " in done.stderr
    assert "--date: " in done.stderr


@pytest.mark.parametrize("options", [("june.csv", *ONE), ()])
def test_it_is_either_a_file_or_one_collection(
    merchant: Merchant, options: tuple[str, ...]
) -> None:
    done = merchant.command("collect", *options)
    assert (done.returncode, "either a FILE" in done.stderr) == (2, True)


async def test_a_file_is_collected_and_every_moved_date_is_told(merchant: Merchant) -> None:
    merchant.sandbox.reset()
    merchant.sandbox.settings(rate_limit=None)
    async with Stage(merchant.sandbox) as payers:
        await payers.mandate(auddis="VEG-1")

    done = merchant.command("collect", write(merchant, GOOD, MOVED, BAD), "--by", "ada", "--json")

    assert done.returncode == 3, done.stderr
    printed = json.loads(done.stdout)
    assert (printed["ordered"], printed["rejected"]) == (2, 1)
    assert printed["moved"] == [
        {
            "asked_on": "2026-06-13",
            "collected_on": "2026-06-15",
            "rows": 1,
            "amount_pence": 1000,
        }
    ]
    with merchant.journal() as journal:
        batch = journal.batches.get(printed["batch"])
        assert batch.policy["planned_by"] == "ada"
        assert journal.batches.counts(batch.id)[RowState.SUCCEEDED] == 2
    assert merchant.sandbox.counts()["payments"] == 2
    assert "Qzdescription" not in done.stdout + done.stderr
