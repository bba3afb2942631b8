"""How a webhook proves where it comes from (section 9, "Signature"); knows no subscription."""

import base64
import hashlib
import hmac

HEADER = "Webhook-Signature"


def sign(key: str, body: bytes) -> str:
    """HMAC-SHA256 over the raw body under the Webhook Key as UTF-8 text; lower-case hex."""
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def basic(user: str, password: str) -> str:
    """The `Authorization` header of a `Basic` subscription."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
