"""The rate limit of section 3: fixed windows per API key; knows no request and no answer."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from smarterpay.sandbox.settings import RATE_HISTORY_LENGTH

EXCEEDED = "Too many requests. Please try again in 60 seconds."


@dataclass(slots=True)
class Window:
    """One window of one API key: when it opened (seconds), how many calls it let in."""

    label: str
    opened: float
    limit: int | None
    admitted: int = 0
    refused: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The window as JSON values; the API key by its label."""
        return {
            "api_key": self.label,
            "opened": self.opened,
            "limit": self.limit,
            "admitted": self.admitted,
            "refused": self.refused,
        }


class RateLimiter:
    """Counts calls per API key in windows that the first call after the last one opens.

    Refused calls neither count nor extend the window; both hosts share the counter.
    """

    def __init__(self) -> None:
        self._open: dict[str, Window] = {}
        self._past: deque[Window] = deque(maxlen=RATE_HISTORY_LENGTH)

    def admit(self, label: str, limit: int | None, span: float, now: Callable[[], float]) -> bool:
        """Whether a call of this API key may pass; `limit` None lifts the limit.

        `span` is the window in seconds, `now` the clock it is measured on.
        """
        at = now()
        window = self._open.get(label)
        if window is None or not 0 <= at - window.opened < span:
            if window is not None:
                self._past.append(window)
            window = self._open[label] = Window(label, at, limit)
        window.limit = limit
        if limit is not None and window.admitted >= limit:
            window.refused += 1
            return False
        window.admitted += 1
        return True

    def windows(self) -> list[dict[str, Any]]:
        """The recent windows, oldest first, the open ones last."""
        return [window.as_dict() for window in (*self._past, *self._open.values())]

    def reset(self) -> None:
        """Close and forget every window."""
        self._open.clear()
        self._past.clear()
