"""Plans one amendment from what the provider has: what changes, and what falls with it.

It only reads, so that a dry run is this and nothing else. What cannot be done is refused here, by
the life cycles of section 11, before anything is sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from flows.row_outcomes import RowStopped
from flows.schedule_takeovers import (
    ScheduleReplaced,
    ahead_without_payment,
    movable_from,
    terms_of,
)
from smarterpay.api import NotFound
from smarterpay.api.models.credit import Credit, CreditStatus
from smarterpay.api.models.mandate import Mandate, MandateStatus
from smarterpay.api.models.payment import Payment, PaymentStatus
from smarterpay.api.models.recurrence_schedule import (
    RecurrenceSchedule,
    SchedulePaymentType,
    ScheduleType,
)
from smarterpay.bacs import (
    COLLECTABLE_MANDATES,
    LIVE_MANDATES,
    BankingCalendar,
    MandateEvent,
    ScheduleStatus,
    caller_event,
    mandate_after,
)
from smarterpay.intake.amendment_row import (
    AccountMove,
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
from smarterpay.journal import Journal
from smarterpay.journal.batches import RowState
from smarterpay.money.amendments import Affected, AmendmentPlan, Fate
from smarterpay.money.handovers import LOOK_AHEAD, CannotHandOver, Handover, hand_over
from smarterpay.money.pounds import in_pounds
from smarterpay.money.schedule_terms import Collection, collections
from smarterpay.orchestration.holdings import Holdings
from smarterpay.settings import Settings

_PENDING = PaymentStatus.PENDING_SUBMISSION
#: What a payment that was sent to Bacs while its mandate had no first debit would contradict.
_BEFORE_A_DEBIT = (MandateStatus.NEW_INSTRUCTION, MandateStatus.FIRST_COLLECTION)
_SENT = (
    PaymentStatus.SUBMITTED,
    PaymentStatus.SUCCESSFUL,
    PaymentStatus.FAILED,
    PaymentStatus.INDEMNITY_CLAIMED,
)


def refused(reason: str, message: str) -> RowStopped:
    """The amendment cannot be done; nothing was sent for it."""
    return RowStopped(RowState.REFUSED, reason, message)


@dataclass(frozen=True)
class Planner:
    """Plans amendments; raises `RowStopped` for one that cannot be done, and `smarterpay.api`
    errors where the provider cannot be read."""

    holdings: Holdings
    journal: Journal
    settings: Settings

    async def plan(self, wish: AmendmentRow) -> AmendmentPlan:
        """What `wish` changes and what falls with it, as things are now."""
        try:
            return await self._plan(wish)
        except NotFound:
            raise refused(
                "no-such-record", f"the provider has no record {wish.subject}; check the id"
            ) from None
        except CannotHandOver as error:
            raise refused("cannot-hand-over", error.why) from None

    async def _plan(self, wish: AmendmentRow) -> AmendmentPlan:
        match wish:
            case ScheduleChange():
                planned = self._schedule_change(wish)
            case ScheduleCancellation():
                planned = self._schedule_cancellation(wish)
            case MandateHold():
                planned = self._hold(wish)
            case MandateRelease():
                planned = self._release(wish)
            case MandateCancellation():
                planned = self._mandate_cancellation(wish)
            case BankAccountDisabling() | BankAccountEnabling():
                planned = self._bank_account(wish)
            case PaymentBreak():
                planned = self._break(wish)
            case PaymentBreakUndone():
                planned = self._break_undone(wish)
            case AccountMove():
                planned = self._move(wish)
        return await planned

    async def _schedule_change(self, wish: ScheduleChange) -> AmendmentPlan:
        schedule = await self._active_schedule(wish.schedule)
        by = await self._replaced_by(schedule)
        if by not in (None, wish.reference):
            raise ScheduleReplaced(schedule.id, str(by))
        payments = await self.holdings.payments_of_schedule(schedule)
        if wish.is_replacement:
            refuse_uncollectable(await self.holdings.cloud.mandates.get(str(schedule.mandate)))
            handover = self._handover(schedule, payments, wish.amount_pence, wish.collection_day)
            affected = (
                _schedule(schedule, Fate.FALLS, "ends; a new schedule takes over"),
                *(_payment(one, Fate.STAYS, "is still collected") for one in payments),
                *_handed_over(schedule, handover),
            )
            return _plan(wish, affected)
        if wish.installments is not None and schedule.type != ScheduleType.PLAN:
            raise refused("no-payment-plan", "only a payment plan has instalments")
        changed = sorted({*wish.clear, *(name for name in _PROPERTIES if _is_set(wish, name))})
        end = wish.end_date
        note = f"changes: {', '.join(changed)}"
        ahead = ahead_without_payment(schedule, payments)
        late = [one for one in ahead if end is not None and one.on > end]
        affected = (
            _schedule(schedule, Fate.CHANGES, note),
            *(_payment(one, Fate.STAYS, "was created before") for one in payments),
            *(
                Affected(
                    "collection",
                    "",
                    Fate.FALLS,
                    "after the end",
                    amount_pence=one.amount_pence,
                    on=one.on,
                )
                for one in late
            ),
            *(
                Affected(
                    "collection",
                    "",
                    Fate.BECOMES,
                    "after the old end",
                    amount_pence=one.amount_pence,
                    on=one.on,
                )
                for one in _added(schedule, wish)
            ),
        )
        return _plan(wish, affected)

    async def _schedule_cancellation(self, wish: ScheduleCancellation) -> AmendmentPlan:
        schedule = await self._active_schedule(wish.schedule, any_kind=True)
        known = await self.holdings.payments_of_schedule(schedule, PaymentStatus.CANCELLED)
        payments = await self.holdings.payments_of_schedule(schedule)
        affected = (_schedule(schedule, Fate.CHANGES, "becomes inactive"), *_by_fate(payments))
        by = await self._replaced_by(schedule)
        told = (
            [f"Another schedule takes over from it for the amendment {by}: cancel that one too."]
            if by is not None
            else []
        )
        return _plan(wish, affected, told=told, known=[one.id for one in known])

    async def _replaced_by(self, schedule: RecurrenceSchedule) -> str | None:
        """The amendment that has a new schedule take over from this one, if there is one."""
        journal = self.journal
        by: str | None = await journal.database.run(journal.amendments.replaced_by, schedule.id)
        return by

    async def _hold(self, wish: MandateHold) -> AmendmentPlan:
        mandate = await self._mandate(wish.mandate, MandateStatus.ON_HOLD)
        payments = await self.holdings.payments_of_mandate(mandate)
        payouts = await self.holdings.credits_of_mandate(mandate)
        waits = "waits for the release, then moves to the next possible date"
        affected = (
            _mandate(mandate, Fate.CHANGES, f"{mandate.dd_status} -> on hold"),
            *(_payment(one, Fate.STAYS, _waits(one.status, waits)) for one in payments),
            *(_credit(one, Fate.STAYS, _waits(one.status, waits)) for one in payouts),
        )
        return _plan(wish, affected, before=str(mandate.dd_status))

    async def _release(self, wish: MandateRelease) -> AmendmentPlan:
        mandate = await self.holdings.cloud.mandates.get(wish.mandate)
        if mandate.dd_status != MandateStatus.ON_HOLD:
            raise refused("not-on-hold", f"the mandate is {mandate.dd_status}, not on hold")
        status = wish.to or await self._status_before_hold(mandate)
        payments = await self.holdings.payments_of_mandate(mandate, _PENDING)
        affected = (
            _mandate(mandate, Fate.CHANGES, f"on hold -> {status}"),
            *(
                _payment(one, Fate.STAYS, "is collected; a date now too early moves")
                for one in payments
            ),
        )
        return _plan(wish, affected, before=status)

    async def _status_before_hold(self, mandate: Mandate) -> str:
        """The status to go back to: a wrong one would lodge a mandate twice, or never."""
        journal = self.journal
        holds = await journal.database.run(
            journal.amendments.not_undone, mandate.id, "hold mandate"
        )
        found = {hold.before for hold in holds}
        if len(found) != 1:
            raise refused(
                "status-unknown",
                "it is not known here how the mandate stood before its hold; say --to",
            )
        status = str(found.pop())
        if status == MandateStatus.NEW_INSTRUCTION and await self.holdings.was_lodged(mandate):
            raise refused(
                "status-unknown",
                "it was to be held before it was lodged at Bacs, and it was lodged since, perhaps "
                "by a run before the hold; say --to",
            )
        if status in _BEFORE_A_DEBIT:
            sent = await self.holdings.payments_of_mandate(mandate, *_SENT)
            if sent:
                raise refused(
                    "status-unknown",
                    "it was held before its first debit, and debits were submitted since: "
                    "somebody else released and held it; say --to",
                )
        return status

    async def _mandate_cancellation(self, wish: MandateCancellation) -> AmendmentPlan:
        mandate = await self._mandate(wish.mandate, MandateStatus.CANCELLED)
        return await cancellation(self.holdings, wish, mandate)

    async def _bank_account(
        self, wish: BankAccountDisabling | BankAccountEnabling
    ) -> AmendmentPlan:
        account = await self.holdings.cloud.bank_accounts.get(wish.bank_account)
        disabling = isinstance(wish, BankAccountDisabling)
        if account.enabled is not disabling:
            word = "disabled" if disabling else "enabled"
            raise refused(f"already-{word}", f"the bank account is {word} already")
        mandates = await self.holdings.live_mandates_of(account)
        payments = await self.holdings.payments_of_mandates(mandates)
        payouts = await self.holdings.credits_of_bank_account(account)
        word = "disabled" if disabling else "enabled"
        affected = (
            Affected("bank account", account.id, Fate.CHANGES, f"is {word}"),
            *(_mandate(one, Fate.STAYS, str(one.dd_status)) for one in mandates),
            *(_payment(one, Fate.STAYS, "is still collected") for one in payments),
            *(_credit(one, Fate.STAYS, "is still paid") for one in payouts),
        )
        told = (
            "Disabling cancels nothing: mandates, payments and credits run on; new mandates and"
            " credits are refused. Cancel the mandates to stop collecting."
            if disabling
            else "New mandates and credits are taken again."
        )
        return _plan(wish, affected, told=[told])

    async def _break(self, wish: PaymentBreak) -> AmendmentPlan:
        payment = await self._pending_payment_of_a_schedule(wish.payment)
        if not payment.amount:
            raise refused("already-on-break", "the payment has amount 0 already")
        note = "becomes £0.00: nothing is collected on this date"
        affected = (_payment(payment, Fate.FALLS, note),)
        return _plan(wish, affected, before=str(payment.amount))

    async def _break_undone(self, wish: PaymentBreakUndone) -> AmendmentPlan:
        payment = await self._pending_payment_of_a_schedule(wish.payment)
        if payment.amount:
            raise refused("not-on-break", "the payment is not on a break")
        journal = self.journal
        breaks = await journal.database.run(
            journal.amendments.not_undone, payment.id, "payment break"
        )
        before = wish.amount_pence or (int(breaks[-1].before or 0) if breaks else 0)
        if not before:
            raise refused(
                "amount-unknown", "it is not known here what the payment was before; say --amount"
            )
        changed = _payment(payment, Fate.CHANGES, f"£0.00 -> {in_pounds(before)}", pence=before)
        return _plan(wish, (changed,), before=str(before))

    async def _move(self, wish: AccountMove) -> AmendmentPlan:
        mandate = await self.holdings.cloud.mandates.get(wish.mandate)
        refuse_uncollectable(mandate)
        payments = await self.holdings.payments_of_mandate(mandate)
        payouts = await self.holdings.credits_of_mandate(mandate)
        schedules = await self.holdings.schedules_of_mandate(mandate)
        handed: list[Affected] = []
        for schedule in schedules:
            own = [one for one in payments if one.recurrence_schedule == schedule.id]
            handed.append(_schedule(schedule, Fate.FALLS, "ends once the new one stands"))
            handed += _handed_over(schedule, self._handover(schedule, own, None, None))
        affected = (
            Affected("bank account", "", Fate.MADE, "checked by modulus first"),
            Affected("mandate", "", Fate.MADE, "on the new bank account"),
            *(_payment(one, Fate.STAYS, "is collected from the old account") for one in payments),
            *(_credit(one, Fate.STAYS, "is paid to the old account") for one in payouts),
            *handed,
            _mandate(mandate, Fate.FALLS, "is cancelled when nothing on it is under way"),
        )
        told = (
            "From which collection on the new account pays is settled when the new mandate "
            "stands; if that takes long, later collections stay with the old account."
        )
        return _plan(wish, affected, told=[told])

    def _handover(
        self,
        schedule: RecurrenceSchedule,
        payments: Sequence[Payment],
        amount_pence: int | None,
        day: str | None,
    ) -> Handover:
        calendar = BankingCalendar()
        return hand_over(
            terms_of(schedule),
            ahead_without_payment(schedule, payments),
            movable_from=movable_from(self.journal.clock.now(), calendar, self.settings),
            calendar=calendar,
            amount_pence=amount_pence,
            day=day,
        )

    async def _active_schedule(
        self, schedule_id: str, *, any_kind: bool = False
    ) -> RecurrenceSchedule:
        schedule = await self.holdings.cloud.recurrence_schedules.get(schedule_id)
        if schedule.status != ScheduleStatus.ACTIVE:
            raise refused("schedule-inactive", f"the schedule is {schedule.status} already")
        if schedule.payment_type == SchedulePaymentType.CARD and not any_kind:
            raise refused("card-schedule", "a schedule of a card can only be cancelled here")
        return schedule

    async def _mandate(self, mandate_id: str, asked: MandateStatus) -> Mandate:
        """The mandate, if section 11 lets it go to the status asked for."""
        mandate = await self.holdings.cloud.mandates.get(mandate_id)
        event = caller_event(asked) or MandateEvent.CALLER_CANCELS
        known = isinstance(mandate.dd_status, MandateStatus)
        if not known or mandate_after(MandateStatus(str(mandate.dd_status)), event) is None:
            raise refused(
                "impossible-change", f"a mandate does not go from {mandate.dd_status} to {asked}"
            )
        return mandate

    async def _pending_payment_of_a_schedule(self, payment_id: str) -> Payment:
        payment = await self.holdings.cloud.payments.get(payment_id)
        if not payment.recurrence_schedule:
            raise refused("no-schedule", "only a payment of a schedule can have a break; cancel it")
        if payment.status != _PENDING:
            raise refused("not-pending", f"the payment is {payment.status}: too late")
        return payment


def refuse_uncollectable(mandate: Mandate) -> None:
    """Raise for a mandate on which nothing can be collected: what pays for it cannot be moved."""
    if mandate.dd_status not in COLLECTABLE_MANDATES:
        raise refused(
            "mandate-not-collectable",
            f"the mandate is {mandate.dd_status}: release it first, or, if it has ended, onboard "
            "the customer again",
        )


async def cancellation(holdings: Holdings, wish: AmendmentRow, mandate: Mandate) -> AmendmentPlan:
    """What falls with a mandate that is cancelled (section 7.5, "cancellation")."""
    payments = await holdings.payments_of_mandate(mandate)
    payouts = await holdings.credits_of_mandate(mandate)
    schedules = await holdings.schedules_of_mandate(mandate)
    affected = (
        _mandate(mandate, Fate.CHANGES, f"{mandate.dd_status} -> cancelled"),
        *_by_fate(payments),
        *(
            _credit(one, Fate.FALLS, "is cancelled")
            if one.status == CreditStatus.PENDING_SUBMISSION
            else _credit(one, Fate.STAYS, "is at Bacs already")
            for one in payouts
        ),
        *(_schedule(one, Fate.FALLS, "becomes inactive") for one in schedules),
    )
    return _plan(wish, affected, known=await fallen_with(holdings, mandate))


async def fallen_with(holdings: Holdings, mandate: Mandate) -> Sequence[str]:
    """Ids of the mandate's payments, credits and schedules that are fallen now."""
    payments = await holdings.payments_of_mandate(mandate, PaymentStatus.CANCELLED)
    payouts = await holdings.credits_of_mandate(mandate, CreditStatus.CANCELLED)
    schedules = await holdings.schedules_of_mandate(mandate, ScheduleStatus.INACTIVE)
    ids = [one.id for one in payments] + [one.id for one in payouts]
    return ids + [one.id for one in schedules]


