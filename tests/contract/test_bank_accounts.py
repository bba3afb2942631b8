"""Bank accounts of payers and payees as the contract has them (section 7.2)."""

from smarterpay.api import NotFound
from smarterpay.api.models.bank_account import BankAccountUpdate
from tests.contract.judge import judge
from tests.contract.rows import (
    LEFT_OUT,
    STAMP,
    Ground,
    Of,
    Row,
    asked,
    beside,
    new_id,
    nobody,
    nothing,
    record,
    table,
)
from tests.contract.stage import NO_RECORD, Stage

ACCOUNT = {"account_number": "75849855", "sort_code": "200052", "account_name": "J Hetfield"}


async def of_a_customer(stage: Stage) -> Ground:
    customer = await stage.customer()
    return Ground({**ACCOUNT, "customer_account": customer.id}, known={"customer": customer})


async def with_a_mandate_that_collects(stage: Stage) -> Ground:
    mandate = await stage.mandate()
    known = {
        "mandate": mandate,
        "payment": await stage.payment(auddis=mandate.auddis),
        "credit": await stage.credit(auddis=mandate.auddis),
        "schedule": await stage.schedule(auddis=mandate.auddis),
    }
    return Ground({"enabled": False}, mandate.customer_bank_account, known)


async def with_credits_under_anti_fraud(stage: Stage) -> Ground:
    stage.sandbox.settings(credit_anti_fraud=True)
    account = await stage.bank_account()
    await stage.mandate(customer_bank_account=account.id, dd_status="ongoing collection")
    return Ground({"enabled": True}, account.id)


async def disabled(stage: Stage) -> Ground:
    account = await stage.bank_account()
    await stage.cloud.bank_accounts.update(account.id, BankAccountUpdate(enabled=False))
    return Ground({"enabled": True}, account.id)


_create = asked("bank_account.create", nothing(**ACCOUNT), "bank_account")
_get = asked("bank_account.get", record(lambda s: s.bank_account()), "bank_account")
_update = asked(
    "bank_account.update", record(lambda s: s.bank_account(), enabled=False), "bank_account"
)
_disable = asked("bank_account.disable", record(lambda s: s.bank_account()), "bank_account")

