"""Chooses the way a payment is paid back, or says why it is not; knows no record and no call.

Each refusal is an error of its own that names the payment and says what to do; none of them holds
anything personal. What a rail may do is the reference's (sections 7.7, 7.10, 8 and 11).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, Final

from smarterpay.bacs import LONDON, BankingCalendar, PaymentStatus, london_date
from smarterpay.bacs.service_life_cycles import CardPaymentStatus
from smarterpay.money.accounts import ItemKind
from smarterpay.money.pounds import in_pounds

#: A card payment clears on the banking day after its success, at this London time (section 8).
CARD_CLEARING_TIME = time(6, 0)
#: Banking days from the collection date until a debit counts as settled (section 12).
SETTLING_DAYS = 3


class Rail(StrEnum):
    """The way the money goes back."""

    VOID = "void"
    CARD_REFUND = "card_refund"
    CANCEL_DEFERRED = "cancel_deferred"
    CREDIT = "credit"
    CANCEL_PAYMENT = "cancel_payment"


class Deed(StrEnum):
    """What a refund is asked for as, where that is said; it then takes no other rail."""

    CANCEL = "cancel"
    VOID = "void"
    REFUND = "refund"


RAILS_OF: Final[Mapping[Deed, frozenset[Rail]]] = MappingProxyType(
    {
        Deed.CANCEL: frozenset({Rail.CANCEL_DEFERRED}),
        Deed.VOID: frozenset({Rail.VOID}),
        Deed.REFUND: frozenset({Rail.VOID, Rail.CARD_REFUND}),
    }
)
"""The rails that each deed may take."""

CALLS: Final[Mapping[Rail, int]] = MappingProxyType(
    {
        Rail.VOID: 3,  # read the payment, void it, read what became of it
        Rail.CARD_REFUND: 2,
        Rail.CANCEL_DEFERRED: 3,
        Rail.CREDIT: 4,  # read payment, mandate and bank account, create the credit
        Rail.CANCEL_PAYMENT: 2,
    }
)
"""Provider calls that a refund costs when nothing has to be repeated."""

WORDS: Final[Mapping[Rail, str]] = MappingProxyType(
    {
        Rail.VOID: "void of the card payment",
        Rail.CARD_REFUND: "refund to the card",
        Rail.CANCEL_DEFERRED: "reservation cancelled",
        Rail.CREDIT: "Bacs credit to the payer",
        Rail.CANCEL_PAYMENT: "Direct Debit cancelled before submission",
    }
)
"""What people call each rail."""


class RefundRefused(Exception):
    """Base of every refusal: nothing is paid back.

    `slug` is its word for machines, `payment` the payment's id (or the reference it was asked
    for by); the text says what is wrong and what to do.
    """

    slug: ClassVar[str]

    def __init__(self, payment: str, text: str) -> None:
        self.payment = payment
        super().__init__(text)


class NotAPayment(RefundRefused):
    """The record is money paid out, not a payment that was taken."""

    slug = "not-a-payment"


class AlreadyRefunded(RefundRefused):
    """All of the payment is refunded, or about to be."""

    slug = "already-refunded"

    def __init__(self, payment: str, amount_pence: int) -> None:
        self.amount_pence = amount_pence
        super().__init__(
            payment,
            f"all {in_pounds(amount_pence)} of {payment} is refunded or about to be; "
            "nothing is left to pay back",
        )


class RefundExceedsWhatIsLeft(RefundRefused):
    """More is asked for than no refund holds yet."""

    slug = "refund-exceeds-what-is-left"

    def __init__(self, payment: str, asked_pence: int, left_pence: int) -> None:
        self.asked_pence, self.left_pence = asked_pence, left_pence
        super().__init__(
            payment,
            f"{in_pounds(asked_pence)} is asked for and {in_pounds(left_pence)} of {payment} is "
            "left; ask for that or less",
        )


class NotYetSettled(RefundRefused):
    """The money is on its way; `until` is the London date to ask again on, where it is known."""

    slug = "not-yet-settled"

    def __init__(self, payment: str, why: str, until: date | None, then: str) -> None:
        self.until = until
        day = "when it has its result" if until is None else f"on {until:%d %B %Y}"
        super().__init__(payment, f"{payment} {why}; ask again {day}{then}")


class PartCannotBeCancelled(RefundRefused):
    """Nothing was taken yet, and what is asked for is less than all of it."""

    slug = "part-cannot-be-cancelled"


class PaymentFailed(RefundRefused):
    """Nothing was taken: the payment was returned or declined."""

    slug = "payment-failed"


class PaymentCancelled(RefundRefused):
    """Nothing was taken, or it was given back already: the payment is cancelled."""

    slug = "payment-cancelled"


class NothingWasTaken(RefundRefused):
    """The payment is for nothing: a payment break, or a card that was only verified."""

    slug = "nothing-was-taken"


class AlreadyReleased(RefundRefused):
    """The reservation was released: the money was taken by another payment, `released_by`."""

    slug = "already-released"

    def __init__(self, payment: str, released_by: str | None) -> None:
        self.released_by = released_by
        taken = f"payment {released_by}" if released_by else "the payment that released it"
        super().__init__(
            payment, f"{payment} is a reservation and was released; refund {taken} instead"
        )


class UnderIndemnityClaim(RefundRefused):
    """The payer has claimed the money back from the bank (DDICA), or has got it that way."""

    slug = "under-indemnity-claim"

    def __init__(self, payment: str) -> None:
        super().__init__(
            payment,
            f"the payer claimed {payment} back from the bank (DDICA) and would be paid twice; "
            "refund it only if a challenge is won, when it is successful again",
        )


class PayerAccountUnknown(RefundRefused):
    """The provider's records do not say which account the Direct Debit was collected from."""

    slug = "payer-account-unknown"


