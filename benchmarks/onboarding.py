"""Measures how fast customers are onboarded and what it costs; knows nothing of how it is done.

    python -m benchmarks.onboarding at-limit --customers 2000
    python -m benchmarks.onboarding lifted --customers 400 --rounds 3

`at-limit` runs `smarterpay onboard` against a provider that lets 1000 requests per 60 s through
(reference, section 3) and says from the provider's own books what share of that was used.
`lifted` removes the limit on both sides and runs the same beside a plain script with httpx and a
plain Prefect script. Sandbox and Prefect server run on the same machine and are counted too.
"""

import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from benchmarks.processes import Part, Watch
from benchmarks.report import command_line, conditions, markdown_table
from benchmarks.workplace import CALLS_PER_CUSTOMER, Workplace, workplace

LIMIT, WINDOW = 1000, 60.0
PER_SECOND = LIMIT / WINDOW
#: What is left out at either end to have the steady part, in seconds.
MARGIN = 10
OURS, PLAIN_HTTPX, PLAIN_PREFECT = "smarterpay onboard", "plain httpx", "plain Prefect"
COMMAND, FLOW, PREFECT, SANDBOX = "command", "flow process", "Prefect server", "sandbox"
PARTS = (FLOW, COMMAND, PREFECT, SANDBOX)


@dataclass(frozen=True, slots=True)
class Run:
    """One run: instants in epoch seconds, what the provider's books say, CPU in seconds."""

    name: str
    started: float
    first_call: float
    last_call: float
    ended: float
    recorded: float  # when the Prefect server had nothing left to record
    task_runs: int
    books: Mapping[str, Any]
    cpu: Mapping[str, float]  # from the first call on
    cpu_before: Mapping[str, float]  # until the first call: start, imports, staging

    @property
    def calls(self) -> int:
        """Requests that reached the provider."""
        return int(self.books["protocol"]["requests"])

    @property
    def rate(self) -> float:
        """Calls per second, from the first to the last one."""
        return (self.calls - 1) / (self.last_call - self.first_call)

    @property
    def machine(self) -> float:
        """CPU seconds per second, of everything that ran, from the first call on."""
        return sum(self.cpu.values()) / (self.recorded - self.first_call)

    def milliseconds(self, part: str) -> float:
        """CPU per call in milliseconds."""
        return 1000 * self.cpu[part] / self.calls


def run(name: str, place: Workplace, customers: int) -> Run:
    """Onboard so many customers in a fresh workplace, and check that all of them stand."""
    arguments = _arguments(name, place.customers(customers))
    started = time.time()
    with place.running(*arguments) as process, Watch(_parts(name, process, place)) as watch:
        first_call = _first_call(place, process)
        output, _ = process.communicate()
        ended = time.time()
        if process.returncode != 0:
            raise click.ClickException(f"{name} ended with {process.returncode}: {output}")
        # The flow run of a chunk counts as a task run of its batch, hence "at least".
        tasks = 0 if name == PLAIN_HTTPX else customers * CALLS_PER_CUSTOMER
        task_runs = place.wait_until_recorded(tasks) if tasks else 0
        recorded = time.time()
    counts = place.sandbox.counts()
    assert counts["recurrence_schedules"] == counts["customer_accounts"] == customers, counts
    return Run(
        name=name,
        started=started,
        first_call=first_call,
        last_call=_instant(place.sandbox.requests(1)[-1]),
        ended=ended,
        recorded=recorded,
        task_runs=task_runs,
        books=place.sandbox.books(),
        cpu={part: watch.cpu_between(part, first_call, recorded) for part in PARTS},
        cpu_before={part: watch.cpu_between(part, 0, first_call) for part in PARTS},
    )


def _arguments(name: str, file: Path) -> Sequence[str]:
    if name == OURS:
        return "-m", "smarterpay.cli", "onboard", str(file), "--json"
    module = "plain_httpx" if name == PLAIN_HTTPX else "plain_prefect"
    return "-m", f"benchmarks.{module}", str(file)


def _parts(name: str, process: "subprocess.Popen[str]", place: Workplace) -> Mapping[str, Part]:
    assert place.prefect.pid is not None
    ours = name == OURS
    return {
        # The command stages the file, starts the flow process and watches the journal.
        COMMAND: Part(process.pid, "self" if ours else "none"),
        FLOW: Part(process.pid, "descendants" if ours else "tree"),
        PREFECT: Part(place.prefect.pid),
        SANDBOX: Part(place.sandbox.pid),
    }


def _first_call(place: Workplace, process: "subprocess.Popen[str]") -> float:
    while process.poll() is None:
        requests = place.sandbox.requests(5000)
        if requests:
            return _instant(requests[0])
        time.sleep(0.1)
    return _instant(place.sandbox.requests(5000)[0])


