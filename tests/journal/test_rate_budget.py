"""One request budget over all processes: evenly spaced, shared, failing closed (section 3)."""

import asyncio
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select, text, update
from sqlalchemy.exc import SQLAlchemyError

from smarterpay.journal import Journal
from smarterpay.journal.database import Database
from smarterpay.journal.migrate import migrate
from smarterpay.journal.rate_budget import LATE_SECONDS, RESERVATION, RateBudget
from smarterpay.journal.schema import rate_budgets
from smarterpay.settings import Settings
from tests.databases import PostgreSQLServer
from tests.journal import actors as actor
from tests.journal.processes import actors

SPACING = 0.005


class WallClock:
    """Wall-clock seconds that pass only when told to."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def wall_clock() -> WallClock:
    return WallClock()


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    """A migrated SQLite database, whose shared clock is the one a test hands over."""
    opened = Database(sqlite_url)
    migrate(opened)
    yield opened
    opened.close()


def a_budget(
    database: Database,
    *,
    key: str = "key",
    spacing: float = SPACING,
    wall_clock: Callable[[], float] = time.time,
) -> RateBudget:
    """A budget with a slot every `spacing` seconds."""
    return RateBudget(
        database, key, limit=100, window=100 * spacing, share=1.0, wall_clock=wall_clock
    )


async def take_at_once(budget: RateBudget, count: int) -> list[float]:
    """The slots of `count` calls made at the same moment, in the order of the calls."""
    return list(await asyncio.gather(*(budget.take_slot() for _ in range(count))))


def stored_next_slot(database: Database) -> float:
    """The next free slot, for whoever comes."""
    with database.read() as connection:
        return float(connection.execute(select(rate_budgets.c.next_slot_at)).scalar_one())


def most_in_any(window: float, instants: Sequence[float]) -> int:
    """The most instants in any half-open window, wherever it starts."""
    ordered = sorted(instants)
    return max(bisect_left(ordered, start + window) - index for index, start in enumerate(ordered))


class TestSlots:
    def test_the_share_of_the_limit_is_spread_evenly_over_the_window(
        self, database: Database
    ) -> None:
        """Section 3: 1000 requests per 60 seconds; we use 99 % of them."""
        budget = RateBudget(database, "key", limit=1000, window=60.0, share=0.99)

        assert budget.spacing == pytest.approx(60 / 990)

    async def test_the_first_slot_is_now(self, database: Database, wall_clock: WallClock) -> None:
        budget = a_budget(database, wall_clock=wall_clock)

        assert await budget.take_slot() == pytest.approx(wall_clock.now)

    async def test_slots_taken_one_after_the_other_are_spaced(
        self, database: Database, wall_clock: WallClock
    ) -> None:
        budget = a_budget(database, wall_clock=wall_clock)

        slots = [await budget.take_slot() for _ in range(5)]

        assert slots == pytest.approx([wall_clock.now + n * SPACING for n in range(5)])

    async def test_slots_taken_at_once_are_spaced_and_go_in_the_order_of_asking(
        self, database: Database, wall_clock: WallClock
    ) -> None:
        """More than one reservation holds."""
        budget = a_budget(database, wall_clock=wall_clock)
        many = 3 * RESERVATION + 5

        slots = await take_at_once(budget, many)

        assert slots == pytest.approx([wall_clock.now + n * SPACING for n in range(many)])

    async def test_slots_nobody_took_do_not_pile_up_to_a_burst(
        self, database: Database, wall_clock: WallClock
    ) -> None:
        """Section 3: a window may start anywhere, so a burst counts twice."""
        budget = a_budget(database, wall_clock=wall_clock)
        await budget.take_slot()
        wall_clock.now += 3600

        slots = await take_at_once(budget, 5)

        assert slots == pytest.approx([wall_clock.now + n * SPACING for n in range(5)])

    async def test_take_returns_no_sooner_than_its_slot(self, database: Database) -> None:
        budget = a_budget(database, spacing=0.05)
        began = time.time()

        for _ in range(4):
            await budget.take()

        assert time.time() - began >= 3 * 0.05 - 0.001

    async def test_no_slot_is_reserved_that_nobody_asked_for(
        self, database: Database, wall_clock: WallClock
    ) -> None:
        budget = a_budget(database, wall_clock=wall_clock)

        await take_at_once(budget, 3)

        assert stored_next_slot(database) == pytest.approx(wall_clock.now + 3 * SPACING)


class TestLateness:
    async def test_a_slot_that_was_slept_through_is_not_used(
        self, database: Database, wall_clock: WallClock
    ) -> None:
        """A stopped process must not send its old slots all at once when it wakes."""
        budget = a_budget(database, spacing=0.1, wall_clock=wall_clock)
        await budget.take_slot()
        waiting = [asyncio.create_task(budget.take_slot()) for _ in range(4)]
        await asyncio.sleep(0.05)

        wall_clock.now += 10

        slots = [await task for task in waiting]
        assert slots == pytest.approx([wall_clock.now + n * 0.1 for n in range(4)])

    async def test_a_slot_a_moment_late_is_used(
        self, database: Database, wall_clock: WallClock
    ) -> None:
        """Else every hiccup would cost throughput."""
        budget = a_budget(database, spacing=0.1, wall_clock=wall_clock)
        first = await budget.take_slot()
        waiting = asyncio.create_task(budget.take_slot())
        await asyncio.sleep(0.05)

        wall_clock.now += 0.1 + LATE_SECONDS - 0.01

        assert await waiting == pytest.approx(first + 0.1)

    async def test_a_call_given_up_blocks_nobody(
        self, database: Database, wall_clock: WallClock
    ) -> None:
        budget = a_budget(database, spacing=0.02, wall_clock=wall_clock)
        waiting = [asyncio.create_task(budget.take_slot()) for _ in range(40)]
        await asyncio.sleep(0.05)

        for task in waiting[:39]:
            task.cancel()

        slot = await waiting[39]
        assert slot >= wall_clock.now
        assert await budget.take_slot() >= slot + 0.02 - 1e-6


class TestSharing:
    async def test_a_clock_that_was_ahead_for_a_while_stops_nobody_until_then(
        self, journal: Journal
    ) -> None:
        """Else a wrong date at noon would hold back every process until that date."""
        budget = a_budget(journal.database)
        await budget.take_slot()
        next_year = time.time() + 365 * 86_400
        with journal.database.write() as connection:
            connection.execute(update(rate_budgets).values(next_slot_at=next_year))

        first, second = await asyncio.wait_for(take_at_once(budget, 2), timeout=30)

        assert first < second < next_year
        assert stored_next_slot(journal.database) < next_year

    async def test_two_processes_share_one_budget(self, journal: Journal) -> None:
        """Section 3: the limit is per API key, over all endpoints; so over all processes."""
        other = Database(journal.database.url.render_as_string(hide_password=False))
        budgets = a_budget(journal.database, spacing=0.02), a_budget(other, spacing=0.02)
        began = time.time()

        taken = await asyncio.gather(*(take_at_once(budget, 20) for budget in budgets))
        other.close()

        slots = [slot for of_one in taken for slot in of_one]
        assert len(slots) == 40
        assert max(slots) >= began + 39 * 0.02
        assert stored_next_slot(journal.database) >= began + 40 * 0.02

    async def test_slots_of_two_processes_never_coincide(
        self, database: Database, wall_clock: WallClock, sqlite_url: str
    ) -> None:
        """To the microsecond, where both live by one clock."""
        other = Database(sqlite_url)
        budgets = [a_budget(d, wall_clock=wall_clock) for d in (database, other)]

        taken = await asyncio.gather(*(take_at_once(budget, 50) for budget in budgets))
        other.close()

        slots = sorted(slot for of_one in taken for slot in of_one)
        assert slots == pytest.approx([wall_clock.now + n * SPACING for n in range(100)])

    async def test_another_api_key_has_a_budget_of_its_own(
        self, database: Database, wall_clock: WallClock
    ) -> None:
        """Section 3: per API key."""
        one = a_budget(database, key="one", wall_clock=wall_clock)
        two = a_budget(database, key="two", wall_clock=wall_clock)
        await take_at_once(one, 5)

        assert await two.take_slot() == pytest.approx(wall_clock.now)

    async def test_the_api_key_is_not_in_the_database(self, journal: Journal) -> None:
        secret = "PLANTED-API-KEY-7f3a"
        budget = a_budget(journal.database, key=secret)
        await budget.take()

        with journal.database.read() as connection:
            (name,) = connection.execute(select(rate_budgets.c.name)).scalars()
        assert secret not in name
        assert secret not in repr(budget)

    async def test_a_busy_process_holds_only_a_little_of_what_is_ahead(
        self, database: Database, wall_clock: WallClock, sqlite_url: str
    ) -> None:
        """Else one chunk's hundred rows would hold up every other chunk."""
        other = Database(sqlite_url)
        busy = a_budget(database, spacing=0.02, wall_clock=wall_clock)
        newcomer = a_budget(other, spacing=0.02, wall_clock=wall_clock)
        waiting = [asyncio.create_task(busy.take_slot()) for _ in range(100)]
        await asyncio.sleep(0.05)

        slot = await newcomer.take_slot()

        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        other.close()
        assert slot <= wall_clock.now + 4 * RESERVATION * 0.02


