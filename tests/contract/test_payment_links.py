"""Payment links as the contract has them (section 7.12), on pages set up this way and that."""

from datetime import UTC, date, datetime
from typing import Any

from smarterpay.api import NotFound
from smarterpay.api.models.payment_link import PaymentLinkUpdate
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
    nothing,
    table,
)
from tests.contract.stage import NO_RECORD, PAGE, Stage

ASKS = {"ecommerce_page": PAGE}
REFERENCES = (
    "bank_account_custom_reference",
    "card_payment_custom_reference",
    "customer_custom_reference",
    "recurrence_schedule_custom_reference",
)
METADATA = (
    "metadata",
    "metadata_account_validation",
    "metadata_bank_account",
    "metadata_card",
    "metadata_customer_account",
    "metadata_mandate",
    "metadata_recurrence_schedule",
)
TEXTS = {name: f"{name} £" for name in (*REFERENCES, *METADATA)}
OTHER_TEXTS = {name: text for name, text in TEXTS.items() if name != "metadata"}
OVERRIDES: dict[str, Any] = {
    "amount": 2500,
    "auddis": "MA10867326",
    "first_collection_amount": 3000,
    "first_collection_date": date(2026, 7, 1),
    "start_date": date(2026, 7, 1),
    "end_date": date(2027, 7, 1),
    "return_url": "https://shop.example.com/back?order=1",
}
CLEARED = ("auddis", "first_collection_date", "start_date", "end_date", "return_url")
LENGTHS = {**dict.fromkeys(REFERENCES, 100), **dict.fromkeys(METADATA, 1000)}
SCHEDULED = {"payment_types": "DDOngoingPayment", "schedule_step": "Edit"}
"""A page that sets a schedule up, of which everything may be overridden."""
LONGEST_URL = "https://shop.example.com/" + "x" * (2048 - 25)


def on_a_page(**setup: Any) -> Given:
    """Ground on which the page is set up so, and a customer with bank account stands."""

    async def given(stage: Stage) -> Ground:
        stage.page(**setup)
        customer = await stage.customer()
        account = await stage.bank_account(customer_account=customer.id)
        known = {"customer": customer, "account": account}
        return Ground(
            {**ASKS, "customer_account": customer.id, "bank_account": account.id}, known=known
        )

    return given


async def with_every_record(stage: Stage) -> Ground:
    """Ground on which a link can name all four of its records."""
    stage.page(**SCHEDULED)
    schedule = await stage.schedule()
    mandate = await stage.cloud.mandates.get(schedule.mandate or "")
    named = {
        "customer_account": (await stage.customer()).id,
        "bank_account": mandate.customer_bank_account,
        "mandate": mandate.id,
        "recurrence_schedule": schedule.id,
    }
    return Ground({**ASKS, **named}, known={"mandate": mandate, "schedule": schedule})


async def with_an_inactive_schedule(stage: Stage) -> Ground:
    ground = await with_every_record(stage)
    await stage.cloud.recurrence_schedules.disable(ground.known["schedule"].id)
    return ground


async def with_a_disabled_account(stage: Stage) -> Ground:
    ground = await on_a_page()(stage)
    await stage.cloud.bank_accounts.disable(ground.known["account"].id)
    return ground


async def with_a_cancelled_mandate(stage: Stage) -> Ground:
    stage.page(**SCHEDULED)
    mandate = await stage.ended_mandate("cancelled")
    return Ground({**ASKS, "mandate": mandate.id}, known={"mandate": mandate})


def standing(**setup: Any) -> Given:
    """Ground on which a link stands on a page set up so."""

    async def given(stage: Stage) -> Ground:
        stage.page(**setup)
        made = await stage.link(**TEXTS, description="membership")
        return Ground({}, made.id, {"record": made})

    return given


async def overriding(stage: Stage) -> Ground:
    stage.page(**SCHEDULED)
    made = await stage.link(**OVERRIDES)
    return Ground({}, made.id, {"record": made})


