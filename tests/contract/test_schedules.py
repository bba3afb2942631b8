"""Recurrence schedules as the contract has them (section 7.11)."""

from datetime import date
from typing import Any

from smarterpay.api import NotFound
from smarterpay.api.models.recurrence_schedule import UpcomingCollection
from tests.contract.judge import judge
from tests.contract.rows import (
    GUID,
    LEFT_OUT,
    STAMP,
    Given,
    Ground,
    Of,
    Row,
    asked,
    new_id,
    nobody,
    record,
    table,
)
from tests.contract.stage import NO_RECORD, Stage

FIRST = date(2026, 7, 1)
MONTHLY: dict[str, Any] = {
    "amount": 2500,
    "first_collection_amount": 3000,
    "collection_period": "monthly",
    "collection_stretch": 1,
    "collection_day": "1",
    "description": "membership",
    "first_collection_date": FIRST,
}
WEEKLY = {"collection_period": "weekly", "collection_day": LEFT_OUT}
PLAN = {"type": "DDPaymentPlan", "installments": 3, "amount": 1000}
"""A plan on top of a monthly schedule; `first_collection_amount` stays unless left out."""
TWELVE_WEEKS = (
    *((2026, 7, day) for day in (1, 8, 15, 22, 29)),
    *((2026, 8, day) for day in (5, 12, 19, 26)),
    *((2026, 9, day) for day in (2, 9, 16)),
)
NO_FIRST = {"first_collection_amount": LEFT_OUT}


async def on_a_mandate(stage: Stage) -> Ground:
    mandate = await stage.mandate()
    return Ground({**MONTHLY, "auddis": mandate.auddis}, known={"mandate": mandate})


async def on_a_card(stage: Stage) -> Ground:
    registered = await stage.charged()
    asks = {**MONTHLY, "payment_type": "cardpayment", "card_id": registered.card_id}
    return Ground(asks, known={"charge": registered})


async def on_a_card_never_charged(stage: Stage) -> Ground:
    registered = await stage.registered()
    asks = {**MONTHLY, "payment_type": "cardpayment", "card_id": registered.card_id}
    return Ground(asks, known={"charge": registered})


def on_one_in(status: str) -> Given:
    """Ground on which the mandate is `status`."""

    async def given(stage: Stage) -> Ground:
        mandate = await stage.ended_mandate(status)
        return Ground({**MONTHLY, "auddis": mandate.auddis}, known={"mandate": mandate})

    return given


async def disabled(stage: Stage) -> Ground:
    schedule = await stage.schedule()
    await stage.cloud.recurrence_schedules.disable(schedule.id)
    return Ground({}, schedule.id, {"record": schedule})


async def with_a_payment(stage: Stage) -> Ground:
    """A schedule whose first payment, for Monday 8 June, was created at once."""
    schedule = await stage.schedule(first_collection_date=date(2026, 6, 8), collection_day="8")
    (payment,) = [found async for found in stage.cloud.payments.list()]
    return Ground({}, schedule.id, {"payment": payment})


def collections(*days: tuple[int, int, int], amount: int) -> tuple[UpcomingCollection, ...]:
    """Collections of one amount on those days."""
    return tuple(UpcomingCollection(collection_date=date(*day), amount=amount) for day in days)


def instalments(*amounts: int) -> tuple[UpcomingCollection, ...]:
    """Collections of these amounts, monthly from 1 July."""
    days = (date(2026, 7, 1), date(2026, 8, 3), date(2026, 9, 1))
    return tuple(
        UpcomingCollection(collection_date=day, amount=amount)
        for day, amount in zip(days, amounts, strict=False)
    )


_create = asked("recurrence_schedule.create", on_a_mandate, "recurrence_schedule")
_get = asked("recurrence_schedule.get", record(lambda s: s.schedule()), "recurrence_schedule")
_update = asked("recurrence_schedule.update", record(lambda s: s.schedule()), "recurrence_schedule")
_plan = _update.at(record(lambda s: s.plan()))
_disable = asked(
    "recurrence_schedule.disable", record(lambda s: s.schedule()), "recurrence_schedule"
)

