"""What follows when a mandate's status changes; knows neither routes nor wire spelling."""

from smarterpay.bacs import (
    Effect,
    MandateEvent,
    MandateStatus,
    ReasonCode,
    ScheduleStatus,
    mandate_after,
)
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records import Mandate

ENDING_STATUSES = frozenset(
    {
        MandateStatus.CANCELLED,
        MandateStatus.CANCELLED_BY_PAYER,
        MandateStatus.CANCELLED_BY_ORIGINATOR,
        MandateStatus.EXPIRED,
    }
)
"""The statuses that take the mandate's schedules with them (sections 7.5 and 11)."""


def change_mandate(platform: Platform, mandate: Mandate, event: MandateEvent) -> bool:
    """Move the mandate by `event` with everything that follows; False where it cannot.

    An ending makes its schedules `inactive` (section 7.5, "cancellation"); reaching
    `ongoing collection` opens credits under Credit Anti-Fraud (section 7.2).
    """
    target = mandate_after(MandateStatus(mandate.dd_status), event)
    if target is None:
        return False
    mandate.dd_status = target.value
    platform.books.mandates.put(mandate)
    if target in ENDING_STATUSES:
        stop_schedules(platform, mandate)
    if target is MandateStatus.ONGOING_COLLECTION:
        open_credits(platform, mandate)
    return True


def stop_schedules(platform: Platform, mandate: Mandate) -> None:
    """Make every active schedule of the mandate inactive."""
    schedules = platform.books.recurrence_schedules
    for schedule in schedules.having("mandate", mandate.id):
        if schedule.status == ScheduleStatus.ACTIVE:
            schedule.status = ScheduleStatus.INACTIVE.value
            schedules.put(schedule)


def open_credits(platform: Platform, mandate: Mandate) -> None:
    """Let the mandate's bank account receive credits if modulus check and caller permit."""
    account = platform.books.bank_accounts.get(mandate.customer_bank_account)
    if account is not None and account.credits_possible and not account.credits_allowed:
        account.credits_allowed = True
        platform.books.bank_accounts.put(account)


def apply_reason_code(platform: Platform, mandate: Mandate, code: ReasonCode) -> None:
    """Let a Bacs code given by hand take its course under the default profile (section 10).

    No new account details come with a code given by hand, so a code that would update
    them either disables the account or leaves it as it is.
    """
    mandate.bacs_code = code.code
    mandate.bacs_description = code.description
    platform.books.mandates.put(mandate)
    if code.code == "INPUTT":  # on a mandate line it changes nothing (section 10)
        return
    if code.mandate is Effect.CANCELLED_BY_PAYER:
        change_mandate(platform, mandate, MandateEvent.PAYER_CANCELS)
    elif code.mandate is Effect.CANCELLED:
        change_mandate(platform, mandate, MandateEvent.REPORT_CANCELS)
    if code.schedules is Effect.DISABLED:
        stop_schedules(platform, mandate)
    if code.bank_account in {Effect.DISABLED, Effect.DETAILS_OR_DISABLED}:
        _disable_account(platform, mandate)


def _disable_account(platform: Platform, mandate: Mandate) -> None:
    account = platform.books.bank_accounts.get(mandate.customer_bank_account)
    if account is not None and account.enabled:
        account.enabled = False
        platform.books.bank_accounts.put(account)
