"""A merchant in a folder: settings, journal, and flow processes against a sandbox and Prefect.

What is run is the real command in a process of its own, or `tests.e2e.flow_process`, which is
the same with an end appointed.
"""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smarterpay.cli.demo.command import UNIQUE_BY
from smarterpay.cli.printing import batch_document
from smarterpay.clock import london_today
from smarterpay.intake.staging import ValidationPolicy, stage_customers
from smarterpay.journal import Journal
from smarterpay.journal.batches import RowState
from smarterpay.settings import Settings
from tests.flow_process import FlowWorker
from tests.sandbox_process import SandboxProcess

FLOW_SECONDS = 240
KILLED = -9

CUSTOMER: Mapping[str, str] = {
    "reference": "CUST-0001",
    "title": "Ms",
    "first_name": "Ada",
    "last_name": "Example",
    "company_name": "",
    "email": "ada@example.com",
    "address_line1": "1 Sample Street",
    "address_line2": "",
    "city": "Leeds",
    "postal_code": "LS1 1AA",
    "country_code": "GB",
    "account_name": "A Example",
    "sort_code": "20-00-52",
    "account_number": "12345678",
    "amount": "25.00",
    "collection_period": "monthly",
    "collection_day": "15",
    "first_collection_date": "2026-07-15",
    "description": "Monthly veg box",
    "metadata": "",
}


@dataclass
class Merchant:
    """One merchant with everything of its own but the Prefect server."""

    home: Path
    sandbox: SandboxProcess
    prefect_environment: Mapping[str, str]
    more_settings: Mapping[str, str] = field(default_factory=dict)
    worker: FlowWorker | None = None
    """A flow process kept alive: with it nothing is started for each file and each resume."""

    @property
    def environment(self) -> dict[str, str]:
        """Variables of every process this merchant runs."""
        own = {
            "SMARTERPAY_HOME": str(self.home),
            "SMARTERPAY_CLOUD_BASE_URL": self.sandbox.cloud_url,
            "SMARTERPAY_CARD_BASE_URL": self.sandbox.card_url,
            "SMARTERPAY_CLOCK_URL": f"{self.sandbox.base_url}/_sandbox/clock",
            "SMARTERPAY_API_KEY": "sandbox-key",
            "SMARTERPAY_RATE_LIMIT": "60000",
            "SMARTERPAY_RETRY_DELAY": "0.05",
        }
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("SMARTERPAY_")}
        return {**inherited, **self.prefect_environment, **own, **self.more_settings}

    def settings(self) -> Settings:
        """The same settings, for looking into the journal from the test."""
        names = {k: v for k, v in self.environment.items() if k.startswith("SMARTERPAY_")}
        fields = {k.removeprefix("SMARTERPAY_").lower(): v for k, v in names.items()}
        return Settings.model_validate(fields)

    @contextmanager
    def journal(self) -> Iterator[Journal]:
        """The merchant's journal."""
        with Journal.open(self.settings()) as journal:
            yield journal

    def write_customers(self, *customers: Mapping[str, str], name: str = "customers.csv") -> Path:
        """A CSV file of customers, each given by what differs from `CUSTOMER`."""
        rows = [{**CUSTOMER, **customer} for customer in customers]
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(n for row in rows for n in row)))
            writer.writeheader()
            writer.writerows(rows)
        return path

    def command(self, *arguments: object) -> "subprocess.CompletedProcess[str]":
        """Run `smarterpay ...` to its end."""
        return self._run([sys.executable, "-m", "smarterpay.cli", *map(str, arguments)])

    def onboard(self, file: Path, *options: str) -> dict[str, Any]:
        """Run `smarterpay onboard FILE --json`, or its flow; return what the command prints."""
        if self.worker is not None:
            return self.resume(self._staged(file, options))
        done = self.command("onboard", file, *options, "--json")
        assert done.stdout, done.stderr
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    def resume(self, batch: str) -> dict[str, Any]:
        """Run `smarterpay batch resume --json`, or its flow; return what the command prints."""
        if self.worker is not None:
            return self._applied(batch, self.worker)
        done = self.command("batch", "resume", batch, "--json")
        assert done.stdout, done.stderr
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    def onboard_and_die(self, file_or_batch: Path | str, point: str, nth: int) -> str:
        """Onboard a file, or resume a batch, and be killed the `nth` time `point` is reached.

        Returns the newest batch.
        """
        arguments = [str(file_or_batch), point, str(nth)]
        script = [sys.executable, "-m", "tests.e2e.flow_process", *arguments]
        done = self._run(script)
        assert done.returncode == KILLED, done.stderr
        with self.journal() as journal:
            return journal.batches.list()[0].id

    def _staged(self, file: Path, options: Sequence[str]) -> str:
        policy = ValidationPolicy(
            confirmation_of_payee="confirmation-of-payee" in options,
            open_banking="open-banking" in options,
        )
        with self.journal() as journal:
            return stage_customers(journal, file, policy, today=london_today(journal.clock))

    def _applied(self, batch: str, worker: FlowWorker) -> dict[str, Any]:
        settings = {k: v for k, v in self.environment.items() if k.startswith("SMARTERPAY_")}
        done = worker.do({"settings": settings, "flow": "onboard_batch", "arguments": [batch]})
        assert "error" not in done, done
        with self.journal() as journal:
            return batch_document(journal.batches, journal.batches.get(batch))

    def _run(self, command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=FLOW_SECONDS,
            check=False,
        )

    def assert_books_agree(self, onboarded: int) -> None:
        """The sandbox's books hold exactly the records that the journal's rows name, none of
        them twice, and so many customers have one of each kind."""
        records = self.sandbox.books(records=True)["records"]
        with self.journal() as journal:
            batches = journal.batches
            rows = [row for batch in batches.list() for row in batches.each_row(batch.id)]
        done = {row.reference for row in rows if row.state is RowState.SUCCEEDED}
        assert len(done) == onboarded
        for resource, unique in UNIQUE_BY.items():
            owners = [record[unique] for record in records[resource]]
            assert len(owners) == len(set(owners)), f"{resource}: a record was created twice"
            name = resource.removesuffix("s")
            named = {row.record_ids[name] for row in rows if name in row.record_ids}
            assert named == {_id(record) for record in records[resource]}, resource
            assert all(name in row.record_ids for row in rows if row.state is RowState.SUCCEEDED)

    def writes(self) -> int:
        """Requests other than GET that reached the sandbox so far."""
        return sum(request["method"] != "GET" for request in self.sandbox.requests(limit=5000))


def _id(record: Mapping[str, Any]) -> str:
    return str(record.get("id") or record.get("Id") or record.get("ID"))
