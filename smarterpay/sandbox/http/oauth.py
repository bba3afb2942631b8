"""The token endpoint (section 1, "OAuth") as RFC 6749 has it, and what its tokens are good for.

Knows no operation: a token of this kind opens what an API key opens, until it expires.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qsl, unquote_plus

import orjson

from smarterpay.sandbox.fixtures import OAUTH_CLIENT, OAUTH_SECRET, ApiKey
from smarterpay.sandbox.http.answers import Answer
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.tokens import AccessToken
from smarterpay.sandbox.settings import OAUTH_LIFETIME, TLS_REFUSED_STATUS
from smarterpay.sandbox.timing.clock import format_stamp, parse_stamp

PATH = "/oauth/token"
GRANT = "client_credentials"
FORM = "application/x-www-form-urlencoded"
MAX_FORM_BYTES = 16 * 1024
_NOT_TO_BE_KEPT = (("cache-control", "no-store"), ("pragma", "no-cache"))
_STREAM = "access_token"


class GrantRefusal(Exception):
    """No token is given out; `error` is a word of RFC 6749, section 5.2."""

    def __init__(self, error: str, description: str, *, challenge: bool = False) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.challenge = challenge


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A call to the token endpoint as it came; nothing of it is checked yet.

    Header names are in lower case; `body` None is one too large.
    """

    method: str
    scheme: str
    headers: Mapping[bytes, bytes]
    body: bytes | None

    def header(self, name: bytes) -> str:
        """A header's text, empty where there is none."""
        return self.headers.get(name, b"").decode("latin-1")


def answer(platform: Platform, request: TokenRequest) -> Answer:
    """An access token for the client's credentials, or why there is none."""
    if request.method != "POST":
        refusal = GrantRefusal("invalid_request", "the token endpoint takes POST")
        return _refused(405, refusal, allow="POST")
    if platform.settings.require_tls and request.scheme != "https":
        return _refused(TLS_REFUSED_STATUS, GrantRefusal("invalid_request", "TLS_Required"))
    try:
        form = _form(request)
        client = _client(request, form)
        if form.get("grant_type") != GRANT:
            raise _wrong_grant(form)
    except GrantRefusal as refused:
        return _refused(401 if refused.error == "invalid_client" else 400, refused)
    content = {
        "access_token": issue(platform, client),
        "token_type": "Bearer",
        "expires_in": int(OAUTH_LIFETIME / timedelta(seconds=1)),
    }
    return Answer(200, orjson.dumps(content), headers=_NOT_TO_BE_KEPT)


def issue(platform: Platform, client: str) -> str:
    """A new token of a client; it works until its lifetime of simulated time has passed."""
    tokens = platform.books.access_tokens
    now = platform.now()
    for old in list(tokens):
        if parse_stamp(old.expires_at) > now:
            break
        tokens.drop(old.id)
    token = base64.urlsafe_b64encode(platform.new_secret(_STREAM)).rstrip(b"=").decode()
    expires_at = format_stamp(now + OAUTH_LIFETIME)
    tokens.put(AccessToken(_kept_as(token), platform.clock.stamp(), client, expires_at))
    return token


def credential(platform: Platform, token: str) -> ApiKey | None:
    """What a bearer token stands for; None for one never given out, or long expired.

    All tokens of a client are one credential: they share its rate limit (section 3).
    """
    known = platform.books.access_tokens.get(_kept_as(token))
    if known is None:
        return None
    valid = parse_stamp(known.expires_at) > platform.now()
    return ApiKey(f"oauth {known.client}", valid=valid)


def revoke_all(platform: Platform) -> int:
    """Make every token invalid before its time; how many were given out and not yet expired."""
    now = platform.now()
    working = sum(parse_stamp(token.expires_at) > now for token in platform.books.access_tokens)
    platform.books.access_tokens.clear()
    return working


def _form(request: TokenRequest) -> dict[str, str]:
    """The form's fields; one given twice is refused (RFC 6749, section 3.2)."""
    media = request.header(b"content-type").partition(";")[0].strip().lower()
    if media != FORM:
        raise GrantRefusal("invalid_request", f"Content-Type must be {FORM}")
    if request.body is None or len(request.body) > MAX_FORM_BYTES:
        raise GrantRefusal("invalid_request", "the body is too large")
    try:
        pairs = parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True)
    except ValueError:
        raise GrantRefusal("invalid_request", "the body is not a form in UTF-8") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise GrantRefusal("invalid_request", "a parameter is given twice")
    return {name: value for name, value in form.items() if value}


def _client(request: TokenRequest, form: Mapping[str, str]) -> str:
    """The client that proves itself by Basic or in the form, by one of them alone."""
    authorization = request.header(b"authorization")
    in_form = "client_secret" in form
    if authorization and in_form:
        raise GrantRefusal("invalid_request", "the client proves itself in two ways at once")
    if authorization:
        client, secret = _basic(authorization)
        if form.get("client_id", client) != client:
            raise GrantRefusal("invalid_request", "client_id is not that of the header")
    else:
        client, secret = form.get("client_id", ""), form.get("client_secret", "")
    proved = _same(client, OAUTH_CLIENT) & _same(secret, OAUTH_SECRET)
    if not proved:
        raise GrantRefusal(
            "invalid_client", "client id and secret do not fit", challenge=bool(authorization)
        )
    return client


def _basic(authorization: str) -> tuple[str, str]:
    """Id and secret of an HTTP Basic header, each form-encoded (RFC 6749, section 2.3.1)."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        decoded = ""
    client, colon, secret = decoded.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise GrantRefusal("invalid_client", "the header is not HTTP Basic", challenge=True)
    return unquote_plus(client), unquote_plus(secret)


def _wrong_grant(form: Mapping[str, str]) -> GrantRefusal:
    if "grant_type" not in form:
        return GrantRefusal("invalid_request", "grant_type is missing")
    return GrantRefusal("unsupported_grant_type", f"only {GRANT} is offered here")


def _refused(status: int, refusal: GrantRefusal, allow: str | None = None) -> Answer:
    content = {"error": refusal.error, "error_description": refusal.description}
    headers: tuple[tuple[str, str], ...] = _NOT_TO_BE_KEPT
    if refusal.challenge:
        headers = (*headers, ("www-authenticate", 'Basic realm="sandbox"'))
    return Answer(status, orjson.dumps(content), allow=allow, headers=headers)


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def _kept_as(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
