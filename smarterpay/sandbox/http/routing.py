"""From a path to an operation (section 1, "Path matching"); knows no record and no answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from smarterpay.sandbox.http.resource import Resource, Route

RECORD = "/{id}"


@dataclass(frozen=True, slots=True)
class Match:
    """What a path leads to: its operations by method, and the record named in it."""

    routes: Mapping[str, Route]
    record_id: str | None


@dataclass(slots=True)
class Router:
    """Finds the operations of a path, in any letter case; built from the resource tables."""

    _literal: dict[str, dict[str, Route]] = field(default_factory=dict)
    _by_record: dict[tuple[str, str], dict[str, Route]] = field(default_factory=dict)

    @classmethod
    def of(cls, resources: Iterable[Resource], list_paths: str) -> "Router":
        """The routes of all resources, lists in the plural or singular place (section 6)."""
        router = cls()
        for resource in resources:
            for route in resource.routes:
                router._add(route, list_paths)
        return router

    def find(self, path: str) -> Match | None:
        """The operations of a normalised path below the base, None for an unknown path."""
        literal = self._literal.get(path)
        if literal is not None:
            return Match(literal, None)
        parent, _, last = path.rpartition("/")
        above, _, record_id = parent.rpartition("/")
        for key, found in (((parent, ""), last), ((above, last), record_id)):
            by_record = self._by_record.get(key)
            if by_record is not None and found:
                return Match(by_record, found)
        return None

    def _add(self, route: Route, list_paths: str) -> None:
        singular = route.listing and list_paths == "singular" and route.singular_path
        path = (route.singular_path or route.path) if singular else route.path
        parent, holds_record, action = path.lower().partition(RECORD)
        if holds_record:
            place = self._by_record.setdefault((parent, action.removeprefix("/")), {})
        else:
            place = self._literal.setdefault(parent, {})
        place[route.method] = route


def normalised(path: str) -> str:
    """A path in the form in which equal paths are equal: lower case, no trailing slash."""
    return path.lower().removesuffix("/")
