"""Makes test cases of a table of fields: section, builder, field, what passes, what does not."""

from collections.abc import Sequence
from typing import Any

import pytest

Rule = tuple[str, Any, str, list[Any], list[Any]]


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
