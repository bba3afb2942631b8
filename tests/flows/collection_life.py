"""One life of a process that collects a batch: to its end, or to SIGKILL at a chosen moment.

Forked from a process that has imported everything: each of many lives would else spend most of
its time on imports.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping

from prefect.context import refresh_global_settings_context
from sqlalchemy import Engine, event

from flows.collection import collect_batch
from smarterpay.orchestration.recovery import RecoveryPoint, observe


def live(
    environment: Mapping[str, str], batch: str, moment: RecoveryPoint | str | None, nth: int
) -> None:
    """Collect `batch`; die the `nth` time a recovery point is reached, or a statement is run.

    A statement is named by its first words, such as `UPDATE rows`; it is not run any more.
    """
    os.environ.update(environment)
    refresh_global_settings_context()
    die = _the(nth, lambda: os.kill(os.getpid(), signal.SIGKILL))
    if isinstance(moment, RecoveryPoint):
        observe(lambda reached: die() if reached is moment else None)
    elif moment is not None:

        @event.listens_for(Engine, "before_cursor_execute")
        def before(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            if statement.startswith(moment):
                die()

    asyncio.run(collect_batch(batch))


def _the(nth: int, act: Callable[[], None]) -> Callable[[], None]:
    seen = 0

    def count() -> None:
        nonlocal seen
        seen += 1
        if seen == nth:
            act()

    return count
