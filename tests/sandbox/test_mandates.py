"""Sections 7.5, 10, 11 and 13: mandates."""

from typing import Any

import httpx
import pytest

from tests.sandbox.caller import Caller, faulty, only
from tests.sandbox_process import SandboxProcess


def test_the_single_answer_section_7_5(api: Caller) -> None:
    customer = api.customer()
    account = api.account(customer_account=customer["id"])
    made = api.mandate(
        customer_bank_account=account["id"],
        auddis="FBMAN00000373",
        I_am_the_only_account_holder="false",
    )
    assert made == {
        "I_am_the_only_account_holder": "false",
        "Sun_Name": "Smarterpay Test",
        "Sun_Number": "100263",
        "account_name": "J Hetfield",
        "account_number": "75849855",
        "auddis": "FBMAN00000373",
        "bank_name": "BARCLAYS BANK PLC",
        "client_bank_account_id": "OB01SANDBOXMAIN00001",
        "created_at": "2026-06-01T08:00:00Z",
        "customer_account": customer["id"],
        "customer_bank_account": account["id"],
        "dd_status": "new instruction",
        "id": made["id"],
        "metadata": "",
        "originator_account_number": "12345678",
        "originator_sort_code": "123456",
        "sort_code": "200052",
    }
    assert api.read("Mandate", made["id"]) == made


def test_defaults_section_7_5(api: Caller) -> None:
    made = api.mandate()
    assert made["dd_status"] == "new instruction"
    assert made["I_am_the_only_account_holder"] == "true"
    assert made["customer_account"] == ""
    assert made["auddis"].startswith("MA")
    assert len(made["auddis"]) == 10
    assert made["auddis"][2:].isdigit()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("customer_bank_account", None),
        ("customer_bank_account", "BA01ZZZZZZZZZZZZZZZZ"),
        ("auddis", "x" * 19),
        ("auddis", "lower"),
        ("auddis", "UMLAUT\u00c4"),
        ("auddis", "UNDER_SCORE"),
        ("client_bank_account_id", "OB01ZZZZZZZZZZZZZZZZ"),
        ("dd_status", "nonsense"),
        ("dd_status", "expired"),
        ("dd_status", "cancelled by payer"),
        ("dd_status", "await validation"),
        ("metadata", "x" * 1001),
        ("I_am_the_only_account_holder", "maybe"),
        ("account_validation", "maybe"),
    ],
)
def test_fields_that_are_refused_section_7_5(api: Caller, field: str, value: Any) -> None:
    fields = {"customer_bank_account": api.account()["id"]} | {field: value}
    assert faulty(api.post("Mandate", fields)) == [field]
    assert api.sandbox.counts()["mandates"] == 0


@pytest.mark.parametrize("reference", ["A", "ABC-12/3.4&5 6", "0" * 18])
def test_references_that_are_taken_section_7_5(api: Caller, reference: str) -> None:
    assert api.mandate(auddis=reference)["auddis"] == reference


@pytest.mark.parametrize(
    "status",
    ["on hold", "new instruction", "first collection", "ongoing collection", "cancelled"],
)
def test_statuses_a_mandate_can_start_with_sections_7_5_and_5(api: Caller, status: str) -> None:
    assert api.mandate(dd_status=status)["dd_status"] == status
    assert api.mandate(dd_status=status.replace(" ", "_"))["dd_status"] == status


def test_a_disabled_account_is_refused_section_7_2(api: Caller) -> None:
    account = api.account()
    api.send("DELETE", f"bankaccount/{account['id']}")
    answer = api.post("Mandate", {"customer_bank_account": account["id"]})
    assert faulty(answer) == ["customer_bank_account"]


def test_an_account_without_direct_debits_is_refused_sections_7_5_and_13(api: Caller) -> None:
    account = api.account(account_number="12345901")
    answer = api.post("Mandate", {"customer_bank_account": account["id"]})
    assert faulty(answer) == ["customer_bank_account"]


def test_a_reference_is_unique_within_a_sun_section_7_5(api: Caller) -> None:
    account = api.account()["id"]
    first = {"customer_bank_account": account, "auddis": "MEMBER 1"}
    api.make("Mandate", **first)
    assert faulty(api.post("Mandate", first)) == ["auddis"]
    other_sun = first | {"client_bank_account_id": "OB01SANDBOXSECOND001"}
    assert api.make("Mandate", **other_sun)["Sun_Number"] == "122"


@pytest.mark.parametrize("named", ["OB01SANDBOXSECOND001", "CBA-0000001"])
def test_the_own_account_decides_the_sun_sections_7_5_and_1(api: Caller, named: str) -> None:
    """A legacy id is accepted wherever a new id is."""
    made = api.mandate(client_bank_account_id=named)
    assert made["client_bank_account_id"] == "OB01SANDBOXSECOND001"
    assert (made["Sun_Number"], made["Sun_Name"]) == ("122", "tes1")
    assert made["originator_account_number"] == "10000102"


