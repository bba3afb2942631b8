"""Section 7.8: a failed payment is presented again."""

from typing import Any

import pytest

from tests.sandbox.caller import PAYMENT, Caller, faulty, only


def represent(api: Caller, original: dict[str, Any], **fields: Any) -> Any:
    """The call with valid fields, changed as told."""
    wanted = PAYMENT | {"auddis": original["auddis"]} | fields
    return api.send("POST", f"payment/{original['id']}/represent", {"payment": wanted})


def test_the_new_payment_section_7_8(api: Caller) -> None:
    original = api.failed_payment(custom_reference="FIRST", metadata="old")
    made = only(
        represent(api, original, amount=100, custom_reference="AGAIN", metadata="new"), "payment"
    )
    assert made == original | {
        "id": made["id"],
        "status": "pending_submission",
        "amount": "100",
        "payment_type": "represent",
        "custom_reference": "AGAIN",
        "metadata": "new",
        "related_payment": original["id"],
    }
    assert api.read("payment", made["id"]) == made


def test_the_original_stays_failed_and_notes_the_date_section_7_8(api: Caller) -> None:
    original = api.failed_payment()
    made = only(represent(api, original, collection_date="2026-06-06"), "payment")
    assert made["collection_date"] == "2026-06-08"
    assert api.read("payment", original["id"])["status"] == "failed"
    records = api.sandbox.books(records=True)["records"]["payments"]
    noted = {record["id"]: record["represented_collection_date"] for record in records}
    assert noted == {original["id"]: "2026-06-08", made["id"]: ""}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", None),
        ("amount", 0),
        ("collection_date", None),
        ("collection_date", "2026-05-29"),
        ("description", None),
        ("description", "x" * 101),
        ("auddis", None),
        ("auddis", "ANOTHER"),
        ("custom_reference", "x" * 51),
        ("metadata", "x" * 1001),
        ("record_type", "card payment"),
    ],
)
def test_fields_that_are_refused_section_7_8(api: Caller, field: str, value: Any) -> None:
    original = api.failed_payment()
    assert faulty(represent(api, original, **{field: value})) == [field]
    assert api.sandbox.counts()["payments"] == 1


def test_it_must_be_the_mandate_of_the_original_section_7_8(api: Caller) -> None:
    original = api.failed_payment()
    assert faulty(represent(api, original, auddis=api.mandate()["auddis"])) == ["auddis"]


@pytest.mark.parametrize(
    "status",
    ["pending_submission", "submitted", "successful", "cancelled", "indemnity_claimed"],
)
def test_only_a_failed_payment_is_presented_again_section_7_8(api: Caller, status: str) -> None:
    original = api.failed_payment()
    api.place("payments", original["id"], status=status)
    assert faulty(represent(api, original)) == ["status"]


def test_a_card_payment_is_not_presented_again_section_7_8(api: Caller) -> None:
    original = api.failed_payment()
    api.place(
        "payments", original["id"], record_type="card payment", auddis="", mandate="", card_id="c"
    )
    assert faulty(represent(api, original)) == ["record_type"]


@pytest.mark.parametrize(
    ("mandate_status", "allowed"),
    [
        ("new instruction", True),
        ("first collection", True),
        ("ongoing collection", True),
        ("on hold", False),
        ("await validation", False),
        ("failed validation", False),
        ("cancelled", False),
        ("cancelled by payer", False),
        ("cancelled by originator", False),
        ("expired", False),
    ],
)
def test_the_mandate_must_be_active_section_7_8(
    api: Caller, mandate_status: str, allowed: bool
) -> None:
    """Here a cancelled mandate is an error, not a record of 0."""
    original = api.failed_payment()
    api.place("mandates", original["mandate"], dd_status=mandate_status)
    answer = represent(api, original)
    if allowed:
        assert only(answer, "payment")["payment_type"] == "represent"
    else:
        assert faulty(answer) == ["auddis"]


def test_there_is_no_count_limit_by_default_section_7_8(api: Caller) -> None:
    original = api.failed_payment()
    made = [only(represent(api, original), "payment")["id"] for _ in range(5)]
    assert len(set(made)) == 5


@pytest.mark.parametrize(("most", "answers"), [(0, [400]), (1, [200, 400]), (2, [200, 200, 400])])
def test_the_switch_limits_the_count_section_7_8(
    api: Caller, most: int, answers: list[int]
) -> None:
    api.sandbox.settings(represent_max=most)
    original = api.failed_payment()
    assert [represent(api, original).status_code for _ in answers] == answers


def test_the_limit_counts_from_the_first_original_section_7_8(api: Caller) -> None:
    """A re-presented payment that fails is presented again as its original would be."""
    api.sandbox.settings(represent_max=2)
    original = api.failed_payment()
    second = only(represent(api, original), "payment")
    api.place("payments", second["id"], status="failed")
    third = only(represent(api, second), "payment")
    assert third["related_payment"] == second["id"]
    assert faulty(represent(api, original)) == ["status"]
    assert faulty(represent(api, second)) == ["status"]
    api.put("payment", third["id"], {"status": "cancelled"})
    assert represent(api, second).status_code == 200


def test_it_is_read_and_updated_as_an_ordinary_payment_section_7_8(api: Caller) -> None:
    made = only(represent(api, api.failed_payment()), "payment")
    changed = only(api.put("payment", made["id"], {"amount": 50}), "payment")
    assert changed == made | {"amount": "50"}
    assert api.get("payments", transaction_code="18").json() == {"payments": [changed]}


@pytest.mark.parametrize("value", [-1, "two", 1.5, True])
def test_what_the_switch_can_be_section_12(api: Caller, value: Any) -> None:
    answer = api.http.post(
        f"{api.sandbox.base_url}/_sandbox/settings", json={"represent_max": value}
    )
    assert answer.status_code == 400


@pytest.mark.parametrize(("ending", "ends"), [("910", "successful"), ("911", "failed")])
def test_a_payment_that_came_back_goes_out_again_sections_7_8_and_13(
    api: Caller, ending: str, ends: str
) -> None:
    """With 910 the first presentation is returned, with 911 every one."""
    account = api.account(account_number="12345" + ending)["id"]
    original = api.payment(auddis=api.mandate(customer_bank_account=account)["auddis"])
    api.sandbox.control("clock", {"set": "2026-06-04T09:00"})
    returned = api.read("payment", original["id"])
    assert (returned["status"], returned["bacs_code"]) == ("failed", "ARUDD0")
    again = only(represent(api, original, collection_date="2026-06-08"), "payment")
    assert (again["bacs_code"], again["bacs_description"]) == ("", "")
    api.sandbox.control("clock", {"set": "2026-06-12T09:00"})
    assert api.read("payment", again["id"])["status"] == ends
    assert api.read("payment", original["id"]) == returned


def test_a_payment_settles_and_keeps_its_code_sections_7_7_and_12(api: Caller) -> None:
    """From `pending_submission` through `submitted` to `successful`, found by its code."""
    made = api.payment()
    seen = [made["status"]]
    for instant in ("2026-06-01T22:01", "2026-06-09T09:00"):
        api.sandbox.control("clock", {"set": instant})
        (found,) = api.get("payments", transaction_code="01").json()["payments"]
        seen.append(found["status"])
    assert seen == ["pending_submission", "submitted", "successful"]
    found_by_code = api.get("mandates", transaction_code="0N").json()["Mandates"]
    assert [mandate["id"] for mandate in found_by_code] == [made["mandate"]]
