"""How pending payments and credits fall with what they hang on; knows not what made it fall."""

from typing import Literal

from smarterpay.bacs import CreditEvent, PaymentEvent, PaymentStatus
from smarterpay.sandbox.changes import Source, move, state_after
from smarterpay.sandbox.item_records import Credit, Payment
from smarterpay.sandbox.platform import Platform


def cancel_pending_payments(
    platform: Platform,
    attribute: Literal["mandate", "recurrence_schedule"],
    record_id: str,
    source: Source,
) -> None:
    """Cancel every pending payment of a mandate or schedule, oldest first."""
    payments = platform.books.payments
    for payment in payments.in_order(payments.having(attribute, record_id)):
        if payment.status == PaymentStatus.PENDING_SUBMISSION:
            cancel_item(platform, payment, PaymentEvent.CASCADE, source)


def cancel_pending_credits(
    platform: Platform,
    attribute: Literal["mandate", "bank_account"],
    record_id: str,
    source: Source,
) -> None:
    """Cancel every pending credit of a mandate or bank account, oldest first."""
    table = platform.books.credits
    for credit in table.in_order(table.having(attribute, record_id)):
        cancel_item(platform, credit, CreditEvent.CASCADE, source)


def cancel_item(
    platform: Platform,
    item: Payment | Credit,
    event: PaymentEvent | CreditEvent,
    source: Source,
) -> bool:
    """Cancel a pending payment or credit; False where its life cycle has no such change.

    It keeps its amount unless the setting `cancel_zeroes_amount` is on (sections 7.7, 7.10).
    """
    if state_after(item, event) is None:
        return False
    if platform.settings.cancel_zeroes_amount:
        item.amount = 0
    return move(platform, item, event, source)
