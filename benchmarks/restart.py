"""Measures how soon a killed batch is at work again; knows nothing of how it finds its place.

    python -m benchmarks.restart --rows 10000 --done 1000 --rounds 3

With the limit lifted, a staged batch is onboarded until `--done` rows stand; then its flow
process is killed with SIGKILL. `smarterpay batch resume` starts it again, as a person would. The
clock runs from the start of that command to the first request in the sandbox's log. After some
more rows everything is killed again, for the next round.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click

from benchmarks.processes import Part, kill_tree
from benchmarks.report import command_line, conditions, markdown_table
from benchmarks.workplace import Workplace, workplace

#: Rows done in a round before the next kill.
MORE_ROWS = 40
LOOK_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Restart:
    """One restart: rows already done, and seconds since the command was started."""

    rows_done: int
    flow_process: float
    first_call: float
    first_new_work: float
    replayed: int


@click.command()
@click.option("--rows", default=10_000, show_default=True)
@click.option("--done", default=1_000, show_default=True, help="Rows done before the first kill.")
@click.option("--rounds", default=3, show_default=True)
def main(rows: int, done: int, rounds: int) -> None:
    """Kill a batch in full work and take the time until it is at work again."""
    with workplace(rate_limit=None) as place:
        batch = place.stage(rows)
        print(f"{rows} rows staged; onboarding {done}", file=sys.stderr)
        with place.running("-m", "smarterpay.cli.flow_process", batch):
            _wait_for_rows(place, batch, done)
        restarts = [_restart(place, batch) for _ in range(rounds)]
    print(conditions(command_line("benchmarks.restart")))
    print(markdown_table(*_table(rows, restarts)))


def _restart(place: Workplace, batch: str) -> Restart:
    """Resume and take the times; killed again when some more rows are done."""
    done = place.rows_done(batch)
    began = time.time()
    with place.running("-m", "smarterpay.cli", "batch", "resume", batch, "--json") as command:
        while not Part(command.pid, "descendants").runs():
            assert command.poll() is None, "the command ended without a flow process"
            time.sleep(LOOK_SECONDS)
        flow_process = time.time()
        while not _calls_since(place, began, limit=1):
            assert command.poll() is None, "the batch ended without a call"
            time.sleep(LOOK_SECONDS)
        _wait_for_rows(place, batch, done + MORE_ROWS)
        kill_tree(command.pid)
    calls = _calls_since(place, began, limit=5000)
    new_work = [call for call in calls if not call["replayed"]]
    return Restart(
        rows_done=done,
        flow_process=flow_process - began,
        first_call=_instant(calls[0]) - began,
        first_new_work=_instant(new_work[0]) - began,
        replayed=len(calls) - len(new_work),
    )


def _wait_for_rows(place: Workplace, batch: str, done: int) -> None:
    while place.rows_done(batch) < done:
        time.sleep(0.5)


def _calls_since(place: Workplace, instant: float, *, limit: int) -> Sequence[dict[str, Any]]:
    return [call for call in place.sandbox.requests(limit) if _instant(call) >= instant]


def _instant(call: dict[str, Any]) -> float:
    return datetime.fromisoformat(call["at"]).timestamp()


def _table(rows: int, restarts: Sequence[Restart]) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    header = (
        f"{rows:,} rows, of which done",
        "to the flow process",
        "to the first call",
        "to the first call that is new work",
        "answered by replay",
    )
    return header, [
        (
            f"{one.rows_done:,}",
            f"{one.flow_process:.2f} s",
            f"{one.first_call:.2f} s",
            f"{one.first_new_work:.2f} s",
            str(one.replayed),
        )
        for one in restarts
    ]


if __name__ == "__main__":
    main()
