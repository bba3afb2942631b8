"""Stages small batches of customers for flow tests; each customer changes what it is about."""

from collections.abc import Mapping
from datetime import date

from smarterpay.intake.customer_row import CustomerRow
from smarterpay.intake.staging import ValidationPolicy
from smarterpay.journal import Journal
from smarterpay.journal.batch_kinds import ONBOARDING
from smarterpay.journal.batches import NewRow, Row, RowReject

NO_CHECKS = ValidationPolicy()
#: Marks of personal data, to be searched for where none may be.
PERSONAL = {
    "first_name": "Canaryfirst",
    "last_name": "Canarylast",
    "email": "canary@example.com",
    "address_line1": "1 Canary Wharf",
    "city": "Canarytown",
    "postal_code": "CN1 1RY",
    "account_name": "Canary Holder",
    "sort_code": "314159",
    "metadata": "canary-metadata",
}


def a_customer(reference: str, **changes: object) -> CustomerRow:
    """A customer that can be onboarded on 1 June 2026, the sandbox's first day."""
    values = {
        "reference": reference,
        **PERSONAL,
        "account_number": "12345678",
        "amount_pence": 2500,
        "collection_period": "monthly",
        "collection_day": "15",
        "first_collection_date": date(2026, 7, 15),
        "description": "Monthly veg box",
    }
    return CustomerRow.model_validate({**values, **changes})


def customers(count: int) -> list[CustomerRow]:
    """`count` good customers, CUST-0000 and so on."""
    return [a_customer(f"CUST-{n:04}", account_number=f"1234{n:04}") for n in range(count)]


def stage(
    journal: Journal,
    *rows: CustomerRow | bytes,
    policy: ValidationPolicy = NO_CHECKS,
    rejected: int = 0,
    finished: bool = True,
) -> str:
    """Stage rows, the last `rejected` of them as rejected; bytes are a payload as it stands."""
    batch = journal.batches.create(
        ONBOARDING,
        source="customers.csv",
        sha256="0" * 64,
        policy={
            "confirmation_of_payee": policy.confirmation_of_payee,
            "open_banking": policy.open_banking,
        },
        now=journal.clock.now(),
    )
    new_rows = [_row(n, row, bad=n >= len(rows) - rejected) for n, row in enumerate(rows)]
    journal.batches.add_rows(batch, new_rows, journal.clock.now())
    if finished:
        pence = sum(row.amount_pence for row in rows if isinstance(row, CustomerRow))
        journal.batches.finish_staging(batch, rows_total=len(rows), amount_pence=pence)
    return batch


def outcomes(journal: Journal, batch: str) -> Mapping[str, Row]:
    """Every row of a batch by its reference."""
    return {str(row.reference): row for row in journal.batches.each_row(batch)}


def _row(number: int, row: CustomerRow | bytes, *, bad: bool) -> NewRow:
    reference = f"CUST-{number:04}" if isinstance(row, bytes) else row.reference
    payload = row if isinstance(row, bytes) else row.model_dump_json().encode()
    reject = RowReject(number + 2, reference, "amount", "amount.ambiguous", "write pence")
    return NewRow(number, number + 2, reference, payload, [reject] if bad else [])
