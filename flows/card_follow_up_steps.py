"""Finds the payment a follow-up on a card is about, and checks its limits; no Prefect flow here.

A follow-up is a collection (release, repeat) or a refund (cancel, void, refund) of one row: what
moves money is planned, approved and done where every other collection and refund is. Here is
only what the verb adds: which deed it is, so that a void that would be a refund by now is not a
void.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from pydantic import ValidationError

from flows.card_charges import AUTHORISE_RELEASE, DEFERRED_RELEASE, REPEAT, Charges
from flows.card_journey_steps import looked_at
from flows.refund_steps import Refunding
from smarterpay.api.errors import Refused
from smarterpay.api.models.payment import Payment
from smarterpay.bacs import BankingCalendar
from smarterpay.intake.collection_row import CollectionRow
from smarterpay.intake.refund_row import RefundRow
from smarterpay.intake.staging import (
    collection_of,
    refund_of,
    stage_one_collection,
    stage_one_refund,
)
from smarterpay.journal.batch_kinds import COLLECTION, REFUND
from smarterpay.journal.journeys import CARD, JourneyNotFound
from smarterpay.money.card_limits import AUTHENTICATED, DEFERRED, CardLimit, NothingReserved
from smarterpay.money.pounds import in_pounds
from smarterpay.money.refund_rails import Deed, RefundRefused, choose_rail
from smarterpay.orchestration.card_payments import on_card
from smarterpay.orchestration.runtime import Runtime
from tasks.payments import get_payment


class Verb(StrEnum):
    """What is to be done on a card."""

    RELEASE = "release"
    REPEAT = "repeat"
    CANCEL = "cancel"
    VOID = "void"
    REFUND = "refund"


_DEEDS: Final[Mapping[Verb, Deed]] = {
    Verb.CANCEL: Deed.CANCEL,
    Verb.VOID: Deed.VOID,
    Verb.REFUND: Deed.REFUND,
}
#: Why, where nobody has said; it becomes the payment's internal description.
_REASONS: Final[Mapping[Verb, str]] = {
    Verb.CANCEL: "Reservation cancelled",
    Verb.VOID: "Payment voided",
    Verb.REFUND: "Payment refunded",
}
_DONE: Final[Mapping[Verb, str]] = {
    Verb.RELEASE: "Released",
    Verb.REPEAT: "Charged",
    Verb.CANCEL: "Cancelled",
    Verb.VOID: "Voided",
    Verb.REFUND: "Refunded",
}


class FollowUpRefused(ValueError):
    """The follow-up cannot be asked for so; the text says why and what to do."""


class NotACardPayment(FollowUpRefused):
    """There is no such card payment."""


class OtherFollowUp(FollowUpRefused):
    """The reference stands for another follow-up; `fields` names what differs."""

    def __init__(self, reference: str, fields: tuple[str, ...]) -> None:
        self.reference, self.fields = reference, fields
        super().__init__(
            f"{reference} stands for something else already; fields that differ: "
            f"{', '.join(fields)}. Use a new reference"
        )


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One deed on a card under a reference of its own, as the row it is staged as."""

    verb: Verb
    row: CollectionRow | RefundRow
    told: str  # what it would do, in words

    @property
    def done(self) -> str:
        """The name of the state in which it is done."""
        return _DONE[self.verb]


async def target_of(runtime: Runtime, payment: str) -> Payment:
    """The card payment called `payment`: by the reference it was registered under, or by its id.

    Raises `NotACardPayment`.
    """
    journal = runtime.journal
    try:
        journey = await journal.database.run(journal.journeys.get, CARD, payment)
        payment_id = journey.record_id
    except JourneyNotFound:
        payment_id = payment
    if payment_id is None:
        raise NotACardPayment(f"{payment} is not registered yet; nothing can be done on its card")
    try:
        found = await get_payment(payment_id)
    except Refused:  # 404, or 400 (section 4)
        raise NotACardPayment(
            f"neither a reference nor a payment is called {payment}; correct it"
        ) from None
    if not found.card_id:
        raise NotACardPayment(f"{found.id} is no card payment")
    return found


