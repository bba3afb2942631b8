"""Stages a read file in the journal as a batch, encrypted; sends nothing and decides nothing."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from smarterpay.bacs import ModulusTables
from smarterpay.intake.customer_file import BadRow, GoodRow, read_customers
from smarterpay.intake.customer_row import CustomerRow
from smarterpay.intake.header import file_layout
from smarterpay.intake.unreadable import UnreadableFile
from smarterpay.journal import Journal
from smarterpay.journal.batches import NewRow, RowReject

ONBOARDING = "onboarding"
ROWS_PER_TRANSACTION = 500


@dataclass(frozen=True, slots=True)
class ValidationPolicy:
    """What is checked of a bank account besides the provider's modulus check, always made.

    Kept with the batch: settings that change later change nothing for its rows.
    """

    confirmation_of_payee: bool = False
    open_banking: bool = False
    weight_table: str | None = None
    """ISO date of the weight table that rows were checked by before any call; None: by none."""

    @classmethod
    def from_stored(cls, stored: Any) -> "ValidationPolicy":
        """The policy a batch was staged with."""
        return cls(
            confirmation_of_payee=bool(stored.get("confirmation_of_payee", False)),
            open_banking=bool(stored.get("open_banking", False)),
            weight_table=stored.get("weight_table"),
        )


def stage_customers(
    journal: Journal,
    path: Path,
    policy: ValidationPolicy,
    *,
    today: date,
    planned_sha256: str | None = None,
    on_rows: Callable[[int], None] | None = None,
    tables: ModulusTables | None = None,
) -> str:
    """Stage every row of the CSV file `path`, good and bad; returns the batch's id.

    `today` is the London date. `planned_sha256` is the digest of the file whose plan was shown:
    another one is not staged. `on_rows` is told how many rows were staged so far. `tables` are
    those of the modulus check; the policy that is kept says whether there were any. Memory does
    not grow with the file. Raises `UnreadableFile`; a batch cut short stays `staging` and is
    never applied.
    """
    layout = file_layout(path)
    if planned_sha256 not in (None, layout.sha256):
        raise UnreadableFile("The file changed since its plan was shown. Run again.")
    checked_by = None if tables is None else tables.dated.isoformat()
    batch_id = journal.batches.create(
        ONBOARDING,
        source=path.name,
        sha256=layout.sha256,
        policy=asdict(replace(policy, weight_table=checked_by)),
        now=journal.clock.now(),
    )
    total = amount_pence = 0
    for rows in _some_at_a_time(read_customers(path, today=today, layout=layout, tables=tables)):
        new_rows = [_new_row(total + n, row) for n, row in enumerate(rows)]
        journal.batches.add_rows(batch_id, new_rows, journal.clock.now())
        total += len(rows)
        amount_pence += sum(row.row.amount_pence for row in rows if isinstance(row, GoodRow))
        if on_rows is not None:
            on_rows(total)
    journal.batches.finish_staging(batch_id, rows_total=total, amount_pence=amount_pence)
    return batch_id


def customer_of(payload: bytes) -> CustomerRow:
    """The customer a good row was staged with."""
    return CustomerRow.model_validate_json(payload)


def cells_of(payload: bytes) -> dict[str, str]:
    """The cells of a bad row, as they were read."""
    cells: dict[str, str] = json.loads(payload)
    return cells


def _some_at_a_time(rows: Iterable[GoodRow | BadRow]) -> Iterator[list[GoodRow | BadRow]]:
    iterator = iter(rows)
    while some := list(islice(iterator, ROWS_PER_TRANSACTION)):
        yield some


def _new_row(number: int, row: GoodRow | BadRow) -> NewRow:
    if isinstance(row, GoodRow):
        return NewRow(
            number=number,
            line=row.line,
            reference=row.row.reference,
            payload=row.row.model_dump_json().encode(),
        )
    return NewRow(
        number=number,
        line=row.line,
        reference=row.reference,
        payload=json.dumps(row.cells, ensure_ascii=False).encode(),
        rejects=[RowReject(r.line, r.reference, r.column, r.rule, r.message) for r in row.rejects],
    )
