"""A merchant with a sandbox and a Prefect server of its own, to be measured; measures nothing."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.customers import write_customers
from benchmarks.processes import kill_tree
from smarterpay.clock import london_today
from smarterpay.intake.staging import ValidationPolicy, stage_customers
from smarterpay.journal.batches import RowState
from smarterpay.orchestration.local_server import PrefectServer
from tests.e2e.merchant import Merchant
from tests.sandbox_process import SandboxProcess

ROOT = Path(__file__).parents[1]
#: Customer account, modulus check, bank account, mandate, recurrence schedule.
CALLS_PER_CUSTOMER = 5
#: The merchant's own budget where the provider's limit is lifted: 100,000 a second.
LIFTED: Mapping[str, str] = {"SMARTERPAY_RATE_LIMIT": "6000000", "SMARTERPAY_RETRY_DELAY": "1"}
#: What the provider documents (reference, section 3), and so our defaults.
AT_LIMIT: Mapping[str, str] = {"SMARTERPAY_RATE_LIMIT": "1000", "SMARTERPAY_RETRY_DELAY": "1"}
QUIET_SECONDS = 10.0
DRAIN_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Workplace:
    """What runs, and who works there."""

    folder: Path
    sandbox: SandboxProcess
    prefect: PrefectServer
    merchant: Merchant

    @property
    def environment(self) -> dict[str, str]:
        """Variables of every process that works here."""
        return self.merchant.environment

    def customers(self, count: int) -> Path:
        """A file of so many valid customers."""
        path = self.folder / f"customers-{count}.csv"
        if not path.exists():
            write_customers(path, count)
        return path

    def stage(self, count: int) -> str:
        """Stage so many customers; the batch's id."""
        with self.merchant.journal() as journal:
            today = london_today(journal.clock)
            return stage_customers(journal, self.customers(count), ValidationPolicy(), today=today)

    @contextmanager
    def running(self, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
        """`python ARGUMENTS` as a child process; killed with its own if it runs at the end."""
        with (self.folder / "processes.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=ROOT,
            )
        try:
            yield process
        finally:
            with process:  # closes its pipe and waits for it
                if process.poll() is None:
                    kill_tree(process.pid)

    def rows_done(self, batch: str) -> int:
        """How many rows of a batch are onboarded, by the journal."""
        with self.merchant.journal() as journal:
            return journal.batches.counts(batch).get(RowState.SUCCEEDED, 0)

    def recorded_task_runs(self) -> int:
        """How many task runs the Prefect server knows as completed."""
        query = {"task_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
        answer = httpx.post(
            f"{self.prefect.api_url}/task_runs/count", json=query, timeout=60, trust_env=False
        )
        answer.raise_for_status()
        return int(answer.text)

    def wait_until_recorded(self, task_runs: int) -> int:
        """Wait until the Prefect server has them all, or makes no progress; how many it has."""
        recorded, quiet_since = -1, time.monotonic()
        deadline = quiet_since + DRAIN_SECONDS
        while time.monotonic() < deadline:
            now_recorded = self.recorded_task_runs()
            if now_recorded > recorded:
                recorded, quiet_since = now_recorded, time.monotonic()
            if recorded >= task_runs or time.monotonic() - quiet_since > QUIET_SECONDS:
                break
            time.sleep(1)
        return recorded


@contextmanager
def workplace(*, rate_limit: int | None) -> Iterator[Workplace]:
    """A fresh one in a folder of its own; `rate_limit` is the sandbox's, None lifts it.

    The sandbox keeps its books in a file, as it does for the command.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmark-")))
        sandbox = stack.enter_context(SandboxProcess(state=folder / "sandbox.sqlite"))
        sandbox.settings(rate_limit=rate_limit)
        prefect = stack.enter_context(PrefectServer(folder / "prefect"))
        merchant = Merchant(
            folder / "home",
            sandbox,
            prefect.environment(),
            LIFTED if rate_limit is None else AT_LIMIT,
        )
        yield Workplace(folder, sandbox, prefect, merchant)
