"""Links to a payment page (reference, section 7.12)."""

from smarterpay.api.models.payment_link import PaymentLink
from smarterpay.orchestration.operation import list_operation, operation, read_operation

create_payment_link = operation("payment_link.create", PaymentLink)
get_payment_link = read_operation("payment_link.get", PaymentLink)
update_payment_link = operation("payment_link.update", PaymentLink)
list_payment_links = list_operation("payment_link.list", PaymentLink)
