"""`smarterpay operations`: every operation of both APIs, and which parts of it are built."""

import importlib
import pkgutil
from typing import Any

import click
from rich.table import Table

from smarterpay.cli.printing import console, print_json


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
def operations(as_json: bool) -> None:
    """List the 61 operations of both APIs, with provenance and what is built.

    Provenance: D documented, R resolved from contradictory wording, A assumed.
    """
    found = support()
    if as_json:
        print_json(found)
        return
    table = Table()
    for heading in ("operation", "method", "path", "provenance", "client", "task", "sandbox"):
        table.add_column(heading)
    for one in found:
        marks = ["yes" if one[part] else "" for part in ("client", "task", "sandbox")]
        table.add_row(one["operation"], one["method"], one["path"], one["provenance"], *marks)
    console.print(table)


def support() -> list[dict[str, Any]]:
    """Each operation of the catalogue and whether client, task and sandbox have it."""
    from smarterpay.api.catalogue import OPERATIONS  # noqa: PLC0415 - not for `--help`
    from smarterpay.api.cloud import SHAPES  # noqa: PLC0415
    from smarterpay.sandbox.openapi import describe  # noqa: PLC0415
    from smarterpay.sandbox.settings import CLOUD_BASE  # noqa: PLC0415

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
            "client": name in SHAPES,
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
