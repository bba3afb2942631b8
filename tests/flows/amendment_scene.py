"""A merchant with payers to amend, at one sandbox; knows no flow's insides.

The sandbox's calendar starts on Monday 1 June 2026, 09:00.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any

from flows.amendments import amend_batch
from smarterpay.api.models.mandate import Mandate
from smarterpay.api.models.payment import Payment
from smarterpay.api.models.recurrence_schedule import RecurrenceSchedule
from smarterpay.intake.amendment_row import AmendmentRow
from smarterpay.intake.amendment_staging import stage_amendment
from smarterpay.journal.batches import Row
from smarterpay.orchestration.runtime import Runtime
from tests.api import builders
from tests.flows.without_prefect import plainly
from tests.sandbox_process import SandboxProcess

BY = "pat"
#: Marks of personal data, to be searched for where none may be.
NEW_ACCOUNT = {
    "account_name": "Qznew Holder",
    "sort_code": "200052",
    "account_number": "31415926",
}


@dataclass(frozen=True)
class Payer:
    """One payer with a mandate and a schedule of £25.00."""

    account: str
    mandate: Mandate
    schedule: RecurrenceSchedule


class AmendmentScene:
    """A merchant, his journal and the provider's books."""

    def __init__(self, runtime: Runtime, sandbox: SandboxProcess) -> None:
        self.runtime = runtime
        self.journal = runtime.journal
        self.cloud = runtime.cloud
        self.sandbox = sandbox
        self._numbers = count(1)

    async def payer(self, dd_status: str = "ongoing collection", **changes: Any) -> Payer:
        """A payer who is collected from on the 15th, for the first time in July."""
        number = next(self._numbers)
        customer = await self.cloud.customer_accounts.create(builders.customer())
        account = await self.cloud.bank_accounts.create(
            builders.bank_account(account_number=f"7543{number:04}", customer_account=customer.id)
        )
        mandate = await self.cloud.mandates.create(
            builders.mandate(
                customer_bank_account=account.id, auddis=f"OLD-{number}", dd_status=dd_status
            )
        )
        schedule = await self.cloud.recurrence_schedules.create(
            builders.schedule(
                **{
                    "auddis": mandate.auddis,
                    "collection_day": "15",
                    "first_collection_date": date(2026, 7, 15),
                    "custom_reference": f"CUST-{number}",
                    **changes,
                }
            )
        )
        return Payer(account.id, mandate, schedule)

    async def one_off(self, payer: Payer, on: date, amount: int = 900) -> Payment:
        """A one-off Direct Debit of a payer."""
        return await self.cloud.payments.create(
            builders.payment(
                auddis=payer.mandate.auddis,
                amount=amount,
                collection_date=on,
                custom_reference=f"INV-{next(self._numbers)}",
            )
        )

    async def amend(self, wish: AmendmentRow) -> Row:
        """Stage an amendment, or find it, and run it; how its row then stands."""
        batch = stage_amendment(self.journal, wish)
        return await self.resume(batch)

    async def resume(self, batch: str) -> Row:
        """Run an amendment's flow; how its row then stands."""
        with plainly(self.runtime):
            await amend_batch.fn(batch)
        return self.row(batch)

    def row(self, batch: str) -> Row:
        """The only row of an amendment."""
        (row,) = self.journal.batches.each_row(batch)
        return row

    def plan(self, wish: AmendmentRow) -> Mapping[str, Any]:
        """The plan that was kept."""
        batch = stage_amendment(self.journal, wish)
        plan: Mapping[str, Any] = self.journal.batches.get(batch).policy["plan"]
        return plan

    def records(self, kind: str) -> list[dict[str, Any]]:
        """Records in the provider's own books."""
        found: list[dict[str, Any]] = self.sandbox.books(records=True)["records"][kind]
        return found

    def statuses(self, kind: str, name: str = "status") -> dict[str, str]:
        """Statuses in the provider's own books, by id."""
        return {one["id"]: one[name] for one in self.records(kind)}

    def writes(self) -> list[tuple[str, str]]:
        """Method and path of every write the provider was asked for, without the host's part."""
        return [
            (one["method"], one["path"])
            for one in self.sandbox.requests()
            if one["method"] != "GET"
        ]

    def actions(self, reference: str) -> list[str]:
        """What the audit trail says was done."""
        return [line.action for line in self.journal.audit.each(subject=reference)]


def fates(plan: Mapping[str, Any], fate: str) -> list[tuple[str, str, int | None, str | None]]:
    """Kind, id, pence and date of what is affected so."""
    return [
        (one["record"], one["id"], one["amount_pence"], one["on"])
        for one in plan["affected"]
        if one["fate"] == fate
    ]
