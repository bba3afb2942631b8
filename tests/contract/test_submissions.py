"""Submissions and their lines (section 7.13), read only."""

from datetime import date
from typing import Any

from smarterpay.api import NotFound
from smarterpay.api.models.mandate import MandateUpdate
from tests.api import builders
from tests.contract.judge import judge
from tests.contract.rows import (
    STAMP,
    Given,
    Ground,
    Like,
    Of,
    Row,
    asked,
    new_id,
    nobody,
    table,
)
from tests.contract.stage import Stage

WEDNESDAY = date(2026, 6, 3)


async def everything_sent(stage: Stage) -> dict[str, Any]:
    """One item of every kind, sent in one file: 0C, 0S, 0N, a payment and a credit."""
    cancelled = await stage.mandate()
    stage.submit()
    await stage.cloud.mandates.update(cancelled.id, MandateUpdate(dd_status="cancelled"))
    converted = await stage.mandate(dd_status="ongoing collection")
    new = await stage.mandate()
    return {
        "cancelled": cancelled,
        "converted": converted,
        "new": new,
        "payment": await stage.payment(auddis=new.auddis),
        "credit": await stage.credit(credit_date=WEDNESDAY),
    }


async def the_file(stage: Stage) -> Ground:
    """Ground on which the path names the second of two files."""
    known = await everything_sent(stage)
    stage.submit()
    _, second = [found.id async for found in stage.cloud.submissions.list()]
    return Ground({}, second, known)


def line_of(item: str) -> Given:
    """Ground on which the path names the line of an item in the second file."""

    async def given(stage: Stage) -> Ground:
        known = await everything_sent(stage)
        stage.submit()
        _, second = [found async for found in stage.cloud.submissions.list()]
        lines = stage.cloud.submission_lines.list(submission_id=second.id, record_id=known[item].id)
        (line,) = [found async for found in lines]
        return Ground({}, line.id, {**known, "file": second})

    return given


async def rejected(stage: Stage) -> str:
    """A payment on an account whose items are rejected on input; the file it was in."""
    account = await stage.bank_account(account_number="12345960")
    mandate = await stage.mandate(customer_bank_account=account.id, dd_status="first collection")
    await stage.cloud.payments.create(builders.payment(auddis=mandate.auddis))
    stage.set_clock("2026-06-02 08:00")
    (sent,) = [found.id async for found in stage.cloud.submissions.list()]
    return sent


async def a_file_with_errors(stage: Stage) -> Ground:
    return Ground({}, await rejected(stage))


async def a_line_that_failed(stage: Stage) -> Ground:
    await rejected(stage)
    (line,) = [found.id async for found in stage.cloud.submission_lines.list()]
    return Ground({}, line)


_file = asked("submission.get", the_file, "submission")
_line = asked("submission_line.get", line_of("payment"), "submissionLine")

SENT: dict[str, Any] = {
    "Id": new_id("FS01"),
    "created_at": STAMP,
    "credit_total_count": "1",
    "credit_total_value": "12000",
    "mandate_cancellation_count": "1",
    "mandate_convert_count": "1",
    "mandate_new_instruction_count": "1",
    "payment_total_count": "1",
    "payment_total_value": "2500",
    "serial_number": Like("[A-Z0-9]{6}"),
    "status": "Submitted",
    "sun_name": "Smarterpay Test",
    "sun_number": "100263",
}
LINE: dict[str, Any] = {
    "Id": new_id("FL01"),
    "amount": "0",
    "collection_date": "",
    "status": "Successful",
    "submission_id": Of("file.id"),
    "type": "mandate",
}

ROWS: tuple[Row, ...] = (
    _file.gives(
        "a file: counts and values are strings on the wire, numbers in the record",
        "7.13 D, R",
        gives={"payment_total_value": 2500, "credit_total_value": 12000},
        wire=SENT,
    ),
    _file.gives(
        "a file with a line that failed",
        "7.13 D, 11 A, 13 A",
        given=a_file_with_errors,
        gives={"status": "Submitted With errors", "payment_total_count": 1},
    ),
    _file.refuses("nobody", "4 A", given=nobody(), kind=NotFound, status=404),
    *(
        _line.gives(
            f"{code}: a mandate carries amount 0 and no date",
            "7.13 D, R, 12 A",
            given=line_of(item),
            gives={"amount": 0, "collection_date": None},
            wire=LINE | {"transaction_code": code, "record_id": Of(f"{item}.id")},
        )
        for code, item in (("0C", "cancelled"), ("0S", "converted"), ("0N", "new"))
    ),
    _line.gives(
        "a payment carries its amount and date",
        "7.13 R, A",
        gives={"amount": 2500, "collection_date": WEDNESDAY},
        wire=LINE
        | {
            "amount": "2500",
            "collection_date": "2026-06-03",
            "record_id": Of("payment.id"),
            "transaction_code": "01",
            "type": "payment",
        },
    ),
    _line.gives(
        "a credit carries its amount and date",
        "7.13 R, A",
        given=line_of("credit"),
        wire=LINE
        | {
            "amount": "12000",
            "collection_date": "2026-06-03",
            "record_id": Of("credit.id"),
            "transaction_code": "99",
            "type": "credit",
        },
    ),
    _line.gives(
        "an item that an input report rejects",
        "7.13 A, 11 A",
        given=a_line_that_failed,
        gives={"status": "Failed"},
    ),
    _line.refuses("nobody", "4 A", given=nobody(), kind=NotFound, status=404),
)


@table(*ROWS)
async def test_submission(row: Row, stage: Stage) -> None:
    await judge(row, stage)
