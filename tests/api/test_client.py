"""The friendly methods over a real socket: one key, the same bytes, bounded tries."""

import uuid
from typing import Any

import pytest
from pydantic import BaseModel

from smarterpay.api import (
    NO_KEY,
    CardClient,
    CloudClient,
    ConnectFailed,
    InvalidRequest,
    KeyReused,
    NoAnswer,
    NotFound,
    RateLimited,
    Refused,
    ReplayedServerError,
    RetryPolicy,
    ServerError,
    ServiceUnavailable,
    UnexpectedAnswer,
    instant_retries,
)
from smarterpay.api.models.bank_account import BankAccountUpdate
from smarterpay.api.models.customer_account import CustomerAccountUpdate
from smarterpay.api.models.mandate import MandateStatus, MandateUpdate
from smarterpay.api.models.recurrence_schedule import RecurrenceScheduleUpdate
from smarterpay.api.wire import CodedListQuery
from tests.api import builders
from tests.api.answers import IN_PROGRESS, KEY_REUSED, OTHER_ERROR
from tests.api.builders import MANDATE_ANSWER, TOKEN, cloud_client
from tests.api.scripted_server import DROP, ScriptedServer, Send, answer

CREATED = answer(200, MANDATE_ANSWER)


# --- Retries ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "trouble",
    [
        DROP,
        answer(200, b""),
        answer(200, b'{"Mandate":', length=900),
        answer(409, IN_PROGRESS),
        answer(429, b""),
        answer(500, b"<html>"),
        answer(502, b""),
        answer(503, b""),
        answer(504, b""),
    ],
)
async def test_section_4_one_key_and_the_same_bytes_until_it_works(trouble: Send) -> None:
    async with (
        ScriptedServer(trouble, trouble, CREATED) as server,
        cloud_client(server.url) as cloud,
    ):
        created = await cloud.mandates.create(builders.mandate(auddis="MA 1"))
    assert created.id == "M01O41Y8DOQ369MJ0GN"
    (key,) = set(server.keys)
    assert key is not None
    assert str(uuid.UUID(key)) == key
    assert len(server.received) == 3
    assert server.bodies == {
        b'{"Mandate":{"customer_bank_account":"BA01YZ96J11YWR7JNEWD","auddis":"MA 1"}}'
    }


async def test_section_4_each_call_has_a_key_of_its_own() -> None:
    async with ScriptedServer(CREATED) as server, cloud_client(server.url) as cloud:
        await cloud.mandates.create(builders.mandate())
        await cloud.mandates.create(builders.mandate())
    assert len(set(server.keys)) == 2


async def test_section_2_the_callers_key_is_sent_as_it_is() -> None:
    async with ScriptedServer(CREATED) as server, cloud_client(server.url) as cloud:
        await cloud.mandates.create(builders.mandate(), idempotency_key="Invoice-7")
        await cloud.mandates.update("M01X", MandateUpdate(metadata="x"), idempotency_key="U-1")
    assert server.keys == ["Invoice-7", "U-1"]


async def test_section_4_after_five_attempts_the_last_error_comes_with_its_key() -> None:
    async with (
        ScriptedServer(answer(500, OTHER_ERROR)) as server,
        cloud_client(server.url) as cloud,
    ):
        with pytest.raises(ServerError) as caught:
            await cloud.mandates.create(builders.mandate())
    assert len(server.received) == 5
    assert {caught.value.idempotency_key} == set(server.keys)


async def test_section_4_a_lost_answer_comes_with_its_key() -> None:
    async with ScriptedServer(DROP) as server, cloud_client(server.url) as cloud:
        with pytest.raises(NoAnswer) as caught:
            await cloud.mandates.create(builders.mandate(), idempotency_key="K")
    assert caught.value.idempotency_key == "K"
    assert server.keys == ["K"] * 5


@pytest.mark.parametrize(
    ("trouble", "error"),
    [(DROP, NoAnswer), (answer(500, b""), ServerError), (answer(200, b""), UnexpectedAnswer)],
)
async def test_section_4_without_a_key_an_unknown_outcome_is_not_sent_again(
    trouble: Send, error: type[Exception]
) -> None:
    async with ScriptedServer(trouble, CREATED) as server, cloud_client(server.url) as cloud:
        with pytest.raises(error):
            await cloud.mandates.create(builders.mandate(), idempotency_key=NO_KEY)
    assert server.keys == [None]