def test_a_put_changes_own_account_and_metadata_section_7_5(api: Caller) -> None:
    made = api.mandate(metadata="old")
    changes = {"client_bank_account_id": "OB01SANDBOXSECOND001", "metadata": None}
    changed = only(api.put("Mandate", made["id"], changes), "Mandate")
    assert (changed["Sun_Number"], changed["metadata"]) == ("122", "")
    assert (changed["auddis"], changed["dd_status"]) == (made["auddis"], made["dd_status"])
    assert api.read("Mandate", made["id"]) == changed


def test_a_put_cannot_move_onto_a_taken_reference_section_7_5(api: Caller) -> None:
    api.mandate(auddis="MEMBER 1", client_bank_account_id="OB01SANDBOXSECOND001")
    made = api.mandate(auddis="MEMBER 1")
    changes = {"client_bank_account_id": "OB01SANDBOXSECOND001"}
    assert faulty(api.put("Mandate", made["id"], changes)) == ["client_bank_account_id"]


@pytest.mark.parametrize(
    ("core", "moved", "allowed"),
    [(True, "MEMBER12", False), (True, "MEMBER34", True), (False, "MEMBER12", True)],
)
def test_a_put_cannot_make_core_references_overlap_section_7_5(
    api: Caller, core: bool, moved: str, allowed: bool
) -> None:
    api.sandbox.settings(core_reference=core)
    own, account = {"client_bank_account_id": "OB01SANDBOXSECOND001"}, api.account()["id"]
    api.mandate(auddis="MEMBER1", customer_bank_account=account, **own)
    made = api.mandate(auddis=moved, customer_bank_account=account)
    answer = api.put("Mandate", made["id"], own)
    assert (answer.status_code == 200) == allowed
    if not allowed:
        assert faulty(answer) == ["client_bank_account_id"]


@pytest.mark.parametrize(
    ("source", "target", "allowed"),
    [
        ("new instruction", "first collection", True),
        ("new instruction", "ongoing collection", False),
        ("new instruction", "on hold", True),
        ("new instruction", "cancelled", True),
        ("new instruction", "new instruction", True),
        ("first collection", "ongoing collection", True),
        ("first collection", "new instruction", False),
        ("first collection", "on hold", True),
        ("ongoing collection", "first collection", False),
        ("ongoing collection", "on hold", True),
        ("ongoing collection", "cancelled", True),
        ("on hold", "new instruction", True),
        ("on hold", "first collection", True),
        ("on hold", "ongoing collection", True),
        ("on hold", "cancelled", True),
        ("cancelled", "new instruction", False),
        ("cancelled", "cancelled", False),
    ],
)
def test_what_a_put_may_change_section_11(
    api: Caller, source: str, target: str, allowed: bool
) -> None:
    made = api.mandate(dd_status=source)
    answer = api.put("Mandate", made["id"], {"dd_status": target})
    if allowed:
        assert only(answer, "Mandate")["dd_status"] == target
    else:
        assert faulty(answer) == ["dd_status"]
        assert api.read("Mandate", made["id"])["dd_status"] == source


def test_a_refused_put_changes_nothing_section_4(api: Caller) -> None:
    made = api.mandate(dd_status="cancelled")
    api.put("Mandate", made["id"], {"dd_status": "new instruction", "metadata": "new"})
    api.put("Mandate", made["id"], {"bacs_code": "nonsense", "metadata": "new"})
    assert api.read("Mandate", made["id"]) == made


def test_cancelling_makes_its_schedules_inactive_section_7_5(api: Caller) -> None:
    mandate, other = api.mandate(), api.mandate()
    schedules = [api.schedule(auddis=mandate["auddis"]) for _ in range(2)]
    untouched = api.schedule(auddis=other["auddis"])
    answer = api.put("Mandate", mandate["id"], {"dd_status": "cancelled"})
    assert only(answer, "Mandate")["dd_status"] == "cancelled"
    for schedule in schedules:
        stopped = api.read("recurrence_schedule", schedule["id"])
        assert (stopped["status"], stopped["upcoming_payments"]) == ("inactive", [])
    assert api.read("recurrence_schedule", untouched["id"])["status"] == "active"


def test_holding_leaves_schedules_active_section_11(api: Caller) -> None:
    mandate = api.mandate()
    schedule = api.schedule(auddis=mandate["auddis"])
    api.put("Mandate", mandate["id"], {"dd_status": "on hold"})
    assert api.read("recurrence_schedule", schedule["id"])["status"] == "active"


