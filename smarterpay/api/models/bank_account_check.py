"""Bank account check: Confirmation of Payee (section 7.17)."""

from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints

from smarterpay.api.wire import (
    FlagOrText,
    Id,
    Personal,
    PersonalText,
    Record,
    Request,
    Text,
    Timestamp,
    WholeNumber,
    Wire,
    open_set,
    required_text,
    text,
)

CONFIRMATION_OF_PAYEE: Final = 1
"""The one `check_type` there is."""
PERSONAL: Final = 1
BUSINESS: Final = 2
"""The two values of `account_type`."""


class NameMatch(StrEnum):
    """How the name compares; `Close` and `No` are assumed (`check.outcomes`)."""

    FULL = "Full"
    CLOSE = "Close"
    NO = "No"


class BankAccountCheckCreate(Request):
    """Asks the payee's bank. `check_type` 1 is Confirmation of Payee; accounts are 1 or 2."""

    account_name: Annotated[str, required_text(80), Personal()]
    account_number: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,8}$"), Personal()]
    sort_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,6}$"), Personal()]
    check_type: Annotated[int, Field(ge=CONFIRMATION_OF_PAYEE, le=CONFIRMATION_OF_PAYEE)]
    account_type: Annotated[int, Field(ge=PERSONAL, le=BUSINESS)]
    metadata: Annotated[str, text(255), Personal()] | None = None


class ConfirmationOfPayee(Record):
    """The bank's word. `result` true is an exact match; a negative outcome is no error."""

    result: FlagOrText = None
    result_text: PersonalText = None
    name_match_result: Annotated[NameMatch | str | None, open_set(NameMatch)] = None
    account_type_result: FlagOrText = None
    reason_code: Text = None
    returned_customer_name: PersonalText = None


class BankAccountCheck(Record):
    """A check and its outcome."""

    id: Id
    created_at: Timestamp = None
    edited_at: Timestamp = None
    created_by: Annotated[Any, Personal()] = None
    edited_by: Annotated[Any, Personal()] = None
    client_reference_id: Text = None
    account_name: PersonalText = None
    account_number: PersonalText = None
    sort_code: PersonalText = None
    check_type: WholeNumber = None
    account_type: WholeNumber = None
    metadata: PersonalText = None
    confirmation_of_payee: Annotated[
        ConfirmationOfPayee | None, Wire("confirmation_of_payer", "confirmation_of_payee")
    ] = None
