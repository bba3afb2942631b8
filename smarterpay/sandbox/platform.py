"""The provider's inside: books, clock, ids, calendar and settings together; knows no HTTP."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from smarterpay.bacs import LONDON, BankingCalendar, earliest_date, london_date, stored_date
from smarterpay.sandbox.books.books import Books, Change
from smarterpay.sandbox.books.identifiers import Identifiers
from smarterpay.sandbox.fixtures import put_fixtures
from smarterpay.sandbox.settings import START_OF_DAY, ClientSettings
from smarterpay.sandbox.timing.agenda import Agenda
from smarterpay.sandbox.timing.clock import SimulatedClock

CLOCK = "clock"
SETTINGS = "settings"
IDENTIFIERS = "identifiers"


BackgroundTask = Callable[["Platform", str], Awaitable[None] | None]
"""Work that is due at an instant: called with the platform and the record id it is about."""


class Platform:
    """One provider with one client; every rule works on this.

    `tasks` are the background jobs by name; `daily` plans the standing ones anew on an empty
    platform. `announce` is told of each change of a record: platform, record, `create` or
    `update`, source and description. Whoever moves the clock holds `moving`.
    """

    def __init__(
        self,
        seed: int,
        start: datetime,
        tasks: Mapping[str, BackgroundTask],
        daily: Callable[["Platform"], None],
        announce: Callable[["Platform", Any, str, str, str], None],
    ) -> None:
        self._first_seed = seed
        self._start = start
        self._tasks = tasks
        self._daily = daily
        self._announce = announce
        self.moving = asyncio.Lock()
        self.books = Books()
        self.calendar = BankingCalendar()
        self.begin(seed)

    def begin(self, seed: int | None = None) -> None:
        """Start afresh: fixtures, default settings, the clock at its start, ids from `seed`."""
        self.books.clear()
        self.settings = ClientSettings()
        self.clock = SimulatedClock(self._start)
        self.ids = Identifiers(self._first_seed if seed is None else seed)
        self.agenda = Agenda(self.books, self.clock)
        put_fixtures(self.books, self.clock.stamp())
        self._daily(self)
        self.note_clock()
        self.note_settings()
        self._note_ids()

    def now(self) -> datetime:
        """The simulated instant, in UTC."""
        return self.clock.now()

    def today(self) -> date:
        """The simulated London date."""
        return london_date(self.clock.now())

    def new_id(self, prefix: str) -> str:
        """The next record id of a prefix."""
        drawn = self.ids.record_id(prefix)
        self._note_ids()
        return drawn

    def new_uuid(self, stream: str) -> str:
        """The next UUID of a stream."""
        drawn = self.ids.uuid(stream)
        self._note_ids()
        return drawn

    def new_number(self, stream: str) -> int:
        """The next whole number of a stream, from 1 on."""
        drawn = self.ids.number(stream)
        self._note_ids()
        return drawn

    def new_text(self, stream: str, length: int) -> str:
        """The next text of a stream, so many characters A-Z 0-9, at most 48."""
        drawn = self.ids.text(stream, length)
        self._note_ids()
        return drawn

    def new_secret(self, stream: str) -> bytes:
        """The next 32 bytes of a stream."""
        drawn = self.ids.secret(stream)
        self._note_ids()
        return drawn

    def new_mandate_reference(self, is_free: Callable[[str], bool]) -> str:
        """The next generated mandate reference that `is_free`."""
        drawn = self.ids.mandate_reference(is_free)
        self._note_ids()
        return drawn

    def earliest_date(self) -> date:
        """The earliest collection date as of now (section 10, "Formula")."""
        return earliest_date(self.now(), self.calendar, self.settings.processing_days)

    def stored_date(self, asked: date) -> date:
        """The date stored for an asked one as of now (section 10, "Moves")."""
        return stored_date(asked, self.now(), self.calendar, self.settings.processing_days)

    def announce(self, record: Any, action: str, source: str, description: str = "") -> None:
        """Tell the webhooks of a change (section 9)."""
        self._announce(self, record, action, source, description)

    async def advance_to(self, instant: datetime) -> int:
        """Move the clock to `instant`, doing all work due on the way; returns how many jobs.

        Calls are answered meanwhile: a receiver of webhooks may read records. Hold `moving`.
        """
        done = await self.agenda.run_until(instant, self._perform)
        self.clock.move_to(instant)
        self.note_clock()
        return done

    async def catch_up(self) -> None:
        """Do the work that has come due while the clock ran by itself."""
        if self.clock.mode == "frozen" or self.moving.locked():
            return
        due = self.agenda.next_due()
        if due is not None and due <= self.clock.reached():
            async with self.moving:
                await self.agenda.run_until(self.clock.reached(), self._perform)
                self.note_clock()

    def next_banking_day_start(self, count: int = 1) -> datetime:
        """09:00 London on the `count`-th banking day after today, in UTC."""
        day = self.calendar.plus(self.today(), count)
        return datetime.combine(day, START_OF_DAY, LONDON)

    def note_clock(self) -> None:
        """Have the clock's state kept with the books, where it is another than is kept."""
        state = self.clock.as_dict()
        if self.books.meta.get(CLOCK) != state:
            self.books.put_meta(CLOCK, state)

    def note_settings(self) -> None:
        """Have the settings kept with the books."""
        self.books.put_meta(SETTINGS, self.settings.as_dict())

    def restore(self, entries: Iterable[Change]) -> bool:
        """Stand where the entries of a snapshot or state file stood; False where none are.

        Raises `KeyError`, `ValueError` or `TypeError` where they are no entries of ours.
        """
        fresh = list(entries)
        if not fresh:
            return False
        self.books.clear()
        for kind, key, raw in fresh:
            if raw is not None:
                self.books.load(kind, key, raw)
        self.settings = ClientSettings()
        self.settings.restore(self.books.meta[SETTINGS])
        self.clock.restore(self.books.meta[CLOCK])
        saved = self.books.meta[IDENTIFIERS]
        self.ids = Identifiers(int(saved["seed"]))
        self.ids.drawn = {str(key): int(count) for key, count in saved["drawn"].items()}
        self.agenda.reload()
        return True

    def _note_ids(self) -> None:
        self.books.put_meta(IDENTIFIERS, {"seed": self.ids.seed, "drawn": self.ids.drawn})

    async def _perform(self, task: str, subject: str) -> None:
        waiting = self._tasks[task](self, subject)
        if waiting is not None:
            await waiting
