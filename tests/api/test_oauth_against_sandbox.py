"""OAuth as the sandbox reads section 1: both sides agree on the token, its end and its renewal."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from smarterpay.api import (
    CardClient,
    CloudClient,
    InvalidToken,
    NotConfigured,
    OAuthClientCredentials,
    TokenRefused,
)
from smarterpay.clock import FixedClock
from smarterpay.settings import Settings
from tests.api import builders
from tests.sandbox_process import SandboxProcess

START = datetime(2026, 6, 1, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def process() -> Iterator[SandboxProcess]:
    with SandboxProcess() as running:
        yield running


@pytest.fixture
def sandbox(process: SandboxProcess) -> SandboxProcess:
    process.reset()
    return process


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
def tokens(sandbox: SandboxProcess, clock: FixedClock) -> OAuthClientCredentials:
    url = f"{sandbox.base_url}/oauth/token"
    return OAuthClientCredentials(
        url, "sandbox-client", "sandbox-client-secret", "offline_access", clock=clock
    )


@pytest.fixture
async def cloud(
    sandbox: SandboxProcess, tokens: OAuthClientCredentials
) -> AsyncIterator[CloudClient]:
    async with builders.cloud_client(sandbox.cloud_url, token=tokens) as opened:
        yield opened


async def test_section_1_a_token_opens_what_a_key_opens(cloud: CloudClient) -> None:
    customer = await cloud.customer_accounts.create(builders.customer())
    assert await cloud.customer_accounts.get(customer.id) == customer


async def test_section_1_the_token_is_left_before_it_ends(
    sandbox: SandboxProcess,
    clock: FixedClock,
    tokens: OAuthClientCredentials,
    cloud: CloudClient,
) -> None:
    first = await tokens.token()
    for by in (timedelta(seconds=3539), timedelta(seconds=2)):
        clock.advance(by)
        sandbox.advance(by.total_seconds())
        await cloud.service_user_numbers.get("100263")
    assert await tokens.token() != first
    assert [line["status"] for line in sandbox.requests() if "/serviceuser" in line["path"]] == [
        200,
        200,
    ]


async def test_section_4_a_token_that_ended_unnoticed_is_renewed_under_the_same_key(
    sandbox: SandboxProcess, tokens: OAuthClientCredentials, cloud: CloudClient
) -> None:
    """Our clock stands still while the provider's goes on: only the 498 tells."""
    spent = await tokens.token()
    sandbox.advance(3601)
    created = await cloud.customer_accounts.create(builders.customer(), idempotency_key="K-1")
    assert await tokens.token() != spent
    again = await cloud.customer_accounts.create(builders.customer(), idempotency_key="K-1")
    assert again == created
    assert sandbox.counts()["customer_accounts"] == 1


async def test_section_1_a_wrong_secret_is_refused_and_nothing_is_sent(
    sandbox: SandboxProcess,
) -> None:
    wrong = OAuthClientCredentials(f"{sandbox.base_url}/oauth/token", "sandbox-client", "wrong")
    async with builders.cloud_client(sandbox.cloud_url, token=wrong) as cloud:
        with pytest.raises(TokenRefused, match="invalid_client"):
            await cloud.customer_accounts.create(builders.customer())
    assert sandbox.counts()["customer_accounts"] == 0


async def test_section_1_settings_name_the_sandboxs_own_endpoint(sandbox: SandboxProcess) -> None:
    settings = Settings.model_validate(
        {
            "sandbox_port": int(sandbox.base_url.rpartition(":")[2]),
            "oauth_client_id": "sandbox-client",
            "oauth_client_secret": "sandbox-client-secret",
        }
    )
    async with CloudClient.from_settings(settings, clock=FixedClock(START)) as cloud:
        assert (await cloud.service_user_numbers.get("100263")).sun == "100263"
    with pytest.raises(NotConfigured):
        CardClient.from_settings(settings.model_copy(update={"oauth_client_id": None}))


async def test_section_13_an_expired_key_stays_expired(sandbox: SandboxProcess) -> None:
    async with builders.cloud_client(sandbox.cloud_url, token="sandbox-key-expired") as cloud:
        with pytest.raises(InvalidToken):
            await cloud.service_user_numbers.get("100263")
        assert await cloud.renew_token() is False
