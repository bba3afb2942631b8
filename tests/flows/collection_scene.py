"""A merchant with payers and cards, whose batches of collections are staged; knows no flow."""

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Any

from smarterpay.api.models.transaction import Transaction
from smarterpay.intake.collection_row import CollectionRow
from smarterpay.journal import Journal
from smarterpay.journal.batch_kinds import COLLECTION
from smarterpay.journal.batches import NewRow, Row
from tests.contract.stage import Stage
from tests.sandbox_process import SandboxProcess

#: Personal in an owner's eyes: in no log, artifact, result or state.
WORDS = {"description": "Qzdescription", "metadata": "Qzmetadata"}
PLANNER = "ada"
#: A Wednesday that Bacs can collect on from the sandbox's first day (section 10).
WEDNESDAY = date(2026, 6, 10)


def direct_debit(reference: str, mandate_reference: str | None, **changes: Any) -> CollectionRow:
    """25 pounds on Wednesday 10 June 2026."""
    values = {
        "reference": reference,
        "mandate_reference": mandate_reference,
        "amount_pence": 2500,
        "collection_date": WEDNESDAY,
        **WORDS,
    }
    return CollectionRow.model_validate({**values, **changes})


def charge(reference: str, method: str, card: str | None, **changes: Any) -> CollectionRow:
    """25 pounds from a card."""
    values = {"reference": reference, "method": method, "card": card, "amount_pence": 2500, **WORDS}
    return CollectionRow.model_validate({**values, **changes})


def stage(
    journal: Journal, *rows: CollectionRow | bytes, route: Mapping[str, Any] | None = None
) -> str:
    """Stage rows as a file's would be; bytes are a payload as it stands."""
    policy = {"planned_by": PLANNER} | ({"route": dict(route)} if route else {})
    batch = journal.batches.create(
        COLLECTION, source="june.csv", sha256="0" * 64, policy=policy, now=journal.clock.now()
    )
    journal.batches.add_rows(
        batch, [_staged(number, row) for number, row in enumerate(rows)], journal.clock.now()
    )
    pence = sum(row.amount_pence for row in rows if isinstance(row, CollectionRow))
    journal.batches.finish_staging(batch, rows_total=len(rows), amount_pence=pence)
    return batch


def _staged(number: int, row: CollectionRow | bytes) -> NewRow:
    if isinstance(row, bytes):
        return NewRow(number, number + 2, f"BROKEN-{number}", row)
    return NewRow(number, number + 2, row.reference, row.model_dump_json().encode())


def rows_of(journal: Journal, batch: str) -> Mapping[str, Row]:
    """Every row of a batch by its reference."""
    return {str(row.reference): row for row in journal.batches.each_row(batch)}


def a_payer(sandbox: SandboxProcess, auddis: str = "VEG-1") -> str:
    """The reference of a mandate that can be collected on."""
    return asyncio.run(_mandate(sandbox, auddis))


async def _mandate(sandbox: SandboxProcess, auddis: str) -> str:
    async with Stage(sandbox) as payers:
        return str((await payers.mandate(auddis=auddis)).auddis)


async def a_card(payers: Stage, kind: str = "Ecommerce", amount: int = 2500) -> Transaction:
    """A card whose form the payer has completed: charged, reserved or authenticated."""
    return await payers.charged(payment_type=kind, amount=amount)