async def test_section_4_without_a_key_what_was_not_executed_is_sent_again() -> None:
    async with (
        ScriptedServer(answer(503, b""), answer(429, b""), CREATED) as server,
        cloud_client(server.url) as cloud,
    ):
        await cloud.mandates.create(builders.mandate(), idempotency_key=NO_KEY)
    assert server.keys == [None, None, None]


@pytest.mark.parametrize("trouble", [DROP, answer(500, b"")])
async def test_section_4_get_and_delete_are_repeated_without_a_key(trouble: Send) -> None:
    account = answer(200, builders.BANK_ACCOUNT_ANSWER)
    async with (
        ScriptedServer(trouble, account, trouble, account) as server,
        cloud_client(server.url) as cloud,
    ):
        await cloud.bank_accounts.get("BA01X")
        await cloud.bank_accounts.disable("BA01X")
    assert [request.method for request in server.received] == ["GET", "GET", "DELETE", "DELETE"]
    assert server.keys == [None] * 4


@pytest.mark.parametrize(
    ("final", "error"),
    [
        (answer(400, OTHER_ERROR), Refused),
        (answer(422, KEY_REUSED), KeyReused),
        (answer(500, b"", idempotency_replay="true"), ReplayedServerError),
        (answer(404, b""), NotFound),
    ],
)
async def test_section_4_a_settled_answer_is_asked_for_once(
    final: Send, error: type[Exception]
) -> None:
    async with ScriptedServer(final) as server, cloud_client(server.url) as cloud:
        with pytest.raises(error):
            await cloud.mandates.create(builders.mandate())
    assert len(server.received) == 1


async def test_section_4_pauses_grow_with_full_jitter() -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    async with (
        ScriptedServer(answer(503, b"")) as server,
        cloud_client(server.url, retry=RetryPolicy(), sleep=sleep, random=lambda: 0.5) as cloud,
    ):
        with pytest.raises(ServiceUnavailable):
            await cloud.mandates.create(builders.mandate())
    assert pauses == [0.25, 0.5, 1.0, 2.0]


async def test_section_3_a_429_waits_for_the_window_or_what_the_header_asks() -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    async with (
        ScriptedServer(answer(429, b""), answer(429, b"", retry_after="9"), CREATED) as server,
        cloud_client(server.url, retry=RetryPolicy(), sleep=sleep, random=lambda: 0.0) as cloud,
    ):
        await cloud.mandates.create(builders.mandate())
    assert pauses == [60.0, 9.0]


async def test_section_4_the_retry_horizon_ends_the_loop() -> None:
    seconds = iter([0.0, 0.0, 0.0, 22 * 3600.0] + [23 * 3600.0] * 9)
    async with (
        ScriptedServer(answer(503, b"")) as server,
        cloud_client(server.url, monotonic=lambda: next(seconds)) as cloud,
    ):
        with pytest.raises(ServiceUnavailable):
            await cloud.mandates.create(builders.mandate())
    assert len(server.received) == 2


async def test_the_pacer_is_asked_before_every_try() -> None:
    order: list[str] = []

    async def pacer() -> None:
        order.append(f"slot after {len(server.received)}")

    async with (
        ScriptedServer(answer(503, b""), CREATED) as server,
        cloud_client(server.url, pacer=pacer) as cloud,
    ):
        await cloud.mandates.create(builders.mandate())
        await cloud.mandates.get("M01X")
    assert order == ["slot after 0", "slot after 1", "slot after 2"]


async def test_instant_retries_spare_a_test_the_waiting() -> None:
    async with (
        ScriptedServer(answer(429, b"")) as server,
        CloudClient(base_url=server.url, token=TOKEN) as cloud,
    ):
        with instant_retries(), pytest.raises(RateLimited):
            await cloud.mandates.get("M01X")
    assert len(server.received) == 5


async def test_nobody_listening_is_tried_five_times() -> None:
    tries: list[None] = []

    async def pacer() -> None:
        tries.append(None)

    async with ScriptedServer(DROP) as server:
        url = server.url
    async with cloud_client(url, pacer=pacer) as cloud:
        with pytest.raises(ConnectFailed) as caught:
            await cloud.mandates.create(builders.mandate())
    assert len(tries) == 5
    assert caught.value.idempotency_key is not None


# --- Every method ----------------------------------------------------------------------------

