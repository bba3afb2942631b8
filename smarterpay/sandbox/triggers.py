"""The table of all test values and their effects (reference, section 13); knows no record, no time.

The rules act on this data, and the pages that list the test values are made from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class ModulusResult:
    """What the modulus check says of an account: valid, open for debits, open for credits."""

    valid: bool
    debits: bool
    credits: bool


OPEN = ModulusResult(valid=True, debits=True, credits=True)


@dataclass(frozen=True, slots=True)
class AccountEnding:
    """What the last three digits of an account number bring about.

    `code` is the reason code of the Bacs report that comes, empty for none; with
    `new_details` it carries `NEW_DETAILS`; with `first_only` a re-presented payment succeeds.
    """

    effect: str
    code: str = ""
    new_details: bool = False
    first_only: bool = False
    modulus: ModulusResult = OPEN


# test.account_endings
ACCOUNT_ENDINGS: Mapping[str, AccountEnding] = {
    "900": AccountEnding(
        "Invalid modulus: `POST /bankaccount` answers 400, the modulus check `AccountCodeOK` false",
        modulus=ModulusResult(valid=False, debits=False, credits=False),
    ),
    "901": AccountEnding(
        "Valid, but no Direct Debits: creating a mandate answers 400",
        modulus=ModulusResult(valid=True, debits=False, credits=True),
    ),
    "902": AccountEnding(
        "Valid, but no credits: creating a credit answers 400",
        modulus=ModulusResult(valid=True, debits=True, credits=False),
    ),
    "903": AccountEnding(
        "After the 0N: `AUDDIS3` with new details; lodged again under a profile that says so",
        "AUDDIS3",
        new_details=True,
    ),
    "905": AccountEnding("After the 0N: `AUDDIS5`, no account", "AUDDIS5"),
    "910": AccountEnding(
        "Refer to payer: the first presentation `ARUDD0`, a re-presented payment succeeds",
        "ARUDD0",
        first_only=True,
    ),
    "911": AccountEnding("Refer to payer: every presentation `ARUDD0`", "ARUDD0"),
    "912": AccountEnding("Payments returned `ARUDD1`, instruction cancelled", "ARUDD1"),
    "913": AccountEnding(
        "Payments returned `ARUDD3`, account transferred, with new details",
        "ARUDD3",
        new_details=True,
    ),
    "919": AccountEnding("Payments returned `ARUDDB`, account closed", "ARUDDB"),
    "921": AccountEnding("After the 0N: `ADDACS1`, instruction cancelled by the payer", "ADDACS1"),
    "923": AccountEnding(
        "After the 0N: `ADDACS3`, account transferred, with new details",
        "ADDACS3",
        new_details=True,
    ),
    "924": AccountEnding(
        "After the 0N: `ADDACSE`, instruction amended, with new details",
        "ADDACSE",
        new_details=True,
    ),
    "929": AccountEnding("After the 0N: `ADDACSB`, account closed", "ADDACSB"),
    "930": AccountEnding("Credits returned `ARUCS0`, invalid details", "ARUCS0"),
    "932": AccountEnding("Credits returned `ARUCS2`, beneficiary deceased", "ARUCS2"),
    "940": AccountEnding("Credits arrive; `AWACS0` brings new details", "AWACS0", new_details=True),
    "955": AccountEnding("Payments claimed back, `DDICA5`, no instruction held", "DDICA5"),
    "957": AccountEnding("Payments claimed back, `DDICA7`", "DDICA7"),
    "960": AccountEnding(
        "`INPUTY`: the line turns `Failed`, the submission `Submitted With errors`", "INPUTY"
    ),
}
"""By the last three digits of the account number; all others are valid, open and succeed."""


@dataclass(frozen=True, slots=True)
class AmountTrigger:
    """What an amount of a payment or credit brings about for that item only: a reason code."""

    effect: str
    code: str


# test.amounts
AMOUNTS: Mapping[int, AmountTrigger] = {
    9010: AmountTrigger("The payment is returned `ARUDD0`", "ARUDD0"),
    9012: AmountTrigger("The payment is returned `ARUDD1`", "ARUDD1"),
    9019: AmountTrigger("The payment is returned `ARUDDB`", "ARUDDB"),
    9030: AmountTrigger("The credit is returned `ARUCS0`", "ARUCS0"),
    9055: AmountTrigger("The payment is claimed back, `DDICA5`", "DDICA5"),
    9057: AmountTrigger("The payment is claimed back, `DDICA7`", "DDICA7"),
    9060: AmountTrigger("The item is rejected on input, `INPUTC`", "INPUTC"),
}
"""By pence; an amount beats an account ending."""


@dataclass(frozen=True, slots=True)
class CardAmount:
    """What an amount brings about on Register, Repeat and releases.

    `status` is that of the answer; `completed` is where it ends once the browser step is done;
    `settles` whether it turns `successful` one minute later by itself.
    """

    effect: str
    status: str
    gateway_status: str = ""
    gateway_status_code: str = ""
    completed: str = ""
    settles: bool = False


# test.card_amounts
CARD_AMOUNTS: Mapping[int, CardAmount] = {
    4005: CardAmount(
        "`failed`: gateway status `DECLINED`, code `2000`", "failed", "DECLINED", "2000"
    ),
    4010: CardAmount(
        "`pending` (3-D Secure) until completed, then `successful`",
        "pending",
        completed="successful",
    ),
    4011: CardAmount(
        "`pending` (3-D Secure) until completed, then `failed`", "pending", completed="failed"
    ),
    4012: CardAmount(
        "`pending`, asynchronous gateway; `successful` after one minute", "pending", settles=True
    ),
    4020: CardAmount("`cancelled` by the payer", "cancelled"),
    4098: CardAmount("`error` 910, gateway silent; nothing was charged", "error"),
    4099: CardAmount(
        "`error` 910, gateway silent; the charge exists and is `successful` after one minute",
        "error",
        settles=True,
    ),
}
"""By the smallest unit of the currency."""

CARD_TYPE, CARD_NUMBER_ENDING = "Visa", "0006"
"""What a card is at completion, unless the control call says otherwise."""

# test.names
BULK_FAILURE_START = "BULKFAIL"
BULK_FAILURE_MESSAGE = "Row rejected by test value"
"""What the `custom_reference` (credits: `reference`) of a bulk row starts with, and its message."""


def account_ending(account_number: str) -> AccountEnding | None:
    """What the last three digits bring about, None where they are no test value."""
    return ACCOUNT_ENDINGS.get(account_number[-3:])


def modulus_result(account_number: str) -> ModulusResult:
    """The outcome by the last three digits; all that is not listed is valid and open."""
    found = account_ending(account_number)
    return OPEN if found is None else found.modulus


class ValidationOutcome(StrEnum):
    """How an account validation ends, or that it stays open."""

    MATCH = "match"
    NO_MATCH = "nomatch"
    OPEN = "pending"
    TECHNICAL_FAULT = "error"


@dataclass(frozen=True, slots=True)
class ValidationWord:
    """What a word in a name or reference brings about in an account validation."""

    effect: str
    outcome: ValidationOutcome


# test.names
VALIDATION_WORDS: Mapping[str, ValidationWord] = {
    "NOMATCH": ValidationWord("The validation fails, match 40 %", ValidationOutcome.NO_MATCH),
    "PENDING": ValidationWord(
        "The validation stays open until the control call", ValidationOutcome.OPEN
    ),
    "AVERROR": ValidationWord(
        "A technical fault: `error_message` is filled, the mandate stays as it is",
        ValidationOutcome.TECHNICAL_FAULT,
    ),
}
"""By the end of a bank account name, or the start of a stand-alone validation's reference."""


