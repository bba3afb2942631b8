"""Creates payment links, looks at what became of them, finds what they created; no Prefect flow.

Section 7.12. A link tells that its page was finished and not what that created: the records are
found by the references and metadata that the link puts on them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from flows.batch_runs import in_turns
from flows.journey_outcomes import change_to, not_asked
from smarterpay.api import InvalidRequest
from smarterpay.api.errors import Refused
from smarterpay.api.models.mandate import Mandate
from smarterpay.api.models.payment import Payment
from smarterpay.api.models.payment_link import PaymentLink, PaymentLinkStatus, PaymentLinkUpdate
from smarterpay.api.models.recurrence_schedule import RecurrenceSchedule
from smarterpay.bacs.service_life_cycles import CardPaymentStatus
from smarterpay.intake.payer_wishes import payment_link_of
from smarterpay.journal.journeys import LINK, Change, Journey, Stage
from smarterpay.money.accounts import ItemKind
from smarterpay.money.pounds import in_pounds
from smarterpay.orchestration.observing import see, seen_payment
from smarterpay.orchestration.outcome import OperationError, OperationRefused
from smarterpay.orchestration.runtime import Runtime
from tasks.bank_accounts import list_bank_accounts
from tasks.mandates import list_mandates
from tasks.payment_links import (
    create_payment_link,
    get_payment_link,
    list_payment_links,
    update_payment_link,
)
from tasks.payments import list_payments
from tasks.recurrence_schedules import list_recurrence_schedules

#: Links looked at by one list call, at most; fewer than `LISTED_FROM` are read one by one.
DUE_AT_ONCE: Final = 500
LISTED_FROM: Final = 2
#: Why a link that has ended is still followed.
PENDING: Final = "payment-pending"
#: A mandate is made with its bank account, in one visit to a page.
_ONE_VISIT: Final = timedelta(days=1)

_ENDS: Final[Mapping[str, Stage]] = {
    PaymentLinkStatus.COMPLETED: Stage.COMPLETED,
    PaymentLinkStatus.EXPIRED: Stage.EXPIRED,
    PaymentLinkStatus.CANCELLED: Stage.CANCELLED,
}
#: Operations of ours that make a card payment, which then is none of a link's.
_OUR_CARD_PAYMENTS: Final = (
    "transaction.register",
    "transaction.repeat",
    "transaction.release_deferred",
    "transaction.release_authorised",
    "transaction.refund",
)


@dataclass
class Created:
    """What a link has created so far, by the references it put on it."""

    payments: list[Payment] = field(default_factory=list)
    schedules: list[str] = field(default_factory=list)
    mandates: list[str] = field(default_factory=list)
    bank_accounts: list[str] = field(default_factory=list)

    @property
    def ids(self) -> dict[str, Sequence[str]]:
        """The ids by kind, kinds without any left out."""
        found = {
            "payments": [payment.id for payment in self.payments],
            "recurrence_schedules": self.schedules,
            "mandates": self.mandates,
            "bank_accounts": self.bank_accounts,
        }
        return {kind: sorted(set(ids)) for kind, ids in found.items() if ids}

    @property
    def pending(self) -> bool:
        """Whether the gateway has not finished with one of the card payments."""
        return any(one.status == CardPaymentStatus.PENDING for one in self.payments)

    @property
    def paid_pence(self) -> int:
        """What was taken: a reservation, or a card that was verified, has taken nothing."""
        return sum(
            one.amount or 0
            for one in self.payments
            if one.status == CardPaymentStatus.SUCCESSFUL
            and seen_payment(one).kind is not ItemKind.RESERVATION
        )


async def created(runtime: Runtime, reference: str) -> Journey:
    """Have the link staged under `reference` created, once; how it then stands.

    What was created before is not created again. Raises `JourneyNotFound`.
    """
    journal, settings, now = runtime.journal, runtime.settings, runtime.clock.now()
    soon = now + timedelta(minutes=settings.payer_look_minutes)
    journey, wish = await journal.database.run(journal.journeys.begin, LINK, reference, now, soon)
    if journey.record_id or journey.stage not in (Stage.ASKING, Stage.NEEDS_ATTENTION):
        return journey
    try:
        link = (await create_payment_link(payment_link_of(wish), reference=reference)).record
    except (OperationError, InvalidRequest) as error:
        return await _record(runtime, journey, not_asked(error, runtime.clock.now(), settings))
    waiting = change_to(
        Stage.WAITING,
        runtime.clock.now(),
        settings,
        record_id=link.id,
        record_created_at=link.created_at,
        deadline_at=link.expires_at
        or (link.created_at or now) + timedelta(days=settings.link_wait_days),
    )
    return await _record(runtime, journey, waiting)


async def looked_at(runtime: Runtime, reference: str) -> Journey:
    """Look once at the link under `reference`, and at what it created if it has ended.

    Raises `JourneyNotFound` and the errors of a read.
    """
    journal = runtime.journal
    journey = await journal.database.run(journal.journeys.get, LINK, reference)
    if journey.look_again_at is None:
        return journey  # not begun, or at its end
    if journey.record_id is None:
        return await created(runtime, reference)
    try:
        link = await get_payment_link(journey.record_id)
    except Refused:  # 404, or 400 (section 4)
        why = f"the provider does not give its link {journey.record_id}; ask SmarterPay"
        return await _record(runtime, journey, _doubt(runtime, "link-not-found", why))
    return await _judged(runtime, journey, link)


async def looked_at_open(runtime: Runtime) -> Mapping[str, Journey]:
    """Look at every link that is due, with one list call for up to `DUE_AT_ONCE` of them.

    Gives each as it then stands, by reference.
    """
    journal, now = runtime.journal, runtime.clock.now()
    seen: dict[str, Journey] = {}
    while True:
        found = await journal.database.run(journal.journeys.due, LINK, now, DUE_AT_ONCE)
        due = [journey for journey in found if journey.reference not in seen]
        if not due:
            return seen
        seen |= {journey.reference: journey for journey in due}
        seen |= await _looked_at_all(runtime, due)


async def cancelled(runtime: Runtime, reference: str) -> Journey:
    """Cancel the link under `reference`; how it stands afterwards.

    One that has ended stays as it ended: the payer may have been faster. Raises
    `JourneyNotFound`, and the errors of an operation where it is refused to a link that is open
    all the same, or its outcome is not known.
    """
    journal = runtime.journal
    journey = await journal.database.run(
        journal.journeys.withdraw, LINK, reference, "never created", runtime.clock.now()
    )
    if journey.record_id is None:
        journey = await created(runtime, reference)  # it may exist: then it is to be cancelled
    if journey.record_id is None or journey.look_again_at is None:
        return journey
    request = PaymentLinkUpdate(status=PaymentLinkStatus.CANCELLED.value)
    try:
        await update_payment_link(request, reference=reference, id=journey.record_id)
    except OperationRefused:
        journey = await looked_at(runtime, reference)
        if journey.stage in (Stage.WAITING, Stage.OVERDUE) and journey.reason != PENDING:
            raise
        return journey  # it was no longer active
    return await looked_at(runtime, reference)


async def _looked_at_all(runtime: Runtime, due: Sequence[Journey]) -> dict[str, Journey]:
    known = [journey for journey in due if journey.record_id and journey.record_created_at]
    links = await _listed(runtime, known) if len(known) >= LISTED_FROM else {}
    looked: dict[str, Journey] = {}

    async def look(journey: Journey) -> None:
        link = links.get(journey.record_id or "")
        if link is not None:
            looked[journey.reference] = await _judged(runtime, journey, link)
        else:  # without a record so far, or not in the list, which proves nothing
            looked[journey.reference] = await looked_at(runtime, journey.reference)

    await in_turns(runtime.settings.concurrency, (look(journey) for journey in due))
    return looked


async def _listed(runtime: Runtime, known: Sequence[Journey]) -> dict[str, PaymentLink]:
    """The links of these journeys, by id, from one list over the time they were made in."""
    made = [journey.record_created_at for journey in known if journey.record_created_at]
    wanted = {journey.record_id for journey in known}
    listed = await list_payment_links(
        created_from=min(made), created_to=max(made) + timedelta(seconds=1)
    )
    return {link.id: link for link in listed if link.id in wanted}


async def _judged(runtime: Runtime, journey: Journey, link: PaymentLink) -> Journey:
    """Write down what a link just read says; of one that has ended, also what it created."""
    now = runtime.clock.now()
    end = _ENDS.get(str(link.status))
    if end is None:
        return await _record(runtime, journey, _still_open(runtime, journey, link, now))
    found = await records_of(runtime, link)
    await see(runtime, [seen_payment(payment) for payment in found.payments])
    if end is Stage.COMPLETED and not found.ids:
        why = (
            "the link is completed, and nothing under its references was found; look in the portal"
        )
        return await _record(runtime, journey, _doubt(runtime, "records-not-found", why))
    if found.pending:
        late = journey.deadline_at is not None and now >= journey.deadline_at
        change = change_to(
            Stage.OVERDUE if late else Stage.WAITING,
            now,
            runtime.settings,
            reason=PENDING,
            message=f"the link is {link.status}; its payment is still at the gateway",
            record_ids=found.ids,
        )
        return await _record(runtime, journey, change)
    change = change_to(end, now, runtime.settings, message=_told(end, found), record_ids=found.ids)
    return await _record(runtime, journey, change)


def _still_open(runtime: Runtime, journey: Journey, link: PaymentLink, now: datetime) -> Change:
    if link.status != PaymentLinkStatus.ACTIVE:
        why = f"link {link.id} has a status we do not know; look at it in the portal"
        return _doubt(runtime, "unknown-status", why)
    if journey.deadline_at is None or now < journey.deadline_at:
        return change_to(Stage.WAITING, now, runtime.settings)
    return change_to(
        Stage.OVERDUE,
        now,
        runtime.settings,
        reason="abandoned-and-still-active",
        message=f"link {link.id} is still active after the time the payer had: cancel it, or look"
        " at it in the portal",
    )


def _told(end: Stage, found: Created) -> str:
    """`completed: 1 payment, £25.00 paid`: what is only reserved is not paid."""
    what = [
        f"{len(ids)} {kind.replace('_', ' ').removesuffix('s' if len(ids) == 1 else '')}"
        for kind, ids in found.ids.items()
    ]
    pounds = [f"{in_pounds(found.paid_pence)} paid"] if found.payments else []
    return f"{end}: {', '.join([*what, *pounds])}" if what else str(end)


async def records_of(runtime: Runtime, link: PaymentLink) -> Created:
    """What the payer's visits to a link created, found by the link's references.

    A record of ours that happens to carry the same reference is not counted.
    """
    made = Created()
    references = {link.card_payment_custom_reference, link.recurrence_schedule_custom_reference}
    for reference in sorted(one for one in references if one):
        made.payments += await _payments(runtime, link, reference)
    if any(payment.card_id for payment in made.payments):
        return made
    schedules = await _schedules(runtime, link)
    made.schedules = [one.id for one in schedules]
    made.mandates = [one.mandate for one in schedules if one.mandate]
    if link.recurrence_schedule:
        made.schedules.append(link.recurrence_schedule)  # the page was about one that stood
    elif not made.mandates:
        accounts = await _bank_accounts(link)
        made.bank_accounts = [account for account in accounts if account != link.bank_account]
        made.mandates = [one.id for one in await _mandates(link, accounts)]
    return made


async def _payments(runtime: Runtime, link: PaymentLink, reference: str) -> list[Payment]:
    """Card payments of the page, and collections of the schedule it made (section 7.11)."""
    found: list[Payment] = []
    for payment in await list_payments(custom_reference=reference, created_from=link.created_at):
        of_the_page = payment.card_id or payment.recurrence_schedule
        if payment.custom_reference != reference or not of_the_page:
            continue
        if seen_payment(payment).kind is ItemKind.CARD_REFUND:
            continue  # made in the portal, which may copy the reference: nothing was paid by it
        if _is_later(payment.created_at, link) and not await _is_ours(
            runtime, payment.id, _OUR_CARD_PAYMENTS
        ):
            found.append(payment)
    return found


async def _schedules(runtime: Runtime, link: PaymentLink) -> list[RecurrenceSchedule]:
    reference = link.recurrence_schedule_custom_reference
    if not reference:
        return []
    listed = await list_recurrence_schedules(
        custom_reference=reference, created_from=link.created_at
    )
    return [
        schedule
        for schedule in listed
        if schedule.custom_reference == reference
        and _is_later(schedule.created_at, link)
        and not await _is_ours(runtime, schedule.id, ("recurrence_schedule.create",))
    ]


async def _bank_accounts(link: PaymentLink) -> Mapping[str, datetime | None]:
    """The payer's bank account, the one the link names or the one entered, and since when."""
    if link.bank_account:
        return {link.bank_account: link.created_at}
    reference = link.bank_account_custom_reference
    if not reference:
        return {}
    listed = await list_bank_accounts(custom_reference=reference, created_from=link.created_at)
    return {
        account.id: account.created_at
        for account in listed
        if account.custom_reference == reference and _is_later(account.created_at, link)
    }


