"""All tables of the contract together: which rows there are; asks none of them."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Final

from smarterpay.api import OPERATIONS, CardClient, CloudClient, Operation, Request
from tests.contract.rows import Gives, Row

TABLES: Final = (
    "test_bank_accounts",
    "test_bulk_creates",
    "test_card_releases",
    "test_card_reversals",
    "test_card_transactions",
    "test_checks",
    "test_credits",
    "test_customer_accounts",
    "test_item_states",
    "test_list_filters",
    "test_lists",
    "test_mandate_changes",
    "test_mandates",
    "test_outbound_messages",
    "test_own_accounts",
    "test_pages",
    "test_payment_links",
    "test_payments",
    "test_represents",
    "test_schedules",
    "test_submissions",
)
"""The modules that have a table of rows; a test holds that there are no others."""


def _imported(name: str) -> ModuleType:
    return import_module(f"tests.contract.{name}")


def modules_with_tests() -> frozenset[str]:
    """Every test module of this folder."""
    return frozenset(found.stem for found in Path(__file__).parent.glob("test_*.py"))


def rows_of(name: str) -> tuple[Row, ...]:
    """The rows of a module; none where it has no table."""
    rows: tuple[Row, ...] = getattr(_imported(name), "ROWS", ())
    return rows


def rows_asked_by(name: str) -> tuple[Row, ...]:
    """The rows that a module's tests are in truth parametrized with."""
    return tuple(_asked(_imported(name)))


def _asked(module: ModuleType) -> Iterator[Row]:
    for found in vars(module).values():
        for mark in getattr(found, "pytestmark", ()):
            if mark.name == "parametrize" and mark.args[0] == "row":
                yield from (parameter.values[0] for parameter in mark.args[1])


ROWS: Final = tuple(row for name in TABLES for row in rows_of(name))
"""Every row of the contract."""
SHAPES: Final = {**CloudClient.shapes, **CardClient.shapes}
MODELS: Final[Mapping[str, type[Request]]] = MappingProxyType(
    {
        operation.name: shape.request
        for operation in OPERATIONS.values()
        if (shape := SHAPES[operation.name]).request is not None and not operation.paged
    }
)
"""The request model of every operation that takes a body."""


def rows_about(operation: Operation, kind: type[Row]) -> tuple[Row, ...]:
    """The rows of one kind about one operation."""
    return tuple(row for row in ROWS if row.operation == operation and isinstance(row, kind))


def happy_row(operation: Operation) -> Gives:
    """The first row of the operation that ends well."""
    return next(row for row in ROWS if row.operation == operation and isinstance(row, Gives))