def validation_outcome_by_name(account_name: str) -> ValidationOutcome:
    """The outcome that the ending of a bank account name asks for."""
    for word, trigger in VALIDATION_WORDS.items():
        if account_name.rstrip().endswith(word):
            return trigger.outcome
    return ValidationOutcome.MATCH


def validation_outcome_by_reference(reference: str) -> ValidationOutcome:
    """The outcome that the start of a stand-alone validation's reference asks for."""
    for word, trigger in VALIDATION_WORDS.items():
        if reference.startswith(word):
            return trigger.outcome
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


CHECK_WORDS: Mapping[str, CheckOutcome] = {
    "CLOSE": CheckOutcome(False, "Name is a close match", "Close", True, "MBAM", None),
    "NOMATCH": CheckOutcome(False, "Name does not match", "No", True, "ANNM", None),
    "WRONGTYPE": CheckOutcome(False, "Account type does not match", "Full", False, "BANM", None),
    "NOTFOUND": CheckOutcome(False, "Account not found", "No", None, "AC01", None),
}
"""By the end of the name that is checked; all others match in full."""


def check_outcome(account_name: str) -> CheckOutcome:
    """The Confirmation of Payee outcome that the ending of the name asks for.

    A close match returns the name without its test word; a full match returns it as given.
    """
    name = account_name.rstrip()
    for word, outcome in CHECK_WORDS.items():
        if name.endswith(word):
            held = name.removesuffix(word).rstrip() if word == "CLOSE" else None
            return replace(outcome, returned_customer_name=held)
    return CheckOutcome(True, "Name and account type match", "Full", True, "MATC", name)


@dataclass(frozen=True, slots=True)
class HeldAccount:
    """An account as the payer's bank knows it."""

    account_name: str
    sort_code: str
    account_number: str


STAND_ALONE_ACCOUNT = HeldAccount("J Hetfield", "902127", "29823529")
"""What a stand-alone validation finds (section 13)."""

NEW_DETAILS = HeldAccount("", "200052", "75849855")
"""The account that reports with new details name (section 13); a blank name stays as it is."""