def is_live(mandate: Mandate) -> bool:
    """Whether the mandate has not ended (section 11)."""
    return mandate.dd_status in LIVE_MANDATES


def _added(schedule: RecurrenceSchedule, wish: ScheduleChange) -> Sequence[Collection]:
    """What a later end, or none, has the schedule collect besides; the next ones, at most."""
    before = schedule.end_date
    extends = "end_date" in wish.clear or (
        wish.end_date is not None and before is not None and wish.end_date > before
    )
    if before is None or not extends:
        return []
    terms = replace(terms_of(schedule), end_on=wish.end_date)
    later = (one for one in collections(terms, BankingCalendar()) if one.on > before)
    return list(islice(later, LOOK_AHEAD))


_PROPERTIES = ("end_date", "description", "custom_reference", "installments", "metadata")


def _is_set(wish: ScheduleChange, name: str) -> bool:
    return getattr(wish, name) is not None


def _plan(
    wish: AmendmentRow,
    affected: Sequence[Affected],
    *,
    told: Sequence[str] = (),
    before: str | None = None,
    known: Sequence[str] = (),
) -> AmendmentPlan:
    return AmendmentPlan(
        wish.reference, wish.what, wish.subject, wish.by, tuple(affected), told, before, known
    )


def _handed_over(schedule: RecurrenceSchedule, handover: Handover) -> Sequence[Affected]:
    def collection(fate: Fate, note: str, on: date, pence: int) -> Affected:
        reference = schedule.custom_reference
        return Affected("collection", "", fate, note, reference, pence, on)

    return (
        *(
            collection(Fate.STAYS, "by the old schedule", one.on, one.amount_pence)
            for one in handover.stays
        ),
        *(
            collection(Fate.MOVES, "from the old schedule", one.on, one.amount_pence)
            for one in handover.moves
        ),
        *(
            collection(Fate.BECOMES, "by the new schedule", one.on, one.amount_pence)
            for one in handover.becomes
        ),
    )


