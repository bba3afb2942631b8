"""The control calls about webhooks (sections 9 and 12): subscriptions and deliveries."""

import ipaddress
from dataclasses import replace
from typing import Any

import httpx

from smarterpay.sandbox.books.event_types import everything
from smarterpay.sandbox.control.call import Body, ControlCall, ControlRefusal, Order
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.messages import BASIC, SIGNATURE, Delivery, Subscription
from smarterpay.sandbox.settings import (
    DELIVERIES_SHOWN,
    MAX_SUBSCRIPTIONS,
    MAX_WEBHOOK_BATCH,
    WEBHOOK_BATCH_SIZE,
)
from smarterpay.sandbox.webhooks import events_v1, events_v2
from smarterpay.sandbox.webhooks.messages import enter_test_message
from smarterpay.sandbox.webhooks.subscriptions import is_on, ticked

_SETTABLE = (
    "name",
    "url",
    "version",
    "batch_size",
    "authorisation",
    "key",
    "user",
    "password",
    "error_profile",
    "enabled",
    "events",
)
_TEXTS = ("name", "error_profile", "user", "key", "password")
MAX_TEXT = 500


def list_subscriptions(order: Order) -> Body:
    """Every subscription, without its secret."""
    return {"subscriptions": [_shown(one) for one in order.platform.books.subscriptions]}


def get_subscription(order: Order) -> Body:
    """One subscription, without its secret."""
    return _shown(_found(order))


def create_subscription(order: Order) -> Body:
    """A new subscription to everything at a URL; what is left out is as on the fixture."""
    platform = order.platform
    if len(platform.books.subscriptions) >= MAX_SUBSCRIPTIONS:
        raise ControlRefusal(400, f"at most {MAX_SUBSCRIPTIONS} subscriptions")
    fresh = Subscription(
        id="",
        created_at=platform.clock.stamp(),
        name="Subscription",
        batch_size=WEBHOOK_BATCH_SIZE,
        events=everything(),
    )
    made = _changed(fresh, order)
    if not made.url:
        raise ControlRefusal(400, "url is mandatory")
    made.id = platform.new_id("SU01")
    platform.books.subscriptions.put(made)
    return _shown(made)


def change_subscription(order: Order) -> Body:
    """Set what is given, leave the rest; events take the place of the earlier ones."""
    changed = _changed(_found(order), order)
    order.platform.books.subscriptions.put(changed)
    return _shown(changed)


def drop_subscription(order: Order) -> Body:
    """Remove it; what is still on its way fails at its next attempt."""
    found = _found(order)
    order.platform.books.subscriptions.drop(found.id)
    return _shown(found)


async def send_test(order: Order) -> Body:
    """Send the test message, an event with id `0`, at once; answers how that went."""
    platform, subscription = order.platform, _found(order)
    if not is_on(subscription):
        raise ControlRefusal(409, "the subscription is off: it needs a url and to be enabled")
    render = events_v1.render_test if subscription.version == 1 else events_v2.render_test
    message_id = enter_test_message(platform, subscription, render(platform))
    await platform.advance_to(platform.now())
    message = platform.books.outbound_messages.get(message_id)
    return {"message_id": message_id, "status": message.status if message else ""}


def list_deliveries(order: Order) -> Body:
    """The last attempts, oldest first: when, of which message, and what came of each."""
    text = order.query.get("limit", "100")
    if not text.isascii() or not text.isdigit() or int(text) > DELIVERIES_SHOWN:
        raise ControlRefusal(400, f"limit is a whole number up to {DELIVERIES_SHOWN}")
    return {"deliveries": [_attempt(one) for one in _latest(order.platform, int(text))]}


def _latest(platform: Platform, count: int) -> list[Delivery]:
    latest = [
        one for one, _ in zip(reversed(platform.books.deliveries), range(count), strict=False)
    ]
    return latest[::-1]


def _attempt(delivery: Delivery) -> Body:
    return {
        "message_id": delivery.message_id,
        "subscription_id": delivery.subscription_id,
        "at": delivery.created_at,
        "attempt": delivery.attempt,
        "status_code": delivery.status_code or None,
        "error": delivery.error or None,
        "next_attempt": delivery.next_attempt or None,
        "fault": delivery.fault or None,
    }


def _found(order: Order) -> Subscription:
    found = order.platform.books.subscriptions.get(order.record_id)
    if found is None:
        raise ControlRefusal(404, "no such subscription")
    return found


def _shown(subscription: Subscription) -> Body:
    """The subscription; of its secret only whether there is one."""
    return {
        "id": subscription.id,
        "created_at": subscription.created_at,
        "name": subscription.name,
        "url": subscription.url,
        "enabled": subscription.enabled,
        "on": is_on(subscription),
        "version": subscription.version,
        "batch_size": subscription.batch_size,
        "authorisation": subscription.authorisation,
        "user": subscription.user,
        "has_secret": bool(subscription.secret),
        "error_profile": subscription.error_profile,
        "events": subscription.events,
    }


