"""One life of a process that onboards some customers, until it is done or killed.

Prefect is left out, to live a hundred lives in the time of one; journal, client, look-up and
sandbox are the real ones.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

from pydantic import BaseModel

from smarterpay.api import Timeouts
from smarterpay.api.models.bank_account import BankAccountCreate
from smarterpay.api.models.customer_account import CustomerAccountCreate
from smarterpay.api.models.mandate import MandateCreate
from smarterpay.api.models.recurrence_schedule import RecurrenceScheduleCreate
from smarterpay.clock import SandboxClock
from smarterpay.journal import Journal
from smarterpay.journal.intents import Wish
from smarterpay.orchestration.blocks import JournalResultStorage
from smarterpay.orchestration.delivery import deliver
from smarterpay.orchestration.fulfilment import fulfil
from smarterpay.orchestration.outcome import NotSettled, Outcome
from smarterpay.orchestration.recovery import RecoveryPoint, observe
from smarterpay.orchestration.runtime import Runtime, clients, rate_budget
from smarterpay.settings import Settings

CUSTOMERS = 4


def live(settings: Settings, point: RecoveryPoint | None, nth: int) -> None:
    """Onboard every customer; be killed the `nth` time `point` is reached, if there is one."""
    seen = 0

    def die(reached: RecoveryPoint) -> None:
        nonlocal seen
        seen += reached is point
        if seen == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    observe(die if point else None)
    asyncio.run(_onboard_all(settings))


async def _onboard_all(settings: Settings) -> None:
    async with _runtime(settings) as runtime:
        ends = await asyncio.gather(
            *(_onboard(runtime, f"CUST-{n:04}") for n in range(CUSTOMERS)), return_exceptions=True
        )
    for end in ends:
        if isinstance(end, BaseException) and not isinstance(end, NotSettled):
            raise end


@asynccontextmanager
async def _runtime(settings: Settings) -> AsyncIterator[Runtime]:
    clock = SandboxClock(settings.clock_url or "", max_age=0)
    with Journal.open(settings, clock=clock) as journal:
        budget = rate_budget(settings, journal)
        patience = Timeouts(read=5)
        async with clients(settings, journal, budget, timeouts=patience) as (cloud, card):
            yield Runtime(settings, journal, cloud, card, budget, JournalResultStorage())


async def _onboard(runtime: Runtime, reference: str) -> None:
    """The four writes of onboarding, each needing the one before."""
    number = reference[-4:]
    customer = await _write(
        runtime,
        "customer_account.create",
        CustomerAccountCreate(
            email=f"c{number}@example.com",
            first_name="Ada",
            last_name="Example",
            address_line1="1 Sample Street",
            city="Leeds",
            postal_code="LS1 1AA",
            custom_reference=reference,
        ),
        reference,
    )
    bank_account = await _write(
        runtime,
        "bank_account.create",
        BankAccountCreate(
            account_number=f"1234{number}",
            sort_code="200052",
            account_name="A Example",
            customer_account=customer.record_id,
            custom_reference=reference,
        ),
        reference,
    )
    mandate = await _write(
        runtime,
        "mandate.create",
        MandateCreate(customer_bank_account=bank_account.record_id or "", auddis=f"VEG-{number}"),
        reference,
    )
    assert mandate.record_id
    await _write(
        runtime,
        "recurrence_schedule.create",
        RecurrenceScheduleCreate(
            auddis=f"VEG-{number}",
            amount=2500,
            first_collection_amount=2500,
            collection_period="monthly",
            collection_stretch=1,
            collection_day="15",
            first_collection_date=date(2027, 7, 15),
            description="Monthly veg box",
            custom_reference=reference,
        ),
        reference,
    )


async def _write(runtime: Runtime, operation: str, request: BaseModel, reference: str) -> Outcome:
    prepared = runtime.cloud.prepare(operation, request)
    wish = Wish(operation, reference, prepared.method, prepared.path, prepared.body or b"")
    return await fulfil(runtime, wish, lambda intent: deliver(runtime, intent.id, intent.key))