class PayerAccountChanged(RefundRefused):
    """A report has changed the mandate's account: it may be another's by now."""

    slug = "payer-account-changed"

    def __init__(self, payment: str, sign: str) -> None:
        self.sign = sign
        super().__init__(
            payment,
            f"the account that {payment} was collected from has changed ({sign}); ask the payer "
            "which account to pay, and pay it by hand",
        )


class BankAccountDisabled(RefundRefused):
    """The payer's bank account is disabled: nothing can be paid to it."""

    slug = "bank-account-disabled"


class CreditsNotAllowed(RefundRefused):
    """The payer's bank account takes no credits."""

    slug = "credits-not-allowed"


class CardNotUsable(RefundRefused):
    """The payment is not on a card that can be paid, in pounds."""

    slug = "card-not-usable"


class GatewayHasLess(RefundRefused):
    """The gateway has less left of the payment than this journal knows of."""

    slug = "gateway-has-less"


class VoidDeclined(RefundRefused):
    """The gateway does not void the payment: it has cleared, or no gateway of its kind does."""

    slug = "void-declined"


class NotCancelled(RefundRefused):
    """The provider does not cancel the Direct Debit: it is no longer pending."""

    slug = "not-cancelled"


class AnotherRail(RefundRefused):
    """The payment's state asks for another deed than is asked for; `rail` is what it allows."""

    slug = "another-rail"

    def __init__(self, payment: str, deed: Deed, rail: Rail, why: str) -> None:
        self.rail = rail
        super().__init__(
            payment,
            f"{payment} cannot be taken back by a {deed}: {why}. `smarterpay refund` does it by "
            f"{WORDS[rail]}",
        )


class PaymentNotFound(RefundRefused):
    """The provider has no such payment."""

    slug = "payment-not-found"


class PaymentAmbiguous(RefundRefused):
    """More than one payment stands under the merchant's reference; `payments` are their ids."""

    slug = "payment-ambiguous"

    def __init__(self, reference: str, payments: Sequence[str]) -> None:
        self.payments = tuple(payments)
        some = ", ".join(self.payments[:5])
        super().__init__(
            reference, f"{len(payments)} payments are called {reference} ({some}); name one by id"
        )


class AmountNotApproved(RefundRefused):
    """All that is left is asked for, and may be more than was approved for it."""

    slug = "amount-not-approved"

    def __init__(self, payment: str, amount_pence: int, approved_pence: int) -> None:
        self.amount_pence, self.approved_pence = amount_pence, approved_pence
        super().__init__(
            payment,
            f"{payment} is for {in_pounds(amount_pence)}, and {in_pounds(approved_pence)} was "
            "known of it when the batch was planned; stage it again, with its amount",
        )


class ReferenceInUse(RefundRefused):
    """The refund's reference stands for something else that was sent to the provider."""

    slug = "reference-in-use"


class StatusNotKnown(RefundRefused):
    """The provider calls the payment's state by a word that we do not know."""

    slug = "status-not-known"


