"""Which subscription wants which event (section 9); knows neither bodies nor deliveries."""

from collections.abc import Iterator, Mapping

from smarterpay.sandbox.books.event_types import (
    CREDIT_FAILED,
    EMAIL_SENT,
    EVENT_TYPES,
    OBJECTS,
    PAYMENT_FAILED,
    SOURCES,
)
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.messages import Subscription


def listeners(platform: Platform, event_type: str, source: str) -> list[Subscription]:
    """The enabled subscriptions that have both the event and its source ticked."""
    return [
        subscription
        for subscription in platform.books.subscriptions
        if is_on(subscription) and source in subscription.events.get(event_type, ())
    ]


def is_on(subscription: Subscription) -> bool:
    """Whether anything leaves for it: it is enabled and has somewhere to go."""
    return subscription.enabled and bool(subscription.url)


def ticked(wanted: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """A choice of events in full: an object stands for its create and its update, `*` for all.

    Sources are compared without case (section 9, "Source spelling"). Raises `ValueError`
    saying what there is.
    """
    chosen: dict[str, list[str]] = {}
    for name, sources in wanted.items():
        spelt = list(SOURCES) if sources == ["*"] else [_source(source) for source in sources]
        for event_type in _event_types(name):
            chosen[event_type] = spelt
    return chosen


def _event_types(name: str) -> Iterator[str]:
    folded = name.strip().lower()
    found = [event for event in EVENT_TYPES if folded in {event, event.partition(".")[0]}]
    if folded == "*":
        found = list(EVENT_TYPES)
    if not found:
        known = ", ".join((*OBJECTS, PAYMENT_FAILED, CREDIT_FAILED, EMAIL_SENT))
        raise ValueError(f"events are *, {known}, and .create or .update of the first ones")
    return iter(found)


def _source(name: str) -> str:
    for source in SOURCES:
        if source.lower() == name.strip().lower():
            return source
    raise ValueError(f"sources are {', '.join(SOURCES)}")
