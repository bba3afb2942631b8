"""Sections 7.7, 10 and 11: what a PUT changes of a payment, and what falls with a mandate."""

from typing import Any

import pytest

from tests.sandbox.caller import Caller, faulty, only


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("amount", 999, "999"),
        ("amount", "999", "999"),
        ("description", "new text", "new text"),
        ("custom_reference", "NEW-1", "NEW-1"),
        ("custom_reference", "", ""),
        ("custom_reference", None, ""),
        ("metadata", "new", "new"),
        ("metadata", None, ""),
        ("collection_date", "2026-06-10", "2026-06-10"),
        ("collection_date", "2026-06-01", "2026-06-03"),
        ("collection_date", "2026-06-06", "2026-06-08"),
        ("status", "cancelled", "cancelled"),
    ],
)
def test_one_property_at_a_time_section_7_7(
    api: Caller, field: str, value: Any, shown: str
) -> None:
    """The others stay; dates move as on create (section 5, "Request properties")."""
    made = api.payment(custom_reference="OLD-1", metadata="old")
    changed = only(api.put("payment", made["id"], {field: value}), "payment")
    assert changed == made | {field: shown}
    assert api.read("payment", made["id"]) == changed


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", 0),
        ("amount", 2_000_000_001),
        ("amount", None),
        ("collection_date", "2026-05-29"),
        ("collection_date", ""),
        ("description", ""),
        ("description", "x" * 101),
        ("custom_reference", "x" * 51),
        ("metadata", "x" * 1001),
        ("status", "submitted"),
        ("status", "pending_submission"),
        ("status", "indemnity_claimed"),
        ("status", ""),
        ("bacs_code", "nonsense"),
        ("bacs_code", "ARUDD 0"),
        ("bacs_code", ""),
    ],
)
def test_changes_that_are_refused_section_7_7(api: Caller, field: str, value: Any) -> None:
    """Nothing of a refused PUT is done; a code is for submitted payments."""
    made = api.payment()
    answer = api.put("payment", made["id"], {"metadata": "new", field: value})
    assert faulty(answer) == [field]
    assert api.read("payment", made["id"]) == made


@pytest.mark.parametrize(
    "status", ["submitted", "successful", "failed", "cancelled", "indemnity_claimed"]
)
@pytest.mark.parametrize(
    "change",
    [
        {"amount": 1},
        {"collection_date": "2026-06-10"},
        {"description": "x"},
        {"custom_reference": "x"},
        {"metadata": "x"},
        {"status": "cancelled"},
        {},
    ],
    ids=lambda change: next(iter(change), "nothing"),
)
def test_only_a_pending_payment_can_change_section_7_7(
    api: Caller, status: str, change: dict[str, Any]
) -> None:
    made = api.payment()
    api.place("payments", made["id"], status=status)
    assert faulty(api.put("payment", made["id"], change)) == ["status"]
    assert api.read("payment", made["id"]) == made | {"status": status}


def test_a_payment_break_section_7_7(api: Caller) -> None:
    """Amount 0 is for a pending payment of a schedule, and only while it is pending."""
    made = api.payment()
    api.place("payments", made["id"], recurrence_schedule="RS01ZZZZZZZZZZZZZZZZ")
    changed = only(api.put("payment", made["id"], {"amount": 0}), "payment")
    assert (changed["amount"], changed["status"]) == ("0", "pending_submission")
    api.place("payments", made["id"], status="submitted")
    assert faulty(api.put("payment", made["id"], {"amount": 0})) == ["status"]


def test_several_properties_change_together_with_a_cancellation_section_7_7(api: Caller) -> None:
    made = api.payment()
    wanted = {"status": "cancelled", "metadata": "why", "amount": 700}
    changed = only(api.put("payment", made["id"], wanted), "payment")
    assert changed == made | {"status": "cancelled", "metadata": "why", "amount": "700"}


def test_nothing_asked_changes_nothing_section_5(api: Caller) -> None:
    made = api.payment()
    (before,) = api.sandbox.books(records=True)["records"]["payments"]
    api.sandbox.advance("1h")
    assert only(api.put("payment", made["id"], {}), "payment") == made
    assert api.sandbox.books(records=True)["records"]["payments"] == [before]


@pytest.mark.parametrize(("zeroes", "amount"), [(False, "2500"), (True, "0")])
def test_a_cancelled_payment_keeps_its_amount_section_7_7(
    api: Caller, zeroes: bool, amount: str
) -> None:
    """A 2025 release note stops the older rule; the switch brings it back."""
    api.sandbox.settings(cancel_zeroes_amount=zeroes)
    by_put, by_cascade = api.payment(), api.payment()
    api.put("payment", by_put["id"], {"status": "cancelled"})
    api.put("Mandate", by_cascade["mandate"], {"dd_status": "cancelled"})
    for made in (by_put, by_cascade):
        cancelled = api.read("payment", made["id"])
        assert (cancelled["status"], cancelled["amount"]) == ("cancelled", amount)


