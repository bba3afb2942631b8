"""Measures what a batch costs in memory, by its size; knows nothing of why.

    python -m benchmarks.memory --rows 1000 --rows 10000 --rows 100000 --apply 1000

Each size has a fresh journal, sandbox and Prefect server. A process checks and stages the file as
`smarterpay onboard` does; then the flow process onboards the first `--apply` rows of the batch
with the limit lifted, and is stopped. 100,000 rows would be 500,000 calls. What a flow process
holds may grow with the rows it has done or with the size of its batch: the table shows both.
"""

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from benchmarks.processes import Part, peak_rss
from benchmarks.report import command_line, conditions, markdown_table
from benchmarks.workplace import Workplace, workplace
from smarterpay.clock import london_today
from smarterpay.intake.row_file import check_file
from smarterpay.intake.staging import ValidationPolicy, stage_customers
from smarterpay.journal import Journal
from smarterpay.settings import Settings

LOOK_SECONDS = 1.0
#: The flow process is looked at after each of these shares of the rows to apply.
SHARES = (0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class Memory:
    """One batch size: rows, seconds, and resident bytes."""

    rows: int
    seconds_staging: float
    staging_before: int  # imports done, journal open, no row read
    staging_peak: int
    after_rows: Mapping[int, int]  # rows done to what the flow process then held
    flow_peak: int


@click.command()
@click.option("--rows", "sizes", multiple=True, type=int, default=(1_000, 10_000, 100_000))
@click.option("--apply", "to_apply", default=1_000, show_default=True)
@click.option("--stage-here", type=click.Path(path_type=Path), hidden=True)
def main(sizes: Sequence[int], to_apply: int, stage_here: Path | None) -> None:
    """Stage batches of several sizes and apply the first rows of each."""
    if stage_here is not None:
        print(json.dumps(_stage(stage_here)))
        return
    measured = []
    for rows in sizes:
        with workplace(rate_limit=None) as place:
            measured.append(_measure(place, rows, min(rows, to_apply)))
    print(conditions(command_line("benchmarks.memory")))
    print(markdown_table(*_staging_table(measured)))
    print(markdown_table(*_applying_table(measured)))


def _stage(file: Path) -> dict[str, Any]:
    """Check and stage a file in this process; its batch, and what that took."""
    with Journal.open(Settings()) as journal:
        today = london_today(journal.clock)
        before, began = peak_rss(os.getpid()), time.perf_counter()
        check_file(file, today=today)
        batch = stage_customers(journal, file, ValidationPolicy(), today=today)
        seconds = time.perf_counter() - began
    return {
        "batch": batch,
        "seconds": seconds,
        "before": before,
        "peak": peak_rss(os.getpid()),
    }


def _measure(place: Workplace, rows: int, to_apply: int) -> Memory:
    file = place.customers(rows)
    print(f"{rows} rows: staging", file=sys.stderr)
    with place.running("-m", "benchmarks.memory", "--stage-here", str(file)) as process:
        staged = json.loads(process.communicate()[0])
    print(f"{rows} rows: applying {to_apply}", file=sys.stderr)
    after_rows, peak = _apply(place, staged["batch"], to_apply)
    return Memory(
        rows, staged["seconds"], staged["before"], staged["peak"], after_rows, flow_peak=peak
    )


def _apply(place: Workplace, batch: str, to_apply: int) -> tuple[Mapping[int, int], int]:
    """What the flow process holds after so many rows, and the most it ever held."""
    waiting = [round(share * to_apply) for share in SHARES]
    after_rows: dict[int, int] = {}
    peak = 0
    with place.running("-m", "smarterpay.cli.flow_process", batch) as process:
        while waiting and process.poll() is None:
            time.sleep(LOOK_SECONDS)
            done = place.rows_done(batch)
            rss = Part(process.pid, "self").rss()
            if rss is None:
                break
            peak = peak_rss(process.pid)
            while waiting and done >= waiting[0]:
                after_rows[waiting.pop(0)] = rss
    return after_rows, peak


def _staging_table(measured: Sequence[Memory]) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    header = ("rows staged", "before the first row", "peak", "seconds", "rows/s")
    return header, [
        (
            f"{one.rows:,}",
            _megabytes(one.staging_before),
            _megabytes(one.staging_peak),
            f"{one.seconds_staging:.1f}",
            f"{one.rows / one.seconds_staging:,.0f}",
        )
        for one in measured
    ]


def _applying_table(measured: Sequence[Memory]) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    looks = sorted({rows for one in measured for rows in one.after_rows})
    header = ("rows in the batch", *(f"after {rows:,} rows" for rows in looks), "peak")
    return header, [
        (
            f"{one.rows:,}",
            *(_megabytes(one.after_rows.get(rows)) for rows in looks),
            _megabytes(one.flow_peak),
        )
        for one in measured
    ]


def _megabytes(size: int | None) -> str:
    return "ended before" if size is None else f"{size / 1e6:.0f} MB"


if __name__ == "__main__":
    main()
