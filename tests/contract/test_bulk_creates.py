"""Bulk creates and API requests as the contract has them (section 7.9)."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from smarterpay.api import NotFound
from smarterpay.api.models.credit import CreditBulkCreate, CreditCreate
from smarterpay.api.models.payment import PaymentBulkCreate, PaymentCreate
from tests.api import builders
from tests.contract.judge import judge
from tests.contract.rows import (
    STAMP,
    Asked,
    Given,
    Ground,
    Like,
    Row,
    asked,
    new_id,
    nobody,
    table,
)
from tests.contract.stage import Stage

PAST = {"collection_date": date(2026, 5, 31)}


def payments(*changes: dict[str, Any]) -> Given:
    """Ground on which rows ask for a payment of one mandate each, changed as told."""

    async def given(stage: Stage) -> Ground:
        mandate = await stage.mandate()
        rows = tuple(builders.payment(auddis=mandate.auddis, **change) for change in changes)
        return Ground({"rows": rows}, known={"mandate": mandate})

    return given


def credits_to_a_payee(*changes: dict[str, Any]) -> Given:
    """Ground on which rows ask for a credit to one account each, changed as told."""

    async def given(stage: Stage) -> Ground:
        payee = await stage.bank_account()
        rows = tuple(builders.credit(bank_account=payee.id, **change) for change in changes)
        return Ground({"rows": rows}, known={"payee": payee})

    return given


def handed_in(seconds: float, *changes: dict[str, Any]) -> Given:
    """Ground on which payments were handed in so many seconds ago."""

    async def given(stage: Stage) -> Ground:
        ground = await payments(*changes)(stage)
        request = PaymentBulkCreate(rows=ground.asks["rows"])
        taken = await stage.cloud.payments.bulk_create(request)
        if seconds:
            stage.sandbox.advance(seconds)
        return Ground({}, taken.id)

    return given


async def credits_handed_in(stage: Stage) -> Ground:
    ground = await credits_to_a_payee({}, {"reference": "BULKFAIL-1"})(stage)
    request = CreditBulkCreate(rows=ground.asks["rows"])
    taken = await stage.cloud.credits.bulk_create(request)
    stage.sandbox.advance(3)
    return Ground({}, taken.id)


_payments = asked(
    "payment.bulk_create",
    payments({}, {"amount": 1}),
    "api_request",
    reads_back=False,
    status=202,
)
_credits = asked(
    "credit.bulk_create",
    credits_to_a_payee({}, {"amount": 1}),
    "api_request",
    reads_back=False,
    status=202,
)
_request = asked("api_request.get", handed_in(0, {}), "api_request")

TAKEN: dict[str, Any] = {
    "id": new_id("AR01"),
    "status": "pending",
    "created_at": STAMP,
    "record_type": "payment",
    "total_count": 2,
    "success_count": 0,
    "failed_count": 0,
}
WAITS = {"index": 0, "status": "pending", "id": "", "message": ""}
CREATED = {"index": 0, "status": "created", "id": new_id("P01"), "message": ""}
FAILED = {"index": 1, "status": "failed", "id": "", "message": "Row rejected by test value"}


def refusals(bulk: Asked, envelope: str, row: PaymentCreate | CreditCreate) -> Iterator[Row]:
    """What is refused as a whole, before any row is looked at."""
    for told, count in (("no row", 0), ("501 rows", 501)):
        yield bulk.holds(
            told,
            "7.9 A",
            {"rows": (row,) * count},
            fields=[envelope],
            held=("rows",),
            body=json.dumps({envelope: [{}] * count}).encode(),
        )
    for told, body in (
        ("an object in place of rows", {envelope: {}}),
        ("no envelope", {}),
        ("another envelope", {"rows": [{}]}),
    ):
        sent = json.dumps(body).encode()
        yield bulk.refuses(told, "7.9 A", fields=[envelope], body=sent)


ROWS: tuple[Row, ...] = (
    _payments.gives(
        "two payments", "7.9 D, A", gives={"records": None}, wire=TAKEN, sets=("rows",)
    ),
    _payments.gives("one payment", "7.9 A", given=payments({}), gives={"total_count": 1}),
    _payments.gives(
        "500 payments", "7.9 A", given=payments(*[{}] * 500), gives={"total_count": 500}
    ),
    _payments.gives(
        "a row that cannot be created: the call is taken in all the same",
        "7.9 A",
        given=payments(PAST),
        gives={"total_count": 1, "failed_count": 0},
    ),
    *refusals(_payments, "payments", builders.payment()),
    _credits.gives(
        "two credits",
        "7.9 D, A",
        sets=("rows",),
        gives={"records": None},
        wire=TAKEN | {"record_type": "credit"},
    ),
    *refusals(_credits, "credits", builders.credit()),
    _request.gives("rows that wait", "7.9 A", wire=TAKEN | {"total_count": 1, "records": [WAITS]}),
    _request.gives(
        "rows under way",
        "7.9 A, 12 A",
        given=handed_in(2, *[{}] * 150),
        gives={"status": "processing", "total_count": 150, "success_count": 100},
    ),
    _request.gives(
        "every row judged on its own",
        "7.9 A, 13 A",
        given=handed_in(3, {}, {"custom_reference": "BULKFAIL-1"}),
        wire=TAKEN
        | {
            "status": "completed",
            "success_count": 1,
            "failed_count": 1,
            "records": [CREATED, FAILED],
        },
    ),
    _request.gives(
        "a row of the past says why it failed",
        "7.9 D",
        given=handed_in(3, {}, PAST),
        wire=TAKEN
        | {
            "status": "completed",
            "success_count": 1,
            "failed_count": 1,
            "records": [CREATED, FAILED | {"message": Like(".*collection_date.*past.*")}],
        },
    ),
    _request.gives(
        "credits, with a reference that fails",
        "7.9 A, 13 A",
        given=credits_handed_in,
        wire=TAKEN
        | {
            "record_type": "credit",
            "status": "completed",
            "success_count": 1,
            "failed_count": 1,
            "records": [CREATED | {"id": new_id("CR01")}, FAILED],
        },
    ),
    _request.refuses("nobody", "4 A", given=nobody(), kind=NotFound, status=404),
)


@table(*ROWS)
async def test_bulk_create(row: Row, stage: Stage) -> None:
    await judge(row, stage)
