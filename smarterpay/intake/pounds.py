"""Reads amounts as people write them, into pence; refuses whatever could mean two things."""

import re
from typing import Final

from smarterpay.intake.rules import MAX_PENCE, BrokenRule

_PLAIN: Final = re.compile(r"£? ?([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)\.([0-9]{2})")
_SIGN: Final = r"[-\u2010\u2011\u2012\u2013\u2014\u2212]"
_CURRENCIES: Final = "[$€¥₹]|gbp|eur|usd|aud|cad|chf|dkk|jpy|nok|nzd|pln|sek|zar|pounds?|euros?"
_REFUSALS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), f"amount.{slug}")
    for pattern, slug in (
        (rf"£? ?{_SIGN} ?£? ?[0-9.,]+|£? ?[0-9.,]+ ?({_SIGN}|cr|dr)|\(£? ?[0-9.,]+\)", "negative"),
        (rf"[0-9., ]*({_CURRENCIES})[0-9., ]*", "currency"),
        (r"[0-9]+([.,][0-9]+)?e[+-]?[0-9]+", "scientific"),
        (r"£? ?[0-9]+", "whole-number"),
        (r"£? ?[0-9]{1,3}(,[0-9]{3})+", "whole-number"),
        (r"£? ?[0-9]*(\.[0-9]{3})*,[0-9]{0,2}", "decimal-comma"),
        (r"£? ?[0-9]+(\.[0-9]{3}){2,}(,[0-9]*)?", "decimal-comma"),
        (r"£? ?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+", "decimal-comma"),
        (r"£? ?([0-9]*|[0-9]{1,3}(,[0-9]{3})+)\.[0-9]", "one-decimal"),
        (r"£? ?([0-9]*|[0-9]{1,3}(,[0-9]{3})+)\.[0-9]{3,}", "too-many-decimals"),
        (r"£? ?[0-9]*,[0-9,]*(\.[0-9]*)?", "grouping"),
    )
)


def read_pounds(text: str) -> int:
    """Pence of an amount such as `25.00`, `£25.00` or `£1,234.50`.

    Raises `BrokenRule` with an `amount.*` slug for anything else: a whole number, one decimal,
    a decimal comma, odd grouping, a sign, another currency, zero, more than 2,000,000,000 pence
    (reference, section 7.7).
    """
    plain = _PLAIN.fullmatch(text)
    if plain is None:
        raise BrokenRule(next((slug for form, slug in _REFUSALS if form.fullmatch(text)), _OTHER))
    return _in_range(plain[1].replace(",", "") + plain[2])


def read_pence(text: str) -> int:
    """Pence of a plain whole number such as `2500`.

    Raises `BrokenRule`: `pence.not-whole`, `amount.negative`, `amount.zero`, `amount.too-large`.
    """
    if re.fullmatch(rf"{_SIGN}[0-9]+", text):
        raise BrokenRule("amount.negative")
    if not re.fullmatch(r"[0-9]+", text):
        raise BrokenRule("pence.not-whole")
    return _in_range(text)


_OTHER: Final = "amount.not-money"


def _in_range(digits: str) -> int:
    significant = digits.lstrip("0")
    if not significant:
        raise BrokenRule("amount.zero")
    # Length first: Python refuses to make an int of thousands of digits.
    if len(significant) > len(str(MAX_PENCE)) or int(significant) > MAX_PENCE:
        raise BrokenRule("amount.too-large")
    return int(significant)
