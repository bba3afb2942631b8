"""`smarterpay onboard`: the plan, the outcome for scripts, and the exit codes."""

import json

import pytest

from smarterpay.cli.exit_codes import for_counts
from smarterpay.journal.batches import RowState
from tests.cli.conftest import BAD, GOOD, PERSONAL, Shop
from tests.e2e.merchant import Merchant


def test_dry_run_prints_the_plan_and_changes_nothing(merchant: Merchant) -> None:
    file = merchant.write_customers(GOOD, BAD, {"reference": "TOO", "amount": "£1,000.00"})
    calls = len(merchant.sandbox.requests())

    done = merchant.command("onboard", file, "--dry-run", "--json")

    assert done.returncode == 3
    assert json.loads(done.stdout) == {
        "rows": 3,
        "valid": 2,
        "rejected": 1,
        "rejects": [
            {
                "line": 3,
                "reference": "BAD",
                "column": "amount",
                "rule": "amount.whole-number",
                "message": json.loads(done.stdout)["rejects"][0]["message"],
            }
        ],
        "amount_pence": 102500,
        "provider_calls": 10,
        "minutes_at_rate_limit": 0.1,
        "modulus_tables": None,
    }
    assert "write" in json.loads(done.stdout)["rejects"][0]["message"].lower()
    assert len(merchant.sandbox.requests()) == calls
    assert not (merchant.home / "journal.sqlite").exists()


@pytest.mark.parametrize(
    ("options", "calls"),
    [
        ((), 10),
        (("--validation", "modulus"), 10),
        (("--validation", "confirmation-of-payee"), 12),
        (("--validation", "open-banking"), 12),
        (("--validation", "open-banking", "--validation", "confirmation-of-payee"), 14),
    ],
)
def test_dry_run_counts_the_calls_that_the_checks_cost(
    merchant: Merchant, options: tuple[str, ...], calls: int
) -> None:
    file = merchant.write_customers({"reference": "ONE"}, {"reference": "TWO"})
    done = merchant.command("onboard", file, "--dry-run", "--json", *options)
    assert (done.returncode, json.loads(done.stdout)["provider_calls"]) == (0, calls)


def test_section_3_minutes_are_those_of_the_providers_limit(merchant: Merchant) -> None:
    merchant.more_settings = {"SMARTERPAY_RATE_LIMIT": "10", "SMARTERPAY_RATE_SHARE": "1"}
    file = merchant.write_customers({"reference": "ONE"}, {"reference": "TWO"})
    done = merchant.command("onboard", file, "--dry-run", "--json")
    assert json.loads(done.stdout)["minutes_at_rate_limit"] == 1.0


def test_the_plan_for_people_can_be_piped(merchant: Merchant) -> None:
    file = merchant.write_customers(GOOD, BAD)
    done = merchant.command("onboard", file, "--dry-run")
    assert done.stderr == ""
    assert "2 rows: 1 valid, 1 rejected" in done.stdout
    assert "£25.00" in done.stdout
    assert "amount.whole-number" in done.stdout
    assert "Account numbers: format rules only" in done.stdout


def test_the_outcome_for_scripts(shop: Shop) -> None:
    with shop.merchant.journal() as journal:
        kept = journal.batches.get(shop.batch)
    assert shop.printed == {
        "batch": shop.batch,
        "kind": "onboarding",
        "source": "customers.csv",
        "state": "applied",
        "created_at": kept.created_at.isoformat(),
        "rows": 3,
        "amount_pence": 5000,
        "onboarded": 1,
        "rejected": 1,
        "refused": 1,
        "waiting": 0,
        "unknown": 0,
        "needs_attention": 0,
        "not_begun": 0,
        "flow_run_id": shop.printed["flow_run_id"],
        "flow_run_url": shop.printed["flow_run_url"],
    }
    assert shop.printed["flow_run_url"].endswith(f"/runs/flow-run/{shop.printed['flow_run_id']}")
    for value in PERSONAL:
        assert value not in shop.onboarded.stdout + shop.onboarded.stderr