# operation, arguments, method and target, body; sections 6 and 7.
CALLS: list[tuple[str, tuple[Any, ...], str, bytes]] = [
    (
        "account_validations.create",
        (builders.account_validation(reference="MA1", metadata_mandate="m"),),
        "POST /accountvalidation",
        (
            b'{"account_validation":{"client_bank_account_id":"OB01SANDBOXMAIN00001",'
            b'"reference":"MA1","metadata_mandate":"m"}}'
        ),
    ),
    ("account_validations.get", ("AV01X",), "GET /accountvalidation/AV01X", b""),
    (
        "bank_accounts.create",
        (builders.bank_account(debits_allowed=False),),
        "POST /bankaccount",
        (
            b'{"bank_account":{"account_number":"75849855","sort_code":"200052",'
            b'"account_name":"J Hetfield","custom_reference":"CUST-0042","debits_allowed":false}}'
        ),
    ),
    (
        "bank_accounts.update",
        ("BA01X", BankAccountUpdate(enabled=False)),
        "PUT /bankaccount/BA01X",
        b'{"bank_account":{"enabled":false}}',
    ),
    ("bank_accounts.get", ("BA01X",), "GET /bankaccount/BA01X", b""),
    ("bank_accounts.disable", ("BA01X",), "DELETE /bankaccount/BA01X", b""),
    (
        "bank_account_checks.create",
        (builders.bank_account_check(),),
        "POST /bankaccountcheck",
        (
            b'{"bank_account_check":{"account_name":"J Hetfield","account_number":"75849855",'
            b'"sort_code":"200052","check_type":1,"account_type":1}}'
        ),
    ),
    ("bank_account_checks.get", ("AC01X",), "GET /bankaccountcheck/AC01X", b""),
    ("client_bank_accounts.get", ("OB01X",), "GET /clientbankaccount/OB01X", b""),
    ("client_bank_accounts.by_sun", ("100263",), "GET /clientbankaccount/sun/100263", b""),
    (
        "customer_accounts.create",
        (builders.customer(first_name="Zoë", metadata=""),),
        "POST /customeraccount",
        (
            b'{"Customer_Account":{"email":"j.hetfield@example.com","first_name":"Zo\xc3\xab",'
            b'"last_name":"Hetfield","address_line1":"74 Test Street","city":"Testcity",'
            b'"postal_code":"Q1 TEST","country_code":"GB","custom_reference":"CUST-0042",'
            b'"metadata":""}}'
        ),
    ),
    (
        "customer_accounts.update",
        ("CA01X", CustomerAccountUpdate(city="Ely", address_line2=None)),
        "PUT /customeraccount/CA01X",
        b'{"Customer_Account":{"address_line2":"","city":"Ely"}}',
    ),
    ("customer_accounts.get", ("CA01X",), "GET /customeraccount/CA01X", b""),
    (
        "mandates.create",
        (builders.mandate(only_account_holder=True, dd_status=MandateStatus.ON_HOLD),),
        "POST /mandate",
        (
            b'{"Mandate":{"customer_bank_account":"BA01YZ96J11YWR7JNEWD","dd_status":"on hold",'
            b'"I_am_the_only_account_holder":true}}'
        ),
    ),
    (
        "mandates.update",
        ("M01X", MandateUpdate(dd_status="cancelled", bacs_code="ADDACS 1")),
        "PUT /mandate/M01X",
        b'{"Mandate":{"dd_status":"cancelled","bacs_code":"ADDACS 1"}}',
    ),
    ("mandates.get", ("M01X",), "GET /mandate/M01X", b""),
    (
        "modulus_checks.create",
        (builders.modulus_check(),),
        "POST /moduluscheck",
        b'{"Modulus_Check":{"account_number":"75849855","sort_code":"200052"}}',
    ),
    (
        "recurrence_schedules.create",
        (builders.schedule(first_collection_in_same_month_as_next_collection=True),),
        "POST /recurrenceschedule",
        (
            b'{"recurrence_schedule":{"auddis":"FBMAN00000373","amount":2500,'
            b'"first_collection_amount":2500,"collection_period":"monthly",'
            b'"collection_stretch":"1","collection_day":"1","first_collection_date":"2026-07-01",'
            b'"description":"membership","custom_reference":"CUST-0042",'
            b'"firstCollectionInSameMonthAsNextCollection":true}}'
        ),
    ),
    (
        "recurrence_schedules.update",
        ("RS01X", RecurrenceScheduleUpdate(end_date=None, description="fee")),
        "PUT /recurrenceschedule/RS01X",
        b'{"recurrence_schedule":{"end_date":"","description":"fee"}}',
    ),
    ("recurrence_schedules.get", ("RS01X",), "GET /recurrenceschedule/RS01X", b""),
    ("recurrence_schedules.disable", ("RS01X",), "DELETE /recurrenceschedule/RS01X", b""),
    ("service_user_numbers.get", ("100263",), "GET /serviceusernumber/100263", b""),
]


