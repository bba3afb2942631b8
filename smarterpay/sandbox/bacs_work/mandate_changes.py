"""What follows when a mandate's status changes; knows neither routes nor wire spelling."""

from smarterpay.bacs import MandateEvent, MandateStatus, ScheduleEvent
from smarterpay.sandbox.bacs_work.bacs_block import BacsBlock
from smarterpay.sandbox.bacs_work.item_changes import (
    cancel_pending_credits,
    cancel_pending_payments,
    move_items_to_possible_dates,
)
from smarterpay.sandbox.books.changes import Source, change, move, state_after
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import Mandate

ENDING_STATUSES = frozenset(
    {
        MandateStatus.CANCELLED,
        MandateStatus.CANCELLED_BY_PAYER,
        MandateStatus.CANCELLED_BY_ORIGINATOR,
        MandateStatus.EXPIRED,
    }
)
"""The statuses that take the mandate's payments, credits and schedules with them (section 11)."""


_WAITING_STATUSES = frozenset({MandateStatus.ON_HOLD, MandateStatus.AWAIT_VALIDATION})
"""In these the mandate's items wait; what has become too early moves when it is released."""


def change_mandate(
    platform: Platform,
    mandate: Mandate,
    event: MandateEvent,
    source: Source,
    block: BacsBlock | None = None,
) -> bool:
    """Move the mandate by `event` with everything that follows; False where it cannot.

    An ending cancels its pending payments and credits and makes its schedules `inactive`, one
    event each (section 7.5, "cancellation"); a release from `on hold` moves what has become
    too early; reaching `ongoing collection` opens credits under Credit Anti-Fraud (section
    7.2). `block` is that of the report that brings it about, if one does.
    """
    if state_after(mandate, event) is None:
        return False
    released = mandate.dd_status in _WAITING_STATUSES
    _note_standing_at_bacs(platform, mandate, event)
    if block is not None:
        block.mark(mandate)
    move(platform, mandate, event, source)
    status = MandateStatus(mandate.dd_status)
    if status in ENDING_STATUSES:
        cancel_pending_payments(platform, "mandate", mandate.id, source, block)
        cancel_pending_credits(platform, "mandate", mandate.id, source, block)
        stop_schedules(platform, mandate, ScheduleEvent.MANDATE_CANCELLED, source, block)
    elif released:
        move_items_to_possible_dates(platform, mandate.id, source)
    if status is MandateStatus.ONGOING_COLLECTION:
        open_credits(platform, mandate.customer_bank_account, source)
    return True


def _note_standing_at_bacs(platform: Platform, mandate: Mandate, event: MandateEvent) -> None:
    """Keep what the next submission run must know: is it lodged, is it to be withdrawn.

    A caller who sets it to a collecting status says that it stands at Bacs: no 0N follows.
    """
    today = platform.today().isoformat()
    match event:
        case MandateEvent.CALLER_CANCELS | MandateEvent.ORIGINATOR_CANCELS:
            mandate.cancelled_by_caller = True
        case MandateEvent.LODGED | MandateEvent.CALLER_SETS_FIRST:
            mandate.lodged_on = mandate.lodged_on or today
            mandate.conversion_due = False
        case MandateEvent.CALLER_SETS_ONGOING if not mandate.conversion_due:
            mandate.lodged_on = mandate.lodged_on or today
        case MandateEvent.CALLER_SETS_NEW:
            mandate.conversion_due = False
        case MandateEvent.LODGED_AGAIN:
            mandate.lodged_on = ""
            mandate.conversion_due = False


def stop_schedules(
    platform: Platform,
    mandate: Mandate,
    event: ScheduleEvent,
    source: Source,
    block: BacsBlock | None = None,
) -> None:
    """Make every active schedule of the mandate inactive."""
    schedules = platform.books.recurrence_schedules
    for schedule in schedules.in_order(schedules.having("mandate", mandate.id)):
        if state_after(schedule, event) is not None:
            if block is not None:
                block.mark(schedule)
            move(platform, schedule, event, source)


def open_credits(platform: Platform, bank_account: str, source: Source) -> None:
    """Let a bank account receive credits if modulus check and caller permit (section 7.2)."""
    account = platform.books.bank_accounts.get(bank_account)
    if account is not None and account.credits_possible and not account.credits_allowed:
        account.credits_allowed = True
        change(platform, account, source)
