"""`smarterpay operations`: every operation of both APIs, and which parts of it are built."""

import importlib
import pkgutil
from typing import Any

from smarterpay.api import CardClient, CloudClient
from smarterpay.api.catalogue import OPERATIONS
from smarterpay.cli.printing import print_json, screen
from smarterpay.sandbox.openapi import describe
from smarterpay.sandbox.settings import CLOUD_BASE


def list_operations(*, as_json: bool) -> None:
    """Print the 61 operations of both APIs, with provenance and what is built."""
    found = support()
    if as_json:
        print_json(found)
        return
    screen.print(f"{'operation':30} {'method':6} {'path':34} mark  built in", soft_wrap=True)
    for one in found:
        built = ", ".join(part for part in ("client", "task", "sandbox") if one[part])
        line = f"{one['operation']:30} {one['method']:6} {one['path']:34} "
        screen.print(f"{line}{one['provenance']:5} {built}".rstrip(), soft_wrap=True)


def support() -> list[dict[str, Any]]:
    """Each operation of the catalogue and whether client, task and sandbox have it."""
    tasks = _task_names()
    served = {
        (method.upper(), path.removeprefix(CLOUD_BASE))
        for path, methods in describe()["paths"].items()
        for method in methods
    }
    return [
        {
            "operation": name,
            "method": operation.method,
            "path": operation.path,
            "provenance": operation.provenance,
            "client": name in CloudClient.shapes or name in CardClient.shapes,
            "task": operation.task in tasks,
            # The card host is served, but answers every card operation with a refusal so far.
            "sandbox": operation.api == "cloud" and (operation.method, operation.path) in served,
        }
        for name, operation in OPERATIONS.items()
    ]


def _task_names() -> set[str]:
    tasks = importlib.import_module("tasks")
    names: set[str] = set()
    for module in pkgutil.iter_modules(tasks.__path__):
        names |= set(vars(importlib.import_module(f"tasks.{module.name}")))
    return names