def _instant(request: Mapping[str, Any]) -> float:
    return datetime.fromisoformat(request["at"]).timestamp()


@click.group()
def main() -> None:
    """Measure onboarding with sandbox and Prefect server on this machine."""


@main.command("at-limit")
@click.option("--customers", default=2000, show_default=True, type=click.IntRange(min=1))
def at_limit(customers: int) -> None:
    """At the provider's limit of 1000 requests per 60 s: 2000 customers take 10 minutes."""
    with workplace(rate_limit=LIMIT) as place:
        measured = run(OURS, place, customers)
    print(conditions(command_line("benchmarks.onboarding")))
    print(markdown_table(("At the provider's limit", ""), _limit_rows(measured, customers)))
    print(markdown_table(*_cpu_table([measured])))


def _limit_rows(measured: Run, customers: int) -> list[tuple[str, str]]:
    windows = measured.books["rate_windows"]
    complete = [window["admitted"] for window in windows[:-1]]
    whole = measured.calls / (measured.ended - measured.started)
    return [
        ("customers, calls", f"{customers:,}, {measured.calls:,}"),
        ("answered 429", str(measured.books["protocol"]["http_429"])),
        ("share of the limit, steady part", _steady_share(measured)),
        ("share of the limit, first call to last", _share(measured.rate)),
        ("share of the limit, command's start to its end", _share(whole)),
        (
            f"calls in each complete window of the provider (limit {LIMIT})",
            ", ".join(map(str, complete)) or "none",
        ),
        ("fewest and most calls in any 10 s of the steady part", _spread(measured)),
        ("command's start to first call", f"{measured.first_call - measured.started:.1f} s"),
        ("first call to last", f"{measured.last_call - measured.first_call:.1f} s"),
        ("last call to command's end", f"{measured.ended - measured.last_call:.1f} s"),
        ("task runs Prefect recorded as completed", f"{measured.task_runs:,}"),
    ]


def _steady(measured: Run) -> Sequence[int]:
    """Calls in each second of the steady part."""
    per_second = {s["second"]: s["requests"] for s in measured.books["per_second"]}
    first, last = min(per_second) + MARGIN, max(per_second) - MARGIN
    return [per_second.get(second, 0) for second in range(first, last)]


def _steady_share(measured: Run) -> str:
    steady = _steady(measured)
    return _share(sum(steady) / len(steady)) if steady else "too short"


def _spread(measured: Run) -> str:
    steady = _steady(measured)
    tens = [sum(steady[n : n + 10]) for n in range(len(steady) - 9)]
    return f"{min(tens)}, {max(tens)}" if tens else "too short"


def _share(rate: float) -> str:
    return f"{rate / PER_SECOND:.2%}"


@main.command()
@click.option("--customers", default=400, show_default=True, type=click.IntRange(1, 900))
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(min=1))
@click.option("--only", type=click.Choice([OURS, PLAIN_HTTPX, PLAIN_PREFECT]), multiple=True)
def lifted(customers: int, rounds: int, only: tuple[str, ...]) -> None:
    """With the limit lifted, beside a plain script with httpx and a plain Prefect script."""
    runs = []
    for _ in range(rounds):
        for name in only or (OURS, PLAIN_PREFECT, PLAIN_HTTPX):
            with workplace(rate_limit=None) as place:
                runs.append(run(name, place, customers))
    runs.sort(key=lambda measured: measured.name)
    print(conditions(command_line("benchmarks.onboarding")))
    header = (
        f"{customers} customers, limit lifted",
        *("calls/s", "start to first call", "first call to last", "429s", "task runs recorded"),
    )
    print(markdown_table(header, [_lifted_row(measured) for measured in runs]))
    print(markdown_table(*_cpu_table(runs)))


def _lifted_row(measured: Run) -> Sequence[str]:
    return (
        measured.name,
        f"{measured.rate:.0f}",
        f"{measured.first_call - measured.started:.1f} s",
        f"{measured.last_call - measured.first_call:.1f} s",
        str(measured.books["protocol"]["http_429"]),
        f"{measured.task_runs:,}",
    )


def _cpu_table(runs: Sequence[Run]) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    header = (
        "CPU per call, from the first call on",
        *(f"{part}, ms" for part in PARTS),
        *("all, ms", "cores busy", "before the first call, s"),
    )
    rows = [
        (
            measured.name,
            *(f"{measured.milliseconds(part):.1f}" for part in PARTS),
            f"{sum(measured.milliseconds(part) for part in PARTS):.1f}",
            f"{measured.machine:.2f}",
            f"{measured.cpu_before[COMMAND] + measured.cpu_before[FLOW]:.1f}",
        )
        for measured in runs
    ]
    return header, rows


if __name__ == "__main__":
    main()
