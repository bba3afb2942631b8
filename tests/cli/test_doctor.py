"""`smarterpay doctor`: each fault is found and remedied, and the token never shown."""

import asyncio
import json
import subprocess
from typing import Any

import pytest

from smarterpay.orchestration.local_server import free_port
from tests.api.scripted_server import ScriptedServer, answer
from tests.e2e.merchant import Merchant

TOKEN = "canary-token-3f9a"
CHECKS = ["settings", "journal", "prefect", "provider"]


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
    assert [one["healthy"] for one in found.values()] == [True] * 4
    assert {one["remedy"] for one in found.values()} == {""}
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
    done, found = examined(merchant, **changed, **FAULTS["a token that is not known"][0])
    assert [name for name, one in found.items() if not one["healthy"]] == CHECKS[1:]

    for_people = merchant.command("doctor")
    assert (for_people.returncode, for_people.stderr) == (1, "")
    faults = [line for line in for_people.stdout.splitlines() if line.startswith("fault ")]
    assert [line.split()[1] for line in faults] == ["journal:", "prefect:", "provider:"]
    for secret in (TOKEN, "hidden-value"):
        assert secret not in done.stdout + done.stderr + for_people.stdout
