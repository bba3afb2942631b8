"""Where each environment's two APIs are, and with which token; knows no HTTP (section 1)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from pydantic import SecretStr

from smarterpay.api import assumptions
from smarterpay.api.errors import NotConfigured
from smarterpay.settings import Settings

Api = Literal["cloud", "card"]

HOSTS: Final[Mapping[tuple[str, Api], str]] = MappingProxyType(
    {
        ("live", "cloud"): "https://api.smarterpaycloud.com/service.svc/",
        ("uat", "cloud"): "https://uatapi.smarterpaycloud.com/service.svc/",
        (
            "live",
            "card",
        ): "https://pay.smarterpay.com/SmarterPayCardPaymentService/api/transaction",
        ("uat", "card"): "https://uat-cardpayments.smarterpaycloud.com/api/transaction",
    }
)
"""The fixed hosts of section 1 by environment and API."""

_SANDBOX_PATHS: Final[Mapping[Api, str]] = MappingProxyType(
    {"cloud": "/service.svc/", "card": "/SmarterPayCardPaymentService/api/transaction"}
)


def base_url_from(settings: Settings, api: Api) -> str:
    """The base of `api`: the setting's override, the sandbox on loopback, or the fixed host."""
    override = settings.cloud_base_url if api == "cloud" else settings.card_base_url
    if override:
        return override
    if settings.environment == "sandbox":
        return f"http://127.0.0.1:{settings.sandbox_port}{_SANDBOX_PATHS[api]}"
    return HOSTS[settings.environment, api]


def token_from(settings: Settings) -> SecretStr:
    """The bearer token; raises `NotConfigured` off the sandbox where none is set."""
    if settings.api_key is not None:
        return settings.api_key
    if settings.environment == "sandbox":
        return SecretStr(assumptions.SANDBOX_KEY.value)
    raise NotConfigured("SMARTERPAY_API_KEY is not set; it is needed off the sandbox")
