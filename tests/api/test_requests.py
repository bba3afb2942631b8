"""Requests are refused before a byte leaves, rule by rule of section 7."""

from datetime import date, datetime
from typing import Any

import pytest
from pydantic import BaseModel

from smarterpay.api import InvalidRequest, Request
from smarterpay.api.models.bank_account import BankAccountUpdate
from smarterpay.api.models.country_codes import COUNTRY_CODES
from smarterpay.api.models.customer_account import CustomerAccountUpdate
from smarterpay.api.models.mandate import MandateStatus, MandateUpdate
from smarterpay.api.models.recurrence_schedule import (
    CollectionPeriod,
    RecurrenceScheduleUpdate,
    ScheduleType,
)
from tests.api import builders
from tests.api.field_cases import Rule, passing, refused

PLAN = {"type": "DDPaymentPlan", "installments": 12, "first_collection_amount": None}
CARD = {"payment_type": "cardpayment", "card_id": "20477d89", "auddis": None}
WEEKLY = {"collection_period": "weekly", "collection_day": None}

# builder, field, values that pass, values that do not; the section in front.
FIELDS: list[Rule] = [
    (
        "7.1",
        builders.customer,
        "email",
        ["a@b.uk", "first.last+tag@sub.example.org", "ö@example.de", "a" * 64 + "@example.com"],
        [
            None,
            "",
            "a",
            "a@b",
            "a@@b.uk",
            "a b@c.uk",
            "a@b..uk",
            ".a@b.uk",
            "a.@b.uk",
            "a..b@c.uk",
            "a@-b.uk",
            "a@b.uk\n",
            "a,b@c.uk",
            "<a@b.uk>",
            "a" * 90 + "@example.com",
        ],
    ),
    ("7.1", builders.customer, "first_name", ["J", "x" * 50], [None, "", " ", "x" * 51, 7]),
    ("7.1", builders.customer, "last_name", ["H", "x" * 50], [None, "", "\t", "x" * 51]),
    ("7.1", builders.customer, "address_line1", ["1", "x" * 50], [None, "", "x" * 51]),
    ("7.1", builders.customer, "city", ["Ely", "x" * 50], [None, "", "x" * 51]),
    ("7.1", builders.customer, "postal_code", ["Q1 TEST", "x" * 50], [None, "", "x" * 51]),
    ("7.1", builders.customer, "address_line2", [None, "", "x" * 50], ["x" * 51]),
    ("7.1", builders.customer, "custom_reference", [None, "", "x" * 50], ["x" * 51, "\ud800"]),
    ("7.1", builders.customer, "external_id", [None, "x" * 50], ["x" * 51, 42]),
    ("7.1", builders.customer, "title", [None, "x" * 45], ["x" * 46]),
    ("7.1", builders.customer, "company_name", [None, "x" * 160], ["x" * 161]),
    ("7.1", builders.customer, "metadata", [None, "", "x" * 1000], ["x" * 1001, {}]),
    ("7.1", builders.customer, "country_code", [None, "", "GB", "FR"], ["gb", "UK", "XX", "GBR"]),
    ("7.1", builders.customer, "state_code", [None, "", "CA"], ["ca", "CAL", "C"]),
    (
        "7.2",
        builders.bank_account,
        "account_number",
        ["00000000", "12345678"],
        [None, "", "1234567", "123456789", "1234567x", "１２３４５６７８", 12345678, "1234 678"],
    ),
    (
        "7.2",
        builders.bank_account,
        "sort_code",
        ["000000", "200052"],
        [None, "", "20005", "2000520", "20-00-52", "20005\n", 200052],
    ),
    ("7.2", builders.bank_account, "account_name", ["J", "x" * 90], [None, "", " ", "x" * 91]),
    ("7.2", builders.bank_account, "customer_account", [None, "", "CA01X"], ["a b", "x" * 65]),
    ("7.2", builders.bank_account, "custom_reference", [None, "x" * 50], ["x" * 51]),
    ("7.2", builders.bank_account, "metadata", [None, "x" * 1000], ["x" * 1001]),
    ("7.2", builders.bank_account, "credits_allowed", [None, True, False], ["true", 1]),
    ("7.2", builders.bank_account, "debits_allowed", [None, True, False], ["false", 0]),
    (
        "7.3",
        builders.account_validation,
        "client_bank_account_id",
        ["OB01SANDBOXMAIN00001", "CBA-0000001"],
        [None, "", "a b"],
    ),
    ("7.3", builders.account_validation, "reference", [None, "MA1"], ["x", "M" * 19, ""]),
    ("7.3", builders.account_validation, "return_url", [None, "x" * 500], ["x" * 501]),
    ("7.3", builders.account_validation, "metadata", [None, "x" * 1000], ["x" * 1001]),
    ("7.3", builders.account_validation, "metadata_bank_account", ["x" * 1000], ["x" * 1001]),
    ("7.3", builders.account_validation, "metadata_mandate", ["x" * 1000], ["x" * 1001]),
    ("7.4", builders.modulus_check, "account_number", ["00000000"], ["0", None]),
    ("7.4", builders.modulus_check, "sort_code", ["000000"], ["0", None]),
    ("7.4", builders.modulus_check, "account_name", [None, "x" * 90], ["", "x" * 91]),
    (
        "7.5",
        builders.mandate,
        "customer_bank_account",
        ["BA01X", "BANK00003454"],
        [None, "", "a b"],
    ),
    (
        "7.5",
        builders.mandate,
        "auddis",
        [None, "A", "MA-1/2.3&4 5", "M" * 18],
        ["", "a", "M" * 19, "MA_1", "MÄ", "MA\n", "M\t1"],
    ),
    ("7.5", builders.mandate, "client_bank_account_id", [None, "", "OB01X"], ["a b"]),
    (
        "7.5",
        builders.mandate,
        "dd_status",
        [
            None,
            "on hold",
            "new instruction",
            "first collection",
            "ongoing collection",
            "cancelled",
            MandateStatus.CANCELLED,
        ],
        ["cancelled by payer", "expired", "new_instruction", "", MandateStatus.EXPIRED],
    ),
    ("7.5", builders.mandate, "account_validation", [None, True], ["true", 1]),
    ("7.5", builders.mandate, "only_account_holder", [None, True, False], ["true"]),
    ("7.5", builders.mandate, "metadata", [None, "x" * 1000], ["x" * 1001]),
    (
        "7.11",
        builders.schedule,
        "amount",
        [1, 2_000_000_000],
        [None, 0, -1, 2_000_000_001, "100", 1.0, True],
    ),
    (
        "7.11",
        builders.schedule,
        "first_collection_amount",
        [1, 2_000_000_000],
        [None, 0, 2_000_000_001, "1"],
    ),
    ("7.11", builders.schedule, "auddis", ["MA1"], [None, "", "ma1"]),
    ("7.11", builders.schedule, "collection_period", ["monthly", CollectionPeriod.MONTHLY],
     [None, "yearly", "Monthly", "weekly"]),
    ("7.11", builders.schedule, "collection_stretch", [1, 99], [None, 0, "1", True, 100]),
    (
        "7.11",
        builders.schedule,
        "collection_day",
        ["1", "9", "10", "28", "last day"],
        [None, "", "0", "29", "01", "Last day", 1],
    ),
    ("7.11", builders.schedule, "description", ["x" * 44], [None, "", " ", "x" * 45]),
    ("7.11", builders.schedule, "custom_reference", [None, "x" * 50], ["x" * 51]),
    (
        "7.11",
        builders.schedule,
        "first_collection_date",
        [date(2026, 7, 1)],
        [None, "2026-07-01", datetime(2026, 7, 1)],  # noqa: DTZ001 - a datetime is no date
    ),
    ("7.11", builders.schedule, "end_date", [None, date(2027, 7, 1)], ["2027-07-01", ""]),
    ("7.11", builders.schedule, "start_date", [None, date(2026, 7, 1)], ["2026-07-01"]),
    ("7.11", builders.schedule, "metadata", [None, "x" * 1000], ["x" * 1001]),
    ("7.11", builders.schedule, "installments", [None], [1, 12]),
    ("7.11", builders.schedule, "card_id", [None], ["20477d89"]),
    ("7.11", builders.schedule, "payment_type", [None, "directdebit"], ["cardpayment", "cash"]),
    ("7.11", builders.schedule, "type", [None, "DDOngoingPayment"], ["DDPaymentPlan", "plan"]),
    ("7.17", builders.bank_account_check, "account_name", ["x" * 80], [None, "", "x" * 81]),
    (
        "7.17",
        builders.bank_account_check,
        "account_number",
        ["1", "12345678"],
        [None, "", "123456789", "x"],
    ),
    ("7.17", builders.bank_account_check, "sort_code", ["1", "123456"], [None, "", "1234567"]),
    ("7.17", builders.bank_account_check, "check_type", [1], [None, 0, 2, "1", True]),
    ("7.17", builders.bank_account_check, "account_type", [1, 2], [None, 0, 3, "1"]),
    ("7.17", builders.bank_account_check, "metadata", [None, "x" * 255], ["x" * 256]),
]  # fmt: skip