def follow_up_on(
    target: Payment, verb: Verb, reference: str, amount_pence: int | None, reason: str | None = None
) -> FollowUp:
    """The follow-up of that kind on a card payment as just read; raises `FollowUpRefused`.

    `amount_pence` None is all of it; a void and a cancellation never name one.
    """
    pence = target.amount or 0 if amount_pence is None else amount_pence
    on = f"{target.id} on card {target.card_id}"
    if verb in (Verb.RELEASE, Verb.REPEAT):
        row: CollectionRow | RefundRow = _row(
            CollectionRow,
            reference=reference,
            method=REPEAT if verb is Verb.REPEAT else _release_of(target),
            card=target.card_id,
            payment=target.id,
            amount_pence=pence,
            description=reason,
        )
        return FollowUp(verb, row, f"{verb} {in_pounds(pence)} of {on}")
    row = _row(
        RefundRow,
        reference=reference,
        payment=target.id,
        amount_pence=amount_pence,
        reason=reason or _REASONS[verb],
    )
    told = "what is left" if amount_pence is None else in_pounds(amount_pence)
    return FollowUp(verb, row, f"{verb} {told} of {on}")


async def checked(runtime: Runtime, follow_up: FollowUp) -> None:
    """Refuse what the limits forbid, by what the provider now shows; asks for nothing but reads.

    Raises `CardLimit`, `CardNotFound` and `RefundRefused`.
    """
    row = follow_up.row
    if isinstance(row, CollectionRow):
        await Charges(runtime, [row]).check(row)
        return
    journal, calendar = runtime.journal, BankingCalendar()
    reading = Refunding(runtime, row, batch_id="", calendar=calendar, most_pence=0)
    _, item = await reading.seen()
    facts = await journal.database.run(journal.refunds.facts, item, row.amount_pence)
    choose_rail(facts, runtime.clock.now(), calendar, _DEEDS[follow_up.verb])


async def is_allowed(runtime: Runtime, follow_up: FollowUp, *, dry_run: bool) -> bool:
    """Check a follow-up that was not staged; False where another run has staged it meanwhile.

    Then what uses the limit up is this very follow-up. Raises as `checked`, and `OtherFollowUp`.
    """
    try:
        await checked(runtime, follow_up)
    except (CardLimit, RefundRefused):
        if dry_run or not await is_staged(runtime, follow_up):
            raise
        return False
    return True


async def is_staged(runtime: Runtime, follow_up: FollowUp) -> bool:
    """Whether this very follow-up was staged before and not rejected since.

    Raises `OtherFollowUp` for another one under its reference.
    """
    kind = COLLECTION if isinstance(follow_up.row, CollectionRow) else REFUND
    journal = runtime.journal
    try:
        row, payload = await journal.database.run(
            journal.batches.latest_row, kind, follow_up.row.reference
        )
    except LookupError:
        return False
    staged = collection_of(payload) if kind == COLLECTION else refund_of(payload)
    fields = tuple(
        name
        for name in ("method", "card", "payment", "amount_pence", "reason")
        if getattr(staged, name, None) != getattr(follow_up.row, name, None)
    )
    if fields:
        raise OtherFollowUp(follow_up.row.reference, fields)
    asked = await journal.database.run(journal.approvals.standing, row.batch_id)
    return asked is None or not asked.is_rejected


async def stage(runtime: Runtime, follow_up: FollowUp, planned_by: str) -> None:
    """Stage the follow-up as a batch of one row, planned by whoever asked for it."""
    journal, row = runtime.journal, follow_up.row
    if isinstance(row, CollectionRow):
        await journal.database.run(stage_one_collection, journal, row, planned_by=planned_by)
    else:
        deed = _DEEDS[follow_up.verb]
        await journal.database.run(stage_one_refund, journal, row, planned_by=planned_by, deed=deed)


async def journey_told(runtime: Runtime, payment_id: str) -> None:
    """Have the journey of a payment, if it has one, look at what became of it."""
    journal = runtime.journal
    journey = await journal.database.run(journal.journeys.of_record, payment_id)
    if journey is not None and journey.kind == CARD:
        await looked_at(runtime, journey.reference)


def _release_of(target: Payment) -> str:
    reservation = on_card(target)
    if reservation.kind in DEFERRED:
        return DEFERRED_RELEASE
    if reservation.kind in AUTHENTICATED:
        return AUTHORISE_RELEASE
    raise NothingReserved(
        f"{reservation.id} is {reservation.payment_type or 'of no type'}: nothing stands reserved "
        "or authenticated; charge the card again by a repeat",
        reservation,
    )


def _row(model: type[Any], **cells: Any) -> Any:
    try:
        return model(**cells)
    except ValidationError as error:
        broken = error.errors(include_url=False, include_context=False, include_input=False)
        told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in broken)
        raise FollowUpRefused(told) from None
