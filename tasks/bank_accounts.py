"""Bank accounts of payers and payees (reference, section 7.2)."""

from smarterpay.api.models.bank_account import BankAccount
from smarterpay.orchestration.operation import list_operation, operation, read_operation

create_bank_account = operation("bank_account.create", BankAccount)
get_bank_account = read_operation("bank_account.get", BankAccount)
update_bank_account = operation("bank_account.update", BankAccount)
disable_bank_account = operation("bank_account.disable", BankAccount)
list_bank_accounts = list_operation("bank_account.list", BankAccount)
