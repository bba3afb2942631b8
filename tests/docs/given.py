"""What an example finds ready, made for real in a sandbox; the pages print these docstrings."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from smarterpay.api import CardClient, CloudClient
from smarterpay.api.models.account_validation import AccountValidation, AccountValidationCreate
from smarterpay.api.models.api_request import ApiRequest
from smarterpay.api.models.bank_account import BankAccount, BankAccountCreate
from smarterpay.api.models.bank_account_check import BankAccountCheck, BankAccountCheckCreate
from smarterpay.api.models.credit import Credit, CreditCreate
from smarterpay.api.models.customer_account import CustomerAccount, CustomerAccountCreate
from smarterpay.api.models.mandate import Mandate, MandateCreate
from smarterpay.api.models.outbound_message import OutboundMessage
from smarterpay.api.models.payment import Payment, PaymentBulkCreate, PaymentCreate
from smarterpay.api.models.payment_link import PaymentLink, PaymentLinkCreate
from smarterpay.api.models.recurrence_schedule import RecurrenceSchedule, RecurrenceScheduleCreate
from smarterpay.api.models.submission import Submission
from smarterpay.api.models.submission_line import SubmissionLine
from smarterpay.api.models.transaction import Transaction, TransactionRegister
from tests.sandbox_process import SandboxProcess

REFER_TO_PAYER = 9010
"""Pence whose payment comes back unpaid (section 13)."""


@dataclass
class World:
    """A sandbox as it starts, both clients, and what was made ready so far."""

    sandbox: SandboxProcess
    cloud: CloudClient
    card_host: CardClient
    receiver_url: str
    ready: dict[str, Any] = field(default_factory=dict)

    async def get(self, name: str) -> Any:
        """What an example asks for by the name of its argument; made once."""
        if name in {"cloud", "card_host"}:
            return getattr(self, name)
        if name not in self.ready:
            self.ready[name] = await GIVEN[name](self)
        return self.ready[name]


async def customer(world: World) -> CustomerAccount:
    """a customer account"""
    return await world.cloud.customer_accounts.create(
        CustomerAccountCreate(
            email="ada@example.com",
            first_name="Ada",
            last_name="Example",
            address_line1="1 Sample Street",
            city="Leeds",
            postal_code="LS1 1AA",
            custom_reference="CUST-0042",
        )
    )


async def bank_account(world: World) -> BankAccount:
    """a bank account of the customer"""
    owner = await world.get("customer")
    return await world.cloud.bank_accounts.create(
        BankAccountCreate(
            account_number="75849855",
            sort_code="200052",
            account_name="Ada Example",
            customer_account=owner.id,
            custom_reference="CUST-0042",
        )
    )


async def mandate(world: World) -> Mandate:
    """a new mandate on a bank account"""
    account = await world.get("bank_account")
    return await world.cloud.mandates.create(
        MandateCreate(customer_bank_account=account.id, auddis="CUST-0042")
    )


async def validation(world: World) -> AccountValidation:
    """an account validation that its customer has completed"""
    begun = await world.cloud.account_validations.create(
        AccountValidationCreate(client_bank_account_id="OB01SANDBOXMAIN00001")
    )
    world.sandbox.advance("1m")
    return begun


async def check(world: World) -> BankAccountCheck:
    """an earlier check"""
    return await world.cloud.bank_account_checks.create(
        BankAccountCheckCreate(
            account_name="Ada Example",
            account_number="75849855",
            sort_code="200052",
            check_type=1,
            account_type=1,
        )
    )


async def _payment(world: World, amount: int) -> Payment:
    on: Mandate = await world.get("mandate")
    return await world.cloud.payments.create(
        PaymentCreate(
            mandate=on.id,
            amount=amount,
            collection_date=date(2026, 6, 3),
            description="Box of June",
            custom_reference="INV-2026-118",
        )
    )


async def payment(world: World) -> Payment:
    """a payment that is still pending"""
    return await _payment(world, 2500)


async def failed_payment(world: World) -> Payment:
    """a payment that came back unpaid (`ARUDD0`)"""
    unpaid = await _payment(world, REFER_TO_PAYER)
    world.sandbox.advance("4d")
    return await world.cloud.payments.get(unpaid.id)


async def bulk_request(world: World) -> ApiRequest:
    """a bulk call of three payments, the last of them on a date that has passed"""
    on: Mandate = await world.get("mandate")
    rows = tuple(
        PaymentCreate(mandate=on.id, amount=2500, collection_date=day, description="Box of June")
        for day in (date(2026, 6, 10), date(2026, 6, 17), date(2026, 5, 1))
    )
    request = await world.cloud.payments.bulk_create(PaymentBulkCreate(rows=rows))
    world.sandbox.advance("10s")
    return request


async def credit(world: World) -> Credit:
    """a credit that is still pending"""
    payee = await world.get("bank_account")
    return await world.cloud.credits.create(
        CreditCreate(
            bank_account=payee.id,
            amount=12000,
            credit_date=date(2026, 6, 8),
            description="Refund of the deposit",
            reference="REFUND-7",
        )
    )


async def schedule(world: World) -> RecurrenceSchedule:
    """an active schedule"""
    on: Mandate = await world.get("mandate")
    return await world.cloud.recurrence_schedules.create(
        RecurrenceScheduleCreate(
            auddis=on.auddis,
            amount=2500,
            first_collection_amount=3000,
            collection_period="monthly",
            collection_stretch=1,
            collection_day="1",
            first_collection_date=date(2026, 7, 15),
            description="Membership",
        )
    )


async def link(world: World) -> PaymentLink:
    """an active payment link"""
    owner = await world.get("customer")
    return await world.cloud.payment_links.create(
        PaymentLinkCreate(
            ecommerce_page="EP02SANDBOXPAGE00001",
            customer_account=owner.id,
            metadata="order 118",
        )
    )


async def submission(world: World) -> Submission:
    """the submission of a night in which a mandate and its first payment went to Bacs"""
    await world.get("payment")
    world.sandbox.advance("14h")
    (found,) = [one async for one in world.cloud.submissions.list()]
    return found


async def line(world: World) -> SubmissionLine:
    """the line of the payment in that submission"""
    file = await world.get("submission")
    lines = world.cloud.submission_lines.list(submission_id=file.id, transaction_code="01")
    (found,) = [one async for one in lines]
    return found


async def message(world: World) -> OutboundMessage:
    """a webhook that was sent"""
    subscription = "subscriptions/SU01SANDBOXSUBS00001"
    world.sandbox.control(
        subscription,
        {"url": world.receiver_url, "events": ["customer_account.create"]},
        method="PUT",
    )
    await world.get("customer")
    world.sandbox.advance("2s")
    (found,) = [one async for one in world.cloud.outbound_messages.list()]
    return found


async def _registered(world: World, kind: Any) -> Transaction:
    """A card payment of this kind whose browser step is done."""
    owner = await world.get("customer")
    registered = await world.card_host.transactions.register(
        TransactionRegister(
            payment_type=kind,
            payment_gateway_profile_id="PG01SANDBOXOPAYO0001",
            customer_id=owner.id,
            amount=2500,
            currency_code="GBP",
            custom_reference="ORDER-118",
        )
    )
    world.sandbox.control(f"cards/{registered.card_id}/complete", {})
    return registered


async def charge(world: World) -> Transaction:
    """a card payment whose browser step is complete"""
    return await _registered(world, "Ecommerce")


async def cleared_charge(world: World) -> Transaction:
    """a card payment that has cleared at the bank"""
    taken = await _registered(world, "Ecommerce")
    world.sandbox.control("clock", {"next_banking_day": True})
    return taken


async def reserved(world: World) -> Transaction:
    """a card payment that is reserved and not yet taken (`DeferredEcommerce`)"""
    return await _registered(world, "DeferredEcommerce")


async def authenticated(world: World) -> Transaction:
    """a card that was authenticated and not yet charged (`AuthenticateEcommerce`)"""
    return await _registered(world, "AuthenticateEcommerce")


GIVEN: Mapping[str, Callable[[World], Awaitable[Any]]] = {
    made.__name__: made
    for made in (
        customer,
        bank_account,
        mandate,
        validation,
        check,
        payment,
        failed_payment,
        bulk_request,
        credit,
        schedule,
        link,
        submission,
        line,
        message,
        charge,
        cleared_charge,
        reserved,
        authenticated,
    )
}
"""What can be asked for, by name."""


def described(name: str) -> str:
    """What stands ready under a name, in the words of its docstring."""
    return inspect.getdoc(GIVEN[name]) or ""
