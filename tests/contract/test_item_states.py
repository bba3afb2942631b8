"""Every state that a payment or credit can be read in, and how it came there (7.7, 7.10, 8)."""

from collections.abc import Awaitable, Callable
from datetime import date

import pytest

from smarterpay.api import GatewaySilent
from smarterpay.api.models.payment import PaymentUpdate
from tests.api import builders
from tests.contract.judge import judge
from tests.contract.rows import Given, Ground, Row, asked, table
from tests.contract.stage import Stage

Life = Callable[[Stage], Awaitable[str]]
"""Lives through days and gives the id of the item that stands then."""


def lived(life: Life) -> Given:
    """Ground on which an item has come to its state."""

    async def given(stage: Stage) -> Ground:
        return Ground({}, await life(stage))

    return given


async def cancelled(stage: Stage) -> str:
    payment = await stage.payment()
    await stage.cloud.payments.update(payment.id, PaymentUpdate(status="cancelled"))
    return payment.id


async def submitted(stage: Stage) -> str:
    payment = await stage.payment()
    stage.set_clock("2026-06-01 22:00")
    return payment.id


async def successful(stage: Stage) -> str:
    payment = await stage.payment()
    stage.set_clock("2026-06-08 06:00")
    return payment.id


async def failed(stage: Stage) -> str:
    payment = await stage.payment(amount=9010)
    stage.set_clock("2026-06-04 08:00")
    return payment.id


async def claimed(stage: Stage) -> str:
    payment = await stage.payment(amount=9057)
    stage.set_clock("2026-06-17 08:00")
    return payment.id


def challenged(phrase: str) -> Life:
    """A claimed payment, after a challenge report with that phrase."""

    async def life(stage: Stage) -> str:
        payment_id = await claimed(stage)
        stage.sandbox.control("challenge-report", {"record_id": payment_id, "phrase": phrase})
        return payment_id

    return life


async def last_instalment(stage: Stage) -> str:
    """The second payment of a weekly plan of two, created five banking days before its date."""
    await stage.plan(
        installments=2,
        collection_period="weekly",
        collection_day=None,
        first_collection_date=date(2026, 6, 8),
    )
    stage.set_clock("2026-06-08 06:00")
    _, last = [found.id async for found in stage.cloud.payments.list()]
    return last


async def credit_settled(stage: Stage) -> str:
    credit = await stage.credit(credit_date=date(2026, 6, 3))
    stage.set_clock("2026-06-08 06:00")
    return credit.id


async def credit_returned(stage: Stage) -> str:
    credit = await stage.credit(credit_date=date(2026, 6, 3), amount=9030)
    stage.set_clock("2026-06-04 08:00")
    return credit.id


def card_payment(amount: int, seconds: int = 0) -> Life:
    """The payment of a Register whose form is completed, so many seconds later."""

    async def life(stage: Stage) -> str:
        registered = await stage.charged(amount=amount)
        if seconds:
            stage.sandbox.advance(seconds)
        return registered.id

    return life


def silent_repeat(amount: int) -> Life:
    """A Repeat of which the gateway said nothing, a minute later; found as a caller finds it."""

    async def life(stage: Stage) -> str:
        first = await stage.charged()
        request = builders.repeat(amount=amount, custom_reference="SILENT")
        with pytest.raises(GatewaySilent):
            await stage.card.transactions.repeat(first.card_id or "", request)
        stage.sandbox.advance(60)
        (found,) = [
            found.id async for found in stage.cloud.payments.list(custom_reference="SILENT")
        ]
        return found

    return life


async def voided(stage: Stage) -> str:
    registered = await stage.charged()
    await stage.card.transactions.void(registered.card_id or "", builders.void())
    return registered.id


async def refunded(stage: Stage) -> str:
    registered = await stage.charged()
    await stage.card.transactions.refund(registered.card_id or "", builders.refund(amount=2500))
    return registered.id