#: A rule over several fields names the one that is missing or too many.
RULED_TOGETHER = {
    "collection_period": ["collection_day"],
    "payment_type": ["card_id"],
    "type": ["installments"],
}


@pytest.mark.parametrize(("build", "field", "value"), passing(FIELDS))
def test_section_7_allowed_value(build: Any, field: str, value: Any) -> None:
    assert getattr(build(**{field: value}), field) == value


@pytest.mark.parametrize(("build", "field", "value"), refused(FIELDS))
def test_section_7_refused_value(build: Any, field: str, value: Any) -> None:
    with pytest.raises(InvalidRequest) as caught:
        build(**{field: value})
    assert {field, *RULED_TOGETHER.get(field, ())} & set(caught.value.fields)


@pytest.mark.parametrize(
    "build",
    [
        builders.customer,
        builders.bank_account,
        builders.account_validation,
        builders.modulus_check,
        builders.bank_account_check,
        builders.mandate,
        builders.schedule,
    ],
)
def test_section_5_an_unknown_property_is_refused_here(build: Any) -> None:
    with pytest.raises(InvalidRequest, match="custom_referance"):
        build(custom_referance="x")


def test_section_7_1_a_us_address_needs_its_state() -> None:
    with pytest.raises(InvalidRequest, match="state_code: mandatory when country_code is US"):
        builders.customer(country_code="US")
    assert builders.customer(country_code="US", state_code="CA").state_code == "CA"