ROWS: tuple[Row, ...] = (
    _create.gives(
        "every field",
        "7.2 D",
        {
            "custom_reference": "XYZ",
            "metadata": "m",
            "credits_allowed": False,
            "debits_allowed": False,
        },
        given=of_a_customer,
        gives={"enabled": True, "bank_name": "BARCLAYS BANK PLC"},
        wire={
            **ACCOUNT,
            "id": new_id("BA01"),
            "created_at": STAMP,
            "bank_name": "BARCLAYS BANK PLC",
            "customer_account": Of("customer.id"),
            "enabled": True,
            "custom_reference": "XYZ",
            "metadata": "m",
            "credits_allowed": False,
            "debits_allowed": False,
        },
    ),
    _create.gives(
        "nothing but what is mandatory",
        "7.2 D",
        gives={"credits_allowed": True, "debits_allowed": True},
        wire={
            **ACCOUNT,
            "id": new_id("BA01"),
            "created_at": STAMP,
            "bank_name": "BARCLAYS BANK PLC",
            "customer_account": "",
            "enabled": True,
            "custom_reference": "",
            "metadata": "",
            "credits_allowed": True,
            "debits_allowed": True,
        },
    ),
    _create.gives("a blank customer", "7.2 D", {"customer_account": ""}),
    _create.gives(
        "leading zeros are kept", "7.2 D", {"account_number": "00000001", "sort_code": "000001"}
    ),
    _create.gives(
        "flags switch nothing on: no debits",
        "7.2 D",
        {"account_number": "12345901", "debits_allowed": True, "credits_allowed": True},
        gives={"debits_allowed": False},
    ),
    _create.gives(
        "flags switch nothing on: no credits",
        "7.2 D",
        {"account_number": "12345902", "debits_allowed": True, "credits_allowed": True},
        gives={"credits_allowed": False},
    ),
    _create.gives(
        "Credit Anti-Fraud: starts without credits",
        "7.2 D",
        {"credits_allowed": True},
        settings={"credit_anti_fraud": True},
        gives={"credits_allowed": False, "debits_allowed": True},
    ),
    _create.gives(
        "the same pair twice",
        "7.2 A",
        given=beside(lambda s: s.bank_account(), **ACCOUNT),
    ),
    *_create.mandatory("7.2 D", *ACCOUNT),
    *_create.longest("7.2 A", {"account_name": 90, "custom_reference": 50, "metadata": 1000}),
    _create.holds("an account number of 7", "7.2 D", {"account_number": "7584985"}),
    _create.holds("an account number of 9", "7.2 D", {"account_number": "758498550"}),
    _create.holds("an account number with a letter", "7.2 D", {"account_number": "7584985O"}),
    _create.holds("an account number that is a number", "7.2 D", {"account_number": 75849855}),
    _create.holds("a sort code of 5", "7.2 D", {"sort_code": "20005"}),
    _create.holds("a sort code of 7", "7.2 D", {"sort_code": "2000520"}),
    _create.holds("a sort code with separators", "7.2 D", {"sort_code": "20-00-52"}),
    *(
        _create.holds(f"{name} that is no flag", "5 R", {name: "maybe"})
        for name in ("credits_allowed", "debits_allowed")
    ),
    _create.refuses("a customer there is not", "7.2 D", {"customer_account": NO_RECORD}),
    _create.refuses("a pair that fails the modulus check", "7.2 A", {"account_number": "12345900"}),
    _get.gives(
        "an account, number unmasked",
        "7.2 D",
        gives={"account_number": "75849855", "sort_code": "200052"},
    ),
    _get.refuses("nobody", "4 A", given=nobody(), kind=NotFound, status=404),
    _update.gives("disable", "7.2 D", gives={"account_name": "J Hetfield"}),
    _update.gives("disable again changes nothing", "7.2 D", {"enabled": False}, given=disabled),
    _update.gives("enable", "7.2 D", given=disabled),
    _update.gives(
        "disable: no cascade",
        "7.2 A",
        given=with_a_mandate_that_collects,
        after={
            "mandate": {"dd_status": "new instruction"},
            "payment": {"status": "pending_submission"},
            "credit": {"status": "pending_submission"},
            "schedule": {"status": "active"},
        },
    ),
    _update.gives(
        "disable with the cascade switched on",
        "7.2 A",
        given=with_a_mandate_that_collects,
        settings={"bank_disable_cascades": True},
        after={
            "mandate": {"dd_status": "cancelled"},
            "payment": {"status": "cancelled", "amount": 2500},
            "credit": {"status": "cancelled", "amount": 12000},
            "schedule": {"status": "inactive"},
        },
    ),
    _update.gives(
        "Credit Anti-Fraud: a mandate that collects opens credits",
        "7.2 D",
        given=with_credits_under_anti_fraud,
        gives={"credits_allowed": True},
    ),
    _update.holds("without enabled", "7.2 D", {"enabled": LEFT_OUT}),
    _update.holds("enabled cleared", "7.2 D", {"enabled": None}),
    _update.holds("enabled that is no flag", "5 R", {"enabled": "maybe"}),
    _update.refuses("nobody", "4 A", given=nobody(enabled=True), kind=NotFound, status=404),
    _disable.gives("an account: nothing is erased", "7.2 D", gives={"enabled": False}),
    _disable.gives("a disabled account", "7.2 D", given=disabled, gives={"enabled": False}),
    _disable.refuses("nobody", "4 A", given=nobody(), kind=NotFound, status=404),
)


@table(*ROWS)
async def test_bank_account(row: Row, stage: Stage) -> None:
    await judge(row, stage)
