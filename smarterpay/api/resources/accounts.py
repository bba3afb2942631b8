"""Customers, bank accounts and service user numbers as resources; knows no payment."""

from smarterpay.api.models.bank_account import BankAccount, BankAccountCreate, BankAccountUpdate
from smarterpay.api.models.client_bank_account import ClientBankAccount
from smarterpay.api.models.customer_account import (
    CustomerAccount,
    CustomerAccountCreate,
    CustomerAccountUpdate,
)
from smarterpay.api.models.service_user_number import ServiceUserNumber
from smarterpay.api.resources.verbs import Created, Disabled, Listed, Read, Updated


class CustomerAccounts(
    Created[CustomerAccountCreate, CustomerAccount],
    Read[CustomerAccount],
    Updated[CustomerAccountUpdate, CustomerAccount],
    Listed[CustomerAccount],
):
    """Customers (section 7.1)."""

    name = "customer_account"
    record = CustomerAccount


class BankAccounts(
    Created[BankAccountCreate, BankAccount],
    Read[BankAccount],
    Updated[BankAccountUpdate, BankAccount],
    Disabled[BankAccount],
    Listed[BankAccount],
):
    """Bank accounts of payers and payees (section 7.2).

    A create is `Refused` with a fault on `account_number` where the modulus check fails.
    """

    name = "bank_account"
    record = BankAccount


class ClientBankAccounts(Read[ClientBankAccount], Listed[ClientBankAccount]):
    """The merchant's own accounts (section 7.6)."""

    name = "client_bank_account"
    record = ClientBankAccount

    async def by_sun(self, sun: str, /) -> ClientBankAccount:
        """The default account of a service user number."""
        return await self._call("by_sun", self.record, record_id=sun)


class ServiceUserNumbers(Read[ServiceUserNumber], Listed[ServiceUserNumber]):
    """The SUNs a merchant collects under (section 7.6)."""

    name = "service_user_number"
    record = ServiceUserNumber
