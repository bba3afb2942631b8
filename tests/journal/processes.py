"""Starts the programs of `actors` as real processes and lets them go at the same moment."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from smarterpay.settings import Settings

REPOSITORY = Path(__file__).parents[2]
PATIENCE = 120


class Actors:
    """Processes that stand ready; `go` lets them run and gives back their outcomes."""

    def __init__(self, settings: Settings) -> None:
        self._environment = {
            **os.environ,
            "SMARTERPAY_HOME": str(settings.home),
            "SMARTERPAY_JOURNAL_URL": settings.journal,
            "PYTHONPATH": str(REPOSITORY),
        }
        self._processes: list[subprocess.Popen[str]] = []

    def add(self, actor: Callable[..., object], *arguments: object, count: int = 1) -> None:
        """Start `count` processes of one actor; they wait at their mark."""
        command = [sys.executable, "-m", "tests.journal.actors", actor.__name__]
        self._processes += [
            subprocess.Popen(
                [*command, *map(str, arguments)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=self._environment,
            )
            for _ in range(count)
        ]

    def wait_until_ready(self) -> None:
        """Return when every process stands at its mark."""
        for process in self._processes:
            assert process.stdout is not None
            if process.stdout.readline() != "ready\n":
                raise AssertionError(f"an actor never got ready: {process.communicate()[1]}")

    def go(self) -> list[dict[str, Any]]:
        """Let all run at once; returns what each came to."""
        self.wait_until_ready()
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        return [self._outcome(process) for process in self._processes]

    def kill(self) -> None:
        """kill -9 every process, and wait until each is gone."""
        for process in self._processes:
            process.send_signal(signal.SIGKILL)
            process.communicate()

    def _outcome(self, process: subprocess.Popen[str]) -> dict[str, Any]:
        output, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, errors
        outcome: dict[str, Any] = json.loads(output)
        return outcome


@contextmanager
def actors(settings: Settings) -> Iterator[Actors]:
    """Processes on the journal of `settings`; none of them outlives the block."""
    started = Actors(settings)
    try:
        yield started
    finally:
        started.kill()
