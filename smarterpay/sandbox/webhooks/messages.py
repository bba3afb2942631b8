"""How outbound messages come to be (section 7.14): webhooks of events, and e-mails."""

from collections.abc import Iterable, Iterator
from itertools import groupby, islice

import orjson

from smarterpay.bacs import OutboundMessageEvent, OutboundMessageStatus
from smarterpay.sandbox.books.changes import Source, enter, move
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.accounts import CLIENT
from smarterpay.sandbox.records.messages import (
    EMAIL,
    WEBHOOK,
    OutboundMessage,
    Subscription,
    WebhookEvent,
)
from smarterpay.sandbox.webhooks.subscriptions import is_on

FORM_TASK = "form_webhooks"
"""The job that makes webhooks of the events of the last second, subject: the subscription."""

DELIVER_TASK = "deliver_message"
"""The job of one attempt, subject: `delivery_subject` of the message."""

_LEGACY_EMAIL = "EM{:09d}"


def form_webhooks(platform: Platform, subscription_id: str) -> None:
    """Background work: make webhooks of the waiting events, and have them delivered at once.

    Version 2 takes up to the batch size into one, version 1 a single one. Events for a
    subscription that was switched off meanwhile are gone.
    """
    table = platform.books.webhook_events
    waiting = table.in_order(table.having("subscription_id", subscription_id))
    subscription = platform.books.subscriptions.get(subscription_id)
    if subscription is not None and is_on(subscription):
        for version, events in groupby(waiting, key=lambda event: event.version):
            size = 1 if version == 1 else subscription.batch_size
            for batch in _batches(events, size):
                _enter_webhook(platform, subscription, version, batch)
    for event in waiting:
        table.drop(event.id)


def enter_test_message(platform: Platform, subscription: Subscription, event: bytes) -> str:
    """Enter a webhook with one made-up event, and plan it for now; the message's id."""
    row = WebhookEvent("", "", subscription.id, subscription.version, "", event.decode())
    return _enter_webhook(platform, subscription, subscription.version, [row]).id


def record_email(
    platform: Platform, *, to: str, subject: str, sun: str = "", subscription_id: str = ""
) -> OutboundMessage:
    """Enter an e-mail; the sandbox sends none, so it counts as received at once."""
    message = OutboundMessage(
        id=platform.new_id("OM01"),
        created_at=platform.clock.stamp(),
        status=OutboundMessageStatus.PENDING.value,
        record_type=EMAIL,
        idempotency_key=platform.new_uuid("message_key"),
        sent_at=platform.clock.stamp(),
        subscription_id=subscription_id,
        legacy_id=_LEGACY_EMAIL.format(platform.new_number("EM")),
        sun=sun,
        to=to,
        subject=subject,
    )
    enter(platform, message, Source.SMP)
    move(platform, message, OutboundMessageEvent.RECEIVED, Source.SMP)
    return message


def resend(platform: Platform, message: OutboundMessage) -> None:
    """Have the stored body sent again, with the same id and key (section 7.14).

    A new series of attempts begins; what was still planned of the old one is void.
    """
    message.series += 1
    message.attempt = 0
    message.held_behind = ""
    move(platform, message, OutboundMessageEvent.RESENT, Source.API)
    plan_delivery(platform, message)


def plan_delivery(platform: Platform, message: OutboundMessage, *, late: bool = False) -> None:
    """Have the message's next attempt made now, after all that is planned for now."""
    platform.agenda.plan(platform.now(), DELIVER_TASK, delivery_subject(message, late=late))


def delivery_subject(message: OutboundMessage, *, late: bool = False) -> str:
    """What names one attempt: message, series, attempt; `late` where a fault held it already."""
    return f"{message.id}:{message.series}:{message.attempt}:{'late' if late else ''}"


def _batches(events: Iterable[WebhookEvent], size: int) -> Iterator[list[WebhookEvent]]:
    ahead = iter(events)
    while batch := list(islice(ahead, size)):
        yield batch


def _enter_webhook(
    platform: Platform, subscription: Subscription, version: int, events: list[WebhookEvent]
) -> OutboundMessage:
    message = OutboundMessage(
        id=platform.new_id("OM01"),
        created_at=platform.clock.stamp(),
        status=OutboundMessageStatus.PENDING.value,
        record_type=WEBHOOK,
        idempotency_key=platform.new_uuid("message_key"),
        sent_at=platform.clock.stamp(),
        subscription_id=subscription.id,
        sun=events[0].sun,
    )
    message.body = _body(message, version, events)
    enter(platform, message, Source.SMP)
    plan_delivery(platform, message)
    return message


def _body(message: OutboundMessage, version: int, events: list[WebhookEvent]) -> str:
    """What is sent, byte for byte, each time the message is (section 9, "body")."""
    listed = {"events": [orjson.Fragment(event.body) for event in events]}
    head = {
        "id": message.id,
        "idempotency_key": message.idempotency_key,
        "sent_at": message.sent_at,
        "client": {"id": CLIENT},
    }
    return orjson.dumps(listed if version == 1 else head | listed).decode()
