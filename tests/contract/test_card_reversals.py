"""Taking card payments back: Refund and Void as the contract has them (section 8)."""

from smarterpay.api import NotFound
from tests.api import builders
from tests.contract.cards import (
    ASYNC,
    FLAT,
    GATEWAY_FIELDS,
    SAID,
    TAKEN,
    TEXTS,
    after,
    charged,
    cleared,
    longest,
    no_flag,
    of_one_payment,
    on_the_wire_only,
    open_form,
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
from tests.contract.stage import NO_RECORD, Stage

_refund = asked("transaction.refund", cleared(amount=500), reads_back=False)
REFUNDED = FLAT | TAKEN | {"payment_type": "Refund", "related_payment_id": Of("first.id")}

REFUNDS: tuple[Row, ...] = (
    _refund.gives(
        "every field",
        "8 D, A",
        {**TEXTS, "currency_code": "GBP", "is_async": False},
        given=lambda stage: of_one_payment(stage, cleared(amount=500)),
        sets=("related_payment_id",),
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
    no_flag(_refund),
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
    _refund.refuses(
        "a part, a minute before clearing",
        "8 R, A",
        code=905,
        given=charged(amount=500),
        at="2026-06-02 05:59",
    ),
    _refund.refuses("a part, before clearing", "8 R", code=905, given=charged(amount=500)),
    _refund.refuses("in another currency", "8 D", {"currency_code": "EUR"}, fields=(), code=901),
    _refund.refuses(
        "of a payment there is not", "8 D", {"related_payment_id": NO_RECORD}, fields=(), code=905
    ),
    _refund.refuses("before the form is completed", "8 A", code=904, given=open_form(amount=1)),
    _refund.refuses("no such card", "4 A", given=nobody(amount=1), kind=NotFound, status=404),
)

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
        sets=("related_payment_id",),
        wire=VOIDED | TAKEN | SAID,
    ),
    _void.gives("nothing but what is mandatory: always all of it", "8 D", wire=VOIDED | TAKEN),
    _void.gives("asynchronous", "8 D, A", ASYNC, status=202, wire=VOIDED | {"status": "pending"}),
    _void.gives(
        "a minute before clearing", "8 D, A", at="2026-06-02 05:59", gives={"status": "successful"}
    ),
    _void.gives(
        "the latest payment",
        "8 D",
        given=after("repeat", builders.repeat(amount=700), charged()),
        gives={"related_payment_id": Of("earlier.id"), "amount": 700},
    ),
    *longest(_void),
    no_flag(_void),
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

ROWS = (*REFUNDS, *VOIDS)


@table(*ROWS)
async def test_reversal(row: Row, stage: Stage) -> None:
    await judge(row, stage)
