"""Customer accounts as the contract has them (section 7.1)."""

from datetime import UTC, datetime

from smarterpay.api import NotFound
from tests.contract.judge import judge
from tests.contract.rows import STAMP, Row, asked, new_id, nobody, nothing, record, table
from tests.contract.stage import Stage

CUSTOMER = {
    "email": "test@test.com",
    "first_name": "test",
    "last_name": "test",
    "address_line1": "74 test street",
    "city": "testcity",
    "postal_code": "Q1 TEST",
}
EVERYTHING = {
    "title": "Mr",
    "company_name": "Test Ltd",
    "address_line2": "Flat 1",
    "country_code": "US",
    "state_code": "NY",
    "external_id": "EXT-1",
    "custom_reference": "XYZ",
    "metadata": "line one\nline two £ 😀",
}
MANDATORY = tuple(CUSTOMER)
LENGTHS = {
    "first_name": 50,
    "last_name": 50,
    "address_line1": 50,
    "city": 50,
    "postal_code": 50,
    "address_line2": 50,
    "custom_reference": 50,
    "external_id": 50,
    "title": 45,
    "company_name": 160,
    "metadata": 1000,
}
CLEARED = (
    "title",
    "company_name",
    "address_line2",
    "external_id",
    "custom_reference",
    "metadata",
)
LONGEST_EMAIL = "a" * 64 + "@" + "b" * 31 + ".com"

_create = asked("customer_account.create", nothing(**CUSTOMER), "Customer_Account")
_get = asked("customer_account.get", record(lambda s: s.customer()), "Customer_Account")
_update = asked(
    "customer_account.update",
    record(lambda s: s.customer(**CUSTOMER, **EVERYTHING), city="Ely"),
    "Customer_Account",
)

ROWS: tuple[Row, ...] = (
    _create.gives(
        "every field",
        "7.1 D, R, A",
        EVERYTHING,
        gives={"status": "active", "created_at": datetime(2026, 6, 1, 8, tzinfo=UTC)},
        wire={
            **CUSTOMER,
            **EVERYTHING,
            "id": new_id("CA01"),
            "created_at": STAMP,
            "status": "active",
        },
    ),
    _create.gives(
        "nothing but what is mandatory",
        "7.1 D, A",
        gives={"country_code": "GB", "state_code": None, "title": None, "metadata": None},
        wire={
            **CUSTOMER,
            **dict.fromkeys(EVERYTHING, ""),
            "country_code": "GB",
            "id": new_id("CA01"),
            "created_at": STAMP,
            "status": "active",
        },
    ),
    _create.gives("an empty country", "7.1 D", {"country_code": ""}, gives={"country_code": "GB"}),
    _create.gives("another country than the US, with no state", "7.1 D", {"country_code": "FR"}),
    *_create.mandatory("7.1 D", *MANDATORY),
    *_create.longest("7.1 D, R", LENGTHS),
    _create.gives("an e-mail address of 100", "7.1 D", {"email": LONGEST_EMAIL}),
    _create.holds("an e-mail address of 101", "7.1 D", {"email": LONGEST_EMAIL + "xy"}),
    _create.holds("an address that is none", "7.1 D", {"email": "nobody"}),
    _create.holds("an address without a host", "7.1 D", {"email": "nobody@"}),
    _create.holds("a country that is none", "7.1 D", {"country_code": "XX"}),
    _create.holds("a country of three letters", "7.1 D", {"country_code": "GBR"}),
    _create.holds("the US without a state", "7.1 D", {"country_code": "US"}, fields=["state_code"]),
    _create.holds("a state of three letters", "7.1 D", {"state_code": "NYC"}),
    _get.gives("a customer", "7.1 A", gives={"custom_reference": "CUST-0042"}),
    _update.gives(
        "one field: the others stay",
        "5 A, 7.1 A",
        gives={"first_name": "test", "title": "Mr", "metadata": EVERYTHING["metadata"]},
    ),
    _update.gives("every field", "7.1 A", {**EVERYTHING, **CUSTOMER, "title": "Ms"}),
    _update.gives(
        "optional texts cleared",
        "5 A",
        dict.fromkeys(CLEARED),
        gives={"first_name": "test"},
    ),
    _update.gives(
        "country cleared becomes GB",
        "7.1 D",
        {"country_code": None, "state_code": None},
        gives={"country_code": "GB"},
    ),
    *_update.longest("7.1 A", LENGTHS),
    *(_update.holds(f"{name} cleared", "5 A", {name: ""}) for name in CUSTOMER),
    _update.holds("an address that is none", "7.1 A", {"email": "nobody"}),
    _update.holds("a country that is none", "7.1 D", {"country_code": "XX"}),
    _update.refuses("the US keeps its state", "7.1 D", {"state_code": None}),
    _update.refuses("nobody", "4 A", given=nobody(city="Ely"), kind=NotFound, status=404),
    _get.refuses("nobody", "4 A", given=nobody(), kind=NotFound, status=404),
)


@table(*ROWS)
async def test_customer_account(row: Row, stage: Stage) -> None:
    await judge(row, stage)