@dataclass(frozen=True, slots=True)
class PayerAccount:
    """What is known of the account that a Direct Debit was collected from; no detail of it.

    `change` is the sign of a change by a report, such as `ADDACSE`; None where there is none.
    """

    enabled: bool
    credits_allowed: bool
    change: str | None = None


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """What the choice rests on; pence, aware instants, London dates.

    `left_pence` is what no refund holds; `asked_pence` None means all of that. `made_at` is when
    the provider made the payment, the earliest it can have been taken. `released_pence` is what
    releases took of a reservation, or are about to. `account` is that of a collected Direct
    Debit.
    """

    payment: str
    kind: ItemKind
    status: str
    amount_pence: int
    left_pence: int
    asked_pence: int | None
    made_at: datetime | None
    collected_on: date | None
    payment_type: str | None = None
    card: str | None = None
    was_claimed: bool = False
    released_by: str | None = None
    released_pence: int = 0
    account: PayerAccount | None = None
    presented_again_by: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """The rail, the pence that go back on it, and why this one."""

    rail: Rail
    amount_pence: int
    why: str


def choose_rail(
    facts: RefundFacts, now: datetime, calendar: BankingCalendar, deed: Deed | None = None
) -> Choice:
    """The one rail for these facts at the instant `now`; raises a `RefundRefused`.

    `deed` is what is asked for, where it is not simply the money back: only a cancellation gives
    up a card that was verified.
    """
    choice = _choice(facts, now, calendar, is_cancellation=deed is Deed.CANCEL)
    if deed is not None and choice.rail not in RAILS_OF[deed]:
        raise AnotherRail(facts.payment, deed, choice.rail, choice.why)
    return choice


def _choice(
    facts: RefundFacts, now: datetime, calendar: BankingCalendar, *, is_cancellation: bool
) -> Choice:
    if facts.kind in (ItemKind.CREDIT, ItemKind.CARD_REFUND):
        raise NotAPayment(
            facts.payment, f"{facts.payment} is money paid out; name the payment that was taken"
        )
    if facts.amount_pence == 0:
        raise NothingWasTaken(facts.payment, f"{facts.payment} is for £0.00; nothing was taken")
    if facts.left_pence <= 0:
        raise AlreadyRefunded(facts.payment, facts.amount_pence)
    match facts.kind:
        case ItemKind.DIRECT_DEBIT:
            return _of_direct_debit(facts, calendar)
        case ItemKind.CARD:
            return _of_card(facts, now, calendar)
        case _:
            return _of_reservation(facts, is_cancellation=is_cancellation)


def card_clears_at(made_at: datetime, calendar: BankingCalendar) -> datetime:
    """When a card payment of that instant clears at the earliest (section 8, "Clearing").

    It may have succeeded later than it was made: until then it has certainly not cleared.
    """
    day = calendar.next_after(london_date(made_at))
    return datetime.combine(day, CARD_CLEARING_TIME, LONDON)


def is_settled_debit(facts: RefundFacts) -> bool:
    """Whether the choice rests on the payer's account, which has to be read for it."""
    return facts.kind is ItemKind.DIRECT_DEBIT and facts.status == PaymentStatus.SUCCESSFUL


def _of_direct_debit(facts: RefundFacts, calendar: BankingCalendar) -> Choice:
    match facts.status:
        case PaymentStatus.PENDING_SUBMISSION:
            _must_be_all(facts, "it is not submitted yet; amend its amount instead")
            return Choice(
                Rail.CANCEL_PAYMENT,
                facts.left_pence,
                "the Direct Debit is not submitted yet, so it is cancelled and not collected",
            )
        case PaymentStatus.SUBMITTED:
            raise NotYetSettled(
                facts.payment,
                "is submitted to Bacs and not settled",
                _settles_on(facts, calendar),
                "",
            )
        case PaymentStatus.SUCCESSFUL:
            return _credit(facts)
        case PaymentStatus.INDEMNITY_CLAIMED:
            raise UnderIndemnityClaim(facts.payment)
    raise _not_taken(facts)


def _credit(facts: RefundFacts) -> Choice:
    """A Bacs credit to the payer's account, which has to be the one it was collected from."""
    account = facts.account
    if account is None:
        raise PayerAccountUnknown(
            facts.payment,
            f"the records do not say which account {facts.payment} was collected from; pay the "
            "payer by hand",
        )
    amount = _amount(facts)
    if not account.enabled:
        raise BankAccountDisabled(
            facts.payment,
            f"the bank account that {facts.payment} was collected from is disabled; ask the payer "
            "which account to pay, and pay it by hand",
        )
    if account.change is not None:
        raise PayerAccountChanged(facts.payment, account.change)
    if not account.credits_allowed:
        raise CreditsNotAllowed(
            facts.payment,
            f"the bank account that {facts.payment} was collected from takes no credits; ask the "
            "payer which account to pay, and pay it by hand",
        )
    on = "" if facts.collected_on is None else f" on {facts.collected_on:%d %B %Y}"
    why = f"the Direct Debit was collected{on}, so the payer's bank account is credited"
    return Choice(Rail.CREDIT, amount, why)