@pytest.mark.parametrize(
    ("states", "code"),
    [
        ((), 0),
        ((RowState.SUCCEEDED,), 0),
        ((RowState.SUCCEEDED, RowState.REJECTED), 3),
        ((RowState.REFUSED,), 3),
        ((RowState.REJECTED, RowState.WAITING), 4),
        ((RowState.REFUSED, RowState.UNKNOWN), 4),
        ((RowState.SUCCEEDED, RowState.NEEDS_ATTENTION), 4),
        ((RowState.SUCCEEDED, RowState.STAGED), 4),
    ],
)
def test_the_exit_code_follows_from_where_the_rows_stand(
    states: tuple[RowState, ...], code: int
) -> None:
    assert for_counts(dict.fromkeys(states, 1)) == code


@pytest.mark.parametrize("content", [None, b"", b"\x00\x01\x02", b"one;two\n1;2\n"])
def test_exit_code_1_when_the_file_cannot_be_read(
    merchant: Merchant, content: bytes | None
) -> None:
    file = merchant.home / "customers.csv"
    merchant.home.mkdir()
    if content is not None:
        file.write_bytes(content)
    for options in ((), ("--dry-run", "--json")):
        done = merchant.command("onboard", file, *options)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("Error: ")
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("SMARTERPAY_JOURNAL_URL", "postgresql://me:hidden@127.0.0.1:1/j", "journal"),
        ("SMARTERPAY_RATE_LIMIT", "hidden", "SMARTERPAY_RATE_LIMIT: Input should be"),
    ],
)
def test_exit_code_1_when_it_cannot_be_done(
    merchant: Merchant, name: str, value: str, told: str
) -> None:
    file = merchant.write_customers({"reference": "CODE-1"})
    merchant.more_settings = {name: value}
    done = merchant.command("onboard", file)
    assert done.returncode == 1
    assert told in done.stderr
    assert "hidden" not in done.stderr
    assert "Traceback" not in done.stderr


def test_exit_code_1_before_anything_is_staged_when_there_is_no_token(merchant: Merchant) -> None:
    file = merchant.write_customers({"reference": "CODE-1", "first_collection_date": "2027-07-15"})
    merchant.more_settings = {
        "SMARTERPAY_ENVIRONMENT": "uat",
        "SMARTERPAY_API_KEY": "",
        "SMARTERPAY_CLOCK_URL": "",
    }
    done = merchant.command("onboard", file)
    assert done.returncode == 1
    assert "SMARTERPAY_API_KEY is not set" in done.stderr
    assert json.loads(merchant.command("batch", "list", "--json").stdout) == []


def test_section_1_exit_code_1_when_the_provider_does_not_let_us_in(merchant: Merchant) -> None:
    merchant.more_settings = {"SMARTERPAY_API_KEY": "sandbox-key-expired"}
    done = merchant.command("onboard", merchant.write_customers({"reference": "CODE-1"}))
    assert done.returncode == 1
    assert "the flow run failed: Misconfigured" in done.stderr
    assert "smarterpay batch resume" in done.stderr
    assert "sandbox-key" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("onboard",),
        ("onboard", "file.csv", "--validation", "everything"),
        ("onboard", "file.csv", "--unknown"),
        ("batch", "show"),
        ("batch", "list", "--limit", "0"),
        ("nonsense",),
    ],
)
def test_exit_code_2_for_wrong_usage(merchant: Merchant, arguments: tuple[str, ...]) -> None:
    done = merchant.command(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: " in done.stderr


def test_exit_code_3_when_rows_were_stopped(shop: Shop) -> None:
    assert shop.onboarded.returncode == 3


def test_exit_code_4_when_a_row_waits_though_others_were_stopped(merchant: Merchant) -> None:
    file = merchant.write_customers(
        {"reference": "CODE-4", "account_name": "A PENDING"}, {**BAD, "reference": "CODE-4-BAD"}
    )
    done = merchant.command("onboard", file, "--validation", "open-banking", "--json")
    assert (done.returncode, json.loads(done.stdout)["waiting"]) == (4, 1)
    with merchant.journal() as journal:
        (row,) = journal.batches.each_row(json.loads(done.stdout)["batch"], [RowState.WAITING])
    assert row.reference == "CODE-4"
