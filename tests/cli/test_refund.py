"""`smarterpay refund`: the plan, one refund from options, a file, and the exit codes."""

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from smarterpay.cli.commands import main
from smarterpay.intake.refund_row import RefundRow
from smarterpay.intake.staging import stage_one_refund
from tests.e2e.merchant import Merchant
from tests.flows.refund_scene import RefundScene
from tests.in_process import open_directly
from tests.journal.builders import reject

HEADER = "reference,payment,payment_reference,amount,reason"


def write(merchant: Merchant, *rows: str) -> Path:
    merchant.home.mkdir(parents=True, exist_ok=True)
    path = merchant.home / "refunds.csv"
    path.write_text("\n".join((HEADER, *rows, "")))
    return path


async def pending_payments(merchant: Merchant, count: int) -> list[str]:
    async with open_directly(merchant.settings()) as runtime:
        scene = RefundScene(runtime, merchant.sandbox)
        return [await scene.direct_debit() for _ in range(count)]


def test_a_dry_run_shows_what_would_go_back_and_changes_nothing(merchant: Merchant) -> None:
    calls = len(merchant.sandbox.requests())
    file = write(merchant, "RF-1,P01,,10.00,late", "RF-2,,INV-1,,late", "RF-3,,,5.00,late")

    done = merchant.command("refund", file, "--dry-run", "--json")

    assert done.returncode == 3
    plan = json.loads(done.stdout)
    assert [reject["rule"] for reject in plan.pop("rejects")] == ["payment.missing"]
    assert plan == {
        "rows": 3,
        "valid": 2,
        "rejected": 1,
        "amount_pence": 1000,
        "amount_pence_at_most": 1000,
        "amounts_to_be_read": 1,
        "expected": {"decided when the payment is read": 2},
        "calls": 8,
        "minutes": 0.1,
    }
    assert len(merchant.sandbox.requests()) == calls
    assert not (merchant.home / "journal.sqlite").exists()


def test_a_rejected_refund_says_so_and_is_asked_about_anew_when_it_is_typed_again(
    merchant: Merchant,
) -> None:
    row = RefundRow(reference="RF-1", payment="P01NONE", amount_pence=100, reason="late")
    with merchant.journal() as journal:
        batch = stage_one_refund(journal, row, planned_by="grace")
        reject(journal, batch, note="not agreed")
    done = merchant.command("batch", "resume", batch)
    assert done.returncode == 1
    told = " ".join(done.stderr.split())
    for words in (f"not applied: {batch}", "was rejected", "Bob noted: not agreed"):
        assert words in told
    assert "mend the cause" not in told
    with merchant.journal() as journal:
        assert stage_one_refund(journal, row, planned_by="grace") != batch


def test_a_file_is_paid_back(merchant: Merchant) -> None:
    """Section 7.7: Direct Debits that are not submitted yet are cancelled."""
    (payment,) = asyncio.run(pending_payments(merchant, 1))
    file = write(merchant, f"RF-1,{payment},,,late", "RF-2,P01NONE,,1.00,late")

    done = merchant.command("refund", file, "--json")

    assert done.returncode == 3, done.stderr
    told = json.loads(done.stdout)
    assert (told["kind"], told["ordered"], told["refused"]) == ("refund", 1, 1)
    assert told["paid_back"] == {"cancel_payment": {"refunds": 1, "amount_pence": 2500}}
    records = merchant.sandbox.books(records=True)["records"]["payments"]
    assert [r["status"] for r in records if r["id"] == payment] == ["cancelled"]


def test_one_refund_by_options_is_planned_as_a_file_is(merchant: Merchant) -> None:
    options = ("--payment", "P01", "--amount", "all", "--reference", "RF-3", "--reason", "late")
    done = CliRunner().invoke(main, ["refund", *options, "--dry-run"], env=merchant.environment)
    assert done.exit_code == 0, done.output
    plan = " ".join(done.output.split())
    assert "all that is left of 1 payments not known here yet" in plan
    wrong = CliRunner().invoke(
        main, ["refund", *options, "--amount", "0", "--dry-run"], env=merchant.environment
    )
    assert wrong.exit_code == 1
    assert wrong.output.startswith("Error: --amount: ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "either a FILE or the options"),
        (("refunds.csv", "--payment", "P01"), "either a FILE or the options"),
        (("--payment", "P01", "--reference", "RF-1", "--reason", "late"), "--amount is missing"),
    ],
)
def test_what_is_to_be_paid_back_is_never_left_to_a_guess(
    arguments: tuple[str, ...], told: str
) -> None:
    done = CliRunner().invoke(main, ["refund", *arguments])
    assert done.exit_code == 2
    assert told in done.output
