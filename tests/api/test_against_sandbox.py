"""Client and sandbox are two readings of the reference; over a real socket they agree."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
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
    MethodNotAllowed,
    Misconfigured,
    NoAnswer,
    NotFound,
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
from smarterpay.api.models.bank_account import BankAccount, BankAccountUpdate
from smarterpay.api.models.bank_account_check import NameMatch
from smarterpay.api.models.customer_account import CustomerAccountUpdate
from smarterpay.api.models.mandate import Mandate, MandateStatus, MandateUpdate
from smarterpay.api.models.recurrence_schedule import (
    RecurrenceScheduleUpdate,
    ScheduleStatus,
)
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


# --- Records ---------------------------------------------------------------------------------


async def test_section_7_1_customer_account(cloud: CloudClient) -> None:
    created = await cloud.customer_accounts.create(
        builders.customer(title="Mr", address_line2="Flat 1", metadata="line one\nline two £")
    )
    assert created == await cloud.customer_accounts.get(created.id)
    assert (created.metadata, created.created_at) == ("line one\nline two £", NINE_IN_LONDON)
    assert created.unknown_fields == {}
    changed = await cloud.customer_accounts.update(
        created.id, CustomerAccountUpdate(city="Ely", address_line2=None)
    )
    assert (changed.city, changed.address_line2, changed.title) == ("Ely", None, "Mr")
    assert changed == await cloud.customer_accounts.get(created.id)


async def test_section_7_2_bank_account(cloud: CloudClient) -> None:
    owner = await cloud.customer_accounts.create(builders.customer())
    created = await bank_account(cloud, customer_account=owner.id, credits_allowed=False)
    assert created == await cloud.bank_accounts.get(created.id)
    assert (created.account_number, created.sort_code) == ("75849855", "200052")
    assert (created.enabled, created.credits_allowed, created.customer_account) == (
        True,
        False,
        owner.id,
    )
    assert (await cloud.bank_accounts.disable(created.id)).enabled is False
    assert (await cloud.bank_accounts.disable(created.id)).enabled is False
    enabled = await cloud.bank_accounts.update(created.id, BankAccountUpdate(enabled=True))
    assert enabled.enabled is True
    assert created.unknown_fields == {}


async def test_section_7_3_account_validation(cloud: CloudClient, sandbox: SandboxProcess) -> None:
    started = await cloud.account_validations.create(
        builders.account_validation(reference="MA1", metadata="m")
    )
    assert (started.successful_validation, started.mandate_id) == (False, None)
    sandbox.advance(60)
    ended = await cloud.account_validations.get(started.id)
    assert (ended.successful_validation, ended.account_name) == (True, "J Hetfield")
    assert (ended.sort_code, ended.account_number) == ("902127", "29823529")
    assert (ended.reference, ended.metadata) == ("MA1", "m")
    assert isinstance(ended.report, dict)
    assert ended.mandate_id is not None
    assert (await cloud.mandates.get(ended.mandate_id)).auddis == "MA1"
    assert ended.unknown_fields == {}


@pytest.mark.parametrize(("number", "valid"), [("75849855", True), ("12345900", False)])
async def test_section_7_4_modulus_check(cloud: CloudClient, number: str, valid: bool) -> None:
    found = await cloud.modulus_checks.create(builders.modulus_check(account_number=number))
    assert (found.account_code_ok, found.direct_debits) == (valid, valid)
    assert found.unknown_fields == {}


async def test_section_7_5_mandate_and_its_cascade(cloud: CloudClient) -> None:
    created = await mandate(cloud, auddis="MA-1/2.3&4 5", only_account_holder=False, metadata="m")
    assert created == await cloud.mandates.get(created.id)
    assert (created.auddis, created.only_account_holder) == ("MA-1/2.3&4 5", False)
    assert created.dd_status is MandateStatus.NEW_INSTRUCTION
    assert created.unknown_fields == {}
    schedule = await cloud.recurrence_schedules.create(builders.schedule(auddis=created.auddis))
    held = await cloud.mandates.update(created.id, MandateUpdate(dd_status="on hold"))
    assert held.dd_status is MandateStatus.ON_HOLD
    cancelled = await cloud.mandates.update(
        created.id, MandateUpdate(dd_status="cancelled", metadata=None)
    )
    assert (cancelled.dd_status, cancelled.metadata) == (MandateStatus.CANCELLED, None)
    after = await cloud.recurrence_schedules.get(schedule.id)
    assert after.status is ScheduleStatus.INACTIVE


async def test_section_7_5_a_validated_mandate(cloud: CloudClient, sandbox: SandboxProcess) -> None:
    created = await mandate(cloud, account_validation=True)
    assert created.dd_status is MandateStatus.AWAIT_VALIDATION
    assert created.account_validation_id is not None
    assert created.account_validation_url is not None
    sandbox.advance(60)
    assert (await cloud.mandates.get(created.id)).dd_status is MandateStatus.NEW_INSTRUCTION


async def test_section_7_6_own_accounts_and_numbers(cloud: CloudClient) -> None:
    numbers = [number async for number in cloud.service_user_numbers.list()]
    assert [(number.sun, number.default_sun) for number in numbers] == [
        ("100263", True),
        ("122", False),
    ]
    assert await cloud.service_user_numbers.get("122") == numbers[1]
    accounts = [account async for account in cloud.client_bank_accounts.list()]
    assert [account.id for account in accounts] == [
        "OB01SANDBOXMAIN00001",
        "OB01SANDBOXSECOND001",
    ]
    assert await cloud.client_bank_accounts.by_sun("122") == accounts[1]
    assert await cloud.client_bank_accounts.get("OB01SANDBOXMAIN00001") == accounts[0]
    assert accounts[0].unknown_fields == numbers[0].unknown_fields == {}


async def test_section_7_11_schedule(cloud: CloudClient) -> None:
    payer = await mandate(cloud)
    created = await cloud.recurrence_schedules.create(
        builders.schedule(
            auddis=payer.auddis,
            amount=2500,
            first_collection_amount=3000,
            collection_stretch=3,
            collection_day="last day",
            first_collection_in_same_month_as_next_collection=True,
            end_date=date(2027, 7, 1),
        )
    )
    assert created == await cloud.recurrence_schedules.get(created.id)
    assert (created.amount, created.first_collection_amount) == (2500, 3000)
    assert (created.collection_stretch, created.collection_day) == (3, "last day")
    assert created.first_collection_in_same_month_as_next_collection is False
    assert created.mandate == payer.id
    assert created.upcoming_payments
    assert created.upcoming_payments[0].amount == 3000
    changed = await cloud.recurrence_schedules.update(
        created.id, RecurrenceScheduleUpdate(end_date=None, description="fee")
    )
    assert (changed.end_date, changed.description) == (None, "fee")
    assert (await cloud.recurrence_schedules.disable(created.id)).status is ScheduleStatus.INACTIVE
    assert created.unknown_fields == {}


async def test_section_7_11_a_plan(cloud: CloudClient) -> None:
    payer = await mandate(cloud)
    created = await cloud.recurrence_schedules.create(
        builders.schedule(
            auddis=payer.auddis,
            type="DDPaymentPlan",
            installments=3,
            amount=1000,
            first_collection_amount=None,
        )
    )
    assert created.installments == 3
    assert [item.amount for item in created.upcoming_payments or ()] == [334, 333, 333]


@pytest.mark.parametrize(
    ("name", "match", "code"),
    [
        ("J Hetfield", NameMatch.FULL, "MATC"),
        ("J Hetfield CLOSE", NameMatch.CLOSE, "MBAM"),
        ("J Hetfield NOMATCH", NameMatch.NO, "ANNM"),
        ("J Hetfield NOTFOUND", NameMatch.NO, "AC01"),
    ],
)
async def test_section_7_17_bank_account_check(
    cloud: CloudClient, name: str, match: NameMatch, code: str
) -> None:
    created = await cloud.bank_account_checks.create(builders.bank_account_check(account_name=name))
    assert created == await cloud.bank_account_checks.get(created.id)
    assert created.confirmation_of_payee is not None
    assert created.confirmation_of_payee.name_match_result is match
    assert created.confirmation_of_payee.reason_code == code
    assert created.unknown_fields == created.confirmation_of_payee.unknown_fields == {}


# --- Lists -----------------------------------------------------------------------------------


async def test_section_6_lists(cloud: CloudClient, sandbox: SandboxProcess) -> None:
    made: list[str] = []
    for number in range(5):
        created = await cloud.customer_accounts.create(
            builders.customer(custom_reference=f"CUST-{number}")
        )
        made.append(created.id)
        sandbox.advance(60)

    async def ids(**filters: Any) -> list[str]:
        return [found.id async for found in cloud.customer_accounts.list(**filters)]

    assert await ids() == made
    assert await ids(limit=2) == made
    assert await ids(limit=5) == made
    assert await ids(sort_order="desc", limit=2) == made[::-1]
    assert await ids(custom_reference="CUST-3") == [made[3]]
    assert await ids(id=made[2]) == [made[2]]
    assert await ids(custom_reference="nobody") == []
    assert await ids(status=["active", "other"]) == made
    assert await ids(status="other") == []
    third = NINE_IN_LONDON + timedelta(minutes=2)
    assert await ids(created_from=third) == made[2:]
    assert await ids(created_to=third) == made[:3]
    assert await ids(created_from=third, created_to=third) == [made[2]]


async def test_section_6_states_of_mandates_are_a_comma_list(cloud: CloudClient) -> None:
    first, second = await mandate(cloud), await mandate(cloud)
    await cloud.mandates.update(second.id, MandateUpdate(dd_status="cancelled"))

    async def ids(*states: str) -> list[str]:
        return [found.id async for found in cloud.mandates.list(status=states)]

    assert await ids(MandateStatus.CANCELLED) == [second.id]
    assert await ids("new instruction", "cancelled") == [first.id, second.id]


# --- Refusals --------------------------------------------------------------------------------


async def test_section_7_2_a_failed_modulus_check_names_its_field(cloud: CloudClient) -> None:
    with pytest.raises(Refused) as caught:
        await bank_account(cloud, account_number="12345900")
    assert caught.value.status == 400
    assert [fault.field for fault in caught.value.field_errors] == ["account_number"]
    assert "12345900" not in f"{caught.value!r}"


async def test_section_4_no_such_record(cloud: CloudClient) -> None:
    with pytest.raises(NotFound):
        await cloud.mandates.get("M01NOSUCHMANDATE")
    with pytest.raises(NotFound):
        await cloud.customer_accounts.update("CA01NO", CustomerAccountUpdate(city="Ely"))


async def test_section_7_5_a_disabled_account_takes_no_mandate(cloud: CloudClient) -> None:
    account = await bank_account(cloud)
    await cloud.bank_accounts.disable(account.id)
    with pytest.raises(Refused):
        await cloud.mandates.create(builders.mandate(customer_bank_account=account.id))


async def test_section_11_an_ended_mandate_stays_ended(cloud: CloudClient) -> None:
    created = await mandate(cloud)
    await cloud.mandates.update(created.id, MandateUpdate(dd_status="cancelled"))
    with pytest.raises(Refused):
        await cloud.mandates.update(created.id, MandateUpdate(dd_status="on hold"))


async def test_section_1_a_wrong_method(cloud: CloudClient) -> None:
    created = await mandate(cloud)
    for request in (
        PreparedRequest("mandate.get", "DELETE", f"/mandate/{created.id}"),
        PreparedRequest("mandate.list", "PUT", "/mandates", body=b"{}"),
    ):
        answer = await cloud.exchange(request, idempotency_key=None)
        assert type(api_error(answer)) is MethodNotAllowed


@pytest.mark.parametrize("token", ["sandbox-key-expired", "nobody"])
async def test_section_1_a_bad_token(sandbox: SandboxProcess, token: str) -> None:
    async with client(sandbox, token=token) as cloud:
        with pytest.raises(InvalidToken) as caught:
            await cloud.mandates.create(builders.mandate())
    assert isinstance(caught.value, Misconfigured)
    assert token not in f"{caught.value!r} {cloud!r}"
    assert sandbox.counts().get("mandate", 0) == 0


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
