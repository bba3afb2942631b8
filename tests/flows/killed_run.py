"""Runs a flow and kills itself with SIGKILL the first time a recovery point is reached.

python -m tests.flows.killed_run MODULE FLOW POINT ARGUMENT...
"""

import asyncio
import os
import signal
import sys
from importlib import import_module

from smarterpay.orchestration.recovery import RecoveryPoint, observe


def main(module: str, name: str, point: RecoveryPoint, *arguments: str) -> None:
    """Run it, and die on the way."""

    def die(reached: RecoveryPoint) -> None:
        if reached is point:
            os.kill(os.getpid(), signal.SIGKILL)

    observe(die)
    asyncio.run(getattr(import_module(module), name)(*arguments))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], RecoveryPoint(sys.argv[3]), *sys.argv[4:])
