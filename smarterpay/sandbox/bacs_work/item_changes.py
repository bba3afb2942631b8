"""How pending payments and credits fall or move with what they hang on; knows not why it moved."""

from datetime import date
from typing import Literal

from smarterpay.bacs import CreditEvent, PaymentEvent, PaymentStatus
from smarterpay.sandbox.bacs_work.bacs_block import BacsBlock
from smarterpay.sandbox.books.changes import Source, change, move, state_after
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.items import Credit, Payment


def cancel_pending_payments(
    platform: Platform,
    attribute: Literal["mandate", "recurrence_schedule"],
    record_id: str,
    source: Source,
    block: BacsBlock | None = None,
) -> None:
    """Cancel every pending payment of a mandate or schedule, oldest first.

    `block` is that of the report that brings it about, if one does.
    """
    payments = platform.books.payments
    for payment in payments.in_order(payments.having(attribute, record_id)):
        if payment.status == PaymentStatus.PENDING_SUBMISSION:
            cancel_item(platform, payment, PaymentEvent.CASCADE, source, block)


def cancel_pending_credits(
    platform: Platform,
    attribute: Literal["mandate", "bank_account"],
    record_id: str,
    source: Source,
    block: BacsBlock | None = None,
) -> None:
    """Cancel every pending credit of a mandate or bank account, oldest first."""
    table = platform.books.credits
    for credit in table.in_order(table.having(attribute, record_id)):
        cancel_item(platform, credit, CreditEvent.CASCADE, source, block)


def cancel_item(
    platform: Platform,
    item: Payment | Credit,
    event: PaymentEvent | CreditEvent,
    source: Source,
    block: BacsBlock | None = None,
) -> bool:
    """Cancel a pending payment or credit; False where its life cycle has no such change.

    It keeps its amount unless the setting `cancel_zeroes_amount` is on (sections 7.7, 7.10).
    """
    if state_after(item, event) is None:
        return False
    if platform.settings.cancel_zeroes_amount:
        item.amount = 0
    if block is not None:
        block.mark(item)
    return move(platform, item, event, source)


def move_items_to_possible_dates(platform: Platform, mandate_id: str, source: Source) -> None:
    """Give the mandate's pending items whose date is too near the next possible one.

    So goes what waited while the mandate was on hold (section 12, "Selection at 22:00").
    """
    books = platform.books
    for payment in books.payments.in_order(books.payments.having("mandate", mandate_id)):
        move_to_possible_date(platform, payment, source)
    for credit in books.credits.in_order(books.credits.having("mandate", mandate_id)):
        move_to_possible_date(platform, credit, source)


def move_to_possible_date(platform: Platform, item: Payment | Credit, source: Source) -> None:
    """Give a pending item whose date is too near the next possible one (section 10)."""
    due = item.submission_due
    if not due:
        return
    stored = platform.stored_date(date.fromisoformat(due)).isoformat()
    if stored == due:
        return
    if isinstance(item, Payment):
        item.collection_date = stored
    else:
        item.credit_date = stored
    change(platform, item, source)
