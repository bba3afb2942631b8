"""Cards on which the rows of section 8 are asked, and what their answers share; asks no row."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from smarterpay.api.models.transaction import Transaction
from tests.contract.rows import (
    GUID,
    STAMP,
    Asked,
    Given,
    Ground,
    Like,
    Refuses,
    Row,
    filled,
    new_id,
)
from tests.contract.stage import Stage

TEXTS = {
    "internal_payment_description": "internal",
    "gateway_payment_description": "shown",
    "custom_reference": "XYZ",
    "metadata": "m £",
}
LENGTHS = {
    "internal_payment_description": 100,
    "gateway_payment_description": 100,
    "custom_reference": 50,
    "metadata": 1000,
}
GATEWAY_FIELDS = (
    "authorisation_code",
    "transaction_id",
    "order_id",
    "charge_id",
    "gateway_status",
    "gateway_status_code",
    "gateway_status_details",
)
TAKEN = {
    "authorisation_code": Like(".+"),
    "transaction_id": Like(".+"),
    "order_id": Like(".+"),
    "charge_id": Like(".+"),
    "gateway_status": "OK",
    "gateway_status_code": "0000",
    "gateway_status_details": "",
}
FLAT: dict[str, Any] = {
    "id": new_id("P02"),
    "card_id": GUID,
    "status": "successful",
    "status_code": "",
    "status_details": "",
    "amount": 2500,
    "currency_code": "GBP",
    "payment_type": "Repeat",
    **dict.fromkeys(GATEWAY_FIELDS, ""),
    "related_payment_id": "",
    "custom_reference": "",
    "metadata": "",
    "created_at": STAMP,
}
SAID = {"custom_reference": "XYZ", "metadata": "m £"}
ASYNC = {"is_async": True}
REGISTER_TYPES = (
    "MOTO",
    "Ecommerce",
    "DeferredMOTO",
    "DeferredEcommerce",
    "AuthenticateMOTO",
    "AuthenticateEcommerce",
)
DEFERRED, AUTHENTICATED = "DeferredEcommerce", "AuthenticateEcommerce"


def refused(
    asked_: Asked, told: str, cite: str, changes: Mapping[str, Any], **rest: Any
) -> Refuses:
    """Held by the client; at the provider code 905, a body without field errors (section 8)."""
    options: dict[str, Any] = {"held": tuple(changes), "code": 905, **rest}
    return asked_.refuses(told, cite, changes, fields=(), **options)


def longest(asked_: Asked) -> Iterator[Row]:
    """The texts that all seven operations take."""
    at_the_limit = {name: filled(name, length) for name, length in LENGTHS.items()}
    yield asked_.gives("every text at its longest", "8 A", at_the_limit)
    for name, length in LENGTHS.items():
        yield refused(asked_, f"{name} of {length + 1}", "8 A", {name: filled(name, length + 1)})


def no_flag(asked_: Asked) -> Refuses:
    """`isAsnyc` that is neither true nor false, on the six follow-ups."""
    return refused(asked_, "a flag that is none", "5 R, 8 D", {"is_async": "maybe"})


def on_the_wire_only(asked_: Asked) -> Iterator[Row]:
    """What a client of ours cannot even say: another platform, or none."""
    for told, value in (("another platform", "Elsewhere"), ("no platform", "")):
        changes = {"platform": value}
        yield refused(asked_, told, "8 D", changes, code=102, message="Invalid Platform")


def on(make: Callable[[Stage], Awaitable[Transaction]], **asks: Any) -> Given:
    """Ground on which a card stands, by the answer to its Register; known as `first`."""

    async def given(stage: Stage) -> Ground:
        first = await make(stage)
        return Ground(asks, first.card_id, {"first": first})

    return given


def charged(**asks: Any) -> Given:
    """Ground on which a card was charged 2500 today."""
    return on(lambda stage: stage.charged(), **asks)


def cleared(**asks: Any) -> Given:
    """Ground on which a card was charged 2500 yesterday, and the bank has cleared it."""
    return on(lambda stage: stage.cleared(), **asks)


def open_form(**asks: Any) -> Given:
    """Ground on which the payer has not completed the form."""
    return on(lambda stage: stage.registered(), **asks)


def declined(**asks: Any) -> Given:
    """Ground on which the card was declined."""
    return on(lambda stage: stage.charged(amount=4005), **asks)


def reserved(payment_type: str = DEFERRED, **asks: Any) -> Given:
    """Ground on which 2500 were reserved, or the card authenticated for 2500."""
    return on(lambda stage: stage.charged(payment_type=payment_type), **asks)


def lapsed(payment_type: str, at: str, **asks: Any) -> Given:
    """Ground on which the reservation has been left until `at`."""

    async def make(stage: Stage) -> Transaction:
        first = await stage.charged(payment_type=payment_type)
        stage.set_clock(at)
        return first

    return on(make, **asks)


def after(verb: str, request: Any, given: Given) -> Given:
    """Ground on which one follow-up has been made already; known as `earlier`."""

    async def given_then(stage: Stage) -> Ground:
        ground = await given(stage)
        earlier = await getattr(stage.card.transactions, verb)(ground.id, request)
        return Ground(ground.asks, ground.id, {**ground.known, "earlier": earlier})

    return given_then


async def of_one_payment(stage: Stage, given: Given) -> Ground:
    """The same ground, and the request names the card's first payment."""
    ground = await given(stage)
    asks = {**ground.asks, "related_payment_id": ground.known["first"].id}
    return Ground(asks, ground.id, ground.known)
