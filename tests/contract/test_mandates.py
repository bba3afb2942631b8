"""Creating and reading mandates as the contract has it (section 7.5)."""

from typing import Any

from smarterpay.api import NotFound
from tests.api import builders
from tests.contract.judge import judge
from tests.contract.rows import (
    STAMP,
    Given,
    Ground,
    Like,
    Of,
    Row,
    asked,
    new_id,
    nobody,
    record,
    table,
)
from tests.contract.stage import MAIN_ACCOUNT, NO_RECORD, SECOND_ACCOUNT, Stage

GENERATED = Like("MA[0-9]{8}")
CORE = {"core_reference": True}


def on_an_account(**account: Any) -> Given:
    """Ground on which a customer's bank account waits for its mandate."""

    async def given(stage: Stage) -> Ground:
        customer = await stage.customer()
        owned = {"customer_account": customer.id, **account}
        made = await stage.cloud.bank_accounts.create(builders.bank_account(**owned))
        return Ground(
            {"customer_bank_account": made.id}, known={"customer": customer, "account": made}
        )

    return given


async def on_a_disabled_account(stage: Stage) -> Ground:
    account = await stage.bank_account()
    await stage.cloud.bank_accounts.disable(account.id)
    return Ground({"customer_bank_account": account.id}, known={"account": account})


def beside_a_mandate(auddis: str, *, same_account: bool = True) -> Given:
    """Ground on which a mandate of that reference stands already."""

    async def given(stage: Stage) -> Ground:
        mandate = await stage.mandate(auddis=auddis)
        account = mandate.customer_bank_account
        if not same_account:
            account = (await stage.bank_account(account_number="12345678")).id
        return Ground({"customer_bank_account": account}, known={"mandate": mandate})

    return given


def validated(name: str) -> Given:
    """Ground on which a mandate asked for a validation of that name, a minute ago."""

    async def given(stage: Stage) -> Ground:
        account = await stage.bank_account(account_name=name)
        mandate = await stage.mandate(customer_bank_account=account.id, account_validation=True)
        stage.sandbox.advance(60)
        return Ground({}, mandate.id)

    return given


_create = asked("mandate.create", on_an_account(), "Mandate")
_get = asked("mandate.get", record(lambda s: s.mandate()), "Mandate")

SAMPLE: dict[str, Any] = {
    "I_am_the_only_account_holder": "true",
    "Sun_Name": "Smarterpay Test",
    "Sun_Number": "100263",
    "account_name": "J Hetfield",
    "account_number": "75849855",
    "auddis": GENERATED,
    "bank_name": "BARCLAYS BANK PLC",
    "client_bank_account_id": MAIN_ACCOUNT,
    "created_at": STAMP,
    "customer_account": Of("customer.id"),
    "customer_bank_account": Of("account.id"),
    "dd_status": "new instruction",
    "id": new_id("M01"),
    "metadata": "",
    "originator_account_number": "12345678",
    "originator_sort_code": "123456",
    "sort_code": "200052",
}
LINK = Like(r"http://.+/_sandbox/validation\?ID=AV01[A-Z0-9]{16}")

