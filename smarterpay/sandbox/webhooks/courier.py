"""Carries messages to their receivers, again and again if need be (section 9); forms none."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from smarterpay.bacs import OutboundMessageEvent
from smarterpay.sandbox.books.changes import Source, move
from smarterpay.sandbox.http.faults import Fault
from smarterpay.sandbox.platform import BackgroundTask, Platform
from smarterpay.sandbox.records.messages import EMAIL, Delivery, OutboundMessage, Subscription
from smarterpay.sandbox.settings import (
    OUT_OF_ORDER_PATIENCE,
    WEBHOOK_GUARD,
    WEBHOOK_RETRIES,
)
from smarterpay.sandbox.timing.clock import format_stamp
from smarterpay.sandbox.webhooks.messages import (
    DELIVER_TASK,
    delivery_subject,
    plan_delivery,
    record_email,
)
from smarterpay.sandbox.webhooks.post import Outcome, Postman
from smarterpay.sandbox.webhooks.subscriptions import is_on

logger = logging.getLogger("smarterpay.sandbox")

GIVEN_UP_SUBJECT = "Webhook could not be delivered"
DUPLICATE, OUT_OF_ORDER = "webhook-duplicate", "webhook-out-of-order"
LOST_ANSWER, DELAY = "webhook-lost-answer", "webhook-delay"

FaultOf = Callable[[str], Fault | None]
"""The fault that the next delivery to a subscription (id) suffers."""


@dataclass(slots=True)
class _Errand:
    """One attempt that waits while the clock runs by itself; `fault` is what it suffers."""

    platform: Platform
    message: OutboundMessage
    fault: str


class Courier:
    """Makes the attempts, one after the other in order of time.

    While the clock stands, an attempt is part of the advance that reaches it. While it runs,
    attempts are made beside it, each subscription's by themselves, so that no call, no other
    work and no other subscription waits for a receiver.
    `durable` waits until all changes made so far are safe; no webhook leaves before: a receiver
    must never see an id and key that a crash would have given out a second time.
    """

    def __init__(self, fault_of: FaultOf, durable: Callable[[], Awaitable[None]]) -> None:
        self._fault_of = fault_of
        self._durable = durable
        self._postman = Postman()
        self._errands: dict[str, deque[_Errand]] = {}
        self._under_way: set[int] = set()
        self._running: dict[str, asyncio.Task[None]] = {}

    @property
    def tasks(self) -> Mapping[str, BackgroundTask]:
        """The background work it does, by name."""
        return {DELIVER_TASK: self.deliver}

    async def close(self) -> None:
        """Break off what is under way, and close the connections."""
        for running in list(self._running.values()):
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
        await self._postman.close()

    async def deliver(self, platform: Platform, subject: str) -> None:
        """Background work: make the attempt that `delivery_subject` names, if it still stands."""
        message = platform.books.outbound_messages.get(subject.partition(":")[0])
        if message is None:
            return
        late = subject == delivery_subject(message, late=True)
        if not late and subject != delivery_subject(message):
            return
        if message.record_type == EMAIL:
            move(platform, message, OutboundMessageEvent.RECEIVED, Source.SMP)
        elif id(message) in self._under_way:
            _plan_guard(platform, subject)
        else:
            fault = None if late else self._fault_of(message.subscription_id)
            if fault is not None and fault.kind == DELAY:
                _delay(platform, message, timedelta(seconds=fault.seconds))
            elif fault is not None and fault.kind == OUT_OF_ORDER:
                _hold_back(platform, message)
            else:
                await self._send(_Errand(platform, message, fault.kind if fault else ""), subject)

    async def _send(self, errand: _Errand, subject: str) -> None:
        """Make the attempt: now where the clock stands, beside it where it runs.

        In the latter case another one stays planned meanwhile: a restart forgets no message.
        """
        if errand.platform.clock.mode == "frozen":
            await self._attempt(errand)
            return
        _plan_guard(errand.platform, subject)
        self._under_way.add(id(errand.message))
        receiver = errand.message.subscription_id
        self._errands.setdefault(receiver, deque()).append(errand)
        if receiver not in self._running:
            self._running[receiver] = asyncio.create_task(self._run(receiver))

    async def _run(self, receiver: str) -> None:
        """Make the attempts for one subscription, until none is left."""
        errands = self._errands[receiver]
        try:
            while errands:
                await self._make(errands.popleft())
        finally:
            del self._running[receiver], self._errands[receiver]

    async def _make(self, errand: _Errand) -> None:
        try:
            if _stands(errand):
                await self._attempt(errand)
        except Exception as broken:
            # The text may hold what a receiver sent; only the kind is told.
            logger.error(  # noqa: TRY400
                "a delivery failed: %s", type(broken).__name__
            )
        finally:
            self._under_way.discard(id(errand.message))

    async def _attempt(self, errand: _Errand) -> None:
        """Make one attempt and note what came of it."""
        platform, message = errand.platform, errand.message
        subscription = platform.books.subscriptions.get(message.subscription_id)
        series = message.series
        _no_longer_held(platform, message)
        await self._durable()
        outcomes = [await self._post(platform, subscription, message)]
        if errand.fault == DUPLICATE:
            outcomes.append(await self._post(platform, subscription, message))
        if not _stands(errand):
            return
        if errand.fault == LOST_ANSWER:
            outcomes = [Outcome(0, "", "AnswerLost")]
        if message.series == series:
            _settle(platform, message, subscription, outcomes[0])
        for outcome in outcomes:
            _note(platform, message, outcome, errand.fault)
        _let_follow(platform, message.subscription_id)

    async def _post(
        self, platform: Platform, subscription: Subscription | None, message: OutboundMessage
    ) -> Outcome:
        if subscription is None or not is_on(subscription):
            return Outcome(0, "", "SubscriptionOff")
        return await self._postman.post(
            subscription,
            message.body.encode(),
            platform.settings.webhook_timeout,
            waited_for=platform.clock.mode == "frozen",
        )


def _stands(errand: _Errand) -> bool:
    """Whether these are still the books that the message is in.

    After a reset another message can have the same id, so the object itself counts.
    """
    held = errand.platform.books.outbound_messages.get(errand.message.id)
    return held is errand.message


def _settle(
    platform: Platform,
    message: OutboundMessage,
    subscription: Subscription | None,
    outcome: Outcome,
) -> None:
    """Move the message by what came of the attempt, and plan the next one if there is one."""
    message.attempt += 1
    message.response_code = outcome.response_code
    if outcome.received:
        move(platform, message, OutboundMessageEvent.RECEIVED, Source.SMP)
    elif message.attempt <= len(WEBHOOK_RETRIES) and subscription is not None:
        move(platform, message, OutboundMessageEvent.NOT_RECEIVED, Source.SMP)
        due = platform.now() + WEBHOOK_RETRIES[message.attempt - 1]
        message.next_attempt = format_stamp(due)
        platform.agenda.plan(due, DELIVER_TASK, delivery_subject(message))
        return
    else:
        move(platform, message, OutboundMessageEvent.GIVEN_UP, Source.SMP)
        _tell_error_profile(platform, message, subscription)
    message.next_attempt = ""


def _tell_error_profile(
    platform: Platform, message: OutboundMessage, subscription: Subscription | None
) -> None:
    """Record the e-mail that tells of a webhook given up (section 9, "Retry")."""
    if subscription is not None and subscription.error_profile:
        record_email(
            platform,
            to=subscription.error_profile,
            subject=GIVEN_UP_SUBJECT,
            sun=message.sun,
            subscription_id=subscription.id,
        )


def _note(platform: Platform, message: OutboundMessage, outcome: Outcome, fault: str) -> None:
    """Keep the attempt for `GET /_sandbox/deliveries`."""
    stamp = platform.clock.stamp()
    platform.books.deliveries.put(
        Delivery(
            id=f"DL{platform.new_number('delivery'):012d}",
            created_at=stamp,
            message_id=message.id,
            subscription_id=message.subscription_id,
            attempt=message.attempt,
            status_code=outcome.status,
            error=outcome.error,
            next_attempt=message.next_attempt,
            fault=fault,
        )
    )


def _plan_guard(platform: Platform, subject: str) -> None:
    """Plan the attempt once more, for the case that the one under way is cut short.

    However fast the clock runs, it is looked at once a second at most: it may take half a minute.
    """
    clock = platform.clock
    second = timedelta(seconds=clock.scale if clock.mode == "scaled" else 1)
    platform.agenda.plan(platform.now() + max(WEBHOOK_GUARD, second), DELIVER_TASK, subject)


def _delay(platform: Platform, message: OutboundMessage, span: timedelta) -> None:
    late = delivery_subject(message, late=True)
    platform.agenda.plan(platform.now() + span, DELIVER_TASK, late)


def _hold_back(platform: Platform, message: OutboundMessage) -> None:
    """Let the subscription's next message pass; if none comes, go on alone after a while."""
    message.held_behind = message.subscription_id
    platform.books.outbound_messages.put(message)
    _delay(platform, message, OUT_OF_ORDER_PATIENCE)


def _no_longer_held(platform: Platform, message: OutboundMessage) -> None:
    if message.held_behind:
        message.held_behind = ""
        platform.books.outbound_messages.put(message)


def _let_follow(platform: Platform, subscription_id: str) -> None:
    """A message of the subscription has passed: what it was to overtake follows now."""
    messages = platform.books.outbound_messages
    for held in messages.in_order(messages.having("held_behind", subscription_id)):
        plan_delivery(platform, held, late=True)
