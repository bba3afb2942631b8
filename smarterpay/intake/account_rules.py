"""Names the rule that an account breaks by the modulus check; makes no check, reads no cell."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from smarterpay.bacs import CheckOutcome, CheckReason, Verdict


@dataclass(frozen=True, slots=True)
class AccountFault:
    """A rule that an account breaks: where, which, and what its wording needs."""

    column: str
    slug: str
    """A key of `rules.RULES`."""
    facts: Mapping[str, object]


def rule_broken_by(verdict: Verdict) -> AccountFault | None:
    """The rule that an account with this verdict breaks; `None` unless it is invalid.

    For numbers of 6 and 8 digits: what is not that has broken a rule of form before. An account
    that is not checked passes (specification of the check, section 2.2.1).
    """
    if verdict.outcome is not CheckOutcome.INVALID:
        return None
    column, slug = _RULES[verdict.reason]
    facts = {} if verdict.tables is None else {"dated": verdict.tables.dated}
    return AccountFault(column, slug, facts)


_RULES: Final = {
    CheckReason.FAILED: ("account_number", "account-number.modulus-check-failed"),
    CheckReason.SORT_CODE_ZEROS: ("sort_code", "sort-code.zeros"),
    CheckReason.ACCOUNT_NUMBER_ZEROS: ("account_number", "account-number.zeros"),
}
