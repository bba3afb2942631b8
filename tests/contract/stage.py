"""What must stand before a row can be asked: clients and records; knows no rule of the contract."""

import ssl
from contextlib import AsyncExitStack
from datetime import date, datetime
from functools import cached_property
from types import TracebackType
from typing import Any, Self

from smarterpay.api import CardClient, CloudClient, Record
from smarterpay.api.models.bank_account import BankAccount
from smarterpay.api.models.credit import Credit
from smarterpay.api.models.customer_account import CustomerAccount
from smarterpay.api.models.mandate import Mandate, MandateUpdate
from smarterpay.api.models.payment import Payment
from smarterpay.api.models.payment_link import PaymentLink
from smarterpay.api.models.recurrence_schedule import RecurrenceSchedule
from smarterpay.api.models.transaction import Transaction
from smarterpay.clock import LONDON
from tests.api import builders
from tests.sandbox.hooks import subscribe
from tests.sandbox.receiver import Receiver, receiving
from tests.sandbox_process import SandboxProcess

MAIN_ACCOUNT, SECOND_ACCOUNT = "OB01SANDBOXMAIN00001", "OB01SANDBOXSECOND001"
"""The client's own accounts, of the SUNs 100263 (default) and 122 (section 13)."""
PAGE, BRANDING = "EP02SANDBOXPAGE00001", "EB02SANDBOXBRAND0001"
GATEWAY, SUBSCRIPTION = "PG01SANDBOXOPAYO0001", "SU01SANDBOXSUBS00001"
NO_RECORD = "XX01NOSUCHRECORD0001"

_NO_AUTHORITY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Loopback is asked over plain HTTP: loading the authorities would be most of a row's time."""

_RESOURCES = {
    "AccountValidation": "account_validations",
    "ApiRequest": "api_requests",
    "BankAccount": "bank_accounts",
    "BankAccountCheck": "bank_account_checks",
    "Credit": "credits",
    "CustomerAccount": "customer_accounts",
    "Mandate": "mandates",
    "OutboundMessage": "outbound_messages",
    "Payment": "payments",
    "PaymentLink": "payment_links",
    "RecurrenceSchedule": "recurrence_schedules",
    "Submission": "submissions",
    "SubmissionLine": "submission_lines",
}


