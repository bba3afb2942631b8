"""Takes in what a payer shall be asked for in a browser, and stages it encrypted; sends nothing.

The merchant's reference goes on every record that comes of it, so that all can be found again.
"""

import json
from typing import Final

from smarterpay.api import InvalidRequest
from smarterpay.api.errors import BrokenRule
from smarterpay.api.models.payment_link import PaymentLinkCreate
from smarterpay.api.models.transaction import TransactionRegister
from smarterpay.journal import Journal
from smarterpay.journal.journeys import CARD, LINK, Journey, Kind, OtherWish

#: Characters of a payment's `custom_reference` (reference, sections 7.7 and 8): what a link
#: creates carries no more, though the link takes 100.
LONGEST_REFERENCE: Final = 50
#: Amounts are pence here, and in the ledger.
CURRENCY: Final = "GBP"

#: Where our reference travels on a link, for each kind of record it may create (section 7.12). A
#: mandate has no custom reference; neither has the link itself.
_LINK_REFERENCES: Final = (
    "bank_account_custom_reference",
    "card_payment_custom_reference",
    "customer_custom_reference",
    "recurrence_schedule_custom_reference",
    "metadata",
    "metadata_mandate",
)


class WishConflict(OtherWish):
    """The reference stands for another wish; `fields` names what differs, never the values."""

    def __init__(self, journey: Journey, fields: tuple[str, ...]) -> None:
        super().__init__(journey)
        self.fields = fields
        self.args = (f"{self}; fields that differ: {', '.join(fields)}",)


def stage_card_payment(journal: Journal, reference: str, wish: TransactionRegister) -> Journey:
    """Stage a card payment to be registered under `reference` (reference, section 8).

    The same wish again is the journey it was before; another one replaces one that was refused
    or never begun. Raises `InvalidRequest` for a reference the provider could not give back,
    another `custom_reference` than that, and a currency other than GBP; `WishConflict`.
    """
    broken = _broken_reference(reference)
    if wish.custom_reference not in (None, reference):
        broken.append(BrokenRule("custom_reference", "other_reference", "must be the reference"))
    if wish.currency_code != CURRENCY:
        broken.append(BrokenRule("currency_code", "not_pounds", f"must be {CURRENCY}"))
    if broken:
        raise InvalidRequest("card payment", broken)
    named = wish.model_copy(update={"custom_reference": reference})
    return _staged(journal, CARD, reference, named, wish.amount)


def stage_payment_link(journal: Journal, reference: str, wish: PaymentLinkCreate) -> Journey:
    """Stage a payment link to be created under `reference` (section 7.12), as a card payment.

    References and metadata that `wish` leaves out become `reference`: by them the records that
    the payer's visit creates are found.
    """
    broken = _broken_reference(reference)
    if broken:
        raise InvalidRequest("payment link", broken)
    named = {name: getattr(wish, name) or reference for name in _LINK_REFERENCES}
    return _staged(journal, LINK, reference, wish.model_copy(update=named), wish.amount)


def card_payment_of(wish: bytes) -> TransactionRegister:
    """The card payment a journey was staged with."""
    return TransactionRegister.model_validate_json(wish)


def payment_link_of(wish: bytes) -> PaymentLinkCreate:
    """The payment link a journey was staged with."""
    return PaymentLinkCreate.model_validate_json(wish)


def _staged(
    journal: Journal,
    kind: Kind,
    reference: str,
    wish: TransactionRegister | PaymentLinkCreate,
    amount_pence: int | None,
) -> Journey:
    told = wish.model_dump_json(exclude_none=True).encode()
    try:
        return journal.journeys.stage(kind, reference, told, amount_pence, journal.clock.now())
    except OtherWish as other:
        known = journal.journeys.wish(kind, reference)
        raise WishConflict(other.journey, _differing(known, told)) from None


def _broken_reference(reference: str) -> list[BrokenRule]:
    if not reference.strip() or reference != reference.strip():
        return [BrokenRule("reference", "blank", "must be there, without blanks at its ends")]
    if len(reference) > LONGEST_REFERENCE or not reference.isprintable():
        wording = f"must be 1 to {LONGEST_REFERENCE} printable characters"
        return [BrokenRule("reference", "too_long", wording)]
    return []


def _differing(before: bytes, after: bytes) -> tuple[str, ...]:
    one, other = json.loads(before), json.loads(after)
    return tuple(sorted(n for n in one.keys() | other.keys() if one.get(n) != other.get(n)))
