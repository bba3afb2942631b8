"""One life of a merchant's flow process in the month test: runs a flow, until its end or SIGKILL.

Forked from a process that has imported everything: each of many lives would else spend most of
its time on imports.
"""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from prefect.context import refresh_global_settings_context

import flows.collection
import flows.onboarding
import flows.refunds
import flows.representation
import flows.status_sync  # noqa: F401 - to have them imported before any life is forked
from smarterpay.orchestration.recovery import RecoveryPoint, observe


def live(
    environment: Mapping[str, str],
    flow: str,
    calls: Sequence[Mapping[str, Any]],
    point: RecoveryPoint | None,
    nth: int,
) -> None:
    """Run `module:flow` with each of the arguments; be killed the `nth` time `point` is reached,
    if there is one."""
    os.environ.update(environment)
    refresh_global_settings_context()
    seen = 0

    def die(reached: RecoveryPoint) -> None:
        nonlocal seen
        seen += reached is point
        if seen == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    observe(die if point else None)
    module, _, name = flow.partition(":")
    for arguments in calls:
        asyncio.run(getattr(import_module(module), name)(**arguments))
