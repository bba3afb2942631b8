"""Card payments on the card host (reference, section 8).

A declined card is a success of the task: read `outcome.record_status` or the record.
"""

from smarterpay.api.models.transaction import Transaction
from smarterpay.orchestration.operation import operation

register_transaction = operation("transaction.register", Transaction)
refund_transaction = operation("transaction.refund", Transaction)
void_transaction = operation("transaction.void", Transaction)
repeat_transaction = operation("transaction.repeat", Transaction)
release_deferred_transaction = operation("transaction.release_deferred", Transaction)
cancel_deferred_transaction = operation("transaction.cancel_deferred", Transaction)
release_authorised_transaction = operation("transaction.release_authorised", Transaction)
