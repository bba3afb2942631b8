"""Builds files of collections and refunds for tests: valid rows, of which each changes a bit."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from smarterpay.intake import BadRow, CollectionRow, FileKind, GoodRow, RefundRow, read_rows
from tests.intake.customer_files import TODAY, csv_text

DEBIT: Mapping[str, str] = {
    "reference": "INV-2026-118",
    "method": "direct debit",
    "mandate": "",
    "mandate_reference": "VEG-000042",
    "card": "",
    "payment": "",
    "amount": "25.00",
    "amount_pence": "",
    "collection_date": "2026-07-01",
    "description": "Invoice for Ada Ashby",
    "metadata": "",
}
"""A one-off Direct Debit, with every column there is."""

CARD: Mapping[str, str] = {
    **DEBIT,
    "method": "card repeat",
    "mandate_reference": "",
    "card": "20477d89-9fe4-4b25-ae57-c24f461bb391",
    "payment": "P02YZ96J1D7WDK8NEWD",
    "collection_date": "",
}
"""The same sum from a card."""

REFUND: Mapping[str, str] = {
    "reference": "RF-2026-0007",
    "payment": "P01YZ96J1D7WDK8NEWD",
    "payment_reference": "",
    "amount": "5.00",
    "amount_pence": "",
    "reason": "Box for Ada Ashby damaged",
    "metadata": "",
}
"""A part of a payment, paid back."""

A_DEBIT: Mapping[str, Any] = {
    "reference": "INV-2026-118",
    "mandate_reference": "VEG-000042",
    "amount_pence": 2500,
    "collection_date": date(2026, 7, 1),
    "description": "Invoice for Ada Ashby",
}
"""What a row of a Direct Debit is made from."""

A_REFUND: Mapping[str, Any] = {
    "reference": "RF-2026-0007",
    "payment": "P01YZ96J1D7WDK8NEWD",
    "amount_pence": 500,
    "reason": "Box for Ada Ashby damaged",
}
"""What a row of a refund is made from."""


def a_debit(**changed: Any) -> CollectionRow:
    """A collection by Direct Debit with some fields changed."""
    return CollectionRow(**{**A_DEBIT, **changed})


def a_refund(**changed: Any) -> RefundRow:
    """A refund with some fields changed."""
    return RefundRow(**{**A_REFUND, **changed})


def outcomes_of(
    path: Path, kind: FileKind[Any], *rows: Mapping[str, str]
) -> list[GoodRow[Any] | BadRow]:
    """What reading a file of those rows gives, from a real file at `path`."""
    path.write_text(csv_text(rows), encoding="utf-8", newline="")
    return list(read_rows(path, kind, today=TODAY))


def faults_of(
    path: Path, kind: FileKind[Any], row: Mapping[str, str]
) -> list[tuple[str | None, str]]:
    """(column, rule) of every fault of one row."""
    (only,) = outcomes_of(path, kind, row)
    return [(r.column, r.rule) for r in only.rejects] if isinstance(only, BadRow) else []
