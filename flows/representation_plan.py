"""Finds unpaid Direct Debits, judges each by the rules and stages those that may be presented
again; presents nothing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from flows.batch_runs import in_turns
from smarterpay.api.errors import Refused
from smarterpay.api.models.mandate import Mandate, MandateStatus
from smarterpay.api.models.payment import Payment, PaymentStatus, PaymentType
from smarterpay.bacs import BankingCalendar, earliest_date
from smarterpay.clock import london_today
from smarterpay.intake.staging import planned_by_policy
from smarterpay.journal.batches import Batch
from smarterpay.journal.presentations import Claim, Presentation, Standing
from smarterpay.money.pounds import in_pounds
from smarterpay.money.representation_rules import (
    EVERY_SUN,
    FactsMissing,
    NotPresentable,
    PresentedAlready,
    Representation,
    RepresentationPolicy,
    UnpaidPayment,
    codes_from,
    may_represent,
    pay_days_from,
    profile_suns_from,
)
from smarterpay.orchestration.observing import see, seen_payment
from smarterpay.orchestration.runtime import Runtime
from smarterpay.settings import Settings
from tasks.mandates import get_mandate
from tasks.payments import get_payment, list_payments

#: A failed payment older than this is past its month; it is neither listed nor told of.
LOOKED_BACK = timedelta(days=62)
#: Bacs code of a payment that presents another one again (reference, section 10).
REPRESENTED = "18"
#: Payments one plan presents again; the next plan takes the rest.
MOST_ROWS = 10_000
#: Presentations that are read one by one to find the first of a chain nobody told us of.
UNKNOWN_LINKS = 10
#: Refusals a plan tells one by one; all of them are counted.
TOLD_REFUSALS = 500
#: Why a payment is not presented again whose facts the provider refuses to tell.
NOT_GIVEN = "the provider does not give it or its mandate; look at it in the portal"
#: Where the rows of a plan come from, as the batch is listed.
SOURCE = "unpaid Direct Debits"


class RepresentationRow(BaseModel):
    """One row of a batch of re-presentations, as it is stored, encrypted; pence, London date."""

    model_config = ConfigDict(frozen=True)

    reference: str
    payment: str
    first: str
    number: int
    amount_pence: int
    collection_date: date
    mandate_reference: str = Field(repr=False)
    description: str = Field(repr=False)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A payment that may be presented again, and what its row needs besides."""

    representation: Representation
    unpaid: UnpaidPayment
    reference: str | None
    mandate_reference: str = field(repr=False)
    description: str = field(repr=False)

    @property
    def claim(self) -> Claim:
        """What has to be claimed for it."""
        one = self.representation
        return Claim(one.payment, one.first, self.reference, one.amount_pence, one.on)

    def row(self, taken: Presentation) -> RepresentationRow:
        """The row that asks for it under the number it was given."""
        return RepresentationRow(
            reference=taken.reference,
            payment=self.representation.payment,
            first=self.representation.first,
            number=taken.number,
            amount_pence=self.representation.amount_pence,
            collection_date=self.representation.on,
            mandate_reference=self.mandate_reference,
            description=self.description,
        )


@dataclass(frozen=True, slots=True)
class Planned:
    """What a plan came to; `batch` is the staged batch, empty where there is nothing to stage.

    `left_for_later` are payments beyond `MOST_ROWS`.
    """

    batch: str | None
    proposals: Sequence[Proposal]
    refusals: Sequence[NotPresentable]
    left_for_later: int

    @property
    def amount_pence(self) -> int:
        """The sum over all proposals."""
        return sum(one.representation.amount_pence for one in self.proposals)

    @property
    def refused(self) -> Mapping[str, int]:
        """How many payments were refused for each reason, the most frequent first."""
        return dict(Counter(refusal.reason for refusal in self.refusals).most_common())

    @property
    def in_words(self) -> str:
        """`2 to present again, £50.00; 1 under-claim, 3 success-not-assumed`."""
        allowed = f"{len(self.proposals)} to present again, {in_pounds(self.amount_pence)}"
        refused = ", ".join(f"{count} {reason}" for reason, count in self.refused.items())
        return "; ".join(filter(None, (allowed, refused)))

    def document(self) -> dict[str, Any]:
        """The plan as JSON: references, ids, pence and dates, nothing personal."""
        return {
            "batch": self.batch,
            "rows": len(self.proposals),
            "amount_pence": self.amount_pence,
            "left_for_later": self.left_for_later,
            "presentations": [
                {
                    "payment": one.representation.payment,
                    "reference": one.reference,
                    "amount_pence": one.representation.amount_pence,
                    "collection_date": one.representation.on.isoformat(),
                }
                for one in self.proposals
            ],
            "refused": dict(self.refused),
            "refusals": [
                {"payment": one.unpaid.payment, "reason": one.reason, "message": one.why}
                for one in self.refusals[:TOLD_REFUSALS]
            ],
        }


