"""Reads a file, or the options, of rows that move money, and stages the file; knows no kind."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from smarterpay.cli.exit_codes import Failure
from smarterpay.cli.printing import progress_bar
from smarterpay.clock import LONDON
from smarterpay.intake.file_kind import FileKind
from smarterpay.intake.outcomes import BadRow
from smarterpay.intake.row_file import FileCheck, check_file
from smarterpay.intake.typed_row import read_typed
from smarterpay.intake.unreadable import UnreadableFile
from smarterpay.journal import Journal
from smarterpay.journal.batches import RowReject


def checked(
    file: Path, kind: FileKind[Any], now: datetime, on_good: Callable[[int, Any], None]
) -> FileCheck:
    """What `file` holds; `on_good` is told each good row and its place. Raises `Failure`."""
    try:
        today = now.astimezone(LONDON).date()
        return check_file(file, kind, today=today, on_good=on_good)
    except UnreadableFile as error:
        raise Failure(str(error)) from error


def rejects_of(check: FileCheck) -> Sequence[RowReject]:
    """Why rows of a file were rejected, as a batch keeps it."""
    return [RowReject(r.line, r.reference, r.column, r.rule, r.message) for r in check.rejects]


def check_document(check: FileCheck) -> dict[str, object]:
    """What a file holds, for scripts."""
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
    }


def staged(
    stage: Callable[..., str], journal: Journal, file: Path, check: FileCheck, planner: str
) -> str:
    """Have `stage` stage `file`, with a progress bar, if it is still the one that was checked.

    Returns the batch's id; raises `Failure`.
    """
    with progress_bar() as bar:
        task = bar.add_task("staging", total=check.rows)
        try:
            return stage(
                journal,
                file,
                today=journal.clock.now().astimezone(LONDON).date(),
                planned_by=planner,
                planned_sha256=check.sha256,
                on_rows=lambda rows: bar.update(task, completed=rows),
            )
        except UnreadableFile as error:
            raise Failure(str(error)) from error


def typed(
    kind: FileKind[Any], cells: Mapping[str, str], now: datetime, options: Mapping[str, str]
) -> Any:
    """The row that `cells` describe, by column; raises `Failure` that names each broken option.

    `options` says what an option is called that fills a column of another name.
    """
    read = read_typed(kind, cells, today=now.astimezone(LONDON).date())
    if isinstance(read, BadRow):
        told = [f"{_option(r.column, options)}: {r.message}" for r in read.rejects]
        raise Failure("\n".join(told))
    return read.row


def _option(column: str | None, options: Mapping[str, str]) -> str:
    name = options.get(column or "", column or "reference")
    return "--" + name.replace("_", "-")
