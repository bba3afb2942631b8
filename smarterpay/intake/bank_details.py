"""Reads sort codes and account numbers as people write them; never adds a digit."""

import re

from smarterpay.intake.rules import BrokenRule

_SEPARATOR = r"[-\u2010\u2011\u2012\u2013\u2014\u2212 ]"
_SEPARATORS = re.compile(_SEPARATOR)
_GROUPED_SORT_CODE = re.compile(rf"[0-9]{{2}}(?P<gap>{_SEPARATOR}|)[0-9]{{2}}(?P=gap)[0-9]{{2}}")
_SHORT_FIRST_GROUP = re.compile(rf"[0-9]{_SEPARATOR}[0-9]{{2}}{_SEPARATOR}[0-9]{{2}}")
_SCIENTIFIC = re.compile(r"[0-9]+([.,][0-9]+)?[eE][+-]?[0-9]+")
_DATE = re.compile(r"[0-9]{1,2}[/.][0-9]{1,2}[/.]([0-9]{2}){1,2}|[0-9]{4}-[0-9]{2}-[0-9]{2}.*")
_DIGITS = re.compile(r"[0-9]+")
_IBAN = re.compile(r"[A-Za-z]{2}[0-9]{2}[A-Za-z0-9]{10,30}")


def read_sort_code(text: str) -> str:
    """The 6 digits of `123456`, `12-34-56` or `12 34 56` (reference, section 7.2).

    Raises `BrokenRule` with a `sort-code.*` slug for anything else; a code of 4 or 5 digits is
    taken for one that lost its zeros, and refused.
    """
    if _GROUPED_SORT_CODE.fullmatch(text):
        return _SEPARATORS.sub("", text)
    if _SCIENTIFIC.fullmatch(text):
        raise BrokenRule("sort-code.scientific")
    if _DATE.fullmatch(text):
        raise BrokenRule("sort-code.turned-into-date")
    if _DIGITS.fullmatch(text):
        slug = "leading-zero-lost" if len(text) in {4, 5} else "wrong-length"
        raise BrokenRule(f"sort-code.{slug}", digits=len(text))
    bare = _SEPARATORS.sub("", text)
    if not _DIGITS.fullmatch(bare):
        raise BrokenRule("sort-code.characters")
    if _SHORT_FIRST_GROUP.fullmatch(text):
        raise BrokenRule("sort-code.leading-zero-lost", digits=5)
    if len(bare) in {3, 4, 5, 6}:
        raise BrokenRule("sort-code.grouping")
    raise BrokenRule("sort-code.wrong-length", digits=len(bare))


def read_account_number(text: str) -> str:
    """The 8 digits of an account number, blanks and dashes dropped (reference, section 7.2).

    Raises `BrokenRule` with an `account-number.*` slug for anything else; a number of 6 or 7
    digits is taken for one that lost its zeros, and refused.
    """
    bare = _SEPARATORS.sub("", text)
    if _DIGITS.fullmatch(bare):
        if len(bare) == 8:
            return bare
        slug = "leading-zero-lost" if len(bare) in {6, 7} else "wrong-length"
        raise BrokenRule(f"account-number.{slug}", digits=len(bare))
    if _SCIENTIFIC.fullmatch(text):
        raise BrokenRule("account-number.scientific")
    if _IBAN.fullmatch(bare):
        raise BrokenRule("account-number.iban")
    if re.fullmatch(r"[*xX•#]+[0-9]*", bare):
        raise BrokenRule("account-number.masked")
    raise BrokenRule("account-number.characters")
