"""`smarterpay operations`: the 61 operations of section 6 and which of them are built."""

import json
import subprocess
import sys

import pytest

from smarterpay.api.catalogue import OPERATIONS
from tests.tasks.test_tasks import SECTIONS

KEYS = ("operation", "method", "path", "provenance", "client", "task", "sandbox")


@pytest.fixture(scope="module")
def printed() -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "smarterpay.cli", "operations"]
    return subprocess.run([*command, "--json"], capture_output=True, text=True, check=True)


def test_section_6_61_operations_with_exactly_these_keys(
    printed: "subprocess.CompletedProcess[str]",
) -> None:
    listed = json.loads(printed.stdout)
    assert len(listed) == 61
    assert [tuple(one) for one in listed] == [KEYS] * 61
    assert [one["operation"] for one in listed] == list(OPERATIONS)
    assert {one["provenance"] for one in listed} <= {"D", "R", "A"}


@pytest.mark.parametrize("part", ["client", "task", "sandbox"])
def test_what_is_built_is_the_resources_of_onboarding(
    printed: "subprocess.CompletedProcess[str]", part: str
) -> None:
    listed = json.loads(printed.stdout)
    built = {one["operation"] for one in listed if one[part] is True}
    assert built == {name for name, one in OPERATIONS.items() if one.resource in SECTIONS}
    assert {one[part] for one in listed} == {True, False}


def test_a_line_says_what_the_catalogue_says(
    printed: "subprocess.CompletedProcess[str]",
) -> None:
    (mandate,) = [o for o in json.loads(printed.stdout) if o["operation"] == "mandate.update"]
    assert mandate == {
        "operation": "mandate.update",
        "method": "PUT",
        "path": "/mandate/{id}",
        "provenance": "D",
        "client": True,
        "task": True,
        "sandbox": True,
    }
