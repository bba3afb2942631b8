"""Bacs credits, money paid out (reference, section 7.10)."""

from smarterpay.api.models.credit import Credit, CreditCreate
from smarterpay.orchestration.bulk import bulk_operation
from smarterpay.orchestration.operation import list_operation, operation, read_operation

create_credit = operation("credit.create", Credit)
bulk_create_credits = bulk_operation(
    "credit.bulk_create", CreditCreate, row_operation="credit.create"
)
get_credit = read_operation("credit.get", Credit)
update_credit = operation("credit.update", Credit)
list_credits = list_operation("credit.list", Credit)
