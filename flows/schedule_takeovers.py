"""Has a new schedule take over from an old one: never both, never neither; knows no wish.

    decide       which collection is the new one's first; kept in the journal before anything
    begin        the old one ends before it, what it made for later dates is cancelled, and only
                 then the new one is made
    is_over      whether all that stayed with the old one was created and is pending no more
    end          the old one is disabled

Disabling a schedule cancels its pending payments (section 7.11), so what stays with it is left to
an end date, and it is disabled last. Each write is an intent under the amendment's reference: a
crash anywhere is picked up by running it again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, cast

from flows.row_outcomes import RowStopped
from smarterpay.api import InvalidRequest
from smarterpay.api.models.payment import Payment, PaymentStatus, PaymentUpdate
from smarterpay.api.models.recurrence_schedule import (
    RecurrenceSchedule,
    RecurrenceScheduleCreate,
    RecurrenceScheduleUpdate,
    ScheduleType,
)
from smarterpay.bacs import BankingCalendar, ScheduleStatus, london_date, stored_date
from smarterpay.journal.batches import RowState
from smarterpay.journal.decision import State
from smarterpay.money.handovers import LOOK_AHEAD, CannotHandOver, Handover, hand_over
from smarterpay.money.schedule_terms import Collection, Terms
from smarterpay.orchestration.holdings import Holdings
from smarterpay.orchestration.observing import see, seen_payment
from smarterpay.orchestration.outcome import IntentConflict, OperationRefused
from smarterpay.orchestration.runtime import Runtime
from smarterpay.settings import Settings
from tasks.payments import update_payment
from tasks.recurrence_schedules import (
    create_recurrence_schedule,
    disable_recurrence_schedule,
    get_recurrence_schedule,
    update_recurrence_schedule,
)

#: A schedule makes its payments 5 banking days ahead (section 12, "Schedule work"). A collection
#: this near is left to it: it may be made while the new schedule is on its way.
LEAD_BANKING_DAYS = 5
MARGIN_BANKING_DAYS = 2
_ALL = tuple(PaymentStatus)


def terms_of(schedule: RecurrenceSchedule) -> Terms:
    """The terms of a schedule as it stands; raises `CannotHandOver` for one that tells too little.

    Its same-month flag is always false on read (section 7.11) and not needed: what lies ahead is
    compared date by date.
    """
    first, amount = schedule.first_collection_date, schedule.amount
    if first is None or amount is None or schedule.collection_period is None:
        raise CannotHandOver("the provider does not tell the schedule's dates or amount")
    is_plan = schedule.type == ScheduleType.PLAN
    return Terms(
        amount_pence=amount,
        first_amount_pence=schedule.first_collection_amount,
        period=str(schedule.collection_period),
        stretch=schedule.collection_stretch or 1,
        day=schedule.collection_day,
        first_on=first,
        end_on=schedule.end_date,
        installments=schedule.installments if is_plan else None,
    )


def ahead_without_payment(
    schedule: RecurrenceSchedule, payments: Sequence[Payment]
) -> Sequence[Collection]:
    """The collections ahead that have no payment yet; `payments` are those under way.

    Those that have one stand among the upcoming too, with their own date and amount.
    """
    made = [(one.collection_date, one.amount) for one in payments]
    ahead: list[Collection] = []
    for one in schedule.upcoming_payments or ():
        if one.collection_date is None or one.amount is None:
            continue
        if (one.collection_date, one.amount) in made:
            made.remove((one.collection_date, one.amount))
        else:
            ahead.append(Collection(one.collection_date, one.amount))
    return sorted(ahead)


def movable_from(now: datetime, calendar: BankingCalendar, settings: Settings) -> date:
    """The first date whose collection a new schedule may take over."""
    days = max(LEAD_BANKING_DAYS, settings.processing_days) + MARGIN_BANKING_DAYS
    return calendar.plus(calendar.on_or_after(london_date(now)), days)


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided, as the journal keeps it. `payments` are those that stay, by id.

    `missed` are collections that no schedule can make any more: the work was broken off too long.
    """

    handover: Handover
    last_stay: date | None
    payments: Sequence[str] = ()
    missed: Sequence[Collection] = ()

    def document(self) -> dict[str, Any]:
        """For the journal: dates as text."""
        terms = self.handover.terms
        return {
            "stays": _listed(self.handover.stays),
            "moves": _listed(self.handover.moves),
            "becomes": _listed(self.handover.becomes),
            "terms": {
                name: value.isoformat() if isinstance(value, date) else value
                for name in Terms.__dataclass_fields__
                for value in (getattr(terms, name),)
            },
            "last_stay": None if self.last_stay is None else self.last_stay.isoformat(),
            "payments": list(self.payments),
            "missed": _listed(self.missed),
        }

    @classmethod
    def from_document(cls, kept: dict[str, Any]) -> "Decided":
        """What was kept."""
        terms = {
            **kept["terms"],
            "first_on": date.fromisoformat(kept["terms"]["first_on"]),
            "end_on": _day(kept["terms"]["end_on"]),
        }
        return cls(
            Handover(
                _collections(kept["stays"]),
                _collections(kept["moves"]),
                _collections(kept["becomes"]),
                Terms(**terms),
            ),
            _day(kept["last_stay"]),
            tuple(kept["payments"]),
            _collections(kept["missed"]),
        )


