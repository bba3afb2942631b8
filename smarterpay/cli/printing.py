"""How the command prints: consoles, money, rejects and batch summaries; nothing personal."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby, islice
from typing import Any

import click
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from smarterpay.journal.batch_kinds import KINDS, outcome_words, outcomes_in_words
from smarterpay.journal.batches import Batch, Batches, RowReject, RowState, unfinished

#: What was asked for: standard output, so that it can be piped.
screen = Console(highlight=False)
#: What is going on meanwhile.
console = Console(stderr=True, highlight=False)

#: Lines of a table on the screen; the whole list is a command away.
SCREEN_ROWS = 40


def print_json(document: Any) -> None:
    """One JSON document on standard output."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False, default=str))


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A progress bar that counts rows; plain lines where the screen is no terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=False) as progress:
        yield progress


def print_rejects(rejects: Iterable[RowReject], rows: int) -> None:
    """Why rows were rejected, the first `SCREEN_ROWS` of them, out of `rows` rejected rows.

    `rejects` come in file order. No table: a message in a narrow column cannot be read.
    """
    shown = 0
    for line, reasons in groupby(rejects, key=lambda reject: reject.line):
        if shown == SCREEN_ROWS:
            break
        shown += 1
        for reject in reasons:
            where = (f"line {line}", reject.reference, reject.column, reject.rule)
            _print_entry("  ".join(filter(None, where)), reject.message)
    if rows > shown:
        screen.print(f"... and {rows - shown} more rejected rows")


def print_batch_line(batches: Batches, batch: Batch) -> None:
    """How a batch stands, in one line."""
    counts = batches.counts(batch.id)
    told = outcomes_in_words(batch.kind, counts)
    _print_line(f"{batch.id}  {batch.source}  {batch.state}, {batch.rows_total} rows: ", [told])


def print_batch(batches: Batches, batch: Batch) -> None:
    """How a batch stands, each row that stopped with its reason and remedy, and what to do next."""
    print_batch_line(batches, batch)
    counts = batches.counts(batch.id)
    stopped = [
        state
        for state in RowState
        if state not in (RowState.SUCCEEDED, RowState.REJECTED, RowState.STAGED)
    ]
    total = sum(counts.get(state, 0) for state in stopped)
    for row in islice(batches.each_row(batch.id, stopped), SCREEN_ROWS):
        where = f"line {row.line}  {row.reference}  {outcome_words(batch.kind)[row.state]}"
        _print_entry(f"{where} at {row.step}  {row.reason}", row.message or "")
    if total > SCREEN_ROWS:
        screen.print(f"... and {total - SCREEN_ROWS} more rows that stopped")
    stays_stopped = counts.get(RowState.REJECTED) or counts.get(RowState.REFUSED)
    if stays_stopped and KINDS[batch.kind].from_a_file:
        command = f"smarterpay batch rejects {batch.id} --output rejects.csv"
        _print_line(f"To mend rejected and refused rows: {command}", ())
    if unfinished(counts):
        _print_line(f"To go on with the others: smarterpay batch resume {batch.id}", ())


def _print_line(start: str, parts: Iterable[str]) -> None:
    screen.print(Text(start + ", ".join(parts)), soft_wrap=True)


def _print_entry(heading: str, message: str) -> None:
    """Two lines: what scripts would look for, unbroken, and below it what a person reads."""
    screen.print(Text(heading), soft_wrap=True)
    screen.print(Padding(Text(message), (0, 0, 0, 4), expand=False))


def batch_document(batches: Batches, batch: Batch) -> dict[str, Any]:
    """How a batch stands, for scripts."""
    counts = batches.counts(batch.id)
    return {
        "batch": batch.id,
        "kind": batch.kind,
        "source": batch.source,
        "state": batch.state.value,
        "created_at": batch.created_at.isoformat(),
        "rows": batch.rows_total,
        "amount_pence": batch.amount_pence,
        **outcome_counts(batch.kind, counts),
        "flow_run_id": batch.flow_run_id,
    }


def outcome_counts(kind: str, counts: Mapping[RowState, int]) -> dict[str, int]:
    """Rows by outcome under the names scripts know."""
    return {
        KINDS[kind].done: counts.get(RowState.SUCCEEDED, 0),
        "rejected": counts.get(RowState.REJECTED, 0),
        "refused": counts.get(RowState.REFUSED, 0),
        "waiting": counts.get(RowState.WAITING, 0),
        "unknown": counts.get(RowState.UNKNOWN, 0),
        "needs_attention": counts.get(RowState.NEEDS_ATTENTION, 0),
        "not_begun": counts.get(RowState.STAGED, 0),
    }
