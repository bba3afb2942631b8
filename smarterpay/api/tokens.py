"""Where the bearer token comes from (section 1); knows no resource, no retry and no journal.

An API key stays what it is. An OAuth 2.0 access token is fetched by client credentials, kept
until shortly before it runs out, and fetched anew once the platform will not take it any more.
Neither tokens nor secrets show in a repr, a log or an error.
"""

import asyncio
import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, runtime_checkable

import httpx
from pydantic import SecretStr

from smarterpay.api import assumptions
from smarterpay.api.errors import NotConfigured, TokenNotFetched, TokenRefused
from smarterpay.api.transport import checked_base_url
from smarterpay.clock import Clock, SystemClock

TOKEN_OPERATION: Final = "oauth.token"  # noqa: S105 - a name for error texts
"""What a token fetch is called in error texts; it is no operation of the catalogue."""
LARGEST_TOKEN_ANSWER: Final = 64 * 1024
"""Bytes of a token answer that are read, at most."""
EARLY: Final = timedelta(seconds=60)
"""How long before its end a token is no longer used, where it lives long enough for that."""

LONGEST_LIFETIME: Final = 366 * 24 * 3600.0
"""Seconds that an `expires_in` may say before it is taken for nonsense."""

_NAMES: Final = assumptions.OAUTH_TOKEN_ANSWER.value
_ERROR_CODES: Final = re.compile(r"[a-z_]{1,64}")


@runtime_checkable
class TokenSource(Protocol):
    """Gives the bearer token of each exchange; one source may serve several clients."""

    async def token(self) -> SecretStr:
        """The token to send now. Raises `TokenNotFetched` or `TokenRefused`."""
        ...

    async def renew(self, spent: SecretStr) -> bool:
        """Whether the next `token()` is another one than `spent`, which got a 498 (section 4)."""
        ...


@dataclass(frozen=True, slots=True)
class StaticToken:
    """An API key: it is what it is. Raises `NotConfigured` for an empty one."""

    secret: SecretStr

    def __post_init__(self) -> None:
        if not self.secret.get_secret_value().strip():
            raise NotConfigured("the token is empty")

    async def token(self) -> SecretStr:
        """The key."""
        return self.secret

    async def renew(self, spent: SecretStr) -> bool:
        """Whether `spent` was another key than this one: this one never changes."""
        return spent != self.secret


@dataclass(frozen=True, slots=True)
class _AccessToken:
    secret: SecretStr
    usable_until: datetime


