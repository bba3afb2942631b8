"""The records of what the provider sends out: subscriptions, messages, attempts; knows no rule."""

from dataclasses import dataclass, field
from typing import ClassVar

WEBHOOK, EMAIL = "webhook", "email"
"""`record_type` of an outbound message (section 7.14)."""

SIGNATURE, BASIC = "Signature", "Basic"
"""`authorisation` of a subscription, as far as the sandbox offers them (section 12)."""


@dataclass(slots=True)
class Subscription:
    """Where webhooks go (section 9, "Subscription"); without a `url` it is off.

    `events` maps each ticked event to its ticked sources. `secret` is the webhook key of
    `Signature` or the password of `Basic`; it never leaves the sandbox.
    """

    KIND: ClassVar[str] = "subscriptions"
    id: str
    created_at: str
    name: str
    version: int = 2
    batch_size: int = 1
    url: str = ""
    authorisation: str = SIGNATURE
    user: str = ""
    secret: str = ""
    error_profile: str = ""
    enabled: bool = True
    events: dict[str, list[str]] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Subscription({self.id})"


@dataclass(slots=True)
class WebhookEvent:
    """An event that waits for its webhook, rendered for one subscription in its version."""

    KIND: ClassVar[str] = "webhook_events"
    id: str
    created_at: str
    subscription_id: str
    version: int
    sun: str
    body: str

    def __repr__(self) -> str:
        return f"WebhookEvent({self.id})"


@dataclass(slots=True)
class OutboundMessage:
    """A webhook or an e-mail (section 7.14); absent texts are empty.

    `series` counts the resends, `attempt` the attempts of the present series; `next_attempt`
    is when the next one is due. `held_behind` is the subscription whose next message this one
    lets pass (fault `webhook-out-of-order`).
    """

    KIND: ClassVar[str] = "outbound_messages"
    id: str
    created_at: str
    status: str
    record_type: str
    idempotency_key: str
    sent_at: str
    subscription_id: str = ""
    legacy_id: str = ""
    sun: str = ""
    body: str = ""
    response_code: str = ""
    to: str = ""
    subject: str = ""
    series: int = 0
    attempt: int = 0
    next_attempt: str = ""
    held_behind: str = ""
    edited_at: str = ""

    def __repr__(self) -> str:
        return f"OutboundMessage({self.id})"


@dataclass(slots=True)
class Delivery:
    """One attempt to deliver a webhook; `status_code` 0 where no answer came, `error` why.

    `created_at` is the simulated instant of it; `next_attempt` when the next one is due, empty
    for none. `fault` is the ordered fault that it suffered.
    """

    KIND: ClassVar[str] = "deliveries"
    id: str
    created_at: str
    message_id: str
    subscription_id: str
    attempt: int
    status_code: int = 0
    error: str = ""
    next_attempt: str = ""
    fault: str = ""
