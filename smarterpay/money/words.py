"""What accounts and entries are called where finance reads of them; knows no figure."""

from collections.abc import Mapping

from smarterpay.money.accounts import Account, ItemKind
from smarterpay.money.moves import AMENDED, EXPECTED, PRESENTED_AGAIN

ACCOUNT_WORDS: Mapping[Account, str] = {
    Account.BILLED: "Billed",
    Account.TO_COLLECT: "To be collected",
    Account.IN_BACS: "In Bacs",
    Account.AT_GATEWAY: "At the card gateway",
    Account.BANK: "Bank",
    Account.CARD_RECEIPTS: "Card receipts",
    Account.UNPAID: "Unpaid",
    Account.DECLINED: "Cards declined",
    Account.CANCELLED: "Cancelled or voided",
    Account.CLAIMED_BACK: "Claimed back (DDICA)",
    Account.REPAYMENTS: "Repayments ordered",
    Account.TO_REPAY: "To be repaid",
    Account.REPAY_IN_BACS: "Repayments in Bacs",
    Account.REPAY_FAILED: "Repayments returned",
    Account.REPAY_CANCELLED: "Repayments cancelled",
}
KIND_WORDS: Mapping[ItemKind, str] = {
    ItemKind.DIRECT_DEBIT: "Direct Debit",
    ItemKind.CARD: "Card payment",
    ItemKind.RESERVATION: "Card reservation",
    ItemKind.CREDIT: "Bacs credit",
    ItemKind.CARD_REFUND: "Card refund",
}

_PLAIN: Mapping[str, str] = {
    EXPECTED: "expected",
    PRESENTED_AGAIN: "known to be presented again",
    AMENDED: "amount changed",
    "submitted": "submitted",
    "successful": "settled",
    "failed": "failed",
    "cancelled": "cancelled",
    "error": "not processed",
    "indemnity_claimed": "claimed back",
}
#: Where the account that is left, or the kind, says more than the status.
_BY_ACCOUNT: Mapping[tuple[str, Account], str] = {
    (EXPECTED, Account.UNPAID): "presented again",
    (EXPECTED, Account.REPAYMENTS): "refund ordered",
    ("successful", Account.CLAIMED_BACK): "claim won back",
    ("failed", Account.CLAIMED_BACK): "claim lost",
    ("cancelled", Account.CARD_RECEIPTS): "voided",
}
_BY_KIND: Mapping[tuple[str, ItemKind], str] = {
    ("successful", ItemKind.CARD): "charged",
    ("successful", ItemKind.CREDIT): "refunded",
    ("successful", ItemKind.CARD_REFUND): "refunded",
    ("failed", ItemKind.DIRECT_DEBIT): "returned unpaid",
    ("failed", ItemKind.CARD): "declined",
    ("failed", ItemKind.CREDIT): "refund returned",
    ("failed", ItemKind.CARD_REFUND): "refund declined",
    ("cancelled", ItemKind.CREDIT): "refund cancelled",
    ("cancelled", ItemKind.CARD_REFUND): "refund cancelled",
}
#: In this order events are told: as money passes through them.
EVENT_ORDER = tuple(_PLAIN)


def event_in_words(kind: ItemKind, event: str, left: Account) -> str:
    """What happened to money of that kind that left the account `left`."""
    return _BY_ACCOUNT.get((event, left)) or _BY_KIND.get((event, kind)) or _PLAIN[event]
