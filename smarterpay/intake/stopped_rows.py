"""Gives staged rows that were rejected or refused back as cells and reasons, for a rejects file."""

from collections.abc import Iterator, Sequence
from typing import Any

from smarterpay.intake.file_kind import FileKind
from smarterpay.intake.outcomes import Reject
from smarterpay.intake.staging import FILE_KINDS, cells_of
from smarterpay.journal import Journal
from smarterpay.journal.batches import Row, RowState

STOPPED = (RowState.REJECTED, RowState.REFUSED)


class NotFromAFile(ValueError):
    """A batch of this kind is not made from a file, so that no file of it can be mended."""


def stopped_columns(journal: Journal, batch_id: str) -> Sequence[str]:
    """Every column any stopped row has, in the order they turn up. Raises `NotFromAFile`."""
    names: dict[str, None] = {}
    for cells, _ in stopped_rows(journal, batch_id):
        names.update(dict.fromkeys(cells))
    return list(names)


def stopped_rows(
    journal: Journal, batch_id: str
) -> Iterator[tuple[dict[str, str], Sequence[Reject]]]:
    """Cells and reasons of each rejected and refused row, in file order. Personal data.

    Raises `NotFromAFile` when it is walked.
    """
    kind = _kind_of(journal, batch_id)
    for row, payload in journal.batches.each_row_with_payload(batch_id, STOPPED):
        if row.state is RowState.REJECTED:
            cells = {kind.canonical_name(name): cell for name, cell in cells_of(payload).items()}
            reasons = [
                Reject(r.line, r.reference, r.column, r.rule, r.message)
                for r in journal.batches.rejects(batch_id, row.number)
            ]
            yield cells, reasons
        else:
            yield kind.cells_of(kind.stored_row(payload)), [_refusal(row)]


def _kind_of(journal: Journal, batch_id: str) -> FileKind[Any]:
    name = journal.batches.get(batch_id).kind
    if name not in FILE_KINDS:
        raise NotFromAFile(
            f"{batch_id} was not made from a file: `smarterpay batch show {batch_id}` tells of it"
        )
    return FILE_KINDS[name]


def _refusal(row: Row) -> Reject:
    message = f"at {row.step}: {row.message}"
    return Reject(row.line, row.reference, None, row.reason or "refused", message)
