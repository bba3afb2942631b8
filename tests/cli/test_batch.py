"""`smarterpay batch`: what became of a batch, and how its stopped rows are mended."""

import csv
import json
import stat

import pytest

from tests.cli.conftest import PERSONAL, Shop
from tests.e2e.merchant import Merchant

REJECT_COLUMNS = {
    *("reject_line", "reject_column", "reject_rule", "reject_message", "reject_surplus"),
}


def test_list_and_show_print_for_scripts_what_onboard_printed(shop: Shop) -> None:
    expected = {k: v for k, v in shop.printed.items() if not k.startswith("flow_run")}
    listed = shop.merchant.command("batch", "list", "--json")
    shown = shop.merchant.command("batch", "show", shop.batch, "--json")
    assert (listed.returncode, shown.returncode) == (0, 0)
    (one,) = json.loads(listed.stdout)
    assert one == json.loads(shown.stdout)
    assert one == {**expected, "flow_run_id": one["flow_run_id"]}


def test_show_tells_a_person_why_each_row_stopped(shop: Shop) -> None:
    done = shop.merchant.command("batch", "show", shop.batch)
    assert (done.returncode, done.stderr) == (0, "")
    words = " ".join(done.stdout.split())
    for told in (shop.batch, "REFUSED", "modulus-check-failed", "BAD", "amount.whole-number"):
        assert told in words
    for value in PERSONAL:
        assert value not in words


def test_list_names_each_batch_and_nobody_in_it(shop: Shop) -> None:
    done = shop.merchant.command("batch", "list")
    assert shop.batch in done.stdout
    for value in PERSONAL:
        assert value not in done.stdout


def test_nothing_to_list_says_how_to_begin(merchant: Merchant) -> None:
    assert "smarterpay onboard FILE" in merchant.command("batch", "list").stdout
    assert json.loads(merchant.command("batch", "list", "--json").stdout) == []


@pytest.mark.parametrize("command", ["show", "resume", "rejects"])
def test_a_batch_that_is_not_there_is_exit_code_1(shop: Shop, command: str) -> None:
    done = shop.merchant.command("batch", command, "onboarding-260601-nobody")
    assert (done.returncode, done.stdout) == (1, "")
    assert "onboarding-260601-nobody" in done.stderr
    assert "Traceback" not in done.stderr


def test_resume_of_a_finished_batch_does_nothing_and_says_how_it_stands(shop: Shop) -> None:
    writes = shop.merchant.writes()
    done = shop.merchant.command("batch", "resume", shop.batch, "--json")
    resumed = json.loads(done.stdout)
    assert done.returncode == 3
    assert (resumed["onboarded"], resumed["rejected"], resumed["refused"]) == (1, 1, 1)
    assert shop.merchant.writes() == writes


def test_rejects_are_written_with_their_own_columns_and_the_reasons(shop: Shop) -> None:
    path = shop.merchant.home / "rejects.csv"
    done = shop.merchant.command("batch", "rejects", shop.batch, "--output", path)

    assert done.returncode == 0
    assert done.stderr.count("2 rows written") == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with path.open(encoding="utf-8-sig", newline="") as file:
        bad, refused = csv.DictReader(file)
    assert (bad["reference"], bad["amount"], bad["reject_rule"]) == (
        "BAD",
        "25",
        "amount.whole-number",
    )
    assert (refused["reference"], refused["account_number"], refused["reject_rule"]) == (
        "REFUSED",
        "12345900",
        "modulus-check-failed",
    )
    assert set(bad) >= REJECT_COLUMNS
    assert "Delivery Route" in bad
    for value in PERSONAL:
        assert value not in done.stdout + done.stderr


def test_rejects_without_a_file_go_to_standard_output(shop: Shop) -> None:
    done = shop.merchant.command("batch", "rejects", shop.batch)
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert [row["reference"] for row in rows] == ["BAD", "REFUSED"]


def test_the_rejects_file_is_mended_and_run_again(merchant: Merchant) -> None:
    file = merchant.write_customers(
        {"reference": "M-GOOD"},
        {"reference": "M-BAD", "amount": "25"},
        {"reference": "M-REFUSED", "account_number": "12345900"},
    )
    first = merchant.onboard(file)
    rejects = merchant.home / "rejects.csv"
    merchant.command("batch", "rejects", first["batch"], "--output", rejects)
    before = len(merchant.sandbox.requests())

    text = rejects.read_text(encoding="utf-8-sig")
    rejects.write_text(text.replace(",25,", ",25.00,").replace("12345900", "12345678"))
    done = merchant.command("onboard", rejects, "--json")
    second = json.loads(done.stdout)

    assert done.returncode == 0
    assert (first["onboarded"], first["rejected"], first["refused"]) == (1, 1, 1)
    assert (second["rows"], second["onboarded"]) == (2, 2)
    paths = [call["path"].rpartition("/")[2] for call in merchant.sandbox.requests()[before:]]
    assert paths.count("customeraccount") == 1  # the refused row had one already
    assert paths.count("recurrenceschedule") == 2