def _changed(subscription: Subscription, order: Order) -> Subscription:
    """The subscription with what the body sets; raises `ControlRefusal` before anything is done."""
    order.knows(*_SETTABLE)
    body = order.body
    for name in _TEXTS:
        if not isinstance(body.get(name, ""), str) or len(body.get(name, "")) > MAX_TEXT:
            raise ControlRefusal(400, f"{name} is a text of at most {MAX_TEXT} characters")
    changed = replace(
        subscription,
        name=body.get("name", subscription.name),
        error_profile=body.get("error_profile", subscription.error_profile),
        url=_url(body.get("url", subscription.url)),
        version=_whole(body, "version", subscription.version, 2),
        batch_size=_whole(body, "batch_size", subscription.batch_size, MAX_WEBHOOK_BATCH),
        enabled=_flag(body.get("enabled", subscription.enabled)),
        events=_events(body.get("events", subscription.events)),
    )
    _authenticate(changed, body)
    return changed


def _authenticate(subscription: Subscription, body: Body) -> None:
    """Set how it proves itself; another way needs the secret that belongs to it."""
    wanted = body.get("authorisation", subscription.authorisation)
    if wanted not in {SIGNATURE, BASIC}:
        raise ControlRefusal(400, f"authorisation is {SIGNATURE} or {BASIC} in this sandbox")
    belonging, foreign = ("key", "password") if wanted == SIGNATURE else ("password", "key")
    if foreign in body or (wanted == SIGNATURE and "user" in body):
        raise ControlRefusal(400, f"{wanted} takes {belonging}, not what belongs to another way")
    kept = subscription.secret if wanted == subscription.authorisation else ""
    subscription.authorisation = wanted
    subscription.secret = body.get(belonging, kept)
    subscription.user = "" if wanted == SIGNATURE else body.get("user", subscription.user)
    if not subscription.secret or (wanted == BASIC and not subscription.user):
        needed = "key" if wanted == SIGNATURE else "user and password"
        raise ControlRefusal(400, f"{wanted} needs {needed}")
    if ":" in subscription.user:
        raise ControlRefusal(400, "user has no colon")


def _url(raw: Any) -> str:
    """A receiver's address: https, or http on this machine; empty for none."""
    if raw == "":
        return ""
    try:
        url = httpx.URL(raw)
    except (TypeError, ValueError, httpx.InvalidURL):
        raise ControlRefusal(400, "url is no address") from None
    if url.userinfo or url.fragment or not url.host:
        raise ControlRefusal(400, "url is an address with a host, without user or fragment")
    if url.scheme == "https" or (url.scheme == "http" and _is_loopback(url.host)):
        return str(url)
    raise ControlRefusal(400, "url is https, or http on loopback (section 9, Delivery)")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _whole(body: Body, name: str, present: int, most: int) -> int:
    value = body.get(name, present)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise ControlRefusal(400, f"{name} is a whole number from 1 to {most}")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ControlRefusal(400, "enabled is true or false")
    return value


def _events(value: Any) -> dict[str, list[str]]:
    """Events with their sources; a list of events stands for all sources of each."""
    wanted = {name: ["*"] for name in value} if _is_texts(value) else value
    if not isinstance(wanted, dict) or not all(_is_texts(one) for one in wanted.values()):
        raise ControlRefusal(400, "events is a list of events, or an object of source lists")
    try:
        return ticked(wanted)
    except ValueError as unknown:
        raise ControlRefusal(400, str(unknown)) from None


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


_SUBSCRIPTION = (
    'A new webhook subscription: `{"url": "http://127.0.0.1:9000/", "version": 2, '
    '"batch_size": 100, "authorisation": "Signature", "key": "my-key"}`, or `"Basic"` with '
    "`user` and `password`; `name`, `enabled`, `error_profile` (an e-mail address), `events` "
    "(a list, or an object with the sources of each)"
)
WEBHOOK_CALLS = (
    ControlCall("GET", "subscriptions", list_subscriptions, "Every webhook subscription"),
    ControlCall("POST", "subscriptions", create_subscription, _SUBSCRIPTION),
    ControlCall("GET", "subscriptions/{id}", get_subscription, "One subscription"),
    ControlCall("PUT", "subscriptions/{id}", change_subscription, "Change what is given of it"),
    ControlCall("DELETE", "subscriptions/{id}", drop_subscription, "Remove a subscription"),
    ControlCall("POST", "subscriptions/{id}/test", send_test, "Send the test message, id `0`"),
    ControlCall("GET", "deliveries", list_deliveries, "The last attempts, as many as `limit` says"),
)
"""The control calls of this file."""
