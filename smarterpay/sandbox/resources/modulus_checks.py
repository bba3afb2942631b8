"""Modulus checks (reference, section 7.4); keeps no record of its own."""

from smarterpay.sandbox.bacs_work.banks import bank_of
from smarterpay.sandbox.bacs_work.validations import OF_MODULUS_CHECK, start
from smarterpay.sandbox.http.answers import Answer, invalid, success
from smarterpay.sandbox.http.fields import Digits, Field, Flag, Text, Values
from smarterpay.sandbox.http.resource import FLAG, TEXT, Call, Request, Resource, Route
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.resources import client_bank_accounts
from smarterpay.sandbox.settings import MAX_ACCOUNT_NAME, MAX_METADATA
from smarterpay.sandbox.triggers import modulus_result

ENVELOPE = "Modulus_Check"
SECTION = "7.4"

FIELDS = (
    Field("account_number", Digits(8), mandatory=True),
    Field("sort_code", Digits(6), mandatory=True),
    Field("account_name", Text(MAX_ACCOUNT_NAME)),
    Field("account_validation", Flag()),
    Field("metadata", Text(MAX_METADATA)),
    Field("account_validation_return_url", Text(500)),
)
ANSWER = {
    "AccountCodeOK": FLAG,
    "account_number": TEXT,
    "sort_code": TEXT,
    "bank_name": TEXT,
    "bank_address1": TEXT,
    "bank_address2": TEXT,
    "bank_address3": TEXT,
    "bank_address4": TEXT,
    "bank_addressPostCode": TEXT,
    "credits_allowed": FLAG,
    "direct_debits": FLAG,
    "direct_debit_instruction_ok": FLAG,
}


def create(platform: Platform, call: Call) -> Answer:
    """Check an account's details; an invalid pair is a 200 that says so."""
    values = call.values
    account_number, sort_code = values.text("account_number"), values.text("sort_code")
    validate = values.flag("account_validation", False)
    if validate:
        _check_validation(platform, values)
    modulus = modulus_result(account_number)
    bank = bank_of(sort_code)
    lines = bank.address if modulus.valid else ("", "", "", "")
    answer: dict[str, str | bool] = {
        "AccountCodeOK": modulus.valid,
        "account_number": account_number,
        "sort_code": sort_code,
        "bank_name": bank.name if modulus.valid else "",
        **{f"bank_address{number}": line for number, line in enumerate(lines, start=1)},
        "bank_addressPostCode": bank.postal_code if modulus.valid else "",
        "credits_allowed": modulus.credits,
        "direct_debits": modulus.debits,
        "direct_debit_instruction_ok": modulus.debits,
    }
    if validate:
        answer |= _validation_fields(platform, call) if modulus.valid else _NO_VALIDATION
    return success(ENVELOPE, answer)


_NO_VALIDATION: dict[str, str | bool] = {
    "account_validation_id": "",
    "account_validation_url": "",
}


def _check_validation(platform: Platform, values: Values) -> None:
    if not platform.settings.account_validation:
        raise invalid("account_validation", "the account validation option is not enabled")
    if not values.text("account_name"):
        raise invalid("account_name", "is mandatory with account_validation")


def _validation_fields(platform: Platform, call: Call) -> dict[str, str | bool]:
    """Start the validation that was asked for, and name it.

    It tells whether the account is the customer's; as the caller enters the account
    itself, its success creates no second one.
    """
    own = client_bank_accounts.named_or_default(platform, "")
    validation = start(
        platform,
        own.id if own else "",
        call.origin,
        OF_MODULUS_CHECK,
        account_name=call.values.text("account_name"),
        account_number=call.values.text("account_number"),
        sort_code=call.values.text("sort_code"),
        metadata=call.values.optional_text("metadata"),
        return_url=call.values.optional_text("account_validation_return_url"),
    )
    return {
        "account_validation_id": validation.id,
        "account_validation_url": validation.account_validation_url,
    }


RESOURCE = Resource(
    service="Modulus check",
    rules="The last three digits decide (section 13); with account_validation it starts one.",
    routes=(
        Route(
            "modulus_check.create",
            "POST",
            "/moduluscheck",
            create,
            SECTION,
            "Check sort code and account number",
            ENVELOPE,
            ANSWER,
            Request(ENVELOPE, FIELDS),
        ),
    ),
)
