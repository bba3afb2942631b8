"""Confirmation of Payee (reference, section 7.17)."""

from smarterpay.api.models.bank_account_check import BankAccountCheck
from smarterpay.orchestration.operation import operation, read_operation

create_bank_account_check = operation("bank_account_check.create", BankAccountCheck)
get_bank_account_check = read_operation("bank_account_check.get", BankAccountCheck)
