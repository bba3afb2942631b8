"""Recurrence schedule: collects regularly or in instalments (section 7.11)."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, StringConstraints, field_serializer, model_validator

from smarterpay.api import assumptions
from smarterpay.api.wire import (
    Auddis,
    CollectionPence,
    Day,
    EmbeddedJson,
    Flag,
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
    WholeNumber,
    Wire,
    open_set,
    plain_text,
    refused,
    required_text,
    text,
)
from smarterpay.bacs.life_cycles import ScheduleStatus

__all__ = [
    "REFERENCE",
    "CollectionPeriod",
    "RecurrenceSchedule",
    "RecurrenceScheduleCreate",
    "RecurrenceScheduleUpdate",
    "SchedulePaymentType",
    "ScheduleStatus",
    "ScheduleType",
    "UpcomingCollection",
]

REFERENCE: Final = ReferenceField("custom_reference", "custom_reference", "custom_reference")

_TAIL = assumptions.SCHEDULE_REQUEST_TAIL.value
_SAME_MONTH = Wire("firstCollectionInSameMonthAsNextCollection")


class CollectionPeriod(StrEnum):
    """How a schedule steps."""

    MONTHLY = "monthly"
    WEEKLY = "weekly"


class ScheduleType(StrEnum):
    """Open-ended, or a plan of instalments."""

    ONGOING = "DDOngoingPayment"
    PLAN = "DDPaymentPlan"


class SchedulePaymentType(StrEnum):
    """What a schedule collects by."""

    DIRECT_DEBIT = "directdebit"
    CARD = "cardpayment"


CollectionDay = Annotated[str, StringConstraints(pattern=r"^([1-9]|1[0-9]|2[0-8]|last day)$")]
"""Day of the month, "1" to "28" or "last day"."""
Description = Annotated[str, required_text(44)]
CustomReference = Annotated[str, text(50)]
ScheduleMetadata = Annotated[str, text(_TAIL["metadata"]), Personal()]
Installments = Annotated[int, Field(ge=1, le=_TAIL["most_installments"])]


class RecurrenceScheduleCreate(Request):
    """A new schedule; amounts in pence, dates are London dates.

    By Direct Debit it needs `auddis`, by card `card_id`. Monthly needs `collection_day`, weekly
    has none. In a plan (`type` `DDPaymentPlan`) `amount` is the total, split evenly over
    `installments`, and `first_collection_amount` may be left out.
    """

    type: (
        Annotated[Literal["DDOngoingPayment", "DDPaymentPlan"], BeforeValidator(plain_text)] | None
    ) = None
    payment_type: (
        Annotated[Literal["directdebit", "cardpayment"], BeforeValidator(plain_text)] | None
    ) = None
    auddis: Auddis | None = None
    card_id: RecordId | None = None
    amount: CollectionPence
    first_collection_amount: CollectionPence | None = None
    collection_period: Annotated[Literal["monthly", "weekly"], BeforeValidator(plain_text)]
    collection_stretch: Annotated[int, Field(ge=1, le=99)]
    collection_day: CollectionDay | None = None
    start_date: date | None = None
    first_collection_date: date
    end_date: date | None = None
    installments: Installments | None = None
    description: Description
    custom_reference: CustomReference | None = None
    first_collection_in_same_month_as_next_collection: Annotated[bool | None, _SAME_MONTH] = None
    metadata: ScheduleMetadata | None = None

    @field_serializer("collection_stretch")
    def _stretch_is_a_string(self, stretch: int) -> str:
        return str(stretch)

    @model_validator(mode="after")
    def _has_one_payer(self) -> "RecurrenceScheduleCreate":
        by_card = self.payment_type == "cardpayment"
        wanted, other = ("card_id", "auddis") if by_card else ("auddis", "card_id")
        if getattr(self, wanted) is None:
            raise refused("mandatory", "mandatory for this payment_type", field=wanted)
        if getattr(self, other) is not None:
            raise refused("unused", "does not go with this payment_type", field=other)
        return self

    @model_validator(mode="after")
    def _has_a_day_when_monthly(self) -> "RecurrenceScheduleCreate":
        monthly = self.collection_period == "monthly"
        if monthly and self.collection_day is None:
            raise refused("mandatory", "mandatory when monthly", field="collection_day")
        if not monthly and self.collection_day is not None:
            raise refused("unused", "not used when weekly", field="collection_day")
        return self

    @model_validator(mode="after")
    def _is_a_plan_or_goes_on(self) -> "RecurrenceScheduleCreate":
        plan = self.type == "DDPaymentPlan"
        if plan and self.installments is None:
            raise refused("mandatory", "mandatory for a plan", field="installments")
        if not plan and self.installments is not None:
            raise refused("unused", "for plans only", field="installments")
        if not plan and self.first_collection_amount is None:
            raise refused("mandatory", "mandatory unless a plan", field="first_collection_amount")
        return self


class RecurrenceScheduleUpdate(Update):
    """What a PUT may change while the schedule is active (assumption `schedule.put`)."""

    clearable = frozenset({"end_date", "custom_reference", "metadata"})

    end_date: date | None = None
    custom_reference: CustomReference | None = None
    description: Description | None = None
    installments: Installments | None = None
    first_collection_in_same_month_as_next_collection: Annotated[bool | None, _SAME_MONTH] = None
    metadata: ScheduleMetadata | None = None


class UpcomingCollection(Record):
    """One collection to come; amount in pence."""

    collection_date: Day = None
    amount: Pence = None


class RecurrenceSchedule(Record):
    """A schedule as it stands. The same-month flag is always false on read."""

    id: Id
    created_at: Timestamp = None
    status: Annotated[ScheduleStatus | str | None, open_set(ScheduleStatus)] = None
    type: Annotated[ScheduleType | str | None, open_set(ScheduleType)] = None
    payment_type: Annotated[SchedulePaymentType | str | None, open_set(SchedulePaymentType)] = None
    auddis: Text = None
    mandate: Text = None
    card_id: Text = None
    amount: Pence = None
    first_collection_amount: Pence = None
    collection_period: Annotated[CollectionPeriod | str | None, open_set(CollectionPeriod)] = None
    collection_stretch: WholeNumber = None
    collection_day: Text = None
    start_date: Day = None
    first_collection_date: Day = None
    next_collection_date: Day = None
    end_date: Day = None
    installments: WholeNumber = None
    description: Text = None
    custom_reference: Text = None
    first_collection_in_same_month_as_next_collection: Annotated[Flag, _SAME_MONTH] = None
    metadata: PersonalText = None
    upcoming_payments: Annotated[tuple[UpcomingCollection, ...] | None, EmbeddedJson] = None
