"""Direct Debit payments as the contract has them (section 7.7), and their dates (section 10)."""

from datetime import date
from typing import Any

from smarterpay.api import NotFound
from smarterpay.api.models.payment import PaymentUpdate
from tests.contract.judge import judge
from tests.contract.rows import (
    LEFT_OUT,
    STAMP,
    Given,
    Ground,
    Like,
    Of,
    Row,
    asked,
    new_id,
    nobody,
    record,
    table,
)
from tests.contract.stage import NO_RECORD, Stage

WEDNESDAY = date(2026, 6, 3)
ASKS: dict[str, Any] = {
    "amount": 2500,
    "collection_date": WEDNESDAY,
    "description": "metered bill",
}
CANCELLED = ("cancelled", "cancelled by payer", "cancelled by originator")
UNUSABLE = ("on hold", "await validation", "failed validation")


async def on_a_mandate(stage: Stage) -> Ground:
    mandate = await stage.mandate()
    return Ground({**ASKS, "auddis": mandate.auddis}, known={"mandate": mandate})


async def by_mandate_id(stage: Stage) -> Ground:
    mandate = await stage.mandate()
    return Ground({**ASKS, "mandate": mandate.id}, known={"mandate": mandate})


async def by_both(stage: Stage) -> Ground:
    mandate = await stage.mandate()
    named = {"mandate": mandate.id, "auddis": mandate.auddis}
    return Ground({**ASKS, **named}, known={"mandate": mandate})


async def by_two_that_differ(stage: Stage) -> Ground:
    mandate, other = await stage.mandate(), await stage.mandate()
    named = {"mandate": mandate.id, "auddis": other.auddis}
    return Ground({**ASKS, **named}, known={"mandate": mandate})


async def of_a_customer(stage: Stage) -> Ground:
    customer = await stage.customer()
    account = await stage.bank_account(customer_account=customer.id)
    mandate = await stage.mandate(customer_bank_account=account.id)
    return Ground(
        {**ASKS, "auddis": mandate.auddis}, known={"mandate": mandate, "customer": customer}
    )


def on_one_in(status: str) -> Given:
    """Ground on which the mandate is `status`."""

    async def given(stage: Stage) -> Ground:
        if status in {"first collection", "ongoing collection"}:
            mandate = await stage.mandate(dd_status=status)
        else:
            mandate = await stage.ended_mandate(status)
        return Ground({**ASKS, "auddis": mandate.auddis}, known={"mandate": mandate})

    return given


def after_one_that_is(status: str) -> Given:
    """Ground on which the mandate has one payment already."""

    async def given(stage: Stage) -> Ground:
        mandate = await stage.mandate()
        first = await stage.payment(auddis=mandate.auddis)
        if status == "cancelled":
            await stage.cloud.payments.update(first.id, PaymentUpdate(status="cancelled"))
        return Ground({**ASKS, "auddis": mandate.auddis}, known={"mandate": mandate})

    return given


async def scheduled(stage: Stage) -> Ground:
    """The payment that a schedule created for Monday 8 June."""
    schedule = await stage.schedule(first_collection_date=date(2026, 6, 8), collection_day="8")
    (made,) = [found async for found in stage.cloud.payments.list()]
    return Ground({}, made.id, {"record": made, "schedule": schedule})


async def pending(stage: Stage) -> Ground:
    made = await stage.payment(metadata="m")
    return Ground({}, made.id, {"record": made})


async def charged_by_card(stage: Stage) -> Ground:
    registered = await stage.charged(custom_reference="XYZ")
    return Ground({}, registered.id, {"card": registered})


_create = asked("payment.create", on_a_mandate, "payment")
_get = asked("payment.get", pending, "payment")
_update = asked("payment.update", pending, "payment")
_submitted = _update.at(record(lambda s: s.submitted_payment()))

