"""Examples of Confirmation of Payee, as the reference prints them."""

from smarterpay.api import CloudClient
from smarterpay.api.models.bank_account_check import BankAccountCheck, BankAccountCheckCreate


async def create_bank_account_check(cloud: CloudClient) -> None:
    check = await cloud.bank_account_checks.create(
        BankAccountCheckCreate(
            account_name="Ada Example",
            account_number="75849855",
            sort_code="200052",
            check_type=1,
            account_type=1,
        )
    )
    outcome = check.confirmation_of_payee
    print(outcome and outcome.reason_code)  # MATC


async def get_bank_account_check(cloud: CloudClient, check: BankAccountCheck) -> None:
    found = await cloud.bank_account_checks.get(check.id)
    print(found.confirmation_of_payee == check.confirmation_of_payee)  # True
