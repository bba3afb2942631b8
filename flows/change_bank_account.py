"""Moves a customer to a new bank account: new mandate first, old one last; no Prefect flow here.

    modulus check -> bank account -> mandate -> wait until it stands
    -> each schedule: the new one takes over -> wait until nothing on the old mandate is under way
    -> old schedules disabled -> old mandate cancelled

What is under way on the old mandate is collected from the old account, everything later from the
new one. A wait holds no worker: the row waits, and resuming it looks again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from flows.amendment_plans import cancellation, is_live
from flows.amendment_steps import Amendment, refuse_to_forget
from flows.modulus_refusals import refuse_wrong_account
from flows.row_outcomes import RowStopped
from flows.schedule_takeovers import Decided, ScheduleReplaced, Takeover
from smarterpay.api.models.bank_account import BankAccount, BankAccountCreate
from smarterpay.api.models.mandate import Mandate, MandateCreate, MandateStatus
from smarterpay.bacs import BankingCalendar, ScheduleStatus, london_date
from smarterpay.intake.amendment_row import AccountMove
from smarterpay.journal.batches import Progress, RowState
from smarterpay.money.amendments import AmendmentPlan, Fate
from smarterpay.money.handovers import CannotHandOver
from smarterpay.money.schedule_terms import Collection
from tasks.bank_accounts import create_bank_account
from tasks.mandates import create_mandate, get_mandate
from tasks.recurrence_schedules import get_recurrence_schedule

#: What the journal keeps of a batch's policy by this name are the records made for it, by kind.
MADE = "made"
#: The way of a new mandate (section 11); one that is further has passed what stands before.
_WAY = (
    MandateStatus.NEW_INSTRUCTION,
    MandateStatus.FIRST_COLLECTION,
    MandateStatus.ONGOING_COLLECTION,
)


@dataclass
class BankAccountChange(Amendment):
    """One customer on the way to another bank account."""

    async def do(self) -> None:
        """Take every step that is left."""
        if not isinstance(self.wish, AccountMove):
            raise TypeError(f"{self.wish.what} moves no bank account")
        wish = self.wish
        self.step = "bank account validation"
        old = await get_mandate(wish.mandate)
        self.record_ids["old_mandate"] = old.id
        await self._make(wish, old)
        self.step = "mandate"
        new = await self._standing_mandate()
        self.step = "recurrence schedules"
        taken_over = await self._take_over(wish, old, new)
        self.step = "old mandate"
        await self._end_old(old, new, taken_over)

    async def run(self) -> Progress:
        """As every amendment; what was begun is not refused any more, a person has to see to it."""
        progress = await super().run()
        if progress.state is RowState.REFUSED and await self._is_begun():
            return replace(progress, state=RowState.NEEDS_ATTENTION)
        return progress

    async def _make(self, wish: AccountMove, old: Mandate) -> None:
        """Make bank account and mandate, once: what they were made from may change later."""
        journal = self.runtime.journal
        policy = (await journal.database.run(journal.batches.get, self.batch)).policy
        made: Mapping[str, str] | None = policy.get(MADE)
        if made is None:
            await refuse_wrong_account(
                wish.sort_code, wish.account_number, reference=wish.reference
            )
            await self._remember(wish)
            self.step = "bank account"
            account = await self._bank_account(wish, old)
            self.step = "mandate"
            mandate = await self._mandate(wish, old, account)
            made = {"bank_account": account.id, "mandate": mandate.id}
            await journal.database.run(journal.batches.keep_in_policy, self.batch, MADE, made)
        self.record_ids.update(made)

    async def _remember(self, wish: AccountMove) -> None:
        for one in self.plan.with_fate(Fate.FALLS):
            if one.record == "schedule":
                await (await self._takeover(wish, one.id)).remember()

    async def _bank_account(self, wish: AccountMove, old: Mandate) -> BankAccount:
        request = BankAccountCreate(
            account_number=wish.account_number,
            sort_code=wish.sort_code,
            account_name=wish.account_name,
            customer_account=old.customer_account,
            custom_reference=wish.reference,
        )
        made = (await create_bank_account(request, reference=wish.reference)).record
        self.record_ids["bank_account"] = made.id
        return made

    async def _mandate(self, wish: AccountMove, old: Mandate, account: BankAccount) -> Mandate:
        request = MandateCreate(
            customer_bank_account=account.id,
            auddis=wish.mandate_reference,
            client_bank_account_id=old.client_bank_account_id,
        )
        made = (await create_mandate(request, reference=wish.reference)).record
        self.record_ids["mandate"] = made.id
        return made

    async def _standing_mandate(self) -> Mandate:
        mandate = await get_mandate(self.record_ids["mandate"])
        begun = await self._is_begun()
        if not is_live(mandate):
            raise RowStopped(
                RowState.NEEDS_ATTENTION if begun else RowState.REFUSED,
                f"new-mandate-{str(mandate.dd_status).replace(' ', '-')}",
                f"the new mandate is {mandate.dd_status}; "
                + (
                    "what moved to it is not collected: look at both mandates"
                    if begun
                    else "the old one goes on as before"
                ),
            )
        if not begun and not await self._stands(mandate):
            raise RowStopped(
                RowState.WAITING,
                "new-mandate-not-lodged",
                f"the new mandate is {mandate.dd_status}; the old one goes on until it stands: "
                "resume then",
            )
        return mandate

    async def _is_begun(self) -> bool:
        """Whether there is no way back: a takeover was decided, or the old mandate cancelled."""
        if await self.was_sent("mandate.update"):
            return True
        journal = self.runtime.journal
        policy = (await journal.database.run(journal.batches.get, self.batch)).policy
        return any(name.startswith("takeover ") for name in policy)

    async def _stands(self, mandate: Mandate) -> bool:
        """Whether it is as far as the settings want it, for as long as they want."""
        settings = self.runtime.settings
        wanted = _WAY.index(MandateStatus(settings.new_mandate_stands_at))
        if mandate.dd_status not in _WAY or _WAY.index(mandate.dd_status) < wanted:
            return False
        journal = self.runtime.journal
        today = london_date(self.runtime.clock.now())
        since = await journal.database.run(
            journal.batches.keep_in_policy, self.batch, "stood_on", today.isoformat()
        )
        settled = BankingCalendar().plus(
            date.fromisoformat(since), settings.new_mandate_settling_days
        )
        return today >= settled

    async def _take_over(
        self, wish: AccountMove, old: Mandate, new: Mandate
    ) -> Sequence[tuple[Takeover, Decided]]:
        """Have each schedule of the old mandate taken over by one on the new mandate."""
        taken_over = []
        for schedule_id in await self._schedules(old):
            takeover = await self._takeover(wish, schedule_id)
            decided = await self._decided(takeover)
            if decided is None:
                continue  # it had nothing left, or somebody stopped it meanwhile
            made = await takeover.begin(decided, auddis=new.auddis)
            self.record_ids[f"successor_of_{schedule_id}"] = made.id
            taken_over.append((takeover, decided))
        return taken_over

    async def _takeover(self, wish: AccountMove, schedule_id: str) -> Takeover:
        schedule = await get_recurrence_schedule(schedule_id)
        return Takeover(self.runtime, self.batch, wish.reference, schedule)

    async def _decided(self, takeover: Takeover) -> Decided | None:
        kept = await takeover.kept()
        if kept is not None:
            return kept
        mandate = await get_mandate(str(takeover.old.mandate))
        try:
            await takeover.refuse_if_replaced()
            if takeover.old.status == ScheduleStatus.ACTIVE:
                return await takeover.decide()
            return None if is_live(mandate) else await takeover.decide_after_a_fall()
        except ScheduleReplaced as error:
            raise RowStopped(
                RowState.NEEDS_ATTENTION,
                error.reason,
                f"{takeover.old.id} is replaced for the amendment {error.by}; the new mandate "
                "stands. Move that mandate, or cancel the new one if it is not wanted",
            ) from None
        except CannotHandOver as error:
            raise RowStopped(
                RowState.WAITING if is_live(mandate) else RowState.NEEDS_ATTENTION,
                "cannot-hand-over",
                f"{takeover.old.id}: {error.why}",
            ) from None

    async def _schedules(self, old: Mandate) -> Sequence[str]:
        """The schedules to be taken over: those planned, and those made since."""
        planned = [one.id for one in self.plan.with_fate(Fate.FALLS) if one.record == "schedule"]
        active = await self.holdings.schedules_of_mandate(old)
        since = sorted({one.id for one in active} - set(planned))
        journal = self.runtime.journal
        kept: Sequence[str] = await journal.database.run(
            journal.batches.keep_in_policy, self.batch, "schedules", [*planned, *since]
        )
        return kept

    async def _end_old(
        self, old: Mandate, new: Mandate, taken_over: Sequence[tuple[Takeover, Decided]]
    ) -> None:
        """Disable the old schedules and cancel the old mandate once nothing is left on them."""
        for takeover, decided in taken_over:
            if not await takeover.is_over(decided):
                raise _under_way()
        old = await get_mandate(old.id)
        if is_live(old):
            await self._refuse_while_in_use(old, [takeover.old.id for takeover, _ in taken_over])
            for takeover, _ in taken_over:
                await takeover.end()
        if is_live(old) or await self.was_sent("mandate.update"):
            await self.tell_ledger_of(old)
            await self.cancel_and_compare(old, await self._plan_to_cancel(old))
        self.record_ids["mandate"] = new.id
        missed: list[Collection] = []
        for takeover, decided in taken_over:
            missed += await takeover.not_collected(decided)
        refuse_to_forget(sorted(missed))

    async def _refuse_while_in_use(self, old: Mandate, taken_over: Sequence[str]) -> None:
        """Cancelling it would fell what is under way, and what nobody has planned for."""
        if await self.holdings.payments_of_mandate(old):
            raise _under_way()
        if await self.holdings.credits_of_mandate(old):
            raise _under_way()
        schedules = await self.holdings.schedules_of_mandate(old)
        others = [one.id for one in schedules if one.id not in taken_over]
        if others:
            raise RowStopped(
                RowState.NEEDS_ATTENTION,
                "old-mandate-in-use",
                f"the old mandate has another schedule by now ({', '.join(others[:5])}); cancel "
                "it or make one on the new mandate, then resume",
            )

    async def _plan_to_cancel(self, old: Mandate) -> AmendmentPlan:
        """Kept before the mandate is cancelled, so that a crash does not blur what fell by it."""
        plan = await cancellation(self.holdings, self.wish, old)
        if plan.with_fate(Fate.FALLS) and not await self.was_sent("mandate.update"):
            raise _under_way()  # it came since the last look, and would fall unsaid
        journal = self.runtime.journal
        kept = await journal.database.run(
            journal.batches.keep_in_policy, self.batch, "old_mandate", plan.document()
        )
        return AmendmentPlan.from_document(kept)


def _under_way() -> RowStopped:
    return RowStopped(
        RowState.WAITING,
        "old-mandate-in-use",
        "the new account collects from here on; the old mandate is cancelled when nothing on it "
        "is under way any more: resume then",
    )
