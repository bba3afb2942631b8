"""Knows the switches that make Prefect ignore persisted results; imports nothing of Prefect."""

import os
from collections.abc import Mapping

_NAMES = ("PREFECT_TASKS_REFRESH_CACHE", "PREFECT_TASKS_DISABLE_CACHING")
_ON = ("1", "true", "t", "yes", "y", "on")


def cache_overrides(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The variables that are on, under which each operation would run again."""
    return tuple(name for name in _NAMES if environment.get(name, "").strip().lower() in _ON)
