"""Where each environment's two APIs are, and how we authenticate; knows no HTTP (section 1)."""

import ssl
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from pydantic import SecretStr

from smarterpay.api import assumptions
from smarterpay.api.errors import NotConfigured
from smarterpay.api.tokens import OAuthClientCredentials, StaticToken, TokenSource
from smarterpay.clock import Clock
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

LIVE_TOKEN_URL: Final = "https://auth.smarterpaycloud.com/token"  # noqa: S105 - an address
"""Where live access tokens are fetched (section 1, OAuth)."""

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


def token_source_from(
    settings: Settings, *, clock: Clock | None = None, verify: ssl.SSLContext | None = None
) -> TokenSource:
    """What the clients of a process authenticate by: one source for all of them.

    `clock` tells an access token's age, the system's if none is given; `verify` is an SSL
    context for a private authority. Raises `NotConfigured`
    where an API key and OAuth are both set, where OAuth is set in part, and where nothing is set
    off the sandbox.
    """
    _refuse_two_ways(settings)
    if settings.oauth_client_id is not None and settings.oauth_client_secret is not None:
        return OAuthClientCredentials(
            _token_url(settings),
            settings.oauth_client_id,
            settings.oauth_client_secret,
            clock=clock,
            verify=verify,
        )
    return StaticToken(_api_key(settings))


def credential_label(settings: Settings) -> str:
    """What the rate limit counts by (section 3): the API key, or the OAuth client id.

    It may be the key itself: never log it. Raises as `token_source_from`.
    """
    _refuse_two_ways(settings)
    if settings.oauth_client_id is not None:
        return f"oauth:{settings.oauth_client_id}"
    return _api_key(settings).get_secret_value()


def _refuse_two_ways(settings: Settings) -> None:
    """One way to authenticate, and all of it."""
    oauth = {
        "SMARTERPAY_OAUTH_CLIENT_ID": settings.oauth_client_id,
        "SMARTERPAY_OAUTH_CLIENT_SECRET": settings.oauth_client_secret,
    }
    missing = [name for name, value in oauth.items() if value is None]
    if len(missing) == len(oauth):
        return
    if settings.api_key is not None:
        raise NotConfigured("SMARTERPAY_API_KEY and SMARTERPAY_OAUTH_* are both set; unset one")
    if missing:
        raise NotConfigured(f"{missing[0]} is not set; OAuth needs client id and secret")


def _api_key(settings: Settings) -> SecretStr:
    if settings.api_key is not None:
        return settings.api_key
    if settings.environment == "sandbox":
        return SecretStr(assumptions.SANDBOX_KEY.value)
    raise NotConfigured("SMARTERPAY_API_KEY is not set; it or OAuth is needed off the sandbox")


def _token_url(settings: Settings) -> str:
    documented = {
        "live": LIVE_TOKEN_URL,
        "uat": assumptions.OAUTH_UAT_HOST.value,
        "sandbox": f"http://127.0.0.1:{settings.sandbox_port}/oauth/token",
    }
    url = settings.oauth_token_url or documented[settings.environment]
    if url is None:
        raise NotConfigured("SMARTERPAY_OAUTH_TOKEN_URL is not set; none is documented for uat")
    return url
