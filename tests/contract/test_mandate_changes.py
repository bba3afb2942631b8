"""Changing a mandate as the contract has it (section 7.5), and what a caller may move (11)."""

import json
from datetime import date
from typing import Any

from smarterpay.api import NotFound, PreparedRequest
from smarterpay.api.models.mandate import MandateStatus, MandateUpdate
from tests.contract.judge import judge
from tests.contract.rows import (
    Given,
    Ground,
    Row,
    asked,
    nobody,
    table,
)
from tests.contract.stage import MAIN_ACCOUNT, NO_RECORD, SECOND_ACCOUNT, Stage


def in_state(status: str, **asks: Any) -> Given:
    """Ground on which a mandate stands that is `status`."""

    async def given(stage: Stage) -> Ground:
        created = {"first collection", "ongoing collection", "new instruction"}
        if status in created:
            mandate = await stage.mandate(dd_status=status)
        else:
            mandate = await stage.ended_mandate(status)
        return Ground(asks, mandate.id, {"mandate": mandate})

    return given


async def with_everything_on_it(stage: Stage) -> Ground:
    mandate = await stage.mandate()
    known = {
        "payment": await stage.payment(auddis=mandate.auddis),
        "credit": await stage.credit(auddis=mandate.auddis),
        "schedule": await stage.schedule(auddis=mandate.auddis),
        "sent": await stage.mandate(),
    }
    return Ground({"dd_status": "cancelled"}, mandate.id, known)


async def with_items_that_wait(stage: Stage) -> Ground:
    """On hold since Monday, with a payment for Wednesday; it is Wednesday now."""
    mandate = await stage.mandate()
    known = {"payment": await stage.payment(auddis=mandate.auddis)}
    await stage.cloud.mandates.update(mandate.id, MandateUpdate(dd_status="on hold"))
    stage.set_clock("2026-06-03 09:00")
    return Ground({"dd_status": "new instruction"}, mandate.id, known)


async def under_another_sun(stage: Stage) -> Ground:
    mandate = await stage.mandate(client_bank_account_id=SECOND_ACCOUNT)
    return Ground({}, mandate.id, {"mandate": mandate})


async def same_reference_under_another_sun(stage: Stage) -> Ground:
    await stage.mandate(auddis="MA1", client_bank_account_id=SECOND_ACCOUNT)
    mandate = await stage.mandate(auddis="MA1")
    return Ground({}, mandate.id, {"mandate": mandate})


_update = asked("mandate.update", in_state("new instruction"), "Mandate")

ALLOWED = (
    ("new instruction", "first collection"),
    ("first collection", "ongoing collection"),
    ("new instruction", "on hold"),
    ("first collection", "on hold"),
    ("ongoing collection", "on hold"),
    ("on hold", "new instruction"),
    ("on hold", "first collection"),
    ("on hold", "ongoing collection"),
    ("new instruction", "cancelled"),
    ("first collection", "cancelled"),
    ("ongoing collection", "cancelled"),
    ("on hold", "cancelled"),
    ("await validation", "cancelled"),
    ("new instruction", "new instruction"),
)
FORBIDDEN = (
    ("new instruction", "ongoing collection"),
    ("first collection", "new instruction"),
    ("ongoing collection", "first collection"),
    ("ongoing collection", "new instruction"),
    ("await validation", "new instruction"),
    ("await validation", "on hold"),
    *(
        (ended, wanted)
        for ended in (
            "cancelled",
            "cancelled by payer",
            "cancelled by originator",
            "failed validation",
        )
        for wanted in ("new instruction", "on hold", "cancelled")
    ),
)

