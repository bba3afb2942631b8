"""The rules a refund row can break, with their wording; knows nothing of files and cells."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from smarterpay.intake.rules import FIELD_RULES, MONEY_RULES, ROW_RULES, Rule

_REFUND_RULES = {
    "reference.duplicate": Rule(
        "Line {first_line} already has this reference.",
        "The first row stands. Give this refund another reference, or delete the row if it is a "
        "repeat.",
    ),
    "payment.missing": Rule(
        "Neither payment nor payment_reference is filled.",
        "Write the id of the payment to refund, or your own reference of it in payment_reference.",
    ),
    "payment.two-payments": Rule(
        "{column} and payment are both filled.", "Keep the one that you are sure of."
    ),
}

_SAID_BETTER = {
    "amount.negative": Rule("{column} is negative.", "Write the amount to pay back as positive."),
    "amount.currency": Rule(
        "{column} names a currency, or one other than the pound.",
        "Refunds are in pounds sterling: write 25.00 or £25.00.",
    ),
}

REFUND_RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        **ROW_RULES,
        **{slug: rule for slug, rule in FIELD_RULES.items() if not slug.startswith("mandate")},
        **_REFUND_RULES,
        **{slug: rule for slug, rule in MONEY_RULES.items() if slug != "amount.missing"},
        **_SAID_BETTER,
    }
)
"""Rules of a refund row, by slug. Slugs are stable: scripts may compare them."""
