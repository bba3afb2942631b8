"""Bank account of a payer or payee (section 7.2)."""

from typing import Annotated, Final

from smarterpay.api import assumptions
from smarterpay.api.wire import (
    AccountNumber,
    Flag,
    Id,
    Metadata,
    OptionalRecordId,
    Personal,
    PersonalText,
    Record,
    ReferenceField,
    Request,
    SortCode,
    Text,
    Timestamp,
    Update,
    required_text,
    text,
)

REFERENCE: Final = ReferenceField("custom_reference", "custom_reference", "custom_reference")

_LENGTHS = assumptions.BANK_LENGTHS.value


class BankAccountCreate(Request):
    """A new bank account; the platform modulus-checks it and answers 400 where that fails.

    The two flags can only switch off what the modulus check permits.
    """

    account_number: AccountNumber
    sort_code: SortCode
    account_name: Annotated[str, required_text(_LENGTHS["account_name"]), Personal()]
    customer_account: OptionalRecordId | None = None
    custom_reference: Annotated[str, text(_LENGTHS["custom_reference"])] | None = None
    credits_allowed: bool | None = None
    debits_allowed: bool | None = None
    metadata: Metadata | None = None


class BankAccountUpdate(Update):
    """Enable or disable: all that a PUT does."""

    enabled: bool


class BankAccount(Record):
    """A bank account as it stands; `bank_name` is looked up by the platform."""

    id: Id
    created_at: Timestamp = None
    account_number: PersonalText = None
    sort_code: PersonalText = None
    account_name: PersonalText = None
    bank_name: Text = None
    customer_account: Text = None
    enabled: Flag = None
    custom_reference: Text = None
    metadata: PersonalText = None
    credits_allowed: Flag = None
    debits_allowed: Flag = None
