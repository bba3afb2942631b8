"""Which way each collection of a batch goes, and when Bacs would collect it; pure.

It knows no file, no journal and no provider: rows, instant, calendar and limit are handed in.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from smarterpay.bacs import BankingCalendar, stored_date
from smarterpay.money.plans import Plan, PlannedRow

DIRECT_DEBIT = "direct debit"
SINGLE, BULK = "single", "bulk"
"""The two ways of a Direct Debit; a card is charged by its method, one call for each row."""
MOST_ROWS_A_CALL = 500
"""Rows of one bulk call at most (reference, section 7.9)."""
READS_A_BULK_CALL = 6
"""What one bulk call is expected to cost besides itself: looks at its API request (its rows are
created 100 a second), and pages of the list that its payments are read from."""
READS_A_CHARGE = 2
"""The card, and the payments on it, whose limits are checked before a charge."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A collection as staged: `asked_on` is a London date for a Direct Debit, None for a card.

    `number` is its place in the batch, over good and bad rows; `sha256` that of the row as staged.
    """

    number: int
    reference: str
    method: str
    amount_pence: int
    asked_on: date | None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """How a batch is sent. Decided once for a batch and kept: no row is ever sent both ways.

    Chunk n holds the rows numbered from `n * rows_a_chunk`; in bulk it is one call.
    """

    bulk: bool
    rows_a_chunk: int

    def __post_init__(self) -> None:
        if not 1 <= self.rows_a_chunk <= MOST_ROWS_A_CALL:
            raise ValueError(f"a chunk has 1 to {MOST_ROWS_A_CALL} rows")

    def way_of(self, method: str) -> str:
        """The way a row of that method goes: `bulk`, `single`, or how its card is charged."""
        if method != DIRECT_DEBIT:
            return method
        return BULK if self.bulk else SINGLE


@dataclass(frozen=True, slots=True)
class OnDate:
    """What would be collected `on` a date; None are cards, charged when the batch is applied."""

    on: date | None
    rows: int
    amount_pence: int


@dataclass(frozen=True, slots=True)
class Shift:
    """Collections asked for on one date that Bacs moves to another."""

    asked_on: date
    moved_to: date
    rows: int
    amount_pence: int


@dataclass(frozen=True, slots=True)
class CollectionPlan:
    """What a batch of collections would do. Dates are London dates, amounts pence.

    `creates`, `bulk_creates` and `charges` are writes, one each; `reads` are what is expected
    besides. `minutes` is all of it at the provider's limit, rounded up to a tenth.
    """

    route: Route
    rows: Sequence[PlannedRow] = field(repr=False)
    expected: Sequence[OnDate]
    shifts: Sequence[Shift]
    creates: int
    bulk_creates: int
    charges: int
    reads: int
    minutes: float

    @property
    def calls(self) -> int:
        """All calls, reads included."""
        return self.creates + self.bulk_creates + self.charges + self.reads

    @property
    def amount_pence(self) -> int:
        """The sum of all rows."""
        return sum(row.amount_pence for row in self.rows)

    def told(self) -> dict[str, object]:
        """What a person is told besides rows and pence; ready for JSON."""
        return {
            "calls": self.calls,
            "minutes": self.minutes,
            "one_by_one": self.creates,
            "bulk_calls": self.bulk_creates,
            "card_charges": self.charges,
            "expected": [
                {
                    "on": None if one.on is None else one.on.isoformat(),
                    "rows": one.rows,
                    "amount_pence": one.amount_pence,
                }
                for one in self.expected
            ],
            "moved": [
                {
                    "asked_on": one.asked_on.isoformat(),
                    "moved_to": one.moved_to.isoformat(),
                    "rows": one.rows,
                    "amount_pence": one.amount_pence,
                }
                for one in self.shifts
            ],
        }

    def plan(self, kind: str, subject: str, planner: str) -> Plan:
        """What is to be approved: the asked dates, not the expected ones, which change by hour."""
        return Plan(kind, subject, planner, self.rows, self.told())


def decide_route(direct_debits: int, *, bulk_from: int, chunk_size: int) -> Route:
    """In bulk from `bulk_from` Direct Debits on, else one by one in chunks of `chunk_size` rows."""
    if direct_debits >= bulk_from:
        return Route(bulk=True, rows_a_chunk=MOST_ROWS_A_CALL)
    return Route(bulk=False, rows_a_chunk=chunk_size)


def plan_collections(
    wanted: Iterable[Wanted],
    route: Route,
    *,
    now: datetime,
    calendar: BankingCalendar,
    processing_days: int,
    calls_a_minute: float,
) -> CollectionPlan:
    """The plan of a batch whose rows are `wanted`, sent by `route` at the instant `now`.

    Expected dates are those of section 10: the first banking day that is neither before the
    asked one nor too early. A card is charged at once and has none.
    """
    rows: list[PlannedRow] = []
    asked: Counter[date | None] = Counter()
    pence: Counter[date | None] = Counter()
    for one in wanted:
        way = route.way_of(one.method)
        rows.append(
            PlannedRow(one.number, one.reference, one.amount_pence, way, one.asked_on, one.sha256)
        )
        asked[one.asked_on] += 1
        pence[one.asked_on] += one.amount_pence
    moved_to = {
        day: None if day is None else stored_date(day, now, calendar, processing_days)
        for day in asked
    }
    creates, bulk_creates, charges = _writes(rows, route)
    reads = bulk_creates * READS_A_BULK_CALL + charges * READS_A_CHARGE
    calls = creates + bulk_creates + charges + reads
    return CollectionPlan(
        route=route,
        rows=rows,
        expected=_expected(asked, pence, moved_to),
        shifts=[
            Shift(day, to, asked[day], pence[day])
            for day, to in sorted(_dated(moved_to))
            if day != to
        ],
        creates=creates,
        bulk_creates=bulk_creates,
        charges=charges,
        reads=reads,
        minutes=math.ceil(calls / calls_a_minute * 10) / 10,
    )


def _writes(rows: Iterable[PlannedRow], route: Route) -> tuple[int, int, int]:
    """How many Direct Debits go one by one, how many calls go in bulk, how many charges."""
    ways = Counter(row.what for row in rows)
    bulk_chunks = {row.number // route.rows_a_chunk for row in rows if row.what == BULK}
    charges = sum(count for way, count in ways.items() if way not in (SINGLE, BULK))
    return ways[SINGLE], len(bulk_chunks), charges


def _expected(
    asked: Counter[date | None],
    pence: Counter[date | None],
    moved_to: dict[date | None, date | None],
) -> Sequence[OnDate]:
    rows_on: Counter[date | None] = Counter()
    pence_on: Counter[date | None] = Counter()
    for day, count in asked.items():
        rows_on[moved_to[day]] += count
        pence_on[moved_to[day]] += pence[day]
    return [
        OnDate(day, rows_on[day], pence_on[day])
        for day in sorted(rows_on, key=lambda day: (day is None, day or date.min))
    ]


def _dated(moved_to: dict[date | None, date | None]) -> Iterable[tuple[date, date]]:
    return [(day, to) for day, to in moved_to.items() if day is not None and to is not None]
