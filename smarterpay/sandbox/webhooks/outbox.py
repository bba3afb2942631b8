"""Takes note of every change of a record, for the subscriptions that want it; sends nothing."""

from collections.abc import Callable, Mapping
from typing import Any

from smarterpay.sandbox.books.event_types import CREDIT_FAILED, EMAIL_SENT, PAYMENT_FAILED, Source
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.messages import Subscription, WebhookEvent
from smarterpay.sandbox.settings import EVENT_PREFIX, WEBHOOK_BATCH_DELAY
from smarterpay.sandbox.webhooks import customer_emails, events_v1, events_v2
from smarterpay.sandbox.webhooks.event import Event
from smarterpay.sandbox.webhooks.failed_rows import render_failed_row
from smarterpay.sandbox.webhooks.messages import FORM_TASK
from smarterpay.sandbox.webhooks.subscriptions import listeners

_NAMES: Mapping[str, str] = {
    "bank_accounts": "bank_account",
    "mandates": "mandate",
    "payments": "payment",
    "credits": "credit",
    "cards": "card_payment",
    "customer_accounts": "customer_account",
    "recurrence_schedules": "recurrence_schedule",
    "account_validations": "account_validation",
    "payment_links": "payment_link",
}
"""What an event calls each kind of record; other kinds have no events (section 9)."""

_LEGACY_EVENT = "EV{:09d}"


def announce(
    platform: Platform, record: Any, action: str, source: str, description: str = ""
) -> None:
    """Note an event: the record was created or updated (`action`), by `source` (section 9).

    It is rendered at once, for what the record is at this instant, and kept where a
    subscription wants it. `description` is that of webhooks v1; empty for the one that goes
    with the record's state. The customer's e-mail of section 10 is recorded too.
    """
    name = _NAMES.get(record.KIND)
    if name is None:
        return
    wanting = listeners(platform, f"{name}.{action}", source)
    if wanting:
        event = Event(platform.new_id(EVENT_PREFIX), name, action, source, description)
        _keep(
            platform,
            wanting,
            record.sun if hasattr(record, "sun") else "",
            v1=_v1(platform, record, event) if events_v1.speaks_of(name) else None,
            v2=lambda: events_v2.render(platform, record, event),
        )
    email = customer_emails.due(platform, record, action)
    if email is not None:
        _send(platform, email)


def announce_failed_row(
    platform: Platform,
    api_request_id: str,
    record_type: str,
    row: Mapping[str, Any],
    message: str,
) -> None:
    """Note that a bulk row could not be created, with the reason (section 7.9).

    `record_type` is `payment` or `credit`, `row` as the caller sent it. Only webhooks v2 have
    this event.
    """
    event_type = PAYMENT_FAILED if record_type == "payment" else CREDIT_FAILED
    name, _, action = event_type.partition(".")
    source = Source.API.value
    wanting = listeners(platform, event_type, source)
    if wanting:
        event = Event(platform.new_id(EVENT_PREFIX), name, action, source)
        _keep(
            platform,
            wanting,
            "",
            v1=None,
            v2=lambda: render_failed_row(platform, api_request_id, row, message, event),
        )


def _v1(platform: Platform, record: Any, event: Event) -> Callable[[], bytes]:
    return lambda: events_v1.render(platform, record, event, _legacy_event_id(platform))


def _send(platform: Platform, email: customer_emails.CustomerEmail) -> None:
    """Record the e-mail, and raise its event, which exists in version 1 only."""
    message = customer_emails.record(platform, email)
    wanting = listeners(platform, EMAIL_SENT, Source.SMP.value)
    if wanting:
        _keep(
            platform,
            wanting,
            message.sun,
            v1=lambda: events_v1.render_email(platform, message, email, _legacy_event_id(platform)),
            v2=None,
        )


def _legacy_event_id(platform: Platform) -> str:
    return _LEGACY_EVENT.format(platform.new_number("EV"))


def _keep(
    platform: Platform,
    wanting: list[Subscription],
    sun: str,
    *,
    v1: Callable[[], bytes] | None,
    v2: Callable[[], bytes] | None,
) -> None:
    """Keep the event for each subscription whose version has a form for it, rendered once."""
    bodies: dict[int, str] = {}
    for subscription in wanting:
        version = subscription.version
        render = v1 if version == 1 else v2
        if render is None:
            continue
        if version not in bodies:
            bodies[version] = render().decode()
        _queue(platform, subscription, sun, bodies[version])


def _queue(platform: Platform, subscription: Subscription, sun: str, body: str) -> None:
    """Put the event where the next webhook of the subscription is made from (section 12)."""
    waiting = platform.books.webhook_events
    if not waiting.holds("subscription_id", subscription.id):
        due = platform.now() + WEBHOOK_BATCH_DELAY
        platform.agenda.plan(due, FORM_TASK, subscription.id)
    waiting.put(
        WebhookEvent(
            id=f"WE{platform.new_number('webhook_event'):012d}",
            created_at=platform.clock.stamp(),
            subscription_id=subscription.id,
            version=subscription.version,
            sun=sun,
            body=body,
        )
    )
