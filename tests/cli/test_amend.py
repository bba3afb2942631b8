"""`smarterpay amend`: the dry run, the outcome for scripts, and what is refused before any call."""

import asyncio
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from smarterpay.api.models.mandate import Mandate
from smarterpay.api.models.payment import Payment
from smarterpay.cli import main
from tests.api import builders
from tests.e2e.merchant import Merchant
from tests.sandbox_process import SandboxProcess

ACCOUNT = {"account_name": "Qznew Holder", "sort_code": "20-00-52", "account_number": "31415926"}


async def a_mandate_with_a_payment(sandbox: SandboxProcess) -> tuple[Mandate, Payment]:
    async with builders.cloud_client(sandbox.cloud_url, token=sandbox.token) as cloud:
        account = await cloud.bank_accounts.create(builders.bank_account())
        mandate = await cloud.mandates.create(
            builders.mandate(customer_bank_account=account.id, dd_status="ongoing collection")
        )
        payment = await cloud.payments.create(
            builders.payment(auddis=mandate.auddis, collection_date=date(2026, 6, 10))
        )
    return mandate, payment


def test_a_dry_run_changes_nothing_and_the_same_command_without_it_cancels_through_prefect(
    merchant: Merchant,
) -> None:
    merchant.sandbox.reset()
    mandate, payment = asyncio.run(a_mandate_with_a_payment(merchant.sandbox))
    command = ("amend", "mandate", "cancel", mandate.id, "--reference", "STOP-1", "--by", "pat")
    writes = _writes(merchant.sandbox)

    dry = merchant.command(*command, "--dry-run", "--json")

    assert dry.returncode == 0, dry.stderr
    plan = json.loads(dry.stdout)
    assert plan["falling_pence"] == 2500
    assert [one["id"] for one in plan["affected"] if one["fate"] == "falls"] == [payment.id]
    assert _writes(merchant.sandbox) == writes

    done = merchant.command(*command, "--json")

    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    assert (printed["amended"], printed["plan"]) == (1, plan)
    assert printed["record_ids"] == {"mandate": mandate.id}
    books = merchant.sandbox.books(records=True)["records"]
    assert books["mandates"][0]["dd_status"] == "cancelled"
    assert books["payments"][0]["status"] == "cancelled"
    assert _writes(merchant.sandbox) == writes + 1


def _writes(sandbox: SandboxProcess) -> int:
    return sum(one["method"] != "GET" for one in sandbox.requests())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("schedule", "RS01X", "--cancel", "--amount", "9.00"), "--cancel goes with no change"),
        (("schedule", "RS01X"), "say what is to change"),
        (("schedule", "RS01X", "--amount", "9"), "pence"),
        (("schedule", "RS01X", "--end-date", "1/7/2026"), "YYYY-MM-DD"),
        (("schedule", "RS01X", "--amount", "9.00", "--end-date", "2026-07-01"), "another"),
        (("schedule", "RS01X", "--day", "31"), "collection_day"),
        (("mandate", "hold", "M01X", "--to", "first collection"), "--to goes with release only"),
        (("mandate", "melt", "M01X"), "melt"),
        (("break", "P01X", "--amount", "9.00"), "--amount goes with --undo only"),
    ],
)
def test_what_makes_no_sense_is_told_before_anything_is_started(
    arguments: tuple[str, ...], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMARTERPAY_HOME", str(tmp_path))
    result = CliRunner().invoke(main, ["amend", *arguments, "--reference", "R-1", "--by", "pat"])
    assert result.exit_code in (1, 2)
    assert told in result.output
    assert not (tmp_path / "journal.sqlite").exists()


@pytest.mark.parametrize(
    ("account", "told"),
    [
        ({**ACCOUNT, "sort_code": "2000"}, "sort-code"),
        ({**ACCOUNT, "account_number": "3141592"}, "account-number"),
        ({"account_name": "Qznew Holder"}, "JSON object"),
        ({**ACCOUNT, "account_name": "Qz" * 80}, "account_name"),
        ("not an object", "JSON object"),
    ],
)
def test_a_wrong_account_is_refused_and_not_quoted(
    account: Any, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMARTERPAY_HOME", str(tmp_path / "home"))
    file = tmp_path / "account.json"
    file.write_text(json.dumps(account))
    result = CliRunner().invoke(
        main, ["amend", "move-account", "M01X", "--reference", "R-1", "--account-file", str(file)]
    )
    assert result.exit_code == 1
    assert told in result.output
    assert not any(cell in result.output for cell in ("Qznew", "QzQz", "3141592", "2000"))
