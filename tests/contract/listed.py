"""A list as the contract speaks of it: its ground and its rows; knows no particular list."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from smarterpay.api import OPERATIONS, Operation
from tests.contract.rows import Finds, Given, Ground, Refuses
from tests.contract.stage import Stage

Make = Callable[[Stage, int], Awaitable[str]]
"""Makes the record of that number and gives its id; a minute passes after each."""


def minute(number: int, second: int = 0) -> datetime:
    """When the record of that number was made: 09:00 in London and so many minutes."""
    return datetime(2026, 6, 1, 8, number, second, tzinfo=UTC)


def three(make: Make) -> Given:
    """Ground on which three records stand, made a minute apart."""

    async def given(stage: Stage) -> Ground:
        ids = []
        for number in range(3):
            ids.append(await make(stage, number))
            stage.sandbox.advance(60)
        return Ground({}, known={"ids": ids})

    return given


def fixtures(*ids: str) -> Given:
    """Ground on which the fixtures stand, all made at once."""

    async def given(_: Stage) -> Ground:
        return Ground({}, known={"ids": list(ids)})

    return given


@dataclass(frozen=True, slots=True)
class Listed:
    """One list: its records' status words, the second's being `other`, and its own filters.

    `references`: the three have the custom references R-0, R-1 and R-2. `own` are further
    filters, each with what it finds.
    """

    name: str
    envelope: str
    given: Given
    status: str = ""
    other: str = ""
    references: bool = True
    wire_id: str = "id"
    own: tuple[tuple[str, str, Any, tuple[int, ...]], ...] = ()
    sort_field: str = "id"
    made_at_once: bool = False

    @property
    def operation(self) -> Operation:
        return OPERATIONS[self.name]

    def finds(
        self,
        told: str,
        cite: str,
        finds: tuple[int, ...],
        wire: Mapping[str, Any] | None = None,
        /,
        **filters: Any,
    ) -> Finds:
        """A row about this list."""
        return Finds(
            operation=self.operation,
            told=told,
            cite=cite,
            given=self.given,
            changes=filters,
            finds=finds,
            envelope=self.envelope,
            wire_id=self.wire_id,
            wire=wire,
        )

    def refuses(self, told: str, cite: str, *, held: bool, **query: Any) -> Refuses:
        """A query outside its limits."""
        return Refuses(
            operation=self.operation,
            told=told,
            cite=cite,
            given=fixtures(),
            changes=query,
            fields=tuple(query),
            held=tuple(query) if held else (),
        )
