"""The friendly methods over a real socket: one key, the same bytes, bounded tries."""

import uuid

import pytest

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
from smarterpay.api.models.mandate import MandateUpdate
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
    with pytest.raises(TypeError, match="takes a PaymentBulkCreate"):
        cloud.prepare("payment.bulk_create", builders.payment())
    with pytest.raises(ValueError, match="card API"):
        cloud.prepare("transaction.register")


def test_a_model_built_around_its_checks_is_checked_again() -> None:
    cloud = cloud_client("http://127.0.0.1:1/")
    unchecked = type(builders.mandate()).model_construct(
        customer_bank_account="BA01X", auddis="lower case"
    )
    with pytest.raises(InvalidRequest, match="auddis"):
        cloud.prepare("mandate.create", unchecked)


def test_each_client_prepares_the_operations_of_its_own_host() -> None:
    card = CardClient(base_url="http://127.0.0.1:1/", token=TOKEN)
    with pytest.raises(TypeError, match="takes a TransactionRefund"):
        card.prepare("transaction.refund", builders.void(), id="x")
    with pytest.raises(ValueError, match="cloud API"):
        card.prepare("mandate.create", builders.mandate())
