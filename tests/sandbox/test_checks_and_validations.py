"""Sections 7.3, 7.4 and 7.17: validations, modulus checks, Confirmation of Payee."""

import json
from typing import Any

import httpx
import pytest

from tests.sandbox.caller import ACCOUNT, Caller, faulty, only

MAIN = "OB01SANDBOXMAIN00001"
CHECK = ACCOUNT | {"check_type": 1, "account_type": 1}


def test_a_modulus_check_section_7_4(api: Caller) -> None:
    checked = api.make("Modulus_Check", account_number="75849855", sort_code="200052")
    assert checked == {
        "AccountCodeOK": True,
        "account_number": "75849855",
        "sort_code": "200052",
        "bank_name": "BARCLAYS BANK PLC",
        "bank_address1": checked["bank_address1"],
        "bank_address2": checked["bank_address2"],
        "bank_address3": "",
        "bank_address4": "",
        "bank_addressPostCode": checked["bank_addressPostCode"],
        "credits_allowed": True,
        "direct_debits": True,
        "direct_debit_instruction_ok": True,
    }
    assert checked["bank_address1"]
    assert checked["bank_addressPostCode"]


def test_an_invalid_pair_is_a_200_that_says_so_sections_7_4_and_13(api: Caller) -> None:
    checked = api.make("Modulus_Check", account_number="12345900", sort_code="200052")
    assert checked.pop("account_number") == "12345900"
    assert checked.pop("sort_code") == "200052"
    flags = {"AccountCodeOK", "credits_allowed", "direct_debits", "direct_debit_instruction_ok"}
    assert all(checked[name] is False for name in flags)
    assert all(value == "" for name, value in checked.items() if name not in flags)


@pytest.mark.parametrize(
    ("ending", "credits_allowed", "debits"), [("901", True, False), ("902", False, True)]
)
def test_flags_of_a_modulus_check_sections_7_4_and_13(
    api: Caller, ending: str, credits_allowed: bool, debits: bool
) -> None:
    checked = api.make("Modulus_Check", account_number="12345" + ending, sort_code="200052")
    assert checked["AccountCodeOK"] is True
    assert checked["credits_allowed"] is credits_allowed
    assert checked["direct_debits"] is debits
    assert checked["direct_debit_instruction_ok"] is debits


@pytest.mark.parametrize(
    ("field", "value"),
    [("account_number", "123"), ("sort_code", "20-00-52"), ("account_name", "x" * 91)],
)
def test_malformed_details_are_400_section_7_4(api: Caller, field: str, value: str) -> None:
    assert faulty(api.post("Modulus_Check", ACCOUNT | {field: value})) == [field]


def test_a_modulus_check_can_start_a_validation_section_7_4(api: Caller) -> None:
    checked = api.make("Modulus_Check", **ACCOUNT, account_validation=True, metadata="m")
    validation_id = checked["account_validation_id"]
    assert checked["account_validation_url"].endswith(f"?ID={validation_id}")
    assert api.read("account_validation", validation_id)["successful_validation"] is False
    api.sandbox.advance(60)
    done = api.read("account_validation", validation_id)
    assert done["successful_validation"] is True
    assert (done["account_name"], done["metadata"]) == ("J Hetfield", "m")
    assert api.sandbox.counts()["bank_accounts"] == api.sandbox.counts()["mandates"] == 0


def test_a_validation_with_a_modulus_check_needs_a_name_and_the_option_section_7_4(
    api: Caller,
) -> None:
    nameless = {"account_number": "75849855", "sort_code": "200052", "account_validation": True}
    assert faulty(api.post("Modulus_Check", nameless)) == ["account_name"]
    api.sandbox.settings(account_validation=False)
    wanted = ACCOUNT | {"account_validation": True}
    assert faulty(api.post("Modulus_Check", wanted)) == ["account_validation"]


def test_no_validation_starts_for_an_invalid_pair_section_7_4(api: Caller) -> None:
    fields = ACCOUNT | {"account_number": "12345900", "account_validation": True}
    assert api.make("Modulus_Check", **fields)["account_validation_id"] == ""
    assert api.sandbox.counts()["account_validations"] == 0


def test_a_stand_alone_validation_waits_for_the_customer_section_7_3(api: Caller) -> None:
    made = api.make("account_validation", client_bank_account_id=MAIN)
    url = made["account_validation_url"]
    assert made == {
        "id": made["id"],
        "account_name": None,
        "account_number": None,
        "sort_code": None,
        "account_validation_url": f"http://sandbox.test/_sandbox/validation?ID={made['id']}",
        "client_bank_account_id": MAIN,
        "mandate_id": None,
        "message": None,
        "error_message": None,
        "metadata": None,
        "metadata_bank_account": None,
        "metadata_mandate": None,
        "reference": None,
        "return_url": None,
        "report": None,
        "successful_validation": False,
    }
    assert url
    api.sandbox.advance(59)
    assert api.read("account_validation", made["id"]) == made