async def _mandates(
    link: PaymentLink, accounts: Mapping[str, datetime | None]
) -> Sequence[Mandate]:
    """Mandates the page made on these accounts: they carry our metadata (section 7.12).

    No filter finds a mandate by either, so a list over the time of the visit is read.
    """
    if not accounts:
        return []
    visits = [since for since in accounts.values() if since is not None]
    entered = bool(visits) and not link.bank_account
    listed = await list_mandates(
        created_from=min(visits) if entered else link.created_at,
        created_to=max(visits) + _ONE_VISIT if entered else None,
    )
    return [
        mandate
        for mandate in listed
        if mandate.customer_bank_account in accounts
        and (mandate.metadata or "") == (link.metadata_mandate or "")
        and _is_later(mandate.created_at, link)
    ]


def _is_later(created_at: datetime | None, link: PaymentLink) -> bool:
    """Whether a record can be of the link; checked here too, for filters may be ignored."""
    return created_at is None or link.created_at is None or created_at >= link.created_at


async def _is_ours(runtime: Runtime, record_id: str, operations: Sequence[str]) -> bool:
    journal = runtime.journal
    for operation in operations:
        if await journal.database.run(journal.intents.maker_of, operation, record_id):
            return True
    return False


def _doubt(runtime: Runtime, reason: str, message: str) -> Change:
    now = runtime.clock.now()
    return change_to(Stage.NEEDS_ATTENTION, now, runtime.settings, reason=reason, message=message)


async def _record(runtime: Runtime, journey: Journey, change: Change) -> Journey:
    journal = runtime.journal
    return await journal.database.run(
        journal.journeys.record, LINK, journey.reference, change, runtime.clock.now()
    )