def policy_of(settings: Settings, *, pay_days: str | None = None) -> RepresentationPolicy:
    """The policy of the settings, with other `pay_days` where they are given.

    Raises `ValueError` that says what is wrong with which of them.
    """
    wanted = settings.representation_pay_days if pay_days is None else pay_days
    return RepresentationPolicy(
        codes=codes_from(settings.representation_codes),
        most=settings.representation_most,
        days_after=settings.representation_days_after,
        days_until=settings.representation_days_until,
        pay_days=pay_days_from(wanted or ""),
        profile_suns=profile_suns_from(settings.representation_profile_suns or ""),
        processing_days=settings.processing_days,
    )


def kept_policy(batch: Batch, settings: Settings) -> RepresentationPolicy:
    """The policy a batch was planned by; a SUN that presents by itself by now counts as well."""
    stored = batch.policy["representation"]
    suns = profile_suns_from(settings.representation_profile_suns or "")
    return RepresentationPolicy(
        codes=frozenset(stored["codes"]),
        most=stored["most"],
        days_after=stored["days_after"],
        days_until=stored["days_until"],
        pay_days=pay_days_from(stored["pay_days"]),
        profile_suns=frozenset(stored["profile_suns"]) | suns,
        processing_days=stored["processing_days"],
    )


def stored_policy(policy: RepresentationPolicy) -> dict[str, Any]:
    """The policy as a batch keeps it."""
    return asdict(policy) | {
        "codes": sorted(policy.codes),
        "pay_days": ",".join(sorted(map(str, policy.pay_days))),
        "profile_suns": sorted(policy.profile_suns),
    }


class Planning:
    """Finds and judges what is unpaid, as things stand now."""

    def __init__(self, runtime: Runtime, policy: RepresentationPolicy) -> None:
        self._runtime = runtime
        self._policy = policy
        self._calendar = BankingCalendar()
        self._decided: dict[str, Proposal | NotPresentable] = {}

    async def plan(self, planned_by: str, *, stage: bool) -> Planned:
        """Judge every unpaid payment, and stage a batch of those that may be presented again.

        Two plans at once share the payments out. Raises `smarterpay.api` errors where the provider
        cannot be asked: then nothing is staged and nothing claimed.
        """
        journal, now = self._runtime.journal, self._runtime.clock.now()
        await learn_of_failures(self._runtime)
        await learn_what_forbids(self._runtime)
        if stage:
            soonest = earliest_date(now, self._calendar, self._policy.processing_days)
            await journal.database.run(journal.presentations.withdraw_lapsed, soonest, now)
            await journal.database.run(journal.presentations.withdraw_rejected, now)
        since = london_today(self._runtime.clock) - LOOKED_BACK
        unpaid = await journal.database.run(journal.presentations.unpaid, since)
        await in_turns(self._runtime.settings.concurrency, (self._judge(id) for id in unpaid))
        decided = [self._decided[id] for id in unpaid]
        refusals = [one for one in decided if isinstance(one, NotPresentable)]
        allowed = [one for one in decided if isinstance(one, Proposal)]
        proposals, batch = allowed[:MOST_ROWS], None
        if stage and proposals:
            batch, claimed = await self._staged(proposals, planned_by)
            refusals += [_lost(one) for one in proposals if one.unpaid.payment not in claimed]
            proposals = [one for one in proposals if one.unpaid.payment in claimed]
        return Planned(batch, proposals, refusals, len(allowed[MOST_ROWS:]))

    async def _judge(self, payment_id: str) -> None:
        standing = await standing_of(self._runtime, payment_id)
        # Judged first as if the mandate were live: most refusals need no call.
        whichever_sun = replace(self._policy, profile_suns=self._policy.profile_suns & {EVERY_SUN})
        decided = self._by_rules(as_known(standing), whichever_sun)
        if isinstance(decided, NotPresentable):
            self._decided[payment_id] = decided
            return
        try:
            read = await read_again(self._runtime, payment_id)
        except Refused:
            self._decided[payment_id] = FactsMissing(as_known(standing), NOT_GIVEN)
            return
        decided = self._by_rules(read.unpaid, self._policy)
        if isinstance(decided, NotPresentable):
            self._decided[payment_id] = decided
        elif read.mandate is None or not read.mandate.auddis or not read.payment.description:
            why = "it has no mandate reference or description; look at it in the portal"
            self._decided[payment_id] = FactsMissing(read.unpaid, why)
        else:
            self._decided[payment_id] = Proposal(
                decided,
                read.unpaid,
                read.standing.first.reference,
                read.mandate.auddis,
                read.payment.description,
            )

    def _by_rules(
        self, unpaid: UnpaidPayment, policy: RepresentationPolicy
    ) -> Representation | NotPresentable:
        return may_represent(unpaid, policy, self._calendar, self._runtime.clock.now())

    async def _staged(
        self, proposals: Sequence[Proposal], planned_by: str
    ) -> tuple[str | None, set[str]]:
        """The batch and the payments that were claimed for it."""
        by_payment = {one.unpaid.payment: one for one in proposals}
        claimed: set[str] = set()

        def payload(claim: Claim, taken: Presentation) -> bytes:
            claimed.add(claim.of_item)
            return by_payment[claim.of_item].row(taken).model_dump_json().encode()

        journal = self._runtime.journal
        batch = await journal.database.run(
            journal.presentations.stage,
            [one.claim for one in proposals],
            payload,
            source=SOURCE,
            policy=planned_by_policy(planned_by) | {"representation": stored_policy(self._policy)},
            now=self._runtime.clock.now(),
        )
        return batch, claimed


