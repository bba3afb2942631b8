"""Examples of credit operations, as the reference prints them."""

from datetime import date

from smarterpay.api import CloudClient
from smarterpay.api.models.bank_account import BankAccount
from smarterpay.api.models.credit import Credit, CreditBulkCreate, CreditCreate, CreditUpdate


async def create_credit(cloud: CloudClient, bank_account: BankAccount) -> None:
    credit = await cloud.credits.create(
        CreditCreate(
            bank_account=bank_account.id,
            amount=12000,  # pence
            credit_date=date(2026, 6, 6),  # a Saturday: moved to the next banking day
            description="Refund of the deposit",
            reference="REFUND-7",
            default_narrative="EXAMPLE LTD",
        )
    )
    print(credit.status, credit.credit_date)  # pending_submission 2026-06-08


async def bulk_create_credits(cloud: CloudClient, bank_account: BankAccount) -> None:
    rows = tuple(
        CreditCreate(
            bank_account=bank_account.id,
            amount=amount,
            credit_date=date(2026, 6, 10),
            description="Refund of the deposit",
            reference=reference,
        )
        for reference, amount in (("REFUND-8", 12000), ("REFUND-9", 9900))
    )
    request = await cloud.credits.bulk_create(CreditBulkCreate(rows=rows))
    print(request.status, request.total_count)  # pending 2


async def get_credit(cloud: CloudClient, credit: Credit) -> None:
    found = await cloud.credits.get(credit.id)
    print(found.reference, found.amount)  # REFUND-7 12000


async def update_credit(cloud: CloudClient, credit: Credit) -> None:
    changed = await cloud.credits.update(credit.id, CreditUpdate(amount=11000))
    print(changed.status, changed.amount)  # pending_submission 11000


async def list_credits(cloud: CloudClient, credit: Credit) -> None:
    # The filter is called custom_reference, and finds a credit's reference.
    async for found in cloud.credits.list(custom_reference="REFUND-7"):
        print(found.id == credit.id)  # True
