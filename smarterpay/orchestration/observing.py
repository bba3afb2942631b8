"""Tells the ledger what was just read of payments, credits and card payments; reads nothing."""

import logging
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from smarterpay.api.models.credit import Credit
from smarterpay.api.models.payment import DIRECT_DEBIT, Payment, PaymentType
from smarterpay.api.models.transaction import Transaction
from smarterpay.journal.ledger import SEEN_AT_ONCE, Doubt, Seen, TakenIn
from smarterpay.journal.refunds import NOT_PAID_BACK
from smarterpay.money.accounts import ItemKind
from smarterpay.orchestration.runtime import Runtime

_log = logging.getLogger("smarterpay.ledger")

#: What a card payment is by its `payment_type`, spelt without blanks and in small letters
#: (section 8). The set is the provider's to grow: what another word means is not guessed.
_CHARGES = frozenset({"moto", "ecommerce", "repeat", "deferredrelease", "authoriserelease"})
_RESERVATIONS = frozenset(
    {"deferredmoto", "deferredecommerce", "authenticatemoto", "authenticateecommerce"}
)
_REFUND = "refund"
#: The answer to these tells of the operation, under the id of the payment that was reversed.
_REVERSALS = frozenset({"void", "deferredcancel"})


def seen_payment(
    payment: Payment,
    *,
    asked_on: date | None = None,
    batch_id: str | None = None,
    read_at: datetime | None = None,
) -> Seen:
    """A payment of the Cloud API, Direct Debit or card (reference, section 7.7).

    `asked_on` is the collection date that was asked for, `batch_id` the batch that asked.
    """
    return Seen(
        id=payment.id,
        kind=_payment_kind(payment),
        status=_status(payment.status),
        amount_pence=payment.amount,
        currency=payment.currency_code or None,
        reference=payment.custom_reference or None,
        customer=payment.customer_account or None,
        mandate=payment.mandate or None,
        card=payment.card_id or None,
        schedule=payment.recurrence_schedule or None,
        related_item=payment.related_payment or None,
        payment_type=None if payment.payment_type is None else str(payment.payment_type),
        due_on=payment.collection_date,
        asked_on=asked_on,
        bacs_code=payment.bacs_code or None,
        created_at=payment.created_at,
        batch_id=batch_id,
        read_at=read_at,
    )


def seen_credit(
    credit: Credit,
    *,
    asked_on: date | None = None,
    batch_id: str | None = None,
    repays: str | None = None,
    customer: str | None = None,
    read_at: datetime | None = None,
) -> Seen:
    """A Bacs credit (section 7.10); `repays` is the payment it gives back, where it does."""
    return Seen(
        id=credit.id,
        kind=ItemKind.CREDIT,
        status=_status(credit.status),
        amount_pence=credit.amount,
        reference=credit.reference or None,
        customer=customer,
        mandate=credit.mandate or None,
        bank_account=credit.bank_account or None,
        related_item=repays,
        due_on=credit.credit_date,
        asked_on=asked_on,
        bacs_code=credit.bacs_code or None,
        created_at=credit.created_at,
        batch_id=batch_id,
        read_at=read_at,
    )


def seen_transaction(
    transaction: Transaction,
    *,
    customer: str | None = None,
    batch_id: str | None = None,
    read_at: datetime | None = None,
) -> Seen:
    """A card payment as the card host answers it (section 8).

    Not the answer to a Void or a DeferredCancel, which tells of the operation under the id of the
    payment that was reversed: read the payment then. Told all the same, it is a doubt.
    """
    status = _status(transaction.status)
    if _folded(transaction.payment_type) in _REVERSALS:
        return Seen(transaction.id, None, f"{transaction.payment_type} {status}", None)
    return Seen(
        id=transaction.id,
        kind=_card_kind(transaction.payment_type),
        status=status,
        amount_pence=transaction.amount,
        currency=transaction.currency_code or None,
        reference=transaction.custom_reference or None,
        customer=customer,
        card=transaction.card_id or None,
        related_item=transaction.related_payment_id or None,
        payment_type=transaction.payment_type or None,
        created_at=transaction.created_at,
        batch_id=batch_id,
        read_at=read_at,
    )


async def see(runtime: Runtime, records: Iterable[Seen]) -> Sequence[Doubt]:
    """Have the ledger enter what was just read; what contradicts it is logged and given back."""
    return (await take_in(runtime, records)).doubts


async def take_in(runtime: Runtime, records: Iterable[Seen]) -> TakenIn:
    """As `see`, with the numbers of new and changed items; a page is one transaction."""
    journal = runtime.journal
    new, changed = 0, 0
    doubts: list[Doubt] = []
    told = list(records)
    for start in range(0, len(told), SEEN_AT_ONCE):
        some = told[start : start + SEEN_AT_ONCE]
        page = await journal.database.run(journal.ledger.see, some, journal.clock.now())
        new, changed = new + page.new, changed + page.changed
        doubts += page.doubts
        undone = [record.id for record in some if record.status in NOT_PAID_BACK]
        if undone:  # a credit that was returned, say: its payment can be refunded again
            await journal.database.run(journal.refunds.release_undone, journal.clock.now(), undone)
    for doubt in doubts:
        _log.warning(
            "ledger doubt item=%s known=%s: %s; `smarterpay ledger check` lists it",
            doubt.item_id,
            doubt.known,
            doubt.why,
        )
    return TakenIn(new, changed, doubts)


def _payment_kind(payment: Payment) -> ItemKind | None:
    """A Direct Debit says so itself: an absent card proves nothing (section 5)."""
    card = _card_kind(payment.payment_type)
    if card is not None or payment.card_id:
        return card
    is_debit = payment.mandate or payment.auddis or payment.record_type == DIRECT_DEBIT
    if is_debit or payment.payment_type in set(PaymentType):
        return ItemKind.DIRECT_DEBIT
    return None


def _card_kind(payment_type: object) -> ItemKind | None:
    """None where the word is absent or unknown: known items keep their kind, new ones wait."""
    word = _folded(payment_type)
    if word in _CHARGES:
        return ItemKind.CARD
    if word in _RESERVATIONS:
        return ItemKind.RESERVATION
    return ItemKind.CARD_REFUND if word == _REFUND else None


def _folded(payment_type: object) -> str:
    return str(payment_type or "").replace(" ", "").replace("_", "").lower()


def _status(status: object) -> str:
    return "" if status is None else str(status)
