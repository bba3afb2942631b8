"""A merchant whose Direct Debits of 3 June 2026 came back unpaid; knows no flow and no rule."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from smarterpay.api.models.payment import Payment, PaymentRepresent
from smarterpay.journal import Journal
from smarterpay.journal.batches import Row
from smarterpay.journal.presentations import Chain
from smarterpay.orchestration.local_server import PrefectServer
from smarterpay.orchestration.recovery import RecoveryPoint
from smarterpay.orchestration.runtime import Runtime
from smarterpay.settings import Settings
from tests.contract.stage import Stage
from tests.flow_process import FlowProcess, environment_of
from tests.sandbox_process import SandboxProcess

PLAN = "flows.representation:plan_representations"
APPLY = "flows.representation:represent_batch"
PLANNER = "ada"
#: What a payer may read and nobody else: in no log, artifact, result or state.
DESCRIPTION = "Qzdescription"
#: The morning after: reports have come in, and 10 June is five working days after the collection.
REPORTED = "2026-06-04 09:00"


async def unpaid(payers: Stage, reference: str, ending: str = "911", **changes: Any) -> Payment:
    """A payment for 3 June on an account whose ending says what comes of it (section 13)."""
    account = await payers.bank_account(account_number=f"12345{ending}")
    mandate = await payers.mandate(customer_bank_account=account.id, auddis=f"VEG-{reference}")
    values = {"custom_reference": reference, "description": DESCRIPTION, **changes}
    return await payers.payment(auddis=mandate.auddis, **values)


async def presented_by_hand(payers: Stage, payment: Payment) -> Payment:
    """What somebody does in the portal: the payment is presented again."""
    request = PaymentRepresent(
        amount=2500,
        collection_date=date(2026, 6, 12),
        description="by hand",
        auddis=str(payment.auddis),
    )
    return await payers.cloud.payments.represent(payment.id, request)


def plan(flows: FlowProcess, **settings: Any) -> str:
    """Plan in a flow run; what it says."""
    done = flows.run(PLAN, PLANNER, **settings)
    assert done["state"] == "Completed", done
    return str(done["message"])


def plan_and_apply(flows: FlowProcess, journal: Journal, **settings: Any) -> tuple[str, str, str]:
    """Plan and apply the newest batch: what both say, and the batch."""
    planned = plan(flows)
    batch = journal.batches.list()[0].id
    return planned, apply(flows, batch, **settings), batch


def apply(flows: FlowProcess, batch: str, **settings: Any) -> str:
    """Apply a batch in a flow run; what it says."""
    done = flows.run(APPLY, batch, **settings)
    assert done["state"] == "Completed", done
    return str(done["message"])


def rows_by_payment(journal: Journal, batch: str) -> Mapping[str, Row]:
    """Every row by the payment it is to present again; one not begun by its own reference."""
    return {row.record_ids.get("payment", str(row.reference)): row for row in _rows(journal, batch)}


def _rows(journal: Journal, batch: str) -> list[Row]:
    return list(journal.batches.each_row(batch))


def chain(runtime: Runtime, payment: Payment) -> Chain:
    """The chain of a payment."""
    return runtime.journal.presentations.chain(payment.id)


def represented(sandbox: SandboxProcess) -> list[dict[str, Any]]:
    """The provider's payments that present another one again, oldest first."""
    payments = sandbox.books(records=True)["records"]["payments"]
    return [one for one in payments if one["related_payment"]]


@dataclass(frozen=True)
class Merchant:
    """The same merchant in processes of its own."""

    server: PrefectServer
    settings: Settings

    def command(self, *arguments: str) -> Any:
        """Run `smarterpay ...` to its end; what it prints as JSON. Its exit code is 0."""
        command = [sys.executable, "-m", "smarterpay.cli", *arguments]
        done = subprocess.run(
            command, env=self._environment, stdout=subprocess.PIPE, text=True, check=True
        )
        return json.loads(done.stdout)

    def killed(self, batch: str, point: RecoveryPoint) -> None:
        """Apply a batch in a process that kills itself the first time `point` is reached."""
        flow = ("flows.representation", "represent_batch", point.value, batch)
        command = [sys.executable, "-m", "tests.flows.killed_run", *flow]
        done = subprocess.run(command, env=self._environment, check=False)
        assert done.returncode == -signal.SIGKILL

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, **self.server.environment(), **environment_of(self.settings)}
