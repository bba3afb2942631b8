"""Every list of the catalogue: pages, order, the filters of all and its own (section 6)."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from smarterpay.api import PreparedRequest
from smarterpay.api.models.mandate import MandateUpdate
from tests.contract.judge import judge
from tests.contract.listed import Listed, fixtures, minute, three
from tests.contract.rows import Of, Row, table
from tests.contract.stage import MAIN_ACCOUNT, SECOND_ACCOUNT, SUBSCRIPTION, Stage

SOON, LATER = date(2026, 6, 3), date(2026, 6, 16)
"""Dates of items that tonight's file takes, and that it leaves."""


async def customer(stage: Stage, number: int) -> str:
    return (await stage.customer(custom_reference=f"R-{number}")).id


async def bank_account(stage: Stage, number: int) -> str:
    account = await stage.bank_account(custom_reference=f"R-{number}")
    if number == 1:
        await stage.cloud.bank_accounts.disable(account.id)
    return account.id


async def mandate(stage: Stage, number: int) -> str:
    mandate = await stage.mandate()
    if number == 1:
        await stage.cloud.mandates.update(mandate.id, MandateUpdate(dd_status="cancelled"))
    return mandate.id


async def payment(stage: Stage, number: int) -> str:
    day = SOON if number == 1 else LATER
    payment = await stage.payment(custom_reference=f"R-{number}", collection_date=day)
    if number == 1:
        stage.submit()
        stage.sandbox.control("report", {"code": "DDICA2", "record_id": payment.id})
    return payment.id


async def credit(stage: Stage, number: int) -> str:
    day = SOON if number == 1 else LATER
    credit = await stage.credit(reference=f"R-{number}", credit_date=day)
    if number == 1:
        stage.submit()
    return credit.id


async def schedule(stage: Stage, number: int) -> str:
    schedule = await stage.schedule(custom_reference=f"R-{number}")
    if number == 1:
        await stage.cloud.recurrence_schedules.disable(schedule.id)
    return schedule.id


async def link(stage: Stage, number: int) -> str:
    link = await stage.link(customer_custom_reference=f"R-{number}")
    if number == 1:
        stage.sandbox.control(f"payment-links/{link.id}/complete", {})
    return link.id


async def card(stage: Stage, number: int) -> str:
    registered = await stage.registered(custom_reference=f"R-{number}")
    if number == 1:
        stage.complete(registered)
    return registered.card_id or ""


async def submission(stage: Stage, number: int) -> str:
    await stage.mandate()
    stage.submit()
    return [found.id async for found in stage.cloud.submissions.list()][number]


async def submission_line(stage: Stage, number: int) -> str:
    if number == 1:
        await stage.payment(auddis=(await stage.mandate(dd_status="first collection")).auddis)
    else:
        await stage.mandate()
    stage.submit()
    return [found.id async for found in stage.cloud.submission_lines.list()][number]


async def message(stage: Stage, number: int) -> str:
    stage.receiver.status = 500 if number == 1 else 200
    await stage.bank_account()
    stage.sandbox.advance(1)
    return [found.id async for found in stage.cloud.outbound_messages.list()][number]


