"""Examples of customer account operations, as the reference prints them."""

from smarterpay.api import CloudClient
from smarterpay.api.models.customer_account import (
    CustomerAccount,
    CustomerAccountCreate,
    CustomerAccountUpdate,
)


async def create_customer_account(cloud: CloudClient) -> None:
    customer = await cloud.customer_accounts.create(
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
    print(customer.custom_reference, customer.status)  # CUST-0042 active


async def get_customer_account(cloud: CloudClient, customer: CustomerAccount) -> None:
    found = await cloud.customer_accounts.get(customer.id)
    print(found.custom_reference, found.country_code)  # CUST-0042 GB


async def update_customer_account(cloud: CloudClient, customer: CustomerAccount) -> None:
    # What is left out stays as it is; None clears an optional text.
    changed = await cloud.customer_accounts.update(
        customer.id, CustomerAccountUpdate(city="York", external_id="CRM-17")
    )
    print(changed.city, changed.external_id)  # York CRM-17


async def list_customer_accounts(cloud: CloudClient, customer: CustomerAccount) -> None:
    async for found in cloud.customer_accounts.list(custom_reference="CUST-0042"):
        print(found.id == customer.id)  # True