class ScheduleReplaced(RowStopped):
    """A new schedule takes over from this one already, for another amendment: `by`."""

    def __init__(self, schedule: str, by: str) -> None:
        self.by = by
        super().__init__(
            RowState.REFUSED,
            "schedule-replaced",
            f"{schedule} is replaced by another schedule for the amendment {by}: amend that one "
            "once it stands",
        )


@dataclass
class Takeover:
    """One old schedule and the one that takes over, for the amendment `reference` of `batch`."""

    runtime: Runtime
    batch: str
    reference: str
    old: RecurrenceSchedule
    calendar: BankingCalendar = field(default_factory=BankingCalendar)

    @property
    def holdings(self) -> Holdings:
        """Reads of the provider."""
        return Holdings(self.runtime.cloud)

    @property
    def _name(self) -> str:
        return f"{self.reference}:{self.old.id}"

    async def remember(self) -> None:
        """Keep what lies ahead, for the case that the old schedule falls with its mandate."""
        under_way = await self.holdings.payments_of_schedule(self.old)
        made = [
            Collection(one.collection_date, one.amount)
            for one in under_way
            if one.collection_date is not None and one.amount
        ]
        ahead = sorted([*made, *ahead_without_payment(self.old, under_way)])
        if self.old.status == ScheduleStatus.ACTIVE:
            journal = self.runtime.journal
            await journal.database.run(
                journal.batches.keep_in_policy,
                self.batch,
                f"ahead {self.old.id}",
                _listed(ahead),
            )

    async def decide_after_a_fall(self) -> Decided | None:
        """Settle it for a schedule that fell with its mandate; None where nothing is left ahead.

        What was cancelled with it moves too, and what is too near to be collected is `missed`.
        """
        kept = await self.kept()
        if kept is not None:
            return kept
        journal = self.runtime.journal
        policy = (await journal.database.run(journal.batches.get, self.batch)).policy
        await self.refuse_if_replaced()
        remembered = _collections(policy.get(f"ahead {self.old.id}", ()))
        payments = await self.holdings.payments_of_schedule(self.old, *_ALL)
        collected = {
            one.collection_date for one in payments if one.status != PaymentStatus.CANCELLED
        }
        left = [one for one in remembered if one.on not in collected]
        if not left:
            return None
        now = self.runtime.clock.now()
        earliest = stored_date(
            london_date(now), now, self.calendar, self.runtime.settings.processing_days
        )
        handover = hand_over(
            terms_of(self.old), left, movable_from=earliest, calendar=self.calendar
        )
        moved = Handover((), handover.moves, handover.becomes, handover.terms)
        return await self._keep("takeover", Decided(moved, None, missed=handover.stays))

    async def decide(self, *, amount_pence: int | None = None, day: str | None = None) -> Decided:
        """Settle which collections move, once for ever.

        Raises `CannotHandOver`, and `ScheduleReplaced` where another amendment was first.
        """
        kept = await self.kept()
        if kept is not None:
            return kept
        await self.refuse_if_replaced()
        under_way = await self.holdings.payments_of_schedule(self.old)
        handover = hand_over(
            terms_of(self.old),
            ahead_without_payment(self.old, under_way),
            movable_from=movable_from(
                self.runtime.clock.now(), self.calendar, self.runtime.settings
            ),
            calendar=self.calendar,
            amount_pence=amount_pence,
            day=day,
        )
        dates = [one.collection_date for one in under_way if one.collection_date is not None]
        decided = Decided(
            handover,
            max([*dates, *(one.on for one in handover.stays)], default=None),
            payments=[one.id for one in under_way],
        )
        return await self._keep("takeover", decided)

    async def begin(
        self,
        decided: Decided,
        *,
        auddis: str | None,
        description: str | None = None,
        custom_reference: str | None = None,
        metadata: str | None = None,
    ) -> RecurrenceSchedule:
        """End the old schedule before the first collection that moves, then make the new one.

        Raises `RowStopped` and `NotSettled`. A refusal is no outcome here: the old schedule may
        have been given its end already, and a person must see to it that something collects.
        """
        try:
            return await self._begin(decided, auddis, description, custom_reference, metadata)
        except (OperationRefused, IntentConflict, InvalidRequest, CannotHandOver) as error:
            ends = f"{self.old.id} collects until {decided.last_stay or 'now'}"
            raise _person(
                "takeover-refused",
                f"{ends}, and the new schedule could not be made ({_why(error)}); resume, or "
                "make one in the portal",
            ) from error

    async def _begin(
        self,
        decided: Decided,
        auddis: str | None,
        description: str | None,
        custom_reference: str | None,
        metadata: str | None,
    ) -> RecurrenceSchedule:
        await self._end_before(decided)
        decided = await self._in_time(decided, await self._cancel_what_moved(decided))
        made = await self._make(
            decided,
            auddis=auddis,
            description=description or self.old.description,
            custom_reference=custom_reference or self.old.custom_reference or self.reference,
            metadata=metadata if metadata is not None else self.old.metadata,
        )
        told = [
            Collection(one.collection_date, one.amount)
            for one in made.upcoming_payments or ()
            if one.collection_date is not None and one.amount is not None
        ]
        wanted = list(decided.handover.becomes)
        as_many = len(told) >= min(len(wanted), LOOK_AHEAD)
        if not as_many or sorted(told) != wanted[: len(told)]:
            raise _person(
                "dates-differ",
                f"the new schedule {made.id} does not collect as planned; compare it with "
                f"{self.old.id}, which has ended",
            )
        await self._tell_ledger(made)
        return made

    async def refuse_if_replaced(self) -> None:
        """Raise `ScheduleReplaced` where another amendment has decided on this schedule."""
        journal = self.runtime.journal
        by = await journal.database.run(journal.amendments.replaced_by, self.old.id)
        if by not in (None, self.reference):
            raise ScheduleReplaced(self.old.id, str(by))

    async def is_over(self, decided: Decided) -> bool:
        """Whether what stayed with the old schedule has been created and sent.

        Raises `RowStopped` where somebody has given it another end: it would collect what the new
        one collects.
        """
        old = await get_recurrence_schedule(self.old.id)
        end, last = old.end_date, decided.last_stay
        if old.status == ScheduleStatus.ACTIVE and (end is None or (last and end > last)):
            raise _person(
                "old-schedule-goes-on",
                f"{old.id} was to end on {last or 'its takeover'}, and somebody changed that: it "
                "collects beside the new schedule. Set its end back, then resume",
            )
        under_way = await self.holdings.payments_of_schedule(self.old)
        if any(one.status == PaymentStatus.PENDING_SUBMISSION for one in under_way):
            return False
        return old.status != ScheduleStatus.ACTIVE or not ahead_without_payment(old, under_way)

    async def end(self) -> None:
        """Disable the old schedule; nothing of it is pending any more."""
        await disable_recurrence_schedule(reference=self._name, id=self.old.id)
        await self._tell_ledger(self.old)

    async def not_collected(self, decided: Decided) -> Sequence[Collection]:
        """What stayed with the old schedule and fell, or was never made, and what was missed."""
        decided = await self.kept() or decided
        payments = await self.holdings.payments_of_schedule(self.old, *_ALL)
        fell = [
            Collection(one.collection_date, one.amount)
            for one in payments
            if one.status == PaymentStatus.CANCELLED
            and one.amount
            and one.collection_date is not None
            and (one.id in decided.payments or _is_among(one, decided.handover.stays))
        ]
        dates = {one.collection_date for one in payments}
        never_made = [one for one in decided.handover.stays if one.on not in dates]
        return sorted([*fell, *never_made, *decided.missed])

    async def _end_before(self, decided: Decided) -> None:
        """From here on the old schedule creates nothing that the new one will collect.

        An end date leaves what stays alone; disabling it is for one that nothing stays with.
        """
        ends_on = decided.last_stay
        if ends_on is not None:
            still_ahead = ends_on >= london_date(self.runtime.clock.now())
            opened = await self._was_opened("update")
            if opened or (still_ahead and await self._is_active()):
                await self._end_on(ends_on)
            if still_ahead:
                return
        if await self._is_active() or await self._was_opened("disable"):
            await disable_recurrence_schedule(reference=self._name, id=self.old.id)

    async def _end_on(self, day: date) -> None:
        try:
            request = RecurrenceScheduleUpdate(end_date=day)
            await update_recurrence_schedule(request, reference=self._name, id=self.old.id)
        except OperationRefused:
            if await self._is_active():
                raise
            # It has ended by itself, or with its mandate: that is an end as well.

    async def _is_active(self) -> bool:
        now = await get_recurrence_schedule(self.old.id)
        return now.status == ScheduleStatus.ACTIVE

    async def _cancel_what_moved(self, decided: Decided) -> date | None:
        """Cancel what the old schedule made for dates that move; the last one it collects itself.

        It made them after the decision and before its end was set.
        """
        for payment in await self._made_for_moved(decided):
            if payment.status == PaymentStatus.PENDING_SUBMISSION:
                request = PaymentUpdate(status="cancelled")
                await update_payment(
                    request, reference=f"{self.reference}:{payment.id}", id=payment.id
                )
        await self._tell_ledger(self.old)
        left = await self._made_for_moved(decided)
        if any(one.status == PaymentStatus.PENDING_SUBMISSION for one in left):
            raise RowStopped(
                RowState.WAITING,
                "old-schedule-at-work",
                "the old schedule made a payment meanwhile; resume",
            )
        return max(
            (one.collection_date for one in left if one.collection_date is not None), default=None
        )

    async def _made_for_moved(self, decided: Decided) -> Sequence[Payment]:
        """Whatever became of them by now, unless they were cancelled."""
        made = [status for status in PaymentStatus if status is not PaymentStatus.CANCELLED]
        return [
            one
            for one in await self.holdings.payments_of_schedule(self.old, *made)
            if one.id not in decided.payments
            and one.collection_date is not None
            and one.collection_date >= decided.handover.moves[0].on
        ]

    async def _in_time(self, decided: Decided, taken_until: date | None) -> Decided:
        """`decided`, or where its first date can no longer be kept, the next one that can.

        `taken_until` is the last moved date that the old schedule collects after all.
        """
        opened = await self._create_state()
        now = self.runtime.clock.now()
        terms = decided.handover.terms
        moves, first = decided.handover.moves, decided.handover.becomes[0]
        days = self.runtime.settings.processing_days
        kept = terms.first_on >= london_date(now) and (
            stored_date(terms.first_on, now, self.calendar, days) == first.on
        )
        in_time = kept and (taken_until is None or taken_until < moves[0].on)
        if in_time or opened not in (None, State.REFUSED):
            return decided
        # One for one: what the old schedule collects after all, the new one does not.
        taken = sum(taken_until is not None and one.on <= taken_until for one in moves)
        again = hand_over(
            terms,
            decided.handover.becomes[taken:],
            movable_from=stored_date(london_date(now), now, self.calendar, days),
            calendar=self.calendar,
        )
        late = Decided(
            Handover(decided.handover.stays, moves, again.becomes, again.terms),
            decided.last_stay,
            decided.payments,
            missed=(*decided.missed, *again.stays),
        )
        return await self._keep("late takeover", late)

    async def _make(
        self,
        decided: Decided,
        *,
        auddis: str | None,
        description: str | None,
        custom_reference: str,
        metadata: str | None,
    ) -> RecurrenceSchedule:
        terms = decided.handover.terms
        plan = terms.installments is not None
        request = RecurrenceScheduleCreate(
            type="DDPaymentPlan" if plan else None,
            auddis=auddis,
            amount=terms.amount_pence,
            first_collection_amount=terms.first_amount_pence,
            collection_period=cast("Literal['monthly', 'weekly']", terms.period),
            collection_stretch=terms.stretch,
            collection_day=terms.day,
            first_collection_date=terms.first_on,
            end_date=terms.end_on,
            installments=terms.installments,
            description=description or self.reference,
            custom_reference=custom_reference,
            first_collection_in_same_month_as_next_collection=terms.same_month or None,
            metadata=metadata,
        )
        made = await self._made(request)
        if made.id == self.old.id or made.auddis != auddis:
            raise _person(
                "another-schedule", "the schedule found is not the one asked for; look at both"
            )
        return made

    async def _made(self, request: RecurrenceScheduleCreate) -> RecurrenceSchedule:
        """The new schedule; one that is made already, whatever the old one's texts are by now."""
        before = await create_recurrence_schedule.made(self._name)
        if before is not None:
            return before
        try:
            return (await create_recurrence_schedule(request, reference=self._name)).record
        except IntentConflict:  # it was on its way with other texts, and that is settled now
            made = await create_recurrence_schedule.made(self._name)
            if made is None:
                raise
            return made

    async def _tell_ledger(self, schedule: RecurrenceSchedule) -> None:
        payments = await self.holdings.payments_of_schedule(schedule, *_ALL)
        await see(self.runtime, [seen_payment(one) for one in payments])

    async def _create_state(self) -> State | None:
        journal = self.runtime.journal
        found = await journal.database.run(
            journal.intents.find, self._name, "recurrence_schedule.create"
        )
        return found[0].state if found else None

    async def _was_opened(self, verb: str) -> bool:
        journal = self.runtime.journal
        return bool(
            await journal.database.run(
                journal.intents.find, self._name, f"recurrence_schedule.{verb}"
            )
        )

    async def kept(self) -> Decided | None:
        """What was decided, if it was."""
        journal = self.runtime.journal
        policy = (await journal.database.run(journal.batches.get, self.batch)).policy
        for name in ("late takeover", "takeover"):
            if (kept := policy.get(f"{name} {self.old.id}")) is not None:
                return Decided.from_document(kept)
        return None

    async def _keep(self, name: str, decided: Decided) -> Decided:
        journal = self.runtime.journal
        by = await journal.database.run(
            journal.amendments.claim_takeover, self.old.id, self.reference
        )
        if by != self.reference:
            raise ScheduleReplaced(self.old.id, by)
        kept = await journal.database.run(
            journal.batches.keep_in_policy,
            self.batch,
            f"{name} {self.old.id}",
            decided.document(),
        )
        return Decided.from_document(kept)


def _person(reason: str, message: str) -> RowStopped:
    return RowStopped(RowState.NEEDS_ATTENTION, reason, message)


def _why(error: Exception) -> str:
    """Names of errors and fields, never values."""
    return str(getattr(error, "reason", None) or getattr(error, "why", type(error).__name__))


def _is_among(payment: Payment, listed: Sequence[Collection]) -> bool:
    return any(payment.collection_date == one.on for one in listed)


def _listed(listed: Sequence[Collection]) -> list[list[object]]:
    return [[one.on.isoformat(), one.amount_pence] for one in listed]


def _collections(kept: Sequence[Sequence[Any]]) -> Sequence[Collection]:
    return tuple(Collection(date.fromisoformat(on), pence) for on, pence in kept)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
