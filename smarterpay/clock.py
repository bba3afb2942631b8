"""Where domain code gets the time from; knows nothing of who asks."""

import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Protocol
from zoneinfo import ZoneInfo

import httpx

LONDON = ZoneInfo("Europe/London")


class Clock(Protocol):
    """Source of the current instant."""

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        ...


def london_today(clock: Clock) -> date:
    """The date in London, which is the date Bacs rules speak of (reference, section 5)."""
    return clock.now().astimezone(LONDON).date()


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The current instant in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that moves only when told to: for tests."""

    def __init__(self, instant: datetime) -> None:
        self._instant = instant.astimezone(UTC)

    def now(self) -> datetime:
        """The instant last set, in UTC."""
        return self._instant

    def advance(self, by: timedelta) -> None:
        """Move forward by `by`."""
        self._instant += by


class SandboxClock:
    """The simulated clock of a running sandbox, so that both sides agree what day it is.

    Asked again when the last answer is older than `max_age` real seconds. Raises
    `httpx.HTTPError` when the sandbox cannot be reached: time is never guessed.
    """

    def __init__(
        self, url: str, *, max_age: float = 0.5, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = url
        self._max_age = max_age
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._read_at: float | None = None
        self._instant = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """The sandbox's current instant in UTC, at most `max_age` real seconds old."""
        with self._lock:
            if self._read_at is None or self._monotonic() - self._read_at > self._max_age:
                answer = httpx.get(self._url, timeout=10, trust_env=False, verify=_tls())
                answer.raise_for_status()
                self._instant = datetime.fromisoformat(answer.json()["now"]).astimezone(UTC)
                self._read_at = self._monotonic()
            return self._instant


@cache
def _tls() -> ssl.SSLContext:
    """Made once: reading every root certificate takes 20 ms, and each request would do it."""
    return httpx.create_ssl_context(trust_env=False)


def clock_from(url: str | None) -> Clock:
    """The clock a setting names: a sandbox's where a URL is given, else the system's."""
    return SandboxClock(url) if url else SystemClock()
