"""Which mandate references are allowed and free (section 7.5); knows no route."""

import string

from smarterpay.sandbox.http.answers import invalid
from smarterpay.sandbox.http.fields import Text
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import BankAccount, Mandate

AUDDIS = Text(
    18, r"[A-Z0-9/\-.& ]+", "may hold A-Z, 0-9, / - . & and space only, no lower-case letters"
)
_ALPHANUMERIC = frozenset(string.ascii_uppercase + string.digits)
CORE_LEAST, CORE_MOST = 6, 14


def check_reference(
    platform: Platform, reference: str, sun: str, account: BankAccount | None, field: str = "auddis"
) -> None:
    """Raise `Refusal` (400) where a new mandate of this SUN cannot have the reference."""
    reason = _core_fault(reference) if platform.settings.core_reference else None
    if reason is None and not _is_free(platform, reference, sun, account):
        reason = "is taken, or overlaps another reference of the same account"
    if reason is not None:
        raise invalid(field, reason)


def check_move(platform: Platform, mandate: Mandate, sun: str, field: str) -> None:
    """Raise `Refusal` (400) where the mandate cannot keep its reference under another SUN."""
    account = platform.books.bank_accounts.get(mandate.customer_bank_account)
    if not _is_free(platform, mandate.auddis, sun, account):
        raise invalid(field, "its SUN has a mandate of that reference, or of one that overlaps it")


def free_reference(platform: Platform, sun: str, account: BankAccount | None) -> str:
    """A generated reference that a new mandate of this SUN can have."""
    return platform.new_mandate_reference(lambda text: _is_free(platform, text, sun, account))


def _core_fault(reference: str) -> str | None:
    """What makes a reference unfit as a core reference (section 7.5), None if nothing."""
    counted = [character for character in reference if character in _ALPHANUMERIC]
    if len(counted) < CORE_LEAST or len(reference) > CORE_MOST:
        return f"must have at least {CORE_LEAST} of A-Z and 0-9 and at most {CORE_MOST} characters"
    if reference[0] not in _ALPHANUMERIC:
        return "must start with a letter or digit"
    if len(set(counted)) == 1:
        return "must not be one repeated character"
    if reference.startswith("DDIC"):
        return "must not start with DDIC"
    return None


def _is_free(platform: Platform, reference: str, sun: str, account: BankAccount | None) -> bool:
    """Whether no mandate of the SUN has the reference.

    With core references on, none of the same payer account and SUN may overlap either:
    one begins with the other.
    """
    mandates = platform.books.mandates
    if any(other.sun == sun for other in mandates.having("auddis", reference)):
        return False
    if not platform.settings.core_reference or account is None:
        return True
    return not any(
        other.sun == sun
        and other.sort_code == account.sort_code
        and (other.auddis.startswith(reference) or reference.startswith(other.auddis))
        for other in mandates.having("account_number", account.account_number)
    )
