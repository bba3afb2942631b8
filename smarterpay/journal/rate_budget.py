"""Shares one API key's request budget between all processes; knows nothing of what is sent.

Virtual scheduling: the database holds the instant of the next free slot, and whoever wants slots
moves it forward and sends at the instants it got. Slots are evenly spaced, so any window of the
provider, wherever it starts, holds `share` of its limit and no burst. Measured beside
pyrate-limiter in `benchmarks/rate_budget.py`; figures in `docs/performance.md`.
"""

import asyncio
import hashlib
import time
from collections import deque
from collections.abc import Callable

from sqlalchemy import Connection, case, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from smarterpay.journal.database import Database
from smarterpay.journal.schema import rate_budgets

#: What one process reserves at once, at most, in slots and in seconds. It holds up to twice that,
#: so that the next slots are there before the last ones are used: all it can lose by dying, and
#: all it still sends when another process was told to cool down.
RESERVATION = 16
RESERVATION_SECONDS = 0.25
#: A slot this late is given back unused: sent late, it would crowd the provider's window.
LATE_SECONDS = 0.25
#: Seconds that the next free slot can rightly lie ahead. One further off was left by a clock that
#: was wrong, and would hold back every process until that date.
LONGEST_AHEAD = 3600.0


class RateBudget:
    """One budget for one API key, over all processes that use the same journal.

    `limit` requests in any `window` seconds at most, times `share`. Fails closed: if the
    database cannot be reached, `take` raises and nothing may be sent.
    """

    def __init__(
        self,
        database: Database,
        api_key: str,
        *,
        limit: int,
        window: float,
        share: float,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._name = hashlib.sha256(f"rate:{api_key}".encode()).hexdigest()[:32]
        self.spacing = window / (limit * share)
        self._most_at_once = max(1, min(RESERVATION, int(RESERVATION_SECONDS / self.spacing)))
        self._wall_clock = wall_clock
        self._slots: deque[float] = deque()
        self._held_until = 0.0
        self._wanted = 0  # calls of `take` not yet answered, and of these:
        self._in_hand = 0  # those that sleep until their slot
        self._reserving = asyncio.Lock()
        self._ahead = asyncio.Semaphore(2 * self._most_at_once)

    async def take(self) -> None:
        """Wait for the next slot: one for each HTTP exchange, retries included."""
        await self.take_slot()

    async def take_slot(self) -> float:
        """The same as `take`; tells the instant of the slot in wall-clock seconds."""
        self._wanted += 1
        try:
            async with self._ahead:
                while True:
                    slot = await self._next_slot()
                    await self._sleep_until(slot)
                    if self._is_usable(slot):
                        return slot
        finally:
            self._wanted -= 1

    async def cool_down(self, seconds: float) -> None:
        """Hold back every process for `seconds`: the provider said 429 or 503.

        This process at once, with all that wait in it; another one when it has used up what it
        reserved.
        """
        self._held_until = max(self._held_until, self._wall_clock() + seconds)
        await self._database.run(self._postpone, seconds)

    async def _next_slot(self) -> float:
        async with self._reserving:
            if not self._slots:
                count = min(self._wanted - self._in_hand, self._most_at_once)
                first = await self._database.run(self._reserve, count)
                self._slots.extend(first + n * self.spacing for n in range(count))
            return self._slots.popleft()

    async def _sleep_until(self, slot: float) -> None:
        self._in_hand += 1
        try:
            await asyncio.sleep(max(0.0, slot - self._wall_clock()))
        finally:
            self._in_hand -= 1

    def _is_usable(self, slot: float) -> bool:
        late = self._wall_clock() - slot
        return slot >= self._held_until and late <= max(LATE_SECONDS, self.spacing)

    def _reserve(self, count: int) -> float:
        """Reserve `count` slots in one transaction; returns the instant of the first."""
        ahead = count * self.spacing
        with self._database.write() as connection:
            now, difference = self._clocks(connection)
            end = self._move(connection, not_before=now, by=ahead)
            return end - ahead + difference

    def _postpone(self, seconds: float) -> None:
        with self._database.write() as connection:
            now, _ = self._clocks(connection)
            self._move(connection, not_before=now + seconds, by=0.0)

    def _move(self, connection: Connection, *, not_before: float, by: float) -> float:
        """Move the next free slot to `by` after itself, or after `not_before` if that is later."""
        dialect = sqlite if self._database.is_sqlite else postgresql
        stored = rate_budgets.c.next_slot_at
        believable = stored.between(literal(not_before), literal(not_before + LONGEST_AHEAD))
        later = case((believable, stored), else_=literal(not_before))
        statement = dialect.insert(rate_budgets).values(
            name=self._name, next_slot_at=not_before + by
        )
        moved = connection.execute(
            statement.on_conflict_do_update(
                index_elements=[rate_budgets.c.name], set_={"next_slot_at": later + literal(by)}
            ).returning(rate_budgets.c.next_slot_at)
        ).scalar_one()
        return float(moved)

    def _clocks(self, connection: Connection) -> tuple[float, float]:
        """One clock for all processes, and what to add to its instants to have ours.

        It is the database server's, or this machine's for SQLite. Both are read before the row
        is moved: waiting for its lock is no difference between clocks.
        """
        if self._database.is_sqlite:
            return self._wall_clock(), 0.0
        epoch = connection.execute(select(func.extract("epoch", func.clock_timestamp())))
        now = float(epoch.scalar_one())
        return now, self._wall_clock() - now
