"""Hands the caller what only the payer's browser may have: session token, address of a link.

Read from the encrypted answers of the journal and put nowhere else: no log, parameter, result or
artifact ever holds it. It asks the provider for nothing.
"""

import json
from dataclasses import dataclass

from pydantic import SecretStr, ValidationError

from smarterpay.api.models.payment_link import PaymentLink
from smarterpay.api.models.transaction import Transaction
from smarterpay.journal import Journal
from smarterpay.journal.decision import State
from smarterpay.journal.journeys import CARD, FINAL, LINK, Journey, Kind, Stage

#: The operations whose answers hold it.
REGISTER, CREATE_LINK = "transaction.register", "payment_link.create"


@dataclass(frozen=True, slots=True)
class BrowserValues:
    """What SmarterPay.js needs to open the card form (reference, section 8)."""

    payment_id: str
    card_id: str
    session_token: SecretStr


@dataclass(frozen=True, slots=True)
class LinkAddress:
    """A link's id and where the payer finds it: whoever has the address can pay there."""

    link_id: str
    url: SecretStr


class NothingToHandOut(LookupError):
    """There is nothing for a browser under this reference, and `journey` says how it stands."""

    def __init__(self, journey: Journey, why: str) -> None:
        self.journey = journey
        super().__init__(f"{journey.reference}: {why}")


def browser_values(journal: Journal, reference: str) -> BrowserValues:
    """The values of the card payment registered under `reference`: the same however often asked.

    Raises `JourneyNotFound`, and `NothingToHandOut` before it is registered, after the payer is
    done, and where the registration's answer was lost for good.
    """
    journey = _open_journey(journal, CARD, reference)
    try:
        answer = Transaction.model_validate(_answer(journal, journey, REGISTER))
    except ValidationError:
        raise _lost(journey, "the session token") from None
    if not answer.session_token or not answer.card_id:
        raise _lost(journey, "the session token")
    return BrowserValues(answer.id, answer.card_id, SecretStr(answer.session_token))


def link_address(journal: Journal, reference: str) -> LinkAddress:
    """The address of the link created under `reference`; raises as `browser_values`."""
    journey = _open_journey(journal, LINK, reference)
    document = _answer(journal, journey, CREATE_LINK)
    inner = next(iter(document.values())) if len(document) == 1 else document
    try:
        link = PaymentLink.model_validate(inner)
    except ValidationError:
        raise _lost(journey, "its address") from None
    if not link.url:
        raise _lost(journey, "its address")
    return LinkAddress(link.id, SecretStr(link.url))


def _open_journey(journal: Journal, kind: Kind, reference: str) -> Journey:
    journey = journal.journeys.get(kind, reference)
    if journey.stage in FINAL or journey.stage in (Stage.RESERVED, Stage.AUTHENTICATED):
        raise NothingToHandOut(journey, f"it is {journey.stage}; use a new reference to ask again")
    return journey


def _answer(journal: Journal, journey: Journey, operation: str) -> dict[str, object]:
    for intent in journal.intents.find(journey.reference, operation):
        if intent.state is State.SUCCEEDED:
            body = journal.intents.answer(intent.id)
            document = json.loads(body) if body else {}
            return document if isinstance(document, dict) else {}
    raise NothingToHandOut(journey, "the provider has not been asked, or has not answered yet")


def _lost(journey: Journey, what: str) -> NothingToHandOut:
    return NothingToHandOut(
        journey,
        f"{what} went with an answer that never arrived, and no record tells it; nobody can pay "
        "by it. Ask again under a new reference",
    )