async def learn_of_failures(runtime: Runtime) -> None:
    """Tell the ledger of the Direct Debits that failed, as the provider lists them (section 6)."""
    created_from = runtime.clock.now() - LOOKED_BACK
    failed = await list_payments(status=PaymentStatus.FAILED, created_from=created_from)
    await _see_listed(runtime, [payment for payment in failed if not payment.card_id])


async def learn_what_forbids(runtime: Runtime) -> None:
    """Tell the ledger of all that is claimed back, and of all that was presented again: by us, by
    hand or by the provider."""
    claimed = await list_payments(status=PaymentStatus.INDEMNITY_CLAIMED)
    await see(runtime, [seen_payment(payment) for payment in claimed if not payment.card_id])
    created_from = runtime.clock.now() - LOOKED_BACK
    listed = await list_payments(transaction_code=REPRESENTED, created_from=created_from)
    # A provider that does not know the filter lists every payment (section 6).
    await _see_listed(runtime, [one for one in listed if one.related_payment or _is_unnamed(one)])


async def _see_listed(runtime: Runtime, listed: Sequence[Payment]) -> None:
    """Tell the ledger of payments; those whose list leaves out what they present are read."""
    told = {payment.id: payment for payment in listed}

    async def read(payment_id: str) -> None:
        with suppress(Refused):
            told[payment_id] = await get_payment(payment_id)

    unnamed = [payment.id for payment in listed if _is_unnamed(payment)]
    await in_turns(runtime.settings.concurrency, (read(payment_id) for payment_id in unnamed))
    await see(runtime, [seen_payment(payment) for payment in told.values()])


def _is_unnamed(payment: Payment) -> bool:
    """Whether it presents another payment again and does not say which."""
    return payment.payment_type == PaymentType.REPRESENT and not payment.related_payment


async def standing_of(runtime: Runtime, payment_id: str, *, besides: str | None = None) -> Standing:
    """How a payment stands in the journal, the first of its chain read where nobody told of it.

    It stays `missing` where the provider does not give it.
    """
    journal = runtime.journal
    for _ in range(UNKNOWN_LINKS):
        standing = await journal.database.run(
            journal.presentations.standing, payment_id, besides=besides
        )
        if standing.missing is None:
            break
        try:
            missing = await get_payment(standing.missing)
        except Refused:
            break
        await see(runtime, [seen_payment(missing)])
    return standing


@dataclass(frozen=True, slots=True)
class Reading:
    """A payment and its mandate as the provider has them now, and its chain by that."""

    payment: Payment
    mandate: Mandate | None
    standing: Standing
    unpaid: UnpaidPayment


async def read_again(runtime: Runtime, payment_id: str, *, besides: str | None = None) -> Reading:
    """Read a payment, its mandate and its chain; raises `Refused` where they are not given."""
    payment = await get_payment(payment_id)
    await see(runtime, [seen_payment(payment)])
    mandate = await get_mandate(payment.mandate) if payment.mandate else None
    # Not before: which payment it presents again may have been told by this reading only.
    standing = await standing_of(runtime, payment_id, besides=besides)
    known = as_known(standing)
    unpaid = replace(
        known,
        status=None if payment.status is None else str(payment.status),
        amount_pence=payment.amount or 0,
        code=payment.bacs_code or known.code,
        collected_on=payment.collection_date,
        mandate_status=None if mandate is None else str(mandate.dd_status),
        sun=None if mandate is None else mandate.sun_number,
    )
    return Reading(payment, mandate, standing, unpaid)


def as_known(standing: Standing) -> UnpaidPayment:
    """The payment as the journal knows it, its mandate taken for live: only a reading can tell."""
    item, first = standing.item, standing.first
    # What presents another one again is no first presentation, though it does not say whose.
    first_known = standing.missing is None and first.payment_type != PaymentType.REPRESENT
    return UnpaidPayment(
        payment=item.id,
        status=item.status,
        amount_pence=item.amount_pence,
        code=item.bacs_code,
        collected_on=item.due_on,
        mandate=item.mandate,
        mandate_status=MandateStatus.ONGOING_COLLECTION,
        sun=None,
        first=first.id,
        first_collected_on=first.due_on if first_known else None,
        first_amount_pence=first.amount_pence,
        times_presented_again=standing.times_presented_again,
        presented_again_by=standing.presented_again_by,
        times_refused=standing.times_refused,
        refused_in=standing.refused_in,
        mandate_under_claim=standing.mandate_under_claim,
        refund_held_pence=standing.refund_held_pence,
    )


def _lost(proposal: Proposal) -> NotPresentable:
    return PresentedAlready(
        proposal.unpaid,
        "another plan took it in the same moment; see "
        f"`smarterpay represent chain {proposal.unpaid.payment}`",
    )
