"""What a webhook tells, whichever version told it; knows neither JSON nor who receives it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, NamedTuple


class Subject(StrEnum):
    """The kind of record an event is about, in the words of version 2 (reference, section 9)."""

    ACCOUNT_VALIDATION = "account_validation"
    BANK_ACCOUNT = "bank_account"
    CARD_PAYMENT = "card_payment"
    """The card, which version 1 calls `cardpayment`; what is charged to it is a `payment`."""
    CREDIT = "credit"
    CREDIT_REQUEST = "credit_request"
    CUSTOMER_ACCOUNT = "customer_account"
    EMAIL = "email"
    MANDATE = "mandate"
    PAYMENT = "payment"
    PAYMENT_LINK = "payment_link"
    PAYMENT_REQUEST = "payment_request"
    RECURRENCE_SCHEDULE = "recurrence_schedule"
    UNKNOWN = "unknown"


class Action(StrEnum):
    """What happened to it."""

    CREATE = "create"
    UPDATE = "update"
    FAILED = "failed"
    SENT = "sent"
    UNKNOWN = "unknown"


class Kind(NamedTuple):
    """Object and action. An event of a kind that we do not know is `UNKNOWN_KIND`, no error."""

    subject: Subject
    action: Action

    def __str__(self) -> str:
        return f"{self.subject}.{self.action}"


UNKNOWN_KIND = Kind(Subject.UNKNOWN, Action.UNKNOWN)

_CHANGES = (Action.CREATE, Action.UPDATE)
KNOWN_KINDS = frozenset(
    {
        *(
            Kind(subject, action)
            for subject in (
                Subject.ACCOUNT_VALIDATION,
                Subject.BANK_ACCOUNT,
                Subject.CARD_PAYMENT,
                Subject.CREDIT,
                Subject.CUSTOMER_ACCOUNT,
                Subject.MANDATE,
                Subject.PAYMENT,
                Subject.PAYMENT_LINK,
                Subject.RECURRENCE_SCHEDULE,
            )
            for action in _CHANGES
        ),
        Kind(Subject.PAYMENT_REQUEST, Action.FAILED),
        Kind(Subject.CREDIT_REQUEST, Action.FAILED),
        Kind(Subject.EMAIL, Action.SENT),
    }
)
"""Every kind that section 9 names; `email.sent` exists in version 1 only."""


class Source(StrEnum):
    """Where a change came from; compared without case, as two spellings occur (section 9)."""

    PORTAL = "Portal"
    API = "API"
    BACS = "DDMS service"
    TIMED = "SMP Service"


@dataclass(frozen=True, slots=True)
class BacsBlock:
    """What Bacs reported. `reason_code` is written `ARUDD1`, however it was spelt.

    It is None where a report has only a phrase, as a DDICA challenge has (section 10).
    `smarterpay.bacs.reason_code` tells what a code does to other records.
    """

    reason_code: str | None
    description: str | None
    reference: str | None = field(repr=False)
    filename: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Event:
    """One change of one record.

    `event_id` is what tells one event from another; `idempotency_key` is that of the webhook,
    shared by all its events, and None in version 1. Events come in any order and more than once
    (section 9). Timestamps are aware, in UTC.
    """

    version: Literal[1, 2]
    event_id: str
    idempotency_key: str | None
    kind: Kind
    named: str | None = field(repr=False)
    """The kind as the body named it; what an unknown one is to be looked up by."""
    record_id: str | None
    """Id of the record, opaque. Version 1 knows a mandate by its AUDDIS reference, which then
    stands here; what its `reference` holds is not documented, so that is left in `fields`."""
    legacy_id: str | None
    source: Source | str | None
    """Version 1 gives numbers, which are kept as text."""
    created_at: datetime | None
    edited_at: datetime | None
    """When the record was last edited; version 2 only."""
    status: str | None
    auddis: str | None
    """Reference of the mandate concerned, where the event has one."""
    custom_reference: str | None
    """Our own reference for the record, where the event has one."""
    request_id: str | None
    """Id of the API request whose row failed (section 7.9)."""
    bacs: BacsBlock | None
    fields: Mapping[str, Any] = field(repr=False)
    """Every property as it came, personal ones included: the resource's own among them."""

    @property
    def occurred_at(self) -> datetime | None:
        """The instant to order events of one record by; None where the body has none."""
        return self.edited_at or self.created_at

    @property
    def is_test(self) -> bool:
        """Whether this is the portal's test message: answered with a 2xx, never stored."""
        return self.event_id == "0"


@dataclass(frozen=True, slots=True)
class Webhook:
    """One body: one event in version 1, a batch of them in version 2.

    `id` is that of the outbound message (section 7.14). All but the events are None in
    version 1, which has neither id nor key of its own.
    """

    version: Literal[1, 2]
    id: str | None
    idempotency_key: str | None
    sent_at: datetime | None
    client_id: str | None
    events: tuple[Event, ...]


class UnreadableWebhook(Exception):
    """A body that no event can be read from. `body` is kept whole, for the inbox to store.

    The text names places and rules, and never quotes the body. A pickled copy loses the body,
    because it may end in someone else's store.
    """

    def __init__(self, explanation: str, body: bytes = b"") -> None:
        self.explanation = explanation
        self.body = body
        super().__init__(f"the webhook cannot be read: {explanation}")

    def __reduce__(self) -> tuple[type["UnreadableWebhook"], tuple[str]]:
        return type(self), (self.explanation,)
