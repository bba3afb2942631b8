"""Section 10: custom profiles per SUN and code, what they force, and what they cannot say."""

from typing import Any

import httpx
import pytest

from tests.sandbox.caller import Caller
from tests.sandbox.days import NEW_DETAILS, codes, ending, put, refused, report, status, until
from tests.sandbox.payer_scene import BEFORE, outcome, scene

SUN = "100263"


def profile(api: Caller, code: str, sun: str = SUN, **entry: Any) -> None:
    """A custom profile of a SUN for one code."""
    api.sandbox.settings(rejection_profiles={sun: {"codes": {code: entry}}})


@pytest.mark.parametrize(
    ("entry", "changes"),
    [
        pytest.param({}, {}, id="nothing selected: the failed object itself still fails"),
        pytest.param({"mandate": "none", "payments": "none"}, {}, id="none in words"),
        pytest.param({"payments": "cancelled"}, {"pending": "cancelled"}, id="payments"),
        pytest.param({"credits": "cancelled"}, {"pending_credit": "cancelled"}, id="credits"),
        pytest.param({"schedules": "inactive"}, {"schedule": "inactive"}, id="schedules"),
        pytest.param({"mandate": "on hold"}, {"mandate": "on hold"}, id="on hold"),
        pytest.param(
            {"mandate": "cancelled", "payments": "none"},
            {"mandate": "cancelled", "pending": "cancelled", "schedule": "inactive"},
            id="cancelling the mandate forces payments and schedules",
        ),
        pytest.param(
            {"mandate": "cancelled by payer"},
            {"mandate": "cancelled by payer", "pending": "cancelled", "schedule": "inactive"},
            id="cancelled by payer forces them too",
        ),
        pytest.param(
            {"bank_account": "disabled", "mandate": "none"},
            {
                "enabled": False,
                "mandate": "cancelled",
                "pending": "cancelled",
                "schedule": "inactive",
                "pending_credit": "cancelled",
            },
            id="disabling the account forces all the rest",
        ),
        pytest.param(
            {"bank_account": "disabled", "mandate": "cancelled by payer"},
            {
                "enabled": False,
                "mandate": "cancelled by payer",
                "pending": "cancelled",
                "schedule": "inactive",
                "pending_credit": "cancelled",
            },
            id="disabling the account leaves the way of cancelling",
        ),
    ],
)
def test_what_a_profile_can_select_and_what_it_forces_section_10(
    api: Caller, entry: dict[str, Any], changes: dict[str, Any]
) -> None:
    profile(api, "ARUDDB", **entry)
    made = scene(api)
    report(api, "ARUDDB", made.submitted["id"])
    expected = BEFORE | {"number": "75849855", "payment": "failed"} | changes
    assert outcome(api, made) == expected
    assert status(api, made.neighbour, "Mandate") == "first collection"


def test_a_profile_is_one_suns_and_one_codes_section_10(api: Caller) -> None:
    profile(api, "ARUDD1", sun="122", mandate="none")
    made = scene(api)
    report(api, "ARUDD1", made.submitted["id"])
    assert status(api, made.mandate, "Mandate") == "cancelled"
    profile(api, "ARUDD1", mandate="none")
    second = scene_again(api)
    report(api, "ARUDDB", second["id"])
    assert api.read("Mandate", second["mandate"])["dd_status"] == "cancelled"


def scene_again(api: Caller) -> dict[str, Any]:
    payment = api.payment(collection_date="2026-06-10")
    until(api, "2026-06-08T22:00")
    return payment


def test_a_code_given_by_hand_follows_the_profile_too_section_10(api: Caller) -> None:
    profile(api, "ADDACS1", mandate="on hold")
    mandate = api.mandate()
    assert put(api, "Mandate", mandate["id"], bacs_code="ADDACS 1")["dd_status"] == "on hold"


def test_a_profile_that_disables_an_account_names_its_family_section_10(api: Caller) -> None:
    """What it forces on the mandate has the word of the report: the payer's for an ADDACS."""
    profile(api, "ADDACS1", bank_account="disabled")
    made = scene(api)
    report(api, "ADDACS1", made.mandate["id"])
    assert status(api, made.mandate, "Mandate") == "cancelled by payer"


