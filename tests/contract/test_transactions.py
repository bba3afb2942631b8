"""Card transactions as the contract has them (section 8): Register and its six follow-ups."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from smarterpay.api import GatewaySilent, NotFound, PreparedRequest
from smarterpay.api.models.transaction import Transaction
from tests.api import builders
from tests.contract.judge import judge
from tests.contract.rows import (
    GUID,
    LEFT_OUT,
    STAMP,
    Asked,
    Given,
    Ground,
    Like,
    Of,
    Refuses,
    Row,
    asked,
    new_id,
    nobody,
    table,
)
from tests.contract.stage import GATEWAY, NO_RECORD, Stage

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
    at_the_limit = {name: "X" * length for name, length in LENGTHS.items()}
    yield asked_.gives("every text at its longest", "8 A", at_the_limit)
    for name, length in LENGTHS.items():
        yield refused(asked_, f"{name} of {length + 1}", "8 A", {name: "X" * (length + 1)})


def on_the_wire_only(asked_: Asked) -> Iterator[Row]:
    """What a client of ours cannot even say: another platform, or none."""
    for told, value in (("another platform", "Elsewhere"), ("no platform", "")):
        changes = {"platform": value}
        yield refused(asked_, told, "8 D", changes, code=102, message="Invalid Platform")


# --- Grounds ---------------------------------------------------------------------------------


async def of_a_customer(stage: Stage) -> Ground:
    customer = await stage.customer()
    asks = {
        "payment_type": "Ecommerce",
        "payment_gateway_profile_id": GATEWAY,
        "customer_id": customer.id,
        "amount": 2500,
        "currency_code": "GBP",
    }
    return Ground(asks, known={"customer": customer})


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


# --- Register --------------------------------------------------------------------------------

_register = asked("transaction.register", of_a_customer, reads_back=False)
REGISTERED = FLAT | {
    "status": "pending",
    "payment_type": "Ecommerce",
    "session_token": Like(".{20,}"),
}

REGISTERS: tuple[Row, ...] = (
    _register.gives("every field", "8 D, A", TEXTS, wire=REGISTERED | SAID),
    _register.gives(
        "nothing but what is mandatory: nothing is charged yet",
        "8 D, A",
        gives={"status": "pending", "transaction_id": None},
        wire=REGISTERED,
    ),
    *(
        _register.gives(f"as {payment_type}", "8 D", {"payment_type": payment_type})
        for payment_type in REGISTER_TYPES
    ),
    _register.gives("in another currency", "8 D", {"currency_code": "EUR"}),
    _register.gives("one penny", "8 D", {"amount": 1}),
    _register.gives("as much as can be", "8 D", {"amount": 2_000_000_000}),
    *(
        _register.gives(
            f"{amount} waits for the payer as any other", "8 A, 13 A", {"amount": amount}
        )
        for amount in (4005, 4010, 4011, 4012, 4020)
    ),
    *(
        _register.refuses(
            f"{amount}: the gateway is silent, what became of it is unknown",
            "8 A, 13 A",
            {"amount": amount},
            fields=(),
            kind=GatewaySilent,
            status=200,
            code=910,
            nothing_done=False,
        )
        for amount in (4098, 4099)
    ),
    *(
        refused(_register, f"without {name}", "8 D", {name: LEFT_OUT}, code=code)
        for name, code in (
            ("payment_type", 905),
            ("payment_gateway_profile_id", 103),
            ("customer_id", 905),
            ("amount", 905),
            ("currency_code", 905),
        )
    ),
    *longest(_register),
    *on_the_wire_only(_register),
    refused(_register, "the type of a follow-up", "8 D", {"payment_type": "Repeat"}),
    refused(_register, "nothing", "8 D", {"amount": 0}),
    refused(_register, "a penny too much", "8 D", {"amount": 2_000_000_001}),
    refused(_register, "an amount with a point", "5 D", {"amount": 25.5}),
    refused(_register, "a currency in lower case", "8 D", {"currency_code": "gbp"}),
    refused(_register, "a currency there is not", "8 D", {"currency_code": "XXY"}),
    _register.refuses(
        "a gateway profile there is not",
        "8 D",
        {"payment_gateway_profile_id": NO_RECORD},
        fields=(),
        code=103,
        message="Invalid Payment Gateway",
    ),
    _register.refuses(
        "a customer there is not", "8 D", {"customer_id": NO_RECORD}, fields=(), code=905
    ),
)

# --- Repeat ----------------------------------------------------------------------------------

_repeat = asked("transaction.repeat", charged(amount=2500), reads_back=False)

REPEATS: tuple[Row, ...] = (
    _repeat.gives(
        "every field",
        "8 D, A",
        {**TEXTS, "currency_code": "EUR", "is_async": False},
        wire=FLAT | TAKEN | SAID | {"currency_code": "EUR", "card_id": Of("first.card_id")},
    ),
    _repeat.gives(
        "nothing but what is mandatory: the currency is the original's",
        "8 D",
        gives={"status": "successful", "currency_code": "GBP"},
        wire=FLAT | TAKEN,
    ),
    _repeat.gives(
        "of one payment",
        "8 D",
        given=lambda stage: of_one_payment(stage, charged(amount=2500)),
        gives={"related_payment_id": Of("first.id")},
    ),
    _repeat.gives("more than the first", "8 D", {"amount": 9900}),
    _repeat.gives("less than the first", "8 D", {"amount": 1}),
    _repeat.gives(
        "asynchronous: 202, and nothing of the gateway yet",
        "8 D, A",
        ASYNC,
        status=202,
        wire=FLAT | {"status": "pending"},
    ),
    *(
        _repeat.gives(
            f"{amount}: {status}",
            "8 D, 13 A",
            {"amount": amount},
            gives={"status": status, "gateway_status": word, "gateway_status_code": code},
        )
        for amount, status, word, code in (
            (4005, "failed", "DECLINED", "2000"),
            (4010, "pending", "3DAUTH", None),
            (4011, "pending", "3DAUTH", None),
            (4012, "pending", "PENDING", None),
            (4020, "cancelled", "ABORT", None),
        )
    ),
    *(
        _repeat.refuses(
            f"{amount}: the gateway is silent, what became of it is unknown",
            "8 A, 13 A",
            {"amount": amount},
            fields=(),
            kind=GatewaySilent,
            status=200,
            code=910,
            nothing_done=False,
        )
        for amount in (4098, 4099)
    ),
    refused(_repeat, "without amount", "8 D", {"amount": LEFT_OUT}),
    refused(_repeat, "nothing", "8 D", {"amount": 0}),
    refused(_repeat, "a penny too much", "8 D", {"amount": 2_000_000_001}),
    refused(_repeat, "a currency there is not", "8 D", {"currency_code": "XXY"}),
    *longest(_repeat),
    *on_the_wire_only(_repeat),
    _repeat.refuses(
        "of a payment there is not", "8 D", {"related_payment_id": NO_RECORD}, fields=(), code=905
    ),
    _repeat.refuses("before the form is completed", "8 A", code=904, given=open_form(amount=2500)),
    _repeat.refuses("on a card that was declined", "8 A", code=904, given=declined(amount=2500)),
    _repeat.refuses("no such card", "4 A", given=nobody(amount=1), kind=NotFound, status=404),
)


async def of_one_payment(stage: Stage, given: Given) -> Ground:
    """The same ground, and the request names the card's first payment."""
    ground = await given(stage)
    asks = {**ground.asks, "related_payment_id": ground.known["first"].id}
    return Ground(asks, ground.id, ground.known)


