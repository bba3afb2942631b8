"""Client and sandbox over a real socket: keys, faults and what both let through alike.

What every single operation is asked and answers stands in `tests/contract`.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smarterpay.api import (
    NO_KEY,
    ApiError,
    CardClient,
    CloudClient,
    Disposition,
    InvalidToken,
    KeyReused,
    ListQuery,
    NoAnswer,
    Page,
    PreparedRequest,
    RateLimited,
    Refused,
    ReplayedServerError,
    RetryPolicy,
    Timeouts,
    dispose,
    instant_retries,
)
from smarterpay.api.models.bank_account import BankAccount
from smarterpay.api.models.mandate import Mandate
from smarterpay.api.reading import api_error
from tests.api import builders
from tests.sandbox_process import SandboxProcess

NINE_IN_LONDON = datetime(2026, 6, 1, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def process() -> Iterator[SandboxProcess]:
    with SandboxProcess() as running:
        yield running


@pytest.fixture
def sandbox(process: SandboxProcess) -> SandboxProcess:
    process.reset()
    return process


def client(sandbox: SandboxProcess, **options: Any) -> CloudClient:
    return builders.cloud_client(sandbox.cloud_url, **{"token": sandbox.token, **options})


@pytest.fixture
async def cloud(sandbox: SandboxProcess) -> AsyncIterator[CloudClient]:
    async with client(sandbox) as opened:
        yield opened


async def bank_account(cloud: CloudClient, **changes: Any) -> BankAccount:
    return await cloud.bank_accounts.create(builders.bank_account(**changes))


async def mandate(cloud: CloudClient, **changes: Any) -> Mandate:
    account = await bank_account(cloud)
    return await cloud.mandates.create(
        builders.mandate(customer_bank_account=account.id, **changes)
    )


# --- Idempotency -----------------------------------------------------------------------------


async def test_section_2_the_same_bytes_are_replayed(
    cloud: CloudClient, sandbox: SandboxProcess
) -> None:
    request = cloud.prepare("customer_account.create", builders.customer())
    first = await cloud.exchange(request, idempotency_key="K-1")
    second = await cloud.exchange(request, idempotency_key="K-1")
    assert (first.replayed, second.replayed) == (False, True)
    assert (first.status, first.body) == (second.status, second.body)
    assert dispose(second) is Disposition.SUCCEEDED
    other_case = await cloud.exchange(request, idempotency_key="k-1")
    assert other_case.replayed is False
    assert len(await everybody(cloud)) == 2


async def everybody(cloud: CloudClient) -> list[str]:
    return [found.id async for found in cloud.customer_accounts.list()]


async def test_section_2_a_key_is_not_reused(cloud: CloudClient) -> None:
    await cloud.customer_accounts.create(builders.customer(), idempotency_key="K-1")
    with pytest.raises(KeyReused):
        await cloud.customer_accounts.create(builders.customer(city="Ely"), idempotency_key="K-1")
    with pytest.raises(KeyReused):
        await cloud.bank_accounts.create(builders.bank_account(), idempotency_key="K-1")
    assert len(await everybody(cloud)) == 1


async def test_section_2_a_refusal_is_replayed_too(cloud: CloudClient) -> None:
    for replayed in (False, True):
        with pytest.raises(Refused) as caught:
            await cloud.bank_accounts.create(
                builders.bank_account(account_number="12345900"), idempotency_key="K-1"
            )
        assert caught.value.replayed is replayed


async def test_section_2_no_key_means_two_records(cloud: CloudClient) -> None:
    await cloud.customer_accounts.create(builders.customer(), idempotency_key=NO_KEY)
    await cloud.customer_accounts.create(builders.customer(), idempotency_key=NO_KEY)
    assert len(await everybody(cloud)) == 2


# --- Faults ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("429", {}),
        ("503", {}),
        ("500-before", {}),
        ("500-after", {"stored": False}),
        ("drop-before", {}),
        ("drop-after", {}),
        ("html-error", {}),
        ("html-error", {"after": True}),
        ("empty-body", {}),
    ],
)
async def test_section_12_three_faults_in_a_row_make_one_record(
    cloud: CloudClient, sandbox: SandboxProcess, kind: str, options: dict[str, Any]
) -> None:
    sandbox.faults(kind, times=3, method="POST", path="/customeraccount", **options)
    created = await cloud.customer_accounts.create(builders.customer())
    assert await everybody(cloud) == [created.id]
    posts = [call for call in sandbox.requests() if call["method"] == "POST"]
    assert len(posts) == 4
    assert len({call["key"] for call in posts}) == 1


async def test_section_4_a_stored_500_is_replayed_and_stops(
    cloud: CloudClient, sandbox: SandboxProcess
) -> None:
    sandbox.faults("500-after", method="POST", path="/customeraccount")
    with pytest.raises(ReplayedServerError) as caught:
        await cloud.customer_accounts.create(builders.customer())
    assert caught.value.idempotency_key is not None
    (found,) = [c async for c in cloud.customer_accounts.list(custom_reference="CUST-0042")]
    assert found.email == "j.hetfield@example.com"


async def test_section_2_a_slow_provider_answers_in_progress_and_then_replays(
    sandbox: SandboxProcess,
) -> None:
    sandbox.faults("slow", method="POST", path="/customeraccount", seconds=2.0)
    patient = RetryPolicy(attempts=50, first_pause=0.2, longest_pause=0.2)
    async with client(sandbox, timeouts=Timeouts(read=0.3), retry=patient) as cloud:
        created = await cloud.customer_accounts.create(builders.customer())
        assert await everybody(cloud) == [created.id]
    statuses = [call["status"] for call in sandbox.requests() if call["method"] == "POST"]
    assert 409 in statuses
    assert statuses[-1] == 200


async def test_section_4_without_a_key_a_lost_answer_is_left_alone(
    cloud: CloudClient, sandbox: SandboxProcess
) -> None:
    sandbox.faults("drop-after", method="POST", path="/customeraccount")
    with pytest.raises(NoAnswer):
        await cloud.customer_accounts.create(builders.customer(), idempotency_key=NO_KEY)
    assert len(await everybody(cloud)) == 1


async def test_section_13_a_limited_key_runs_into_429(sandbox: SandboxProcess) -> None:
    async with client(sandbox, token="sandbox-key-limited") as cloud:
        for _ in range(5):
            await cloud.service_user_numbers.get("122")
        with instant_retries(), pytest.raises(RateLimited) as caught:
            await cloud.service_user_numbers.get("122")
    assert caught.value.message == "Too many requests. Please try again in 60 seconds."
    assert caught.value.retry_after is None


# --- The card host ---------------------------------------------------------------------------


async def test_section_8_the_card_host_refuses_a_bad_token_with_its_own_body(
    sandbox: SandboxProcess,
) -> None:
    register = PreparedRequest("transaction.register", "POST", "", body=b"{}")
    async with CardClient(base_url=sandbox.card_url, token="nobody") as card:
        error = api_error(await card.exchange(register, idempotency_key="K-1"))
    assert type(error) is InvalidToken
    assert (error.code, error.message) == (101, "Unauthorised")
    async with CardClient(base_url=sandbox.card_url, token=sandbox.token) as card:
        error = api_error(await card.exchange(register, idempotency_key="K-1"))
    assert type(error) is Refused
    assert error.status == 400


# --- Both readings ---------------------------------------------------------------------------

LINE = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=50)
NAME = LINE.filter(lambda text: text.strip() != "")
#: Not all blank: the reference does not say whether blanks alone are a text or none.
OPTIONAL = NAME | st.sampled_from(["", None])
AUDDIS = st.text("ABCXYZ0189/-.&", min_size=1, max_size=18)


async def accepted(sandbox: SandboxProcess, call: Any) -> object:
    """The record; a refusal as its status and the fields it names."""
    async with client(sandbox) as cloud:
        try:
            return await call(cloud)
        except ApiError as error:
            return error.status, [fault.field for fault in error.field_errors]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    first_name=NAME,
    last_name=NAME,
    city=NAME,
    postal_code=NAME,
    address_line1=NAME,
    address_line2=OPTIONAL,
    custom_reference=OPTIONAL,
    external_id=OPTIONAL,
    metadata=st.text(st.characters(codec="utf-8"), max_size=100).filter(str.strip) | st.none(),
    country_code=st.sampled_from(["GB", "FR", "", None]),
)
async def test_section_7_1_what_the_model_lets_through_the_provider_takes(
    sandbox: SandboxProcess, **fields: Any
) -> None:
    request = builders.customer(**fields)
    created: Any = await accepted(sandbox, lambda cloud: cloud.customer_accounts.create(request))
    assert not isinstance(created, tuple), created
    for name, value in fields.items():
        if name != "country_code":
            assert getattr(created, name) == (value or None), name


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    auddis=AUDDIS,
    amount=st.integers(1, 2_000_000_000),
    first=st.integers(1, 2_000_000_000),
    period=st.sampled_from(["monthly", "weekly"]),
    stretch=st.integers(1, 99),
    day=st.sampled_from(["1", "9", "10", "28", "last day"]),
    start=st.dates(date(2026, 6, 1), date(2027, 12, 31)),
)
async def test_sections_7_5_and_7_11_what_the_models_let_through_the_provider_takes(
    sandbox: SandboxProcess,
    *,
    auddis: str,
    amount: int,
    first: int,
    period: str,
    stretch: int,
    day: str,
    start: date,
) -> None:
    sandbox.reset()
    request = builders.schedule(
        auddis=auddis,
        amount=amount,
        first_collection_amount=first,
        collection_period=period,
        collection_stretch=stretch,
        collection_day=day if period == "monthly" else None,
        first_collection_date=start,
    )

    async def onboard(cloud: CloudClient) -> object:
        await mandate(cloud, auddis=auddis)
        return await cloud.recurrence_schedules.create(request)

    created: Any = await accepted(sandbox, onboard)
    assert not isinstance(created, tuple), created
    assert (created.auddis, created.amount, created.first_collection_amount) == (
        auddis,
        amount,
        first,
    )
    assert created.first_collection_date >= start


async def test_section_6_one_page_by_hand(cloud: CloudClient) -> None:
    await cloud.customer_accounts.create(builders.customer())
    request = cloud.prepare("customer_account.list", ListQuery(custom_reference="CUST-0042"))
    page = cloud.read("customer_account.list", await cloud.exchange(request, idempotency_key=None))
    assert isinstance(page, Page)
    assert len(page.records) == 1
