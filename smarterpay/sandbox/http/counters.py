"""What the sandbox counted since it started: answers, replays, calls per second; no contents."""

from collections import Counter, deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from smarterpay.sandbox.settings import REQUEST_LOG_LENGTH, SECONDS_HISTORY_LENGTH

_ALWAYS_SHOWN = (
    "requests",
    "replays",
    "dropped",
    "faults",
    "ignored_properties",
    *(f"http_{status}" for status in (200, 202, 400, 404, 405, 406, 409, 422, 429, 498, 500, 503)),
)


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One line of the request log: no body, no token, no query.

    `at` is epoch seconds; `status` is 0 where the connection was broken.
    """

    at: float
    simulated: str
    method: str
    path: str
    key: str | None
    status: int
    replayed: bool
    api_key: str | None

    def as_dict(self) -> dict[str, Any]:
        """The line as JSON values."""
        return {
            "at": datetime.fromtimestamp(self.at, UTC).isoformat(timespec="milliseconds"),
            "simulated": self.simulated,
            "method": self.method,
            "path": self.path,
            "key": self.key,
            "status": self.status,
            "replayed": self.replayed,
            "api_key": self.api_key,
        }


class Counters:
    """Protocol figures of this process; calls under `/_sandbox/` do not count."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._seconds: deque[tuple[int, Counter[str]]] = deque(maxlen=SECONDS_HISTORY_LENGTH)
        self._log: deque[LoggedRequest] = deque(maxlen=REQUEST_LOG_LENGTH)

    def count(self, name: str, by: int = 1) -> None:
        """Add to a figure."""
        self._counts[name] += by

    def request(self, call: LoggedRequest) -> None:
        """Count one call as it was answered."""
        outcome = f"http_{call.status}" if call.status else "dropped"
        self._counts["requests"] += 1
        self._counts[outcome] += 1
        self._counts["replays"] += call.replayed
        second = int(call.at)
        if not self._seconds or self._seconds[-1][0] != second:
            self._seconds.append((second, Counter()))
        self._seconds[-1][1]["requests"] += 1
        self._seconds[-1][1][outcome] += 1
        self._log.append(call)

    def protocol(self) -> dict[str, int]:
        """All figures by name, the usual ones even where they are 0."""
        return dict.fromkeys(_ALWAYS_SHOWN, 0) | dict(self._counts)

    def per_second(self) -> list[dict[str, int]]:
        """Calls per wall-clock second (epoch), oldest first, seconds without calls left out."""
        return [{"second": second, **counts} for second, counts in self._seconds]

    def recent(self, limit: int) -> list[dict[str, Any]]:
        """The last `limit` calls, oldest first."""
        lines = list(self._log)[-limit:] if limit else []
        return [line.as_dict() for line in lines]

    def reset(self) -> None:
        """Start again from nothing."""
        self._counts.clear()
        self._seconds.clear()
        self._log.clear()