ROWS: tuple[Row, ...] = (
    _update.gives(
        "every field",
        "7.5 A",
        {
            "dd_status": "on hold",
            "client_bank_account_id": SECOND_ACCOUNT,
            "metadata": "changed too",
        },
        gives={"sun_number": "122"},
    ),
    *(
        _update.gives(
            f"an own account {told}: back to the default",
            "5 A, 7.5 D",
            {"client_bank_account_id": value},
            given=under_another_sun,
            gives={"client_bank_account_id": MAIN_ACCOUNT, "sun_number": "100263"},
        )
        for told, value in (("cleared", None), ("left blank", ""))
    ),
    _update.gives("metadata cleared", "5 A", {"metadata": None}),
    *(
        _update.gives(
            f"{before} to {after}", "11 A, D", {"dd_status": after}, given=in_state(before)
        )
        for before, after in ALLOWED
    ),
    *(
        _update.refuses(
            f"{before} to {after}", "11 A", {"dd_status": after}, given=in_state(before)
        )
        for before, after in FORBIDDEN
    ),
    _update.refuses(
        "expired to new instruction",
        "11 A",
        {"dd_status": "new instruction"},
        given=in_state("expired"),
    ),
    _update.gives(
        "cancelled: what hangs on it goes with it",
        "7.5 D",
        given=with_everything_on_it,
        after={
            "payment": {"status": "cancelled", "amount": 2500},
            "credit": {"status": "cancelled", "amount": 12000},
            "schedule": {"status": "inactive", "next_collection_date": None},
            "sent": {"dd_status": "new instruction"},
        },
    ),
    _update.gives(
        "cancelled: amounts go to 0 where that is switched on",
        "7.7 R, 7.10 A",
        given=with_everything_on_it,
        settings={"cancel_zeroes_amount": True},
        after={
            "payment": {"status": "cancelled", "amount": 0},
            "credit": {"status": "cancelled", "amount": 0},
        },
    ),
    _update.gives(
        "released: what waited moves to the next possible date",
        "12 A",
        given=with_items_that_wait,
        after={"payment": {"collection_date": date(2026, 6, 5), "status": "pending_submission"}},
    ),
    *(
        _update.gives(
            f"the code {code}",
            "7.5 A, 10 D",
            {"bacs_code": code},
            gives={
                "bacs_code": "ADDACS1",
                "bacs_description": "instruction cancelled by payer",
                "dd_status": "cancelled by payer",
            },
        )
        for code in ("ADDACS 1", "ADDACS1")
    ),
    *_update.longest("7.5 A", {"metadata": 1000}),
    _update.holds("a status a caller cannot give", "7.5 D", {"dd_status": "expired"}),
    _update.holds("a status cleared", "5 A", {"dd_status": None}),
    _update.holds("a code that is none", "7.5 A", {"bacs_code": "NONSENSE"}),
    _update.holds("a code cleared", "5 A", {"bacs_code": None}),
    _update.refuses("an own account there is not", "7.5 A", {"client_bank_account_id": NO_RECORD}),
    _update.refuses(
        "an own account whose SUN has the reference",
        "7.5 A",
        {"client_bank_account_id": SECOND_ACCOUNT},
        given=same_reference_under_another_sun,
    ),
    _update.refuses(
        "nobody", "4 A", given=nobody(dd_status="cancelled"), kind=NotFound, status=404
    ),
)


async def test_section_7_5_states_with_underscores_are_read_too(stage: Stage) -> None:
    """Section 7.5, R "dd_status spelling": blanks are sent, both are accepted."""
    mandate = await stage.mandate()
    body = b'{"Mandate":{"dd_status":"on_hold"}}'
    request = PreparedRequest("mandate.update", "PUT", f"/mandate/{mandate.id}", body=body)
    answer = await stage.cloud.exchange(request, idempotency_key=None)
    assert json.loads(answer.body)["Mandate"]["dd_status"] == "on hold"
    assert (await stage.cloud.mandates.get(mandate.id)).dd_status is MandateStatus.ON_HOLD


@table(*ROWS)
async def test_mandate_change(row: Row, stage: Stage) -> None:
    await judge(row, stage)