class Stage:
    """A sandbox and a client of each host; its methods make valid records, changed as told.

    Use as `async with`. A record is a real one of the sandbox, made through the client.
    """

    def __init__(self, sandbox: SandboxProcess) -> None:
        self.sandbox = sandbox
        self._open = AsyncExitStack()
        options: dict[str, Any] = {"token": sandbox.token, "verify": _NO_AUTHORITY}
        self.cloud: CloudClient = builders.cloud_client(sandbox.cloud_url, **options)
        self._card_options = options

    @cached_property
    def card(self) -> CardClient:
        """The card API's client."""
        opened = builders.card_client(self.sandbox.card_url, **self._card_options)
        self._open.push_async_callback(opened.aclose)
        return opened

    @cached_property
    def receiver(self) -> Receiver:
        """A merchant's webhook receiver, to which the fixture subscription leads."""
        listening = self._open.enter_context(receiving())
        subscribe(self.sandbox, listening)
        return listening

    async def __aenter__(self) -> Self:
        self._open.push_async_callback(self.cloud.aclose)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._open.aclose()

    def client_with(self, token: str, api: str) -> CloudClient | CardClient:
        """A client with another token."""
        options: dict[str, Any] = {"token": token, "verify": _NO_AUTHORITY}
        opened: CloudClient | CardClient
        if api == "card":
            opened = builders.card_client(self.sandbox.card_url, **options)
        else:
            opened = builders.cloud_client(self.sandbox.cloud_url, **options)
        self._open.push_async_callback(opened.aclose)
        return opened

    def client(self, api: str) -> CloudClient | CardClient:
        """The client of the API that the catalogue calls so."""
        return self.card if api == "card" else self.cloud

    def reads(self, record: object) -> bool:
        """Whether it is a record that the Cloud API reads one by one."""
        return type(record).__name__ in _RESOURCES

    async def read(self, record: Record) -> Record:
        """A record of the Cloud API as it stands now."""
        resource = getattr(self.cloud, _RESOURCES[type(record).__name__])
        found: Record = await resource.get(getattr(record, "id"))  # noqa: B009 - any record
        return found

    def set_clock(self, london: str) -> None:
        """Move the clock forward to a London time, `2026-06-01 22:00`."""
        instant = datetime.fromisoformat(london).replace(tzinfo=LONDON)
        self.sandbox.control("clock", {"set": instant.isoformat()})

    async def customer(self, **changes: Any) -> CustomerAccount:
        """A customer account."""
        return await self.cloud.customer_accounts.create(builders.customer(**changes))

    async def bank_account(self, **changes: Any) -> BankAccount:
        """A bank account that takes debits and credits."""
        return await self.cloud.bank_accounts.create(builders.bank_account(**changes))

    async def mandate(self, **changes: Any) -> Mandate:
        """A mandate, on a new bank account unless one is named."""
        if "customer_bank_account" not in changes:
            changes["customer_bank_account"] = (await self.bank_account()).id
        return await self.cloud.mandates.create(builders.mandate(**changes))

    async def ended_mandate(self, status: str) -> Mandate:
        """A mandate that came to be `status` on the way the provider knows."""
        name = "J Hetfield NOMATCH" if status == "failed validation" else "J Hetfield"
        account = await self.bank_account(account_name=name)
        validated = status in {"await validation", "failed validation"}
        mandate = await self.mandate(customer_bank_account=account.id, account_validation=validated)
        match status:
            case "on hold" | "cancelled":
                await self.cloud.mandates.update(mandate.id, MandateUpdate(dd_status=status))
            case "cancelled by payer":
                self.sandbox.control("report", {"code": "ADDACS1", "record_id": mandate.id})
            case "cancelled by originator":
                self.sandbox.control(f"mandates/{mandate.id}/cancel-by-originator", {})
            case "failed validation":
                self.sandbox.advance(60)
            case "expired":
                self.set_clock("2027-07-02 09:00")
        found = await self.cloud.mandates.get(mandate.id)
        assert found.dd_status == status
        return found

    async def payment(self, **changes: Any) -> Payment:
        """A payment for Wednesday 3 June, on a new mandate unless one is named."""
        if not {"auddis", "mandate"} & set(changes):
            changes["auddis"] = (await self.mandate()).auddis
        elif "auddis" not in changes:
            changes["auddis"] = None
        return await self.cloud.payments.create(builders.payment(**changes))

    async def submitted_payment(self, **changes: Any) -> Payment:
        """A payment that went to Bacs."""
        payment = await self.payment(**changes)
        self.submit()
        return await self.cloud.payments.get(payment.id)

    async def failed_payment(self, **changes: Any) -> Payment:
        """A payment that went to Bacs and came back unpaid."""
        payment = await self.submitted_payment(**changes)
        self.sandbox.control("report", {"code": "ARUDD0", "record_id": payment.id})
        return await self.cloud.payments.get(payment.id)

    async def credit(self, **changes: Any) -> Credit:
        """A credit for Friday 5 June, to a new bank account unless a payee is named."""
        if not {"auddis", "bank_account"} & set(changes):
            changes["bank_account"] = (await self.bank_account()).id
        elif "bank_account" not in changes:
            changes["bank_account"] = None
        return await self.cloud.credits.create(builders.credit(**changes))

    async def submitted_credit(self, **changes: Any) -> Credit:
        """A credit that went to Bacs."""
        credit = await self.credit(credit_date=date(2026, 6, 3), **changes)
        self.submit()
        return await self.cloud.credits.get(credit.id)

    def submit(self) -> None:
        """Send what is due, as at 22:00."""
        self.sandbox.control("submission-run", {})

    async def schedule(self, **changes: Any) -> RecurrenceSchedule:
        """A monthly schedule from 1 July, on a new mandate unless a payer is named."""
        if not {"auddis", "card_id"} & set(changes):
            changes["auddis"] = (await self.mandate()).auddis
        return await self.cloud.recurrence_schedules.create(builders.schedule(**changes))

    async def plan(self, **changes: Any) -> RecurrenceSchedule:
        """A payment plan of three instalments from 1 July, 1000 pence in all."""
        plan = {
            "type": "DDPaymentPlan",
            "installments": 3,
            "amount": 1000,
            "first_collection_amount": None,
        }
        return await self.schedule(**plan | changes)

    async def link(self, **changes: Any) -> PaymentLink:
        """A link to the fixture page, which sets a mandate up."""
        return await self.cloud.payment_links.create(builders.payment_link(**changes))

    def page(self, **setup: Any) -> None:
        """Set the fixture page up, as the merchant does in the portal."""
        self.sandbox.control(f"page-setups/{PAGE}", setup)

    async def registered(self, **changes: Any) -> Transaction:
        """A card payment whose form waits for the payer."""
        if "customer_id" not in changes:
            changes["customer_id"] = (await self.customer()).id
        return await self.card.transactions.register(builders.register(**changes))

    async def charged(self, **changes: Any) -> Transaction:
        """A card payment whose form the payer has completed; the answer to Register."""
        registered = await self.registered(**changes)
        self.complete(registered)
        return registered

    def complete(self, registered: Transaction, **outcome: Any) -> None:
        """Complete the card form."""
        self.sandbox.control(f"cards/{registered.card_id}/complete", outcome)

    async def cleared(self, **changes: Any) -> Transaction:
        """A card payment of yesterday: it has cleared at the bank."""
        registered = await self.charged(**changes)
        self.set_clock("2026-06-02 06:00")
        return registered