class TestCoolingDown:
    """Section 3: beyond the limit 429 until the window has run out."""

    async def test_holds_back_every_process(self, journal: Journal) -> None:
        other = Database(journal.database.url.render_as_string(hide_password=False))
        told, untold = a_budget(journal.database), a_budget(other)
        await asyncio.gather(told.take(), untold.take())
        began = time.time()

        await told.cool_down(0.3)
        slots = await asyncio.gather(told.take_slot(), untold.take_slot())
        other.close()

        assert min(slots) >= began + 0.3
        assert time.time() >= began + 0.3

    async def test_holds_back_those_who_wait_already(self, journal: Journal) -> None:
        """They were given slots before the provider said 429."""
        budget = a_budget(journal.database, spacing=0.1)
        waiting = [asyncio.create_task(budget.take_slot()) for _ in range(4)]
        await waiting[0]
        began = time.time()

        await budget.cool_down(0.5)

        slots = [await task for task in waiting[1:]]
        assert min(slots) >= began + 0.5

    async def test_the_longest_holds(self, database: Database, wall_clock: WallClock) -> None:
        budget = a_budget(database, wall_clock=wall_clock)
        await budget.cool_down(0.2)
        await budget.cool_down(0.01)

        assert await budget.take_slot() == pytest.approx(wall_clock.now + 0.2)

    async def test_does_not_end_in_a_burst(self, database: Database, wall_clock: WallClock) -> None:
        budget = a_budget(database, wall_clock=wall_clock)
        await budget.cool_down(0.1)

        slots = await take_at_once(budget, 20)

        assert slots == pytest.approx([wall_clock.now + 0.1 + n * SPACING for n in range(20)])


