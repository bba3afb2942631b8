"""What follows when a mandate's status changes; knows neither routes nor wire spelling."""

from smarterpay.bacs import (
    Effect,
    MandateEvent,
    MandateStatus,
    ReasonCode,
    ScheduleEvent,
)
from smarterpay.sandbox.changes import Source, change, move
from smarterpay.sandbox.item_changes import (
    cancel_pending_credits,
    cancel_pending_payments,
)
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records import BankAccount, Mandate

ENDING_STATUSES = frozenset(
    {
        MandateStatus.CANCELLED,
        MandateStatus.CANCELLED_BY_PAYER,
        MandateStatus.CANCELLED_BY_ORIGINATOR,
        MandateStatus.EXPIRED,
    }
)
"""The statuses that take the mandate's payments, credits and schedules with them (section 11)."""


def change_mandate(
    platform: Platform, mandate: Mandate, event: MandateEvent, source: Source
) -> bool:
    """Move the mandate by `event` with everything that follows; False where it cannot.

    An ending cancels its pending payments and credits and makes its schedules `inactive`, one
    event each (section 7.5, "cancellation"); reaching `ongoing collection` opens credits under
    Credit Anti-Fraud (section 7.2).
    """
    if not move(platform, mandate, event, source):
        return False
    status = MandateStatus(mandate.dd_status)
    if status in ENDING_STATUSES:
        cancel_pending_payments(platform, "mandate", mandate.id, source)
        cancel_pending_credits(platform, "mandate", mandate.id, source)
        stop_schedules(platform, mandate, ScheduleEvent.MANDATE_CANCELLED, source)
    if status is MandateStatus.ONGOING_COLLECTION:
        open_credits(platform, mandate.customer_bank_account, source)
    return True


def stop_schedules(
    platform: Platform, mandate: Mandate, event: ScheduleEvent, source: Source
) -> None:
    """Make every active schedule of the mandate inactive."""
    schedules = platform.books.recurrence_schedules
    for schedule in schedules.in_order(schedules.having("mandate", mandate.id)):
        move(platform, schedule, event, source)


def open_credits(platform: Platform, bank_account: str, source: Source) -> None:
    """Let a bank account receive credits if modulus check and caller permit (section 7.2)."""
    account = platform.books.bank_accounts.get(bank_account)
    if account is not None and account.credits_possible and not account.credits_allowed:
        account.credits_allowed = True
        change(platform, account, source)


def apply_reason_code(
    platform: Platform, mandate: Mandate, code: ReasonCode, source: Source
) -> None:
    """Let a Bacs code given by hand take its course under the default profile (section 10).

    No new account details come with a code given by hand, so a code that would update
    them either disables the account or leaves it as it is.
    """
    mandate.bacs_code = code.code
    mandate.bacs_description = code.description
    change(platform, mandate, source)
    if code.code == "INPUTT":  # on a mandate line it changes nothing (section 10)
        return
    if code.mandate is Effect.CANCELLED_BY_PAYER:
        change_mandate(platform, mandate, MandateEvent.PAYER_CANCELS, source)
    elif code.mandate is Effect.CANCELLED:
        change_mandate(platform, mandate, MandateEvent.REPORT_CANCELS, source)
    if code.schedules is Effect.DISABLED:
        stop_schedules(platform, mandate, ScheduleEvent.DISABLING_CODE, source)
    if code.bank_account in {Effect.DISABLED, Effect.DETAILS_OR_DISABLED}:
        _disable_account(platform, platform.books.bank_accounts.get(mandate.customer_bank_account))


def _disable_account(platform: Platform, account: BankAccount | None) -> None:
    if account is not None and account.enabled:
        account.enabled = False
        change(platform, account, Source.API)