LISTS = (
    Listed(
        "customer_account.list",
        "Customer_Accounts",
        three(customer),
        status="active",
    ),
    Listed(
        "bank_account.list",
        "bank_accounts",
        three(bank_account),
        status="enabled",
        other="disabled",
        wire_id="Id",
    ),
    Listed(
        "mandate.list",
        "Mandates",
        three(mandate),
        status="new instruction",
        other="cancelled",
        references=False,
    ),
    Listed(
        "payment.list",
        "payments",
        three(payment),
        status="pending_submission",
        other="indemnity_claimed",
        own=(
            ("transaction code 01", "6 A", {"transaction_code": "01"}, (0, 1, 2)),
            ("transaction code 17", "6 A", {"transaction_code": "17"}, ()),
        ),
    ),
    Listed(
        "credit.list",
        "credits",
        three(credit),
        status="pending_submission",
        other="submitted",
        wire_id="ID",
        own=(
            ("transaction code 99", "6 A", {"transaction_code": "99"}, (0, 1, 2)),
            ("transaction code 01", "6 A", {"transaction_code": "01"}, ()),
        ),
    ),
    Listed(
        "recurrence_schedule.list",
        "recurrence_schedules",
        three(schedule),
        status="active",
        other="inactive",
    ),
    Listed(
        "payment_link.list",
        "payment_links",
        three(link),
        status="active",
        other="completed",
    ),
    Listed("card.list", "cards", three(card), status="pending", other="successful", wire_id="ID"),
    Listed(
        "submission.list",
        "submissions",
        three(submission),
        status="Submitted",
        references=False,
        wire_id="Id",
    ),
    Listed(
        "submission_line.list",
        "submissionLines",
        three(submission_line),
        status="Successful",
        references=False,
        wire_id="Id",
        own=(
            ("transaction code 0N", "6 A", {"transaction_code": "0N"}, (0, 2)),
            ("transaction code 01", "6 A", {"transaction_code": "01"}, (1,)),
        ),
    ),
    Listed(
        "outbound_message.list",
        "OutboundMessages",
        three(message),
        status="successful",
        other="retrying",
        references=False,
        own=(
            ("webhooks", "7.14 D", {"record_type": "webhook"}, (0, 1, 2)),
            ("e-mails", "7.14 D", {"record_type": "email"}, ()),
            ("of a subscription", "7.14 A", {"subscription_id": SUBSCRIPTION}, (0, 1, 2)),
            ("of another subscription", "7.14 A", {"subscription_id": "SU01ELSE"}, ()),
            ("sent from", "7.14 D", {"sent_from": minute(1)}, (1, 2)),
            ("by SUN", "7.14 D", {"sort_field": "sun"}, (0, 1, 2)),
            ("sent until", "7.14 A", {"sent_to": minute(1)}, (0,)),
        ),
    ),
    Listed(
        "client_bank_account.list",
        "Client_Bank_Accounts",
        fixtures(MAIN_ACCOUNT, SECOND_ACCOUNT),
        references=False,
        wire_id="ID",
        made_at_once=True,
    ),
    Listed(
        "service_user_number.list",
        "Service_User_Number",
        fixtures("100263", "122"),
        status="active",
        references=False,
        wire_id="SUN",
        made_at_once=True,
    ),
)


def rules_of_all(one: Listed) -> Iterator[Row]:
    """What section 6 says of every list."""
    every = (0, 1) if one.made_at_once else (0, 1, 2)
    yield one.finds("everything, oldest first", "6 D, R", every)
    yield one.finds("the newest first", "6 D", every[::-1], sort_order="desc")
    yield one.finds("by time of creation", "6 D", every, sort_field="created_at")
    yield one.finds("page by page", "6 D, A", every, limit=1)
    yield one.finds("from the second page on", "6 D", every[1:], limit=1, page_no=2)
    yield one.finds("the largest page", "6 D", every, limit=500)
    yield one.finds("from the beginning", "6 D", every, created_from=minute(0))
    yield one.finds("none since", "6 D, A", (), created_from=minute(30))
    yield one.finds("nothing of that reference", "6 A", (), custom_reference="R-9")
    if one.name != "service_user_number.list":
        yield one.finds("one by its id", "6 D", (1,), id=Of("ids", 1))
    yield one.finds("nobody", "6 D, A", (), id="XX01NOSUCHRECORD0001")
    yield one.refuses("a page of 0", "6 D, A", held=True, limit=0)
    yield one.refuses("a page of 501", "6 D, A", held=True, limit=501)
    yield one.refuses("page 0", "6 D, A", held=True, page_no=0)
    yield one.refuses("another order", "6 D", held=True, sort_order="up")
    outbound = one.name == "outbound_message.list"
    yield one.refuses("another field", "6 D", held=outbound, sort_field="colour")


