"""Examples of client bank account operations, as the reference prints them."""

from smarterpay.api import CloudClient


async def get_client_bank_account(cloud: CloudClient) -> None:
    account = await cloud.client_bank_accounts.get("OB01SANDBOXMAIN00001")
    print(account.sun, account.default_account)  # 100263 True


async def list_client_bank_accounts(cloud: CloudClient) -> None:
    print([account.sun async for account in cloud.client_bank_accounts.list()])  # ['100263', '122']


async def get_client_bank_account_by_sun(cloud: CloudClient) -> None:
    account = await cloud.client_bank_accounts.by_sun("122")
    print(account.id)  # OB01SANDBOXSECOND001