def test_success_creates_bank_account_and_mandate_sections_7_3_and_13(api: Caller) -> None:
    made = api.make(
        "account_validation",
        client_bank_account_id="CBA-0000001",
        reference="SIGN UP 1",
        metadata="v",
        metadata_bank_account="b",
        metadata_mandate="m",
        return_url="https://example.com/done",
    )
    assert made["client_bank_account_id"] == "OB01SANDBOXSECOND001"
    api.sandbox.advance(60)
    done = api.read("account_validation", made["id"])
    assert done["successful_validation"] is True
    assert (done["account_name"], done["sort_code"], done["account_number"]) == (
        "J Hetfield",
        "902127",
        "29823529",
    )
    mandate = api.read("Mandate", done["mandate_id"])
    assert (mandate["auddis"], mandate["metadata"]) == ("SIGN UP 1", "m")
    assert (mandate["Sun_Number"], mandate["dd_status"]) == ("122", "new instruction")
    account = api.read("bank_account", mandate["customer_bank_account"])
    assert (account["account_number"], account["metadata"]) == ("29823529", "b")


def test_the_report_is_json_inside_a_string_section_7_3(api: Caller) -> None:
    made = api.make("account_validation", client_bank_account_id=MAIN)
    api.sandbox.advance(60)
    report = json.loads(api.read("account_validation", made["id"])["report"])
    (bank,) = report["userDataByProvider"]
    (held,) = bank["accounts"]
    assert report["id"] == made["id"]
    assert report["created"] == 1780300800000
    assert bank["updated"] == 1780300860000
    assert held["accountNumber"] == "90212729823529"
    assert held["accountIdentifiers"]["bacs"] == {
        "sortCode": "902127",
        "accountNumber": "29823529",
    }
    assert held["parties"][0]["identity"]["name"] == held["holderName"] == "J Hetfield"


@pytest.mark.parametrize(
    ("reference", "message", "error"),
    [
        ("NOMATCH 1", "Account name match 40%", False),
        ("PENDING 1", None, False),
        ("AVERROR 1", "Validation not completed", True),
    ],
)
def test_a_reference_decides_a_stand_alone_validation_section_13(
    api: Caller, reference: str, message: str | None, error: bool
) -> None:
    made = api.make("account_validation", client_bank_account_id=MAIN, reference=reference)
    api.sandbox.advance("1h")
    after = api.read("account_validation", made["id"])
    assert after["successful_validation"] is False
    assert after["message"] == message
    assert (after["error_message"] is not None) == error
    assert api.sandbox.counts()["bank_accounts"] == api.sandbox.counts()["mandates"] == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("client_bank_account_id", None),
        ("client_bank_account_id", "OB01ZZZZZZZZZZZZZZZZ"),
        ("reference", "x" * 19),
        ("reference", "lower"),
        ("return_url", "x" * 501),
        ("metadata", "x" * 1001),
        ("metadata_mandate", "x" * 1001),
    ],
)
def test_fields_of_a_validation_that_are_refused_section_7_3(
    api: Caller, field: str, value: Any
) -> None:
    fields = {"client_bank_account_id": MAIN} | {field: value}
    assert faulty(api.post("account_validation", fields)) == [field]


def test_a_taken_reference_is_refused_section_7_3(api: Caller) -> None:
    api.mandate(auddis="TAKEN01")
    fields = {"client_bank_account_id": MAIN, "reference": "TAKEN01"}
    assert faulty(api.post("account_validation", fields)) == ["reference"]


def test_a_reference_taken_meanwhile_gives_way_to_a_generated_one_section_7_3(api: Caller) -> None:
    made = api.make("account_validation", client_bank_account_id=MAIN, reference="LATER01")
    api.mandate(auddis="LATER01")
    api.sandbox.advance(60)
    done = api.read("account_validation", made["id"])
    assert done["reference"].startswith("MA")
    assert api.read("Mandate", done["mandate_id"])["auddis"] == done["reference"]


def test_the_option_can_be_off_section_7_3(api: Caller) -> None:
    api.sandbox.settings(account_validation=False)
    answer = api.post("account_validation", {"client_bank_account_id": MAIN})
    assert answer.status_code == 400


def test_a_validation_has_no_list_and_no_put_section_7_3(api: Caller) -> None:
    made = api.make("account_validation", client_bank_account_id=MAIN)
    assert api.get("accountvalidations").status_code == 404
    assert api.put("account_validation", made["id"], {}).status_code == 405


