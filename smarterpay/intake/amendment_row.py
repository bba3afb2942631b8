"""What somebody may ask to be amended or stopped, with the provider's limits; reads no file.

Each is one wish under the caller's own reference. The JSON form may hold personal data (a
description, new bank details): it is stored encrypted.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from smarterpay.intake.customer_row import AccountNumber, SortCode, Text44, Text90
from smarterpay.intake.row_fields import (
    FileRow,
    MandateReference,
    Metadata,
    Pence,
    RecordId,
    Text50,
    Text100,
)

__all__ = [
    "AccountMove",
    "AmendmentRow",
    "BankAccountDisabling",
    "BankAccountEnabling",
    "MandateCancellation",
    "MandateHold",
    "MandateRelease",
    "PaymentBreak",
    "PaymentBreakUndone",
    "ScheduleCancellation",
    "ScheduleChange",
    "amendment_from",
]

Clearable = Literal["end_date", "custom_reference", "metadata"]
CollectionDay = Annotated[str, Field(pattern=r"^([1-9]|1[0-9]|2[0-8]|last day)$")]


class _Wish(FileRow):
    """What every amendment says: who asks, under which reference."""

    reference: Text50
    by: Text100

    @property
    def subject(self) -> str:
        """The id of the record it is about."""
        raise NotImplementedError


class ScheduleChange(_Wish):
    """Change an active schedule (reference, section 7.11, "put").

    `amount_pence` and `collection_day` cannot be changed by the provider: a new schedule then
    takes over, with the other changes. `clear` names what is to be empty from now on.
    """

    what: Literal["change schedule"] = "change schedule"
    schedule: RecordId
    end_date: date | None = None
    description: Text44 | None = Field(default=None, repr=False)
    custom_reference: Text50 | None = None
    installments: Annotated[int, Field(ge=1, le=12)] | None = None
    metadata: Metadata | None = Field(default=None, repr=False)
    clear: tuple[Clearable, ...] = ()
    amount_pence: Pence | None = None
    collection_day: CollectionDay | None = None

    @property
    def subject(self) -> str:
        """The schedule's id."""
        return self.schedule

    @property
    def is_replacement(self) -> bool:
        """Whether a new schedule has to take over."""
        return self.amount_pence is not None or self.collection_day is not None

    @model_validator(mode="after")
    def _changes_something_once(self) -> "ScheduleChange":
        properties = ("end_date", "description", "custom_reference", "installments", "metadata")
        given = [name for name in properties if getattr(self, name) is not None]
        twice = [name for name in self.clear if name in given]
        if twice:
            raise PydanticCustomError("twice", f"{twice[0]} is both changed and cleared")
        if not (given or self.clear or self.is_replacement):
            raise PydanticCustomError("nothing", "say what is to change")
        if self.is_replacement and (self.end_date or self.installments or self.clear):
            raise PydanticCustomError(
                "two-amendments",
                "a new amount or day is one amendment; a new end, number of instalments or "
                "clearing is another",
            )
        return self


class ScheduleCancellation(_Wish):
    """Cancel a schedule; its pending payments are cancelled with it (section 7.11)."""

    what: Literal["cancel schedule"] = "cancel schedule"
    schedule: RecordId

    @property
    def subject(self) -> str:
        """The schedule's id."""
        return self.schedule


class MandateHold(_Wish):
    """Put a mandate on hold: its items wait (sections 7.5, 11 and 12)."""

    what: Literal["hold mandate"] = "hold mandate"
    mandate: RecordId

    @property
    def subject(self) -> str:
        """The mandate's id."""
        return self.mandate


class MandateRelease(_Wish):
    """Release a mandate, to the status it had before its hold unless `to` says another."""

    what: Literal["release mandate"] = "release mandate"
    mandate: RecordId
    to: Literal["new instruction", "first collection", "ongoing collection"] | None = None

    @property
    def subject(self) -> str:
        """The mandate's id."""
        return self.mandate


class MandateCancellation(_Wish):
    """Cancel a mandate with its pending payments, credits and schedules (section 7.5)."""

    what: Literal["cancel mandate"] = "cancel mandate"
    mandate: RecordId

    @property
    def subject(self) -> str:
        """The mandate's id."""
        return self.mandate


class BankAccountDisabling(_Wish):
    """Disable a bank account; nothing falls with it (section 7.2)."""

    what: Literal["disable bank account"] = "disable bank account"
    bank_account: RecordId

    @property
    def subject(self) -> str:
        """The bank account's id."""
        return self.bank_account


class BankAccountEnabling(_Wish):
    """Enable a disabled bank account again (section 7.2)."""

    what: Literal["enable bank account"] = "enable bank account"
    bank_account: RecordId

    @property
    def subject(self) -> str:
        """The bank account's id."""
        return self.bank_account


class PaymentBreak(_Wish):
    """Collect nothing for one pending payment of a schedule: amount 0 (section 7.7)."""

    what: Literal["payment break"] = "payment break"
    payment: RecordId

    @property
    def subject(self) -> str:
        """The payment's id."""
        return self.payment


class PaymentBreakUndone(_Wish):
    """Take a payment break back while the payment is pending.

    `amount_pence` is what is then collected; the amount before the break where it is not given.
    """

    what: Literal["undo payment break"] = "undo payment break"
    payment: RecordId
    amount_pence: Pence | None = None

    @property
    def subject(self) -> str:
        """The payment's id."""
        return self.payment


class AccountMove(_Wish):
    """Change the bank account a mandate collects from: new account, new mandate, same dates."""

    what: Literal["move account"] = "move account"
    mandate: RecordId
    account_name: Text90 = Field(repr=False)
    sort_code: SortCode = Field(repr=False)
    account_number: AccountNumber = Field(repr=False)
    mandate_reference: MandateReference | None = None

    @property
    def subject(self) -> str:
        """The old mandate's id."""
        return self.mandate


AmendmentRow = (
    ScheduleChange
    | ScheduleCancellation
    | MandateHold
    | MandateRelease
    | MandateCancellation
    | BankAccountDisabling
    | BankAccountEnabling
    | PaymentBreak
    | PaymentBreakUndone
    | AccountMove
)
_ADAPTER: TypeAdapter[AmendmentRow] = TypeAdapter(
    Annotated[AmendmentRow, Field(discriminator="what")]
)


def amendment_from(payload: bytes) -> AmendmentRow:
    """The wish that was staged."""
    return _ADAPTER.validate_json(payload)