SAMPLE: dict[str, Any] = {
    "id": new_id("P01"),
    "created_at": STAMP,
    "status": "pending_submission",
    "amount": "2500",
    "currency_code": "GBP",
    "collection_date": "2026-06-03",
    "payment_type": "first_collection",
    "record_type": "direct debit",
    "description": "metered bill",
    "custom_reference": "",
    "metadata": "",
    "auddis": Of("mandate.auddis"),
    "mandate": Of("mandate.id"),
    "users_reference": Of("mandate.auddis"),
    "related_payment": "",
    "customer_account": "",
    "recurrence_schedule": "",
    "bacs_code": "",
    "bacs_description": "",
}
VECTORS = (
    ("Mon 1 Jun 10:00", "2026-06-01 10:00", date(2026, 6, 1), date(2026, 6, 3)),
    ("Mon 1 Jun 21:59", "2026-06-01 21:59", date(2026, 6, 1), date(2026, 6, 3)),
    ("Mon 1 Jun 22:00", "2026-06-01 22:00", date(2026, 6, 1), date(2026, 6, 4)),
    ("Fri 5 Jun 09:00", "2026-06-05 09:00", date(2026, 6, 5), date(2026, 6, 9)),
    ("Sat 6 Jun", "2026-06-06 09:00", date(2026, 6, 6), date(2026, 6, 10)),
    ("Thu 24 Dec 10:00", "2026-12-24 10:00", date(2026, 12, 24), date(2026, 12, 30)),
    ("a Saturday ahead", "", date(2026, 6, 13), date(2026, 6, 15)),
    ("a Sunday ahead", "", date(2026, 6, 14), date(2026, 6, 15)),
    ("a bank holiday ahead", "", date(2026, 8, 31), date(2026, 9, 1)),
    ("Christmas ahead", "", date(2026, 12, 25), date(2026, 12, 29)),
    ("a banking day ahead", "", date(2026, 6, 16), date(2026, 6, 16)),
)

CREATES: tuple[Row, ...] = (
    _create.gives(
        "every field, by reference and id",
        "7.7 A, D",
        {"custom_reference": "XYZ", "metadata": "m", "record_type": "direct debit"},
        given=by_both,
        sets=("mandate", "auddis"),
        wire=SAMPLE | {"custom_reference": "XYZ", "metadata": "m"},
    ),
    _create.gives("nothing but what is mandatory, by reference", "7.7 A", wire=SAMPLE),
    _create.gives("by the mandate's id", "7.7 A", given=by_mandate_id, wire=SAMPLE),
    _create.gives(
        "of a customer",
        "7.7 A",
        given=of_a_customer,
        gives={"customer_account": Of("customer.id"), "mandate": Of("mandate.id")},
    ),
    _create.gives("one penny", "7.7 A", {"amount": 1}),
    _create.gives("as much as can be", "7.7 A", {"amount": 2_000_000_000}),
    *(
        _create.gives(
            f"{told}: stored as {stored:%a %d %b}",
            "7.7 R, 10 D, R, A",
            {"collection_date": day},
            at=at,
            gives={"collection_date": stored},
        )
        for told, at, day, stored in VECTORS
    ),
    _create.gives(
        "the count of processing days is the client's",
        "10 R",
        {"collection_date": date(2026, 6, 1)},
        settings={"processing_days": 5},
        gives={"collection_date": date(2026, 6, 5)},
    ),
    _create.gives(
        "a second one is an ongoing collection",
        "7.7 A",
        given=after_one_that_is("pending"),
        gives={"payment_type": "ongoing_collection"},
    ),
    _create.gives(
        "after a cancelled one it is the first again",
        "7.7 A",
        given=after_one_that_is("cancelled"),
        gives={"payment_type": "first_collection"},
    ),
    _create.gives(
        "on a mandate in first collection",
        "7.7 A, D",
        given=on_one_in("first collection"),
        gives={"payment_type": "first_collection"},
    ),
    _create.gives(
        "on a mandate in ongoing collection",
        "7.7 A, D",
        given=on_one_in("ongoing collection"),
        gives={"payment_type": "ongoing_collection"},
    ),
    *(
        _create.gives(
            f"on a mandate that is {status}: recorded, and nothing is collected",
            "7.7 R",
            given=on_one_in(status),
            gives={"status": "cancelled", "amount": 0},
        )
        for status in CANCELLED
    ),
    _create.gives(
        "with core references: the counter follows the core",
        "7.5 D",
        settings={"core_reference": True},
        gives={"users_reference": Like("MA[0-9]{8}0001"), "auddis": Of("mandate.auddis")},
    ),
    *(_create.holds(f"without {name}", "7.7 A", {name: LEFT_OUT}) for name in (*ASKS, "auddis")),
    _create.holds("an empty description", "7.7 A", {"description": ""}),
    *_create.longest("7.7 A", {"description": 100, "custom_reference": 50, "metadata": 1000}),
    _create.holds("nothing to collect", "7.7 A", {"amount": 0}),
    _create.holds("a negative amount", "7.7 A", {"amount": -1}),
    _create.holds("a penny too much", "7.7 A", {"amount": 2_000_000_001}),
    _create.holds("an amount with a point", "5 D", {"amount": 25.5}),
    _create.holds("an amount in words", "5 D", {"amount": "much"}),
    _create.holds("a day there is not", "5 D", {"collection_date": "2026-02-30"}),
    _create.holds("a date the other way round", "5 D", {"collection_date": "03/06/2026"}),
    _create.refuses("a record type of cards", "7.7 A", {"record_type": "card payment"}),
    _create.refuses("yesterday", "7.7 D", {"collection_date": date(2026, 5, 31)}),
    _create.refuses("a reference nobody has", "7.7 A", {"auddis": "NOBODY"}),
    _create.refuses("a mandate there is not", "7.7 A", {"mandate": NO_RECORD}, given=by_mandate_id),
    _create.refuses(
        "a mandate and the reference of another",
        "7.7 A",
        fields=["auddis"],
        given=by_two_that_differ,
    ),
    *(
        _create.refuses(
            f"on a mandate that is {status}", "7.7 A", fields=["auddis"], given=on_one_in(status)
        )
        for status in UNUSABLE
    ),
    _create.refuses(
        "on a mandate that is expired",
        "7.7 A",
        {"collection_date": date(2027, 8, 2)},
        fields=["auddis"],
        given=on_one_in("expired"),
    ),
    _get.gives("a payment", "7.7 A", gives={"amount": 2500, "card_id": None}),
    _get.gives(
        "a card payment has its card instead of a reference",
        "7.7 A",
        given=charged_by_card,
        gives={"card_id": Of("card.card_id"), "record_type": "card payment"},
        wire={name: value for name, value in SAMPLE.items() if name != "auddis"}
        | {
            "id": Of("card.id"),
            "card_id": Of("card.card_id"),
            "status": "successful",
            "collection_date": "2026-06-01",
            "payment_type": "Ecommerce",
            "record_type": "card payment",
            "description": "",
            "custom_reference": "XYZ",
            "customer_account": Like("CA01[A-Z0-9]{16}"),
            "mandate": "",
            "users_reference": "",
        },
    ),
    _get.refuses("nobody", "4 A", given=nobody(), kind=NotFound, status=404),
)

