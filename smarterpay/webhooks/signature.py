"""Tells whether a webhook comes from who may send it; reads no body and knows no event."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import SecretStr

SIGNATURE_HEADER: Final = "Webhook-Signature"
"""Header that carries the signature (reference, section 9)."""


@dataclass(frozen=True, slots=True)
class BasicCredentials:
    """User name and password of a subscription with Basic authorisation. Neither ever shows.

    Raises `ValueError` for a blank password, which would let anyone in who knows the name, and
    for a colon in the name, which Basic authentication has no form for (RFC 7617).
    """

    user: SecretStr
    password: SecretStr

    def __post_init__(self) -> None:
        if not self.password.get_secret_value():
            raise ValueError("a webhook password is blank, so that anyone could send")
        if ":" in self.user.get_secret_value():
            raise ValueError("a webhook user name has a colon, which ends the name")

    def pair(self) -> bytes:
        """What stands in the header, before base64."""
        return f"{self.user.get_secret_value()}:{self.password.get_secret_value()}".encode()


def signature(body: bytes, key: SecretStr) -> str:
    """HMAC-SHA256 of the raw `body` under the Webhook Key, as lower-case hex (section 9).

    The key is used as the UTF-8 text that the portal shows, never decoded. Raises `ValueError`
    for a blank one.
    """
    if not key.get_secret_value():
        raise ValueError("a webhook key is blank, so that anyone could sign")
    return hmac.new(key.get_secret_value().encode(), body, hashlib.sha256).hexdigest()


def is_signed(body: bytes, header: str | None, keys: Sequence[SecretStr]) -> bool:
    """Whether `header` is the signature of `body`, exactly as received, under one of `keys`.

    Several keys let one be replaced without a pause. Each is compared in constant time, and all
    of them always. The signature carries no time, so an old webhook can be played again: only
    its event id or idempotency key tells (section 9). Raises `ValueError` without a key, or
    with a blank one.
    """
    if not keys:
        raise ValueError("no webhook key is configured")
    given = (header or "").encode("utf-8", "backslashreplace")
    matches = [hmac.compare_digest(signature(body, key).encode(), given) for key in keys]
    return any(matches)


def is_authorised(header: str | None, credentials: Sequence[BasicCredentials]) -> bool:
    """Whether an `Authorization` header carries one of `credentials` as Basic (section 9).

    Compared as `is_signed` compares. Anything that is no Basic header is not authorised. Raises
    `ValueError` without credentials.
    """
    if not credentials:
        raise ValueError("no webhook credentials are configured")
    given = _basic_pair(header or "")
    matches = [hmac.compare_digest(allowed.pair(), given) for allowed in credentials]
    return any(matches)


def _basic_pair(header: str) -> bytes:
    """User name and password as sent; empty, which no credentials are, where there are none."""
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""
