"""Account validation, "Secure Sign Up": the open-banking ownership check (section 7.3)."""

from typing import Annotated, Any, Final

from smarterpay.api.wire import (
    Auddis,
    EmbeddedJson,
    Flag,
    Id,
    LandingPage,
    Metadata,
    Personal,
    PersonalText,
    Record,
    RecordId,
    ReferenceField,
    Request,
    Text,
)

REFERENCE: Final = ReferenceField("reference", "reference", None)


class AccountValidationCreate(Request):
    """Starts a validation; `reference` becomes the mandate's AUDDIS reference."""

    client_bank_account_id: RecordId
    reference: Auddis | None = None
    return_url: LandingPage | None = None
    metadata: Metadata | None = None
    metadata_bank_account: Metadata | None = None
    metadata_mandate: Metadata | None = None


class AccountValidation(Record):
    """A validation. `successful_validation` false also means "not attempted yet".

    `report` is the bank's document, parsed; it names people and accounts.
    """

    id: Id
    account_name: PersonalText = None
    account_number: PersonalText = None
    sort_code: PersonalText = None
    account_validation_url: PersonalText = None
    client_bank_account_id: Text = None
    mandate_id: Text = None
    message: PersonalText = None
    error_message: PersonalText = None
    metadata: PersonalText = None
    metadata_bank_account: PersonalText = None
    metadata_mandate: PersonalText = None
    reference: Text = None
    return_url: PersonalText = None
    report: Annotated[Any, EmbeddedJson, Personal()] = None
    successful_validation: Flag = None
