"""Webhook subscriptions of a sandbox in the fewest words; knows no rule it could get wrong."""

import hashlib
import hmac
from typing import Any

from tests.sandbox.receiver import Received, Receiver
from tests.sandbox_process import SandboxProcess

FIXTURE = "SU01SANDBOXSUBS00001"
FIXTURE_KEY = "sandbox-webhook-key"


def subscribe(sandbox: SandboxProcess, receiver: Receiver, **wanted: Any) -> dict[str, Any]:
    """Have the fixture subscription (v2, Signature) send to the receiver, changed as told."""
    return change(sandbox, FIXTURE, url=receiver.url, **wanted)


def subscribe_v1(sandbox: SandboxProcess, receiver: Receiver, **wanted: Any) -> dict[str, Any]:
    """A subscription to everything in version 1."""
    return add(sandbox, receiver, version=1, key="v1-key", **wanted)


def add(sandbox: SandboxProcess, receiver: Receiver, **wanted: Any) -> dict[str, Any]:
    """A further subscription that sends to the receiver."""
    made: dict[str, Any] = sandbox.control("subscriptions", {"url": receiver.url, **wanted})
    return made


def change(sandbox: SandboxProcess, subscription_id: str, **wanted: Any) -> dict[str, Any]:
    """Change a subscription."""
    changed: dict[str, Any] = sandbox.control(
        f"subscriptions/{subscription_id}", wanted, method="PUT"
    )
    return changed


def deliveries(sandbox: SandboxProcess, limit: int = 100) -> list[dict[str, Any]]:
    """The last attempts, oldest first."""
    listed: list[dict[str, Any]] = sandbox.control(f"deliveries?limit={limit}")["deliveries"]
    return listed


def event_of(receiver: Receiver, event_type: str) -> dict[str, Any]:
    """The one v2 event of a kind."""
    found = [event for event in receiver.events if event["event_type"] == event_type]
    assert len(found) == 1, [event["event_type"] for event in receiver.events]
    return found[0]


def v1_event_of(receiver: Receiver, resource_type: str) -> dict[str, Any]:
    """The last v1 event of a kind."""
    found = [event for event in receiver.events if event["resource_type"] == resource_type]
    assert found, [event["resource_type"] for event in receiver.events]
    return found[-1]


def is_signed(webhook: Received, key: str) -> bool:
    """Whether the signature is that of the raw body under the key, reckoned anew."""
    reckoned = hmac.new(key.encode(), webhook.body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(reckoned, webhook.headers["webhook-signature"])
