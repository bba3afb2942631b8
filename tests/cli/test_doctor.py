"""`smarterpay doctor`: each fault is found and remedied, and the token never shown."""

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from smarterpay.orchestration.local_server import free_port
from tests.api.scripted_server import ScriptedServer, answer
from tests.bacs.modulus_files import tables_of, weight_line
from tests.e2e.merchant import Merchant

TOKEN = "canary-token-3f9a"
CHECKS = ["settings", "journal", "prefect", "provider", "modulus tables"]


def examined(
    merchant: Merchant, **changed: str
) -> tuple["subprocess.CompletedProcess[str]", dict[str, dict[str, Any]]]:
    """What doctor printed, and its findings by check."""
    merchant.more_settings = changed
    done = merchant.command("doctor", "--json")
    return done, {one["check"]: one for one in json.loads(done.stdout)}


def test_all_is_well(merchant: Merchant) -> None:
    done, found = examined(merchant)
    assert done.returncode == 0
    assert list(found) == CHECKS
    assert [one["healthy"] for one in found.values()] == [True] * 5
    assert {one["remedy"] for one in found.values()} == {""}
    told = found["modulus tables"]["found"]
    assert told == "none, so account numbers are checked by format rules only"
    for_people = merchant.command("doctor")
    assert (for_people.returncode, for_people.stderr) == (0, "")
    assert [line.split()[0] for line in for_people.stdout.splitlines()][:1] == ["ok"]


FAULTS: dict[str, tuple[dict[str, str], str, str, str]] = {
    "an impossible value": (
        {"SMARTERPAY_RATE_LIMIT": "hidden-value"},
        "settings",
        "SMARTERPAY_RATE_LIMIT: Input should be a valid integer",
        "Correct",
    ),
    "no token for UAT": (
        {"SMARTERPAY_ENVIRONMENT": "uat", "SMARTERPAY_API_KEY": "", "SMARTERPAY_CLOCK_URL": ""},
        "settings",
        "environment uat",
        "Set SMARTERPAY_API_KEY",
    ),
    "two ways to authenticate": (
        {"SMARTERPAY_OAUTH_CLIENT_ID": "app-1"},
        "settings",
        "SMARTERPAY_API_KEY and SMARTERPAY_OAUTH_* are both set",
        "Set SMARTERPAY_API_KEY, or SMARTERPAY_OAUTH_CLIENT_ID",
    ),
    "half an OAuth client": (
        {"SMARTERPAY_API_KEY": "", "SMARTERPAY_OAUTH_CLIENT_ID": "app-1"},
        "settings",
        "SMARTERPAY_OAUTH_CLIENT_SECRET is not set",
        "Set SMARTERPAY_API_KEY, or SMARTERPAY_OAUTH_CLIENT_ID",
    ),
    "Prefect told to forget": (
        {"PREFECT_TASKS_REFRESH_CACHE": "true"},
        "settings",
        "PREFECT_TASKS_REFRESH_CACHE is set",
        "Unset PREFECT_TASKS_REFRESH_CACHE",
    ),
    "no journal": (
        {"SMARTERPAY_JOURNAL_URL": "postgresql://me:hidden-value@127.0.0.1:1/journal"},
        "journal",
        "out of reach",
        "SMARTERPAY_JOURNAL_URL",
    ),
    "no Prefect server": (
        {"PREFECT_API_URL": f"http://127.0.0.1:{free_port()}/api"},
        "prefect",
        "no answer from http://127.0.0.1:",
        "Start it",
    ),
    "no provider": (
        {"SMARTERPAY_CLOUD_BASE_URL": f"http://127.0.0.1:{free_port()}/service.svc/"},
        "provider",
        "out of reach (ConnectError)",
        "SMARTERPAY_CLOUD_BASE_URL",
    ),
    "plain HTTP off loopback": (
        {"SMARTERPAY_CLOUD_BASE_URL": "http://api.example.com/service.svc/"},
        "provider",
        "out of reach (InsecureTransport)",
        "SMARTERPAY_CLOUD_BASE_URL",
    ),
    "no weight table": (
        {"SMARTERPAY_MODULUS_WEIGHTS": "no-such-file"},
        "modulus tables",
        "no-such-file: No such file or directory",
        "SMARTERPAY_MODULUS_WEIGHTS",
    ),
    "substitutions of nothing": (
        {"SMARTERPAY_MODULUS_SUBSTITUTIONS": "no-such-file"},
        "settings",
        "SMARTERPAY_MODULUS_SUBSTITUTIONS: Value error, nothing is checked without",
        "Correct",
    ),
    "a token that is not known": (
        {"SMARTERPAY_API_KEY": TOKEN},
        "provider",
        "refuses the token",
        "SMARTERPAY_API_KEY",
    ),
}


@pytest.mark.parametrize(
    ("changed", "check", "found", "remedy"), FAULTS.values(), ids=FAULTS.keys()
)
def test_a_fault_is_found_and_remedied(
    merchant: Merchant, changed: dict[str, str], check: str, found: str, remedy: str
) -> None:
    done, findings = examined(merchant, **{"SMARTERPAY_API_KEY": "sandbox-key", **changed})
    assert done.returncode == 1
    assert findings[check]["healthy"] is False
    assert found in findings[check]["found"]
    assert remedy in findings[check]["remedy"]
    ill = [name for name, one in findings.items() if not one["healthy"]]
    # Without a token the provider cannot be asked either.
    assert ill == (["settings", "provider"] if remedy.startswith("Set ") else [check])
    for secret in (TOKEN, "sandbox-key", "hidden-value", "Bearer"):
        assert secret not in done.stdout + done.stderr