@pytest.mark.parametrize(
    ("code", "shown", "mandate_status", "schedule_status", "enabled"),
    [
        ("ADDACS 1", "ADDACS1", "cancelled by payer", "inactive", True),
        ("ADDACS1", "ADDACS1", "cancelled by payer", "inactive", True),
        ("ADDACS 3", "ADDACS3", "cancelled by payer", "inactive", False),
        ("ADDACSB", "ADDACSB", "cancelled by payer", "inactive", False),
        ("ADDACSE", "ADDACSE", "new instruction", "active", True),
        ("ADDACSR", "ADDACSR", "new instruction", "active", True),
        ("AUDDIS5", "AUDDIS5", "cancelled by payer", "inactive", False),
        ("AUDDISM", "AUDDISM", "cancelled by payer", "inactive", True),
        ("ARUDD0", "ARUDD0", "new instruction", "active", True),
        ("ARUDD 1", "ARUDD1", "cancelled", "inactive", True),
        ("ARRUD1", "ARUDD1", "cancelled", "inactive", True),
        ("ARUDDB", "ARUDDB", "cancelled", "inactive", False),
        ("DDICA5", "DDICA5", "cancelled", "inactive", True),
        ("INPUTY", "INPUTY", "cancelled", "inactive", False),
        ("INPUTT", "INPUTT", "new instruction", "active", True),
    ],
)
def test_a_code_given_by_hand_takes_its_course_sections_7_5_and_10(  # noqa: PLR0917 - a table row
    api: Caller, code: str, shown: str, mandate_status: str, schedule_status: str, enabled: bool
) -> None:
    made = api.mandate()
    schedule = api.schedule(auddis=made["auddis"])
    changed = only(api.put("Mandate", made["id"], {"bacs_code": code}), "Mandate")
    assert changed["bacs_code"] == shown
    assert "bacs_description" in changed
    assert changed["dd_status"] == mandate_status
    assert api.read("recurrence_schedule", schedule["id"])["status"] == schedule_status
    assert api.read("bank_account", made["customer_bank_account"])["enabled"] is enabled


def test_a_code_reaches_this_mandate_only_section_10(api: Caller) -> None:
    """Other mandates on the same bank account wait for their own report."""
    account = api.account()["id"]
    first, second = (api.mandate(customer_bank_account=account) for _ in range(2))
    api.put("Mandate", first["id"], {"bacs_code": "ADDACS1"})
    assert api.read("Mandate", second["id"])["dd_status"] == "new instruction"


def test_a_code_on_a_mandate_that_ended_only_marks_it_section_11(api: Caller) -> None:
    made = api.mandate(dd_status="cancelled")
    changed = only(api.put("Mandate", made["id"], {"bacs_code": "ADDACS1"}), "Mandate")
    assert (changed["dd_status"], changed["bacs_code"]) == ("cancelled", "ADDACS1")
    assert changed["bacs_description"] == "instruction cancelled by payer"


@pytest.mark.parametrize("code", ["nonsense", "ADDACS", "ADDACS 12", ""])
def test_what_is_no_code_is_refused_section_7_5(api: Caller, code: str) -> None:
    assert faulty(api.put("Mandate", api.mandate()["id"], {"bacs_code": code})) == ["bacs_code"]


def test_validation_and_code_fields_appear_only_when_set_section_7_5(api: Caller) -> None:
    plain = api.mandate()
    optional = {"account_validation_id", "account_validation_url", "bacs_code", "bacs_description"}
    assert not optional & set(plain)
    assert {"account_validation_id", "account_validation_url"} <= set(
        api.mandate(account_validation=True)
    )


@pytest.mark.parametrize(
    ("name", "status", "successful"),
    [
        ("J Hetfield", "new instruction", True),
        ("J Hetfield NOMATCH", "failed validation", False),
        ("J Hetfield PENDING", "await validation", False),
        ("J Hetfield AVERROR", "await validation", False),
    ],
)
def test_a_validated_mandate_is_decided_one_minute_later_sections_11_and_13(
    api: Caller, name: str, status: str, successful: bool
) -> None:
    account = api.account(account_name=name)
    made = api.mandate(customer_bank_account=account["id"], account_validation=True)
    assert made["dd_status"] == "await validation"
    validation_id = made["account_validation_id"]
    assert made["account_validation_url"].endswith(f"/_sandbox/validation?ID={validation_id}")
    api.sandbox.advance(59)
    assert api.read("Mandate", made["id"])["dd_status"] == "await validation"
    api.sandbox.advance(1)
    assert api.read("Mandate", made["id"])["dd_status"] == status
    validation = api.read("account_validation", validation_id)
    assert validation["successful_validation"] is successful
    assert validation["mandate_id"] == made["id"]
    assert (validation["error_message"] is not None) == name.endswith("AVERROR")
    assert api.sandbox.counts()["mandates"] == 1