@pytest.mark.parametrize(("call", "arguments", "target", "body"), CALLS)
async def test_sections_6_and_7_what_each_method_sends(
    call: str, arguments: tuple[Any, ...], target: str, body: bytes
) -> None:
    resource, method = call.split(".")
    singular = resource.removesuffix("s")
    reply = builders.SINGLE_ANSWERS.get(f"{singular}.get") or builders.MODULUS_CHECK_ANSWER
    async with ScriptedServer(answer(200, reply)) as server, cloud_client(server.url) as cloud:
        record = await getattr(getattr(cloud, resource), method)(*arguments)
    (request,) = server.received
    assert f"{request.method} {request.target.removeprefix('/service.svc')}" == target
    assert request.body == body
    assert isinstance(record, BaseModel)


def test_every_method_but_the_lists_is_in_the_table() -> None:
    called = {call.replace("s.", ".", 1) for call, *_ in CALLS}
    assert called == {name for name in CloudClient.shapes if not name.endswith(".list")}


# --- Preparing -------------------------------------------------------------------------------


def test_section_2_the_same_request_gives_the_same_bytes() -> None:
    cloud = cloud_client("http://127.0.0.1:1/")
    one = builders.bank_account(metadata="x", customer_account="CA01X")
    other = type(one)(
        metadata="x",
        customer_account="CA01X",
        custom_reference="CUST-0042",
        account_name="J Hetfield",
        sort_code="200052",
        account_number="75849855",
    )
    assert cloud.prepare("bank_account.create", one) == cloud.prepare("bank_account.create", other)


@pytest.mark.parametrize("record_id", ["", " ", "a b", "a\nb", "é", "x" * 65, ".", ".."])
async def test_an_id_that_would_change_the_path_is_refused(record_id: str) -> None:
    async with ScriptedServer(CREATED) as server, cloud_client(server.url) as cloud:
        with pytest.raises(InvalidRequest, match="id"):
            await cloud.mandates.get(record_id)
    assert server.received == []


async def test_an_id_is_escaped() -> None:
    async with ScriptedServer(CREATED) as server, cloud_client(server.url) as cloud:
        await cloud.mandates.get("../bankaccount/x?y#z%41")
    assert server.received[0].target == ("/service.svc/mandate/..%2Fbankaccount%2Fx%3Fy%23z%2541")


def test_preparing_refuses_what_does_not_fit() -> None:
    cloud = cloud_client("http://127.0.0.1:1/")
    with pytest.raises(TypeError, match="takes a MandateCreate"):
        cloud.prepare("mandate.create", builders.bank_account())
    with pytest.raises(TypeError, match="takes a MandateCreate"):
        cloud.prepare("mandate.create")
    with pytest.raises(TypeError, match="takes no request"):
        cloud.prepare("mandate.get", builders.mandate(), id="M01X")
    with pytest.raises(InvalidRequest, match="id"):
        cloud.prepare("mandate.get")
    with pytest.raises(InvalidRequest, match="id"):
        cloud.prepare("mandate.create", builders.mandate(), id="M01X")
    with pytest.raises(TypeError, match="takes a ListQuery"):
        cloud.prepare("bank_account.list", CodedListQuery(transaction_code="0N"))
    with pytest.raises(KeyError, match="mandate"):
        cloud.prepare("mandate.creat", builders.mandate())
    with pytest.raises(LookupError, match="no models yet"):
        cloud.prepare("payment.create", builders.mandate())
    with pytest.raises(ValueError, match="card API"):
        cloud.prepare("transaction.register")


def test_a_model_built_around_its_checks_is_checked_again() -> None:
    cloud = cloud_client("http://127.0.0.1:1/")
    unchecked = type(builders.mandate()).model_construct(
        customer_bank_account="BA01X", auddis="lower case"
    )
    with pytest.raises(InvalidRequest, match="auddis"):
        cloud.prepare("mandate.create", unchecked)


def test_section_8_card_operations_have_no_models_yet() -> None:
    card = CardClient(base_url="http://127.0.0.1:1/", token=TOKEN)
    with pytest.raises(LookupError, match="no models yet"):
        card.prepare("transaction.refund", builders.mandate(), id="x")
    with pytest.raises(ValueError, match="cloud API"):
        card.prepare("mandate.create", builders.mandate())
