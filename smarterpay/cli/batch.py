"""`smarterpay batch`: list, show and resume batches, and write rejects to a file."""

import sys
from pathlib import Path

import click

from smarterpay.cli.applying import apply_batch
from smarterpay.cli.exit_codes import Failure, for_counts, leave
from smarterpay.cli.printing import (
    batch_document,
    console,
    print_batch,
    print_json,
    print_rejects,
)
from smarterpay.cli.services import running_services
from smarterpay.intake.rejects_file import write_rejects
from smarterpay.intake.stopped_rows import stopped_columns, stopped_rows
from smarterpay.journal import Journal
from smarterpay.journal.batches import Batch, BatchNotFound, RowState
from smarterpay.settings import Settings

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")


@click.group()
def batch() -> None:
    """List, show and resume batches; print rejects."""


@batch.command(name="list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@json_option
def list_batches(limit: int, as_json: bool) -> None:
    """List the newest batches first."""
    with Journal.open(Settings()) as journal:
        found = journal.batches.list(limit=limit)
        if as_json:
            print_json([batch_document(journal.batches, one) for one in found])
            return
        if not found:
            console.print("No batch yet. `smarterpay onboard FILE` makes one.")
        for one in found:
            print_batch(journal.batches, one)


@batch.command()
@click.argument("batch_id")
@json_option
def show(batch_id: str, as_json: bool) -> None:
    """Show how a batch stands, and every row that stopped."""
    with Journal.open(Settings()) as journal:
        found = _get(journal, batch_id)
        if as_json:
            print_json(batch_document(journal.batches, found))
            return
        print_batch(journal.batches, found)
        rejected = journal.batches.counts(batch_id).get(RowState.REJECTED, 0)
        if rejected:
            print_rejects(journal.batches.each_reject(batch_id), rejected)


@batch.command()
@click.argument("batch_id")
@json_option
def resume(batch_id: str, as_json: bool) -> None:
    """Go on with the rows that are not finished; nothing is created twice.

    Exit codes as of `smarterpay onboard`.
    """
    with running_services(Settings()) as services, Journal.open(services.settings) as journal:
        _get(journal, batch_id)
        apply_batch(journal, batch_id, services)
        found = _get(journal, batch_id)
        if as_json:
            print_json(batch_document(journal.batches, found))
        else:
            print_batch(journal.batches, found)
        leave(for_counts(journal.batches.counts(batch_id)))


@batch.command()
@click.argument("batch_id")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write here instead of to the screen; it holds personal data.",
)
def rejects(batch_id: str, output: Path | None) -> None:
    """Write rejected and refused rows as CSV, to be mended and onboarded again.

    The file has the columns that were read and four more that say what is wrong.
    """
    with Journal.open(Settings()) as journal:
        _get(journal, batch_id)
        columns = stopped_columns(journal, batch_id)
        written = write_rejects(
            output or sys.stdout, stopped_rows(journal, batch_id), columns=columns
        )
        if output:
            console.print(f"{written} rows written to {output}; the file holds personal data")

        if output:
            output.chmod(0o600)
            console.print(f"{written} rows written to {output}; the file holds personal data")


def _get(journal: Journal, batch_id: str) -> Batch:
    try:
        return journal.batches.get(batch_id)
    except BatchNotFound as error:
        raise Failure(str(error)) from error
