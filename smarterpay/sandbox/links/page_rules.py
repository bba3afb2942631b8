"""What a page setup lets a payment link name and override (section 7.12); performs nothing.

The reference names the steps and one of the `payment_types`; what they ask of a link is the
sandbox's reading, told in the docs of the service.
"""

from collections.abc import Mapping

from smarterpay.sandbox.http.answers import FieldFault
from smarterpay.sandbox.records.links import EcommercePageSetup, PaymentLink

MANDATE_ONLY, ONGOING, CARD = "DDMandateOnly", "DDOngoingPayment", "CardPayment"
PAYMENT_TYPES = (MANDATE_ONLY, ONGOING, CARD)
SKIP, EDIT, READ_ONLY = "Skip", "Edit", "ReadOnly"
STEPS = (SKIP, EDIT, READ_ONLY)
EXPIRY_DAYS = {"never": None, "7 days": 7, "3 days": 3, "1 day": 1}
IDS = ("customer_account", "bank_account", "mandate", "recurrence_schedule")
_TAKES_IDS: Mapping[str, frozenset[str]] = {
    MANDATE_ONLY: frozenset({"customer_account", "bank_account"}),
    ONGOING: frozenset(IDS),
    CARD: frozenset({"customer_account"}),
}
_TAKES_OVERRIDES: Mapping[str, frozenset[str]] = {
    MANDATE_ONLY: frozenset({"auddis", "return_url"}),
    ONGOING: frozenset(
        {
            "amount",
            "auddis",
            "first_collection_amount",
            "first_collection_date",
            "start_date",
            "end_date",
            "return_url",
        }
    ),
    CARD: frozenset({"amount", "return_url"}),
}
OVERRIDES = tuple(sorted(_TAKES_OVERRIDES[ONGOING]))


def payment_types(page: EcommercePageSetup) -> tuple[str, ...]:
    """What the payer can do on the page; the first unless the payer may choose."""
    types = tuple(word.strip() for word in page.payment_types.split(","))
    return types if page.payment_type_step == EDIT else types[:1]


def faults(page: EcommercePageSetup, link: PaymentLink) -> list[FieldFault]:
    """What a link names that its page does not take, and what it leaves out and must not."""
    types = payment_types(page)
    ids = frozenset[str]().union(*(_TAKES_IDS[one] for one in types))
    overrides = frozenset[str]().union(*(_TAKES_OVERRIDES[one] for one in types))
    if link.mandate or link.recurrence_schedule:
        overrides -= {"auddis"}
    if link.recurrence_schedule:
        overrides &= {"return_url"}
    found = [
        FieldFault(name, "is not expected by the page setup")
        for name in IDS
        if getattr(link, name) and name not in ids
    ]
    found += [
        FieldFault(name, "is not permitted by the page setup")
        for name in OVERRIDES
        if getattr(link, name) not in {"", None} and name not in overrides
    ]
    return found + _missing(page, link, types)


def _missing(
    page: EcommercePageSetup, link: PaymentLink, types: tuple[str, ...]
) -> list[FieldFault]:
    debits = MANDATE_ONLY in types or ONGOING in types
    by_bank = link.bank_account or link.mandate or link.recurrence_schedule
    scheduled = ONGOING in types and not link.recurrence_schedule
    asked = {
        "customer_account": page.customer_step == READ_ONLY
        or (CARD in types and page.customer_step == SKIP),
        "bank_account": debits and page.bank_step != EDIT and not by_bank,
        "recurrence_schedule": ONGOING in types and page.schedule_step == READ_ONLY,
        "amount": (scheduled and page.schedule_step == SKIP)
        or (CARD in types and page.card_step != EDIT),
    }
    return [
        FieldFault(name, "is expected by the page setup")
        for name, wanted in asked.items()
        if wanted and getattr(link, name) in {"", None}
    ]
