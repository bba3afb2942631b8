"""The simulated clock: what time it is in the sandbox; knows neither records nor jobs."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from smarterpay.sandbox.settings import START_INSTANT

Mode = Literal["frozen", "realtime", "scaled"]
MODES: tuple[Mode, ...] = ("frozen", "realtime", "scaled")
LONGEST_SPAN = timedelta(days=100 * 366)
"""How far one call moves the clock at most: the daily work of all those days is done."""
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?(e[0-9]+)?")
_SPAN = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([smhdw])")


class SimulatedClock:
    """Time that stands still, runs, or runs faster (reference, section 12, "Clock").

    Instants are aware datetimes in UTC. Time only ever moves forward, and never past work that
    is yet to be done: however fast it runs, and however long the program was not running, each
    job has its own instant.
    """

    def __init__(
        self, start: datetime = START_INSTANT, wall: Callable[[], float] = time.time
    ) -> None:
        self._wall = wall
        self._instant = start.astimezone(UTC)
        self._anchor = wall()
        self.mode: Mode = "frozen"
        self.scale = 1.0
        self._held: datetime | None = None
        self._stamp_second: datetime | None = None
        self._stamp = ""

    def now(self) -> datetime:
        """The current simulated instant, in UTC."""
        reached = self.reached()
        return reached if self._held is None else min(reached, self._held)

    def reached(self) -> datetime:
        """The instant that a running clock has run on to; the present one as soon as the work
        due until then is done.
        """
        if self.mode == "frozen":
            return self._instant
        passed = max(0.0, self._wall() - self._anchor)
        factor = self.scale if self.mode == "scaled" else 1.0
        return self._instant + min(timedelta(seconds=passed * factor), LONGEST_SPAN)

    def hold(self, instant: datetime | None) -> None:
        """Let time go no further than the instant of the next job; None for no job."""
        self._held = None if instant is None else instant.astimezone(UTC)

    def stamp(self) -> str:
        """The current instant as REST answers print it: `2026-06-01T08:00:00Z` (section 5)."""
        second = self.now().replace(microsecond=0)
        if second != self._stamp_second:
            self._stamp_second = second
            self._stamp = format_stamp(second)
        return self._stamp

    def move_to(self, instant: datetime) -> None:
        """Make it `instant` now; an earlier one than now changes nothing."""
        self._instant = max(self.reached(), instant.astimezone(UTC))
        self._anchor = self._wall()

    def change_mode(self, mode: Mode, scale: float = 1.0) -> None:
        """Stand still, or run on from the present instant, `scale` times as fast."""
        self._instant = self.now()
        self._anchor = self._wall()
        self.mode = mode
        self.scale = scale

    def as_dict(self) -> dict[str, Any]:
        """The state a restart needs: instant, mode, scale, and the wall time it belongs to."""
        return {
            "instant": self._instant.isoformat(),
            "anchor": self._anchor,
            "mode": self.mode,
            "scale": self.scale,
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Go on from what `as_dict` gave; a running clock has run on meanwhile."""
        self._instant = datetime.fromisoformat(saved["instant"])
        self._anchor = float(saved["anchor"])
        self.mode = saved["mode"]
        self.scale = float(saved["scale"])


def format_stamp(instant: datetime) -> str:
    """An aware instant as `YYYY-MM-DDTHH:MM:SSZ`, fractions cut off."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_stamp(text: str) -> datetime:
    """The instant of a stamp that `format_stamp` made."""
    return datetime.fromisoformat(text)


def parse_span(raw: float | str) -> timedelta:
    """A span given as seconds or as text like `25h`, `1d`, `1h30m`, `90`.

    Raises `ValueError` for anything else, and for a negative span.
    """
    text = str(raw).strip().lower()
    if _SECONDS.fullmatch(text):
        seconds = float(text)
    else:
        parts = _SPAN.findall(text)
        if _SPAN.sub("", text).strip() or not parts:
            raise ValueError("a span is seconds or text like '25h', '1d', '1h30m'")
        seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if not 0 <= seconds <= LONGEST_SPAN.total_seconds():
        raise ValueError("a span is between 0 seconds and a hundred years")
    return timedelta(seconds=seconds)
