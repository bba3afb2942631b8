"""One life of a process that makes a bulk call, until it is done or killed; without Prefect."""

import asyncio
import os
import signal

import httpx

from smarterpay.orchestration.recovery import RecoveryPoint, observe
from smarterpay.settings import Settings
from tests.in_process import open_directly
from tests.orchestration.bulk_runs import a_payment, bulk
from tests.sandbox_process import plain_tls


def live(
    settings: Settings, auddis: str, references: list[str], point: RecoveryPoint | None
) -> None:
    """Create a payment for each reference in one call; be killed where `point` is reached."""

    def die(reached: RecoveryPoint) -> None:
        if reached is point:
            os.kill(os.getpid(), signal.SIGKILL)

    observe(die if point else None)
    asyncio.run(_create_all(settings, [*references], auddis))


async def _create_all(settings: Settings, references: list[str], auddis: str) -> None:
    async with httpx.AsyncClient(verify=plain_tls(), trust_env=False) as control:

        async def sleep(seconds: float) -> None:
            answer = await control.post(settings.clock_url or "", json={"advance": seconds})
            answer.raise_for_status()

        async with open_directly(settings, sleep=sleep) as runtime:
            await bulk(runtime, [a_payment(auddis, one) for one in references])
