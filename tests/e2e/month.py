"""A merchant who lives through days on the sandbox's clock, whose flow processes die at random.

Each flow is run in lives of its own: some under faults, killed at a recovery point; the last one
in peace. What a batch left unfinished is resumed the next morning, as a schedule would do.
"""

import csv
import multiprocessing
import random
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from smarterpay.cli.flow_process import FLOWS
from smarterpay.clock import LONDON
from smarterpay.journal import Journal
from smarterpay.journal.batches import UNFINISHED, Row, RowState, unfinished
from smarterpay.orchestration.recovery import POINTS_OF_A_WRITE, RecoveryPoint
from tests.e2e import month_life
from tests.e2e.merchant import Merchant
from tests.sandbox_process import SandboxProcess

#: A fault that the key of a call remembers would need hours to be settled: the next morning does.
FAULTS = ("429", "503", "500-before", "500-after", "drop-before", "drop-after", "html-error")
#: Calls that suffer faults: what is written about money and customers, in bulk and one by one.
FAULTY = "(customeraccount|bankaccount|mandate|recurrenceschedule|payments?|credits?)(/|$)"
#: Nothing is asked of a second person here: approval has its own tests.
NO_THRESHOLDS = {
    f"SMARTERPAY_{kind}_APPROVAL_{what}": "none"
    for kind in ("COLLECTION", "REFUND", "REPRESENTATION", "AMENDMENT")
    for what in ("ROW_PENCE", "BATCH_PENCE", "ROWS")
}

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.e2e.month_life"])


class Month:
    """The merchant, the sandbox and the chance that decides who dies when."""

    def __init__(self, home: Path, sandbox: SandboxProcess, prefect: Mapping[str, str], seed: int):
        more = {
            "SMARTERPAY_RETRY_DELAY": "0",
            # A 429 then holds everybody back for moments and not for a minute.
            "SMARTERPAY_RATE_LIMIT": "1000",
            "SMARTERPAY_RATE_WINDOW": "0.05",
            "SMARTERPAY_MAX_ATTEMPTS": "4",
            "PREFECT_LOGGING_LEVEL": "WARNING",
            **NO_THRESHOLDS,
        }
        self.merchant = Merchant(home, sandbox, prefect, more)
        self.sandbox = sandbox
        self.deaths = 0
        self._chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
        # A run awaits the rows of a bulk call: where time stands still it would wait in vain.
        sandbox.control("clock", {"mode": "realtime"})

    @contextmanager
    def journal(self) -> Iterator[Journal]:
        """The merchant's journal."""
        with self.merchant.journal() as journal:
            yield journal

    @property
    def today(self) -> date:
        """The London date on the sandbox's clock."""
        now = datetime.fromisoformat(self.sandbox.control("clock")["now"])
        return now.astimezone(LONDON).date()

    def file(self, name: str, rows: Sequence[Mapping[str, object]]) -> Path:
        """A CSV file of the merchant's."""
        path = self.merchant.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(n for row in rows for n in row)))
            writer.writeheader()
            writer.writerows(rows)
        return path

    def run(self, flow: str, *, deaths: int = 0, **arguments: object) -> None:
        """Run `module:flow` to its end; before that, `deaths` lives that may be cut short."""
        self.run_each(flow, [arguments], deaths=deaths)

    def run_each(
        self, flow: str, calls: Sequence[Mapping[str, object]], *, deaths: int = 0
    ) -> None:
        """The same with one set of arguments after the other, in one life."""
        for _ in range(deaths):
            self._order_faults()
            code = self._live(flow, calls, self._chance.choice(POINTS_OF_A_WRITE))
            self.deaths += code == -signal.SIGKILL
        self.sandbox.clear_faults()
        assert self._live(flow, calls, None) == 0

    def apply(self, batch: str, *, deaths: int = 0) -> Mapping[str, Row]:
        """Work on a batch by the flow of its kind; its rows by reference."""
        with self.journal() as journal:
            module, name = FLOWS[journal.batches.get(batch).kind]
        self.run(f"{module}:{name}", deaths=deaths, batch=batch)
        return self.rows(batch)

    def rows(self, batch: str) -> Mapping[str, Row]:
        """Every row of a batch, by its reference."""
        with self.journal() as journal:
            return {str(row.reference): row for row in journal.batches.each_row(batch)}

    def pass_days(self, banking_days: int = 1) -> None:
        """Let days pass in which nobody looks, then synchronise and go on with what was left."""
        self.sandbox.control("clock", {"next_banking_day": banking_days})
        self.run("flows.status_sync:sync_statuses")
        for batch in self._unfinished():
            self.apply(batch)

    def report(self, code: str, record_id: str, **more: object) -> None:
        """Let a Bacs report arrive."""
        self.sandbox.control("report", {"code": code, "record_id": record_id, **more})

    def books(self) -> Mapping[str, list[dict[str, Any]]]:
        """The sandbox's records."""
        records: Mapping[str, list[dict[str, Any]]] = self.sandbox.books(records=True)["records"]
        return records

    def _unfinished(self) -> list[str]:
        with self.journal() as journal:
            batches = journal.batches
            return [one.id for one in batches.list() if unfinished(batches.counts(one.id))]

    def _order_faults(self) -> None:
        for _ in range(self._chance.randrange(3)):
            self.sandbox.faults(
                self._chance.choice(FAULTS),
                method="POST",
                path=FAULTY,
                skip=self._chance.randrange(4),
            )

    def _live(
        self, flow: str, calls: Sequence[Mapping[str, object]], point: RecoveryPoint | None
    ) -> int:
        nth = self._chance.randint(1, 6)
        life = _processes.Process(
            target=month_life.live, args=(self.merchant.environment, flow, calls, point, nth)
        )
        life.start()
        life.join()
        assert life.exitcode is not None
        return life.exitcode


def stopped(rows: Mapping[str, Row]) -> dict[str, tuple[RowState, str | None]]:
    """The rows that did not succeed: how they stand and why."""
    return {
        reference: (row.state, row.reason)
        for reference, row in rows.items()
        if row.state is not RowState.SUCCEEDED
    }


def settled(rows: Mapping[str, Row]) -> bool:
    """Whether no row has anything left to do."""
    return not any(row.state in UNFINISHED for row in rows.values())
