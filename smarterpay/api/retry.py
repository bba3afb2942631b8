"""Whether and when the client's friendly methods send again: pure decisions, no I/O, no clock.

The orchestration does not use this loop: it has the journal, and Prefect's own retries.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from smarterpay.api import assumptions
from smarterpay.api.disposition import Disposition, dispose
from smarterpay.api.errors import TransportError
from smarterpay.api.transport import Answer

FIRST_POLL: Final = 1.0
LONGEST_POLL: Final = 30.0
"""Bounds of the pause between two looks at the same record, in seconds."""

_instant: ContextVar[bool] = ContextVar("smarterpay_instant_retries", default=False)


@contextmanager
def instant_retries() -> Iterator[None]:
    """Retry without pausing inside this block: for tests, yours included. Attempts still count."""
    token = _instant.set(True)
    try:
        yield
    finally:
        _instant.reset(token)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Bounds of the retry loop; times in seconds (section 4, assumptions `retry.*`).

    `attempts` counts the first try. Pauses are full-jitter, their upper bound doubling from
    `first_pause` to `longest_pause`. A 429 without `Retry-After` waits out `rate_window` plus up
    to `rate_jitter`. A `Retry-After` beyond `longest_wait` is not waited for. No try starts
    `horizon` or later after the first, because the platform may have forgotten the key.
    """

    attempts: int = assumptions.RETRY_ATTEMPTS.value
    first_pause: float = assumptions.RETRY_BACKOFF.value[0]
    longest_pause: float = assumptions.RETRY_BACKOFF.value[1]
    rate_window: float = assumptions.RATE_WINDOW.value
    rate_jitter: float = 5.0
    longest_wait: float = 300.0
    horizon: float = assumptions.RETRY_HORIZON.value

    def pause_after(
        self,
        outcome: Answer | TransportError,
        *,
        attempt: int,
        elapsed: float,
        repeatable: bool,
        random: Callable[[], float],
    ) -> float | None:
        """Seconds until the next try after try number `attempt` (from 1), or `None` for no more.

        `elapsed` is seconds since the first try began; `repeatable` says whether an unknown
        outcome may be sent again (a key, or a method that is repeatable by nature); `random`
        gives a number in [0, 1).
        """
        disposition = dispose(outcome)
        again = disposition is Disposition.RETRY or (
            disposition is Disposition.UNKNOWN and repeatable
        )
        if not again or attempt >= self.attempts:
            return None
        pause = self._pause(outcome, attempt, random)
        if pause is None or elapsed + pause >= self.horizon:
            return None
        return 0.0 if _instant.get() else pause

    def _pause(
        self, outcome: Answer | TransportError, attempt: int, random: Callable[[], float]
    ) -> float | None:
        asked = outcome.retry_after if isinstance(outcome, Answer) else None
        if asked is not None:
            if asked > self.longest_wait:
                return None
            return asked + random() * min(self.rate_jitter, self.first_pause)
        if isinstance(outcome, Answer) and outcome.status == 429:
            return self.rate_window + random() * self.rate_jitter
        # The exponent is bounded so that a large attempt count cannot overflow a float.
        return random() * min(self.longest_pause, self.first_pause * 2.0 ** min(attempt - 1, 32))


def polling_pause(reads: int, random: Callable[[], float]) -> float:
    """Seconds to wait after read number `reads` (from 1) of something that is not done yet.

    Doubles from `FIRST_POLL` to `LONGEST_POLL`, less up to a quarter of it, so that many who
    started together do not ask together.
    """
    pause = min(LONGEST_POLL, FIRST_POLL * 2.0 ** min(reads - 1, 32))
    return 0.0 if _instant.get() else pause * (1.0 - random() / 4)
