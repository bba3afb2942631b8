"""`smarterpay collect`: stage a file of collections, or one, show the plan, apply it, report."""

from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from rich.table import Table

from smarterpay.cli.applying import apply_batch
from smarterpay.cli.exit_codes import OK, ROWS_REJECTED, Failure, for_counts, leave
from smarterpay.cli.money_rows import check_document, checked, rejects_of, staged, typed
from smarterpay.cli.opening import open_journal, read_settings
from smarterpay.cli.printing import (
    batch_document,
    print_batch,
    print_json,
    print_rejects,
    screen,
)
from smarterpay.cli.services import Services, provider_now, running_services
from smarterpay.cli.who import who_types
from smarterpay.intake.collection_file import COLLECTIONS
from smarterpay.intake.collection_row import CollectionRow
from smarterpay.intake.planned_collections import planned_rows, wanted_of
from smarterpay.intake.staging import RowNotStaged, stage_collections, stage_one_collection
from smarterpay.journal import Journal
from smarterpay.journal.batch_items import BatchItems, items_of_batch
from smarterpay.money.collection_plan import CollectionPlan, Wanted
from smarterpay.money.pounds import in_pounds

#: What an option is called that fills a column of another name.
_OPTIONS = {"collection_date": "date"}


def collect_file(file: Path, *, by: str | None, dry_run: bool, as_json: bool) -> NoReturn:
    """Stage and apply `file`, or only show the plan; leaves with the exit code of the outcome.

    `by` is who plans it, and may not approve it. Raises `Failure`.
    """
    settings, planner = read_settings(), who_types(by)
    now = provider_now(settings)
    wanted: list[Wanted] = []
    check = checked(
        file, COLLECTIONS, now, lambda number, row: wanted.append(wanted_of(number, row))
    )
    plan = planned_rows(wanted, settings, now=now)
    if as_json and dry_run:
        print_json(check_document(check) | plan.told())
    elif not as_json:
        screen.print(f"{check.rows} rows: {check.valid} valid, {check.rejected} rejected.")
        print_plan(plan)
        print_rejects(rejects_of(check), check.rejected)
    if dry_run:
        leave(ROWS_REJECTED if check.rejected else OK)
    with (
        running_services(settings) as services,
        open_journal(services.settings) as journal,
    ):
        batch = staged(stage_collections, journal, file, check, planner)
        _apply(journal, batch, services, as_json=as_json)


def collect_one(
    cells: Mapping[str, str], *, by: str | None, dry_run: bool, as_json: bool
) -> NoReturn:
    """Order the one collection that `cells` describe, by column; as `collect_file` does a file."""
    settings, planner = read_settings(), who_types(by)
    now = provider_now(settings)
    row: CollectionRow = typed(COLLECTIONS, cells, now, _OPTIONS)
    plan = planned_rows([wanted_of(0, row)], settings, now=now)
    if as_json and dry_run:
        print_json({"rows": 1, "amount_pence": plan.amount_pence} | plan.told())
    elif not as_json:
        print_plan(plan)
    if dry_run:
        leave(OK)
    with (
        running_services(settings) as services,
        open_journal(services.settings) as journal,
    ):
        try:
            batch = stage_one_collection(journal, row, planned_by=planner)
        except RowNotStaged as error:
            raise Failure(str(error)) from error
        _apply(journal, batch, services, as_json=as_json)


def print_plan(plan: CollectionPlan) -> None:
    """Pence, calls and minutes, and a table of when the money would come."""
    ways = [
        f", {plan.creates} one by one" if plan.creates else "",
        f", in {plan.bulk_creates} bulk calls" if plan.bulk_creates else "",
        f", {plan.charges} card charges" if plan.charges else "",
    ]
    screen.print(
        f"To collect: {in_pounds(plan.amount_pence)}{''.join(ways)}. "
        f"{plan.calls} provider calls, {plan.minutes} minutes at the rate limit."
    )
    expected = Table("Expected on", "Rows", "Amount")
    for one in plan.expected:
        day = "card, charged at once" if one.on is None else one.on.isoformat()
        expected.add_row(day, str(one.rows), in_pounds(one.amount_pence))
    screen.print(expected)
    for shift in plan.shifts:
        screen.print(
            f"{shift.rows} asked for {shift.asked_on} would be collected on {shift.moved_to} "
            f"({in_pounds(shift.amount_pence)})."
        )


def _apply(journal: Journal, batch_id: str, services: Services, *, as_json: bool) -> NoReturn:
    apply_batch(journal, batch_id, services)
    batch = journal.batches.get(batch_id)
    moved = [one for one in items_of_batch(journal.database, batch_id) if one.is_moved]
    if as_json:
        print_json(
            batch_document(journal.batches, batch)
            | {
                "moved": [_moved_document(one) for one in moved],
                "flow_run_url": services.flow_run_url(batch.flow_run_id),
            }
        )
    else:
        print_batch(journal.batches, batch)
        for one in moved:
            screen.print(
                f"{one.rows} asked for {one.asked_on}: the provider collects them on {one.due_on} "
                f"({in_pounds(one.amount_pence)})."
            )
    leave(for_counts(journal.batches.counts(batch_id)))


def _moved_document(one: BatchItems) -> dict[str, object]:
    return {
        "asked_on": one.asked_on,
        "collected_on": one.due_on,
        "rows": one.rows,
        "amount_pence": one.amount_pence,
    }
