"""What a row of the contract is: an operation, what is asked, what comes; asks nothing itself."""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pytest

from smarterpay.api import OPERATIONS, ApiError, Operation, Record, Refused
from tests.contract.stage import NO_RECORD, Stage


class _LeftOut:
    def __repr__(self) -> str:
        return "LEFT_OUT"


LEFT_OUT: Final = _LeftOut()
"""In a row's changes: the property is not sent."""


class Like:
    """A text that matches a pattern from its first character to its last."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and re.fullmatch(self._pattern, other) is not None

    def __hash__(self) -> int:
        return hash(self._pattern)

    def __repr__(self) -> str:
        return f"<{self._pattern}>"


def new_id(prefix: str) -> Like:
    """An id of section 5: its prefix and 16 characters of A-Z and 0-9."""
    return Like(f"{prefix}[A-Z0-9]{{16}}")


GUID: Final = Like("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
STAMP: Final = Like(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
"""A timestamp as the sandbox sends it in REST: without a fraction (section 5)."""


class Of:
    """What stands in an attribute of a record of the ground: `Of("mandate.id")`.

    `Of("ids", 1)` is the second of its ids.
    """

    def __init__(self, where: str, index: int | None = None) -> None:
        self._name, _, self._attribute = where.partition(".")
        self._index = index

    def in_(self, ground: "Ground") -> Any:
        """The value itself."""
        found = ground.known[self._name]
        if self._index is not None:
            return found[self._index]
        return getattr(found, self._attribute) if self._attribute else found


@dataclass(frozen=True, slots=True)
class Ground:
    """What stands before a row is asked.

    `asks` are attributes of a valid request, `id` the record of the path, `known` the records
    that expectations name.
    """

    asks: Mapping[str, Any] = field(default_factory=dict)
    id: str | None = None
    known: Mapping[str, Any] = field(default_factory=dict)

    def value(self, expected: Any) -> Any:
        """An expectation with `Of` put in."""
        return expected.in_(self) if isinstance(expected, Of) else expected

    def values(self, expected: Mapping[str, Any]) -> dict[str, Any]:
        """Expectations with `Of` put in."""
        return {name: self.value(value) for name, value in expected.items()}


Given = Callable[[Stage], Awaitable[Ground]]
SECTION: Final = re.compile(r"(\d+(\.\d+)?) [DRA]([, ]+[DRA])*")
"""How a row cites the reference: section and marks, `7.7 A` or `7.5 D, R`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What both kinds of row say. `told` is what is asked, `cite` section and mark.

    `changes` are attributes changed from the valid request of `given`, `sets` are further ones
    that the ground alone can name; `settings` are those of the sandbox; `at` is the London time
    of the call.
    """

    operation: Operation
    told: str
    cite: str
    given: Given
    changes: Mapping[str, Any] = field(default_factory=dict)
    sets: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gives(Row):
    """A row that ends well.

    The record echoes what was asked, but for what `gives` says of its attributes. `envelope` is
    the key around it on the wire, `wire` the whole of it there, key by key. `after` says how
    records of the ground stand then. `reads_back`: a read gives the very same record.
    """

    gives: Mapping[str, Any] = field(default_factory=dict)
    envelope: str = ""
    wire: Mapping[str, Any] | None = None
    status: int = 200
    after: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    reads_back: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuses(Row):
    """A row that ends in an error of `kind` that names `fields`, or carries `code`.

    `held`: the client's model refuses it too, before sending, and names these attributes.
    `body` is sent as it is in place of a changed request. `nothing_done`: the provider's books
    stay as they are.
    """

    fields: tuple[str, ...] = ()
    kind: type[ApiError] = Refused
    status: int = 400
    code: int | str | None = None
    message: str | None = None
    held: tuple[str, ...] = ()
    body: bytes | None = None
    nothing_done: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Finds(Row):
    """A row about a list: `changes` are its filters, `finds` which records of the ground come.

    The ground knows the `ids` of its records, oldest first; `finds` counts from 0 and has the
    order of the answer. `wire_id` is how the list spells the id, `wire` the whole of the first
    record there, key by key.
    """

    finds: tuple[int, ...]
    envelope: str
    wire_id: str = "id"
    wire: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One operation in a table: makes its rows, so that each tells only what it is about."""

    operation: Operation
    given: Given
    envelope: str = ""
    reads_back: bool = True
    status: int = 200

    def gives(
        self, told: str, cite: str, changes: Mapping[str, Any] | None = None, **rest: Any
    ) -> Gives:
        """A row that ends well."""
        given = rest.pop("given", self.given)
        options: dict[str, Any] = {
            "envelope": self.envelope,
            "reads_back": self.reads_back,
            "status": self.status,
            **rest,
        }
        return Gives(
            operation=self.operation,
            told=told,
            cite=cite,
            given=given,
            changes=changes or {},
            **options,
        )

    def refuses(
        self,
        told: str,
        cite: str,
        changes: Mapping[str, Any] | None = None,
        fields: Sequence[str] | None = None,
        **rest: Any,
    ) -> Refuses:
        """A row that ends in an error; unless told, it names what was changed."""
        changes = changes or {}
        given = rest.pop("given", self.given)
        return Refuses(
            operation=self.operation,
            told=told,
            cite=cite,
            given=given,
            changes=changes,
            fields=tuple(changes if fields is None else fields),
            **rest,
        )

    def holds(
        self,
        told: str,
        cite: str,
        changes: Mapping[str, Any],
        fields: Sequence[str] | None = None,
        **rest: Any,
    ) -> Refuses:
        """As `refuses`, and the client's model refuses the same attributes before sending."""
        options = {"held": tuple(changes if fields is None else fields), **rest}
        return self.refuses(told, cite, changes, fields, **options)

    def mandatory(self, cite: str, *names: str, **rest: Any) -> Iterator[Refuses]:
        """A row for each mandatory property: refused where it is left out, or empty."""
        for name in names:
            yield self.holds(f"without {name}", cite, {name: LEFT_OUT}, **rest)
            yield self.holds(f"with an empty {name}", cite, {name: ""}, **rest)

    def longest(self, cite: str, lengths: Mapping[str, int], **rest: Any) -> Iterator[Row]:
        """Texts at their limits all together, and a refusal of each one character beyond."""
        at_the_limit = {name: filled(name, length) for name, length in lengths.items()}
        yield self.gives("every text at its longest", cite, at_the_limit, **rest)
        for name, length in lengths.items():
            beyond = {name: filled(name, length + 1)}
            yield self.holds(f"{name} of {length + 1}", cite, beyond, **rest)

    def at(self, given: Given) -> "Asked":
        """The same operation on other ground."""
        return replace(self, given=given)