@pytest.mark.parametrize(("code", "about"), [("ADDACS3", "mandate"), ("ARUDD3", "submitted")])
def test_a_transfer_lodges_the_mandate_again_section_10(api: Caller, code: str, about: str) -> None:
    """Only with new details; what is pending stays, and the next run carries a second 0N."""
    profile(api, code, mandate="new instruction")
    made = scene(api)
    named = getattr(made, about)
    report(api, code, named["id"], new_details=NEW_DETAILS)
    mandate = api.read("Mandate", made.mandate["id"])
    assert (mandate["dd_status"], mandate["account_number"]) == ("new instruction", "75849855")
    assert status(api, made.pending) == "pending_submission"
    assert status(api, made.schedule, "recurrence_schedule") == "active"
    until(api, "2026-06-02T22:00")
    assert codes(api, record_id=made.mandate["id"]) == ["0N", "0N"]
    assert status(api, made.mandate, "Mandate") == "first collection"


def test_the_account_that_moved_after_its_0n_section_13(api: Caller) -> None:
    """Ending 903 under a profile that lodges again: the second 0N finds the new account."""
    profile(api, "AUDDIS3", mandate="new instruction")
    account = ending(api, "903")["id"]
    mandate = api.mandate(customer_bank_account=account)
    payment = api.payment(auddis=mandate["auddis"], collection_date="2026-06-15")
    until(api, "2026-06-03T08:00")
    assert status(api, mandate, "Mandate") == "new instruction"
    until(api, "2026-06-20")
    assert codes(api, record_id=mandate["id"]) == ["0N", "0N"]
    assert status(api, payment) == "successful"
    assert api.read("bank_account", account)["account_number"] == "75849855"


def test_without_new_details_nothing_is_lodged_again_section_10(api: Caller) -> None:
    profile(api, "ADDACS3", mandate="new instruction")
    made = scene(api)
    report(api, "ADDACS3", made.mandate["id"])
    assert status(api, made.mandate, "Mandate") == "cancelled by payer"
    assert api.read("bank_account", made.account)["enabled"] is True


def test_a_failed_payment_is_presented_again_by_itself_section_10(api: Caller) -> None:
    """Twice, six banking days apart: Wed 3, Thu 11, Fri 19 Jun 2026; then never again."""
    profile(api, "ARUDD0", represent={"times": 2, "banking_days": 6})
    payment = api.payment(
        auddis=api.mandate(customer_bank_account=ending(api, "911")["id"])["auddis"],
        custom_reference="INV-1",
    )
    until(api, "2026-07-31")
    listed = api.get("payments").json()["payments"]
    assert [
        (one["collection_date"], one["payment_type"], one["status"], one["amount"])
        for one in listed
    ] == [
        ("2026-06-03", "first_collection", "failed", "2500"),
        ("2026-06-11", "represent", "failed", "2500"),
        ("2026-06-19", "represent", "failed", "2500"),
    ]
    assert [one["related_payment"] for one in listed] == ["", payment["id"], listed[1]["id"]]
    assert {one["custom_reference"] for one in listed} == {"INV-1"}
    assert codes(api) == ["0N", "01", "18", "18"]


def test_the_default_profile_never_presents_again_section_10(api: Caller) -> None:
    payment = api.payment(amount=9010)
    until(api, "2026-07-31")
    assert [one["id"] for one in api.get("payments").json()["payments"]] == [payment["id"]]


def test_nothing_is_presented_again_beyond_the_clients_limit_section_7_8(api: Caller) -> None:
    profile(api, "ARUDD0", represent={"times": 3, "banking_days": 5})
    api.sandbox.settings(represent_max=1)
    api.payment(auddis=api.mandate(customer_bank_account=ending(api, "911")["id"])["auddis"])
    until(api, "2026-07-31")
    assert len(api.get("payments").json()["payments"]) == 2


def test_nothing_is_presented_again_on_a_mandate_on_hold_section_7_8(api: Caller) -> None:
    profile(api, "ARUDD9", mandate="on hold", represent={"times": 1, "banking_days": 5})
    made = scene(api)
    report(api, "ARUDD9", made.submitted["id"])
    assert status(api, made.mandate, "Mandate") == "on hold"
    assert len(api.get("payments", status="failed").json()["payments"]) == 1
    assert not [
        one for one in api.get("payments").json()["payments"] if one["payment_type"] == "represent"
    ]


