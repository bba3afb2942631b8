"""Onboards a file and kills itself with SIGKILL the n-th time a recovery point is reached.

python -m tests.e2e.flow_process FILE POINT N
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from flows.onboarding import onboard_batch
from smarterpay.clock import london_today
from smarterpay.intake.staging import ValidationPolicy, stage_customers
from smarterpay.journal import Journal
from smarterpay.orchestration.recovery import RecoveryPoint, observe
from smarterpay.settings import Settings


def main(file_or_batch: str, point: RecoveryPoint, nth: int) -> None:
    """Onboard, and die on the way."""
    file = Path(file_or_batch)
    batch = _stage(file) if file.exists() else file_or_batch
    seen = 0

    def die(reached: RecoveryPoint) -> None:
        nonlocal seen
        seen += reached is point
        if seen == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    observe(die)
    asyncio.run(onboard_batch(batch))


def _stage(file: Path) -> str:
    with Journal.open(Settings()) as journal:
        today = london_today(journal.clock)
        return stage_customers(journal, file, ValidationPolicy(), today=today)


if __name__ == "__main__":
    main(sys.argv[1], RecoveryPoint(sys.argv[2]), int(sys.argv[3]))