@pytest.mark.parametrize("name", ["J Hetfield PENDING", "J Hetfield AVERROR"])
@pytest.mark.parametrize(
    ("outcome", "status"), [("match", "new instruction"), ("nomatch", "failed validation")]
)
def test_a_control_call_decides_an_open_validation_section_13(
    api: Caller, name: str, outcome: str, status: str
) -> None:
    account = api.account(account_name=name)
    made = api.mandate(customer_bank_account=account["id"], account_validation=True)
    api.sandbox.advance("2h")
    path = f"validations/{made['account_validation_id']}/complete"
    api.sandbox.control(path, {"outcome": outcome})
    assert api.read("Mandate", made["id"])["dd_status"] == status


def test_a_mandate_cancelled_while_it_waits_stays_cancelled_section_11(api: Caller) -> None:
    made = api.mandate(account_validation=True)
    assert faulty(api.put("Mandate", made["id"], {"dd_status": "on hold"})) == ["dd_status"]
    api.put("Mandate", made["id"], {"dd_status": "cancelled"})
    api.sandbox.advance(60)
    assert api.read("Mandate", made["id"])["dd_status"] == "cancelled"


def test_validation_needs_the_option_section_7_5(api: Caller) -> None:
    api.sandbox.settings(account_validation=False)
    fields = {"customer_bank_account": api.account()["id"], "account_validation": True}
    assert faulty(api.post("Mandate", fields)) == ["account_validation"]


@pytest.mark.parametrize(
    ("reference", "allowed"),
    [
        ("ABC123", True),
        ("AB-C1/23.4", True),
        ("MA108673261234", True),
        ("ABC12", False),
        ("AB--..12&/ /C", False),
        ("MA1086732612345", False),
        ("-ABC1234", False),
        (" ABC1234", False),
        ("AAAAAA", False),
        ("AAA-AAA", False),
        ("DDIC123", False),
    ],
)
def test_core_references_section_7_5(api: Caller, reference: str, allowed: bool) -> None:
    api.sandbox.settings(core_reference=True)
    fields = {"customer_bank_account": api.account()["id"], "auddis": reference}
    answer = api.post("Mandate", fields)
    assert (answer.status_code == 200) == allowed
    if not allowed:
        assert faulty(answer) == ["auddis"]


@pytest.mark.parametrize(
    ("second", "account_number", "own", "allowed"),
    [
        ("MEMBER123", "75849855", "OB01SANDBOXMAIN00001", False),
        ("MEMBER", "75849855", "OB01SANDBOXMAIN00001", False),
        ("MEMBER99", "75849855", "OB01SANDBOXMAIN00001", True),
        ("MEMBER123", "75849856", "OB01SANDBOXMAIN00001", True),
        ("MEMBER123", "75849855", "OB01SANDBOXSECOND001", True),
    ],
)
def test_core_references_of_one_account_and_sun_do_not_overlap_section_7_5(
    api: Caller, second: str, account_number: str, own: str, allowed: bool
) -> None:
    api.sandbox.settings(core_reference=True)
    api.mandate(auddis="MEMBER12")
    account = api.account(account_number=account_number)["id"]
    fields = {"customer_bank_account": account, "client_bank_account_id": own, "auddis": second}
    assert (api.post("Mandate", fields).status_code == 200) == allowed


def test_a_generated_reference_is_a_core_reference_section_7_5(api: Caller) -> None:
    api.sandbox.settings(core_reference=True)
    account = api.account()["id"]
    references = {api.mandate(customer_bank_account=account)["auddis"] for _ in range(5)}
    assert len(references) == 5


def test_thirteen_months_without_a_debit_expire_a_mandate_section_11(api: Caller) -> None:
    made = api.mandate()
    schedule = api.schedule(auddis=made["auddis"], first_collection_date="2027-07-05")
    api.sandbox.control("clock", {"set": "2027-07-01T04:59:59"})
    assert api.read("Mandate", made["id"])["dd_status"] == "first collection"
    api.sandbox.advance(1)
    assert api.read("Mandate", made["id"])["dd_status"] == "expired"
    assert api.read("recurrence_schedule", schedule["id"])["status"] == "inactive"
    assert faulty(api.put("Mandate", made["id"], {"dd_status": "on hold"})) == ["dd_status"]


def test_only_a_control_call_cancels_by_originator_section_11(
    api: Caller, sandbox: SandboxProcess
) -> None:
    made = api.mandate()
    schedule = api.schedule(auddis=made["auddis"])
    ended = sandbox.control(f"mandates/{made['id']}/cancel-by-originator", {})
    assert ended["dd_status"] == "cancelled by originator"
    assert api.read("recurrence_schedule", schedule["id"])["status"] == "inactive"
    path = f"{sandbox.base_url}/_sandbox/mandates/{made['id']}/cancel-by-originator"
    assert httpx.post(path, trust_env=False).status_code == 409