SAMPLE: dict[str, Any] = {
    "id": new_id("RS01"),
    "created_at": STAMP,
    "status": "active",
    "type": "DDOngoingPayment",
    "payment_type": "directdebit",
    "amount": "2500",
    "first_collection_amount": "3000",
    "auddis": Of("mandate.auddis"),
    "mandate": Of("mandate.id"),
    "card_id": "",
    "collection_period": "monthly",
    "collection_stretch": "1",
    "collection_day": "1",
    "description": "membership",
    "custom_reference": "",
    "first_collection_date": "2026-07-01",
    "start_date": "2026-07-01",
    "end_date": "",
    "next_collection_date": "2026-07-01",
    "firstCollectionInSameMonthAsNextCollection": False,
    "metadata": "",
    "upcoming_payments": [
        {"collection_date": "2026-07-01", "amount": 3000},
        {"collection_date": "2026-08-03", "amount": 2500},
    ],
}
SAME_MONTH = "first_collection_in_same_month_as_next_collection"

CREATES: tuple[Row, ...] = (
    _create.gives(
        "every field",
        "7.11 D, A",
        {
            "type": "DDOngoingPayment",
            "payment_type": "directdebit",
            "start_date": FIRST,
            "end_date": date(2026, 8, 31),
            "custom_reference": "XYZ",
            SAME_MONTH: True,
            "metadata": "m",
        },
        gives={SAME_MONTH: False},
        wire=SAMPLE | {"end_date": "2026-08-31", "custom_reference": "XYZ", "metadata": "m"},
    ),
    _create.gives(
        "nothing but what is mandatory",
        "7.11 D, A",
        gives={
            "type": "DDOngoingPayment",
            "payment_type": "directdebit",
            "start_date": FIRST,
            "end_date": None,
            "status": "active",
        },
    ),
    _create.gives(
        "at most 12 collections are told",
        "7.11 A",
        {**WEEKLY, "first_collection_amount": 2500},
        gives={"upcoming_payments": collections(*TWELVE_WEEKS, amount=2500)},
    ),
    _create.gives(
        "the first two collections in one month",
        "7.11 D",
        {SAME_MONTH: True, "collection_day": "15", "end_date": date(2026, 8, 31)},
        gives={
            SAME_MONTH: False,
            "upcoming_payments": (
                *collections((2026, 7, 1), amount=3000),
                *collections((2026, 7, 15), (2026, 8, 17), amount=2500),
            ),
        },
    ),
    _create.gives(
        "by default the second collection is a month later",
        "7.11 D",
        {"collection_day": "15", "end_date": date(2026, 8, 31)},
        gives={
            "upcoming_payments": (
                *collections((2026, 7, 1), amount=3000),
                *collections((2026, 8, 17), amount=2500),
            )
        },
    ),
    _create.gives(
        "weekly: steps of 7 days, no day",
        "7.11 D",
        {**WEEKLY, "end_date": date(2026, 7, 20)},
        gives={
            "collection_day": None,
            "upcoming_payments": (
                *collections((2026, 7, 1), amount=3000),
                *collections((2026, 7, 8), (2026, 7, 15), amount=2500),
            ),
        },
    ),
    _create.gives(
        "every second week",
        "7.11 D",
        {**WEEKLY, "collection_stretch": 2, "end_date": date(2026, 7, 31)},
        gives={
            "upcoming_payments": (
                *collections((2026, 7, 1), amount=3000),
                *collections((2026, 7, 15), (2026, 7, 29), amount=2500),
            )
        },
    ),
    _create.gives(
        "every third month, on the last day",
        "7.11 D",
        {"collection_stretch": 3, "collection_day": "last day", "end_date": date(2027, 2, 1)},
        gives={
            "upcoming_payments": (
                *collections((2026, 7, 1), amount=3000),
                *collections((2026, 11, 2), (2027, 2, 1), amount=2500),
            )
        },
    ),
    _create.gives("on the 28th", "7.11 D", {"collection_day": "28"}),
    _create.gives(
        "a first date at a weekend is stored as the next banking day",
        "7.11 D",
        {"first_collection_date": date(2026, 7, 4)},
        gives={"next_collection_date": date(2026, 7, 6)},
    ),
    _create.gives(
        "a plan: the total split evenly, the rest in the first",
        "7.11 A",
        {**PLAN, **NO_FIRST},
        gives={"upcoming_payments": instalments(334, 333, 333), "first_collection_amount": None},
    ),
    _create.gives(
        "a plan with a first amount",
        "7.11 A",
        {**PLAN, "first_collection_amount": 500},
        gives={"upcoming_payments": instalments(500, 250, 250)},
        wire=SAMPLE
        | {
            "type": "DDPaymentPlan",
            "installments": 3,
            "amount": "1000",
            "first_collection_amount": "500",
            "upcoming_payments": [
                {"collection_date": "2026-07-01", "amount": 500},
                {"collection_date": "2026-08-03", "amount": 250},
                {"collection_date": "2026-09-01", "amount": 250},
            ],
        },
    ),
    _create.gives(
        "a plan of one",
        "7.11 A",
        {**PLAN, **NO_FIRST, "installments": 1},
        gives={"upcoming_payments": instalments(1000)},
    ),
    _create.gives("a plan of twelve", "7.11 A", {**PLAN, **NO_FIRST, "installments": 12}),
    _create.gives(
        "on a card",
        "7.11 A, D",
        given=on_a_card,
        gives={"id": new_id("RS02"), "card_id": GUID, "auddis": None, "mandate": None},
    ),
    _create.gives("a plan on a card", "7.11 A", {**PLAN, **NO_FIRST}, given=on_a_card),
    _create.gives("one penny", "7.11 D", {"amount": 1, "first_collection_amount": 1}),
    _create.gives("99 periods apart", "7.11 D", {"collection_stretch": 99}),
    *(
        _create.holds(f"without {name}", "7.11 D, A", {name: LEFT_OUT})
        for name in (*MONTHLY, "auddis")
    ),
    _create.holds("without a card", "7.11 A", {"card_id": LEFT_OUT}, given=on_a_card),
    _create.holds("an empty description", "7.11 D", {"description": ""}),
    *_create.longest("7.11 D, A", {"description": 44, "custom_reference": 50, "metadata": 1000}),
    _create.holds("another period", "7.11 D", {"collection_period": "daily"}),
    _create.holds("a stretch of 0", "7.11 D", {"collection_stretch": 0}),
    _create.holds("the 0th", "7.11 D", {"collection_day": "0"}),
    _create.holds("the 29th", "7.11 D", {"collection_day": "29"}),
    _create.holds("nothing to collect", "7.11 D", {"amount": 0}),
    _create.holds("a penny too much", "7.11 D", {"amount": 2_000_000_001}),
    _create.holds("nothing the first time", "7.11 D", {"first_collection_amount": 0}),
    _create.holds("another type", "7.11 A", {"type": "Once"}),
    _create.holds("another payment type", "7.11 A", {"payment_type": "cash"}),
    *(
        _create.holds(f"a {name} there is not", "5 D", {name: "2026-02-30"})
        for name in ("first_collection_date", "start_date", "end_date")
    ),
    _create.refuses(
        "same month that is no flag",
        "5 R",
        {SAME_MONTH: "maybe"},
        fields=["firstCollectionInSameMonthAsNextCollection"],
        held=(SAME_MONTH,),
    ),
    _create.holds(
        "a plan without instalments",
        "7.11 A",
        {**PLAN, "installments": LEFT_OUT},
        fields=["installments"],
    ),
    _create.holds("a plan of none", "7.11 A", {**PLAN, "installments": 0}, fields=["installments"]),
    _create.holds("a plan of 13", "7.11 A", {**PLAN, "installments": 13}, fields=["installments"]),
    _create.holds("instalments outside a plan", "7.11 A", {"installments": 3}),
    _create.refuses(
        "a plan too small for its instalments",
        "7.11 A",
        {**PLAN, "amount": 2, "first_collection_amount": LEFT_OUT},
        fields=["amount"],
    ),
    _create.refuses(
        "a first amount that leaves too little",
        "7.11 A",
        {**PLAN, "first_collection_amount": 999},
        fields=["first_collection_amount"],
    ),
    _create.refuses("yesterday", "7.7 D", {"first_collection_date": date(2026, 5, 31)}),
    _create.refuses("a reference nobody has", "7.11 D", {"auddis": "NOBODY"}),
    *(
        _create.refuses(
            f"on a mandate that is {status}", "7.7 A", fields=["auddis"], given=on_one_in(status)
        )
        for status in ("cancelled", "cancelled by payer", "on hold", "await validation")
    ),
    _create.refuses("a card there is not", "7.11 A", {"card_id": NO_RECORD}, given=on_a_card),
    _create.refuses(
        "a card without a successful payment",
        "8 A",
        fields=["card_id"],
        given=on_a_card_never_charged,
    ),
    _get.gives("a schedule", "7.11 D", gives={"amount": 2500, "status": "active"}),
    _get.gives(
        "a disabled schedule has nothing to come",
        "7.11 D",
        given=disabled,
        gives={"status": "inactive", "next_collection_date": None, "upcoming_payments": ()},
    ),
    _get.refuses("nobody", "4 A", given=nobody(), kind=NotFound, status=404),
)

