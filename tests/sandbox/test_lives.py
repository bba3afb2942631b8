"""Random lives: the books balance, nobody leaves section 11, all is told, the same bytes again."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.sandbox.lives.machine import Lives
from tests.sandbox.receiver import Receiver, receiving
from tests.sandbox_process import SandboxProcess

LIVES = int(os.environ.get("SANDBOX_LIVES", "25"))
"""How many lives; `SANDBOX_LIVES=500` for a soak."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as listening:
        yield listening


def test_whatever_happens_the_books_are_right(sandbox: SandboxProcess, receiver: Receiver) -> None:
    """Sections 7 to 12, under any sequence of calls, advances and faults."""
    Lives.sandbox, Lives.receiver = sandbox, receiver
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=LIVES,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