# --- Refund ----------------------------------------------------------------------------------

_refund = asked("transaction.refund", cleared(amount=500), reads_back=False)
REFUNDED = FLAT | TAKEN | {"payment_type": "Refund", "related_payment_id": Of("first.id")}

REFUNDS: tuple[Row, ...] = (
    _refund.gives(
        "every field",
        "8 D, A",
        {**TEXTS, "currency_code": "GBP", "is_async": False},
        given=lambda stage: of_one_payment(stage, cleared(amount=500)),
        wire=REFUNDED | SAID | {"amount": 500},
    ),
    _refund.gives("a part, after clearing", "8 D", wire=REFUNDED | {"amount": 500}),
    _refund.gives("all of it, after clearing", "8 D", {"amount": 2500}),
    _refund.gives("all of it, before clearing", "8 R", given=charged(amount=2500)),
    _refund.gives(
        "the rest, after an earlier part",
        "8 A",
        {"amount": 2000},
        given=after("refund", builders.refund(amount=500), cleared()),
    ),
    _refund.gives(
        "asynchronous",
        "8 D, A",
        ASYNC,
        status=202,
        wire=REFUNDED | {"amount": 500, "status": "pending", **dict.fromkeys(GATEWAY_FIELDS, "")},
    ),
    _refund.gives(
        "amounts that mean something elsewhere are refunded as any other",
        "13 A",
        {"amount": 2005},
    ),
    refused(_refund, "without amount", "8 D", {"amount": LEFT_OUT}),
    refused(_refund, "nothing", "8 D", {"amount": 0}),
    refused(_refund, "a currency there is not", "8 D", {"currency_code": "XXY"}),
    *longest(_refund),
    *on_the_wire_only(_refund),
    _refund.refuses("a penny too much", "8 A", {"amount": 2501}, fields=(), code=901),
    _refund.refuses(
        "a penny more than an earlier part left",
        "8 A",
        code=901,
        given=after("refund", builders.refund(amount=500), cleared(amount=2001)),
    ),
    _refund.refuses(
        "what was voided",
        "8 D",
        code=901,
        given=after("void", builders.void(), charged(amount=2500)),
    ),
    _refund.refuses("a part, before clearing", "8 R", code=905, given=charged(amount=500)),
    _refund.refuses("in another currency", "8 D", {"currency_code": "EUR"}, fields=(), code=901),
    _refund.refuses(
        "of a payment there is not", "8 D", {"related_payment_id": NO_RECORD}, fields=(), code=905
    ),
    _refund.refuses("before the form is completed", "8 A", code=904, given=open_form(amount=1)),
    _refund.refuses("no such card", "4 A", given=nobody(amount=1), kind=NotFound, status=404),
)

