"""Where every pence of a payment, credit or card payment stands, by its status; moves nothing.

An item is in one account at a time, the one its status names. Collecting moves it from BILLED
towards BANK or CARD_RECEIPTS; repaying moves it from one of these towards REPAYMENTS. What a
status says is the reference's (section 11); the accounts are ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from smarterpay.bacs import CREDIT, PAYMENT, CreditStatus, LifeCycle, PaymentStatus
from smarterpay.bacs.service_life_cycles import CARD_PAYMENT, CardPaymentStatus


class Account(StrEnum):
    """One place where money, or the right to it, can stand."""

    BILLED = "billed"  # what was ever asked of payers; its balance is negative
    TO_COLLECT = "to_collect"  # pending submission
    IN_BACS = "in_bacs"  # submitted, not settled
    AT_GATEWAY = "at_gateway"  # a card payment without a result
    BANK = "bank"  # settled Direct Debits, less settled credits
    CARD_RECEIPTS = "card_receipts"  # charged cards, less card refunds
    UNPAID = "unpaid"  # returned, and neither collected again nor given up
    DECLINED = "declined"  # a card the gateway did not charge
    CANCELLED = "cancelled"
    CLAIMED_BACK = "claimed_back"  # indemnity claims (DDICA)
    REPAYMENTS = "repayments"  # what was ever ordered to be paid back
    TO_REPAY = "to_repay"
    REPAY_IN_BACS = "repay_in_bacs"
    REPAY_FAILED = "repay_failed"
    REPAY_CANCELLED = "repay_cancelled"


class ItemKind(StrEnum):
    """What sort of record an item is; a kind has one life cycle and one row of accounts."""

    DIRECT_DEBIT = "direct_debit"
    CARD = "card"  # a charge: a sale, a repeat, a release
    RESERVATION = "card_reservation"  # deferred or authenticated: no money has moved
    CREDIT = "credit"
    CARD_REFUND = "card_refund"


@dataclass(frozen=True, slots=True)
class Books:
    """How items of one kind are kept: their life cycle, their accounts, where they come from.

    `outward` items are money we pay: their moves are entered the other way round.
    """

    life_cycle: LifeCycle[Any, Any]
    accounts: Mapping[StrEnum, Account]
    source: Account
    outward: bool = False


_P, _C, _K = PaymentStatus, CreditStatus, CardPaymentStatus

BOOKS: Mapping[ItemKind, Books] = {
    ItemKind.DIRECT_DEBIT: Books(
        PAYMENT,
        {
            _P.PENDING_SUBMISSION: Account.TO_COLLECT,
            _P.SUBMITTED: Account.IN_BACS,
            _P.SUCCESSFUL: Account.BANK,
            _P.FAILED: Account.UNPAID,
            _P.CANCELLED: Account.CANCELLED,
            _P.INDEMNITY_CLAIMED: Account.CLAIMED_BACK,
        },
        Account.BILLED,
    ),
    ItemKind.CARD: Books(
        CARD_PAYMENT,
        {
            _K.PENDING: Account.AT_GATEWAY,
            _K.SUCCESSFUL: Account.CARD_RECEIPTS,
            _K.FAILED: Account.DECLINED,
            _K.CANCELLED: Account.CANCELLED,
            _K.ERROR: Account.DECLINED,
        },
        Account.BILLED,
    ),
    ItemKind.CREDIT: Books(
        CREDIT,
        {
            _C.PENDING_SUBMISSION: Account.TO_REPAY,
            _C.SUBMITTED: Account.REPAY_IN_BACS,
            _C.SUCCESSFUL: Account.BANK,
            _C.FAILED: Account.REPAY_FAILED,
            _C.CANCELLED: Account.REPAY_CANCELLED,
        },
        Account.REPAYMENTS,
        outward=True,
    ),
    ItemKind.CARD_REFUND: Books(
        CARD_PAYMENT,
        {
            _K.PENDING: Account.TO_REPAY,
            _K.SUCCESSFUL: Account.CARD_RECEIPTS,
            _K.FAILED: Account.REPAY_FAILED,
            _K.CANCELLED: Account.REPAY_CANCELLED,
            _K.ERROR: Account.REPAY_FAILED,
        },
        Account.REPAYMENTS,
        outward=True,
    ),
}
"""A reservation has no books: nothing is taken until a release, which is an item of its own."""

LIFE_CYCLES: Mapping[ItemKind, LifeCycle[Any, Any]] = {
    **{kind: books.life_cycle for kind, books in BOOKS.items()},
    ItemKind.RESERVATION: CARD_PAYMENT,
}
"""Which statuses an item of each kind can be in, and the ways between them (section 11)."""
