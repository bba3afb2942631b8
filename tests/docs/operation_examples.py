"""Finds the example of an operation and what it says it prints; runs none."""

import ast
import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

from smarterpay.api.catalogue import Operation

_PRINTED = re.compile(r"print\(.*\)  # (?P<text>.+)$")


@dataclass(frozen=True, slots=True)
class Example:
    """An example: what runs, its source, what it asks for by name, and what it prints."""

    run: Callable[..., Awaitable[None]]
    source: str
    arguments: tuple[str, ...]
    printed: list[str]


def example_of(operation: Operation) -> Example:
    """The function in the module of its resource that bears the name of the operation's task."""
    run = getattr(module_of(operation.resource), operation.task)
    source = inspect.getsource(run)
    found = (_PRINTED.search(line) for line in source.splitlines())
    return Example(
        run,
        source.rstrip(),
        tuple(inspect.signature(run).parameters),
        [match["text"] for match in found if match],
    )


def module_of(resource: str) -> ModuleType:
    """The module with the examples of a resource."""
    return import_module(f"tests.docs.examples.{resource}")


def imports_of(resource: str) -> str:
    """The import lines that the examples of a resource need."""
    module: Any = module_of(resource)
    source = inspect.getsource(module)
    tree = ast.parse(source)
    found = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    first, last = found[0].lineno, found[-1].end_lineno
    return "\n".join(source.splitlines()[first - 1 : last])
