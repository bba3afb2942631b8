"""The rules a collection row can break, with their wording; knows nothing of files and cells."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from smarterpay.intake.rules import DATE_RULES, FIELD_RULES, MONEY_RULES, ROW_RULES, Rule

_METHOD_RULES = {
    "reference.duplicate": Rule(
        "Line {first_line} already has this reference.",
        "The first row stands. Give this collection another reference, or delete the row if it "
        "is a repeat.",
    ),
    "method.unknown": Rule(
        "{column} is not a way to collect.",
        "Write direct debit, card repeat, deferred release or authorise release, or leave the "
        "cell empty for direct debit.",
    ),
    "mandate.missing": Rule(
        "Neither mandate_reference nor mandate is filled, and a Direct Debit needs one of them.",
        "Write the mandate's AUDDIS reference, or its id in mandate.",
    ),
    "mandate.two-mandates": Rule(
        "{column} and mandate are both filled.", "Keep the one that you are sure of."
    ),
    "mandate.not-for-cards": Rule(
        "{column} is filled, but a card is collected without a mandate.",
        "Empty the cell, or write direct debit in method.",
    ),
    "card.required": Rule(
        "{column} is empty, and this method collects from a card.",
        "Write the card's id, or write direct debit in method.",
    ),
    "card.not-for-direct-debit": Rule(
        "{column} is filled, but a Direct Debit is collected from a mandate.",
        "Empty the cell, or write card repeat, deferred release or authorise release in method.",
    ),
    "date.required": Rule(
        "{column} is empty, and a Direct Debit needs it.",
        "Write the day to collect on, as YYYY-MM-DD or DD/MM/YYYY.",
    ),
    "date.not-for-cards": Rule(
        "{column} is filled, but a card is charged when the row is applied.",
        "Empty the cell, and run the file on the day.",
    ),
    "description.required": Rule(
        "{column} is empty, and a Direct Debit needs it.", "Write what is collected."
    ),
}

COLLECTION_RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        **ROW_RULES,
        **{slug: rule for slug, rule in FIELD_RULES.items() if slug != "reference.characters"},
        **_METHOD_RULES,
        **MONEY_RULES,
        **DATE_RULES,
        "amount.currency": Rule(
            "{column} names a currency, or one other than the pound.",
            "Collections are in pounds sterling: write 25.00 or £25.00.",
        ),
    }
)
"""Rules of a collection row, by slug. Slugs are stable: scripts may compare them."""
