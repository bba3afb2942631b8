"""Outbound messages as the contract has them (section 7.14), and their resend."""

import json
from typing import Any

from smarterpay.api import NotFound
from tests.contract.judge import judge
from tests.contract.rows import STAMP, Given, Ground, Like, Of, Row, asked, new_id, nobody, table
from tests.contract.stage import SUBSCRIPTION, Stage

UUID = Like("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def told(status: int, then: str = "1s") -> Given:
    """Ground on which the receiver answered a webhook so, and a time has passed."""

    async def given(stage: Stage) -> Ground:
        stage.receiver.status = status
        await stage.bank_account()
        stage.sandbox.advance(then)
        (message,) = [found async for found in stage.cloud.outbound_messages.list()]
        sent = stage.receiver.received[0].body.decode()
        return Ground({}, message.id, {"message": message, "sent": sent})

    return given


async def resent(stage: Stage) -> Ground:
    ground = await told(200)(stage)
    await stage.cloud.outbound_messages.resend(ground.id or "")
    return ground


async def e_mail(stage: Stage) -> Ground:
    customer = await stage.customer(email="payer@example.com")
    account = await stage.bank_account(customer_account=customer.id)
    await stage.mandate(customer_bank_account=account.id)
    mails = stage.cloud.outbound_messages.list(record_type="email")
    (mail,) = [found async for found in mails]
    return Ground({}, mail.id)


_get = asked("outbound_message.get", told(200), "OutboundMessage")
_resend = asked("outbound_message.resend", told(200), "OutboundMessage")
SENT: dict[str, Any] = {
    "id": new_id("OM01"),
    "idempotency_key": UUID,
    "sent_at": STAMP,
    "status": "successful",
    "record_type": "webhook",
    "subscription_id": SUBSCRIPTION,
    "webhook": Of("wire"),
}
E_MAIL = {
    "id": new_id("OM01"),
    "idempotency_key": UUID,
    "sent_at": STAMP,
    "status": "successful",
    "record_type": "email",
    "subscription_id": "",
    "email": {"to": "payer@example.com", "subject": Like(".+")},
}
SAME = {"id": Of("message.id"), "idempotency_key": Of("message.idempotency_key")}


def as_sent(code: str, given: Given) -> Given:
    """The same ground, which also knows what `webhook` must hold: the body as it arrived."""

    async def given_so(stage: Stage) -> Ground:
        ground = await given(stage)
        wire = {"response_code": code, "webhook_body": ground.known["sent"]}
        return Ground({}, ground.id, {**ground.known, "wire": wire})

    return given_so


ROWS: tuple[Row, ...] = (
    _get.gives(
        "a webhook: its body is JSON inside a string, as it arrived",
        "7.14 D",
        given=as_sent("200 OK", told(200)),
        wire=SENT,
    ),
    _get.gives(
        "a webhook that goes on being tried",
        "7.14 A, 11 A",
        given=as_sent("500 Internal Server Error", told(500)),
        wire=SENT | {"status": "retrying"},
    ),
    _get.gives(
        "a webhook whose re-sends are used up",
        "7.14 A, 9 D, A",
        given=told(500, "17h"),
        gives={"status": "failed"},
    ),
    _get.gives(
        "a webhook to be sent again", "7.14 A", given=resent, gives={**SAME, "status": "pending"}
    ),
    _get.gives(
        "an e-mail carries its addressee and subject instead",
        "7.14 A",
        given=e_mail,
        gives={"record_type": "email", "status": "successful", "webhook": None},
        wire=E_MAIL,
    ),
    _get.refuses("nobody", "4 A", given=nobody(), kind=NotFound, status=404),
    _resend.gives(
        "a webhook: the same id and key, and it is pending",
        "7.14 A",
        gives={**SAME, "status": "pending"},
    ),
    _resend.gives(
        "a webhook that failed",
        "7.14 A",
        given=told(500, "17h"),
        gives={**SAME, "status": "pending"},
    ),
    _resend.refuses("nobody", "4 A", given=nobody(), kind=NotFound, status=404),
)


@table(*ROWS)
async def test_outbound_message(row: Row, stage: Stage) -> None:
    await judge(row, stage)


async def test_section_7_14_a_resend_brings_the_same_body_again(stage: Stage) -> None:
    ground = await resent(stage)
    stage.sandbox.advance("1s")
    first, again = stage.receiver.received
    assert again.body == first.body
    assert json.loads(again.body)["idempotency_key"] == ground.known["message"].idempotency_key
    delivered = await stage.cloud.outbound_messages.get(ground.id or "")
    assert delivered.status == "successful"