ROWS: tuple[Row, ...] = (
    _create.gives(
        "every field",
        "7.5 D, A",
        {
            "auddis": "MA-1/2.3&4 56789AB",
            "client_bank_account_id": SECOND_ACCOUNT,
            "dd_status": "on hold",
            "account_validation": False,
            "only_account_holder": False,
            "metadata": "m",
        },
        wire=SAMPLE
        | {
            "I_am_the_only_account_holder": "false",
            "Sun_Name": "tes1",
            "Sun_Number": "122",
            "auddis": "MA-1/2.3&4 56789AB",
            "client_bank_account_id": SECOND_ACCOUNT,
            "dd_status": "on hold",
            "metadata": "m",
            "originator_account_number": "10000102",
        },
    ),
    _create.gives(
        "nothing but what is mandatory",
        "7.5 D, A, R",
        gives={
            "only_account_holder": True,
            "dd_status": "new instruction",
            "account_validation_id": None,
            "bacs_code": None,
        },
        wire=SAMPLE,
    ),
    _create.gives(
        "a blank own account means the default",
        "7.5 D",
        {"client_bank_account_id": ""},
        gives={"client_bank_account_id": MAIN_ACCOUNT},
    ),
    _create.gives(
        "an own account by its legacy id",
        "5 D, 1 A",
        {"client_bank_account_id": "CBA-0000001"},
        gives={"client_bank_account_id": SECOND_ACCOUNT, "sun_number": "122"},
    ),
    *(
        _create.gives(f"in {status}", "7.5 D", {"dd_status": status})
        for status in (
            "on hold",
            "new instruction",
            "first collection",
            "ongoing collection",
            "cancelled",
        )
    ),
    _create.gives(
        "with a validation",
        "7.5 D, 11 D",
        {"account_validation": True},
        gives={"dd_status": "await validation"},
        wire=SAMPLE
        | {
            "dd_status": "await validation",
            "account_validation_id": new_id("AV01"),
            "account_validation_url": LINK,
        },
    ),
    _create.gives("a reference of one character", "7.5 D", {"auddis": "A"}),
    _create.gives(
        "the same reference under another SUN",
        "7.5 A",
        {"auddis": "MA1", "client_bank_account_id": SECOND_ACCOUNT},
        given=beside_a_mandate("MA1"),
    ),
    *_create.mandatory("7.5 D", "customer_bank_account"),
    *_create.longest("7.5 D, A", {"auddis": 18, "metadata": 1000}),
    _create.holds("a reference in lower case", "7.5 D", {"auddis": "ma1"}),
    _create.holds("a reference with another character", "7.5 D", {"auddis": "MA_1"}),
    _create.holds("a status a caller cannot give", "7.5 D", {"dd_status": "expired"}),
    _create.holds("a status of payments", "7.5 R", {"dd_status": "final collection"}),
    _create.holds("a validation that is no flag", "5 R", {"account_validation": "maybe"}),
    _create.refuses(
        "a sole holder that is no flag",
        "5 R",
        {"only_account_holder": "maybe"},
        fields=["I_am_the_only_account_holder"],
        held=("only_account_holder",),
    ),
    _create.refuses("an account there is not", "7.5 D", {"customer_bank_account": NO_RECORD}),
    _create.refuses("an own account there is not", "7.5 D", {"client_bank_account_id": NO_RECORD}),
    _create.refuses(
        "a disabled account",
        "7.2 D, 7.5 D",
        fields=["customer_bank_account"],
        given=on_a_disabled_account,
    ),
    _create.refuses(
        "an account that takes no debits",
        "7.5 A",
        fields=["customer_bank_account"],
        given=on_an_account(debits_allowed=False),
    ),
    _create.refuses(
        "an account whose bank takes no debits",
        "13 A",
        fields=["customer_bank_account"],
        given=on_an_account(account_number="12345901"),
    ),
    _create.refuses(
        "a reference that its SUN has", "7.5 A", {"auddis": "MA1"}, given=beside_a_mandate("MA1")
    ),
    _create.refuses(
        "a validation while the option is off",
        "7.5 D",
        {"account_validation": True},
        settings={"account_validation": False},
    ),
    _create.gives("a core reference of 6", "7.5 D", {"auddis": "MA1086"}, settings=CORE),
    _create.gives("a core reference of 14", "7.5 D", {"auddis": "MA108673260001"}, settings=CORE),
    *(
        _create.refuses(f"core reference: {told}", "7.5 D", {"auddis": auddis}, settings=CORE)
        for told, auddis in (
            ("of 5", "MA108"),
            ("of 15", "MA1086732600012"),
            ("6 of which one does not count", "MA-108"),
            ("first character not alphanumeric", "-MA1086"),
            ("one repeated character", "AAAAAAA"),
            ("starts DDIC", "DDIC1086"),
        )
    ),
    _create.refuses(
        "core reference: overlaps another of the account",
        "7.5 D",
        {"auddis": "MA10867326"},
        settings=CORE,
        given=beside_a_mandate("MA1086"),
    ),
    _create.gives(
        "core reference: overlaps that of another account",
        "7.5 D",
        {"auddis": "MA10867326"},
        settings=CORE,
        given=beside_a_mandate("MA1086", same_account=False),
    ),
    _get.gives("a mandate", "7.5 D, A", gives={"auddis": GENERATED}),
    *(
        _get.gives(
            f"after a validation that ends {told}: {status}",
            "11 D, 13 A",
            given=validated(name),
            gives={"dd_status": status, "account_validation_id": new_id("AV01")},
        )
        for told, name, status in (
            ("well", "J Hetfield", "new instruction"),
            ("with another name", "J Hetfield NOMATCH", "failed validation"),
            ("in a technical fault", "J Hetfield AVERROR", "await validation"),
            ("not yet", "J Hetfield PENDING", "await validation"),
        )
    ),
    _get.refuses("nobody", "4 A", given=nobody(), kind=NotFound, status=404),
)


@table(*ROWS)
async def test_mandate(row: Row, stage: Stage) -> None:
    await judge(row, stage)