def asked(name: str, given: Given, envelope: str = "", **usually: Any) -> Asked:
    """The operation of the catalogue called so, on its usual ground and with its usual end."""
    return Asked(OPERATIONS[name], given, envelope, **usually)


def filled(name: str, length: int) -> str:
    """A text of that length which no other field has, fit for a mandate reference too."""
    return (name.upper().replace("_", "-") + "X" * length)[:length]


def nothing(**asks: Any) -> Given:
    """Ground on which nothing stands; the request is the same every time."""

    async def given(_: Stage) -> Ground:
        return Ground(asks)

    return given


def record(make: Callable[[Stage], Awaitable[Record]], **asks: Any) -> Given:
    """Ground on which one record stands, known as `record` and named by the path."""

    async def given(stage: Stage) -> Ground:
        made = await make(stage)
        return Ground(asks, getattr(made, "id", None), {"record": made})

    return given


def beside(make: Callable[[Stage], Awaitable[Record]], **asks: Any) -> Given:
    """Ground on which one record stands, known as `record`, that the path does not name."""

    async def given(stage: Stage) -> Ground:
        return Ground(asks, known={"record": await make(stage)})

    return given


def nobody(**asks: Any) -> Given:
    """Ground on which the path names a record that there is not."""

    async def given(_: Stage) -> Ground:
        return Ground(asks, NO_RECORD)

    return given


def table(*rows: Row) -> pytest.MarkDecorator:
    """The rows as a pytest parameter called `row`, each under its own words."""
    named = [(row, f"{row.operation.name}: {row.told} ({row.cite})") for row in rows]
    return pytest.mark.parametrize("row", [pytest.param(row, id=name) for row, name in named])
