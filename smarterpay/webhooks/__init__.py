"""The receiving side of webhooks: who sent a body, and what it tells; only re-exports."""

from smarterpay.webhooks.events import (
    KNOWN_KINDS,
    UNKNOWN_KIND,
    Action,
    BacsBlock,
    Event,
    Kind,
    Source,
    Subject,
    UnreadableWebhook,
    Webhook,
)
from smarterpay.webhooks.reading import LARGEST_BODY, read_webhook
from smarterpay.webhooks.signature import (
    SIGNATURE_HEADER,
    BasicCredentials,
    is_authorised,
    is_signed,
    signature,
)

__all__ = [
    "KNOWN_KINDS",
    "LARGEST_BODY",
    "SIGNATURE_HEADER",
    "UNKNOWN_KIND",
    "Action",
    "BacsBlock",
    "BasicCredentials",
    "Event",
    "Kind",
    "Source",
    "Subject",
    "UnreadableWebhook",
    "Webhook",
    "is_authorised",
    "is_signed",
    "read_webhook",
    "signature",
]