# --- Void ------------------------------------------------------------------------------------

_void = asked("transaction.void", charged(), reads_back=False)
VOIDED = FLAT | {
    "id": Of("first.id"),
    "payment_type": "Void",
    "related_payment_id": Of("first.id"),
}

VOIDS: tuple[Row, ...] = (
    _void.gives(
        "every field",
        "8 D, A",
        {**TEXTS, "is_async": False},
        given=lambda stage: of_one_payment(stage, charged()),
        wire=VOIDED | TAKEN | SAID,
    ),
    _void.gives("nothing but what is mandatory: always all of it", "8 D", wire=VOIDED | TAKEN),
    _void.gives("asynchronous", "8 D, A", ASYNC, status=202, wire=VOIDED | {"status": "pending"}),
    _void.gives(
        "the latest payment",
        "8 D",
        given=after("repeat", builders.repeat(amount=700), charged()),
        gives={"related_payment_id": Of("earlier.id"), "amount": 700},
    ),
    *longest(_void),
    *on_the_wire_only(_void),
    _void.refuses("after clearing", "8 D", code=902, given=cleared()),
    _void.refuses(
        "a second time", "8 D", code=902, given=after("void", builders.void(), charged())
    ),
    _void.refuses(
        "after a refund",
        "8 A",
        code=902,
        given=after("refund", builders.refund(amount=2500), charged()),
    ),
    _void.refuses("what is only reserved", "8 D", code=902, given=reserved()),
    _void.refuses(
        "a payment there is not", "8 D", {"related_payment_id": NO_RECORD}, fields=(), code=905
    ),
    _void.refuses("before the form is completed", "8 A", code=904, given=open_form()),
    _void.refuses("no such card", "4 A", given=nobody(), kind=NotFound, status=404),
)

