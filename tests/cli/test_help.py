"""Help comes at once: nothing that is slow to import is imported for it."""

import json
import subprocess
import sys

import click
import pytest

from smarterpay.cli import main

SLOW = ("prefect", "sqlalchemy", "alembic", "pydantic", "pydantic_settings", "httpx", "rich")

#: Prints which of the slow modules are loaded once every help was printed.
SCRIPT = """
import contextlib, io, json, sys
from smarterpay.cli import main
for command in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
        main([*command, "--help"], prog_name="smarterpay")
    assert out.getvalue().startswith("Usage: smarterpay"), command
print(json.dumps([name for name in json.loads(sys.argv[2]) if name in sys.modules]))
"""


def commands(group: click.Group, *path: str) -> list[list[str]]:
    """The path of every command and group, the group itself first."""
    found = [list(path)]
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found += commands(command, *path, name)
        else:
            found.append([*path, name])
    return found


def test_the_commands_are_these() -> None:
    assert {" ".join(path) for path in commands(main)} == {
        *("", "demo", "onboard", "collect", "refund", "approvals", "approve", "reject"),
        *("audit", "operations", "modulus", "doctor", "sandbox"),
        *("represent", "represent plan", "represent apply", "represent chain"),
        *("card", "card register", "card status", "card release", "card cancel", "card void"),
        *("card repeat",),
        *("link", "link create", "link status", "link cancel"),
        *("amend", "amend schedule", "amend mandate", "amend bank-account", "amend break"),
        *("amend move-account",),
        *("batch", "batch list", "batch show", "batch resume", "batch rejects"),
        *("intent", "intent show", "intent settle"),
        *("ledger", "ledger day", "ledger batch", "ledger customer", "ledger item"),
        *("ledger check",),
    }


def test_no_help_imports_what_is_slow_to_import() -> None:
    arguments = [json.dumps(commands(main)), json.dumps(SLOW)]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == []


def test_what_a_command_needs_is_slow_to_import_after_all() -> None:
    """Else the test above could not fail."""
    script = "import sys; import smarterpay.cli.onboard; print([*sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    for name in ("sqlalchemy", "pydantic", "httpx", "rich"):
        assert f"'{name}'" in done.stdout
    assert "'prefect'" not in done.stdout


@pytest.mark.parametrize("path", commands(main), ids=" ".join)
def test_every_command_and_option_says_what_it_is_for(path: list[str]) -> None:
    command: click.Command = main
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help or parameter.show_default, parameter.name
