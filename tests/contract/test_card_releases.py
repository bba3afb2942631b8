"""What was reserved or authenticated, released or given up, by the contract (section 8)."""

from smarterpay.api import NotFound, PreparedRequest
from smarterpay.api.models.transaction import Transaction
from tests.api import builders
from tests.contract.cards import (
    ASYNC,
    AUTHENTICATED,
    DEFERRED,
    FLAT,
    SAID,
    TAKEN,
    TEXTS,
    after,
    charged,
    lapsed,
    longest,
    no_flag,
    on,
    on_the_wire_only,
    refused,
    reserved,
)
from tests.contract.judge import judge
from tests.contract.rows import (
    LEFT_OUT,
    Of,
    Row,
    asked,
    nobody,
    table,
)
from tests.contract.stage import Stage

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
    no_flag(_release),
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
    no_flag(_cancel),
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
    no_flag(_authorise),
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
    _authorise.refuses("in another currency", "8 D", {"currency_code": "EUR"}, fields=(), code=905),
    _authorise.refuses("what is reserved", "8 D", code=905, given=reserved(amount=2500)),
    _authorise.refuses("no such card", "4 A", given=nobody(amount=1), kind=NotFound, status=404),
)

ROWS = (*DEFERRALS, *AUTHORISATIONS)


@table(*ROWS)
async def test_release(row: Row, stage: Stage) -> None:
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
