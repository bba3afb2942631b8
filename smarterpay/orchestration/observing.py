"""Tells the ledger what was just read of payments, credits and card payments; reads nothing."""

import logging
from collections.abc import Iterable, Sequence
from datetime import date

from smarterpay.api.models.credit import Credit
from smarterpay.api.models.payment import Payment
from smarterpay.api.models.transaction import Transaction
from smarterpay.journal.ledger import SEEN_AT_ONCE, Doubt, Seen
from smarterpay.money.accounts import ItemKind
from smarterpay.orchestration.runtime import Runtime

_log = logging.getLogger("smarterpay.ledger")

#: Starts of a card payment's `payment_type` that reserve or verify and take nothing (section 8).
_RESERVING = ("deferred", "authenticate")
_RELEASING = ("deferredrelease", "authoriserelease")


def seen_payment(
    payment: Payment, *, asked_on: date | None = None, batch_id: str | None = None
) -> Seen:
    """A payment of the Cloud API, Direct Debit or card (reference, section 7.7).

    `asked_on` is the collection date that was asked for, `batch_id` the batch that asked.
    """
    kind = _card_kind(payment.payment_type) if payment.card_id else ItemKind.DIRECT_DEBIT
    return Seen(
        id=payment.id,
        kind=kind,
        status=str(payment.status),
        amount_pence=payment.amount or 0,
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
    )


def seen_credit(
    credit: Credit,
    *,
    asked_on: date | None = None,
    batch_id: str | None = None,
    repays: str | None = None,
    customer: str | None = None,
) -> Seen:
    """A Bacs credit (section 7.10); `repays` is the payment it gives back, where it does."""
    return Seen(
        id=credit.id,
        kind=ItemKind.CREDIT,
        status=str(credit.status),
        amount_pence=credit.amount or 0,
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
    )


def seen_transaction(
    transaction: Transaction, *, customer: str | None = None, batch_id: str | None = None
) -> Seen:
    """A card payment as the card host answers it (section 8); amounts in pence, pounds only."""
    return Seen(
        id=transaction.id,
        kind=_card_kind(transaction.payment_type),
        status=str(transaction.status),
        amount_pence=transaction.amount or 0,
        reference=transaction.custom_reference or None,
        customer=customer,
        card=transaction.card_id or None,
        related_item=transaction.related_payment_id or None,
        payment_type=transaction.payment_type or None,
        created_at=transaction.created_at,
        batch_id=batch_id,
    )


async def see(runtime: Runtime, records: Iterable[Seen]) -> Sequence[Doubt]:
    """Have the ledger enter what was just read; what contradicts it is logged and given back."""
    journal = runtime.journal
    doubts: list[Doubt] = []
    told = list(records)
    for start in range(0, len(told), SEEN_AT_ONCE):
        some = told[start : start + SEEN_AT_ONCE]
        doubts += await journal.database.run(journal.ledger.see, some, journal.clock.now())
    for doubt in doubts:
        _log.warning(
            "ledger doubt item=%s known=%s told=%s: %s",
            doubt.item_id,
            doubt.known,
            doubt.told,
            doubt.why,
        )
    return doubts


def _card_kind(payment_type: object) -> ItemKind:
    word = str(payment_type or "").replace(" ", "").lower()
    if word == "refund":
        return ItemKind.CARD_REFUND
    if word.startswith(_RESERVING) and word not in _RELEASING:
        return ItemKind.RESERVATION
    return ItemKind.CARD