UPDATES: tuple[Row, ...] = (
    _update.gives(
        "every field",
        "7.7 A",
        {
            "amount": 1,
            "collection_date": date(2026, 6, 16),
            "description": "changed",
            "custom_reference": "NEW",
            "metadata": "changed too",
        },
    ),
    _update.gives(
        "the rest stays",
        "5 A",
        {"amount": 300},
        gives={"description": "metered bill", "metadata": "m", "collection_date": WEDNESDAY},
    ),
    _update.gives("texts cleared", "5 A", {"custom_reference": None, "metadata": None}),
    _update.gives(
        "a date that has to move",
        "7.7 A",
        {"collection_date": date(2026, 6, 13)},
        gives={"collection_date": date(2026, 6, 15)},
    ),
    _update.gives(
        "cancelled: it keeps its amount",
        "7.7 A, R",
        {"status": "cancelled"},
        gives={"amount": 2500},
    ),
    _update.gives(
        "cancelled: amount 0 where that is switched on",
        "7.7 R",
        {"status": "cancelled"},
        settings={"cancel_zeroes_amount": True},
        gives={"amount": 0},
    ),
    _update.gives(
        "amount 0: a payment break of a schedule", "7.7 D", {"amount": 0}, given=scheduled
    ),
    _submitted.gives(
        "a code for a submitted payment",
        "7.7 D, 10 D",
        {"bacs_code": "ARUDD 0"},
        gives={"bacs_code": "ARUDD0", "bacs_description": "refer to payer", "status": "failed"},
    ),
    *_update.longest("7.7 A", {"description": 100, "custom_reference": 50, "metadata": 1000}),
    *(
        _update.holds(f"{name} cleared", "5 A", {name: None})
        for name in ("amount", "collection_date", "description", "status", "bacs_code")
    ),
    _update.holds("a negative amount", "7.7 A", {"amount": -1}),
    _update.holds("a penny too much", "7.7 A", {"amount": 2_000_000_001}),
    _update.holds("a status no caller gives", "7.7 A", {"status": "successful"}),
    _update.holds("a code that is none", "7.7 D", {"bacs_code": "NONSENSE"}),
    _update.refuses("amount 0 where there is no schedule", "7.7 D", {"amount": 0}),
    _update.refuses("yesterday", "7.7 D, A", {"collection_date": date(2026, 5, 31)}),
    _update.refuses("a code before it is submitted", "7.7 D", {"bacs_code": "ARUDD0"}),
    *(
        _submitted.refuses(f"{told} once submitted", "7.7 A", changes, fields=["status"])
        for told, changes in (
            ("amount", {"amount": 1}),
            ("date", {"collection_date": date(2026, 6, 16)}),
            ("text", {"description": "changed"}),
            ("metadata", {"metadata": "changed too"}),
            ("cancelled", {"status": "cancelled"}),
        )
    ),
    _update.refuses("nobody", "4 A", given=nobody(status="cancelled"), kind=NotFound, status=404),
)

ROWS = (*CREATES, *UPDATES)


@table(*ROWS)
async def test_payment(row: Row, stage: Stage) -> None:
    await judge(row, stage)
