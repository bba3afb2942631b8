"""Bacs credits as the contract has them (section 7.10)."""

from datetime import date
from typing import Any

from smarterpay.api import NotFound
from smarterpay.api.models.mandate import MandateUpdate
from tests.contract.judge import judge
from tests.contract.rows import (
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
from tests.contract.stage import MAIN_ACCOUNT, NO_RECORD, SECOND_ACCOUNT, Stage

FRIDAY = date(2026, 6, 5)
ASKS: dict[str, Any] = {"amount": 12000, "credit_date": FRIDAY, "description": "refund"}
MORE: dict[str, Any] = {
    "default_narrative": "DEPOSIT",
    "reference": "INV-2026-118",
    "rti": "/A1&",
    "metadata": "m",
    "submission_reference": "PAYROLL JUNE",
}
CANCELLED = ("cancelled", "cancelled by payer", "cancelled by originator")
UNUSABLE = ("failed validation", "expired")


def to_an_account(**account: Any) -> Given:
    """Ground on which the payee has a bank account."""

    async def given(stage: Stage) -> Ground:
        payee = await stage.bank_account(**account)
        return Ground({**ASKS, "bank_account": payee.id}, known={"payee": payee})

    return given


async def to_a_disabled_account(stage: Stage) -> Ground:
    payee = await stage.bank_account()
    await stage.cloud.bank_accounts.disable(payee.id)
    return Ground({**ASKS, "bank_account": payee.id}, known={"payee": payee})


async def to_a_mandates_payer(stage: Stage) -> Ground:
    mandate = await stage.mandate(client_bank_account_id=SECOND_ACCOUNT)
    return Ground({**ASKS, "auddis": mandate.auddis}, known={"mandate": mandate})


async def to_both(stage: Stage) -> Ground:
    mandate = await stage.mandate()
    payee = {"auddis": mandate.auddis, "bank_account": mandate.customer_bank_account}
    return Ground({**ASKS, **payee}, known={"mandate": mandate})


async def to_two_that_differ(stage: Stage) -> Ground:
    mandate, payee = await stage.mandate(), await stage.bank_account()
    named = {"auddis": mandate.auddis, "bank_account": payee.id}
    return Ground({**ASKS, **named}, known={"mandate": mandate})


def on_a_mandate_that_is(status: str) -> Given:
    """Ground on which the mandate whose payer is paid is `status`."""

    async def given(stage: Stage) -> Ground:
        mandate = await stage.ended_mandate(status)
        asks = {**ASKS, "auddis": mandate.auddis, "credit_date": date(2027, 8, 2)}
        return Ground(asks, known={"mandate": mandate})

    return given


async def pending(stage: Stage) -> Ground:
    made = await stage.credit(metadata="m")
    return Ground({}, made.id, {"record": made})


async def of_a_mandate(stage: Stage) -> Ground:
    mandate = await stage.mandate()
    made = await stage.credit(auddis=mandate.auddis)
    await stage.cloud.mandates.update(mandate.id, MandateUpdate(dd_status="cancelled"))
    return Ground({}, made.id, {"record": made})


_create = asked("credit.create", to_an_account(), "credit")
_get = asked("credit.get", pending, "credit")
_update = asked("credit.update", pending, "credit")
_submitted = _update.at(record(lambda s: s.submitted_credit()))

SAMPLE: dict[str, Any] = {
    "ID": new_id("CR01"),
    "created_at": STAMP,
    "status": "pending_submission",
    "amount": "12000",
    "credit_date": "2026-06-05",
    "description": "refund",
    "default_narrative": "",
    "reference": "",
    "bank_account": Of("payee.id"),
    "client_bank_account_id": MAIN_ACCOUNT,
    "auddis": "",
    "mandate": "",
    "rti": "",
    "submission_reference": "",
    "metadata": "",
    "bacs_code": "",
    "bacs_description": "",
}

CREATES: tuple[Row, ...] = (
    _create.gives(
        "every field",
        "7.10 D, R, A",
        {**MORE, "client_bank_account_id": SECOND_ACCOUNT},
        wire=SAMPLE | MORE | {"client_bank_account_id": SECOND_ACCOUNT},
    ),
    _create.gives(
        "nothing but what is mandatory: the default SUN's default account pays",
        "7.10 D",
        wire=SAMPLE,
    ),
    _create.gives(
        "to a mandate's payer: the mandate's own account pays",
        "7.10 D",
        given=to_a_mandates_payer,
        sets=("auddis",),
        gives={
            "mandate": Of("mandate.id"),
            "bank_account": Of("mandate.customer_bank_account"),
            "client_bank_account_id": SECOND_ACCOUNT,
        },
    ),
    _create.gives("to a mandate and its bank account", "7.10 D", given=to_both),
    _create.gives("one penny", "7.10 D", {"amount": 1}),
    _create.gives("as much as can be", "7.10 D", {"amount": 2_000_000_000}),
    _create.gives(
        "a non-banking day is moved",
        "7.10 D",
        {"credit_date": date(2026, 6, 13)},
        gives={"credit_date": date(2026, 6, 15)},
    ),
    _create.gives(
        "a day too early is moved",
        "10 R",
        {"credit_date": date(2026, 6, 1)},
        gives={"credit_date": date(2026, 6, 3)},
    ),
    *(
        _create.gives(
            f"on a mandate that is {status}: recorded, and nothing is paid",
            "7.10 A",
            given=on_a_mandate_that_is(status),
            gives={"status": "cancelled", "amount": 0},
        )
        for status in CANCELLED
    ),
    *(_create.holds(f"without {name}", "7.10 D, R", {name: LEFT_OUT}) for name in ASKS),
    _create.holds("without a payee", "7.10 D", {"bank_account": LEFT_OUT}),
    _create.holds("an empty description", "7.10 R", {"description": ""}),
    *_create.longest(
        "7.10 R, D, A",
        {
            "description": 100,
            "default_narrative": 18,
            "reference": 50,
            "rti": 4,
            "metadata": 1000,
            "submission_reference": 18,
        },
    ),
    _create.holds("rti in lower case", "7.10 A", {"rti": "a1"}),
    _create.holds("rti with another character", "7.10 A", {"rti": "A_1"}),
    _create.holds("nothing to pay", "7.10 D", {"amount": 0}),
    _create.holds("a penny too much", "7.10 D", {"amount": 2_000_000_001}),
    _create.holds("an amount with a point", "5 D", {"amount": 0.5}),
    _create.holds("a day there is not", "5 D", {"credit_date": "2026-02-30"}),
    _create.holds(
        "an own account beside a mandate",
        "7.10 D",
        {"client_bank_account_id": MAIN_ACCOUNT},
        given=to_a_mandates_payer,
    ),
    _create.refuses("yesterday", "7.10 A", {"credit_date": date(2026, 5, 31)}),
    _create.refuses("a payee there is not", "7.10 D", {"bank_account": NO_RECORD}),
    _create.refuses("an own account there is not", "7.10 D", {"client_bank_account_id": NO_RECORD}),
    _create.refuses(
        "a reference nobody has", "7.10 D", {"auddis": "NOBODY"}, given=to_a_mandates_payer
    ),
    _create.refuses(
        "a mandate and another bank account",
        "7.10 D",
        fields=["bank_account"],
        given=to_two_that_differ,
    ),
    _create.refuses(
        "an account that takes no credits",
        "7.10 A",
        fields=["bank_account"],
        given=to_an_account(credits_allowed=False),
    ),
    _create.refuses(
        "an account whose bank takes no credits",
        "13 A",
        fields=["bank_account"],
        given=to_an_account(account_number="12345902"),
    ),
    _create.refuses(
        "a disabled account",
        "7.10 A, 7.2 A",
        fields=["bank_account"],
        given=to_a_disabled_account,
    ),
    *(
        _create.refuses(
            f"on a mandate that is {status}",
            "7.10 A",
            fields=["auddis"],
            given=on_a_mandate_that_is(status),
        )
        for status in UNUSABLE
    ),
    _get.gives("a credit", "7.10 R, D", gives={"amount": 12000, "status": "pending_submission"}),
    _get.gives(
        "a credit submitted",
        "7.10 A",
        given=record(lambda s: s.submitted_credit()),
        gives={"status": "submitted"},
    ),
    _get.gives(
        "a credit that fell with its mandate keeps its amount",
        "7.10 A",
        given=of_a_mandate,
        gives={"status": "cancelled", "amount": 12000},
    ),
    _get.refuses("nobody", "4 A", given=nobody(), kind=NotFound, status=404),
)

UPDATES: tuple[Row, ...] = (
    _update.gives(
        "every field",
        "7.10 A",
        {
            "amount": 1,
            "credit_date": date(2026, 6, 16),
            "description": "changed",
            "reference": "NEW",
            "metadata": "changed too",
        },
    ),
    _update.gives("the rest stays", "5 A", {"amount": 300}, gives={"reference": "INV-2026-118"}),
    _update.gives("texts cleared", "5 A", {"reference": None, "metadata": None}),
    _update.gives(
        "a date that has to move",
        "7.10 A",
        {"credit_date": date(2026, 6, 13)},
        gives={"credit_date": date(2026, 6, 15)},
    ),
    _update.gives("cancelled", "7.10 A, 11 A", {"status": "cancelled"}, gives={"amount": 12000}),
    _submitted.gives(
        "a code for a submitted credit",
        "7.10 A, 10 D",
        {"bacs_code": "ARUCS 0"},
        gives={"bacs_code": "ARUCS0", "bacs_description": "invalid details", "status": "failed"},
    ),
    *_update.longest("7.10 A", {"description": 100, "reference": 50, "metadata": 1000}),
    *(
        _update.holds(f"{name} cleared", "5 A", {name: None})
        for name in ("amount", "credit_date", "description", "status", "bacs_code")
    ),
    _update.holds("a penny too much", "7.10 A", {"amount": 2_000_000_001}),
    _update.holds("a status no caller gives", "7.10 A", {"status": "successful"}),
    _update.holds("a code that is none", "7.10 A", {"bacs_code": "NONSENSE"}),
    _update.refuses("nothing to pay", "7.10 A", {"amount": 0}),
    _update.refuses("yesterday", "7.10 A", {"credit_date": date(2026, 5, 31)}),
    _update.refuses("a code before it is submitted", "7.10 A", {"bacs_code": "ARUCS0"}),
    *(
        _submitted.refuses(f"{told} once submitted", "7.10 A", changes, fields=["status"])
        for told, changes in (
            ("amount", {"amount": 1}),
            ("date", {"credit_date": date(2026, 6, 16)}),
            ("text", {"reference": "NEW"}),
            ("cancelled", {"status": "cancelled"}),
        )
    ),
    _update.refuses("nobody", "4 A", given=nobody(status="cancelled"), kind=NotFound, status=404),
)

ROWS = (*CREATES, *UPDATES)


@table(*ROWS)
async def test_credit(row: Row, stage: Stage) -> None:
    await judge(row, stage)