class OAuthClientCredentials:
    """Access tokens of a Connected Application, by OAuth 2.0 client credentials (section 1).

    Fetched by a form-urlencoded POST, answered in RFC 6749's names. A token is kept until
    shortly before its `expires_in` seconds run out by `clock`, and fetched once however many
    ask. `timeout` is seconds for one fetch. `token_url` must be https unless it is loopback;
    redirects are not followed. Raises `InsecureTransport` for another address, `NotConfigured`
    for an empty id or secret.
    """

    def __init__(
        self,
        token_url: str,
        client_id: str,
        client_secret: SecretStr | str,
        scope: str | None = None,
        *,
        clock: Clock | None = None,
        timeout: float = 30.0,
        verify: ssl.SSLContext | None = None,
    ) -> None:
        secret = client_secret if isinstance(client_secret, SecretStr) else SecretStr(client_secret)
        if not client_id.strip() or not secret.get_secret_value().strip():
            raise NotConfigured("the OAuth client id or secret is empty")
        checked_base_url(token_url)
        self._token_url = token_url
        self._client_id = client_id
        self._client_secret = secret
        self._scope = scope
        self._clock = clock or SystemClock()
        self._timeout = timeout
        self._verify = verify
        self._one_at_a_time = asyncio.Lock()
        self._cached: _AccessToken | None = None

    async def token(self) -> SecretStr:
        """The cached token, or a new one where there is none or it is about to run out.

        Raises `TokenNotFetched` where the endpoint could not be asked, `TokenRefused` where it
        said no; nothing of the caller's request has been sent then.
        """
        async with self._one_at_a_time:
            if self._cached is None or self._clock.now() >= self._cached.usable_until:
                self._cached = await self._fetched()
            return self._cached.secret

    async def renew(self, spent: SecretStr) -> bool:
        """Fetch anew if `spent` is still the cached token; whether the next one is another.

        Raises as `token`.
        """
        async with self._one_at_a_time:
            if self._cached is None or self._cached.secret == spent:
                # Gone even if the fetch fails: a token that got a 498 is not sent again.
                self._cached = None
                self._cached = await self._fetched()
            return self._cached.secret != spent

    def __repr__(self) -> str:
        return f"{type(self).__name__}(token_url={self._token_url!r})"

    async def _fetched(self) -> _AccessToken:
        asked_at = self._clock.now()
        status, body = await self._asked()
        answer = _json_object(body)
        if not 200 <= status < 300:
            raise _refusal(status, answer)
        secret, seconds = _read_token(answer)
        lifetime = timedelta(seconds=seconds)
        return _AccessToken(secret, asked_at + lifetime - min(EARLY, lifetime / 2))

    async def _asked(self) -> tuple[int, bytes]:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._client_secret.get_secret_value(),
        }
        if self._scope is not None:
            form["scope"] = self._scope
        try:
            async with (
                asyncio.timeout(self._timeout),
                httpx.AsyncClient(
                    timeout=None,  # noqa: S113 - the limit above covers the whole fetch
                    verify=self._verify if self._verify is not None else True,
                    follow_redirects=False,
                    trust_env=False,
                ) as http,
                http.stream(
                    "POST",
                    self._token_url,
                    data=form,
                    headers={"Accept": "application/json", "Accept-Encoding": "identity"},
                ) as response,
            ):
                return response.status_code, await _bounded(response)
        except TimeoutError:
            reason = f"no answer within {self._timeout:g} s"
            raise TokenNotFetched(TOKEN_OPERATION, reason) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TokenNotFetched(TOKEN_OPERATION, type(error).__name__) from None


async def _bounded(response: httpx.Response) -> bytes:
    body = b""
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > LARGEST_TOKEN_ANSWER:
            reason = f"its answer is larger than {LARGEST_TOKEN_ANSWER} bytes"
            raise TokenNotFetched(TOKEN_OPERATION, reason)
    return body


def _json_object(body: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _refusal(status: int, answer: Mapping[str, Any]) -> TokenNotFetched | TokenRefused:
    """A no that another try may turn (408, 429, 5xx), or one that stands.

    Only an error code that reads as RFC 6749's is shown, never the endpoint's prose.
    """
    code = answer.get("error")
    shown = f", {code}" if isinstance(code, str) and _ERROR_CODES.fullmatch(code) else ""
    reason = f"HTTP {status}{shown}"
    if status >= 500 or status in (408, 425, 429):
        return TokenNotFetched(TOKEN_OPERATION, reason)
    return TokenRefused(TOKEN_OPERATION, reason)


def _read_token(answer: Mapping[str, Any]) -> tuple[SecretStr, float]:
    """The token and its lifetime in seconds; raises `TokenRefused` for an answer without one."""
    token = answer.get(_NAMES["token"])
    if not isinstance(token, str) or not token.strip():
        raise TokenRefused(TOKEN_OPERATION, "its answer holds no access token")
    kind = answer.get(_NAMES["kind"], "Bearer")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise TokenRefused(TOKEN_OPERATION, "its answer holds another kind of token than Bearer")
    return SecretStr(token), _seconds(answer.get(_NAMES["lifetime"]))


def _seconds(lifetime: object) -> float:
    """`expires_in`, as a number or its text; the assumed lifetime where it makes no sense."""
    if isinstance(lifetime, str) and re.fullmatch(r"[0-9]{1,9}", lifetime.strip()):
        lifetime = int(lifetime)
    if isinstance(lifetime, bool) or not isinstance(lifetime, int | float):
        return float(_NAMES["seconds"])
    if 0 <= lifetime <= LONGEST_LIFETIME:
        return float(lifetime)
    return float(_NAMES["seconds"])
