"""One life of a process that moves a customer's account: killed where it is told to, with SIGKILL.

Without Prefect, so that a life is short; what is on its way at the provider goes on without it.
"""

import asyncio
import multiprocessing
import os
import signal

from flows.amendments import amend_batch
from smarterpay.orchestration.recovery import RecoveryPoint, observe
from smarterpay.settings import Settings
from tests.flows.without_prefect import plainly
from tests.in_process import open_directly

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([__name__])


def lived(settings: Settings, batch: str, point: RecoveryPoint, nth: int) -> int | None:
    """The exit code of a process that lives one life."""
    life = _processes.Process(target=live, args=(settings, batch, point, nth))
    life.start()
    life.join()
    return life.exitcode


def live(settings: Settings, batch: str, point: RecoveryPoint, nth: int) -> None:
    """Go on with an amendment; be killed the `nth` time `point` is reached."""
    seen = 0

    def die(reached: RecoveryPoint) -> None:
        nonlocal seen
        seen += reached is point
        if seen == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    async def move() -> None:
        async with open_directly(settings) as runtime:
            with plainly(runtime):
                await amend_batch.fn(batch)

    observe(die)
    asyncio.run(move())
