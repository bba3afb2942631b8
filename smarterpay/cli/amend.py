"""`smarterpay amend`: show what an amendment changes and what falls with it, carry it out.

A dry run reads the provider and changes nothing, in the journal neither.
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
from pydantic import ValidationError
from rich.text import Text

from flows.amendment_plans import Planner
from flows.row_outcomes import RowStopped
from smarterpay.api import ApiError, TransportError
from smarterpay.cli.applying import apply_batch
from smarterpay.cli.exit_codes import OK, ROWS_REJECTED, Failure, for_counts, leave
from smarterpay.cli.opening import open_journal, read_settings
from smarterpay.cli.printing import batch_document, print_batch, print_json, screen
from smarterpay.cli.services import Services, running_services
from smarterpay.cli.who import who_types
from smarterpay.intake.amendment_row import AccountMove, AmendmentRow
from smarterpay.intake.amendment_staging import ReferenceTaken, stage_amendment
from smarterpay.intake.bank_details import read_account_number, read_sort_code
from smarterpay.intake.rules import BrokenRule
from smarterpay.journal import Journal
from smarterpay.money.amendments import Affected, AmendmentPlan, Fate
from smarterpay.money.pounds import in_pounds
from smarterpay.orchestration.holdings import Holdings
from smarterpay.orchestration.runtime import clients, rate_budget
from smarterpay.settings import Settings

#: What of a new bank account is asked for, and in which words.
_ASKED = {
    "account_name": "Account holder",
    "sort_code": "Sort code",
    "account_number": "Account number",
}
_HEADINGS = {
    Fate.CHANGES: "Changes",
    Fate.FALLS: "Falls",
    Fate.STAYS: "Stays",
    Fate.MOVES: "Moves to the new schedule",
    Fate.BECOMES: "Is to be collected",
    Fate.MADE: "Is made",
}
#: Lines shown of each kind; `--json` has them all.
_SHOWN = 6
W = TypeVar("W", bound=AmendmentRow)


def amend(
    kind: type[W], fields: Mapping[str, Any], *, by: str | None, dry_run: bool, as_json: bool
) -> NoReturn:
    """Carry out the amendment that `fields` describe, or only show its plan; leaves with the exit
    code of the outcome. `by` is who asks, for the audit trail. Raises `Failure`."""
    given = {name: value for name, value in fields.items() if value not in (None, ())}
    wish = _wish(kind, {**given, "by": who_types(by)})
    with (
        running_services(read_settings()) as services,
        open_journal(services.settings) as journal,
    ):
        if dry_run:
            _show_plan(services.settings, journal, wish, as_json=as_json)
        _carry_out(services, journal, wish, as_json=as_json)


def move_account(
    fields: Mapping[str, Any],
    account_file: Path | None,
    *,
    by: str | None,
    dry_run: bool,
    as_json: bool,
) -> NoReturn:
    """As `amend`, with the new account read from a JSON file, or asked for at the terminal.

    It is never a word of the command line, which other users of the machine can read.
    """
    told = _account_from(account_file) if account_file is not None else _account_asked_for()
    try:
        account = {
            "account_name": told["account_name"],
            "sort_code": read_sort_code(told["sort_code"]),
            "account_number": read_account_number(told["account_number"]),
        }
    except BrokenRule as error:
        raise Failure(f"the new account breaks the rule {error.slug}; correct it") from None
    amend(AccountMove, {**fields, **account}, by=by, dry_run=dry_run, as_json=as_json)


def day_of(text: str | None) -> date | None:
    """A date as typed; raises `Failure`."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Failure("a date is written YYYY-MM-DD") from None


def _wish(kind: type[W], fields: Mapping[str, Any]) -> W:
    try:
        return kind(**fields)
    except ValidationError as error:
        told = "; ".join(
            " ".join(filter(None, (".".join(map(str, one["loc"])), one["msg"])))
            for one in error.errors(include_input=False, include_url=False, include_context=False)
        )
        raise Failure(f"{told}. Correct it and run again.") from None


