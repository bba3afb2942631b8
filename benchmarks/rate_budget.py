"""Measures our rate budget beside pyrate-limiter on one API key's limit; knows nothing of Prefect.

    python -m benchmarks.rate_budget [--seconds 70] [--only ours-sqlite-4 ...]

Both are asked for 99 % of 1000 requests per 60 seconds (reference, section 3) by 1 and by 4
processes with 8 waiting calls each, on SQLite and on PostgreSQL. An instant counts when the call
returned, because that is when a request would leave. pyrate-limiter is no dependency of ours; for
this benchmark, install it beside: `.venv/bin/pip install 'pyrate-limiter==4.5.*' psycopg-pool`.
Takes about ten minutes; single runs, so good to a few per cent.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import make_url

from smarterpay.journal.database import Database
from smarterpay.journal.migrate import migrate
from smarterpay.journal.rate_budget import RateBudget
from tests.databases import PostgreSQLServer, start_postgresql

LIMIT, WINDOW, SHARE = 1000, 60.0, 0.99
#: The same 99 % for pyrate-limiter: its window is short, so that it does not burst 990 at once.
PYRATE_LIMIT, PYRATE_WINDOW_MS = 165, 10_000
CALLS_PER_PROCESS = 8
PROCESSES = (1, 4)
INSTALL = ".venv/bin/pip install 'pyrate-limiter==4.5.*' psycopg-pool"
_URL = "SMARTERPAY_BENCHMARK_URL"

Take = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Run:
    """What one run came to: instants of sending for each process, and CPU seconds."""

    name: str
    seconds: float
    sent: Sequence[Sequence[float]]
    cpu: float
    server_cpu: float | None

    @property
    def instants(self) -> list[float]:
        """All of them in order."""
        return sorted(instant for of_one in self.sent for instant in of_one)


def main() -> None:
    """Run every combination and print a table; with `--worker` be one of the processes."""
    arguments = _arguments()
    if arguments.worker:
        _work(arguments.worker, os.environ[_URL], arguments.seconds)
        return
    if find_spec("pyrate_limiter") is None or find_spec("psycopg_pool") is None:
        sys.exit(f"pyrate-limiter is not installed; for this benchmark only:\n  {INSTALL}")
    runs = []
    for kind, database, processes in _combinations():
        name = f"{kind}-{database}-{processes}"
        if not arguments.only or name in arguments.only:
            print(f"{name}: {arguments.seconds:.0f} s ...", file=sys.stderr, flush=True)
            runs.append(_run(name, kind, database, processes, arguments.seconds))
    _print(runs)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=70.0, help="how long each run takes")
    parser.add_argument("--only", nargs="*", help="names of runs, such as ours-sqlite-4")
    parser.add_argument("--worker", choices=sorted(_TAKERS), help=argparse.SUPPRESS)
    return parser.parse_args()


def _combinations() -> Iterator[tuple[str, str, int]]:
    for database in ("sqlite", "postgresql"):
        for kind in ("ours", "pyrate"):
            for processes in PROCESSES:
                yield kind, database, processes


def _run(name: str, kind: str, database: str, processes: int, seconds: float) -> Run:
    with _fresh_database(database) as (url, server):
        own = Database(url)
        migrate(own)
        own.close()
        before = _server_cpu(server)
        workers = [_start_worker(kind, url, seconds) for _ in range(processes)]
        for worker in workers:
            assert worker.stdout is not None
            worker.stdout.readline()
        outcomes = [json.loads(output) for output in _let_go(workers)]
        after = _server_cpu(server)
    return Run(
        name=name,
        seconds=seconds,
        sent=[outcome["sent"] for outcome in outcomes],
        cpu=sum(outcome["cpu"] for outcome in outcomes),
        server_cpu=None if before is None or after is None else after - before,
    )


@contextmanager
def _fresh_database(kind: str) -> Iterator[tuple[str, PostgreSQLServer | None]]:
    """An empty database that flushes its commits to disk as in production."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/journal.sqlite", None
        return
    server = start_postgresql(durable=True)
    try:
        yield server.url(server.create_database()), server
    finally:
        server.stop()


def _start_worker(kind: str, url: str, seconds: float) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", __spec__.name, "--worker", kind, "--seconds", str(seconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, _URL: url},  # not an argument: it holds a password
        cwd=Path(__file__).parents[1],
    )


