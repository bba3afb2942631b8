"""Makes test cases of a table of fields: section, builder, field, what passes, what does not."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest

Rule = tuple[str, Any, str, list[Any], list[Any]]

#: What passes and what does not, of fields that several requests share.
AMOUNTS = ([1, 2_000_000_000], [None, 0, -1, 2_000_000_001, "100", 1.0, True])
OPTIONAL_AMOUNTS = ([None, 1, 2_000_000_000], [0, 2_000_000_001, "100"])
DATES = ([date(2026, 6, 3)], [None, "2026-06-03", datetime(2026, 6, 3)])  # noqa: DTZ001 - a datetime is no date
OPTIONAL_DATES = ([None, date(2026, 6, 3)], ["2026-06-03"])
AUDDIS = ["A", "MA-1/2.3&4 5", "M" * 18]
NO_AUDDIS = ["", "a", "M" * 19, "MA_1", "M\t1"]
IDS = ([None, "P02YZ96J1D7WDK8NEWD"], ["", "a b", "x" * 65])
MANDATORY_IDS = (["PG01X"], [None, "", "a b", "x" * 65])


def up_to(longest: int) -> tuple[list[Any], list[Any]]:
    """What passes and what does not as an optional text of at most `longest` characters."""
    return [None, "", "x" * longest], ["x" * (longest + 1), 7]


def must_be_up_to(longest: int) -> tuple[list[Any], list[Any]]:
    """As `up_to`, where the text is mandatory."""
    return ["x", "x" * longest], [None, "", " ", "x" * (longest + 1)]


def passing(rules: Sequence[Rule]) -> list[Any]:
    """A case for every value that passes: builder, field, value."""
    return _cases([(section, build, field, good) for section, build, field, good, _ in rules])


def refused(rules: Sequence[Rule]) -> list[Any]:
    """A case for every value that is refused: builder, field, value."""
    return _cases([(section, build, field, bad) for section, build, field, _, bad in rules])


def _cases(rows: Sequence[tuple[str, Any, str, list[Any]]]) -> list[Any]:
    return [
        pytest.param(build, field, value, id=f"{section}-{build.__name__}.{field}-{number}")
        for section, build, field, values in rows
        for number, value in enumerate(values)
    ]