def _by_fate(payments: Sequence[Payment]) -> Sequence[Affected]:
    """Pending payments fall; what is at Bacs is collected (section 11)."""
    return [
        _payment(one, Fate.FALLS, "is cancelled")
        if one.status == _PENDING
        else _payment(one, Fate.STAYS, "is at Bacs already")
        for one in payments
    ]


def _waits(status: object, waits: str) -> str:
    pending = status in (_PENDING, CreditStatus.PENDING_SUBMISSION)
    return waits if pending else "is at Bacs already"


def _payment(payment: Payment, fate: Fate, note: str, *, pence: int | None = None) -> Affected:
    return Affected(
        "payment",
        payment.id,
        fate,
        note,
        payment.custom_reference,
        payment.amount if pence is None else pence,
        payment.collection_date,
    )


def _credit(credit: Credit, fate: Fate, note: str) -> Affected:
    return Affected(
        "credit", credit.id, fate, note, credit.reference, credit.amount, credit.credit_date
    )


def _mandate(mandate: Mandate, fate: Fate, note: str) -> Affected:
    return Affected("mandate", mandate.id, fate, note, mandate.auddis)


def _schedule(schedule: RecurrenceSchedule, fate: Fate, note: str) -> Affected:
    """Its regular amount stands in the note: what it would collect has no end, perhaps."""
    regular = f"{in_pounds(schedule.amount or 0)} {schedule.collection_period}"
    following = schedule.next_collection_date
    next_one = f", next on {following}" if following is not None else ""
    return Affected(
        "schedule", schedule.id, fate, f"{note} ({regular}{next_one})", schedule.custom_reference
    )