def _let_go(workers: Sequence[subprocess.Popen[str]]) -> list[str]:
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    return [worker.communicate()[0] for worker in workers]


def _server_cpu(server: PostgreSQLServer | None) -> float | None:
    """CPU seconds of the PostgreSQL server so far, connections that have ended included."""
    if server is None:
        return None
    psutil: Any = import_module("psutil")  # it comes without types
    postmaster = psutil.Process(
        int((server.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
    )
    own = postmaster.cpu_times()
    total = own.user + own.system + own.children_user + own.children_system
    for child in postmaster.children():
        with suppress(psutil.NoSuchProcess):
            times = child.cpu_times()
            total += times.user + times.system
    return float(total)


def _work(kind: str, url: str, seconds: float) -> None:
    take = _TAKERS[kind](url)
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.process_time()
    sent = asyncio.run(_take_for(take, seconds))
    print(json.dumps({"sent": sent, "cpu": time.process_time() - began}), flush=True)


async def _take_for(take: Take, seconds: float) -> list[float]:
    sent: list[float] = []

    async def one_after_the_other() -> None:
        while True:
            await take()
            sent.append(time.time())

    callers = [asyncio.create_task(one_after_the_other()) for _ in range(CALLS_PER_PROCESS)]
    done, _ = await asyncio.wait(callers, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    for caller in callers:
        caller.cancel()
    await asyncio.gather(*callers, return_exceptions=True)
    for failed in done:
        failed.result()
    return sent


def _ours(url: str) -> Take:
    database = Database(url)
    return RateBudget(database, "key", limit=LIMIT, window=WINDOW, share=SHARE).take


def _pyrate(url: str) -> Take:
    # Not imported above: it is there for this benchmark only, and untyped to our checks.
    pyrate: Any = import_module("pyrate_limiter")
    rates = [pyrate.Rate(PYRATE_LIMIT, PYRATE_WINDOW_MS)]
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        bucket = pyrate.SQLiteBucket.init_from_file(
            rates, db_path=f"{parsed.database}.pyrate", use_file_lock=True
        )
    else:
        pool: Any = import_module("psycopg_pool")
        plain = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
        bucket = pyrate.PostgresBucket(pool.ConnectionPool(plain, open=True), "budget", rates)
    limiter = pyrate.Limiter(bucket)

    async def take() -> None:
        while not await limiter.try_acquire_async("key"):
            pass

    return take


_TAKERS: dict[str, Callable[[str], Take]] = {"ours": _ours, "pyrate": _pyrate}


def most_in_any(window: float, instants: Sequence[float]) -> int:
    """The most of the ordered `instants` in any half-open window, wherever it starts."""
    return max(
        bisect_left(instants, start + window) - index for index, start in enumerate(instants)
    )


def refused(instants: Sequence[float]) -> int:
    """How many a provider with fixed windows refuses, each opened by the first request after
    the last one ended (reference, section 3)."""
    count, opened, taken = 0, float("-inf"), 0
    for instant in instants:
        if instant >= opened + WINDOW:
            opened, taken = instant, 0
        taken += 1
        count += taken > LIMIT
    return count


def _print(runs: Sequence[Run]) -> None:
    table = Table(title=f"{SHARE:.0%} of {LIMIT} requests per {WINDOW:.0f} s")
    columns = (
        "run", "delivered/s", "share of limit", "most in 1 s", "most in 10 s", "most in 60 s",
        "429s", "longest pause s", "by process", "CPU s", "server CPU s",
    )  # fmt: skip
    for column in columns:
        table.add_column(column, justify="left" if column == "run" else "right", no_wrap=True)
    for run in runs:
        table.add_row(*_row(run))
    Console(width=180).print(table)


def _row(run: Run) -> list[str]:
    instants = run.instants
    rate = len(instants) / run.seconds
    pauses = [later - earlier for earlier, later in pairwise(instants)]
    return [
        run.name,
        f"{rate:.2f}",
        f"{rate * WINDOW / LIMIT:.1%}",
        *(str(most_in_any(window, instants)) for window in (1.0, 10.0, 60.0)),
        str(refused(instants)),
        f"{max(pauses):.2f}",
        " ".join(str(len(of_one)) for of_one in run.sent),
        f"{run.cpu:.2f}",
        "" if run.server_cpu is None else f"{run.server_cpu:.2f}",
    ]


if __name__ == "__main__":
    main()
