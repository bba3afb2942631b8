"""`smarterpay operations`: the 61 operations of section 6 and which of them are built."""

import json
import subprocess
import sys

import pytest

from smarterpay.api.catalogue import OPERATIONS
from smarterpay.cli.operations import is_served
from smarterpay.sandbox.settings import CARD_BASE

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
def test_section_6_every_operation_is_built_everywhere(
    printed: "subprocess.CompletedProcess[str]", part: str
) -> None:
    missing = [one["operation"] for one in json.loads(printed.stdout) if one[part] is not True]
    assert missing == []


def test_section_6_card_operations_are_told_apart_by_their_payment_type() -> None:
    offered = {
        ("POST", CARD_BASE): frozenset(
            {
                "MOTO",
                "Ecommerce",
                "DeferredMOTO",
                "DeferredEcommerce",
                "AuthenticateMOTO",
                "AuthenticateEcommerce",
            }
        ),
        ("POST", CARD_BASE + "/{id}"): frozenset({"Void", "Repeat"}),
    }
    card = [one for one in OPERATIONS.values() if one.api == "card"]
    served = {one.name for one in card if is_served(one, offered)}
    assert served == {"transaction.register", "transaction.void", "transaction.repeat"}
    offered["POST", CARD_BASE] = frozenset({"MOTO"})
    assert not is_served(OPERATIONS["transaction.register"], offered)


def test_what_the_sandbox_does_not_document_is_not_served() -> None:
    assert not is_served(OPERATIONS["mandate.create"], {})
    assert not is_served(OPERATIONS["transaction.void"], {})


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
