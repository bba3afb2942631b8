"""Section 1: one setting chooses the hosts, both bases can be overridden, a token is needed."""

import pytest

from smarterpay.api import CardClient, CloudClient, InsecureTransport, NotConfigured
from smarterpay.api.hosts import base_url_from, token_from
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


def test_section_13_the_sandbox_has_a_key_of_its_own() -> None:
    assert token_from(Settings()).get_secret_value() == "sandbox-key"
    own = Settings.model_validate({"api_key": "mine"})
    assert token_from(own).get_secret_value() == "mine"


async def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ScriptedServer(answer(200, {"Mandate": {"id": "M01X"}})) as server:
        monkeypatch.setenv("SMARTERPAY_CLOUD_BASE_URL", server.url)
        monkeypatch.setenv("SMARTERPAY_API_KEY", "from-the-environment")
        async with CloudClient.from_settings() as cloud:
            await cloud.mandates.get("M01X")
    assert server.received[0].headers["authorization"] == "Bearer from-the-environment"
