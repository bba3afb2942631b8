"""`smarterpay refund`: stage a file of refunds, or one, show the plan, apply it, report."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

from rich.table import Table

from smarterpay.bacs import BankingCalendar
from smarterpay.cli.applying import apply_batch
from smarterpay.cli.exit_codes import OK, ROWS_REJECTED, for_counts, leave
from smarterpay.cli.money_rows import check_document, checked, rejects_of, staged, typed
from smarterpay.cli.opening import open_journal, read_settings
from smarterpay.cli.printing import batch_document, print_batch, print_json, print_rejects, screen
from smarterpay.cli.services import Services, provider_now, running_services
from smarterpay.cli.who import who_types
from smarterpay.intake.planned_refunds import RefundPlan, Wanted, planned_rows
from smarterpay.intake.refund_file import REFUNDS
from smarterpay.intake.refund_row import RefundRow
from smarterpay.intake.staging import stage_one_refund, stage_refunds
from smarterpay.journal import Journal
from smarterpay.money.pounds import in_pounds
from smarterpay.money.refund_rails import WORDS
from smarterpay.settings import Settings

#: What asks for all that is left of a payment, where an amount is written.
ALL: Final = "all"


def refund_file(file: Path, *, by: str | None, dry_run: bool, as_json: bool) -> NoReturn:
    """Stage and apply `file`, or only show the plan; leaves with the exit code of the outcome.

    `by` is who plans it, and may not approve it. Raises `Failure`.
    """
    settings, planner = read_settings(), who_types(by)
    wanted: list[Wanted] = []
    check = checked(
        file,
        REFUNDS,
        provider_now(settings),
        lambda number, row: wanted.append(Wanted(number, row)),
    )
    plan = _plan(wanted, settings)
    if as_json and dry_run:
        print_json(check_document(check) | plan_document(plan))
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
        batch = staged(stage_refunds, journal, file, check, planner)
        _apply(journal, batch, services, as_json=as_json)


def refund_one(
    cells: Mapping[str, str], *, by: str | None, dry_run: bool, as_json: bool
) -> NoReturn:
    """Pay back the one refund that `cells` describe, by column; as `refund_file` does a file.

    An amount has to be named, or `all`: one left out by mistake must not be all of it.
    """
    settings, planner = read_settings(), who_types(by)
    given = {name: cell for name, cell in cells.items() if (name, cell) != ("amount", ALL)}
    row: RefundRow = typed(REFUNDS, given, provider_now(settings), {})
    plan = _plan([Wanted(0, row)], settings)
    if as_json and dry_run:
        print_json({"rows": 1} | plan_document(plan))
    elif not as_json:
        print_plan(plan)
    if dry_run:
        leave(OK)
    with (
        running_services(settings) as services,
        open_journal(services.settings) as journal,
    ):
        batch = stage_one_refund(journal, row, planned_by=planner)
        _apply(journal, batch, services, as_json=as_json)


def print_plan(plan: RefundPlan) -> None:
    """Pence, calls and minutes, and a table of the ways the money is expected to go back."""
    unread = (
        f", and all that is left of {len(plan.unread)} payments not known here yet, which is read "
        "before anything is sent"
        if plan.unread
        else ""
    )
    screen.print(
        f"To pay back at most: {in_pounds(plan.amount_pence)}{unread}. "
        f"{plan.calls} provider calls, {plan.minutes} minutes at the rate limit."
    )
    expected = Table("Expected", "Rows")
    for way, rows in sorted(plan.expected.items()):
        expected.add_row(way, str(rows))
    screen.print(expected)


def plan_document(plan: RefundPlan) -> dict[str, object]:
    """The plan, for scripts."""
    return plan.told() | {
        "amount_pence_at_most": plan.amount_pence,
        "amounts_to_be_read": len(plan.unread),
    }


def _plan(wanted: list[Wanted], settings: Settings) -> RefundPlan:
    with _journal_so_far(settings) as journal:
        now = provider_now(settings)
        return planned_rows(journal, wanted, settings, BankingCalendar(), now=now)


@contextmanager
def _journal_so_far(settings: Settings) -> Iterator[Journal | None]:
    """The journal, if there is one yet: a dry run makes none."""
    if settings.journal_url is None and not (settings.home / "journal.sqlite").exists():
        yield None
        return
    with open_journal(settings) as journal:
        yield journal


def _apply(journal: Journal, batch_id: str, services: Services, *, as_json: bool) -> NoReturn:
    apply_batch(journal, batch_id, services)
    batch = journal.batches.get(batch_id)
    rails = journal.refunds.by_rail(batch_id)
    if as_json:
        paid_back = {
            rail: {"refunds": count, "amount_pence": pence}
            for rail, (count, pence) in rails.items()
        }
        print_json(
            batch_document(journal.batches, batch)
            | {
                "paid_back": paid_back,
                "flow_run_url": services.flow_run_url(batch.flow_run_id),
            }
        )
    else:
        print_batch(journal.batches, batch)
        for rail, (count, pence) in rails.items():
            screen.print(f"{WORDS[rail]}: {count}, {in_pounds(pence)}.")
    leave(for_counts(journal.batches.counts(batch_id)))
