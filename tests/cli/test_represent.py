"""`smarterpay represent` where nothing is sent: what it prints, and what it refuses to begin."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pydantic import SecretStr

from smarterpay.cli.commands import main
from smarterpay.cli.represent import print_plan
from smarterpay.journal import Journal
from smarterpay.journal.ledger import Seen
from smarterpay.money.accounts import ItemKind
from smarterpay.settings import Settings

NOW = datetime(2026, 6, 4, 9, 0, tzinfo=UTC)
FAILED = Seen(
    "P01FIRST",
    ItemKind.DIRECT_DEBIT,
    "failed",
    2500,
    reference="INV-118",
    due_on=date(2026, 6, 3),
    bacs_code="ARUDD0",
)
AGAIN = Seen(
    "P01AGAIN",
    ItemKind.DIRECT_DEBIT,
    "submitted",
    2500,
    reference="INV-118/R2-0f3a9c1b2d4e",
    related_item="P01FIRST",
    due_on=date(2026, 6, 10),
)


@pytest.fixture
def run(
    tmp_path: Path, sqlite_journal_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[CliRunner, Journal]]:
    """A terminal, and the journal behind it."""
    settings = Settings(home=tmp_path, journal_url=SecretStr(sqlite_journal_url))
    monkeypatch.setenv("SMARTERPAY_HOME", str(tmp_path))
    monkeypatch.setenv("SMARTERPAY_JOURNAL_URL", sqlite_journal_url)
    with Journal.open(settings) as journal:
        journal.ledger.see([FAILED, AGAIN], NOW)
        yield CliRunner(), journal


def ended(run: tuple[CliRunner, Journal], *arguments: str) -> Result:
    return run[0].invoke(main, ["represent", *arguments])


@pytest.mark.parametrize("named", ["P01FIRST", "P01AGAIN", "INV-118"])
def test_a_chain_is_found_by_id_of_any_of_its_payments_and_by_reference(
    run: tuple[CliRunner, Journal], named: str
) -> None:
    done = ended(run, "chain", named, "--json")
    (chain,) = json.loads(done.stdout)
    assert (chain["first"], chain["result"]) == ("P01FIRST", "under way")
    assert [one["item_id"] for one in chain["presentations"]] == ["P01FIRST", "P01AGAIN"]
    assert chain["presentations"][1]["collection_date"] == "2026-06-10"


def test_what_cannot_be_done_is_said_before_anything_is_begun(
    run: tuple[CliRunner, Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = run[1]
    onboarding = journal.batches.create(
        "onboarding", source="c.csv", sha256="0" * 64, policy={}, now=NOW
    )
    refused = {
        ("chain", "INV-404"): "no Direct Debit INV-404 is known",
        ("apply", "representation-404"): "no batch representation-404",
        ("apply", onboarding): "presents nothing again",
        ("plan", "--pay-days", "32"): "--pay-days: '32' is no pay day",
    }
    for arguments, why in refused.items():
        done = ended(run, *arguments)
        assert (done.exit_code, why in done.output) == (1, True), done.output
    for name, value in {
        "CODES": "ADDACS1",
        "PAY_DAYS": "0",
        "PROFILE_SUNS": "mine",
        "DAYS_AFTER": "10",
    }.items():
        monkeypatch.setenv("SMARTERPAY_REPRESENTATION_DAYS_UNTIL", "7")
        monkeypatch.setenv(f"SMARTERPAY_REPRESENTATION_{name}", value)
        done = ended(run, "plan")
        assert (done.exit_code, f"SMARTERPAY_REPRESENTATION_{name}" in done.output) == (1, True)
        monkeypatch.delenv(f"SMARTERPAY_REPRESENTATION_{name}")


PLAN: dict[str, Any] = {
    "batch": "representation-260604-abc234",
    "rows": 41,
    "amount_pence": 102_500,
    "left_for_later": 2,
    "presentations": [
        {
            "payment": f"P01{n:04}",
            "reference": f"INV-{n}",
            "amount_pence": 2500,
            "collection_date": "2026-06-10",
        }
        for n in range(41)
    ],
    "refused": {"success-not-assumed": 1},
    "refusals": [
        {"payment": "P02", "reason": "success-not-assumed", "message": "speak with the payer"}
    ],
}


def test_a_plan_is_told_to_people(capsys: pytest.CaptureFixture[str]) -> None:
    print_plan(PLAN, dry_run=False)
    told = capsys.readouterr().out
    assert told.startswith("41 to present again, £1,025.00.")
    for part in (
        "P010039",
        "... and 1 more payments",
        "success-not-assumed: 1",
        "P02: speak with the payer",
        "2 more are for the next plan",
        "smarterpay represent apply representation-260604-abc234",
    ):
        assert part in told
    assert "P010040" not in told

    print_plan(PLAN | {"batch": None}, dry_run=True)
    assert "Run it again without --dry-run" in capsys.readouterr().out


def test_a_chain_is_told_to_people(
    run: tuple[CliRunner, Journal], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["represent", "chain", "INV-118"])
    told = capsys.readouterr().out
    assert "P01FIRST: under way" in told
    for part in ("2026-06-03", "2026-06-10", "£25.00", "ARUDD0", "INV-118/R2-0f3a9c1b2d4e"):
        assert part in told