def rules_of_some(one: Listed) -> Iterator[Row]:
    """What depends on when its records were made, on their status and reference."""
    if not one.made_at_once:
        late = 2 if one.name == "outbound_message.list" else 0
        second = minute(1, late)
        yield one.finds("from the second", "6 D, 5 D", (1, 2), created_from=minute(1))
        yield one.finds("from just after", "6 D", (2,), created_from=minute(1, 3))
        yield one.finds("until the second", "6 D", (0, 1), created_to=minute(1, 3))
        yield one.finds("exactly then", "6 A", (1,), created_from=second, created_to=second)
    else:
        yield one.finds("made until then", "6 D", (0, 1), created_to=minute(0))
    if not one.status:
        yield one.finds("in a state, which it has not", "6 A", (), status="active")
    if one.status and not one.other:
        every = (0, 1) if one.made_at_once else (0, 1, 2)
        yield one.finds(one.status, "6 A", every, status=one.status)
        yield one.finds("in no state of its", "6 A", (), status="none of these")
    if one.other:
        yield one.finds(one.other, "6 A", (1,), status=one.other)
        yield one.finds(one.status, "6 A", (0, 2), status=one.status)
        yield one.finds("in both states", "6 D", (0, 1, 2), status=[one.status, one.other])
    if one.references:
        yield one.finds("one by its reference", "6 A", (1,), custom_reference="R-1")
        yield one.finds("exactly, not by its start", "6 A", (), custom_reference="R-")
        yield one.finds("reference in another case", "6 A", (), custom_reference="r-1")
    for told, cite, filters, finds in one.own:
        yield one.finds(told, cite, finds, **filters)


ROWS: tuple[Row, ...] = (
    *(row for one in LISTS for row in rules_of_all(one)),
    *(row for one in LISTS for row in rules_of_some(one)),
)


@table(*ROWS)
async def test_list(row: Row, stage: Stage) -> None:
    await judge(row, stage)


@pytest.mark.parametrize("one", LISTS, ids=lambda one: one.name)
async def test_section_6_past_the_end_an_empty_array_in_its_envelope(
    one: Listed, stage: Stage
) -> None:
    assert await page(one, stage, page_no="2", limit="500") == []


@pytest.mark.parametrize("one", LISTS, ids=lambda one: one.name)
async def test_section_6_unknown_filters_are_ignored(one: Listed, stage: Stage) -> None:
    assert await page(one, stage, colour="red") == await page(one, stage)


async def test_section_6_a_page_holds_40_unless_told(stage: Stage) -> None:
    made = [await customer(stage, number) for number in range(41)]
    (one,) = (listed for listed in LISTS if listed.name == "customer_account.list")
    assert [found["id"] for found in await page(one, stage)] == made[:40]
    assert [found["id"] for found in await page(one, stage, page_no="2")] == made[40:]


async def test_section_6_singular_list_paths_where_they_are_switched_on(stage: Stage) -> None:
    """Section 6, R "List path": the plural is the rule, a switch serves the singular instead."""
    made = await customer(stage, 0)
    stage.sandbox.settings(list_paths="singular")
    request = PreparedRequest("customer_account.list", "GET", "/customeraccount")
    answer = await stage.cloud.exchange(request, idempotency_key=None)
    document = json.loads(answer.body)
    assert [found["id"] for found in document["Customer_Accounts"]] == [made]


async def page(one: Listed, stage: Stage, **query: str) -> Any:
    """One page as it stands on the wire."""
    path = one.operation.path
    request = PreparedRequest(one.name, "GET", path, tuple(query.items()))
    answer = await stage.cloud.exchange(request, idempotency_key=None)
    assert answer.status == 200
    document = json.loads(answer.body)
    assert list(document) == [one.envelope]
    return document[one.envelope]
