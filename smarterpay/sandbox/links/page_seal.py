"""The `setup` in the address of a page (section 7.16): what it is about, sealed; no page here."""

import base64
import binascii
import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from smarterpay.sandbox.records.links import EcommercePageSetup

_NONCE_BYTES = 12


def seal(page: EcommercePageSetup) -> str:
    """The page's id under its own key; the same page always gives the same text."""
    key = base64.b64decode(page.encryption_key)
    name = page.id.encode()
    nonce = hashlib.sha256(key + name).digest()[:_NONCE_BYTES]
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, name, name)).decode()


def is_sealed_by(page: EcommercePageSetup, text: str) -> bool:
    """Whether the text was made by `seal` for this page."""
    try:
        sealed = base64.b64decode(text, validate=True)
        key = base64.b64decode(page.encryption_key)
        AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], page.id.encode())
    except (binascii.Error, InvalidTag, ValueError):
        return False
    return True