def test_section_7_1_countries_are_the_249_of_iso_3166() -> None:
    assert len(COUNTRY_CODES) == 249
    assert all(len(code) == 2 and code.isalpha() and code.isupper() for code in COUNTRY_CODES)


def test_section_7_4_a_validation_needs_a_name_to_compare() -> None:
    with pytest.raises(InvalidRequest, match="account_name: mandatory with account_validation"):
        builders.modulus_check(account_validation=True)
    builders.modulus_check(account_validation=True, account_name="J Hetfield")
    builders.modulus_check(account_validation=False)


@pytest.mark.parametrize("code", ["ADDACS 1", "ADDACS1", "ARUDD B", "ARRUD2", "INPUTU"])
def test_section_10_a_manual_code(code: str) -> None:
    assert MandateUpdate(bacs_code=code).to_wire() == {"bacs_code": code}


@pytest.mark.parametrize("code", ["", "ADDACS", "addacs1", "ADDACS 12", "OTHER1"])
def test_section_10_no_manual_code(code: str) -> None:
    with pytest.raises(InvalidRequest, match="bacs_code"):
        MandateUpdate(bacs_code=code)


@pytest.mark.parametrize(
    "changes",
    [
        WEEKLY,
        CARD,
        PLAN,
        {**PLAN, "type": ScheduleType.PLAN, "first_collection_amount": 5},
        {**PLAN, **CARD},
        {**CARD, "type": "DDOngoingPayment"},
        {"payment_type": "directdebit", "type": "DDOngoingPayment"},
    ],
)
def test_section_7_11_schedules_that_go(changes: dict[str, Any]) -> None:
    builders.schedule(**changes)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"collection_period": "weekly"}, "collection_day"),
        ({**WEEKLY, "collection_period": "monthly"}, "collection_day"),
        ({**CARD, "card_id": None}, "card_id"),
        ({**CARD, "auddis": "MA1"}, "auddis"),
        ({"card_id": "20477d89"}, "card_id"),
        ({**PLAN, "installments": None}, "installments"),
        ({**PLAN, "installments": 0}, "installments"),
        ({**PLAN, "installments": 13}, "installments"),
        ({"installments": 3}, "installments"),
        ({"first_collection_amount": None}, "first_collection_amount"),
    ],
)
def test_section_7_11_schedules_that_do_not_go(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        builders.schedule(**changes)
    assert caught.value.fields == (field,)


# --- Updates ---------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [CustomerAccountUpdate, MandateUpdate, RecurrenceScheduleUpdate])
def test_section_5_a_put_changes_something(model: type[Request]) -> None:
    with pytest.raises(InvalidRequest, match="set at least one property"):
        model()


def test_section_7_2_a_put_enables_or_disables() -> None:
    assert BankAccountUpdate(enabled=True).to_wire() == {"enabled": True}
    with pytest.raises(InvalidRequest, match="enabled"):
        BankAccountUpdate.model_validate({})
    with pytest.raises(InvalidRequest, match="custom_reference"):
        BankAccountUpdate.model_validate({"enabled": True, "custom_reference": "x"})


def test_section_5_a_put_leaves_out_clears_and_sets() -> None:
    update = CustomerAccountUpdate(title=None, city="Ely", metadata="")
    assert update.to_wire() == {"title": "", "city": "Ely", "metadata": ""}


@pytest.mark.parametrize(
    ("model", "field"),
    [
        (CustomerAccountUpdate, "email"),
        (CustomerAccountUpdate, "postal_code"),
        (MandateUpdate, "dd_status"),
        (MandateUpdate, "bacs_code"),
        (RecurrenceScheduleUpdate, "description"),
        (RecurrenceScheduleUpdate, "installments"),
    ],
)
def test_section_5_only_optional_texts_can_be_cleared(model: type[Request], field: str) -> None:
    with pytest.raises(InvalidRequest, match=f"{field}: cannot be cleared"):
        model(**{field: None})


# --- What shows ------------------------------------------------------------------------------

MARK = "Canary"


@pytest.mark.parametrize(
    ("build", "personal"),
    [
        (
            builders.customer,
            {
                "email": f"{MARK}@example.com",
                "title": MARK,
                "first_name": MARK,
                "last_name": MARK,
                "company_name": MARK,
                "address_line1": MARK,
                "address_line2": MARK,
                "city": MARK,
                "postal_code": MARK,
                "metadata": MARK,
            },
        ),
        (builders.bank_account, {"account_name": MARK, "metadata": MARK}),
        (builders.account_validation, {"metadata_mandate": MARK, "return_url": MARK}),
        (builders.modulus_check, {"account_name": MARK}),
        (builders.bank_account_check, {"account_name": MARK, "metadata": MARK}),
        (builders.mandate, {"metadata": MARK}),
        (builders.schedule, {"metadata": MARK}),
    ],
)
def test_personal_fields_never_show(build: Any, personal: dict[str, str]) -> None:
    request: BaseModel = build(**personal)
    for shown in (repr(request), str(request), f"{request}", repr([request])):
        assert MARK not in shown
        assert "75849855" not in shown
        assert "200052" not in shown
        for field in personal:
            assert f"{field}=***" in shown


def test_a_refusal_shows_fields_and_rules_and_no_value() -> None:
    with pytest.raises(InvalidRequest) as caught:
        builders.bank_account(account_number="Canary12", sort_code="Canary", account_name=MARK * 20)
    assert caught.value.fields == ("account_number", "sort_code", "account_name")
    assert MARK not in f"{caught.value} {caught.value!r} {caught.value.broken!r}"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
