"""The reference pages say what the code is: generated parts, commands, keys, sandbox words."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from smarterpay.api.catalogue import OPERATIONS
from smarterpay.cli.operations import support
from smarterpay.sandbox.faults import KINDS
from smarterpay.sandbox.fixtures import API_KEYS
from smarterpay.sandbox.settings import ClientSettings
from smarterpay.sandbox.triggers import check_outcome, modulus_result, validation_outcome_by_name
from smarterpay.settings import Settings
from tests.docs.generate import helps, parts
from tests.docs.pages import DOCS, ROOT, documented_keys, generated_parts, name_of, pages
from tests.docs.reader import Reader
from tests.sandbox_process import SandboxProcess

CLI = (DOCS / "reference" / "cli.md").read_text("utf-8")
SANDBOX = (DOCS / "reference" / "sandbox.md").read_text("utf-8")
CUSTOMERS = """\
reference,first_name,last_name,email,address_line1,city,postal_code,account_name,sort_code,\
account_number,amount,collection_period,first_collection_date,description
A-1,Ada,Example,ada@example.com,1 Sample Street,Leeds,LS1 1AA,A Example,200052,75849855,25.00,\
weekly,2026-07-15,Box
A-2,Ben,Example,ben@example.com,2 Sample Street,Leeds,LS1 1AA,B Example,200052,75849856,25,\
weekly,2026-07-15,Box
"""


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_generated_parts_are_what_the_generator_writes(page: Path) -> None:
    made = parts()
    for what, text in generated_parts(page.read_text("utf-8")).items():
        assert text == made[what], "run: python -m tests.docs.generate"


def test_every_command_has_its_help_and_its_heading() -> None:
    for name in helps():
        assert f"help {name}" in generated_parts(CLI), name
        assert re.search(rf"^# The `{name}` command$|^###? {name}$", CLI, re.MULTILINE), name


def test_every_setting_and_operation_is_generated_somewhere() -> None:
    settings = (DOCS / "reference" / "settings.md").read_text("utf-8")
    operations = (DOCS / "reference" / "operations.md").read_text("utf-8")
    assert all(f"| `SMARTERPAY_{name.upper()}` |" in settings for name in Settings.model_fields)
    assert all(f"| `{name}` |" in operations for name in OPERATIONS)


@pytest.mark.parametrize("page", ["README.md", "CHANGELOG.md"])
def test_what_is_built_is_counted_from_the_code(page: str) -> None:
    built = sum(one["client"] and one["task"] and one["sandbox"] for one in support())
    assert f"{built} of the {len(OPERATIONS)}" in (ROOT / page).read_text("utf-8")


def test_json_documents_have_the_documented_keys(reader: Reader) -> None:
    documented = documented_keys(CLI)
    with SandboxProcess() as sandbox:
        real = _documents(reader, sandbox)
    assert documented.keys() == real.keys()
    for name, document in real.items():
        assert documented[name] == list(document), name


def _documents(reader: Reader, sandbox: SandboxProcess) -> dict[str, dict[str, Any]]:
    (reader.folder / "customers.csv").write_text(CUSTOMERS)
    own = {"SMARTERPAY_SANDBOX_PORT": sandbox.base_url.rpartition(":")[2]}

    def command(*words: str) -> Any:
        done = subprocess.run(
            ["smarterpay", *words, "--json"],
            cwd=reader.folder,
            env={**reader.environment, **own},
            capture_output=True,
            text=True,
            check=False,
        )
        return json.loads(done.stdout)

    onboarded = command("onboard", "customers.csv")
    intents = command("intent", "show", "A-1")
    return {
        "dry run": command("onboard", "customers.csv", "--dry-run"),
        "onboard": onboarded,
        "batch": command("batch", "show", onboarded["batch"]),
        "intent": intents[0],
        "attempt": intents[0]["attempts"][0],
        "operation": command("operations")[0],
        "finding": command("doctor")[0],
    }


def test_every_fault_setting_and_token_of_the_sandbox_is_documented() -> None:
    """Section 12, "Faults" and "Client settings"; section 13, keys."""
    rows = set(re.findall(r"^\| `([^`]+)` \|", SANDBOX, re.MULTILINE))
    assert {*KINDS, *ClientSettings().as_dict(), *API_KEYS} <= rows


def test_every_documented_control_call_is_there_and_no_other() -> None:
    """Section 12, "Control calls"."""
    calls = re.findall(r"^\| `(GET|POST|DELETE) /_sandbox/([\w/.?=-]+)` \|", SANDBOX, re.MULTILINE)
    with SandboxProcess() as sandbox:
        for method, path in calls:
            answer = httpx.request(method, f"{sandbox.base_url}/_sandbox/{path}", json={})
            # 404 is right for a record that does not exist, and says so.
            assert answer.status_code not in (405, 500), path
            assert "no such control call" not in answer.text, path
    documented = {path.split("/")[0].split("?")[0] for _, path in calls}
    assert documented == {
        "clock",
        "faults",
        "settings",
        "books",
        "requests",
        "reset",
        "snapshot",
        "validations",
        "mandates",
        "validation",
    }


def test_documented_test_values_do_what_the_page_says() -> None:
    """Section 13."""
    endings = re.findall(r"^\| account number ends `(\d+)`", SANDBOX, re.MULTILINE)
    ordinary = modulus_result("12345678")
    assert endings == ["900", "901", "902"]
    assert all(modulus_result(f"12345{ending}") != ordinary for ending in endings)
    words = re.findall(r"^\| account name ends `(\w+)` \|(.*)\|$", SANDBOX, re.MULTILINE)
    assert len(words) == 6
    for word, effect in words:
        validation = validation_outcome_by_name(f"A {word}") != validation_outcome_by_name("A B")
        assert validation == ("account validation" in effect), word
        check = check_outcome(f"A {word}")
        assert check.result == ("Confirmation of Payee" not in effect), word
        assert check.result or check.reason_code in effect, word
