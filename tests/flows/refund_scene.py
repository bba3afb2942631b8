"""Payments in every state a refund can meet, at one sandbox; knows no flow and no rule.

The sandbox's calendar starts on Monday 1 June 2026, 09:00.
"""

from collections.abc import Mapping
from itertools import count
from typing import Any

from flows.refund_steps import words_sha256
from smarterpay.intake.refund_row import RefundRow
from smarterpay.journal.batch_kinds import REFUND
from smarterpay.journal.batches import NewRow, Row
from smarterpay.orchestration.runtime import Runtime
from tests.api import builders
from tests.sandbox_process import SandboxProcess

#: Marks of what may be personal, to be searched for where none may be.
WORDS = {"reason": "Qzreason of the refund", "metadata": "Qzmetadata"}
PLANNER = "pat"


class RefundScene:
    """A merchant with payers; each method makes a payment of its own and gives its id."""

    def __init__(self, runtime: Runtime, sandbox: SandboxProcess) -> None:
        self.runtime = runtime
        self.journal = runtime.journal
        self.sandbox = sandbox
        self._numbers = count(1)
        #: Mandate and bank account of each Direct Debit, by the payment's id.
        self.mandates: dict[str, str] = {}
        self.bank_accounts: dict[str, str] = {}
        #: The card of each card payment.
        self.cards: dict[str, str] = {}

    async def direct_debit(
        self, amount: int = 2500, *, credits_allowed: bool = True, **changes: Any
    ) -> str:
        """A Direct Debit of a payer of its own, due as early as can be."""
        number = next(self._numbers)
        account = await self.runtime.cloud.bank_accounts.create(
            builders.bank_account(
                account_number=f"6543{number:04}",
                custom_reference="-",
                credits_allowed=credits_allowed,
            )
        )
        mandate = await self.runtime.cloud.mandates.create(
            builders.mandate(
                customer_bank_account=account.id,
                auddis=f"BOX-{number}",
                dd_status="ongoing collection",
            )
        )
        today = self.runtime.clock.now().date()
        payment = await self.runtime.cloud.payments.create(
            builders.payment(
                **{
                    "auddis": mandate.auddis,
                    "amount": amount,
                    "collection_date": today,
                    "custom_reference": f"INV-{number}",
                    **changes,
                }
            )
        )
        self.mandates[payment.id], self.bank_accounts[payment.id] = mandate.id, account.id
        return payment.id

    async def card(self, amount: int = 2500, outcome: str = "", **changes: Any) -> str:
        """A card payment whose form was completed; `outcome` as the control call takes it."""
        customer = await self.runtime.cloud.customer_accounts.create(builders.customer())
        made = await self.runtime.card.transactions.register(
            builders.register(customer_id=customer.id, amount=amount, **changes)
        )
        self.cards[made.id] = str(made.card_id)
        if outcome != "waiting":
            self.sandbox.control(
                f"cards/{made.card_id}/complete", {"outcome": outcome} if outcome else {}
            )
        return made.id

    def report(self, code: str, record: str, **new_details: str) -> None:
        """A Bacs report about a record arrives."""
        body: dict[str, Any] = {"code": code, "record_id": record}
        if new_details:
            body["new_details"] = new_details
        self.sandbox.control("report", body)

    def records(self, kind: str) -> list[dict[str, Any]]:
        """Records in the provider's own books."""
        found: list[dict[str, Any]] = self.sandbox.books(records=True)["records"][kind]
        return found

    def paid_back(self) -> Mapping[str, int]:
        """Pence that the provider's books pay back, by the reference they carry."""
        books: dict[str, int] = {}
        for credit in self.records("credits"):
            if credit["status"] not in ("failed", "cancelled"):
                books[credit["reference"]] = books.get(credit["reference"], 0) + int(
                    credit["amount"]
                )
        for payment in self.records("payments"):
            if payment["payment_type"] == "Refund" and payment["status"] == "successful":
                reference = payment["custom_reference"]
                books[reference] = books.get(reference, 0) + int(payment["amount"])
        return books

    def stage(self, *rows: RefundRow) -> str:
        """A staged batch of refunds."""
        batch = self.journal.batches.create(
            REFUND,
            source="refunds.csv",
            sha256="0" * 64,
            policy={"planned_by": PLANNER},
            now=self.journal.clock.now(),
        )
        new_rows = [
            NewRow(n, n + 2, row.reference, row.model_dump_json().encode())
            for n, row in enumerate(rows)
        ]
        self.journal.batches.add_rows(batch, new_rows, self.journal.clock.now())
        pence = sum(row.amount_pence or 0 for row in rows)
        self.journal.batches.finish_staging(batch, rows_total=len(rows), amount_pence=pence)
        return batch

    @staticmethod
    def words(row: RefundRow) -> str:
        """The digest of the texts that travel with a refund."""
        return words_sha256(row)

    def outcomes(self, batch: str) -> Mapping[str, Row]:
        """Every row of a batch by its reference."""
        return {str(row.reference): row for row in self.journal.batches.each_row(batch)}


def a_refund(reference: str, payment: str | None = None, **changes: Any) -> RefundRow:
    """A refund of all that is left of a payment."""
    values: dict[str, Any] = {"reference": reference, "payment": payment, **WORDS}
    return RefundRow.model_validate({**values, **changes})