CHANGES: tuple[Row, ...] = (
    _update.gives(
        "every field of an ongoing one",
        "7.11 A",
        {
            "end_date": date(2026, 8, 31),
            "custom_reference": "NEW",
            "description": "changed",
            SAME_MONTH: True,
            "metadata": "changed too",
        },
        gives={SAME_MONTH: False, "amount": 2500},
    ),
    _plan.gives(
        "instalments of a plan: the total stays",
        "7.11 A",
        {"installments": 2},
        gives={"upcoming_payments": instalments(500, 500), "amount": 1000},
    ),
    _update.gives(
        "end and texts cleared",
        "5 A, 7.11 A",
        {"end_date": None, "custom_reference": None, "metadata": None},
    ),
    *_update.longest("7.11 A", {"description": 44, "custom_reference": 50, "metadata": 1000}),
    _update.holds("a description cleared", "5 A", {"description": None}),
    _update.holds("an end there is not", "5 D", {"end_date": "2026-02-30"}),
    _update.refuses(
        "same month that is no flag",
        "5 R",
        {SAME_MONTH: "maybe"},
        fields=["firstCollectionInSameMonthAsNextCollection"],
        held=(SAME_MONTH,),
    ),
    _plan.holds("instalments cleared", "5 A", {"installments": None}),
    _plan.holds("13 instalments", "7.11 A", {"installments": 13}),
    _update.refuses("instalments of an ongoing one", "7.11 A", {"installments": 3}),
    _update.refuses(
        "a disabled one", "7.11 A", {"metadata": "m"}, fields=["status"], given=disabled
    ),
    _update.refuses("nobody", "4 A", given=nobody(metadata="m"), kind=NotFound, status=404),
    _disable.gives(
        "an active one",
        "7.11 D",
        gives={"status": "inactive", "next_collection_date": None},
    ),
    _disable.gives(
        "its pending payments fall with it",
        "7.11 A",
        given=with_a_payment,
        gives={"status": "inactive"},
        after={"payment": {"status": "cancelled", "amount": 2500}},
    ),
    _disable.gives(
        "a disabled one: nothing changes", "7.11 A", given=disabled, gives={"status": "inactive"}
    ),
    _disable.refuses("nobody", "4 A", given=nobody(), kind=NotFound, status=404),
)

ROWS = (*CREATES, *CHANGES)


@table(*ROWS)
async def test_schedule(row: Row, stage: Stage) -> None:
    await judge(row, stage)
