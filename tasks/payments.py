"""Direct Debit collections (reference, section 7.7); card payments are listed here too."""

from smarterpay.api.models.payment import Payment, PaymentCreate
from smarterpay.orchestration.bulk import bulk_operation
from smarterpay.orchestration.operation import list_operation, operation, read_operation

create_payment = operation("payment.create", Payment)
bulk_create_payments = bulk_operation(
    "payment.bulk_create", PaymentCreate, row_operation="payment.create"
)
get_payment = read_operation("payment.get", Payment)
update_payment = operation("payment.update", Payment)
list_payments = list_operation("payment.list", Payment)
represent_payment = operation("payment.represent", Payment)
