"""Reads what hangs on a mandate, a bank account or a schedule at the provider; changes nothing.

A list has no filter by mandate or schedule, and a filter may be ignored (reference, section 6):
every record is compared here. One that is created or moves on while pages are read may be missed,
so whoever acts on a list looks again afterwards.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from smarterpay.api import CloudClient
from smarterpay.api.models.bank_account import BankAccount
from smarterpay.api.models.credit import Credit, CreditStatus
from smarterpay.api.models.mandate import Mandate
from smarterpay.api.models.payment import Payment, PaymentStatus
from smarterpay.api.models.recurrence_schedule import RecurrenceSchedule
from smarterpay.bacs import LIVE_MANDATES, ScheduleStatus
from smarterpay.orchestration.look_up_window import SKEW

UNDER_WAY = (PaymentStatus.PENDING_SUBMISSION, PaymentStatus.SUBMITTED)
"""A payment in one of these may still be collected."""
_CREDITS_UNDER_WAY = (CreditStatus.PENDING_SUBMISSION, CreditStatus.SUBMITTED)
_NEW_INSTRUCTION = "0N"
#: A payer's records may be older than his mandate by a clock that was wrong.
_EARLIER = timedelta(days=1) + SKEW
R = TypeVar("R", Payment, Credit, Mandate, RecurrenceSchedule)


class Holdings:
    """Reads of one provider; each raises `smarterpay.api` errors."""

    def __init__(self, cloud: CloudClient) -> None:
        self.cloud = cloud

    async def payments_of_mandate(
        self, mandate: Mandate, *statuses: PaymentStatus
    ) -> Sequence[Payment]:
        """The mandate's Direct Debits in one of `statuses`, oldest collection first."""
        return await self._payments(
            lambda payment: payment.mandate == mandate.id, statuses, mandate.created_at
        )

    async def payments_of_schedule(
        self, schedule: RecurrenceSchedule, *statuses: PaymentStatus
    ) -> Sequence[Payment]:
        """The schedule's payments in one of `statuses`, oldest collection first."""
        return await self._payments(
            lambda payment: payment.recurrence_schedule == schedule.id,
            statuses,
            schedule.created_at,
        )

    async def payments_of_mandates(
        self, mandates: Sequence[Mandate], *statuses: PaymentStatus
    ) -> Sequence[Payment]:
        """The Direct Debits of several mandates."""
        ids = {mandate.id for mandate in mandates}
        if not ids:
            return []
        first = [mandate.created_at for mandate in mandates]
        since = None if None in first else min(one for one in first if one is not None)
        return await self._payments(lambda payment: payment.mandate in ids, statuses, since)

    async def credits_of_mandate(
        self, mandate: Mandate, *statuses: CreditStatus
    ) -> Sequence[Credit]:
        """The mandate's own credits in one of `statuses`, by default those under way."""
        return await self._credits(
            lambda credit: credit.mandate == mandate.id, statuses, mandate.created_at
        )

    async def credits_of_bank_account(
        self, account: BankAccount, *statuses: CreditStatus
    ) -> Sequence[Credit]:
        """The credits to a bank account in one of `statuses`, by default those under way."""
        return await self._credits(
            lambda credit: credit.bank_account == account.id, statuses, account.created_at
        )

    async def schedules_of_mandate(
        self, mandate: Mandate, *statuses: ScheduleStatus
    ) -> Sequence[RecurrenceSchedule]:
        """The mandate's schedules in one of `statuses`, by default the active ones."""
        wanted = statuses or (ScheduleStatus.ACTIVE,)
        listing = self.cloud.recurrence_schedules.list(
            status=wanted, created_from=_since(mandate.created_at)
        )
        found = [one async for one in listing if one.mandate == mandate.id and one.status in wanted]
        return sorted(_once(found), key=lambda one: one.id)

    async def live_mandates_of(self, account: BankAccount) -> Sequence[Mandate]:
        """The mandates on a bank account that are not ended (section 11)."""
        listing = self.cloud.mandates.list(
            status=LIVE_MANDATES, created_from=_since(account.created_at)
        )
        found = [
            one
            async for one in listing
            if one.customer_bank_account == account.id and one.dd_status in LIVE_MANDATES
        ]
        return sorted(_once(found), key=lambda one: one.id)

    async def was_lodged(self, mandate: Mandate) -> bool:
        """Whether a new instruction for it was submitted to Bacs (sections 7.13 and 12)."""
        listing = self.cloud.submission_lines.list(
            record_id=mandate.id, created_from=_since(mandate.created_at)
        )
        codes = {one.transaction_code async for one in listing if one.record_id == mandate.id}
        return _NEW_INSTRUCTION in codes

    async def _payments(
        self,
        is_ours: Callable[[Payment], bool],
        statuses: Sequence[PaymentStatus],
        since: datetime | None,
    ) -> Sequence[Payment]:
        wanted = statuses or UNDER_WAY
        listing = self.cloud.payments.list(status=wanted, created_from=_since(since))
        found = [one async for one in listing if is_ours(one) and one.status in wanted]
        return sorted(_once(found), key=lambda one: (str(one.collection_date), one.id))

    async def _credits(
        self,
        is_ours: Callable[[Credit], bool],
        statuses: Sequence[CreditStatus],
        since: datetime | None,
    ) -> Sequence[Credit]:
        wanted = statuses or _CREDITS_UNDER_WAY
        listing = self.cloud.credits.list(status=wanted, created_from=_since(since))
        found = [one async for one in listing if is_ours(one) and one.status in wanted]
        return sorted(_once(found), key=lambda one: (str(one.credit_date), one.id))


def _since(created_at: datetime | None) -> datetime | None:
    return None if created_at is None else created_at - _EARLIER


def _once(records: Iterable[R]) -> Sequence[R]:
    """Where records are added meanwhile, one may stand on two pages."""
    return list({record.id: record for record in records}.values())
