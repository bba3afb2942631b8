"""Customer accounts (reference, section 7.1): the optional parent of everything a payer has."""

from smarterpay.api.models.customer_account import CustomerAccount
from smarterpay.orchestration.operation import list_operation, operation, read_operation

create_customer_account = operation("customer_account.create", CustomerAccount)
get_customer_account = read_operation("customer_account.get", CustomerAccount)
update_customer_account = operation("customer_account.update", CustomerAccount)
list_customer_accounts = list_operation("customer_account.list", CustomerAccount)
