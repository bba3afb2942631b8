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
from smarterpay.sandbox.docs.guide import FAULTS, SETTINGS, control_calls, value_tables
from smarterpay.sandbox.fixtures import API_KEYS
from smarterpay.sandbox.http.faults import KINDS
from smarterpay.sandbox.settings import ClientSettings
from smarterpay.sandbox.triggers import (
    ACCOUNT_ENDINGS,
    AMOUNTS,
    CARD_AMOUNTS,
    AccountEnding,
    AmountTrigger,
)
from smarterpay.settings import Settings
from tests.bacs.modulus_files import weight_line
from tests.docs.generate import OPERATION_PAGES, helps, parts
from tests.docs.operation_notes import NOTES
from tests.docs.operation_pages import operation_pages
from tests.docs.pages import DOCS, ROOT, documented_keys, generated_parts, name_of, pages
from tests.docs.reader import Reader
from tests.docs.sandbox_parts import sandbox_parts
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


def test_the_pages_of_the_operations_are_what_the_generator_writes() -> None:
    written = {page.name: page.read_text("utf-8") for page in OPERATION_PAGES.glob("*.md")}
    assert written == operation_pages(), "run: python -m tests.docs.generate"


def test_every_operation_has_its_fields_and_errors_on_a_page() -> None:
    pages_of_resources = operation_pages()
    assert len(pages_of_resources) == 20
    for name, operation in OPERATIONS.items():
        page = pages_of_resources[f"{operation.resource}.md"]
        assert f"## `{name}`" in page
        assert f"async def {operation.task}(" in page
    assert set(NOTES) == set(OPERATIONS)


def test_every_command_has_its_help_and_its_heading() -> None:
    for name in helps():
        assert f"help {name}" in generated_parts(CLI), name
        assert re.search(rf"^# The `{name}` command$|^###? {name}$", CLI, re.MULTILINE), name


def test_every_setting_and_operation_is_generated_somewhere() -> None:
    settings = (DOCS / "reference" / "settings.md").read_text("utf-8")
    operations = (DOCS / "reference" / "operations.md").read_text("utf-8")
    assert all(f"| `SMARTERPAY_{name.upper()}` |" in settings for name in Settings.model_fields)
    assert all(f"| [`{name}`](operations/" in operations for name in OPERATIONS)


@pytest.mark.parametrize("page", ["README.md", "CHANGELOG.md"])
def test_what_is_built_is_counted_from_the_code(page: str) -> None:
    built = sum(one["client"] and one["task"] and one["sandbox"] for one in support())
    assert built == len(OPERATIONS)
    assert f"all {built}" in (ROOT / page).read_text("utf-8")


def test_json_documents_have_the_documented_keys(reader: Reader) -> None:
    documented = documented_keys(CLI)
    with SandboxProcess() as sandbox:
        real = _documents(reader, sandbox)
    assert documented.keys() == real.keys()
    for name, document in real.items():
        assert documented[name] == list(document), name


def _documents(reader: Reader, sandbox: SandboxProcess) -> dict[str, dict[str, Any]]:
    (reader.folder / "customers.csv").write_text(CUSTOMERS)
    weights = weight_line("990100", "990199", "MOD10", "000000 00000001")
    (reader.folder / "weights.txt").write_text(weights)
    own = {
        "SMARTERPAY_SANDBOX_PORT": sandbox.base_url.rpartition(":")[2],
        "SMARTERPAY_MODULUS_WEIGHTS": "weights.txt",
    }

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
    accounts = command("modulus", "--file", "customers.csv")
    return {
        "dry run": command("onboard", "customers.csv", "--dry-run"),
        "onboard": onboarded,
        "batch": command("batch", "show", onboarded["batch"]),
        "intent": intents[0],
        "attempt": intents[0]["attempts"][0],
        "operation": command("operations")[0],
        "modulus": accounts,
        "modulus tables": accounts["modulus_tables"],
        "checked account": accounts["accounts"][0],
        "finding": command("doctor")[0],
    }


def test_sections_12_and_13_the_sandbox_s_page_holds_all_that_is_generated() -> None:
    assert set(sandbox_parts()) <= set(generated_parts(SANDBOX))


def test_every_fault_and_setting_of_the_sandbox_is_described() -> None:
    """Section 12, "Faults" and "Client settings"."""
    assert set(FAULTS) == set(KINDS)
    assert set(SETTINGS) == set(ClientSettings().as_dict())


def test_every_documented_control_call_is_there() -> None:
    """Section 12, "Control calls"."""
    with SandboxProcess() as sandbox:
        for call, _ in control_calls():
            method, path = call.replace("{id}", "X01").split(" ")
            answer = httpx.request(method, sandbox.base_url + path, json={})
            # 404 is right for a record that does not exist, and says so.
            assert answer.status_code not in (405, 500), call
            assert "no such control call" not in answer.text, call


def test_section_12_names_the_control_calls_that_must_be_there() -> None:
    documented = {call.split("/_sandbox/")[1] for call, _ in control_calls()}
    assert documented >= {
        "clock",
        "submission-run",
        "report",
        "challenge-report",
        "cards/{id}/complete",
        "validations/{id}/complete",
        "schedules/run",
        "faults",
        "settings",
        "deliveries",
        "reset",
        "snapshot",
    }


def test_section_13_every_test_value_is_listed() -> None:
    """The values as the reference prints them, so that none is lost from the table."""
    listed = {one.anchor: [value for value, _ in one.rows] for one in value_tables()}
    assert listed["account-endings"] == [
        *("900", "901", "902", "903", "905", "910", "911", "912", "913", "919"),
        *("921", "923", "924", "929", "930", "932", "940", "955", "957", "960"),
    ]
    assert listed["amounts"] == ["9010", "9012", "9019", "9030", "9055", "9057", "9060"]
    assert listed["card-amounts"] == ["4005", "4010", "4011", "4012", "4020", "4098", "4099"]
    assert listed["validation-names"][:3] == ["NOMATCH", "PENDING", "AVERROR"]
    assert listed["check-names"][:4] == ["CLOSE", "NOMATCH", "WRONGTYPE", "NOTFOUND"]
    assert listed["bulk"] == ["BULKFAIL"]
    assert listed["tokens"][:3] == list(API_KEYS)
    assert set(listed["fixtures"]) >= {
        "CL01SANDBOXCLIENT001",
        "CU01SANDBOXUSER00001",
        "OB01SANDBOXMAIN00001",
        "OB01SANDBOXSECOND001",
        "PG01SANDBOXOPAYO0001",
        "EP02SANDBOXPAGE00001",
        "EB02SANDBOXBRAND0001",
        "SU01SANDBOXSUBS00001",
        "sandbox-webhook-key",
    }


def test_section_13_effects_name_the_codes_they_bring() -> None:
    triggers: list[AccountEnding | AmountTrigger] = [*ACCOUNT_ENDINGS.values(), *AMOUNTS.values()]
    assert all(trigger.code in trigger.effect for trigger in triggers)
    for ending in ACCOUNT_ENDINGS.values():
        assert ending.new_details == ("new details" in ending.effect)
    for trigger in CARD_AMOUNTS.values():
        assert f"`{trigger.status}`" in trigger.effect
        assert trigger.settles == ("after one minute" in trigger.effect)
