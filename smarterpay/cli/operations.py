"""`smarterpay operations`: every operation of both APIs, and which parts of it are built."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel

from smarterpay.api import CardClient, CloudClient
from smarterpay.api.catalogue import OPERATIONS, Operation
from smarterpay.cli.printing import print_json, screen
from smarterpay.sandbox.docs.openapi import describe
from smarterpay.sandbox.settings import CARD_BASE, CLOUD_BASE


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
    served = _served()
    return [
        {
            "operation": name,
            "method": operation.method,
            "path": operation.path,
            "provenance": operation.provenance,
            "client": name in CloudClient.shapes or name in CardClient.shapes,
            "task": operation.task in tasks,
            "sandbox": is_served(operation, served),
        }
        for name, operation in OPERATIONS.items()
    ]


def is_served(operation: Operation, served: Mapping[tuple[str, str], frozenset[str]]) -> bool:
    """Whether the sandbox has the call; on the card host, under every payment type it is sent as.

    The seven card operations share two paths and are told apart by `payment_type` (section 6).
    """
    base = CLOUD_BASE if operation.api == "cloud" else CARD_BASE
    offered = served.get((operation.method, base + operation.path))
    if offered is None or operation.api == "cloud":
        return offered is not None
    shape = CardClient.shapes.get(operation.name)
    sent = _sent_types(shape.request) if shape and shape.request else frozenset()
    return bool(sent) and sent <= offered


def _sent_types(request: type[BaseModel]) -> frozenset[str]:
    """The payment types that a card request can travel as."""
    field = request.model_fields.get("payment_type")
    if field is None:
        return frozenset({str(getattr(request, "payment_type", ""))}) - {""}
    return frozenset(get_args(field.annotation))


def _served() -> Mapping[tuple[str, str], frozenset[str]]:
    """Every call the sandbox documents, by method and path, with the payment types it takes."""
    return {
        (method.upper(), path): frozenset(_payment_types(described.get("requestBody", {})))
        for path, methods in describe()["paths"].items()
        for method, described in methods.items()
    }


def _payment_types(described: Any) -> Iterator[str]:
    """The values of every `payment_type` in a piece of the sandbox's OpenAPI document."""
    if isinstance(described, list):
        for part in described:
            yield from _payment_types(part)
    elif isinstance(described, dict):
        for name, part in described.items():
            if name == "payment_type":
                yield from part.get("enum", [part.get("const")])
            else:
                yield from _payment_types(part)


def _task_names() -> set[str]:
    tasks = importlib.import_module("tasks")
    names: set[str] = set()
    for module in pkgutil.iter_modules(tasks.__path__):
        names |= set(vars(importlib.import_module(f"tasks.{module.name}")))
    return names