@pytest.mark.parametrize("character", "&-./")
def test_blanks_are_tried_as_other_characters_section_10(api: Caller, character: str) -> None:
    """Whitespace override: a report that matches nothing is tried again."""
    mandate = api.mandate(auddis=f"MEM{character}12{character}3")
    body = {"code": "ADDACS1", "reference": "MEM 12 3"}
    assert refused(api, "report", body)[0] == 404
    api.sandbox.settings(rejection_profiles={SUN: {"whitespace_override": True}})
    assert api.sandbox.control("report", body)["record_id"] == mandate["id"]
    assert status(api, mandate, "Mandate") == "cancelled by payer"


def test_an_exact_match_comes_before_any_other_section_10(api: Caller) -> None:
    api.sandbox.settings(rejection_profiles={SUN: {"whitespace_override": True}})
    api.mandate(auddis="MEM-12")
    exact = api.mandate(auddis="MEM 12")
    body = {"code": "ADDACS1", "reference": "MEM 12"}
    assert api.sandbox.control("report", body)["record_id"] == exact["id"]


@pytest.mark.parametrize(
    "profiles",
    [
        [],
        {"": {}},
        {"sun": {}},
        {"999999": {}},
        {SUN: []},
        {SUN: {"rules": {}}},
        {SUN: {"whitespace_override": "yes"}},
        {SUN: {"codes": []}},
        {SUN: {"codes": {"ARUDD 0": {}}}},
        {SUN: {"codes": {"nonsense": {}}}},
        {SUN: {"codes": {"ARUDD1": []}}},
        {SUN: {"codes": {"ARUDD1": {"item": "none"}}}},
        {SUN: {"codes": {"ARUDD1": {"mandate": "expired"}}}},
        {SUN: {"codes": {"ARUDD1": {"mandate": None}}}},
        {SUN: {"codes": {"ARUDD1": {"mandate": "new instruction"}}}},
        {SUN: {"codes": {"ARUDD1": {"bank_account": "cancelled"}}}},
        {SUN: {"codes": {"ARUDD1": {"payments": "failed"}}}},
        {SUN: {"codes": {"ARUDD1": {"credits": "inactive"}}}},
        {SUN: {"codes": {"ARUDD1": {"schedules": "cancelled"}}}},
        {SUN: {"codes": {"ARUDD1": {"represent": {"times": 1, "banking_days": 5}}}}},
        {SUN: {"codes": {"ARUDD0": {"represent": {"times": 0, "banking_days": 5}}}}},
        {SUN: {"codes": {"ARUDD0": {"represent": {"times": 4, "banking_days": 5}}}}},
        {SUN: {"codes": {"ARUDD0": {"represent": {"times": 1, "banking_days": 4}}}}},
        {SUN: {"codes": {"ARUDD9": {"represent": {"times": 1, "banking_days": 11}}}}},
        {SUN: {"codes": {"ARUDD9": {"represent": {"times": True, "banking_days": 5}}}}},
        {SUN: {"codes": {"ARUDD9": {"represent": {"times": 1}}}}},
        {SUN: {"codes": {"ARUDD9": {"represent": 2}}}},
    ],
)
def test_a_profile_that_cannot_be_is_refused_section_10(api: Caller, profiles: Any) -> None:
    answer = httpx.post(
        f"{api.sandbox.base_url}/_sandbox/settings",
        json={"rejection_profiles": profiles},
        trust_env=False,
    )
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("rejection_profiles")
    assert api.sandbox.settings()["rejection_profiles"] == {}


def test_a_profile_survives_a_snapshot_section_12(api: Caller) -> None:
    profile(api, "ARUDD1", mandate="on hold")
    kept = api.sandbox.control("snapshot")
    api.sandbox.reset()
    assert api.sandbox.settings()["rejection_profiles"] == {}
    api.sandbox.control("snapshot", kept)
    assert api.sandbox.settings()["rejection_profiles"] == {
        SUN: {"codes": {"ARUDD1": {"mandate": "on hold"}}}
    }
