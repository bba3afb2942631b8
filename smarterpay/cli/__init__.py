"""The `smarterpay` command: parses what a person types and prints what they need; no rules here.

Every subcommand's module is imported when it is called, so that `--help` is quick.

Exit codes: 0 all done; 1 it could not be done (unreadable file, journal or provider out of reach);
2 wrong usage; 3 done, but some rows were rejected or refused; 4 done as far as it goes, some rows
wait, are unknown or need a person: resume the batch.
"""

from importlib import import_module

import click

#: Command -> where it stands. Help texts stand here too, so that listing them imports nothing.
_COMMANDS = {
    "demo": ("smarterpay.cli.demo:demo", "Onboard 60 shipped customers on the sandbox."),
    "onboard": ("smarterpay.cli.onboard:onboard", "Onboard a CSV file of customers."),
    "batch": ("smarterpay.cli.batch:batch", "List, show and resume batches; print rejects."),
    "intent": ("smarterpay.cli.intent:intent", "Show what became of a write, try by try."),
    "operations": ("smarterpay.cli.operations:operations", "List the operations of both APIs."),
    "doctor": ("smarterpay.cli.doctor:doctor", "Check settings, journal, Prefect and provider."),
    "sandbox": ("smarterpay.cli.sandbox:sandbox", "Run the stand-in SmarterPay."),
}


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="smarterpay-flows")
def main() -> None:
    """Payment operations on SmarterPay: nothing created twice, nothing lost, nothing guessed.

    Settings are SMARTERPAY_* variables; without any, everything runs on the sandbox, and all
    local state lives under SMARTERPAY_HOME (default ~/.smarterpay).
    """
