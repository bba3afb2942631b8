"""`smarterpay represent`: plans what is presented again, applies a plan, shows a chain."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, NoReturn

from rich.table import Table
from rich.text import Text

from smarterpay.cli.batch import resume_batch
from smarterpay.cli.exit_codes import Failure
from smarterpay.cli.opening import open_journal, read_settings
from smarterpay.cli.printing import SCREEN_ROWS, print_json, screen
from smarterpay.cli.services import running_services
from smarterpay.cli.single_run import run_flow
from smarterpay.cli.who import who_types
from smarterpay.journal import Journal
from smarterpay.journal.batch_kinds import REPRESENTATION
from smarterpay.journal.batches import BatchNotFound
from smarterpay.journal.ledger import ItemNotFound
from smarterpay.journal.presentations import Chain
from smarterpay.money.accounts import ItemKind
from smarterpay.money.pounds import in_pounds
from smarterpay.money.representation_rules import codes_from, pay_days_from, profile_suns_from
from smarterpay.settings import Settings

PLAN_FLOW = "flows.representation:plan_representations"


def plan_representations(
    *, pay_days: str | None, by: str | None, dry_run: bool, as_json: bool
) -> None:
    """Find what may be presented again, print it, and stage it unless `dry_run`.

    `by` is who plans it, and may not approve it. Raises `Failure`.
    """
    settings, planner = read_settings(), who_types(by)
    _refuse_unreadable(settings, pay_days)
    with running_services(settings) as services:
        plan = json.loads(run_flow(services, PLAN_FLOW, planner, pay_days, dry_run).data or "{}")
    if as_json:
        print_json(plan)
    else:
        print_plan(plan, dry_run=dry_run)


def apply_representations(batch_id: str, *, as_json: bool) -> NoReturn:
    """Apply a staged plan; leaves with the exit code of the outcome. Raises `Failure`."""
    with open_journal(read_settings()) as journal:
        try:
            kind = journal.batches.get(batch_id).kind
        except BatchNotFound as error:
            raise Failure(str(error)) from error
    if kind != REPRESENTATION:
        raise Failure(f"{batch_id} presents nothing again; `smarterpay batch show {batch_id}`")
    resume_batch(batch_id, as_json=as_json)


def show_chains(payment: str, *, as_json: bool) -> None:
    """Print every presentation of a payment, by its id or the merchant's reference."""
    with open_journal(read_settings()) as journal:
        chains = _chains(journal, payment)
    if as_json:
        print_json([_document(chain) for chain in chains])
        return
    for chain in chains:
        _print_chain(chain)


def _refuse_unreadable(settings: Settings, pay_days: str | None) -> None:
    """Before anything is started: what a plan would stumble over."""
    if settings.representation_days_after > settings.representation_days_until:
        raise Failure(
            "SMARTERPAY_REPRESENTATION_DAYS_AFTER is larger than SMARTERPAY_REPRESENTATION_DAYS_"
            "UNTIL. Correct the variable."
        )
    for name, read, text in (
        ("--pay-days", pay_days_from, pay_days),
        ("SMARTERPAY_REPRESENTATION_PAY_DAYS", pay_days_from, settings.representation_pay_days),
        ("SMARTERPAY_REPRESENTATION_CODES", codes_from, settings.representation_codes),
        (
            "SMARTERPAY_REPRESENTATION_PROFILE_SUNS",
            profile_suns_from,
            settings.representation_profile_suns,
        ),
    ):
        try:
            read(text or "")
        except ValueError as error:
            raise Failure(f"{name}: {error}") from None


def _chains(journal: Journal, payment: str) -> Sequence[Chain]:
    """The chain of that id, else those of every Direct Debit under that reference."""
    try:
        ids = [journal.ledger.get(payment).id]
    except ItemNotFound:
        ids = [one.id for one in journal.ledger.find(payment, [ItemKind.DIRECT_DEBIT])]
    if not ids:
        raise Failure(
            f"no Direct Debit {payment} is known, by id or reference; the flow `sync-statuses` "
            "takes in what the provider has"
        )
    found = [journal.presentations.chain(one) for one in ids]
    return list({chain.first_item_id: chain for chain in found}.values())


def print_plan(plan: dict[str, Any], *, dry_run: bool) -> None:
    """Print a plan, the document that `--json` gives."""
    table = Table("Payment", "Reference", "Amount", "Collection date", box=None)
    for one in plan["presentations"][:SCREEN_ROWS]:
        amount = in_pounds(one["amount_pence"])
        table.add_row(one["payment"], one["reference"] or "", amount, one["collection_date"])
    screen.print(f"{plan['rows']} to present again, {in_pounds(plan['amount_pence'])}.")
    if plan["presentations"]:
        screen.print(table)
    _print_more(plan["rows"], "payments")
    for reason, count in plan["refused"].items():
        screen.print(f"Not presented again, {reason}: {count}")
    for one in plan["refusals"][:SCREEN_ROWS]:
        screen.print(Text(f"    {one['payment']}: {one['message']}"), soft_wrap=True)
    _print_more(sum(plan["refused"].values()), "refusals; --json has up to 500")
    if plan["left_for_later"]:
        screen.print(f"{plan['left_for_later']} more are for the next plan.")
    if plan["batch"]:
        command = f"smarterpay represent apply {plan['batch']}"
        screen.print(Text(f"Nothing is sent yet. To present them: {command}"), soft_wrap=True)
    elif dry_run and plan["rows"]:
        screen.print("Nothing was staged. Run it again without --dry-run.")


def _print_more(count: int, what: str) -> None:
    if count > SCREEN_ROWS:
        screen.print(f"... and {count - SCREEN_ROWS} more {what}")


def _print_chain(chain: Chain) -> None:
    screen.print(Text(f"{chain.first_item_id}: {chain.result}"))
    table = Table("No", "Payment", "Reference", "Date", "Amount", "Status", "Code", box=None)
    for link in chain.links:
        table.add_row(
            str(link.number or ""),
            link.item_id or "",
            link.reference or "",
            link.collection_date.isoformat() if link.collection_date else "",
            in_pounds(link.amount_pence),
            link.status,
            link.bacs_code or "",
        )
    screen.print(table, soft_wrap=True)


def _document(chain: Chain) -> dict[str, Any]:
    return {
        "first": chain.first_item_id,
        "result": chain.result,
        "presentations": [asdict(link) for link in chain.links],
    }
