"""The merchant's own bank accounts (reference, section 7.6)."""

from smarterpay.api.models.client_bank_account import ClientBankAccount
from smarterpay.orchestration.operation import list_operation, read_operation

get_client_bank_account = read_operation("client_bank_account.get", ClientBankAccount)
get_client_bank_account_by_sun = read_operation("client_bank_account.by_sun", ClientBankAccount)
list_client_bank_accounts = list_operation("client_bank_account.list", ClientBankAccount)