class TestFailingClosed:
    """Design section 3: without the database nothing may be sent."""

    async def test_a_postgresql_that_went_away_gives_no_slot(
        self, tmp_path: Path, postgresql_server: PostgreSQLServer
    ) -> None:
        name = postgresql_server.create_database()
        url = SecretStr(postgresql_server.url(name))
        with Journal.open(Settings(home=tmp_path, journal_url=url)) as journal:
            budget = a_budget(journal.database)
            await budget.take()
            postgresql_server.drop_database(name)

            for _ in range(2):
                with pytest.raises(SQLAlchemyError):
                    await budget.take()

    async def test_a_sqlite_file_that_went_away_gives_no_slot(
        self, database: Database, tmp_path: Path
    ) -> None:
        budget = a_budget(database)
        await budget.take()
        database.engine.dispose()
        (tmp_path / "database").rename(tmp_path / "moved")

        for _ in range(2):
            with pytest.raises(SQLAlchemyError):
                await budget.take()

    async def test_it_gives_slots_again_when_the_database_is_back(self, journal: Journal) -> None:
        budget = a_budget(journal.database)
        with journal.database.write() as connection:
            connection.execute(text("ALTER TABLE rate_budgets RENAME TO elsewhere"))
        outcomes = await asyncio.gather(*(budget.take() for _ in range(40)), return_exceptions=True)
        assert {isinstance(outcome, SQLAlchemyError) for outcome in outcomes} == {True}

        with journal.database.write() as connection:
            connection.execute(text("ALTER TABLE elsewhere RENAME TO rate_budgets"))

        began = time.time()
        assert min(await take_at_once(budget, 40)) >= began


def test_real_processes_together_keep_within_the_limit_in_every_window(
    settings: Settings, journal: Journal
) -> None:
    """Section 3: a fixed window may begin with any request, so every window is looked at."""
    limit, window, share = 100, 2.0, 0.8
    with actors(settings) as three:
        three.add(actor.take_slots, 80, limit, window, share, count=3)
        outcomes = three.go()

    slots = [slot for outcome in outcomes for slot in outcome["slots"]]
    sent = [instant for outcome in outcomes for instant in outcome["sent"]]
    assert [len(outcome["sent"]) for outcome in outcomes] == [80] * 3
    assert most_in_any(window, sent) <= limit
    # PostgreSQL's clock is read over a connection, which shifts a process's slots a little.
    assert most_in_any(window - LATE_SECONDS, slots) <= limit * share
    assert max(slots) - min(slots) >= 239 * window / (limit * share) - LATE_SECONDS
