"""One life of a process that creates payments while others create the same; without Prefect."""

import asyncio
from contextlib import suppress

from smarterpay.orchestration.outcome import NotSettled, OperationError
from smarterpay.settings import Settings
from tests.api import builders
from tests.in_process import done, open_directly
from tests.orchestration.bulk_runs import a_payment, bulk

#: What is given back of a card payment, and how often it is asked for.
TRIES = 5
REFUND = builders.refund(custom_reference="REF-1", amount=500)


def call(settings: Settings, auddis: str, references: list[str], run: str) -> None:
    """Create a payment for each reference, in one call."""

    async def live() -> None:
        async with open_directly(settings) as runtime:
            rows = [a_payment(auddis, one) for one in references]
            await bulk(runtime, rows, reference=run, follow_for=-1)

    asyncio.run(live())


def singly(settings: Settings, auddis: str, references: list[str], _run: str) -> None:
    """Create a payment for each reference, each by itself; one in a call is left to it."""

    async def live() -> None:
        async with open_directly(settings) as runtime:
            for one in references:
                with suppress(OperationError):
                    await done(runtime, "payment.create", a_payment(auddis, one), one)

    asyncio.run(live())


def refund_until_settled(settings: Settings, card: str) -> None:
    """Give back a part of what was taken from a card, as often as it takes to be told so."""

    async def live() -> None:
        async with open_directly(settings) as runtime:
            for _ in range(TRIES):
                with suppress(NotSettled):
                    await done(runtime, "transaction.refund", REFUND, "REF-1", card)
                    return
        raise AssertionError("never settled")

    asyncio.run(live())
