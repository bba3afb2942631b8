"""Examples of bank account operations, as the reference prints them."""

from smarterpay.api import CloudClient
from smarterpay.api.models.bank_account import BankAccount, BankAccountCreate, BankAccountUpdate
from smarterpay.api.models.customer_account import CustomerAccount


async def create_bank_account(cloud: CloudClient, customer: CustomerAccount) -> None:
    account = await cloud.bank_accounts.create(
        BankAccountCreate(
            account_number="75849855",
            sort_code="200052",
            account_name="Ada Example",
            customer_account=customer.id,
            custom_reference="CUST-0042",
        )
    )
    print(account.bank_name, account.debits_allowed)  # BARCLAYS BANK PLC True


async def get_bank_account(cloud: CloudClient, bank_account: BankAccount) -> None:
    found = await cloud.bank_accounts.get(bank_account.id)
    print(found.enabled, found.credits_allowed)  # True True


async def update_bank_account(cloud: CloudClient, bank_account: BankAccount) -> None:
    # To enable or to disable is all that a PUT does.
    disabled = await cloud.bank_accounts.update(bank_account.id, BankAccountUpdate(enabled=False))
    print(disabled.enabled)  # False


async def disable_bank_account(cloud: CloudClient, bank_account: BankAccount) -> None:
    disabled = await cloud.bank_accounts.disable(bank_account.id)
    print(disabled.enabled)  # False


async def list_bank_accounts(cloud: CloudClient, bank_account: BankAccount) -> None:
    async for found in cloud.bank_accounts.list(custom_reference="CUST-0042"):
        print(found.id == bank_account.id)  # True