def _of_card(facts: RefundFacts, now: datetime, calendar: BankingCalendar) -> Choice:
    if facts.status == CardPaymentStatus.PENDING:
        raise NotYetSettled(facts.payment, "has no result from the gateway yet", None, "")
    if facts.status != CardPaymentStatus.SUCCESSFUL:
        raise _not_taken(facts)
    if not facts.card:
        raise CardNotUsable(
            facts.payment, f"the records name no card for {facts.payment}; refund it by hand"
        )
    amount = _amount(facts)
    clears = None if facts.made_at is None else card_clears_at(facts.made_at, calendar)
    if clears is None or now >= clears:
        why = "the card payment has had its day to clear, so the card is refunded"
        return Choice(Rail.CARD_REFUND, amount, why)
    if amount < facts.amount_pence:
        raise NotYetSettled(
            facts.payment,
            "has not cleared, and only all of it can be given back before",
            clears.date(),
            f" after {CARD_CLEARING_TIME:%H:%M}",
        )
    why = f"the card payment does not clear before {clears:%d %B %Y %H:%M}, so it is voided"
    return Choice(Rail.VOID, amount, why)


def _of_reservation(facts: RefundFacts, *, is_cancellation: bool) -> Choice:
    """A deferred or authenticated card payment: reserved or verified, nothing taken (section 8)."""
    if facts.status == CardPaymentStatus.PENDING:
        raise NotYetSettled(facts.payment, "has no result from the gateway yet", None, "")
    if facts.status != CardPaymentStatus.SUCCESSFUL:
        raise _not_taken(facts)
    kind = _word(facts.payment_type)
    is_given_up = is_cancellation and kind.startswith("authenticate")
    rest = facts.left_pence - facts.released_pence
    # What is verified is released in parts: the rest of it can still be given up.
    if facts.released_by is not None and (not is_given_up or rest <= 0):
        raise AlreadyReleased(facts.payment, facts.released_by)
    if not kind.startswith("deferred") and not is_given_up:
        raise NothingWasTaken(
            facts.payment,
            f"{facts.payment} only verified the card; nothing is reserved or taken. `smarterpay "
            "card cancel` gives up what could still be charged",
        )
    if not facts.card:
        raise CardNotUsable(
            facts.payment, f"the records name no card for {facts.payment}; cancel it by hand"
        )
    if is_given_up:
        if facts.asked_pence not in (None, rest):
            raise PartCannotBeCancelled(
                facts.payment, f"{facts.payment}: it is given up as a whole; name no amount"
            )
        return Choice(
            Rail.CANCEL_DEFERRED,
            rest,
            "the card is only verified, so what could still be charged to it is given up",
        )
    _must_be_all(facts, "it is only reserved; release the rest instead, and the part returns")
    return Choice(
        Rail.CANCEL_DEFERRED,
        facts.left_pence,
        "the amount is only reserved on the card, so the reservation is cancelled",
    )


def _must_be_all(facts: RefundFacts, otherwise: str) -> None:
    if _amount(facts) < facts.amount_pence:
        raise PartCannotBeCancelled(facts.payment, f"{facts.payment}: {otherwise}")


def _amount(facts: RefundFacts) -> int:
    asked = facts.left_pence if facts.asked_pence is None else facts.asked_pence
    if asked > facts.left_pence:
        raise RefundExceedsWhatIsLeft(facts.payment, asked, facts.left_pence)
    return asked


def _not_taken(facts: RefundFacts) -> RefundRefused:
    """Why a payment of a final status has nothing to give back."""
    payment = facts.payment
    match facts.status:
        case PaymentStatus.FAILED if facts.was_claimed:
            return UnderIndemnityClaim(payment)
        case PaymentStatus.FAILED if facts.presented_again_by is not None:
            return PaymentFailed(
                payment,
                f"{payment} failed: nothing was taken by it; {facts.presented_again_by} presents "
                "it again, refund that one",
            )
        case PaymentStatus.FAILED | CardPaymentStatus.ERROR:
            return PaymentFailed(payment, f"{payment} failed: nothing was taken to be paid back")
        case PaymentStatus.CANCELLED:
            return PaymentCancelled(
                payment, f"{payment} is cancelled: nothing is taken that could be paid back"
            )
    return StatusNotKnown(
        payment, f"the state of {payment} is one we do not know; look at it in the portal"
    )


def _settles_on(facts: RefundFacts, calendar: BankingCalendar) -> date | None:
    if facts.collected_on is None:
        return None
    return calendar.plus(facts.collected_on, SETTLING_DAYS)


def _word(payment_type: str | None) -> str:
    return (payment_type or "").replace(" ", "").lower()
