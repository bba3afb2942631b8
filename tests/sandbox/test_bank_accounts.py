"""Section 7.2: bank accounts, with the test values of section 13."""

from typing import Any

import pytest

from tests.sandbox.caller import ACCOUNT, Caller, faulty, only


def test_the_single_answer_section_7_2(api: Caller) -> None:
    customer = api.customer()
    made = api.account(
        account_number="12345678",
        sort_code="123456",
        account_name="Test Name",
        customer_account=customer["id"],
        custom_reference="XYZ",
        metadata="",
    )
    assert made == {
        "id": made["id"],
        "created_at": "2026-06-01T08:00:00Z",
        "account_number": "12345678",
        "sort_code": "123456",
        "account_name": "Test Name",
        "bank_name": "BARCLAYS BANK PLC",
        "customer_account": customer["id"],
        "enabled": True,
        "custom_reference": "XYZ",
        "metadata": "",
        "credits_allowed": True,
        "debits_allowed": True,
    }
    assert api.read("bank_account", made["id"]) == made


def test_in_lists_the_id_is_spelt_otherwise_section_7_2(api: Caller) -> None:
    made = api.account()
    (listed,) = api.get("bankaccounts").json()["bank_accounts"]
    assert listed == {"Id": made["id"]} | {k: v for k, v in made.items() if k != "id"}


def test_without_a_customer_the_field_is_empty_section_7_2(api: Caller) -> None:
    assert api.account()["customer_account"] == ""
    assert api.account(customer_account="")["customer_account"] == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("account_number", "1234567"),
        ("account_number", "123456789"),
        ("account_number", "1234-678"),
        ("account_number", 75849855),
        ("account_number", "٧٥٨٤٩٨٥٥"),
        ("account_number", None),
        ("sort_code", "20005"),
        ("sort_code", "20-00-52"),
        ("sort_code", 200052),
        ("sort_code", ""),
        ("account_name", ""),
        ("account_name", "x" * 91),
        ("custom_reference", "x" * 51),
        ("metadata", "x" * 1001),
        ("customer_account", "CA01ZZZZZZZZZZZZZZZZ"),
        ("credits_allowed", "perhaps"),
    ],
)
def test_fields_that_are_refused_section_7_2(api: Caller, field: str, value: Any) -> None:
    assert faulty(api.post("bank_account", ACCOUNT | {field: value})) == [field]
    assert api.sandbox.counts()["bank_accounts"] == 0


def test_leading_zeros_and_longest_texts_are_kept_section_7_2(api: Caller) -> None:
    fields: dict[str, Any] = {
        "account_number": "00000012",
        "sort_code": "000001",
        "account_name": "x" * 90,
        "custom_reference": "y" * 50,
        "metadata": "z" * 1000,
    }
    made = api.account(**fields)
    assert {name: made[name] for name in fields} == fields


@pytest.mark.parametrize(
    ("ending", "credits_allowed", "debits_allowed"),
    [("901", True, False), ("902", False, True), ("903", True, True), ("919", True, True)],
)
def test_what_the_modulus_check_permits_sections_7_2_and_13(
    api: Caller, ending: str, credits_allowed: bool, debits_allowed: bool
) -> None:
    made = api.account(account_number="12345" + ending)
    assert (made["credits_allowed"], made["debits_allowed"]) == (credits_allowed, debits_allowed)


def test_a_modulus_failure_is_400_on_account_number_sections_7_2_and_13(api: Caller) -> None:
    answer = api.post("bank_account", ACCOUNT | {"account_number": "12345900"})
    assert faulty(answer) == ["account_number"]
    assert "12345900" not in answer.text


@pytest.mark.parametrize("value", [False, "False", "false"])
def test_flags_switch_off_what_is_permitted_section_7_2(api: Caller, value: Any) -> None:
    made = api.account(credits_allowed=value, debits_allowed=value)
    assert (made["credits_allowed"], made["debits_allowed"]) == (False, False)


def test_flags_never_switch_on_what_is_forbidden_section_7_2(api: Caller) -> None:
    made = api.account(account_number="12345901", debits_allowed=True)
    assert made["debits_allowed"] is False


def test_duplicates_are_allowed_section_7_2(api: Caller) -> None:
    assert api.account()["id"] != api.account()["id"]


def test_a_put_enables_or_disables_and_does_nothing_else_section_7_2(api: Caller) -> None:
    made = api.account()
    changed = api.put("bank_account", made["id"], {"enabled": False, "account_name": "Other"})
    assert only(changed, "bank_account") == made | {"enabled": False}
    assert faulty(api.put("bank_account", made["id"], {"account_name": "Other"})) == ["enabled"]
    again = api.put("bank_account", made["id"], {"enabled": True})
    assert only(again, "bank_account") == made


def test_a_delete_disables_and_erases_nothing_section_7_2(api: Caller) -> None:
    made = api.account()
    gone = api.send("DELETE", f"bankaccount/{made['id']}")
    assert only(gone, "bank_account") == made | {"enabled": False}
    assert api.send("DELETE", f"bankaccount/{made['id']}").content == gone.content
    assert api.read("bank_account", made["id"])["enabled"] is False


def test_disabling_through_the_api_does_not_cascade_section_7_2(api: Caller) -> None:
    account = api.account()
    mandate = api.mandate(customer_bank_account=account["id"])
    schedule = api.schedule(auddis=mandate["auddis"])
    api.send("DELETE", f"bankaccount/{account['id']}")
    assert api.read("Mandate", mandate["id"])["dd_status"] == "new instruction"
    assert api.read("recurrence_schedule", schedule["id"])["status"] == "active"


def test_a_switch_makes_disabling_cascade_section_7_2(api: Caller) -> None:
    api.sandbox.settings(bank_disable_cascades=True)
    account = api.account()
    mandate = api.mandate(customer_bank_account=account["id"])
    schedule = api.schedule(auddis=mandate["auddis"])
    api.put("bank_account", account["id"], {"enabled": False})
    assert api.read("Mandate", mandate["id"])["dd_status"] == "cancelled"
    assert api.read("recurrence_schedule", schedule["id"])["status"] == "inactive"


def test_credit_anti_fraud_opens_credits_with_an_ongoing_mandate_section_7_2(api: Caller) -> None:
    api.sandbox.settings(credit_anti_fraud=True)
    account = api.account()
    assert account["credits_allowed"] is False
    mandate = api.mandate(customer_bank_account=account["id"])
    api.put("Mandate", mandate["id"], {"dd_status": "first collection"})
    assert api.read("bank_account", account["id"])["credits_allowed"] is False
    api.put("Mandate", mandate["id"], {"dd_status": "ongoing collection"})
    assert api.read("bank_account", account["id"])["credits_allowed"] is True


def test_credit_anti_fraud_opens_with_a_mandate_entered_as_ongoing_section_7_2(api: Caller) -> None:
    api.sandbox.settings(credit_anti_fraud=True)
    account = api.account()
    api.mandate(customer_bank_account=account["id"], dd_status="ongoing collection")
    assert api.read("bank_account", account["id"])["credits_allowed"] is True


@pytest.mark.parametrize("fields", [{"account_number": "12345902"}, {"credits_allowed": False}])
def test_credit_anti_fraud_never_opens_what_is_forbidden_section_7_2(
    api: Caller, fields: dict[str, Any]
) -> None:
    api.sandbox.settings(credit_anti_fraud=True)
    account = api.account(**fields)
    api.mandate(customer_bank_account=account["id"], dd_status="ongoing collection")
    assert api.read("bank_account", account["id"])["credits_allowed"] is False
