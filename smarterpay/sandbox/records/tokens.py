"""The access tokens that the token endpoint gave out; knows no grant and no rule."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(slots=True)
class AccessToken:
    """An OAuth access token; `id` is its SHA-256, the token itself is kept nowhere."""

    KIND: ClassVar[str] = "access_tokens"
    id: str
    created_at: str
    client: str
    expires_at: str
