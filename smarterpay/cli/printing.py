"""How the command prints: one console, money, rejects and batch summaries; nothing personal."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from smarterpay.journal.batches import Batch, Batches, RowReject, RowState

#: What people read; results that scripts read go to standard output by `print_json`.
console = Console(stderr=True, highlight=False)

#: Lines of a table on the screen; the whole list is a command away.
SCREEN_ROWS = 40

STATE_WORDS: Mapping[RowState, str] = {
    RowState.SUCCEEDED: "onboarded",
    RowState.REJECTED: "rejected",
    RowState.REFUSED: "refused",
    RowState.WAITING: "waiting",
    RowState.UNKNOWN: "unknown",
    RowState.NEEDS_ATTENTION: "needs attention",
    RowState.STAGED: "not begun",
}


def print_json(document: Any) -> None:
    """One JSON document on standard output."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False, default=str))


def pounds(pence: int) -> str:
    """`£1,234.50`."""
    return f"£{pence // 100:,}.{pence % 100:02d}"


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


def print_rejects(rejects: Iterable[RowReject], total: int) -> None:
    """The first rejects as a table, and where the others are."""
    table = Table(title="Rejected rows", title_justify="left", expand=False)
    for heading in ("line", "reference", "column", "rule", "what to do"):
        table.add_column(heading, justify="right" if heading == "line" else "left")
    shown = 0
    for reject in rejects:
        if shown == SCREEN_ROWS:
            break
        table.add_row(
            str(reject.line),
            reject.reference or "",
            reject.column or "",
            reject.rule,
            reject.message,
        )
        shown += 1
    if shown:
        console.print(table)
    if total > shown:
        console.print(f"... and {total - shown} more")


def print_batch(batches: Batches, batch: Batch) -> None:
    """How a batch stands, and each row that stopped, with its step, reason and remedy."""
    counts = batches.counts(batch.id)
    table = Table(title=f"{batch.id}  ({batch.source}, {batch.state})", title_justify="left")
    table.add_column("outcome")
    table.add_column("rows", justify="right")
    for state, word in STATE_WORDS.items():
        if counts.get(state):
            table.add_row(word, str(counts[state]))
    console.print(table)
    stopped = [
        state
        for state in RowState
        if state not in (RowState.SUCCEEDED, RowState.REJECTED, RowState.STAGED)
    ]
    total = sum(counts.get(state, 0) for state in stopped)
    if not total:
        return
    rows = Table(title="Rows that stopped", title_justify="left")
    for heading in ("line", "reference", "outcome", "step", "reason", "what to do"):
        rows.add_column(heading)
    for shown, row in enumerate(batches.each_row(batch.id, stopped)):
        if shown == SCREEN_ROWS:
            break
        rows.add_row(
            str(row.line),
            row.reference or "",
            STATE_WORDS[row.state],
            row.step or "",
            row.reason or "",
            row.message or "",
        )
    console.print(rows)
    if total > SCREEN_ROWS:
        console.print(f"... and {total - SCREEN_ROWS} more; `smarterpay batch rejects {batch.id}`")


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
        **outcome_counts(counts),
        "flow_run_id": batch.flow_run_id,
    }


def outcome_counts(counts: Mapping[RowState, int]) -> dict[str, int]:
    """Rows by outcome under the names scripts know."""
    return {
        "onboarded": counts.get(RowState.SUCCEEDED, 0),
        "rejected": counts.get(RowState.REJECTED, 0),
        "refused": counts.get(RowState.REFUSED, 0),
        "waiting": counts.get(RowState.WAITING, 0),
        "unknown": counts.get(RowState.UNKNOWN, 0),
        "needs_attention": counts.get(RowState.NEEDS_ATTENTION, 0),
        "not_begun": counts.get(RowState.STAGED, 0),
    }
