"""Presenting a failed payment again, as the contract has it (section 7.8)."""

from datetime import date
from typing import Any

from smarterpay.api import NotFound
from smarterpay.api.models.mandate import MandateUpdate
from smarterpay.api.models.payment import Payment
from tests.api import builders
from tests.contract.judge import judge
from tests.contract.rows import (
    LEFT_OUT,
    STAMP,
    Ground,
    Of,
    Row,
    asked,
    new_id,
    nobody,
    table,
)
from tests.contract.stage import Stage

FRIDAY = date(2026, 6, 5)
ASKS: dict[str, Any] = {"amount": 100, "collection_date": FRIDAY, "description": "metered bill"}


def _ground(original: Payment) -> Ground:
    return Ground({**ASKS, "auddis": original.auddis}, original.id, {"original": original})


async def failed(stage: Stage) -> Ground:
    return _ground(await stage.failed_payment())


async def pending(stage: Stage) -> Ground:
    return _ground(await stage.payment())


async def submitted(stage: Stage) -> Ground:
    return _ground(await stage.submitted_payment())


async def failed_on_a_cancelled_mandate(stage: Stage) -> Ground:
    original = await stage.failed_payment()
    await stage.cloud.mandates.update(original.mandate or "", MandateUpdate(dd_status="cancelled"))
    return _ground(original)


async def failed_on_a_mandate_on_hold(stage: Stage) -> Ground:
    original = await stage.failed_payment()
    await stage.cloud.mandates.update(original.mandate or "", MandateUpdate(dd_status="on hold"))
    return _ground(original)


async def presented_again_once(stage: Stage) -> Ground:
    ground = await failed(stage)
    request = builders.represent(**ground.asks)
    await stage.cloud.payments.represent(ground.id or "", request)
    return ground


async def with_another_mandate(stage: Stage) -> Ground:
    original = await stage.failed_payment()
    other = await stage.mandate()
    return Ground({**ASKS, "auddis": other.auddis}, original.id, {"original": original})


_represent = asked("payment.represent", failed, "payment")
AGAIN: dict[str, Any] = {
    "id": new_id("P01"),
    "created_at": STAMP,
    "status": "pending_submission",
    "amount": "100",
    "currency_code": "GBP",
    "collection_date": "2026-06-05",
    "payment_type": "represent",
    "record_type": "direct debit",
    "description": "metered bill",
    "custom_reference": "",
    "metadata": "",
    "auddis": Of("original.auddis"),
    "mandate": Of("original.mandate"),
    "users_reference": Of("original.auddis"),
    "related_payment": Of("original.id"),
    "customer_account": "",
    "recurrence_schedule": "",
    "bacs_code": "",
    "bacs_description": "",
}

ROWS: tuple[Row, ...] = (
    _represent.gives(
        "every field",
        "7.8 D, R",
        {"custom_reference": "XYZ", "metadata": "m", "record_type": "direct debit"},
        wire=AGAIN | {"custom_reference": "XYZ", "metadata": "m"},
        after={"original": {"status": "failed", "bacs_code": "ARUDD0"}},
    ),
    _represent.gives("nothing but what is mandatory", "7.8 D", wire=AGAIN),
    _represent.gives("a second time: no limit", "7.8 A", given=presented_again_once),
    _represent.gives(
        "a date that has to move",
        "7.8 D",
        {"collection_date": date(2026, 6, 13)},
        gives={"collection_date": date(2026, 6, 15)},
    ),
    _represent.gives("one penny", "7.8 D", {"amount": 1}),
    _represent.gives("as much as can be", "7.8 D", {"amount": 2_000_000_000}),
    *(
        _represent.holds(f"without {name}", "7.8 D, R", {name: LEFT_OUT})
        for name in (*ASKS, "auddis")
    ),
    _represent.holds("an empty description", "7.8 D", {"description": ""}),
    _represent.holds("an empty reference", "7.8 R", {"auddis": ""}),
    *_represent.longest("7.8 D", {"description": 100, "custom_reference": 50, "metadata": 1000}),
    _represent.holds("nothing to collect", "7.8 D", {"amount": 0}),
    _represent.holds("a penny too much", "7.8 D", {"amount": 2_000_000_001}),
    _represent.refuses("a record type of cards", "7.8 D", {"record_type": "card payment"}),
    _represent.refuses("yesterday", "7.8 A", {"collection_date": date(2026, 5, 31)}),
    _represent.refuses("a pending payment", "7.8 A", fields=["status"], given=pending),
    _represent.refuses("a submitted payment", "7.8 A", fields=["status"], given=submitted),
    _represent.refuses(
        "another mandate's reference", "7.8 R", fields=["auddis"], given=with_another_mandate
    ),
    _represent.refuses(
        "on a cancelled mandate",
        "7.8 A",
        fields=["auddis"],
        given=failed_on_a_cancelled_mandate,
    ),
    _represent.refuses(
        "on a mandate on hold", "7.8 A", fields=["auddis"], given=failed_on_a_mandate_on_hold
    ),
    _represent.refuses(
        "once more than the limit that is switched on",
        "7.8 A",
        fields=["status"],
        settings={"represent_max": 1},
        given=presented_again_once,
    ),
    _represent.refuses(
        "nobody", "4 A", given=nobody(**ASKS, auddis="MA1"), kind=NotFound, status=404
    ),
)


@table(*ROWS)
async def test_represent(row: Row, stage: Stage) -> None:
    await judge(row, stage)
