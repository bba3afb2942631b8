"""Sections 7.7, 5, 10 and 11: payments as they are created and read."""

from typing import Any

import pytest

from tests.sandbox.caller import PAYMENT, Caller, faulty, only

SECOND_SUN = {"client_bank_account_id": "OB01SANDBOXSECOND001"}


def test_the_single_answer_section_7_7(api: Caller) -> None:
    """The fields of the sample; the amount is a string (section 5, "Number form")."""
    customer = api.customer()
    account = api.account(customer_account=customer["id"])
    mandate = api.mandate(customer_bank_account=account["id"], auddis="MA10867326")
    made = api.payment(
        auddis="MA10867326",
        amount=2500,
        collection_date="2026-06-03",
        description="metered bill",
        custom_reference="XYZ",
        metadata="note",
    )
    assert made == {
        "id": made["id"],
        "created_at": "2026-06-01T08:00:00Z",
        "status": "pending_submission",
        "amount": "2500",
        "currency_code": "GBP",
        "collection_date": "2026-06-03",
        "payment_type": "first_collection",
        "record_type": "direct debit",
        "description": "metered bill",
        "custom_reference": "XYZ",
        "metadata": "note",
        "auddis": "MA10867326",
        "mandate": mandate["id"],
        "users_reference": "MA10867326",
        "related_payment": "",
        "customer_account": customer["id"],
        "recurrence_schedule": "",
        "bacs_code": "",
        "bacs_description": "",
    }
    assert api.read("payment", made["id"]) == made
    assert api.read("payment", made["id"].lower()) == made
    assert (made["id"][:3], len(made["id"])) == ("P01", 19)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("auddis", None),
        ("auddis", ""),
        ("auddis", "NO SUCH MANDATE"),
        ("auddis", "x" * 19),
        ("mandate", "M01ZZZZZZZZZZZZZZZZ"),
        ("amount", None),
        ("amount", 0),
        ("amount", -1),
        ("amount", 2_000_000_001),
        ("amount", 25.5),
        ("amount", "25.00"),
        ("amount", True),
        ("collection_date", None),
        ("collection_date", "2026-05-31"),
        ("collection_date", "03/06/2026"),
        ("collection_date", "2026-06-31"),
        ("description", None),
        ("description", ""),
        ("description", "x" * 101),
        ("custom_reference", "x" * 51),
        ("metadata", "x" * 1001),
        ("record_type", "card payment"),
        ("record_type", "cheque"),
    ],
)
def test_fields_that_are_refused_section_7_7(api: Caller, field: str, value: Any) -> None:
    fields = PAYMENT | {"auddis": api.mandate()["auddis"]} | {field: value}
    assert faulty(api.post("payment", fields)) == [field]
    assert api.sandbox.counts()["payments"] == 0


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("amount", 1, "1"),
        ("amount", 2_000_000_000, "2000000000"),
        ("amount", "2532", "2532"),
        ("description", "x" * 100, "x" * 100),
        ("custom_reference", "x" * 50, "x" * 50),
        ("metadata", "£" * 1000, "£" * 1000),
        ("record_type", "direct debit", "direct debit"),
    ],
)
def test_limits_that_are_reached_section_7_7(
    api: Caller, field: str, value: Any, shown: str
) -> None:
    assert api.payment(**{field: value})[field] == shown


def test_every_fault_is_named_at_once_section_4(api: Caller) -> None:
    named = faulty(api.post("payment", {"amount": 0, "description": ""}))
    assert named == ["amount", "collection_date", "description"]


def test_the_mandate_by_id_or_reference_section_7_7(api: Caller) -> None:
    mandate = api.mandate()
    by_id = api.payment(mandate=mandate["id"])
    by_both = api.payment(mandate=mandate["id"], auddis=mandate["auddis"])
    for made in (by_id, by_both):
        assert (made["mandate"], made["auddis"]) == (mandate["id"], mandate["auddis"])


def test_reference_and_id_of_two_mandates_are_refused_section_7_7(api: Caller) -> None:
    fields = PAYMENT | {"mandate": api.mandate()["id"], "auddis": api.mandate()["auddis"]}
    assert faulty(api.post("payment", fields)) == ["auddis"]


def test_a_reference_two_suns_have_is_the_default_suns_section_7_7(api: Caller) -> None:
    """The reference is unique within a SUN only (section 7.5); the id tells them apart."""
    other = api.mandate(auddis="MEMBER 1", **SECOND_SUN)
    default = api.mandate(auddis="MEMBER 1")
    assert api.payment(auddis="MEMBER 1")["mandate"] == default["id"]
    assert api.payment(mandate=other["id"], auddis="MEMBER 1")["mandate"] == other["id"]


def test_a_reference_only_the_second_sun_has_is_found_section_7_7(api: Caller) -> None:
    other = api.mandate(auddis="MEMBER 2", **SECOND_SUN)
    assert api.payment(auddis="MEMBER 2")["mandate"] == other["id"]


