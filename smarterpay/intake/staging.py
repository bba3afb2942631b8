"""Stages read rows in the journal as batches, encrypted; sends nothing and decides nothing."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from smarterpay.bacs import ModulusTables
from smarterpay.clock import london_today
from smarterpay.intake.collection_file import COLLECTIONS
from smarterpay.intake.collection_row import CollectionRow
from smarterpay.intake.customer_file import CUSTOMERS
from smarterpay.intake.customer_row import CustomerRow
from smarterpay.intake.file_kind import Circumstances, FileKind
from smarterpay.intake.header import file_layout
from smarterpay.intake.outcomes import BadRow, GoodRow
from smarterpay.intake.refund_file import REFUNDS
from smarterpay.intake.refund_row import RefundRow
from smarterpay.intake.row_fields import FileRow
from smarterpay.intake.row_file import read_rows
from smarterpay.intake.unreadable import UnreadableFile
from smarterpay.journal import Journal
from smarterpay.journal.approval_requests import letters_of
from smarterpay.journal.batch_kinds import COLLECTION, ONBOARDING, REFUND
from smarterpay.journal.batches import Batch, NewRow, RowReject
from smarterpay.money.refund_rails import Deed

FILE_KINDS: Final[Mapping[str, FileKind[Any]]] = MappingProxyType(
    {ONBOARDING: CUSTOMERS, COLLECTION: COLLECTIONS, REFUND: REFUNDS}
)
"""What the rows of a batch were read as, by the kind of batch."""
ROWS_PER_TRANSACTION = 500
TRIGGER = "trigger"
"""The source of a batch whose one row came from no file."""
_DEED = "deed"
"""Where a batch's policy keeps what its refunds are asked for as."""


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


class NoPlanner(ValueError):
    """A batch that moves money has to say who planned it: that person may not approve it."""


class RowNotStaged(ValueError):
    """A triggered row breaks a rule that needs the day; `reference`, `column` and `rule` say which.

    Its text carries no personal data.
    """

    def __init__(self, reference: str, column: str, rule: str, told: str) -> None:
        super().__init__(f"{reference}: {told}")
        self.reference = reference
        self.column = column
        self.rule = rule


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
    checked_by = None if tables is None else tables.dated.isoformat()
    return _stage_file(
        journal,
        path,
        ONBOARDING,
        policy=asdict(replace(policy, weight_table=checked_by)),
        circumstances=Circumstances(today, tables),
        planned_sha256=planned_sha256,
        on_rows=on_rows,
    )


def stage_collections(
    journal: Journal,
    path: Path,
    *,
    today: date,
    planned_by: str,
    planned_sha256: str | None = None,
    on_rows: Callable[[int], None] | None = None,
) -> str:
    """Stage a file of collections as `stage_customers` does one of customers.

    `planned_by` is who asked for the plan, kept in the batch's policy: that person may not
    approve it. Raises `UnreadableFile` and, without a planner, `NoPlanner`.
    """
    return _stage_file(
        journal,
        path,
        COLLECTION,
        policy=planned_by_policy(planned_by),
        circumstances=Circumstances(today),
        planned_sha256=planned_sha256,
        on_rows=on_rows,
    )


def stage_refunds(
    journal: Journal,
    path: Path,
    *,
    today: date,
    planned_by: str,
    planned_sha256: str | None = None,
    on_rows: Callable[[int], None] | None = None,
) -> str:
    """Stage a file of refunds as `stage_collections` does one of collections.

    The batch's `amount_pence` adds up the amounts that rows name: a row that names none asks for
    all that is left of its payment, which only the provider's records tell.
    """
    return _stage_file(
        journal,
        path,
        REFUND,
        policy=planned_by_policy(planned_by),
        circumstances=Circumstances(today),
        planned_sha256=planned_sha256,
        on_rows=on_rows,
    )


def stage_one_collection(journal: Journal, row: CollectionRow, *, planned_by: str) -> str:
    """Stage one collection that no file brought; returns its batch's id.

    The same row staged again, while it has something left to do, is the batch it was before,
    whichever process asks; after a rejection it is a new one, and asked about anew.
    `journal.batches.latest_row(COLLECTION, row.reference)` finds it.
    Raises `RowNotStaged` for a new Direct Debit whose date is past or more than 13 months ahead
    on the journal's clock, and `NoPlanner`.
    """
    return _stage_one(journal, COLLECTION, COLLECTIONS, row, planned_by)


