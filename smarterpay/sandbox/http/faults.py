"""Faults on order (section 12, "Faults"): which call suffers which; knows not how."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from smarterpay.sandbox.settings import MAX_FAULTS

CALL_KINDS = (
    "429",
    "503",
    "500-before",
    "500-after",
    "drop-before",
    "drop-after",
    "slow",
    "html-error",
    "empty-body",
)
WEBHOOK_KINDS = (
    "webhook-duplicate",
    "webhook-out-of-order",
    "webhook-lost-answer",
    "webhook-delay",
)
KINDS = (*CALL_KINDS, *WEBHOOK_KINDS)
_KEYS = frozenset(
    {"kind", "times", "skip", "method", "path", "seconds", "probability", "seed", "stored", "after"}
)
MAX_SECONDS = 3600.0
MAX_COUNT = 1_000_000_000


class BadFaultError(ValueError):
    """A fault cannot be ordered like this; the text says why."""


@dataclass(slots=True)
class Fault:
    """A fault for the next `times` calls that match, after `skip` matching ones passed.

    `method` None matches all, `path` is a regular expression matched from the start of the
    path, below the base or in full, with or without its first slash, in any letter case.
    For a webhook kind the path is the subscription's id. `seconds` is how long `slow` takes, or
    in simulated time by how much `webhook-delay` is late; `probability` whether a matching call
    suffers, drawn from `seed`. `after`: an HTML error comes after the work was done. `stored`:
    the 500 of `500-after` is what the key remembers; otherwise the key remembers the answer of
    the work, as if a gateway had made the 500.
    """

    kind: str
    times: int = 1
    skip: int = 0
    method: str | None = None
    path: str = ""
    seconds: float = 1.0
    probability: float = 1.0
    seed: int = 1
    stored: bool = True
    after: bool = False
    seen: int = 0
    hit: int = 0
    _pattern: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._pattern = re.compile(self.path, re.IGNORECASE)

    @property
    def spent(self) -> bool:
        """Whether it has hit as often as ordered."""
        return self.hit >= self.times

    @property
    def spares_work(self) -> bool:
        """Whether the call fails before its work is begun."""
        return self.kind == "500-before" or (self.kind == "html-error" and not self.after)

    def matches(self, method: str, *paths: str) -> bool:
        """Whether a call is one that it counts."""
        if self.method is not None and self.method != method:
            return False
        return any(
            self._pattern.match(path) or self._pattern.match(path.removeprefix("/"))
            for path in paths
        )

    def as_dict(self) -> dict[str, Any]:
        """The fault and how far it has got, as JSON values."""
        return {
            "kind": self.kind,
            "times": self.times,
            "skip": self.skip,
            "method": self.method,
            "path": self.path,
            "seconds": self.seconds,
            "probability": self.probability,
            "seed": self.seed,
            "stored": self.stored,
            "after": self.after,
            "seen": self.seen,
            "hit": self.hit,
            "remaining": self.times - self.hit,
        }


class Faults:
    """The ordered faults, oldest first; one call suffers one fault at most.

    `chance` maps (seed, n) to a number in 0..1, so that random faults are the same each run.
    """

    def __init__(self, chance: Callable[[int, int], float]) -> None:
        self._chance = chance
        self._ordered: list[Fault] = []

    def order(self, *wanted: dict[str, Any], clear: bool = False) -> None:
        """Add faults, all or none; with `clear` they take the place of the earlier ones.

        Raises `BadFaultError` for one that makes no sense.
        """
        read = [_read(raw) for raw in wanted]
        kept = [] if clear else self._ordered
        if len(kept) + len(read) > MAX_FAULTS:
            raise BadFaultError(f"at most {MAX_FAULTS} faults at a time; DELETE calls them off")
        self._ordered = kept + read

    def take(self, method: str, *paths: str) -> Fault | None:
        """The fault that a call with this method and these spellings of its path suffers."""
        return self._take(CALL_KINDS, method, paths)

    def take_for_webhook(self, subscription_id: str) -> Fault | None:
        """The fault that a delivery to this subscription suffers."""
        return self._take(WEBHOOK_KINDS, "POST", (subscription_id,))

    def _take(self, kinds: tuple[str, ...], method: str, paths: tuple[str, ...]) -> Fault | None:
        for fault in self._ordered:
            if fault.spent or fault.kind not in kinds or not fault.matches(method, *paths):
                continue
            fault.seen += 1
            if fault.seen <= fault.skip:
                continue
            if fault.probability < 1 and self._chance(fault.seed, fault.seen) >= fault.probability:
                continue
            fault.hit += 1
            return fault
        return None

    def as_list(self) -> list[dict[str, Any]]:
        """Every ordered fault, spent ones included."""
        return [fault.as_dict() for fault in self._ordered]

    def clear(self) -> None:
        """Call all faults off."""
        self._ordered.clear()


def _read(raw: dict[str, Any]) -> Fault:
    unknown = sorted(set(raw) - _KEYS)
    if unknown:
        raise BadFaultError(f"unknown {', '.join(unknown)}; known are {', '.join(sorted(_KEYS))}")
    kind = str(raw.get("kind", ""))
    if kind not in KINDS:
        raise BadFaultError(f"kind must be one of {', '.join(KINDS)}")
    method, path = raw.get("method"), raw.get("path")
    if not isinstance(method, str | None) or not isinstance(path, str | None):
        raise BadFaultError("method and path are texts, or null for any")
    try:
        return Fault(
            kind=kind,
            times=_whole(raw, "times", 1),
            skip=_whole(raw, "skip", 0),
            method=None if method in {None, "", "*"} else str(method).upper(),
            path=path or "",
            seconds=_number(raw, "seconds", 1.0, MAX_SECONDS),
            probability=_number(raw, "probability", 1.0, 1.0),
            seed=_whole(raw, "seed", 1),
            stored=_flag(raw, "stored", True),
            after=_flag(raw, "after", False),
        )
    except re.error as bad:
        raise BadFaultError(f"path is not a regular expression: {bad}") from None


def _whole(raw: dict[str, Any], name: str, default: int) -> int:
    value = raw.get(name, default)
    least = 1 if name == "times" else 0
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MAX_COUNT:
        raise BadFaultError(f"{name} is a whole number from {least} to {MAX_COUNT}")
    return value


def _number(raw: dict[str, Any], name: str, default: float, most: float) -> float:
    value = raw.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise BadFaultError(f"{name} is a number from 0 to {most:g}")
    return float(value)


def _flag(raw: dict[str, Any], name: str, default: bool) -> bool:
    value = raw.get(name, default)
    if not isinstance(value, bool):
        raise BadFaultError(f"{name} is true or false")
    return value