def test_the_control_call_beats_the_test_value_section_13(api: Caller) -> None:
    made = api.make("account_validation", client_bank_account_id=MAIN, reference="PENDING 1")
    done = api.sandbox.control(f"validations/{made['id']}/complete", {})
    assert done["successful_validation"] is True
    assert api.sandbox.counts()["mandates"] == 1
    api.sandbox.advance("1h")
    assert api.sandbox.counts()["mandates"] == 1


@pytest.mark.parametrize(
    ("body", "status"), [({"outcome": "match"}, 409), ({"outcome": "perhaps"}, 409)]
)
def test_a_validation_has_one_result_only_section_12(
    api: Caller, body: dict[str, str], status: int
) -> None:
    made = api.make("account_validation", client_bank_account_id=MAIN)
    path = f"{api.sandbox.base_url}/_sandbox/validations/{made['id']}/complete"
    assert httpx.post(path, json={"outcome": "perhaps"}, trust_env=False).status_code == 400
    api.sandbox.advance(60)
    assert httpx.post(path, json=body, trust_env=False).status_code == status


def test_the_link_leads_to_a_page_where_the_customer_decides_section_7_3(api: Caller) -> None:
    made = api.make("account_validation", client_bank_account_id=MAIN)
    path = made["account_validation_url"].removeprefix("http://sandbox.test")
    page = httpx.get(api.sandbox.base_url + path, trust_env=False)
    assert "outcome=nomatch" in page.text
    url = f"{api.sandbox.base_url}{path}&outcome=nomatch"
    decided = httpx.post(url, trust_env=False)
    assert "Account name match 40%" in decided.text
    assert "outcome=" not in decided.text
    unknown = f"{api.sandbox.base_url}/_sandbox/validation?ID=AV01"
    assert httpx.get(unknown, trust_env=False).status_code == 404


def test_a_bank_account_check_section_7_17(api: Caller) -> None:
    made = api.make("bank_account_check", **CHECK)
    assert made == {
        "id": made["id"],
        "created_at": "2026-06-01T08:00:00Z",
        "edited_at": "2026-06-01T08:00:00Z",
        "created_by": "CU01SANDBOXUSER00001",
        "edited_by": "CU01SANDBOXUSER00001",
        "client_reference_id": None,
        **CHECK,
        "metadata": None,
        "confirmation_of_payer": {
            "result": True,
            "result_text": made["confirmation_of_payer"]["result_text"],
            "name_match_result": "Full",
            "account_type_result": True,
            "reason_code": "MATC",
            "returned_customer_name": "J Hetfield",
        },
    }
    assert api.read("bank_account_check", made["id"]) == made


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [
        ("CLOSE", ("Close", True, "MBAM", "J Hetfield")),
        ("NOMATCH", ("No", True, "ANNM", None)),
        ("WRONGTYPE", ("Full", False, "BANM", None)),
        ("NOTFOUND", ("No", None, "AC01", None)),
    ],
)
def test_the_name_decides_a_check_and_a_negative_outcome_is_200_sections_7_17_and_13(
    api: Caller, ending: str, outcome: tuple[Any, ...]
) -> None:
    made = api.make("bank_account_check", **CHECK | {"account_name": f"J Hetfield {ending}"})
    told = made["confirmation_of_payer"]
    assert told["result"] is False
    assert outcome == (
        told["name_match_result"],
        told["account_type_result"],
        told["reason_code"],
        told["returned_customer_name"],
    )


def test_a_name_that_only_sounds_like_a_test_value_is_none_section_13(api: Caller) -> None:
    made = api.make("bank_account_check", **CHECK | {"account_name": "Glenn Close"})
    assert made["confirmation_of_payer"]["result"] is True


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("account_name", "x" * 81),
        ("account_name", ""),
        ("account_number", "123456789"),
        ("account_number", "12-34"),
        ("sort_code", "1234567"),
        ("check_type", 2),
        ("check_type", None),
        ("account_type", 3),
        ("account_type", True),
        ("metadata", "x" * 256),
    ],
)
def test_fields_of_a_check_that_are_refused_section_7_17(
    api: Caller, field: str, value: Any
) -> None:
    assert faulty(api.post("bank_account_check", CHECK | {field: value})) == [field]


def test_short_numbers_and_number_strings_are_taken_section_7_17(api: Caller) -> None:
    fields = {"account_number": "1", "sort_code": "12345", "check_type": "1", "account_type": "2"}
    made = only(api.post("bank_account_check", CHECK | fields), "bank_account_check")
    assert (made["account_number"], made["check_type"], made["account_type"]) == ("1", 1, 2)
