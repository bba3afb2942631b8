"""Card transactions (reference, section 8): only what refuses them until they are built."""

from typing import Any

from smarterpay.sandbox.answers import Answer, card_error
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.resource import TEXT, Call, Resource, Route
from smarterpay.sandbox.settings import CARD_INVALID_FIELD

SECTION = "8"
ANSWER = {"status": TEXT, "status_code": TEXT, "status_details": TEXT}


def refuse(_: Platform, __: Call) -> Answer:
    """A clear flat 400: no `payment_type` is offered yet (section 8, "HTTP status")."""
    return card_error(400, CARD_INVALID_FIELD, "payment_type is not offered by this sandbox")


def find(_: Platform, record_id: str) -> Any:
    """Any card id passes, so that the refusal is about the operation."""
    return record_id


RESOURCE = Resource(
    service="Card transaction",
    rules="The card host's protocol is complete; its operations are not offered yet.",
    routes=(
        Route(
            "transaction.register",
            "POST",
            "",
            refuse,
            SECTION,
            "Register a card payment (answers 400)",
            "",
            ANSWER,
        ),
        Route(
            "transaction.follow_up",
            "POST",
            "/{id}",
            refuse,
            SECTION,
            "Refund, void, repeat, release (answers 400)",
            "",
            ANSWER,
            locate=find,
        ),
    ),
)