def ended(how: str) -> Given:
    """Ground on which a link is `completed`, `expired` or `cancelled`."""

    async def given(stage: Stage) -> Ground:
        stage.page(expiry="1 day")
        made = await stage.link()
        match how:
            case "completed":
                stage.sandbox.control(f"payment-links/{made.id}/complete", {})
            case "cancelled":
                await stage.cloud.payment_links.update(
                    made.id, PaymentLinkUpdate(status="cancelled")
                )
            case "expired":
                stage.set_clock("2026-06-02 05:00")
        return Ground({}, made.id, {"record": made})

    return given


async def for_many(stage: Stage) -> Ground:
    stage.page(single_use=False)
    made = await stage.link()
    stage.sandbox.control(f"payment-links/{made.id}/complete", {})
    return Ground({}, made.id)


_create = asked("payment_link.create", on_a_page(), "payment_link")
_scheduled = _create.at(on_a_page(**SCHEDULED))
_get = asked("payment_link.get", standing(), "payment_link")
_update = asked("payment_link.update", standing(**SCHEDULED), "payment_link")

BARE: dict[str, Any] = {
    "id": new_id("PL01"),
    "url": Like(r"http://.+\?ID=PL01[A-Z0-9]{16}"),
    "created_at": STAMP,
    "expires_at": "",
    "status": "active",
    "ecommerce_page": PAGE,
    "customer_account": "",
    "bank_account": "",
    "mandate": "",
    "recurrence_schedule": "",
    "description": "",
    **dict.fromkeys(OVERRIDES, ""),
    **dict.fromkeys(TEXTS, ""),
}

CREATES: tuple[Row, ...] = (
    _scheduled.gives(
        "every override, reference and metadata",
        "7.12 D, A",
        {**OVERRIDES, **TEXTS, "description": "membership"},
        wire=BARE
        | OVERRIDES
        | TEXTS
        | {
            "customer_account": Of("customer.id"),
            "bank_account": Of("account.id"),
            "amount": "2500",
            "first_collection_amount": "3000",
            "first_collection_date": "2026-07-01",
            "start_date": "2026-07-01",
            "end_date": "2027-07-01",
            "description": "membership",
        },
    ),
    _create.gives(
        "every record that can be named",
        "7.12 D",
        {"return_url": "https://shop.example.com/"},
        given=with_every_record,
        sets=("customer_account", "bank_account", "mandate", "recurrence_schedule"),
    ),
    _create.gives(
        "nothing but what is mandatory",
        "7.12 D",
        given=nothing(**ASKS),
        gives={"status": "active", "expires_at": None},
        wire=BARE,
    ),
    *(
        _create.gives(
            f"on a page whose links live {expiry}",
            "7.12 A, 7.16 D, A",
            given=on_a_page(expiry=expiry),
            gives={"expires_at": datetime(2026, 6, day, 4, tzinfo=UTC)},
        )
        for expiry, day in (("1 day", 2), ("3 days", 4), ("7 days", 8))
    ),
    *_create.mandatory("7.12 D", "ecommerce_page"),
    *_create.longest("7.12 D, A", {"description": 255, **LENGTHS}),
    _create.gives("a return URL of 2048", "7.12 D", {"return_url": LONGEST_URL}),
    _create.holds("a return URL of 2049", "7.12 D", {"return_url": LONGEST_URL + "x"}),
    *(
        _create.holds(f"a return URL {told}", "7.12 D", {"return_url": url})
        for told, url in (
            ("without TLS", "http://shop.example.com/"),
            ("that is none", "nowhere"),
            ("with page", "https://shop.example.com/?page=1"),
            ("with payment", "https://shop.example.com/?a=1&payment=2"),
        )
    ),
    _scheduled.holds("nothing to collect", "7.12 D", {"amount": 0}),
    _scheduled.holds("a penny too much", "7.12 D", {"amount": 2_000_000_001}),
    _scheduled.holds("nothing the first time", "7.12 D", {"first_collection_amount": 0}),
    _scheduled.holds("a reference in lower case", "7.5 D", {"auddis": "ma1"}),
    *(
        _scheduled.holds(f"a {name} there is not", "5 D", {name: "2026-02-30"})
        for name in ("first_collection_date", "start_date", "end_date")
    ),
    _scheduled.refuses("yesterday", "7.7 D", {"first_collection_date": date(2026, 5, 31)}),
    _create.refuses("a page there is not", "7.12 D", {"ecommerce_page": NO_RECORD}),
    _create.refuses("a customer there is not", "7.12 D", {"customer_account": NO_RECORD}),
    _create.refuses("a bank account there is not", "7.12 D", {"bank_account": NO_RECORD}),
    _scheduled.refuses("a mandate there is not", "7.12 D", {"mandate": NO_RECORD}),
    _scheduled.refuses("a schedule there is not", "7.12 D", {"recurrence_schedule": NO_RECORD}),
    *(
        _create.refuses(f"{name}, which the page does not permit", "7.12 D", {name: value})
        for name, value in OVERRIDES.items()
        if name not in {"auddis", "return_url"}
    ),
    *(
        _create.refuses(
            f"without {name}, which the page expects",
            "7.12 D",
            {name: LEFT_OUT},
            given=on_a_page(**setup),
        )
        for name, setup in (
            ("customer_account", {"customer_step": "ReadOnly"}),
            ("bank_account", {"bank_step": "ReadOnly"}),
        )
    ),
    _create.refuses(
        "without the amount of a card payment",
        "7.12 D",
        {"bank_account": LEFT_OUT},
        fields=["amount"],
        given=on_a_page(payment_types="CardPayment", card_step="Skip"),
    ),
    _create.refuses(
        "a disabled bank account", "7.2 D", fields=["bank_account"], given=with_a_disabled_account
    ),
    _create.refuses(
        "a cancelled mandate", "7.7 R", fields=["mandate"], given=with_a_cancelled_mandate
    ),
    _create.refuses(
        "an inactive schedule",
        "7.11 D",
        fields=["recurrence_schedule"],
        given=with_an_inactive_schedule,
    ),
    _get.gives("a link", "7.12 D, A", gives={"status": "active", **TEXTS}),
    *(
        _get.gives(
            f"a link that is {status}", "11 A", given=ended(status), gives={"status": status}
        )
        for status in ("completed", "expired", "cancelled")
    ),
    _get.gives("a link for many stays active", "11 A", given=for_many, gives={"status": "active"}),
    _get.refuses("nobody", "4 A", given=nobody(), kind=NotFound, status=404),
)

