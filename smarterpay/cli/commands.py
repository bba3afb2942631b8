"""The command line as people type it: names, options and help texts; does nothing itself.

What does the work is imported when a command is called, so that `--help` is quick: neither
Prefect nor SQLAlchemy nor pydantic is loaded for it.
"""

# ruff: noqa: PLC0415 - the imports stand in the functions for the reason given above

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

VALIDATIONS = ("modulus", "confirmation-of-payee", "open-banking")

REGISTER_TYPES = (
    "MOTO",
    "Ecommerce",
    "DeferredMOTO",
    "DeferredEcommerce",
    "AuthenticateMOTO",
    "AuthenticateEcommerce",
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")


def _follow_up(command: Callable[..., None]) -> Callable[..., None]:
    """The options of everything that follows on a card payment."""
    for option in (
        json_option,
        click.option("--by", help="Who plans it and may not approve it; your login if left out."),
        click.option("--dry-run", is_flag=True, help="Check the limits; change nothing."),
    ):
        command = option(command)
    return command


class _InThisOrder(click.Group):
    """Lists its commands in the order they stand here, which is the order people need them in."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=_InThisOrder, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="smarterpay-flows")
def main() -> None:
    """Payment operations on SmarterPay: nothing created twice, nothing lost, nothing guessed.

    Settings are SMARTERPAY_* variables; without any, everything runs on the sandbox, and all
    local state lives under SMARTERPAY_HOME (default ~/.smarterpay).
    """


@main.command(short_help="Onboard 60 shipped customers on the sandbox.")
@click.option("--exit", "leave_after", is_flag=True, help="End when done instead of serving on.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document for scripts.")
def demo(leave_after: bool, as_json: bool) -> None:
    """Onboard 60 shipped customers on the sandbox and show the run in the Prefect UI.

    Starts sandbox and Prefect server on free ports, with fresh state under SMARTERPAY_HOME/demo.
    The file holds every kind of bad row and every test value that concerns onboarding. Keeps
    serving until Ctrl-C, unless --exit.
    """
    from smarterpay.cli.demo.command import run_demo

    run_demo(leave_after=leave_after, as_json=as_json)


@main.command(short_help="Onboard a CSV file of customers.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Read the file and show the plan; change nothing.")
@click.option(
    "--validation",
    type=click.Choice(VALIDATIONS),
    multiple=True,
    help="Checks of the bank account; repeatable. The modulus check is always made.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document for scripts.")
def onboard(file: Path, dry_run: bool, validation: tuple[str, ...], as_json: bool) -> None:
    """Onboard a CSV FILE of customers.

    Good rows go on, bad rows are reported with line, column, rule and remedy. Run it again, or
    `smarterpay batch resume`, after any interruption: nothing is created twice.

    Exit codes: 0 all rows onboarded (or valid, with --dry-run); 1 the file cannot be read, or it
    could not be done; 3 some rows were rejected or refused; 4 some rows wait, are unknown or
    need a person.
    """
    from smarterpay.cli.onboard import onboard_file

    onboard_file(file, validation, dry_run=dry_run, as_json=as_json)


@main.command(short_help="Collect a CSV file of payments, or one.")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--reference", help="One collection instead of a file: your own reference of it.")
@click.option(
    "--method", help="direct debit (default), card repeat, deferred release or authorise release."
)
@click.option("--mandate-reference", help="The mandate's AUDDIS reference.")
@click.option("--mandate", help="Or the mandate's id.")
@click.option("--card", help="The card's id.")
@click.option("--payment", help="The payment of the card that the charge rests on.")
@click.option("--amount", help="In pounds, with pence: 25.00.")
@click.option("--date", "collection_date", help="The day to collect on, as YYYY-MM-DD.")
@click.option("--description", help="What is collected.")
@click.option("--dry-run", is_flag=True, help="Show the plan; change nothing.")
@click.option("--by", help="Who plans it and may not approve it; your login if left out.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document for scripts.")
def collect(
    file: Path | None, dry_run: bool, by: str | None, as_json: bool, **cells: str | None
) -> None:
    """Collect a CSV FILE of Direct Debits and card charges, or one that options describe.

    The plan says when the money would come. Above your thresholds it waits for somebody else's
    approval. Run it again, or `smarterpay batch resume`, after any interruption: nothing is
    collected twice.

    Exit codes: 0 all rows ordered (or valid, with --dry-run); 1 the file cannot be read, or it
    could not be done; 3 some rows were rejected or refused; 4 some rows wait, are unknown or
    need a person.
    """
    given = {column: cell for column, cell in cells.items() if cell is not None}
    if (file is None) is (not given):
        raise click.UsageError("give either a FILE or the options of one collection")
    from smarterpay.cli.collect import collect_file, collect_one

    if file is not None:
        collect_file(file, by=by, dry_run=dry_run, as_json=as_json)
    else:
        collect_one(given, by=by, dry_run=dry_run, as_json=as_json)


@main.command(short_help="Refund a CSV file of payments, or one.")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--payment", help="One refund instead of a file: the payment's id.")
@click.option("--payment-reference", help="Or your own reference of the payment.")
@click.option("--amount", help="In pounds, with pence: 25.00; or all, for all that is left.")
@click.option("--reference", help="Your own reference of the refund, at most 18 characters.")
@click.option("--reason", help="Why it is paid back; the provider uses it in e-mails.")
@click.option("--dry-run", is_flag=True, help="Show the plan; change nothing.")
@click.option("--by", help="Who plans it and may not approve it; your login if left out.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document for scripts.")
def refund(
    file: Path | None, dry_run: bool, by: str | None, as_json: bool, **cells: str | None
) -> None:
    """Refund a CSV FILE of payments, or one that options describe.

    Each payment goes back the one way its state allows: void, refund to the card, reservation
    cancelled, Bacs credit, or Direct Debit cancelled; the report says which and why. Above your
    thresholds it waits for somebody else's approval. Run it again, or `smarterpay batch resume`,
    after any interruption: nothing is paid back twice.

    Exit codes: 0 all rows ordered (or valid, with --dry-run); 1 the file cannot be read, or it
    could not be done; 3 some rows were rejected or refused; 4 some rows wait, are unknown or
    need a person.
    """
    given = {column: cell for column, cell in cells.items() if cell is not None}
    if (file is None) is (not given):
        raise click.UsageError("give either a FILE or the options of one refund")
    if file is None and "amount" not in given:
        raise click.UsageError("--amount is missing: name the pounds, or all")
    from smarterpay.cli.refund import refund_file, refund_one

    if file is not None:
        refund_file(file, by=by, dry_run=dry_run, as_json=as_json)
    else:
        refund_one(given, by=by, dry_run=dry_run, as_json=as_json)


@main.group(cls=_InThisOrder, short_help="Present unpaid Direct Debits again, within the rules.")
def represent() -> None:
    """Present unpaid Direct Debits again: the same amount, within the rules of the scheme."""


@represent.command(name="plan")
@click.option("--dry-run", is_flag=True, help="Show the plan; stage nothing.")
@click.option(
    "--pay-days",
    help="Collect just after these: days of the month, or `last` for its last banking day, such as "
    "`28,last`. Instead of the setting.",
)
@click.option("--by", help="Who plans it and may not approve it; your login if left out.")
@json_option
def represent_plan(dry_run: bool, pay_days: str | None, by: str | None, as_json: bool) -> None:
    """Find what may be presented again, say why the rest may not, and stage a batch.

    Nothing is sent: `smarterpay represent apply` does that. A payment is in one plan at a time.
    """
    from smarterpay.cli.represent import plan_representations

    plan_representations(pay_days=pay_days, by=by, dry_run=dry_run, as_json=as_json)


@represent.command(name="apply")
@click.argument("batch_id", metavar="BATCH")
@json_option
def represent_apply(batch_id: str, as_json: bool) -> None:
    """Present the payments of a staged plan again, each once; run it again to resume.

    Above your thresholds it waits for somebody else's approval. Every fact is looked at again
    just before the call.

    Exit codes: 0 all rows ordered; 1 it could not be done; 3 some rows were refused; 4 some rows
    are unknown or need a person.
    """
    from smarterpay.cli.represent import apply_representations

    apply_representations(batch_id, as_json=as_json)


@represent.command(name="chain")
@click.argument("payment")
@json_option
def represent_chain(payment: str, as_json: bool) -> None:
    """Show every presentation of PAYMENT, first to last; by its id or your reference."""
    from smarterpay.cli.represent import show_chains

    show_chains(payment, as_json=as_json)


@main.group(cls=_InThisOrder, short_help="Take a card payment in the payer's browser; follow up.")
def card() -> None:
    """Take a card payment in the payer's browser, then release, cancel, void or repeat it."""


@card.command(name="register")
@click.option("--reference", required=True, help="Your own reference of the payment.")
@click.option("--customer", required=True, help="The customer account's id.")
@click.option("--amount", required=True, help="In pounds, with pence: 25.00.")
@click.option(
    "--type",
    "kind",
    type=click.Choice(REGISTER_TYPES),
    default=REGISTER_TYPES[1],
    show_default=True,
    help="Charge now, reserve (Deferred...) or only verify the card (Authenticate...).",
)
@click.option("--gateway-profile", "profile", help="SMARTERPAY_CARD_GATEWAY_PROFILE if left out.")
@click.option("--description", help="For yourself; the payer never sees it.")
@click.option("--shown-description", "shown", help="What the payer may see of it.")
@json_option
def card_register(reference: str, as_json: bool, **wish: Any) -> None:
    """Register a card payment and print what SmarterPay.js needs in the payer's browser.

    Nothing is charged before the payer completes the form. Asked again for the same reference,
    it registers nothing new and prints the same values; no log or Prefect record holds them.

    Exit codes: 0 registered; 1 it could not be done; 3 refused; 4 unknown or needs a person.
    """
    from smarterpay.cli.card import register

    register(reference, as_json=as_json, **wish)


@card.command(name="status")
@click.argument("reference")
@click.option("--look", is_flag=True, help="Look at the provider first.")
@json_option
def card_status(reference: str, look: bool, as_json: bool) -> None:
    """Show how the card payment registered under REFERENCE stands.

    Exit codes: 0 paid, reserved or verified; 3 declined, cancelled, refused or a gateway error;
    4 it waits, is unknown or needs a person.
    """
    from smarterpay.cli.card import status

    status(reference, look=look, as_json=as_json)


@card.command(name="release")
@click.argument("payment")
@click.option("--reference", required=True, help="Your own reference of the release.")
@click.option("--amount", help="In pounds, with pence; all that is reserved if left out.")
@_follow_up
def card_release(payment: str, reference: str, amount: str | None, **how: Any) -> None:
    """Take what PAYMENT has reserved or authenticated: its id, or the reference it has here.

    Exit codes: 0 released; 1 it could not be done; 3 refused; 4 it waits or is unknown.
    """
    from smarterpay.cli.card import follow_up

    follow_up("release", payment, reference=reference, amount=amount, **how)


@card.command(name="cancel")
@click.argument("payment")
@click.option("--reference", required=True, help="Your own reference of the cancellation.")
@_follow_up
def card_cancel(payment: str, reference: str, **how: Any) -> None:
    """Let go what PAYMENT has reserved or authenticated.

    Exit codes as of `smarterpay card release`.
    """
    from smarterpay.cli.card import follow_up

    follow_up("cancel", payment, reference=reference, amount=None, **how)


@card.command(name="void")
@click.argument("payment")
@click.option("--reference", required=True, help="Your own reference of the void.")
@_follow_up
def card_void(payment: str, reference: str, **how: Any) -> None:
    """Undo PAYMENT in full before it clears; after that `smarterpay refund` pays it back.

    Exit codes as of `smarterpay card release`.
    """
    from smarterpay.cli.card import follow_up

    follow_up("void", payment, reference=reference, amount=None, **how)


@card.command(name="repeat")
@click.argument("payment")
@click.option("--reference", required=True, help="Your own reference of the new charge.")
@click.option("--amount", help="In pounds, with pence; the same again if left out.")
@_follow_up
def card_repeat(payment: str, reference: str, amount: str | None, **how: Any) -> None:
    """Charge the card of PAYMENT once more. Exit codes as of `smarterpay card release`."""
    from smarterpay.cli.card import follow_up

    follow_up("repeat", payment, reference=reference, amount=amount, **how)


@main.group(cls=_InThisOrder, short_help="Create, follow and cancel payment links.")
def link() -> None:
    """Create, follow and cancel links by which one customer pays or signs up on a page."""


@link.command(name="create")
@click.option("--reference", required=True, help="Your own; what the page creates carries it.")
@click.option("--page", "ecommerce_page", required=True, help="The page setup's id.")
@click.option("--customer", "customer_account", help="The customer account's id.")
@click.option("--bank-account", help="A bank account's id, where the page expects one.")
@click.option("--mandate", help="A mandate's id, where the page expects one.")
@click.option("--schedule", "recurrence_schedule", help="A schedule's id, where it expects one.")
@click.option("--amount", help="In pounds, with pence, where the page permits it.")
@click.option("--description", help="What it is for.")
@click.option("--return-url", help="Where the payer goes afterwards: https://...")
@json_option
def link_create(reference: str, amount: str | None, as_json: bool, **named: str | None) -> None:
    """Create a payment link and print its address, which is yours to send.

    Whoever has the address can pay by it. Asked again for the same reference, it creates nothing
    new and prints the same address; no log or Prefect record holds it.

    Exit codes: 0 created; 1 it could not be done; 3 refused; 4 unknown or needs a person.
    """
    from smarterpay.cli.link import create

    create(reference, amount=amount, as_json=as_json, **named)


@link.command(name="status")
@click.argument("reference")
@click.option("--look", is_flag=True, help="Look at the provider first.")
@json_option
def link_status(reference: str, look: bool, as_json: bool) -> None:
    """Show how the link created under REFERENCE stands, and what its page has created.

    Exit codes: 0 completed; 3 expired, cancelled or refused; 4 it waits, is unknown or needs a
    person.
    """
    from smarterpay.cli.link import status

    status(reference, look=look, as_json=as_json)


@link.command(name="cancel")
@click.argument("reference")
@json_option
def link_cancel(reference: str, as_json: bool) -> None:
    """Cancel the link created under REFERENCE; one that has ended stays as it ended.

    Exit codes: 0 cancelled, or completed before; 3 expired or refused; 4 not settled yet.
    """
    from smarterpay.cli.link import cancel

    cancel(reference, as_json=as_json)


def _amendment(command: Callable[..., None]) -> Callable[..., None]:
    """The options of every amendment."""
    for option in (
        json_option,
        click.option("--by", help="Who asks, for the audit trail; your login if left out."),
        click.option(
            "--dry-run", is_flag=True, help="Show what changes and what falls; change nothing."
        ),
        click.option("--reference", required=True, help="Your own reference of the amendment."),
    ):
        command = option(command)
    return command


@main.group(cls=_InThisOrder, short_help="Amend or stop schedules, mandates, accounts, payments.")
def amend() -> None:
    """Amend or stop what collects: schedules, mandates, bank accounts, single payments.

    Each says what changes and what falls with it, happens once under its --reference, and stands
    in the audit trail. Run it again, or `smarterpay batch resume`, after any interruption.

    Exit codes: 0 done (or planned, with --dry-run); 1 it could not be done; 3 refused; 4 it waits,
    is unknown or needs a person.
    """


@amend.command(name="schedule")
@click.argument("schedule")
@click.option("--cancel", is_flag=True, help="Disable it; its pending payments are cancelled.")
@click.option("--end-date", help="The last day of the schedule, as YYYY-MM-DD.")
@click.option("--description", help="What is collected, as the payer is told.")
@click.option("--custom-reference", help="The reference that its payments carry.")
@click.option("--metadata", help="Free text kept with it.")
@click.option("--installments", type=int, help="Of a payment plan: how many, 1 to 12.")
@click.option("--amount", help="In pounds, with pence: a new schedule takes over.")
@click.option("--day", "collection_day", help="1 to 28 or `last day`: a new schedule takes over.")
@click.option(
    "--clear",
    multiple=True,
    type=click.Choice(("end_date", "custom_reference", "metadata")),
    help="Make it empty; repeatable.",
)
@_amendment
def amend_schedule(
    cancel: bool, end_date: str | None, amount: str | None, by: str | None, **given: Any
) -> None:
    """Change SCHEDULE, or cancel it.

    The provider cannot change an amount or a day: the old schedule then ends before the first
    collection that a new one makes, and what it has made already is collected as it is.
    """
    from smarterpay.cli.amend import amend as carry_out
    from smarterpay.cli.amend import day_of
    from smarterpay.cli.journeys import pence_of
    from smarterpay.intake.amendment_row import ScheduleCancellation, ScheduleChange

    how = {name: given.pop(name) for name in ("dry_run", "as_json")}
    wanted = {
        **given,
        "end_date": day_of(end_date),
        "amount_pence": None if amount is None else pence_of(amount),
    }
    if not cancel:
        carry_out(ScheduleChange, wanted, by=by, **how)
    if any(wanted[name] not in (None, ()) for name in wanted if name not in _NAMING):
        raise click.UsageError("--cancel goes with no change")
    named = {name: wanted[name] for name in _NAMING}
    carry_out(ScheduleCancellation, named, by=by, **how)


_NAMING = ("schedule", "reference")


@amend.command(name="mandate")
@click.argument("action", type=click.Choice(("hold", "release", "cancel")))
@click.argument("mandate")
@click.option(
    "--to",
    type=click.Choice(("new instruction", "first collection", "ongoing collection")),
    help="release: the status to return to, if it was not put on hold here.",
)
@_amendment
def amend_mandate(action: str, to: str | None, by: str | None, **given: Any) -> None:
    """Put MANDATE on hold, release it to the status it had before, or cancel it.

    Cancelling it cancels its pending payments and credits and ends its schedules: the plan lists
    them, and afterwards what fell is compared with it.
    """
    from smarterpay.cli.amend import amend as carry_out
    from smarterpay.intake.amendment_row import MandateCancellation, MandateHold, MandateRelease

    if to is not None and action != "release":
        raise click.UsageError("--to goes with release only")
    how = {name: given.pop(name) for name in ("dry_run", "as_json")}
    if action == "hold":
        carry_out(MandateHold, given, by=by, **how)
    if action == "release":
        carry_out(MandateRelease, {**given, "to": to}, by=by, **how)
    carry_out(MandateCancellation, given, by=by, **how)


@amend.command(name="bank-account")
@click.argument("action", type=click.Choice(("disable", "enable")))
@click.argument("bank_account")
@_amendment
def amend_bank_account(action: str, by: str | None, **given: Any) -> None:
    """Disable BANK_ACCOUNT, or enable it again.

    Nothing falls with it: the plan lists the mandates, payments and credits that run on.
    """
    from smarterpay.cli.amend import amend as carry_out
    from smarterpay.intake.amendment_row import BankAccountDisabling, BankAccountEnabling

    how = {name: given.pop(name) for name in ("dry_run", "as_json")}
    kind = BankAccountDisabling if action == "disable" else BankAccountEnabling
    carry_out(kind, given, by=by, **how)


@amend.command(name="break")
@click.argument("payment")
@click.option("--undo", is_flag=True, help="Collect it after all, while it is pending.")
@click.option("--amount", help="--undo: pounds with pence, if the break was not made here.")
@_amendment
def amend_break(undo: bool, amount: str | None, by: str | None, **given: Any) -> None:
    """Collect nothing for PAYMENT, one pending payment of a schedule (a payment break)."""
    from smarterpay.cli.amend import amend as carry_out
    from smarterpay.cli.journeys import pence_of
    from smarterpay.intake.amendment_row import PaymentBreak, PaymentBreakUndone

    how = {name: given.pop(name) for name in ("dry_run", "as_json")}
    if undo:
        pence = None if amount is None else pence_of(amount)
        carry_out(PaymentBreakUndone, {**given, "amount_pence": pence}, by=by, **how)
    if amount is not None:
        raise click.UsageError("--amount goes with --undo only")
    carry_out(PaymentBreak, given, by=by, **how)


@amend.command(name="move-account")
@click.argument("mandate")
@click.option("--mandate-reference", help="AUDDIS reference of the new mandate.")
@click.option(
    "--account-file",
    type=click.Path(path_type=Path),
    help="JSON with account_name, sort_code and account_number; - reads standard input. Asked for "
    "at the terminal if left out.",
)
@_amendment
def amend_move_account(account_file: Path | None, by: str | None, **given: Any) -> None:
    """Move the payer of MANDATE to another bank account, schedules and all.

    A new mandate is made first; when it stands, new schedules take over from the old ones, date
    for date; when nothing on the old mandate is under way any more, it is cancelled. In between it
    waits without holding anything: run it again, or `smarterpay batch resume`.
    """
    from smarterpay.cli.amend import move_account

    how = {name: given.pop(name) for name in ("dry_run", "as_json")}
    move_account(given, account_file, by=by, **how)


@main.group(cls=_InThisOrder, short_help="List, show and resume batches; print rejects.")
def batch() -> None:
    """List, show and resume batches; print rejects."""


@batch.command(name="list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@json_option
def batch_list(limit: int, as_json: bool) -> None:
    """List the newest batches first."""
    from smarterpay.cli.batch import list_batches

    list_batches(limit, as_json=as_json)


@batch.command(name="show")
@click.argument("batch_id")
@json_option
def batch_show(batch_id: str, as_json: bool) -> None:
    """Show how a batch stands, and every row that stopped."""
    from smarterpay.cli.batch import show_batch

    show_batch(batch_id, as_json=as_json)


@batch.command(name="resume")
@click.argument("batch_id")
@json_option
def batch_resume(batch_id: str, as_json: bool) -> None:
    """Go on with the rows that are not finished; nothing is created twice.

    Exit codes as of `smarterpay onboard`.
    """
    from smarterpay.cli.batch import resume_batch

    resume_batch(batch_id, as_json=as_json)


@batch.command(name="rejects")
@click.argument("batch_id")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write here instead of to the screen; it holds personal data.",
)
def batch_rejects(batch_id: str, output: Path | None) -> None:
    """Write rejected and refused rows as CSV, to be mended and onboarded again.

    The file has the columns that were read and those that say what is wrong.
    """
    from smarterpay.cli.batch import write_stopped_rows

    write_stopped_rows(batch_id, output)


@main.group(cls=_InThisOrder, short_help="Show what became of a write; decide on one.")
def intent() -> None:
    """Show what became of a write, try by try; decide on one that needs a person."""


@intent.command(name="show")
@click.argument("reference")
@json_option
def intent_show(reference: str, as_json: bool) -> None:
    """Show every write made for REFERENCE (or for one intent id), with each HTTP exchange."""
    from smarterpay.cli.intent import show_intents

    show_intents(reference, as_json=as_json)


@intent.command(name="settle")
@click.argument("intent_id")
@click.option("--adopt", "record_id", help="The record that was found at the provider.")
@click.option("--not-created", is_flag=True, help="Nothing was created: send it under a new key.")
@click.option("--give-up", is_flag=True, help="Nothing was created, and nothing shall be.")
@click.option("--by", required=True, help="Who decides; kept in the journal and the audit trail.")
def intent_settle(
    intent_id: str, record_id: str | None, not_created: bool, give_up: bool, by: str
) -> None:
    """Decide on a write that needs a person: look at the provider's portal first.

    INTENT_ID is what `smarterpay intent show` prints. Give --adopt with the id of the record
    that this write created, or --not-created if you are certain that it created none. Where it
    should not be sent again either, say --give-up, also of a write that was never sent: a refund
    then lets go of the pence it holds when its batch is resumed.
    """
    if [record_id is not None, not_created, give_up].count(True) != 1:
        raise click.UsageError("give one of --adopt RECORD, --not-created and --give-up")
    from smarterpay.cli.intent import settle_intent

    settle_intent(intent_id, record_id=record_id, by=by, give_up=give_up)


@main.command(short_help="List the plans that ask for approval.")
@json_option
def approvals(as_json: bool) -> None:
    """List the plans that ask for a second person's approval, the oldest request first."""
    from smarterpay.cli.approval import list_approvals

    list_approvals(as_json=as_json)


by_option = click.option("--by", help="Who decides; your login if not given.")
note_option = click.option("--note", default="", help="Why; no names or account numbers.")


@main.command(short_help="Approve a plan; whoever planned it may not.")
@click.argument("plan")
@by_option
@note_option
def approve(plan: str, by: str | None, note: str) -> None:
    """Approve a PLAN, by its digest (12 characters or more) or by the batch it is for.

    The run that waits goes on. Whoever planned it may not decide on it; a request expires; and an
    approval is for the plan as it was shown: another plan asks anew.
    """
    from smarterpay.cli.approval import decide_on
    from smarterpay.journal.approval_requests import Decision

    decide_on(plan, Decision.APPROVED, by=by, note=note)


@main.command(short_help="Reject a plan, for good.")
@click.argument("plan")
@by_option
@note_option
def reject(plan: str, by: str | None, note: str) -> None:
    """Reject a PLAN, by its digest (12 characters or more) or by the batch it is for.

    It can be applied no more, and its rows stay as they were staged. Whoever planned it may not
    decide on it.
    """
    from smarterpay.cli.approval import decide_on
    from smarterpay.journal.approval_requests import Decision

    decide_on(plan, Decision.REJECTED, by=by, note=note)


@main.command(short_help="Who did what, when, to what.")
@click.option("--subject", help="Only of this batch, plan or reference.")
@click.option("--actor", help="Only by this person or program.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only from this London date on.")
@click.option("--verify", is_flag=True, help="Check the whole chain of digests instead.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object for each line.")
def audit(
    subject: str | None, actor: str | None, since: datetime | None, verify: bool, as_json: bool
) -> None:
    """Print the audit trail: who did what, when, to what.

    Every line carries the digest of the one before it. --verify reads them all and names the
    first that is not as it was written; keep the digest it prints last where nobody can change
    it. Exit code 1 if a line was changed.
    """
    from smarterpay.cli.audit import print_trail, verify_trail

    if verify:
        verify_trail()
    else:
        day = since.date() if since else None
        print_trail(subject=subject, actor=actor, since=day, as_json=as_json)


@main.group(cls=_InThisOrder, short_help="Answer for every penny: by day, batch, customer, item.")
def ledger() -> None:
    """Answer for every penny: what was expected, collected, returned, claimed back, refunded.

    From the journal, as last seen at the provider; the flow `sync-statuses` keeps it up to date.
    """


@ledger.command(name="day")
@click.argument("day", metavar="[DATE]", required=False, type=click.DateTime(["%Y-%m-%d"]))
@click.option(
    "--csv",
    "csv_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write every entry of the day to this file besides.",
)
@json_option
def ledger_day(day: datetime | None, csv_file: Path | None, as_json: bool) -> None:
    """Show what was entered on DATE (a London date, today by default), and every balance."""
    from smarterpay.cli.ledger import show_day

    show_day(None if day is None else day.date(), csv_file, as_json=as_json)


@ledger.command(name="batch")
@click.argument("batch_id")
@json_option
def ledger_batch(batch_id: str, as_json: bool) -> None:
    """Show what became of the money that a batch ordered."""
    from smarterpay.cli.ledger import show_batch

    show_batch(batch_id, as_json=as_json)


@ledger.command(name="customer")
@click.argument("customer_id")
@json_option
def ledger_customer(customer_id: str, as_json: bool) -> None:
    """Show the money of one customer; CUSTOMER_ID is the customer account's id."""
    from smarterpay.cli.ledger import show_customer

    show_customer(customer_id, as_json=as_json)


@ledger.command(name="item")
@click.argument("item_id")
@json_option
def ledger_item(item_id: str, as_json: bool) -> None:
    """Show a payment, credit or card payment with every entry; by its id or your reference."""
    from smarterpay.cli.ledger import show_items

    show_items(item_id, as_json=as_json)


@ledger.command(name="check")
@json_option
def ledger_check(as_json: bool) -> None:
    """Check what no database constraint can hold; list breaks, and readings in doubt.

    Exit codes: 0 all is well; 1 a rule is broken; 4 no rule is, but readings are in doubt.
    """
    from smarterpay.cli.ledger import check_ledger

    check_ledger(as_json=as_json)


@main.command(short_help="List the operations of both APIs.")
@json_option
def operations(as_json: bool) -> None:
    """List the 61 operations of both APIs, with provenance and what is built.

    Provenance: D documented, R resolved from contradictory wording, A assumed.
    """
    from smarterpay.cli.operations import list_operations

    list_operations(as_json=as_json)


@main.command(short_help="Check a list of account numbers.")
@click.option(
    "--file",
    required=True,
    type=click.Path(path_type=Path),
    help="CSV with columns sort_code and account_number; - reads standard input.",
)
@json_option
def modulus(file: Path, as_json: bool) -> None:
    """Check whether account numbers can exist at their sort codes; nothing is sent.

    By the tables of the modulus check that SMARTERPAY_MODULUS_WEIGHTS names, else by format
    rules only. Prints line numbers and verdicts, never a number of the file.

    Exit codes: 0 none is invalid; 1 the file or a table cannot be read; 3 some are invalid.
    """
    from smarterpay.cli.modulus import check_list

    check_list(file, as_json=as_json)


@main.command(short_help="Check settings, journal, Prefect and provider.")
@json_option
def doctor(as_json: bool) -> None:
    """Check settings, journal, Prefect, provider, clocks and the tables of the modulus check.

    Exit code 1 if one is not well.
    """
    from smarterpay.cli.doctor import run_checks

    run_checks(as_json=as_json)


@main.command(short_help="Run the stand-in SmarterPay.")
@click.option(
    "--port",
    default=8765,
    show_default=True,
    envvar="SMARTERPAY_SANDBOX_PORT",
    show_envvar=True,
    help="0 picks a free port.",
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--state",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Keep the books in this file across restarts.",
)
@click.option("--tls", is_flag=True, help="Serve https with a certificate made on the spot.")
@click.option("--seed", default=1, show_default=True, help="Ids and keys follow from it.")
def sandbox(port: int, host: str, state: Path | None, tls: bool, seed: int) -> None:
    """Run the stand-in SmarterPay: both APIs, no credentials needed.

    The bearer token is `sandbox-key`. Docs at /docs, the OpenAPI document at /openapi.json,
    control calls (clock, faults, settings, books) under /_sandbox/.
    """
    from smarterpay.sandbox.server import main as serve

    serve(port, host=host, state=state, tls=tls, seed=seed)
