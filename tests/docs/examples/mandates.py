"""Examples of mandate operations, as the reference prints them."""

from smarterpay.api import CloudClient
from smarterpay.api.models.bank_account import BankAccount
from smarterpay.api.models.mandate import Mandate, MandateCreate, MandateUpdate


async def create_mandate(cloud: CloudClient, bank_account: BankAccount) -> None:
    mandate = await cloud.mandates.create(
        MandateCreate(customer_bank_account=bank_account.id, auddis="CUST-0042")
    )
    print(mandate.auddis, mandate.dd_status)  # CUST-0042 new instruction


async def get_mandate(cloud: CloudClient, mandate: Mandate) -> None:
    found = await cloud.mandates.get(mandate.id)
    print(found.auddis, found.sun_number)  # CUST-0042 100263


async def update_mandate(cloud: CloudClient, mandate: Mandate) -> None:
    # Its pending payments and credits become cancelled, its schedules inactive.
    cancelled = await cloud.mandates.update(mandate.id, MandateUpdate(dd_status="cancelled"))
    print(cancelled.dd_status)  # cancelled


async def list_mandates(cloud: CloudClient, mandate: Mandate) -> None:
    async for found in cloud.mandates.list(status=["new instruction", "first collection"]):
        print(found.auddis, found.id == mandate.id)  # CUST-0042 True
