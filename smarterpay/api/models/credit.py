"""Credit: one Bacs credit to a payee, single or in bulk (sections 7.9 and 7.10)."""

from datetime import date
from typing import Annotated, Final

from pydantic import StringConstraints, model_validator

from smarterpay.api import assumptions
from smarterpay.api.wire import (
    AmendedPence,
    Auddis,
    BacsCode,
    BulkCreate,
    Cancelled,
    CollectionPence,
    Day,
    Id,
    Pence,
    Personal,
    PersonalText,
    Record,
    RecordId,
    ReferenceField,
    Request,
    Text,
    Timestamp,
    Update,
    Wire,
    open_set,
    refused,
    required_text,
    text,
)
from smarterpay.bacs.item_life_cycles import CreditStatus

__all__ = [
    "REFERENCE",
    "Credit",
    "CreditBulkCreate",
    "CreditCreate",
    "CreditStatus",
    "CreditUpdate",
]

REFERENCE: Final = ReferenceField("reference", "reference", "custom_reference")
"""On credits our reference is called `reference`; the list finds it as `custom_reference`."""

_TAIL = assumptions.CREDIT_REQUEST_TAIL.value

Description = Annotated[str, required_text(100)]
"""Used in outgoing e-mail."""
Narrative = Annotated[str, text(18)]
"""Text on the payee's statement."""
Reference = Annotated[str, text(50)]
"""The reference gives no length; 50 is that of every other custom reference."""
Rti = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9/\-.& ]{0,4}$")]
"""Payroll: at most 4 of `A-Z 0-9 / - . &` and space (section 7.10)."""
CreditMetadata = Annotated[str, text(_TAIL["metadata"]), Personal()]


class CreditCreate(Request):
    """A new credit, to a mandate's payer (`auddis`) or to a bank account.

    `amount` in pence; `credit_date` is a London date, moved to the next banking day by the
    platform: read it back. `client_bank_account_id` says which own account pays; it does not go
    with `auddis`, and with neither the default account of the default SUN pays.
    """

    description: Description
    amount: CollectionPence
    credit_date: date
    auddis: Auddis | None = None
    client_bank_account_id: RecordId | None = None
    bank_account: RecordId | None = None
    default_narrative: Narrative | None = None
    reference: Reference | None = None
    rti: Rti | None = None
    metadata: CreditMetadata | None = None
    submission_reference: Annotated[str, text(_TAIL["submission_reference"])] | None = None

    @model_validator(mode="after")
    def _has_one_payer(self) -> "CreditCreate":
        if self.auddis is not None and self.client_bank_account_id is not None:
            raise refused("unused", "does not go with auddis", field="client_bank_account_id")
        return self

    @model_validator(mode="after")
    def _has_a_payee(self) -> "CreditCreate":
        if self.auddis is None and self.bank_account is None:
            raise refused("mandatory", "mandatory without auddis", field="bank_account")
        return self


class CreditBulkCreate(BulkCreate[CreditCreate]):
    """1 to 500 credits in one call, judged row by row (section 7.9)."""


class CreditUpdate(Update):
    """What a PUT may change while the credit is `pending_submission` (`credit.put`)."""

    clearable = frozenset({"reference", "metadata"})

    amount: AmendedPence | None = None
    credit_date: date | None = None
    description: Description | None = None
    reference: Reference | None = None
    metadata: CreditMetadata | None = None
    status: Cancelled | None = None
    bacs_code: Annotated[BacsCode | None, Wire(assumptions.MANUAL_CODE_PROPERTY.value)] = None


class Credit(Record):
    """A credit as it stands; amount in pence, `credit_date` as the platform stored it."""

    id: Annotated[Id, Wire("ID")]
    created_at: Timestamp = None
    status: Annotated[CreditStatus | str | None, open_set(CreditStatus)] = None
    amount: Pence = None
    credit_date: Day = None
    description: Text = None
    default_narrative: Text = None
    reference: Text = None
    bank_account: Text = None
    client_bank_account_id: Text = None
    auddis: Text = None
    mandate: Text = None
    rti: Text = None
    submission_reference: Text = None
    metadata: PersonalText = None
    bacs_code: Text = None
    bacs_description: Text = None
