"""Stages one amendment in the journal as a batch of one row, encrypted; decides nothing."""

import hashlib
import json

from smarterpay.intake.amendment_row import AmendmentRow, amendment_from
from smarterpay.intake.staging import TRIGGER, planned_by_policy
from smarterpay.journal import Journal
from smarterpay.journal.batch_kinds import AMENDMENT
from smarterpay.journal.batches import NewRow


class ReferenceTaken(ValueError):
    """The reference stands for another amendment; `fields` names what differs, never a value."""

    def __init__(self, reference: str, fields: tuple[str, ...]) -> None:
        self.reference = reference
        self.fields = fields
        super().__init__(
            f"{reference} stands for another amendment; it differs in {', '.join(fields)}. "
            "Use a new reference"
        )


def stage_amendment(journal: Journal, wish: AmendmentRow) -> str:
    """Stage `wish` under its reference; returns its batch's id.

    The same wish again, whoever brings it, is the batch it was before: a reference is one
    amendment for ever. Raises `ReferenceTaken` where it stands for another one, and `NoPlanner`.
    """
    taken = journal.amendments.get(wish.reference)
    batch = taken.batch_id if taken is not None else _staged(journal, wish)
    _refuse_another(journal, batch, wish)
    return batch


def _staged(journal: Journal, wish: AmendmentRow) -> str:
    """The batch that the reference stands for; another process may have claimed it by now."""
    payload = wish.model_dump_json().encode()
    batch = journal.batches.create(
        AMENDMENT,
        source=TRIGGER,
        sha256=hashlib.sha256(f"{wish.what}\0{wish.reference}".encode()).hexdigest(),
        policy=planned_by_policy(wish.by),
        now=journal.clock.now(),
    )
    row = NewRow(number=0, line=1, reference=wish.reference, payload=payload)
    journal.batches.add_rows(batch, [row], journal.clock.now())
    # Complete before it is claimed: a claim never points at a batch that cannot be worked on.
    journal.batches.finish_staging(batch, rows_total=1, amount_pence=0)
    claim = journal.amendments.claim(
        wish.reference,
        what=wish.what,
        subject=wish.subject,
        batch_id=batch,
        now=journal.clock.now(),
    )
    return claim.batch_id


def _refuse_another(journal: Journal, batch: str, wish: AmendmentRow) -> None:
    ((_, payload),) = journal.batches.each_row_with_payload(batch)
    before = json.loads(amendment_from(payload).model_dump_json())
    now = json.loads(wish.model_dump_json())
    # Who asks again is no part of the wish: a colleague may go on with it.
    names = sorted((before.keys() | now.keys()) - {"by"})
    different = tuple(name for name in names if before.get(name) != now.get(name))
    if different:
        raise ReferenceTaken(wish.reference, different)
