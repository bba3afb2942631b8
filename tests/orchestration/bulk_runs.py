"""Bulk calls in the test's own process, on real parts and without Prefect."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import pytest

from smarterpay.api.catalogue import get_operation
from smarterpay.api.models.api_request import ApiRequest
from smarterpay.api.models.credit import CreditCreate
from smarterpay.api.models.payment import PaymentCreate
from smarterpay.journal.intents import Intent
from smarterpay.orchestration.bulk_fulfilment import fulfil_bulk
from smarterpay.orchestration.bulk_outcome import BulkOutcome
from smarterpay.orchestration.delivery import deliver
from smarterpay.orchestration.outcome import Outcome
from smarterpay.orchestration.reading import read_record
from smarterpay.orchestration.runtime import Runtime
from smarterpay.orchestration.wishes import bulk_wish
from smarterpay.settings import Settings
from tests.api import builders
from tests.in_process import open_directly
from tests.sandbox_process import SandboxProcess

REFERENCES = ("INV-1", "INV-2", "INV-3")


@asynccontextmanager
async def at_the_sandboxs_pace(
    settings: Settings, sandbox: SandboxProcess, pauses: list[float] | None = None, **parts: Any
) -> AsyncIterator[Runtime]:
    """A runtime whose pauses pass in the sandbox's time, and are noted in `pauses`."""

    async def sleep(seconds: float) -> None:
        if pauses is not None:
            pauses.append(seconds)
        sandbox.advance(seconds)

    async with open_directly(settings, sleep=sleep, **parts) as runtime:
        yield runtime


@pytest.fixture
async def paced(settings: Settings, sandbox: SandboxProcess) -> AsyncIterator[Runtime]:
    """A runtime whose pauses pass in the sandbox's time."""
    async with at_the_sandboxs_pace(settings, sandbox) as runtime:
        yield runtime


async def a_payer(runtime: Runtime) -> str:
    """The reference of a mandate that can be collected on."""
    account = await runtime.cloud.bank_accounts.create(builders.bank_account(custom_reference="-"))
    mandate = await runtime.cloud.mandates.create(
        builders.mandate(customer_bank_account=account.id, auddis="VEG-1")
    )
    assert mandate.auddis is not None
    return mandate.auddis


def a_payment(auddis: str, reference: str, **changes: Any) -> PaymentCreate:
    """A collection far enough ahead for any test."""
    return builders.payment(
        **{
            "auddis": auddis,
            "custom_reference": reference,
            "collection_date": date(2026, 9, 1),
            **changes,
        }
    )


async def payments(runtime: Runtime, *references: str) -> list[PaymentCreate]:
    """Rows on one payer's mandate."""
    auddis = await a_payer(runtime)
    return [a_payment(auddis, reference) for reference in references or REFERENCES]


async def bulk(
    runtime: Runtime,
    rows: Sequence[PaymentCreate | CreditCreate],
    *,
    reference: str = "RUN-1",
    follow_for: float = 120.0,
) -> BulkOutcome:
    """What the bulk operation comes to, with at most one exchange for its call."""
    resource = "credit" if isinstance(rows[0], CreditCreate) else "payment"
    wish = bulk_wish(
        runtime,
        get_operation(f"{resource}.bulk_create"),
        get_operation(f"{resource}.create"),
        rows,
        reference=reference,
    )

    async def directly(call: Intent) -> Outcome:
        return await deliver(runtime, call.id, call.key)

    async def poll(api_request_id: str) -> ApiRequest:
        _, request = await read_record(runtime, "api_request.get", api_request_id)
        assert isinstance(request, ApiRequest)
        return request

    return await fulfil_bulk(runtime, wish, directly, poll, follow_for=follow_for)


def states(outcome: BulkOutcome) -> list[str]:
    """How each row stands, in the caller's order."""
    return [row.state for row in outcome.rows]


def booked(sandbox: SandboxProcess, resource: str = "payments") -> list[str]:
    """The references of the records the provider has, each as often as it was created."""
    field = "reference" if resource == "credits" else "custom_reference"
    return sorted(record[field] for record in sandbox.books(records=True)["records"][resource])


def calls(sandbox: SandboxProcess, path: str = "/payments") -> list[dict[str, Any]]:
    """The bulk calls the provider heard, oldest first."""
    heard = sandbox.requests()
    return [one for one in heard if one["method"] == "POST" and one["path"].endswith(path)]
