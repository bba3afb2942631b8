"""Which events there are and who can be their source (section 9); knows no record."""

from enum import StrEnum


class Source(StrEnum):
    """Who made a change (section 9, "Sources"; timed changes: "Source of timed changes")."""

    PORTAL = "Portal"
    API = "API"
    DDMS = "DDMS service"
    SMP = "SMP Service"


CREATE, UPDATE = "create", "update"

OBJECTS = (
    "bank_account",
    "mandate",
    "payment",
    "credit",
    "card_payment",
    "customer_account",
    "recurrence_schedule",
    "account_validation",
    "payment_link",
)
"""What is created and updated with an event each (section 9, `event_type`)."""

PAYMENT_FAILED, CREDIT_FAILED = "payment_request.failed", "credit_request.failed"
EMAIL_SENT = "email"
EVENT_TYPES = (
    *(f"{name}.{action}" for name in OBJECTS for action in (CREATE, UPDATE)),
    PAYMENT_FAILED,
    CREDIT_FAILED,
    EMAIL_SENT,
)
"""Everything a subscription can tick; `email` exists in version 1 only."""

SOURCES = tuple(source.value for source in Source)


def everything() -> dict[str, list[str]]:
    """Every event ticked with every source."""
    return {event_type: list(SOURCES) for event_type in EVENT_TYPES}