def test_cancelling_a_mandate_cancels_its_pending_payments_and_credits_section_7_5(
    api: Caller,
) -> None:
    mandate, other = api.mandate(), api.mandate()
    pending = api.payment(auddis=mandate["auddis"])
    submitted = api.payment(auddis=mandate["auddis"])
    credit = api.credit(auddis=mandate["auddis"])
    neighbour = api.payment(auddis=other["auddis"])
    api.place("payments", submitted["id"], status="submitted")
    answer = api.put("Mandate", mandate["id"], {"dd_status": "cancelled"})
    assert list(answer.json()) == ["Mandate"]
    assert api.read("payment", pending["id"])["status"] == "cancelled"
    assert api.read("payment", submitted["id"])["status"] == "submitted"
    assert api.read("payment", neighbour["id"])["status"] == "pending_submission"
    assert api.read("credit", credit["ID"])["status"] == "cancelled"


def test_disabling_a_schedule_cancels_its_pending_payments_section_7_11(api: Caller) -> None:
    schedule = api.schedule(first_collection_date="2026-09-15")
    made = api.payment(auddis=schedule["auddis"])
    single = api.payment(auddis=schedule["auddis"])
    api.place("payments", made["id"], recurrence_schedule=schedule["id"])
    api.send("DELETE", f"recurrenceschedule/{schedule['id']}")
    assert api.read("payment", made["id"])["status"] == "cancelled"
    assert api.read("payment", single["id"])["status"] == "pending_submission"


def test_a_changed_reference_is_found_under_the_new_one_section_6(api: Caller) -> None:
    made = api.payment(custom_reference="OLD")
    api.put("payment", made["id"], {"custom_reference": "NEW"})
    assert api.get("payments", custom_reference="OLD").json() == {"payments": []}
    (found,) = api.get("payments", custom_reference="NEW").json()["payments"]
    assert found["id"] == made["id"]


@pytest.mark.parametrize(
    ("status", "code", "shown", "ends"),
    [
        ("submitted", "ARUDD 0", "ARUDD0", "failed"),
        ("submitted", "ARUDD0", "ARUDD0", "failed"),
        ("submitted", "ARRUD 0", "ARUDD0", "failed"),
        ("submitted", "DDICA 7", "DDICA7", "indemnity_claimed"),
        ("submitted", "INPUTC", "INPUTC", "failed"),
        ("successful", "ARUDD0", "ARUDD0", "failed"),
        ("successful", "DDICA2", "DDICA2", "indemnity_claimed"),
    ],
)
def test_a_code_given_by_hand_takes_its_course_sections_7_7_and_10(
    api: Caller, status: str, code: str, shown: str, ends: str
) -> None:
    """What a code does besides stands in the tests of the reports."""
    made = api.payment()
    api.place("payments", made["id"], status=status, submitted_on="2026-06-01")
    changed = only(api.put("payment", made["id"], {"bacs_code": code}), "payment")
    assert (changed["status"], changed["bacs_code"]) == (ends, shown)
    assert changed["bacs_description"] == changed["bacs_description"].lower() != ""
    assert api.read("payment", made["id"]) == changed


def test_a_code_given_to_a_payment_reaches_its_mandate_section_10(api: Caller) -> None:
    made = api.payment()
    pending = api.payment(auddis=made["auddis"])
    api.place("payments", made["id"], status="submitted", submitted_on="2026-06-01")
    api.put("payment", made["id"], {"bacs_code": "ARUDD1"})
    assert api.read("Mandate", made["mandate"])["dd_status"] == "cancelled"
    assert api.read("payment", pending["id"])["status"] == "cancelled"


@pytest.mark.parametrize("status", ["pending_submission", "cancelled"])
def test_a_code_is_for_what_was_submitted_section_7_7(api: Caller, status: str) -> None:
    made = api.payment()
    api.place("payments", made["id"], status=status)
    assert faulty(api.put("payment", made["id"], {"bacs_code": "ARUDD0"})) == ["bacs_code"]
    assert api.read("payment", made["id"]) == made | {"status": status}


@pytest.mark.parametrize("code", ["nonsense", "ARUDD", "ADDACS1", "ARUCS0", ""])
def test_a_code_that_is_about_no_payment_is_refused_section_10(api: Caller, code: str) -> None:
    made = api.payment()
    api.place("payments", made["id"], status="submitted")
    assert faulty(api.put("payment", made["id"], {"bacs_code": code})) == ["bacs_code"]


def test_a_code_and_a_change_never_go_together_section_7_7(api: Caller) -> None:
    """One is for submitted payments, the other for pending ones."""
    made = api.payment()
    api.place("payments", made["id"], status="submitted")
    wanted = {"bacs_code": "ARUDD0", "metadata": "why"}
    assert faulty(api.put("payment", made["id"], wanted)) == ["status"]
    assert api.read("payment", made["id"]) == made | {"status": "submitted"}


def test_a_card_payment_takes_no_code_section_10(api: Caller) -> None:
    made = api.payment()
    api.place("payments", made["id"], record_type="card payment", status="successful", card_id="c")
    assert faulty(api.put("payment", made["id"], {"bacs_code": "ARUDD0"})) == ["bacs_code"]
