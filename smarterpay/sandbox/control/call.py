"""The form in which a part of the sandbox offers a control call; knows no particular one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from smarterpay.sandbox.platform import Platform

Body = dict[str, Any]


class ControlRefusal(Exception):
    """A control call that cannot be done; carries status and a text that says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Order:
    """A control call as it came: the id in its path (empty if none), its query and body."""

    platform: Platform
    record_id: str
    query: dict[str, str]
    body: Body

    def knows(self, *names: str) -> None:
        """Refuse properties that would be silently without effect."""
        known(self.body, set(names))


@dataclass(frozen=True, slots=True)
class ControlCall:
    """One control call: method, path below `/_sandbox/` (`{id}` stands for a record), work.

    The work answers JSON content; it raises `ControlRefusal` where it cannot be done.
    """

    method: str
    path: str
    work: Callable[[Order], Body | Awaitable[Body]]
    summary: str

    def match(self, parts: list[str]) -> str | None:
        """The record id in a path that is this call's, empty if it has none; None otherwise."""
        own = self.path.split("/")
        if len(own) != len(parts):
            return None
        record_id = ""
        for wanted, given in zip(own, parts, strict=True):
            if wanted == "{id}" and given:
                record_id = given
            elif wanted != given:
                return None
        return record_id


def known(body: Body, names: set[str], why: str = "") -> None:
    """Refuse properties that would be silently without effect."""
    unknown = sorted(set(body) - names)
    if unknown:
        told = why or f"known are {', '.join(sorted(names))}"
        raise ControlRefusal(400, f"unknown {', '.join(unknown)}; {told}")
