"""Section 1: one setting chooses the hosts, both bases can be overridden, a token is needed."""

import pytest

from smarterpay.api import CardClient, CloudClient, InsecureTransport, NotConfigured
from smarterpay.api.hosts import base_url_from, credential_label, token_source_from
from smarterpay.settings import Settings
from tests.api.scripted_server import ScriptedServer, answer

HOSTS = [
    (
        "live",
        "https://api.smarterpaycloud.com/service.svc/",
        "https://pay.smarterpay.com/SmarterPayCardPaymentService/api/transaction",
    ),
    (
        "uat",
        "https://uatapi.smarterpaycloud.com/service.svc/",
        "https://uat-cardpayments.smarterpaycloud.com/api/transaction",
    ),
    (
        "sandbox",
        "http://127.0.0.1:8765/service.svc/",
        "http://127.0.0.1:8765/SmarterPayCardPaymentService/api/transaction",
    ),
]


@pytest.mark.parametrize(("environment", "cloud", "card"), HOSTS)
def test_section_1_hosts(environment: str, cloud: str, card: str) -> None:
    settings = Settings.model_validate({"environment": environment, "api_key": "secret-key"})
    assert base_url_from(settings, "cloud") == cloud
    assert base_url_from(settings, "card") == card
    assert cloud.rstrip("/") in repr(CloudClient.from_settings(settings))
    assert card in repr(CardClient.from_settings(settings))


def test_section_1_both_bases_can_be_overridden() -> None:
    settings = Settings.model_validate(
        {
            "environment": "live",
            "api_key": "secret-key",
            "cloud_base_url": "https://mine.example.com/service.svc",
            "card_base_url": "https://mine.example.com/card",
        }
    )
    assert "https://mine.example.com/service.svc" in repr(CloudClient.from_settings(settings))
    assert "https://mine.example.com/card" in repr(CardClient.from_settings(settings))


def test_section_1_an_override_must_be_https_too() -> None:
    settings = Settings(cloud_base_url="http://mine.example.com/")
    with pytest.raises(InsecureTransport):
        CloudClient.from_settings(settings)


@pytest.mark.parametrize("environment", ["uat", "live"])
def test_off_the_sandbox_a_key_is_needed(environment: str) -> None:
    settings = Settings.model_validate({"environment": environment})
    with pytest.raises(NotConfigured, match="SMARTERPAY_API_KEY"):
        CloudClient.from_settings(settings)


async def test_section_13_the_sandbox_has_a_key_of_its_own() -> None:
    own = Settings.model_validate({"api_key": "mine"})
    for settings, key in ((Settings(), "sandbox-key"), (own, "mine")):
        assert (await token_source_from(settings).token()).get_secret_value() == key
        assert credential_label(settings) == key


OAUTH = {"oauth_client_id": "app-1", "oauth_client_secret": "s3cret"}


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ("live", "https://auth.smarterpaycloud.com/token"),
        ("sandbox", "http://127.0.0.1:8765/oauth/token"),
    ],
)
def test_section_1_where_access_tokens_are_fetched(environment: str, url: str) -> None:
    settings = Settings.model_validate({"environment": environment, **OAUTH})
    assert repr(token_source_from(settings)) == f"OAuthClientCredentials(token_url={url!r})"
    assert credential_label(settings) == "oauth:app-1"


def test_section_1_the_token_endpoint_of_uat_must_be_configured() -> None:
    settings = Settings.model_validate({"environment": "uat", **OAUTH})
    with pytest.raises(NotConfigured, match="SMARTERPAY_OAUTH_TOKEN_URL"):
        token_source_from(settings)
    at = settings.model_copy(update={"oauth_token_url": "https://uat.example.com/token"})
    assert "uat.example.com" in repr(token_source_from(at))


@pytest.mark.parametrize("environment", ["sandbox", "live"])
@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"api_key": "k", **OAUTH}, "SMARTERPAY_API_KEY and SMARTERPAY_OAUTH_\\* are both set"),
        ({"api_key": "k", "oauth_client_id": "app-1"}, "both set"),
        ({"oauth_client_id": "app-1"}, "SMARTERPAY_OAUTH_CLIENT_SECRET is not set"),
        ({"oauth_client_secret": "s3cret"}, "SMARTERPAY_OAUTH_CLIENT_ID is not set"),
    ],
)
def test_one_way_to_authenticate_and_all_of_it(
    environment: str, settings: dict[str, str], named: str
) -> None:
    chosen = Settings.model_validate({"environment": environment, **settings})
    for asked in (token_source_from, credential_label, CloudClient.from_settings):
        with pytest.raises(NotConfigured, match=named) as caught:
            asked(chosen)
        assert "s3cret" not in f"{caught.value} {caught.value!r} {chosen!r}"


def test_a_plain_token_endpoint_off_loopback_is_refused() -> None:
    settings = Settings.model_validate({"oauth_token_url": "http://auth.example.com/", **OAUTH})
    with pytest.raises(InsecureTransport):
        token_source_from(settings)


async def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ScriptedServer(answer(200, {"Mandate": {"id": "M01X"}})) as server:
        monkeypatch.setenv("SMARTERPAY_CLOUD_BASE_URL", server.url)
        monkeypatch.setenv("SMARTERPAY_API_KEY", "from-the-environment")
        async with CloudClient.from_settings() as cloud:
            await cloud.mandates.get("M01X")
    assert server.received[0].headers["authorization"] == "Bearer from-the-environment"
