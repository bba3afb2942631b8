"""Names the rule that an account breaks by the modulus check; makes no check, reads no cell."""

from typing import Final

from smarterpay.bacs import CheckOutcome, CheckReason, Verdict
from smarterpay.intake.rules import Fault


def rule_broken_by(verdict: Verdict) -> Fault | None:
    """The rule that an account with this verdict breaks; `None` unless it is invalid.

    For numbers of 6 and 8 digits: what is not that has broken a rule of form before. An account
    that is not checked passes (specification of the check, section 2.2.1).
    """
    if verdict.outcome is not CheckOutcome.INVALID:
        return None
    column, slug = _RULES[verdict.reason]
    facts = {} if verdict.tables is None else {"dated": verdict.tables.dated}
    return Fault(column, slug, facts)


_RULES: Final = {
    CheckReason.FAILED: ("account_number", "account-number.modulus-check-failed"),
    CheckReason.SORT_CODE_ZEROS: ("sort_code", "sort-code.zeros"),
    CheckReason.ACCOUNT_NUMBER_ZEROS: ("account_number", "account-number.zeros"),
}
