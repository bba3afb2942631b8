"""Runs flows in the test's own process, their tasks as plain functions; knows no flow.

Everything is real but Prefect: journal, client, sandbox. What Prefect adds, its retries among it,
is not here, so that an error is seen when it happens.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Self

import tasks
from smarterpay.orchestration import runtime as runtimes
from smarterpay.orchestration.bulk import BulkOperation
from smarterpay.orchestration.operation import ListOperation, ReadOperation, WriteOperation
from smarterpay.orchestration.runtime import Runtime


class PlainTask:
    """The function of a Prefect task, called as `smarterpay.orchestration` calls the task."""

    def __init__(self, run: Callable[..., Awaitable[Any]]) -> None:
        self._run = run

    async def __call__(self, **arguments: Any) -> Any:
        """What the function gives."""
        return await self._run(**arguments)

    def with_options(self, **_options: Any) -> Self:
        """Options are Prefect's."""
        return self


@contextmanager
def plainly(runtime: Runtime) -> Iterator[None]:
    """Have flows run in `runtime`, without Prefect: call the `fn` of a flow."""
    for module in iter_modules(tasks.__path__):
        for one in vars(import_module(f"tasks.{module.name}")).values():
            if isinstance(one, WriteOperation | ReadOperation | ListOperation | BulkOperation):
                runtime.tasks[one.task.name] = PlainTask(one.task.fn)
            if isinstance(one, BulkOperation):
                runtime.tasks[one.follow_task.name] = PlainTask(one.follow_task.fn)
    token = runtimes._current.set(runtime)
    try:
        yield
    finally:
        runtimes._current.reset(token)