def repeated_asynchronously(seconds: int) -> Life:
    """A Repeat answered 202, so many seconds ago."""

    async def life(stage: Stage) -> str:
        first = await stage.charged()
        request = builders.repeat(is_async=True)
        made = await stage.card.transactions.repeat(first.card_id or "", request)
        if seconds:
            stage.sandbox.advance(seconds)
        return made.id

    return life


_payment = asked("payment.get", lived(submitted), "payment")
_credit = asked("credit.get", lived(credit_settled), "credit")

DIRECT_DEBITS: tuple[Row, ...] = (
    *(
        _payment.gives(told, cite, given=lived(life), gives={"status": status, "bacs_code": code})
        for told, cite, life, status, code in (
            ("cancelled by a PUT", "11 A", cancelled, "cancelled", None),
            ("sent at 22:00", "11 D, 12 A", submitted, "submitted", None),
            ("settled on the third banking day", "12 D, A", successful, "successful", None),
            ("returned on the day after", "11 A, 12 A, 13 A", failed, "failed", "ARUDD0"),
            ("claimed back", "11 D, 12 A, 13 A", claimed, "indemnity_claimed", "DDICA7"),
        )
    ),
    *(
        _payment.gives(
            f"a claim, {phrase}",
            "10 D, 11 D",
            given=lived(challenged(phrase)),
            gives={"status": status, "bacs_description": phrase},
        )
        for phrase, status in (
            ("challenge accepted", "successful"),
            ("challenge auto accepted", "successful"),
            ("challenge rejected", "failed"),
            ("challenge expired", "failed"),
            ("challenge withdrawn", "failed"),
            ("approval rejected", "failed"),
            ("approval expired", "failed"),
            ("psp reviewing", "indemnity_claimed"),
        )
    ),
    _payment.gives(
        "the last instalment of a plan",
        "7.7 A",
        given=lived(last_instalment),
        gives={"payment_type": "final_collection", "amount": 500},
    ),
    _credit.gives("settled on the third banking day", "11 A, 12 A", gives={"status": "successful"}),
    _credit.gives(
        "returned on the day after",
        "11 D, 12 A, 13 A",
        given=lived(credit_returned),
        gives={"status": "failed", "bacs_code": "ARUCS0"},
    ),
)

CARDS: tuple[Row, ...] = (
    *(
        _payment.gives(
            f"a card payment of {amount}, {seconds} s after the form",
            "8 D, 13 A",
            given=lived(card_payment(amount, seconds)),
            gives={"status": status, "record_type": "card payment"},
        )
        for amount, seconds, status in (
            (2500, 0, "successful"),
            (4005, 0, "failed"),
            (4010, 0, "successful"),
            (4011, 0, "failed"),
            (4012, 0, "pending"),
            (4012, 60, "successful"),
            (4020, 0, "cancelled"),
        )
    ),
    *(
        _payment.gives(
            f"a silent gateway, {amount}: found by reference as {status}",
            "8 A, 13 A",
            given=lived(silent_repeat(amount)),
            gives={"status": status, "amount": amount},
        )
        for amount, status in ((4098, "error"), (4099, "successful"))
    ),
    _payment.gives(
        "voided: all of it", "8 D, 11 A", given=lived(voided), gives={"status": "cancelled"}
    ),
    _payment.gives(
        "refunded: unchanged", "8 D, 11 A", given=lived(refunded), gives={"status": "successful"}
    ),
    _payment.gives(
        "asynchronous: not yet",
        "8 D",
        given=lived(repeated_asynchronously(0)),
        gives={"status": "pending"},
    ),
    _payment.gives(
        "asynchronous: later",
        "8 D",
        given=lived(repeated_asynchronously(60)),
        gives={"status": "successful"},
    ),
)

ROWS = (*DIRECT_DEBITS, *CARDS)


@table(*ROWS)
async def test_item_state(row: Row, stage: Stage) -> None:
    await judge(row, stage)