def test_a_switch_that_is_off_is_no_fault(merchant: Merchant) -> None:
    done, _ = examined(merchant, PREFECT_TASKS_REFRESH_CACHE="false")
    assert done.returncode == 0


def test_section_4_maintenance_is_the_providers_fault(merchant: Merchant) -> None:
    merchant.sandbox.settings(maintenance="on")
    try:
        done, found = examined(merchant)
    finally:
        merchant.sandbox.settings(maintenance="off")
    assert done.returncode == 1
    assert "answers 503" in found["provider"]["found"]
    assert "later" in found["provider"]["remedy"]


async def test_a_clock_that_is_wrong_is_found(merchant: Merchant) -> None:
    numbers: dict[str, list[object]] = {"Service_User_Number": []}
    past = answer(200, numbers, Date="Mon, 01 Jun 2020 08:00:00 GMT")
    async with ScriptedServer(past) as server:
        done, found = await asyncio.to_thread(
            examined, merchant, SMARTERPAY_CLOUD_BASE_URL=server.url
        )
    assert done.returncode == 1
    assert "our clock is +" in found["provider"]["found"]
    assert "NTP" in found["provider"]["remedy"]


def test_one_fault_hides_no_other(merchant: Merchant) -> None:
    changed = {**FAULTS["no journal"][0], **FAULTS["no Prefect server"][0]}
    changed |= FAULTS["no weight table"][0]
    done, found = examined(merchant, **changed, **FAULTS["a token that is not known"][0])
    assert [name for name, one in found.items() if not one["healthy"]] == CHECKS[1:]

    for_people = merchant.command("doctor")
    assert (for_people.returncode, for_people.stderr) == (1, "")
    faults = [line for line in for_people.stdout.splitlines() if line.startswith("fault ")]
    assert [line.split()[1] for line in faults] == ["journal:", "prefect:", "provider:", "modulus"]
    for secret in (TOKEN, "hidden-value"):
        assert secret not in done.stdout + done.stderr + for_people.stdout


def tables(folder: Path, *lines: str, dated: str) -> dict[str, str]:
    """The setting for a weight table of these lines and that date; it is 1 June 2026."""
    tables_of(folder, *lines)
    (folder / "weights.txt.date").write_text(dated)
    return {"SMARTERPAY_MODULUS_WEIGHTS": str(folder / "weights.txt")}


PLAIN = weight_line("990100", "990199", "MOD10", "000000 00000001")
PAIR = (
    weight_line("990500", "990509", "MOD11", "000001 00000300", 5),
    weight_line("990500", "990509", "DBLAL", "000001 00000120", 5),
)


def test_the_age_of_the_tables_and_where_it_is_from(merchant: Merchant, tmp_path: Path) -> None:
    done, found = examined(merchant, **tables(tmp_path, PLAIN, dated="2026-03-04"))
    assert done.returncode == 0
    assert found["modulus tables"] == {
        "check": "modulus tables",
        "healthy": True,
        "found": "weight table of 2026-03-04, 89 days old by its file beside",
        "remedy": "",
    }


def test_stale_tables_are_a_warning_and_no_fault(merchant: Merchant, tmp_path: Path) -> None:
    done, found = examined(merchant, **tables(tmp_path, PLAIN, dated="2026-03-03"))
    assert done.returncode == 0
    assert found["modulus tables"]["healthy"] is True
    assert found["modulus tables"]["found"].endswith("90 days old by its file beside: stale")
    assert "newest" in found["modulus tables"]["remedy"]
    for_people = merchant.command("doctor")
    assert for_people.returncode == 0
    assert "\nwarning modulus tables: " in for_people.stdout


def test_a_table_that_lacks_its_substitutions_is_a_warning(
    merchant: Merchant, tmp_path: Path
) -> None:
    named = tables(tmp_path, *PAIR, dated="2026-05-18")
    done, found = examined(merchant, **named)
    assert done.returncode == 0
    assert found["modulus tables"]["found"].endswith("; no substitution table")
    assert "SMARTERPAY_MODULUS_SUBSTITUTIONS" in found["modulus tables"]["remedy"]

    (tmp_path / "pairs.txt").write_text("990505 990501\n")
    named["SMARTERPAY_MODULUS_SUBSTITUTIONS"] = str(tmp_path / "pairs.txt")
    _, found = examined(merchant, **named)
    assert found["modulus tables"]["remedy"] == ""


def test_broken_tables_are_a_fault_with_their_lines(merchant: Merchant, tmp_path: Path) -> None:
    named = tables(tmp_path, PLAIN, dated="2026-05-18")
    with (tmp_path / "weights.txt").open("a") as file:
        file.write("\nHetfield 75849855\n")
    done, found = examined(merchant, **named)
    assert done.returncode == 1
    assert found["modulus tables"]["healthy"] is False
    assert "weights.txt: line 3: 2 fields where a check has 17" in found["modulus tables"]["found"]
    assert "75849855" not in done.stdout


def test_without_its_clock_the_age_of_tables_is_not_guessed(
    merchant: Merchant, tmp_path: Path
) -> None:
    away = {"SMARTERPAY_CLOCK_URL": f"http://127.0.0.1:{free_port()}/_sandbox/clock"}
    done, found = examined(merchant, **tables(tmp_path, PLAIN, dated="2026-05-18"), **away)
    assert done.returncode == 1
    assert "age is not known" in found["modulus tables"]["found"]
    assert "SMARTERPAY_CLOCK_URL" in found["modulus tables"]["remedy"]
