"""Modulus check of a sort code and account number (section 7.4)."""

from typing import Annotated

from pydantic import BeforeValidator, model_validator

from smarterpay.api import assumptions
from smarterpay.api.wire import (
    AccountNumber,
    Flag,
    LandingPage,
    Metadata,
    Personal,
    PersonalText,
    Record,
    Request,
    SortCode,
    Text,
    Wire,
    refused,
    required_text,
)


class ModulusCheckCreate(Request):
    """Asks whether a pair is valid; with `account_validation` also starts a validation."""

    account_number: AccountNumber
    sort_code: SortCode
    account_name: (
        Annotated[str, required_text(assumptions.BANK_LENGTHS.value["account_name"]), Personal()]
        | None
    ) = None
    account_validation: bool | None = None
    account_validation_return_url: LandingPage | None = None
    metadata: Metadata | None = None

    @model_validator(mode="after")
    def _validation_compares_a_name(self) -> "ModulusCheckCreate":
        if self.account_validation and self.account_name is None:
            raise refused("mandatory", "mandatory with account_validation", field="account_name")
        return self


def _must_say(value: object) -> object:
    """An answer that does not say whether the pair is valid is no answer."""
    if value is None or value == "":
        raise refused("flag", "true or false was expected")
    return value


class ModulusCheck(Record):
    """The outcome. An invalid pair is a 200 with `account_code_ok` false, not an error.

    `direct_debits` and `credits_allowed` say what the account can take.
    """

    account_code_ok: Annotated[Flag, BeforeValidator(_must_say), Wire("AccountCodeOK")]
    account_number: PersonalText = None
    sort_code: PersonalText = None
    bank_name: Text = None
    bank_address1: Text = None
    bank_address2: Text = None
    bank_address3: Text = None
    bank_address4: Text = None
    bank_address_post_code: Annotated[Text, Wire("bank_addressPostCode")] = None
    credits_allowed: Flag = None
    direct_debits: Flag = None
    direct_debit_instruction_ok: Flag = None
    account_validation_id: Text = None
    account_validation_url: PersonalText = None
