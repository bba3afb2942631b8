"""An event as both versions of webhooks tell it (section 9); knows no body and no subscription."""

from dataclasses import dataclass

from smarterpay.bacs import BankAccountState, CreditStatus, MandateStatus, PaymentStatus
from smarterpay.sandbox.books.changes import CREATE
from smarterpay.sandbox.platform import Platform

TEST_ID = "0"
"""The id of an event that only tests the receiver (section 9, "test message")."""

ARUDD, ARRUD = "ARUDD", "ARRUD"
_MONEY = frozenset({"payment", "credit"})
ENDED_MANDATES = (
    MandateStatus.CANCELLED,
    MandateStatus.CANCELLED_BY_PAYER,
    MandateStatus.CANCELLED_BY_ORIGINATOR,
    MandateStatus.EXPIRED,
)
_STATE_TEXTS = {
    ("payment", PaymentStatus.FAILED.value): "payment failed",
    ("payment", PaymentStatus.CANCELLED.value): "payment cancelled",
    ("payment", PaymentStatus.INDEMNITY_CLAIMED.value): "indemnity debit applied",
    ("credit", CreditStatus.FAILED.value): "credit failed",
    ("credit", CreditStatus.CANCELLED.value): "credit cancelled",
    ("credit", CreditStatus.SUCCESSFUL.value): "credit settled",
    **{
        ("mandate", status.value): "mandate is no longer available for collections"
        for status in ENDED_MANDATES
    },
    ("bank_account", BankAccountState.DISABLED.value): "bank account is disabled",
}
_NAMES = {
    "bank_account": "Bank Account",
    "mandate": "Mandate",
    "payment": "Payment",
    "credit": "Credit",
    "card_payment": "Card Payment",
    "customer_account": "Customer Account",
    "recurrence_schedule": "Recurrence Schedule",
}


@dataclass(frozen=True, slots=True)
class Event:
    """What happened: `name.action` by `source`; `description` is version 1's own, or empty.

    `event_id` is the id of version 2, the same for every subscription.
    """

    event_id: str
    name: str
    action: str
    source: str
    description: str = ""

    @property
    def event_type(self) -> str:
        """The kind as version 2 prints it and as subscriptions tick it."""
        return f"{self.name}.{self.action}"


def describe(event: Event, state: str) -> str:
    """The `description` of version 1: as given, by the record's new state, or by the source.

    The plain form is that of `API - Card Payment inserted` (section 9, "descriptions").
    """
    if event.description:
        return event.description
    told = _STATE_TEXTS.get((event.name, state))
    # A new mandate or account is entered whatever its state; new money can be cancelled at once.
    if told and (event.action != CREATE or event.name in _MONEY):
        return told
    done = "inserted" if event.action == CREATE else "updated"
    return f"{event.source} - {_NAMES[event.name]} {done}"


def reason_code(platform: Platform, code: str) -> str:
    """A Bacs code as this client gets it (section 9, "Reason code spelling")."""
    if platform.settings.arrud_misspelling and code.startswith(ARUDD):
        return ARRUD + code.removeprefix(ARUDD)
    return code
