"""Charging a card: Register and Repeat as the contract has them (section 8)."""

from smarterpay.api import GatewaySilent, NotFound
from tests.contract.cards import (
    ASYNC,
    FLAT,
    REGISTER_TYPES,
    SAID,
    TAKEN,
    TEXTS,
    charged,
    declined,
    longest,
    no_flag,
    of_one_payment,
    on_the_wire_only,
    open_form,
    refused,
)
from tests.contract.judge import judge
from tests.contract.rows import (
    LEFT_OUT,
    Ground,
    Like,
    Of,
    Row,
    asked,
    nobody,
    table,
)
from tests.contract.stage import GATEWAY, NO_RECORD, Stage


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
        sets=("related_payment_id",),
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
    no_flag(_repeat),
    *on_the_wire_only(_repeat),
    _repeat.refuses(
        "of a payment there is not", "8 D", {"related_payment_id": NO_RECORD}, fields=(), code=905
    ),
    _repeat.refuses("before the form is completed", "8 A", code=904, given=open_form(amount=2500)),
    _repeat.refuses("on a card that was declined", "8 A", code=904, given=declined(amount=2500)),
    _repeat.refuses("no such card", "4 A", given=nobody(amount=1), kind=NotFound, status=404),
)

ROWS = (*REGISTERS, *REPEATS)


@table(*ROWS)
async def test_charge(row: Row, stage: Stage) -> None:
    await judge(row, stage)