CHANGES: tuple[Row, ...] = (
    _update.gives("every override, reference and metadata", "7.12 A, D", {**OVERRIDES, **TEXTS}),
    _update.gives(
        "one text: the others stay",
        "5 A",
        {"metadata": "changed too"},
        gives=OTHER_TEXTS,
    ),
    _update.gives("texts cleared", "5 A", dict.fromkeys(TEXTS)),
    _update.gives(
        "overrides cleared", "5 A", dict.fromkeys(CLEARED), given=overriding, gives={"amount": 2500}
    ),
    _update.gives("cancelled", "7.12 A, 11 A", {"status": "cancelled"}),
    *_update.longest("7.12 A", LENGTHS),
    _update.holds("a return URL without TLS", "7.12 D", {"return_url": "http://x.example.com/"}),
    _update.holds("nothing to collect", "7.12 D", {"amount": 0}),
    _update.holds("nothing the first time", "7.12 D", {"first_collection_amount": 0}),
    _update.holds("a reference in lower case", "7.5 D", {"auddis": "ma1"}),
    *(
        _update.holds(f"a {name} there is not", "5 D", {name: "2026-02-30"})
        for name in ("first_collection_date", "start_date", "end_date")
    ),
    _update.holds("a status no caller gives", "7.12 A", {"status": "completed"}),
    _update.holds("a status cleared", "5 A", {"status": None}),
    _update.refuses("yesterday", "7.7 D", {"first_collection_date": date(2026, 5, 31)}),
    _update.refuses(
        "an override the page does not permit", "7.12 D", {"amount": 2500}, given=standing()
    ),
    *(
        _update.refuses(
            f"a link that is {status}",
            "7.12 A",
            {"metadata": "changed too"},
            fields=["status"],
            given=ended(status),
        )
        for status in ("completed", "expired", "cancelled")
    ),
    _update.refuses("nobody", "4 A", given=nobody(status="cancelled"), kind=NotFound, status=404),
)

ROWS = (*CREATES, *CHANGES)


@table(*ROWS)
async def test_payment_link(row: Row, stage: Stage) -> None:
    await judge(row, stage)
