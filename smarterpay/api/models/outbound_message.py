"""Outbound message: a webhook or e-mail the platform sent (section 7.14), read only."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator

from smarterpay.api.wire import (
    EmbeddedJson,
    Id,
    ListQuery,
    Personal,
    PersonalText,
    Record,
    Text,
    Timestamp,
    open_set,
    plain_text,
    required_text,
)
from smarterpay.bacs.service_life_cycles import OutboundMessageStatus

__all__ = [
    "OutboundEmail",
    "OutboundMessage",
    "OutboundMessageListQuery",
    "OutboundMessageStatus",
    "OutboundMessageType",
    "OutboundWebhook",
]


class OutboundMessageType(StrEnum):
    """`record_type`: by which way a message went."""

    WEBHOOK = "webhook"
    EMAIL = "email"


class OutboundMessageListQuery(ListQuery):
    """A list of messages; `sent_from` and `sent_to` are aware and bound `sent_at`."""

    sort_field: Literal["id", "sun", "created_at"] | None = None
    sent_from: AwareDatetime | None = None
    sent_to: AwareDatetime | None = None
    record_type: Annotated[Literal["webhook", "email"], BeforeValidator(plain_text)] | None = None
    subscription_id: Annotated[str, required_text(64)] | None = None


class OutboundWebhook(Record):
    """What was sent and how it was received. The body names people and accounts.

    `response_code` is the subscriber's, such as `200 OK`; `webhook_body` is parsed.
    """

    response_code: Text = None
    webhook_body: Annotated[Any, EmbeddedJson, Personal()] = None


class OutboundEmail(Record):
    """To whom an e-mail went, and about what."""

    to: PersonalText = None
    subject: PersonalText = None


class OutboundMessage(Record):
    """A message as it stands; a webhook carries `webhook`, an e-mail carries `email`.

    `idempotency_key` is the receiver's to tell a repeat by; a resend keeps it.
    """

    id: Id
    idempotency_key: Text = None
    created_at: Timestamp = None
    sent_at: Timestamp = None
    status: Annotated[OutboundMessageStatus | str | None, open_set(OutboundMessageStatus)] = None
    record_type: Annotated[OutboundMessageType | str | None, open_set(OutboundMessageType)] = None
    subscription_id: Text = None
    webhook: OutboundWebhook | None = None
    email: OutboundEmail | None = None
