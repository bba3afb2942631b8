"""Outbound messages (reference, section 7.14), read and sent again; never made here."""

from typing import Any

from smarterpay.bacs import OutboundMessageStatus
from smarterpay.sandbox.http.answers import Answer, success
from smarterpay.sandbox.http.lists import Listing
from smarterpay.sandbox.http.resource import STAMP, TEXT, Call, Resource, Route
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.messages import EMAIL, WEBHOOK, OutboundMessage
from smarterpay.sandbox.webhooks.messages import resend

ENVELOPE = "OutboundMessage"
SECTION = "7.14"

ANSWER = {
    "id": TEXT,
    "idempotency_key": TEXT,
    "sent_at": STAMP,
    "status": {"type": "string", "enum": [status.value for status in OutboundMessageStatus]},
    "record_type": {"type": "string", "enum": [WEBHOOK, EMAIL]},
    "subscription_id": TEXT,
}
OPTIONAL = {
    "webhook": {
        "type": "object",
        "required": ["response_code", "webhook_body"],
        "properties": {"response_code": TEXT, "webhook_body": TEXT},
    },
    "email": {
        "type": "object",
        "required": ["to", "subject"],
        "properties": {"to": TEXT, "subject": TEXT},
    },
}


def get(platform: Platform, call: Call) -> Answer:
    """The message as it stands, the body of a webhook as it was sent."""
    return success(ENVELOPE, present(platform, call.record))


def send_again(platform: Platform, call: Call) -> Answer:
    """Have the stored body sent again, with the same id and key; answers it as `pending`."""
    resend(platform, call.record)
    return success(ENVELOPE, present(platform, call.record))


def present(_: Platform, message: OutboundMessage) -> dict[str, Any]:
    """The message as the wire has it: what was sent is JSON inside a string."""
    shown = {name: getattr(message, name) for name in ANSWER}
    if message.record_type == EMAIL:
        return shown | {"email": {"to": message.to, "subject": message.subject}}
    sent = {"response_code": message.response_code, "webhook_body": message.body}
    return shown | {"webhook": sent}


def find(platform: Platform, record_id: str) -> OutboundMessage | None:
    """The message with this id or legacy id, in any case."""
    messages = platform.books.outbound_messages
    found = messages.get(record_id.upper())
    return found or next(iter(messages.having("legacy_id", record_id.upper())), None)


LISTING = Listing(
    envelope="OutboundMessages",
    table=lambda books: books.outbound_messages,
    present=present,
    sort_fields=("created_at", "id", "sun"),
    find=find,
    status=lambda message: str(message.status),
    filters={
        "record_type": lambda _, message: (message.record_type,),
        "subscription_id": lambda _, message: (message.subscription_id,),
    },
    spans={"sent": "sent_at"},
)

RESOURCE = Resource(
    service="Outbound message",
    rules=(
        "A webhook or an e-mail that was sent or is to be sent. Resend keeps id, key and body, "
        "and the message is `pending` until it is delivered again."
    ),
    routes=(
        Route(
            "outbound_message.get",
            "GET",
            "/outboundmessage/{id}",
            get,
            SECTION,
            "Read an outbound message",
            ENVELOPE,
            ANSWER,
            locate=find,
            optional=OPTIONAL,
        ),
        Route(
            "outbound_message.resend",
            "POST",
            "/outboundmessage/{id}/resend",
            send_again,
            SECTION,
            "Send an outbound message again",
            ENVELOPE,
            ANSWER,
            locate=find,
            optional=OPTIONAL,
        ),
        Route(
            "outbound_message.list",
            "GET",
            "/outboundmessages",
            LISTING.work,
            SECTION,
            "List outbound messages",
            LISTING.envelope,
            ANSWER,
            listing=True,
            singular_path="/outboundmessage",
            sort_fields=LISTING.sort_fields,
            filters=("record_type", "subscription_id", "sent_from", "sent_to"),
            optional=OPTIONAL,
        ),
    ),
)
