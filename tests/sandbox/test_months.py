"""Sections 7 and 10 to 13: months of debits and credits go as an independent model says."""

import os

import pytest

from tests.sandbox.caller import Caller
from tests.sandbox.months.walk import Months

STEPS = int(os.environ.get("SANDBOX_STEPS", "700"))
"""How long each walk is; `SANDBOX_STEPS=5000` for a soak."""


@pytest.mark.parametrize(
    ("seed", "processing_days"), [(1, 3), (2, 3), (3, 3), (4, 3), (5, 1), (6, 2), (7, 5)]
)
def test_each_day_does_what_the_model_says_sections_7_and_10_to_13(
    api: Caller, seed: int, processing_days: int
) -> None:
    """Every status, date, amount, account and line of every file, after any sequence of calls."""
    Months(api, seed, processing_days).walk(STEPS)
