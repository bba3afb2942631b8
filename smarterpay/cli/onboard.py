"""`smarterpay onboard`: stage a file of customers, show the plan, apply it, report."""

import math
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NoReturn

from smarterpay.bacs import ModulusTables
from smarterpay.cli.applying import apply_batch
from smarterpay.cli.exit_codes import OK, ROWS_REJECTED, Failure, for_counts, leave
from smarterpay.cli.modulus_tables import tables_document, tables_in_words, tables_of
from smarterpay.cli.opening import open_journal, read_settings
from smarterpay.cli.printing import (
    batch_document,
    print_batch,
    print_json,
    print_rejects,
    progress_bar,
    screen,
)
from smarterpay.cli.services import Services, provider_today, running_services
from smarterpay.intake.row_file import FileCheck, check_file
from smarterpay.intake.staging import ValidationPolicy, stage_customers
from smarterpay.intake.unreadable import UnreadableFile
from smarterpay.journal import Journal
from smarterpay.journal.batches import RowReject
from smarterpay.money.pounds import in_pounds
from smarterpay.settings import Settings

#: Customer account, modulus check, bank account, mandate, recurrence schedule.
CALLS_PER_CUSTOMER = 5


def onboard_file(
    file: Path, validations: Sequence[str], *, dry_run: bool, as_json: bool
) -> NoReturn:
    """Stage and apply `file`, or only show the plan; leaves with the exit code of the outcome.

    `validations` are names of `commands.VALIDATIONS`. Raises `Failure`.
    """
    policy = ValidationPolicy(
        confirmation_of_payee="confirmation-of-payee" in validations,
        open_banking="open-banking" in validations,
    )
    settings = read_settings()
    tables, today = tables_of(settings), provider_today(settings)
    check = _check(file, today, tables)
    plan = _plan(check, policy, settings) | {"modulus_tables": tables_document(tables, today)}
    if as_json and dry_run:
        print_json(plan)
    elif not as_json:
        _print_plan(check, plan)
        screen.print(tables_in_words(tables, today))
    if dry_run:
        leave(ROWS_REJECTED if check.rejected else OK)
    with running_services(settings) as services:
        _onboard(file, policy, services, check, tables, as_json=as_json)


def _onboard(
    file: Path,
    policy: ValidationPolicy,
    services: Services,
    check: FileCheck,
    tables: ModulusTables | None,
    *,
    as_json: bool,
) -> NoReturn:
    with open_journal(services.settings) as journal:
        today = provider_today(services.settings)
        batch_id = stage_as_planned(journal, file, policy, check, today, tables=tables)
        apply_batch(journal, batch_id, services)
        batch = journal.batches.get(batch_id)
        if as_json:
            print_json(
                batch_document(journal.batches, batch)
                | {"flow_run_url": services.flow_run_url(batch.flow_run_id)}
            )
        else:
            print_batch(journal.batches, batch)
        leave(for_counts(journal.batches.counts(batch_id)))


def stage_as_planned(
    journal: Journal,
    file: Path,
    policy: ValidationPolicy,
    check: FileCheck,
    today: date,
    *,
    tables: ModulusTables | None = None,
) -> str:
    """Stage `file`, with a progress bar, if it is still the one whose plan `check` is.

    `tables` are those that `check` was made with: read once, so that no other is put between.
    Returns the batch's id; raises `Failure`.
    """
    with progress_bar() as bar:
        task = bar.add_task("staging", total=check.rows)
        try:
            return stage_customers(
                journal,
                file,
                policy,
                today=today,
                planned_sha256=check.sha256,
                on_rows=lambda rows: bar.update(task, completed=rows),
                tables=tables,
            )
        except UnreadableFile as error:
            raise Failure(str(error)) from error


def _check(file: Path, today: date, tables: ModulusTables | None) -> FileCheck:
    try:
        return check_file(file, today=today, tables=tables)
    except UnreadableFile as error:
        raise Failure(str(error)) from error


def _plan(check: FileCheck, policy: ValidationPolicy, settings: Settings) -> dict[str, object]:
    calls = check.valid * calls_per_customer(policy)
    return {
        "rows": check.rows,
        "valid": check.valid,
        "rejected": check.rejected,
        "rejects": [
            {
                "line": reject.line,
                "reference": reject.reference,
                "column": reject.column,
                "rule": reject.rule,
                "message": reject.message,
            }
            for reject in check.rejects
        ],
        "amount_pence": check.amount_pence,
        "provider_calls": calls,
        "minutes_at_rate_limit": math.ceil(calls / settings.calls_a_minute * 10) / 10,
    }


def calls_per_customer(policy: ValidationPolicy) -> int:
    """Provider calls one good row costs when nothing has to be repeated.

    Open banking adds the read that finds the mandate validated, or still waiting.
    """
    return CALLS_PER_CUSTOMER + policy.confirmation_of_payee + policy.open_banking


def _print_plan(check: FileCheck, plan: dict[str, object]) -> None:
    screen.print(
        f"{check.rows} rows: {check.valid} valid, {check.rejected} rejected. "
        f"One collection of every valid row: {in_pounds(check.amount_pence)}. "
        f"{plan['provider_calls']} provider calls, "
        f"{plan['minutes_at_rate_limit']} minutes at the rate limit."
    )
    rejects = [RowReject(r.line, r.reference, r.column, r.rule, r.message) for r in check.rejects]
    print_rejects(rejects, check.rejected)
