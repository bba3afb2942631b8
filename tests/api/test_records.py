"""Answers become records with the names of design section 7, and nothing else happens to them."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from smarterpay.api import Answer, Record, UnexpectedAnswer
from smarterpay.api.cloud import SHAPES
from smarterpay.api.models.account_validation import AccountValidation
from smarterpay.api.models.bank_account import BankAccount
from smarterpay.api.models.bank_account_check import BankAccountCheck, NameMatch
from smarterpay.api.models.client_bank_account import ClientBankAccount
from smarterpay.api.models.customer_account import CustomerAccount, CustomerAccountStatus
from smarterpay.api.models.mandate import Mandate, MandateStatus
from smarterpay.api.models.modulus_check import ModulusCheck
from smarterpay.api.models.recurrence_schedule import (
    RecurrenceSchedule,
    SchedulePaymentType,
    ScheduleStatus,
    ScheduleType,
)
from smarterpay.api.models.service_user_number import ServiceUserNumber
from tests.api import builders
from tests.api.builders import cloud_client
from tests.api.samples import WRAPPED as SINGLE_ANSWERS

CLOUD = cloud_client("http://127.0.0.1:1/")


def read(operation: str, document: Any) -> Any:
    return CLOUD.read(operation, Answer(operation, 200, json.dumps(document).encode()))


def test_section_7_1_customer_account() -> None:
    found = read("customer_account.create", builders.CUSTOMER_ANSWER)
    assert isinstance(found, CustomerAccount)
    assert (found.id, found.email, found.city) == (
        "CA0175OW1YJV3Y8X29LV",
        "test@test.com",
        "testcity",
    )
    assert found.status is CustomerAccountStatus.ACTIVE
    assert found.created_at == datetime(2026, 6, 1, 8, tzinfo=UTC)
    assert (found.metadata, found.title) == (None, None)


def test_section_7_2_bank_account() -> None:
    found = read("bank_account.disable", builders.BANK_ACCOUNT_ANSWER)
    assert isinstance(found, BankAccount)
    assert (found.id, found.account_number, found.enabled) == ("BANK00003454", "12345678", True)
    assert found.created_at == datetime(2018, 8, 23, 12, 43, 17, tzinfo=UTC)
    assert (found.metadata, found.credits_allowed) == (None, None)


def test_section_7_3_account_validation() -> None:
    found = read("account_validation.get", builders.ACCOUNT_VALIDATION_ANSWER)
    assert isinstance(found, AccountValidation)
    assert found.successful_validation is False
    assert found.report == {"id": "r1", "created": 1685440000000, "userDataByProvider": []}
    assert found.mandate_id is None


def test_section_7_3_a_report_that_is_no_json_stays_a_text() -> None:
    found = read("account_validation.get", {"account_validation": {"id": "AV1", "report": "{"}})
    assert found.report == "{"


def test_section_7_4_modulus_check() -> None:
    found = read("modulus_check.create", builders.MODULUS_CHECK_ANSWER)
    assert isinstance(found, ModulusCheck)
    assert found.account_code_ok is True
    assert (found.credits_allowed, found.direct_debits) == (True, True)
    assert found.direct_debit_instruction_ok is True
    assert (found.bank_address2, found.bank_address_post_code) == (None, "E14 5HP")


@pytest.mark.parametrize("missing", [{}, {"AccountCodeOK": ""}, {"AccountCodeOK": None}])
def test_section_7_4_a_check_that_does_not_say_is_no_answer(missing: dict[str, Any]) -> None:
    with pytest.raises(UnexpectedAnswer, match="account_code_ok"):
        read("modulus_check.create", {"Modulus_Check": missing})


def test_section_7_5_mandate() -> None:
    found = read("mandate.get", builders.MANDATE_ANSWER)
    assert isinstance(found, Mandate)
    assert (found.sun_name, found.sun_number) == ("Smarterpay Test", "100263")
    assert found.only_account_holder is False
    assert found.dd_status is MandateStatus.NEW_INSTRUCTION
    assert found.originator_sort_code == "123456"


def test_section_7_6_client_bank_account() -> None:
    found = read("client_bank_account.by_sun", builders.CLIENT_BANK_ACCOUNT_ANSWER)
    assert isinstance(found, ClientBankAccount)
    assert (found.id, found.sun, found.default_account) == ("CBA-0000001", "122", False)
    assert (found.account_number, found.friendly_name) == ("*****102", "Test SUn 1")


def test_section_7_6_service_user_number() -> None:
    found = read("service_user_number.get", builders.SERVICE_USER_NUMBER_ANSWER)
    assert isinstance(found, ServiceUserNumber)
    assert (found.sun, found.default_sun, found.active) == ("100263", True, True)


def test_section_7_11_recurrence_schedule() -> None:
    found = read("recurrence_schedule.create", builders.SCHEDULE_ANSWER)
    assert isinstance(found, RecurrenceSchedule)
    assert (found.amount, found.first_collection_amount) == (2500, 3000)
    assert (found.collection_stretch, found.collection_day) == (1, "1")
    assert (found.first_collection_date, found.end_date) == (date(2026, 7, 1), None)
    assert found.status is ScheduleStatus.ACTIVE
    assert found.type is ScheduleType.ONGOING
    assert found.payment_type is SchedulePaymentType.DIRECT_DEBIT
    assert found.upcoming_payments is not None
    (upcoming,) = found.upcoming_payments
    assert (upcoming.collection_date, upcoming.amount) == (date(2026, 7, 1), 3000)


@pytest.mark.parametrize("empty", ["", None, [], "[]"])
def test_section_7_11_upcoming_payments_may_be_absent_or_a_string(empty: object) -> None:
    record = {**builders.SCHEDULE_ANSWER["recurrence_schedule"], "upcoming_payments": empty}
    assert not read("recurrence_schedule.get", {"recurrence_schedule": record}).upcoming_payments
    inside = '[{"collection_date":"2026-07-01","amount":2500}]'
    found = read(
        "recurrence_schedule.get", {"recurrence_schedule": {**record, "upcoming_payments": inside}}
    )
    assert [item.amount for item in found.upcoming_payments] == [2500]


def test_section_7_17_bank_account_check() -> None:
    found = read("bank_account_check.create", builders.BANK_ACCOUNT_CHECK_ANSWER)
    assert isinstance(found, BankAccountCheck)
    assert (found.check_type, found.account_type) == (1, 1)
    outcome = found.confirmation_of_payee
    assert outcome is not None
    assert (outcome.result, outcome.reason_code) == (True, "MATC")
    assert outcome.name_match_result is NameMatch.FULL
    assert outcome.returned_customer_name == "James Hetfield"


@pytest.mark.parametrize("operation", sorted(SINGLE_ANSWERS))
def test_every_property_of_the_samples_has_an_attribute(operation: str) -> None:
    assert read(operation, SINGLE_ANSWERS[operation]).unknown_fields == {}


@pytest.mark.parametrize("operation", sorted(SINGLE_ANSWERS))
def test_no_personal_value_shows(operation: str) -> None:
    shown = repr(read(operation, SINGLE_ANSWERS[operation]))
    for value in (
        "Hetfield",
        "Test Name",
        "test@test.com",
        "testcity",
        "75849855",
        "12345678",
        "200052",
        "123456",
        "*****102",
        "userDataByProvider",
        "CU01SANDBOXUSER",
        "accountvalidation.smarterpaycloud.com",
        "Canary",
    ):
        assert value not in shown


@pytest.mark.parametrize("name", sorted({shape.answer for shape in SHAPES.values()}, key=str))
def test_design_7_attributes_are_plain_snake_case(name: type[Record]) -> None:
    assert all(re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", field) for field in name.model_fields)


# --- Envelopes -------------------------------------------------------------------------------


@pytest.mark.parametrize("envelope", ["Mandate", "mandate", "MANDATE"])
def test_section_5_envelope_case(envelope: str) -> None:
    assert read("mandate.get", {envelope: {"id": "M01X"}}).id == "M01X"


def test_section_6_one_object_or_an_array_of_one() -> None:
    assert read("client_bank_account.by_sun", {"Client_Bank_Accounts": [{"ID": "a"}]}).id == "a"
    page = read("client_bank_account.list", {"Client_Bank_Accounts": {"ID": "a"}})
    assert [record.id for record in page.records] == ["a"]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"mandates": {"id": "M01X"}},
        {"id": "M01X"},
        {"error": {"message": "no"}},
        {"Mandate": None},
        {"Mandate": "M01X"},
        {"Mandate": []},
        {"Mandate": [{"id": "M1"}, {"id": "M2"}]},
        {"Mandate": {}},
        {"Mandate": {"id": ""}},
        {"Mandate": {"id": "M01X", "created_at": "Canary"}},
    ],
)
def test_a_2xx_that_is_not_the_record_is_unexpected(document: Any) -> None:
    with pytest.raises(UnexpectedAnswer) as caught:
        read("mandate.get", document)
    assert caught.value.status == 200
    assert caught.value.body == json.dumps(document).encode()
    assert "Canary" not in str(caught.value)


@pytest.mark.parametrize("document", [{}, {"Mandates": None}, {"Mandates": ""}, {"Mandate": []}])
def test_a_list_is_never_empty_by_accident(document: Any) -> None:
    """A look-up that reads "none" would create the record again: only `[]` means none."""
    with pytest.raises(UnexpectedAnswer):
        read("mandate.list", document)


def _cased(record: dict[str, Any], change: Any) -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        yield change(name), value


@pytest.mark.parametrize("change", [str.upper, str.lower, str.title])
@pytest.mark.parametrize("operation", sorted(SINGLE_ANSWERS))
def test_section_5_samples_in_any_case_are_the_same_record(operation: str, change: Any) -> None:
    ((envelope, record),) = SINGLE_ANSWERS[operation].items()
    changed = {change(envelope): dict(_cased(record, change))}
    assert read(operation, changed) == read(operation, SINGLE_ANSWERS[operation])