def _account_from(path: Path) -> Mapping[str, str]:
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text("utf-8")
        told = json.loads(text)
    except (OSError, ValueError) as error:
        raise Failure(f"the account file cannot be read ({type(error).__name__})") from None
    if not isinstance(told, dict) or not all(isinstance(told.get(one), str) for one in _ASKED):
        raise Failure(f"the account file is a JSON object with the texts {', '.join(_ASKED)}")
    return told


def _account_asked_for() -> Mapping[str, str]:
    return {
        name: click.prompt(words, err=True, hide_input=name != "account_name")
        for name, words in _ASKED.items()
    }


def _show_plan(
    settings: Settings, journal: Journal, wish: AmendmentRow, *, as_json: bool
) -> NoReturn:
    try:
        plan = asyncio.run(_planned(settings, journal, wish))
    except RowStopped as stop:
        if as_json:
            print_json({"reason": stop.reason, "message": stop.message})
        else:
            screen.print(Text(f"Refused: {stop.message} ({stop.reason})"))
        leave(ROWS_REJECTED)
    except (ApiError, TransportError) as error:
        raise Failure(f"the provider could not be read ({type(error).__name__})") from None
    if as_json:
        print_json(_document(plan))
    else:
        print_plan(plan)
    leave(OK)


async def _planned(settings: Settings, journal: Journal, wish: AmendmentRow) -> AmendmentPlan:
    budget = rate_budget(settings, journal)
    async with clients(settings, journal, budget) as (cloud, _):
        return await Planner(Holdings(cloud), journal, settings).plan(wish)


def _carry_out(
    services: Services, journal: Journal, wish: AmendmentRow, *, as_json: bool
) -> NoReturn:
    try:
        batch_id = stage_amendment(journal, wish)
    except ReferenceTaken as error:
        raise Failure(str(error)) from None
    apply_batch(journal, batch_id, services)
    batch = journal.batches.get(batch_id)
    kept = batch.policy.get("plan")
    plan = None if kept is None else AmendmentPlan.from_document(kept)
    (row,) = journal.batches.each_row(batch_id)
    if as_json:
        print_json(
            batch_document(journal.batches, batch)
            | {
                "plan": None if plan is None else _document(plan),
                "step": row.step,
                "reason": row.reason,
                "message": row.message,
                "record_ids": dict(row.record_ids),
                "flow_run_url": services.flow_run_url(batch.flow_run_id),
            }
        )
    else:
        if plan is not None:
            print_plan(plan)
        print_batch(journal.batches, batch)
    leave(for_counts(journal.batches.counts(batch_id)))


def print_plan(plan: AmendmentPlan) -> None:
    """What an amendment changes, and what falls, stays or moves with it."""
    screen.print(Text(f"{plan.what} {plan.subject}, {plan.reference}"))
    for fate, heading in _HEADINGS.items():
        affected = plan.with_fate(fate)
        for one in affected[:_SHOWN]:
            screen.print(Text(f"  {heading}: {_in_words(one)}"), soft_wrap=True)
        if len(affected) > _SHOWN:
            screen.print(f"  {heading}: ... and {len(affected) - _SHOWN} more")
    if plan.falling_pence:
        screen.print(
            f"Payments, credits and collections that fall: {in_pounds(plan.falling_pence)}"
        )
    for told in plan.told:
        screen.print(Text(told))


def _in_words(one: Affected) -> str:
    amount = None if one.amount_pence is None else in_pounds(one.amount_pence)
    day = None if one.on is None else one.on.isoformat()
    parts = (one.record, one.id, one.reference, amount, day, f"({one.note})" if one.note else "")
    return "  ".join(filter(None, parts))


def _document(plan: AmendmentPlan) -> dict[str, Any]:
    """The plan for scripts; what had fallen long before is no part of it."""
    return {name: value for name, value in plan.document().items() if name != "known"}