@pytest.mark.parametrize(
    ("now", "asked", "stored"),
    [
        ("2026-06-01T10:00", "2026-06-01", "2026-06-03"),
        ("2026-06-01T10:00", "2026-06-03", "2026-06-03"),
        ("2026-06-01T21:59:59", "2026-06-02", "2026-06-03"),
        ("2026-06-01T22:00", "2026-06-01", "2026-06-04"),
        ("2026-06-05T09:00", "2026-06-05", "2026-06-09"),
        ("2026-06-06T12:00", "2026-06-06", "2026-06-10"),
        ("2026-12-24T10:00", "2026-12-24", "2026-12-30"),
        ("2026-06-01T10:00", "2026-06-06", "2026-06-08"),
        ("2026-06-01T10:00", "2026-08-31", "2026-09-01"),
        ("2026-06-01T10:00", "2027-03-26", "2027-03-30"),
    ],
)
def test_the_stored_date_section_10(api: Caller, now: str, asked: str, stored: str) -> None:
    """The vectors of section 10, and later dates moved off weekends and bank holidays."""
    api.sandbox.control("clock", {"set": now})
    made = api.payment(collection_date=asked)
    assert made["collection_date"] == stored
    assert api.read("payment", made["id"])["collection_date"] == stored


@pytest.mark.parametrize(
    ("days", "stored"), [(1, "2026-06-01"), (2, "2026-06-02"), (5, "2026-06-05")]
)
def test_the_count_of_processing_days_is_per_client_section_10(
    api: Caller, days: int, stored: str
) -> None:
    api.sandbox.settings(processing_days=days)
    assert api.payment(collection_date="2026-06-01")["collection_date"] == stored


def test_before_today_is_before_the_london_date_sections_7_7_and_5(api: Caller) -> None:
    """At 23:30 UTC on 1 June it is 2 June in London."""
    auddis = api.mandate()["auddis"]
    api.sandbox.control("clock", {"set": "2026-06-02T00:30"})
    answer = api.post("payment", PAYMENT | {"auddis": auddis, "collection_date": "2026-06-01"})
    assert faulty(answer) == ["collection_date"]
    assert (
        api.payment(auddis=auddis, collection_date="2026-06-02")["status"] == "pending_submission"
    )


@pytest.mark.parametrize(
    ("mandate_status", "status", "amount"),
    [
        ("new instruction", "pending_submission", "2500"),
        ("first collection", "pending_submission", "2500"),
        ("ongoing collection", "pending_submission", "2500"),
        ("cancelled", "cancelled", "0"),
        ("cancelled by payer", "cancelled", "0"),
        ("cancelled by originator", "cancelled", "0"),
        ("on hold", None, None),
        ("await validation", None, None),
        ("failed validation", None, None),
        ("expired", None, None),
    ],
)
def test_what_a_mandate_of_each_status_takes_section_7_7(
    api: Caller, mandate_status: str, status: str | None, amount: str | None
) -> None:
    """Usable ones a payment, cancelled ones a record of 0, the others nothing (400)."""
    mandate = api.mandate()
    api.place("mandates", mandate["id"], dd_status=mandate_status)
    answer = api.post("payment", PAYMENT | {"auddis": mandate["auddis"]})
    if status is None:
        assert faulty(answer) == ["auddis"]
        by_id = api.post("payment", PAYMENT | {"mandate": mandate["id"]})
        assert faulty(by_id) == ["mandate"]
        assert api.sandbox.counts()["payments"] == 0
    else:
        made = only(answer, "payment")
        assert (made["status"], made["amount"]) == (status, amount)
        assert api.read("payment", made["id"]) == made


def test_a_past_date_is_refused_on_a_cancelled_mandate_too_section_7_7(api: Caller) -> None:
    auddis = api.mandate(dd_status="cancelled")["auddis"]
    answer = api.post("payment", PAYMENT | {"auddis": auddis, "collection_date": "2026-05-29"})
    assert faulty(answer) == ["collection_date"]


def test_a_disabled_bank_account_stops_no_payment_section_7_2(api: Caller) -> None:
    """Existing mandates and payments run on."""
    mandate = api.mandate()
    api.send("DELETE", f"bankaccount/{mandate['customer_bank_account']}")
    assert api.payment(auddis=mandate["auddis"])["status"] == "pending_submission"


@pytest.mark.parametrize(
    ("mandate_status", "first"),
    [
        ("new instruction", "first_collection"),
        ("first collection", "first_collection"),
        ("ongoing collection", "ongoing_collection"),
    ],
)
def test_only_the_first_payment_of_a_new_mandate_is_a_first_collection_section_7_7(
    api: Caller, mandate_status: str, first: str
) -> None:
    auddis = api.mandate(dd_status=mandate_status)["auddis"]
    types = [api.payment(auddis=auddis)["payment_type"] for _ in range(3)]
    assert types == [first, "ongoing_collection", "ongoing_collection"]


