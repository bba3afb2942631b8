"""An example of the modulus check, as the reference prints it."""

from smarterpay.api import CloudClient
from smarterpay.api.models.modulus_check import ModulusCheckCreate


async def create_modulus_check(cloud: CloudClient) -> None:
    check = await cloud.modulus_checks.create(
        ModulusCheckCreate(account_number="75849855", sort_code="200052")
    )
    print(check.account_code_ok, check.direct_debits)  # True True
