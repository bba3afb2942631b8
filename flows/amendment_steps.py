"""The writes of each amendment, and what is looked at before and after; no Prefect flow here.

Each write is an intent under the amendment's reference, so every run finds what an earlier one
did. The plan was kept before the first write: what fell is compared with it, also after a crash.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import cast

from flows.amendment_plans import fallen_with, is_live, refuse_uncollectable
from flows.row_outcomes import RowStopped, stopped
from flows.schedule_takeovers import Takeover
from smarterpay.api import ApiError, InvalidRequest, TransportError
from smarterpay.api.models.bank_account import BankAccountUpdate
from smarterpay.api.models.credit import CreditStatus
from smarterpay.api.models.mandate import (
    Mandate,
    MandateStatus,
    MandateUpdate,
    RequestedStatus,
)
from smarterpay.api.models.payment import PaymentStatus, PaymentUpdate
from smarterpay.api.models.recurrence_schedule import RecurrenceScheduleUpdate
from smarterpay.intake.amendment_row import (
    AmendmentRow,
    BankAccountDisabling,
    BankAccountEnabling,
    MandateCancellation,
    MandateHold,
    MandateRelease,
    PaymentBreak,
    PaymentBreakUndone,
    ScheduleCancellation,
    ScheduleChange,
)
from smarterpay.journal.batches import Progress, RowState
from smarterpay.money.amendments import AmendmentPlan, Fate, compared
from smarterpay.money.handovers import CannotHandOver
from smarterpay.money.pounds import in_pounds
from smarterpay.money.schedule_terms import Collection
from smarterpay.orchestration.holdings import Holdings
from smarterpay.orchestration.observing import see, seen_credit, seen_payment
from smarterpay.orchestration.outcome import OperationError
from smarterpay.orchestration.runtime import Runtime
from tasks.bank_accounts import get_bank_account, update_bank_account
from tasks.mandates import get_mandate, update_mandate
from tasks.payments import get_payment, update_payment
from tasks.recurrence_schedules import (
    disable_recurrence_schedule,
    get_recurrence_schedule,
    update_recurrence_schedule,
)

_PAYMENTS = tuple(PaymentStatus)
_CREDITS = tuple(CreditStatus)
_CHANGED = ("end_date", "description", "custom_reference", "installments", "metadata")


@dataclass
class Amendment:
    """One amendment on the way; `plan` is the one that was kept, and approved where it had to be.

    `told` is what a person should know of the outcome besides the plan.
    """

    runtime: Runtime
    batch: str
    wish: AmendmentRow
    plan: AmendmentPlan
    step: str = ""
    record_ids: dict[str, str] = field(default_factory=dict)
    told: str | None = None

    @property
    def holdings(self) -> Holdings:
        """Reads of the provider."""
        return Holdings(self.runtime.cloud)

    async def run(self) -> Progress:
        """Do what is left. Errors of our set-up and of our own code propagate."""
        self.step = self.wish.what
        try:
            await self.do()
        except (RowStopped, OperationError, InvalidRequest) as error:
            return stopped(error, self.step, self.record_ids)
        except CannotHandOver as error:
            return Progress(
                RowState.REFUSED, self.step, "cannot-hand-over", error.why, dict(self.record_ids)
            )
        except (ApiError, TransportError) as error:
            return Progress(
                RowState.UNKNOWN,
                self.step,
                "not-read",
                f"the provider could not be read ({type(error).__name__}); resume",
                dict(self.record_ids),
            )
        return Progress(RowState.SUCCEEDED, message=self.told, record_ids=dict(self.record_ids))

    async def do(self) -> None:
        """Take every step that is left; raises `RowStopped` and the errors of operations."""
        match self.wish:
            case ScheduleChange() if self.wish.is_replacement:
                await self._replace_schedule(self.wish)
            case ScheduleChange():
                await self._change_schedule(self.wish)
            case ScheduleCancellation():
                await self._cancel_schedule(self.wish)
            case MandateHold():
                await self._hold(self.wish)
            case MandateRelease():
                await self._release(self.wish)
            case MandateCancellation():
                await self._cancel_mandate(self.wish)
            case BankAccountDisabling() | BankAccountEnabling():
                await self._switch_bank_account(self.wish)
            case PaymentBreak() | PaymentBreakUndone():
                await self._set_amount(self.wish)
            case _:
                raise TypeError(f"{self.wish.what} has steps of its own")

    async def _change_schedule(self, wish: ScheduleChange) -> None:
        if not await self.was_sent("recurrence_schedule.update"):
            old = await get_recurrence_schedule(wish.schedule)
            await Takeover(self.runtime, self.batch, wish.reference, old).refuse_if_replaced()
        given = {name: getattr(wish, name) for name in _CHANGED if getattr(wish, name) is not None}
        request = RecurrenceScheduleUpdate(**given, **dict.fromkeys(wish.clear))
        changed = await update_recurrence_schedule(
            request, reference=wish.reference, id=wish.schedule
        )
        self.record_ids["recurrence_schedule"] = changed.record.id

    async def _replace_schedule(self, wish: ScheduleChange) -> None:
        old = await get_recurrence_schedule(wish.schedule)
        takeover = Takeover(self.runtime, self.batch, wish.reference, old)
        if await takeover.kept() is None:
            refuse_uncollectable(await get_mandate(str(old.mandate)))
        decided = await takeover.decide(amount_pence=wish.amount_pence, day=wish.collection_day)
        new = await takeover.begin(
            decided,
            auddis=old.auddis,
            description=wish.description,
            custom_reference=wish.custom_reference,
            metadata=wish.metadata,
        )
        self.record_ids |= {"old_schedule": old.id, "recurrence_schedule": new.id}
        if not await takeover.is_over(decided):
            raise RowStopped(
                RowState.WAITING,
                "old-collections-under-way",
                "the new schedule stands; the old one is disabled when its last collection was "
                "sent: resume then",
            )
        await takeover.end()
        refuse_to_forget(await takeover.not_collected(decided))

    async def _cancel_schedule(self, wish: ScheduleCancellation) -> None:
        schedule = await get_recurrence_schedule(wish.schedule)
        self.record_ids["recurrence_schedule"] = schedule.id
        before = await self.holdings.payments_of_schedule(schedule, *_PAYMENTS)
        await see(self.runtime, [seen_payment(one) for one in before])
        if not await self.was_sent("recurrence_schedule.disable"):
            self._refuse_another_plan(
                one.id for one in before if one.status == PaymentStatus.PENDING_SUBMISSION
            )
        await disable_recurrence_schedule(reference=wish.reference, id=wish.schedule)
        after = await self.holdings.payments_of_schedule(schedule, *_PAYMENTS)
        await see(self.runtime, [seen_payment(one) for one in after])
        self._compare(self.plan, (one.id for one in after if one.status == PaymentStatus.CANCELLED))

    async def _hold(self, wish: MandateHold) -> None:
        if not await self.was_sent("mandate.update"):
            mandate = await get_mandate(wish.mandate)
            if mandate.dd_status != self.plan.before:
                raise _changed_since(f"the mandate is {mandate.dd_status}")
        await self._set_status(wish.mandate, "on hold")
        await self._keep_before()

    async def _release(self, wish: MandateRelease) -> None:
        if not await self.was_sent("mandate.update"):
            mandate = await get_mandate(wish.mandate)
            if mandate.dd_status != MandateStatus.ON_HOLD:
                raise _changed_since(f"the mandate is {mandate.dd_status}")
        mandate = await self._set_status(wish.mandate, cast("RequestedStatus", self.plan.before))
        await self._take_back("hold mandate", wish)
        payments = await self.holdings.payments_of_mandate(mandate, *_PAYMENTS)
        await see(self.runtime, [seen_payment(one) for one in payments])

    async def _cancel_mandate(self, wish: MandateCancellation) -> None:
        mandate = await get_mandate(wish.mandate)
        pending = await self.tell_ledger_of(mandate)
        if not await self.was_sent("mandate.update"):
            schedules = await self.holdings.schedules_of_mandate(mandate)
            self._refuse_another_plan([*pending, *(one.id for one in schedules)])
        await self.cancel_and_compare(mandate, self.plan)

    async def cancel_and_compare(self, mandate: Mandate, plan: AmendmentPlan) -> None:
        """Cancel a mandate, and compare what fell with `plan` (section 7.5, "cancellation")."""
        await self._set_status(mandate.id, "cancelled")
        await self.tell_ledger_of(mandate)
        self._compare(plan, await fallen_with(self.holdings, mandate))

    async def _switch_bank_account(self, wish: BankAccountDisabling | BankAccountEnabling) -> None:
        enabled = isinstance(wish, BankAccountEnabling)
        request = BankAccountUpdate(enabled=enabled)
        await update_bank_account(request, reference=wish.reference, id=wish.bank_account)
        self.record_ids["bank_account"] = wish.bank_account
        await self._look_at_what_should_stay(wish.bank_account)

    async def _look_at_what_should_stay(self, bank_account: str) -> None:
        """Nothing falls with a bank account (section 7.2): where it does, it is told."""
        account = await get_bank_account(bank_account)
        mandates = await self.holdings.live_mandates_of(account)
        stay = [one.id for one in self.plan.with_fate(Fate.STAYS) if one.record == "mandate"]
        fallen = sorted(set(stay) - {one.id for one in mandates if is_live(one)})
        ended = [await get_mandate(one) for one in fallen]
        payments = await self.holdings.payments_of_mandates([*mandates, *ended], *_PAYMENTS)
        payouts = await self.holdings.credits_of_bank_account(account, *_CREDITS)
        customer = account.customer_account
        await see(
            self.runtime,
            [
                *(seen_payment(one) for one in payments),
                *(seen_credit(one, customer=customer) for one in payouts),
            ],
        )
        if fallen:
            self.told = f"no longer live, though nothing should fall: {', '.join(fallen)}"

    async def _set_amount(self, wish: PaymentBreak | PaymentBreakUndone) -> None:
        payment = await get_payment(wish.payment)
        await see(self.runtime, [seen_payment(payment)])
        undone, before = isinstance(wish, PaymentBreakUndone), int(self.plan.before or 0)
        planned_from = 0 if undone else before
        if payment.amount != planned_from and not await self.was_sent("payment.update"):
            raise _changed_since(f"the payment is {in_pounds(payment.amount or 0)}")
        pence = before if undone else 0
        request = PaymentUpdate(amount=pence)
        await update_payment(request, reference=wish.reference, id=wish.payment)
        if isinstance(wish, PaymentBreakUndone):
            await self._take_back("payment break", wish)
        else:
            await self._keep_before()
        self.record_ids["payment"] = wish.payment
        await see(self.runtime, [seen_payment(await get_payment(wish.payment))])

    async def _set_status(self, mandate: str, status: RequestedStatus) -> Mandate:
        request = MandateUpdate(dd_status=status)
        settled = await update_mandate(request, reference=self.wish.reference, id=mandate)
        self.record_ids["mandate"] = mandate
        return settled.record

    async def _take_back(self, what: str, wish: MandateRelease | PaymentBreakUndone) -> None:
        journal = self.runtime.journal
        claim = await journal.database.run(journal.amendments.get, wish.reference)
        if claim is not None:
            await journal.database.run(
                journal.amendments.take_back,
                wish.subject,
                what,
                wish.reference,
                claim.claimed_at,
            )

    async def _keep_before(self) -> None:
        """What an undo goes back to; once the change is known to have happened."""
        if self.plan.before is not None:
            journal = self.runtime.journal
            await journal.database.run(
                journal.amendments.keep_before, self.wish.reference, self.plan.before
            )

    async def was_sent(self, operation: str) -> bool:
        """Whether the write was begun by an earlier run: then what it fells may be fallen."""
        journal = self.runtime.journal
        return bool(
            await journal.database.run(journal.intents.find, self.wish.reference, operation)
        )

    async def tell_ledger_of(self, mandate: Mandate) -> Sequence[str]:
        """Have the ledger see all payments and credits of a mandate; ids of those pending."""
        payments = await self.holdings.payments_of_mandate(mandate, *_PAYMENTS)
        payouts = await self.holdings.credits_of_mandate(mandate, *_CREDITS)
        customer = mandate.customer_account
        await see(
            self.runtime,
            [
                *(seen_payment(one) for one in payments),
                *(seen_credit(one, customer=customer) for one in payouts),
            ],
        )
        pending = [one.id for one in payments if one.status == PaymentStatus.PENDING_SUBMISSION]
        return pending + [
            one.id for one in payouts if one.status == CreditStatus.PENDING_SUBMISSION
        ]

    def _refuse_another_plan(self, would_fall: Iterable[str]) -> None:
        planned = {one.id for one in self.plan.with_fate(Fate.FALLS) if one.id}
        different = sorted(planned ^ set(would_fall))
        if different:
            raise _changed_since(f"other records hang on it ({_some(different)})")

    def _compare(self, plan: AmendmentPlan, fallen: Iterable[str]) -> None:
        """Stop where something planned to fall still stands; tell of what fell besides."""
        result = compared(plan, fallen)
        if result.still_standing:
            raise RowStopped(
                RowState.NEEDS_ATTENTION,
                "still-standing",
                f"should have fallen and did not: {_some(result.still_standing)}; "
                "cancel them in the portal, then resume",
            )
        if result.unplanned:
            self.told = f"fell besides the plan: {_some(result.unplanned)}"


def _changed_since(what: str) -> RowStopped:
    return RowStopped(
        RowState.REFUSED,
        "plan-changed",
        f"since it was planned, things changed: {what}; nothing was sent. Plan it again under a "
        "new reference",
    )


def refuse_to_forget(missed: Sequence[Collection]) -> None:
    """Raise for collections that no schedule has made or will make: a person has to decide."""
    if missed:
        listed = _some([f"{in_pounds(one.amount_pence)} on {one.on}" for one in missed])
        raise RowStopped(
            RowState.NEEDS_ATTENTION,
            "collections-missed",
            f"not collected by either schedule: {listed}; all else is done. Collect them "
            "one-off on the mandate of the new schedule if they are still wanted",
        )


def _some(ids: Sequence[str]) -> str:
    """At most a handful, so that the text fits its column."""
    shown = 5
    more = f" and {len(ids) - shown} more" if len(ids) > shown else ""
    return ", ".join(ids[:shown]) + more
