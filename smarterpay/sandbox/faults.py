"""Faults on order (section 12, "Faults"): which call suffers which; knows not how."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from smarterpay.sandbox.settings import MAX_FAULTS

KINDS = (
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
_KEYS = frozenset(
    {"kind", "times", "skip", "method", "path", "seconds", "probability", "seed", "stored", "after"}
)
MAX_SECONDS = 3600.0


class BadFaultError(ValueError):
    """A fault cannot be ordered like this; the text says why."""


@dataclass(slots=True)
class Fault:
    """A fault for the next `times` calls that match, after `skip` matching ones passed.

    `method` None matches all, `path` is a regular expression matched from the start of the
    path, below the base or in full, in any letter case. `seconds` is how long `slow` takes;
    `probability` whether a matching call suffers, drawn from `seed`. `after`: an HTML error
    comes after the work was done. `stored`: the 500 of `500-after` is what the key remembers;
    otherwise the key remembers the answer of the work, as if a gateway had made the 500.
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
        return any(self._pattern.match(path) for path in paths)

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

    def order(self, raw: dict[str, Any]) -> Fault:
        """Add a fault; raises `BadFaultError` for one that makes no sense."""
        if len(self._ordered) >= MAX_FAULTS:
            raise BadFaultError(f"at most {MAX_FAULTS} faults at a time")
        fault = _read(raw)
        self._ordered.append(fault)
        return fault

    def take(self, method: str, *paths: str) -> Fault | None:
        """The fault that a call with this method and these spellings of its path suffers."""
        if not self._ordered:
            return None
        for fault in self._ordered:
            if fault.spent or not fault.matches(method, *paths):
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
    method = raw.get("method")
    try:
        fault = Fault(
            kind=kind,
            times=int(raw.get("times", 1)),
            skip=int(raw.get("skip", 0)),
            method=None if method in {None, "", "*"} else str(method).upper(),
            path=str(raw.get("path", "")),
            seconds=float(raw.get("seconds", 1.0)),
            probability=float(raw.get("probability", 1.0)),
            seed=int(raw.get("seed", 1)),
            stored=bool(raw.get("stored", True)),
            after=bool(raw.get("after", False)),
        )
    except (TypeError, ValueError, re.error) as bad:
        raise BadFaultError(f"not a fault: {bad}") from None
    if fault.times < 1 or fault.skip < 0:
        raise BadFaultError("times is at least 1, skip at least 0")
    if not 0 <= fault.seconds <= MAX_SECONDS or not 0 <= fault.probability <= 1:
        raise BadFaultError(f"seconds is from 0 to {MAX_SECONDS:.0f}, probability from 0 to 1")
    return fault
