"""Examples of account validation operations, as the reference prints them."""

from smarterpay.api import CloudClient
from smarterpay.api.models.account_validation import AccountValidation, AccountValidationCreate


async def create_account_validation(cloud: CloudClient) -> None:
    validation = await cloud.account_validations.create(
        AccountValidationCreate(
            client_bank_account_id="OB01SANDBOXMAIN00001",
            reference="MA-CUST-0042",
            return_url="https://shop.example/thanks",
        )
    )
    # The customer opens `account_validation_url` and signs in at the bank.
    print(validation.reference, validation.successful_validation)  # MA-CUST-0042 False


async def get_account_validation(cloud: CloudClient, validation: AccountValidation) -> None:
    found = await cloud.account_validations.get(validation.id)
    print(found.successful_validation, found.mandate_id is not None)  # True True
