"""What a DDICA challenge report does to the claimed payment (section 10); knows no request."""

from collections.abc import Mapping

from smarterpay.bacs import PaymentEvent
from smarterpay.sandbox.books.changes import Source, change, move, state_after
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.items import Payment

STATUS_REPORT = "status report"
"""The separate DDICA status report: it changes nothing and sends nothing."""

CHALLENGE_PHRASES: Mapping[str, PaymentEvent | None] = {
    "challenge accepted": PaymentEvent.CHALLENGE_WON,
    "challenge auto accepted": PaymentEvent.CHALLENGE_WON,
    "challenge rejected": PaymentEvent.CHALLENGE_LOST,
    "challenge expired": PaymentEvent.CHALLENGE_LOST,
    "challenge withdrawn": PaymentEvent.CHALLENGE_LOST,
    "approval rejected": PaymentEvent.CHALLENGE_LOST,
    "approval expired": PaymentEvent.CHALLENGE_LOST,
    "psp reviewing": None,
}
"""The phrases of the report, each with what it does; None leaves the payment claimed."""


def apply_challenge(platform: Platform, payment: Payment, phrase: str) -> bool:
    """Let a challenge report take its course; its phrase becomes the `bacs_description`.

    `phrase` is a key of `CHALLENGE_PHRASES`, or `STATUS_REPORT`. False, and nothing done, for
    a payment that is not claimed.
    """
    if state_after(payment, PaymentEvent.CHALLENGE_WON) is None:
        return False
    if phrase == STATUS_REPORT:
        return True
    payment.bacs_description = phrase
    event = CHALLENGE_PHRASES[phrase]
    if event is None:
        change(platform, payment, Source.DDMS)
    else:
        move(platform, payment, event, Source.DDMS)
    return True
