"""Gives staged rows that were rejected or refused back as cells and reasons, for a rejects file."""

from collections.abc import Iterator, Sequence

from smarterpay.intake.customer_row import CustomerRow
from smarterpay.intake.header import POUNDS_COLUMNS, canonical_name
from smarterpay.intake.outcomes import Reject
from smarterpay.intake.staging import cells_of, customer_of
from smarterpay.journal import Journal
from smarterpay.journal.batches import Row, RowState

STOPPED = (RowState.REJECTED, RowState.REFUSED)


def stopped_columns(journal: Journal, batch_id: str) -> Sequence[str]:
    """Every column any stopped row has, in the order they turn up."""
    names: dict[str, None] = {}
    for cells, _ in stopped_rows(journal, batch_id):
        names.update(dict.fromkeys(cells))
    return list(names)


def stopped_rows(
    journal: Journal, batch_id: str
) -> Iterator[tuple[dict[str, str], Sequence[Reject]]]:
    """Cells and reasons of each rejected and refused row, in file order. Personal data."""
    for row, payload in journal.batches.each_row_with_payload(batch_id, STOPPED):
        if row.state is RowState.REJECTED:
            cells = {canonical_name(name): cell for name, cell in cells_of(payload).items()}
            reasons = [
                Reject(r.line, r.reference, r.column, r.rule, r.message)
                for r in journal.batches.rejects(batch_id, row.number)
            ]
            yield cells, reasons
        else:
            yield _cells_of_customer(customer_of(payload)), [_refusal(row)]


def _refusal(row: Row) -> Reject:
    message = f"at {row.step}: {row.message}"
    return Reject(row.line, row.reference, None, row.reason or "refused", message)


def _cells_of_customer(customer: CustomerRow) -> dict[str, str]:
    values = customer.model_dump(mode="json", exclude={"extra"})
    cells = {name: "" if value is None else str(value) for name, value in values.items()}
    for name in POUNDS_COLUMNS:
        pence = int(cells.pop(f"{name}_pence"))
        cells[name] = f"{pence // 100}.{pence % 100:02d}"
    return cells | customer.extra