# --- Deferred release and cancel --------------------------------------------------------------

_release = asked("transaction.release_deferred", reserved(amount=2500), reads_back=False)
RELEASED = (
    FLAT
    | TAKEN
    | {
        "payment_type": "DeferredRelease",
        "related_payment_id": Of("first.id"),
    }
)
_cancel = asked("transaction.cancel_deferred", reserved(), reads_back=False)
GIVEN_UP = FLAT | {
    "id": Of("first.id"),
    "payment_type": "DeferredCancel",
    "related_payment_id": Of("first.id"),
}

DEFERRALS: tuple[Row, ...] = (
    _release.gives(
        "every field",
        "8 D, A",
        {**TEXTS, "currency_code": "GBP", "is_async": False},
        wire=RELEASED | SAID,
    ),
    _release.gives("all that is reserved", "8 D", wire=RELEASED),
    _release.gives("less than is reserved", "8 D", {"amount": 1}),
    _release.gives("asynchronous", "8 D", ASYNC, status=202, gives={"status": "pending"}),
    _release.gives(
        "on the sixth day",
        "8 R",
        given=lapsed(DEFERRED, "2026-06-08 04:59", amount=2500),
        gives={"status": "successful"},
    ),
    _release.gives(
        "declined",
        "13 A",
        {"amount": 4005},
        given=on(lambda s: s.charged(payment_type=DEFERRED, amount=9900)),
        gives={"status": "failed", "gateway_status_code": "2000"},
    ),
    refused(_release, "without amount", "8 D", {"amount": LEFT_OUT}),
    refused(_release, "nothing", "8 D", {"amount": 0}),
    *longest(_release),
    *on_the_wire_only(_release),
    _release.refuses("a penny more than is reserved", "8 D", {"amount": 2501}, fields=(), code=901),
    _release.refuses(
        "a second time",
        "8 D",
        code=903,
        given=after("release_deferred", builders.release_deferred(amount=1), reserved(amount=1)),
    ),
    _release.refuses(
        "after it was cancelled",
        "8 D",
        code=903,
        given=after("cancel_deferred", builders.cancel_deferred(), reserved(amount=2500)),
    ),
    _release.refuses(
        "after seven days",
        "8 R",
        code=903,
        given=lapsed(DEFERRED, "2026-06-08 05:00", amount=2500),
    ),
    _release.refuses("in another currency", "8 D", {"currency_code": "EUR"}, fields=(), code=905),
    _release.refuses("what was charged at once", "8 D", code=905, given=charged(amount=2500)),
    _release.refuses(
        "what was only authenticated", "8 D", code=905, given=reserved(AUTHENTICATED, amount=2500)
    ),
    _release.refuses("no such card", "4 A", given=nobody(amount=1), kind=NotFound, status=404),
    _cancel.gives(
        "every field", "8 D, A", {**TEXTS, "is_async": False}, wire=GIVEN_UP | TAKEN | SAID
    ),
    _cancel.gives("nothing but what is mandatory", "8 D", wire=GIVEN_UP | TAKEN),
    _cancel.gives("asynchronous", "8 D", ASYNC, status=202, wire=GIVEN_UP | {"status": "pending"}),
    *longest(_cancel),
    *on_the_wire_only(_cancel),
    _cancel.refuses(
        "after it was released",
        "8 D",
        code=903,
        given=after("release_deferred", builders.release_deferred(amount=1), reserved()),
    ),
    _cancel.refuses(
        "a second time",
        "8 D",
        code=903,
        given=after("cancel_deferred", builders.cancel_deferred(), reserved()),
    ),
    _cancel.refuses("what was charged at once", "8 D", code=905, given=charged()),
    _cancel.refuses("no such card", "4 A", given=nobody(), kind=NotFound, status=404),
)

