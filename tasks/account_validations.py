"""Open-banking account validations (reference, section 7.3)."""

from smarterpay.api.models.account_validation import AccountValidation
from smarterpay.orchestration.operation import operation, read_operation

create_account_validation = operation("account_validation.create", AccountValidation)
get_account_validation = read_operation("account_validation.get", AccountValidation)
