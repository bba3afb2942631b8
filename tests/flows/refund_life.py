"""One life of a process that refunds a batch: killed where it is told to, with SIGKILL."""

import asyncio
import os
import signal
from collections.abc import Mapping

from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.refunds import refund_batch
from smarterpay.orchestration.recovery import RecoveryPoint, observe


def live(environment: Mapping[str, str], batch: str, point: RecoveryPoint, nth: int) -> None:
    """Refund it; be killed the `nth` time `point` is reached."""
    os.environ.update(environment)
    seen = 0

    def die(reached: RecoveryPoint) -> None:
        nonlocal seen
        seen += reached is point
        if seen == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    observe(die)
    # Imported before its variables were set: Prefect has read them already.
    with temporary_settings({PREFECT_API_URL: environment["PREFECT_API_URL"]}):
        asyncio.run(refund_batch(batch))
