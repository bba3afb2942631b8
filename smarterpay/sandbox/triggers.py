"""Which test value has which effect (reference, section 13); knows no record and no time."""

from dataclasses import dataclass
from enum import StrEnum

# test.account_endings
_INVALID_MODULUS = "900"
_NO_DEBITS = "901"
_NO_CREDITS = "902"


@dataclass(frozen=True, slots=True)
class ModulusResult:
    """What the modulus check says of an account: valid, open for debits, open for credits."""

    valid: bool
    debits: bool
    credits: bool


def modulus_result(account_number: str) -> ModulusResult:
    """The outcome by the last three digits; all that is not listed is valid and open."""
    ending = account_number[-3:]
    if ending == _INVALID_MODULUS:
        return ModulusResult(valid=False, debits=False, credits=False)
    return ModulusResult(valid=True, debits=ending != _NO_DEBITS, credits=ending != _NO_CREDITS)


class ValidationOutcome(StrEnum):
    """How an account validation ends, or that it stays open."""

    MATCH = "match"
    NO_MATCH = "nomatch"
    OPEN = "pending"
    TECHNICAL_FAULT = "error"


_VALIDATION_WORDS = {
    "NOMATCH": ValidationOutcome.NO_MATCH,
    "PENDING": ValidationOutcome.OPEN,
    "AVERROR": ValidationOutcome.TECHNICAL_FAULT,
}


def validation_outcome_by_name(account_name: str) -> ValidationOutcome:
    """The outcome that the ending of a bank account name asks for."""
    for word, outcome in _VALIDATION_WORDS.items():
        if account_name.rstrip().endswith(word):
            return outcome
    return ValidationOutcome.MATCH


def validation_outcome_by_reference(reference: str) -> ValidationOutcome:
    """The outcome that the start of a stand-alone validation's reference asks for."""
    for word, outcome in _VALIDATION_WORDS.items():
        if reference.startswith(word):
            return outcome
    return ValidationOutcome.MATCH


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """The `confirmation_of_payer` of a bank account check (reference, section 7.17)."""

    result: bool
    result_text: str
    name_match_result: str
    account_type_result: bool | None
    reason_code: str
    returned_customer_name: str | None


def check_outcome(account_name: str) -> CheckOutcome:
    """The Confirmation of Payee outcome that the ending of the name asks for.

    A close match returns the name without its test word; a full match returns it as given.
    """
    name = account_name.rstrip()
    if name.endswith("CLOSE"):
        held = name.removesuffix("CLOSE").rstrip()
        return CheckOutcome(False, "Name is a close match", "Close", True, "MBAM", held)
    if name.endswith("NOMATCH"):
        return CheckOutcome(False, "Name does not match", "No", True, "ANNM", None)
    if name.endswith("WRONGTYPE"):
        return CheckOutcome(False, "Account type does not match", "Full", False, "BANM", None)
    if name.endswith("NOTFOUND"):
        return CheckOutcome(False, "Account not found", "No", None, "AC01", None)
    return CheckOutcome(True, "Name and account type match", "Full", True, "MATC", name)


@dataclass(frozen=True, slots=True)
class HeldAccount:
    """An account as the payer's bank knows it."""

    account_name: str
    sort_code: str
    account_number: str


STAND_ALONE_ACCOUNT = HeldAccount("J Hetfield", "902127", "29823529")
"""What a stand-alone validation finds (section 13)."""