# --- Authorise release ------------------------------------------------------------------------

_authorise = asked(
    "transaction.release_authorised", reserved(AUTHENTICATED, amount=2500), reads_back=False
)
AUTHORISED = RELEASED | {"payment_type": "AuthoriseRelease"}

AUTHORISATIONS: tuple[Row, ...] = (
    _authorise.gives(
        "every field",
        "8 D, A",
        {**TEXTS, "currency_code": "GBP", "is_async": False},
        wire=AUTHORISED | SAID,
    ),
    _authorise.gives("all that was authenticated", "8 D, R", wire=AUTHORISED),
    _authorise.gives(
        "a second part, until it is used up",
        "8 A",
        {"amount": 2000},
        given=after(
            "release_authorised",
            builders.release_authorised(amount=500),
            reserved(AUTHENTICATED),
        ),
    ),
    _authorise.gives("asynchronous", "8 D", ASYNC, status=202, gives={"status": "pending"}),
    _authorise.gives(
        "it may fail, as nothing is reserved",
        "8 R, 13 A",
        {"amount": 4005},
        given=on(lambda s: s.charged(payment_type=AUTHENTICATED, amount=9900)),
        gives={"status": "failed"},
    ),
    _authorise.gives(
        "before the 90 days are over",
        "8 R",
        given=lapsed(AUTHENTICATED, "2026-08-30 04:59", amount=2500),
        gives={"status": "successful"},
    ),
    refused(_authorise, "without amount", "8 D", {"amount": LEFT_OUT}),
    refused(_authorise, "nothing", "8 D", {"amount": 0}),
    *longest(_authorise),
    *on_the_wire_only(_authorise),
    _authorise.refuses(
        "a penny more than was authenticated", "8 R", {"amount": 2501}, fields=(), code=901
    ),
    _authorise.refuses(
        "a penny more than an earlier part left",
        "8 A",
        code=901,
        given=after(
            "release_authorised",
            builders.release_authorised(amount=500),
            reserved(AUTHENTICATED, amount=2001),
        ),
    ),
    _authorise.refuses(
        "after 90 days",
        "8 R",
        code=903,
        given=lapsed(AUTHENTICATED, "2026-08-30 05:00", amount=2500),
    ),
    _authorise.refuses("what is reserved", "8 D", code=905, given=reserved(amount=2500)),
    _authorise.refuses("no such card", "4 A", given=nobody(amount=1), kind=NotFound, status=404),
)

ROWS = (*REGISTERS, *REPEATS, *REFUNDS, *VOIDS, *DEFERRALS, *AUTHORISATIONS)


@table(*ROWS)
async def test_transaction(row: Row, stage: Stage) -> None:
    await judge(row, stage)


async def test_section_8_deferred_cancel_ignores_what_its_sample_sends(stage: Stage) -> None:
    """Section 8, R "DeferredCancel extras": accepted and ignored, so they cannot be wrong."""
    first = await stage.charged(payment_type=DEFERRED)
    body = (
        b'{"payment_type":"DeferredCancel","platform":"SmarterPayCloud","amount":"nonsense",'
        b'"currency_code":"XXY","related_payment_id":"nobody"}'
    )
    request = PreparedRequest("transaction.cancel_deferred", "POST", f"/{first.card_id}", body=body)
    answer = await stage.card.exchange(request, idempotency_key=None)
    cancelled = stage.card.read("transaction.cancel_deferred", answer)
    assert isinstance(cancelled, Transaction)
    assert (cancelled.status, cancelled.amount) == ("successful", 2500)
