"""`smarterpay batch`: list, show and resume batches, and write rejects to a file."""

import sys
from pathlib import Path
from typing import NoReturn

from smarterpay.cli.applying import apply_batch
from smarterpay.cli.exit_codes import Failure, for_counts, leave
from smarterpay.cli.opening import open_journal, read_settings
from smarterpay.cli.printing import (
    batch_document,
    console,
    print_batch,
    print_batch_line,
    print_json,
    print_rejects,
    screen,
)
from smarterpay.cli.services import running_services
from smarterpay.intake.rejects_file import write_rejects
from smarterpay.intake.stopped_rows import NotFromAFile, stopped_columns, stopped_rows
from smarterpay.journal import Journal
from smarterpay.journal.batches import Batch, BatchNotFound, RowState


def list_batches(limit: int, *, as_json: bool) -> None:
    """Print the newest batches first, at most `limit`."""
    with open_journal(read_settings()) as journal:
        found = journal.batches.list(limit=limit)
        if as_json:
            print_json([batch_document(journal.batches, one) for one in found])
            return
        if not found:
            screen.print("No batch yet. `smarterpay onboard FILE` makes one.")
        for one in found:
            print_batch_line(journal.batches, one)


def show_batch(batch_id: str, *, as_json: bool) -> None:
    """Print how a batch stands, and every row that stopped."""
    with open_journal(read_settings()) as journal:
        found = _get(journal, batch_id)
        if as_json:
            print_json(batch_document(journal.batches, found))
            return
        print_batch(journal.batches, found)
        rejected = journal.batches.counts(batch_id).get(RowState.REJECTED, 0)
        if rejected:
            print_rejects(journal.batches.each_reject(batch_id), rejected)


def resume_batch(batch_id: str, *, as_json: bool) -> NoReturn:
    """Apply what is left of a batch; leaves with the exit code of the outcome."""
    with running_services(read_settings()) as services, open_journal(services.settings) as journal:
        _get(journal, batch_id)
        apply_batch(journal, batch_id, services)
        found = _get(journal, batch_id)
        if as_json:
            print_json(batch_document(journal.batches, found))
        else:
            print_batch(journal.batches, found)
        leave(for_counts(journal.batches.counts(batch_id)))


def write_stopped_rows(batch_id: str, output: Path | None) -> None:
    """Write rejected and refused rows as CSV: personal data."""
    with open_journal(read_settings()) as journal:
        _get(journal, batch_id)
        try:
            columns = stopped_columns(journal, batch_id)
        except NotFromAFile as error:
            raise Failure(str(error)) from error
        written = write_rejects(
            output or sys.stdout, stopped_rows(journal, batch_id), columns=columns
        )
        if output:
            console.print(f"{written} rows written to {output}; the file holds personal data")


def _get(journal: Journal, batch_id: str) -> Batch:
    try:
        return journal.batches.get(batch_id)
    except BatchNotFound as error:
        raise Failure(str(error)) from error