def test_a_cancelled_payment_is_not_the_first_section_7_7(api: Caller) -> None:
    """The first uncancelled payment is a first collection."""
    auddis = api.mandate()["auddis"]
    first = api.payment(auddis=auddis)
    api.put("payment", first["id"], {"status": "cancelled"})
    assert api.payment(auddis=auddis)["payment_type"] == "first_collection"


def test_core_references_section_7_5(api: Caller) -> None:
    """`MA10867326` gives `MA108673260001`; the counter is the mandate's own."""
    api.sandbox.settings(core_reference=True)
    api.mandate(auddis="MA10867326")
    api.mandate(auddis="QX20000001")
    sent = [
        api.payment(auddis=auddis)["users_reference"]
        for auddis in ("MA10867326", "MA10867326", "QX20000001", "MA10867326")
    ]
    assert sent == ["MA108673260001", "MA108673260002", "QX200000010001", "MA108673260003"]


def test_a_core_reference_is_never_used_twice_section_7_5(api: Caller) -> None:
    """A payment that was cancelled keeps its number."""
    api.sandbox.settings(core_reference=True)
    auddis = api.mandate(auddis="MA10867326")["auddis"]
    first = api.payment(auddis=auddis)
    api.put("payment", first["id"], {"status": "cancelled"})
    assert api.payment(auddis=auddis)["users_reference"] == "MA108673260002"
    assert api.read("payment", first["id"])["users_reference"] == "MA108673260001"


def test_the_counter_has_four_digits_section_7_5(api: Caller) -> None:
    """After 9999 it begins again, for Bacs has no room for a fifth."""
    api.sandbox.settings(core_reference=True)
    api.mandate(auddis="MA10867326")
    made = api.payment(auddis="MA10867326")["id"]
    snapshot = api.sandbox.control("snapshot")
    (entry,) = [entry for entry in snapshot["entries"] if entry[1] == made]
    numbered = [f"P01{number:016d}" for number in range(2, 9999)]
    snapshot["entries"] += [[entry[0], one, entry[2].replace(made, one)] for one in numbered]
    api.sandbox.control("snapshot", snapshot)
    sent = [api.payment(auddis="MA10867326")["users_reference"] for _ in range(2)]
    assert sent == ["MA108673269999", "MA108673260001"]


def test_core_references_count_from_when_the_option_is_on_section_7_7(api: Caller) -> None:
    """`users_reference` equals `auddis` unless core references are on."""
    auddis = api.mandate(auddis="MA10867326")["auddis"]
    assert api.payment(auddis=auddis)["users_reference"] == auddis
    api.sandbox.settings(core_reference=True)
    assert api.payment(auddis=auddis)["users_reference"] == "MA108673260001"


def test_a_reference_too_long_for_a_core_goes_as_it_is_section_7_5(api: Caller) -> None:
    """A core has at most 14 characters; one with a counter would not fit into Bacs' 18."""
    auddis = api.mandate(auddis="LONG REFERENCE 123")["auddis"]
    api.sandbox.settings(core_reference=True)
    assert api.payment(auddis=auddis)["users_reference"] == auddis


def test_a_card_payment_has_a_card_instead_of_a_mandate_section_7_7(api: Caller) -> None:
    payment = api.payment(custom_reference="CARD-1")
    api.place(
        "payments",
        payment["id"],
        record_type="card payment",
        payment_type="Ecommerce",
        status="successful",
        card_id="20477d89-9fe4-4b25-ae57-c24f461bb391",
        currency_code="EUR",
        **dict.fromkeys(("auddis", "mandate", "users_reference", "sun", "bank_account"), ""),
    )
    shown = api.read("payment", payment["id"])
    assert "auddis" not in shown
    assert shown["card_id"] == "20477d89-9fe4-4b25-ae57-c24f461bb391"
    assert (shown["record_type"], shown["currency_code"]) == ("card payment", "EUR")
    assert set(payment) - {"auddis"} == set(shown) - {"card_id"}
    listed = api.get("payments", custom_reference="CARD-1").json()
    assert listed == {"payments": [shown]}
    assert api.get("payments", transaction_code="01,17,18,19").json() == {"payments": []}
    changed = api.put("payment", payment["id"], {"description": "x"})
    assert faulty(changed) == ["status"]


def test_no_payment_with_that_id_is_404_section_4(api: Caller) -> None:
    for path in ("payment/P01ZZZZZZZZZZZZZZZZ", "payment/P01ZZZZZZZZZZZZZZZZ/represent"):
        assert api.send("POST" if "/rep" in path else "GET", path, {}).status_code == 404
    assert api.send("GET", f"payment/{api.payment()['id']}/represent").status_code == 405
    assert api.send("DELETE", f"payment/{api.payment()['id']}").status_code == 405


def test_the_same_key_creates_one_payment_section_2(api: Caller) -> None:
    fields = PAYMENT | {"auddis": api.mandate()["auddis"]}
    first, second = (api.post("payment", fields, key="pay-once") for _ in range(2))
    assert first.content == second.content
    assert second.headers["idempotency-replay"] == "true"
    assert api.sandbox.counts()["payments"] == 1