def stage_one_refund(
    journal: Journal, row: RefundRow, *, planned_by: str, deed: Deed | None = None
) -> str:
    """Stage one refund that no file brought, as `stage_one_collection` does a collection.

    `deed` is what it is asked for as: the same row as another deed is another batch.
    """
    return _stage_one(journal, REFUND, REFUNDS, row, planned_by, deed)


def deed_of(batch: Batch) -> Deed | None:
    """What the refunds of a batch are asked for as, where that was said."""
    deed = batch.policy.get(_DEED)
    return None if deed is None else Deed(deed)


def customer_of(payload: bytes) -> CustomerRow:
    """The customer a good row was staged with."""
    return CUSTOMERS.stored_row(payload)


def collection_of(payload: bytes) -> CollectionRow:
    """The collection a good row was staged with."""
    return COLLECTIONS.stored_row(payload)


def refund_of(payload: bytes) -> RefundRow:
    """The refund a good row was staged with."""
    return REFUNDS.stored_row(payload)


def cells_of(payload: bytes) -> dict[str, str]:
    """The cells of a bad row, as they were read."""
    cells: dict[str, str] = json.loads(payload)
    return cells


def planned_by_policy(planned_by: str) -> dict[str, object]:
    """What a batch that has to be approved keeps of who planned it; raises `NoPlanner`."""
    if not letters_of(planned_by):
        raise NoPlanner(
            "say who plans it, by a name with letters or digits: whoever it is may not approve it"
        )
    return {"planned_by": planned_by}


def _stage_file(
    journal: Journal,
    path: Path,
    batch_kind: str,
    *,
    policy: Mapping[str, object],
    circumstances: Circumstances,
    planned_sha256: str | None,
    on_rows: Callable[[int], None] | None,
) -> str:
    kind = FILE_KINDS[batch_kind]
    layout = file_layout(path, kind)
    if planned_sha256 not in (None, layout.sha256):
        raise UnreadableFile("The file changed since its plan was shown. Run again.")
    batch_id = journal.batches.create(
        batch_kind,
        source=path.name,
        sha256=layout.sha256,
        policy=policy,
        now=journal.clock.now(),
    )
    total = amount_pence = 0
    outcomes = read_rows(
        path, kind, today=circumstances.today, layout=layout, tables=circumstances.tables
    )
    for rows in _some_at_a_time(outcomes):
        new_rows = [_new_row(total + n, row) for n, row in enumerate(rows)]
        journal.batches.add_rows(batch_id, new_rows, journal.clock.now())
        total += len(rows)
        amount_pence += sum(kind.pence_of(r.row) or 0 for r in rows if isinstance(r, GoodRow))
        if on_rows is not None:
            on_rows(total)
    journal.batches.finish_staging(batch_id, rows_total=total, amount_pence=amount_pence)
    return batch_id


def _stage_one(  # noqa: PLR0917 - the deed is part of what is staged
    journal: Journal,
    batch_kind: str,
    kind: FileKind[Any],
    row: FileRow,
    planned_by: str,
    deed: Deed | None = None,
) -> str:
    policy = planned_by_policy(planned_by) | ({} if deed is None else {_DEED: deed.value})
    payload = row.model_dump_json().encode()
    sha256 = hashlib.sha256(payload + (deed or "").encode()).hexdigest()
    staged = journal.batches.find_single(batch_kind, row.reference, TRIGGER, sha256)
    if staged is not None:
        return staged  # its date may have passed since: what was begun is finished
    for fault in kind.judge(row.model_dump(), Circumstances(london_today(journal.clock))):
        told = kind.message(fault.slug, column=fault.column, **fault.facts)
        raise RowNotStaged(row.reference, fault.column, fault.slug, told)
    return journal.batches.create_single(
        batch_kind,
        NewRow(number=0, line=1, reference=row.reference, payload=payload),
        source=TRIGGER,
        sha256=sha256,
        policy=policy,
        amount_pence=kind.pence_of(row) or 0,
        now=journal.clock.now(),
    )


def _some_at_a_time(
    rows: Iterable[GoodRow[Any] | BadRow],
) -> Iterator[list[GoodRow[Any] | BadRow]]:
    iterator = iter(rows)
    while some := list(islice(iterator, ROWS_PER_TRANSACTION)):
        yield some


def _new_row(number: int, row: GoodRow[Any] | BadRow) -> NewRow:
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
