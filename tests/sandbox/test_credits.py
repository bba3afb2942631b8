"""Sections 7.10, 7.2, 5, 10, 11 and 13: Bacs credits."""

from typing import Any

import pytest

from tests.sandbox.caller import CREDIT, Caller, faulty, only

MAIN, SECOND = "OB01SANDBOXMAIN00001", "OB01SANDBOXSECOND001"


def test_the_single_answer_section_7_10(api: Caller) -> None:
    """`ID` as the samples have it; the amount is a string (section 5, "Number form")."""
    account = api.account()["id"]
    made = api.credit(
        bank_account=account,
        default_narrative="REFUND 1",
        reference="CR-1",
        rti="/A1B",
        submission_reference="RUN 1",
        metadata="note",
    )
    assert made == {
        "ID": made["ID"],
        "created_at": "2026-06-01T08:00:00Z",
        "status": "pending_submission",
        "amount": "2500",
        "credit_date": "2026-06-03",
        "description": "refund",
        "default_narrative": "REFUND 1",
        "reference": "CR-1",
        "bank_account": account,
        "client_bank_account_id": MAIN,
        "auddis": "",
        "mandate": "",
        "rti": "/A1B",
        "submission_reference": "RUN 1",
        "metadata": "note",
        "bacs_code": "",
        "bacs_description": "",
    }
    assert api.read("credit", made["ID"]) == made
    assert api.read("credit", made["ID"].lower()) == made
    assert (made["ID"][:4], len(made["ID"])) == ("CR01", 20)


def test_with_a_mandate_its_accounts_are_used_section_7_10(api: Caller) -> None:
    mandate = api.mandate(client_bank_account_id=SECOND)
    made = api.credit(auddis=mandate["auddis"])
    assert (made["auddis"], made["mandate"]) == (mandate["auddis"], mandate["id"])
    assert made["bank_account"] == mandate["customer_bank_account"]
    assert made["client_bank_account_id"] == SECOND


@pytest.mark.parametrize(
    ("named", "pays"), [(None, MAIN), ("", MAIN), (SECOND, SECOND), ("CBA-0000001", SECOND)]
)
def test_who_pays_without_a_mandate_section_7_10(api: Caller, named: str | None, pays: str) -> None:
    """With neither, the default account of the default SUN."""
    assert api.credit(client_bank_account_id=named)["client_bank_account_id"] == pays


@pytest.mark.parametrize(("own", "sun"), [(MAIN, "100263"), (SECOND, "122")])
def test_it_goes_out_under_the_sun_that_pays_sections_7_10_and_12(
    api: Caller, own: str, sun: str
) -> None:
    api.credit(client_bank_account_id=own)
    api.sandbox.advance("14h")
    (submission,) = api.get("submissions").json()["submissions"]
    assert (submission["sun_number"], submission["credit_total_count"]) == (sun, "1")


def test_mandate_and_own_account_together_are_refused_section_7_10(api: Caller) -> None:
    fields = CREDIT | {"auddis": api.mandate()["auddis"], "client_bank_account_id": MAIN}
    assert faulty(api.post("credit", fields)) == ["client_bank_account_id"]


def test_a_payee_beside_the_mandate_must_be_its_own_section_7_10(api: Caller) -> None:
    mandate = api.mandate()
    own = {"auddis": mandate["auddis"], "bank_account": mandate["customer_bank_account"]}
    assert api.credit(**own)["bank_account"] == mandate["customer_bank_account"]
    other = CREDIT | own | {"bank_account": api.account()["id"]}
    assert faulty(api.post("credit", other)) == ["bank_account"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", None),
        ("amount", 0),
        ("amount", 2_000_000_001),
        ("amount", "1.00"),
        ("credit_date", None),
        ("credit_date", "2026-05-31"),
        ("credit_date", "1 June"),
        ("description", None),
        ("description", "x" * 101),
        ("bank_account", None),
        ("bank_account", ""),
        ("bank_account", "BA01ZZZZZZZZZZZZZZZZ"),
        ("auddis", "NO SUCH MANDATE"),
        ("client_bank_account_id", "OB01ZZZZZZZZZZZZZZZZ"),
        ("default_narrative", "x" * 19),
        ("reference", "x" * 51),
        ("rti", "ABCDE"),
        ("rti", "abc"),
        ("rti", "A_1"),
        ("rti", "Ä"),
        ("submission_reference", "x" * 19),
        ("metadata", "x" * 1001),
    ],
)
def test_fields_that_are_refused_section_7_10(api: Caller, field: str, value: Any) -> None:
    fields = CREDIT | {"bank_account": api.account()["id"]} | {field: value}
    assert faulty(api.post("credit", fields)) == [field]
    assert api.sandbox.counts()["credits"] == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("description", "x" * 100),
        ("default_narrative", "x" * 18),
        ("submission_reference", "x" * 18),
        ("rti", "/A-9"),
        ("rti", ".& Z"),
        ("metadata", "x" * 1000),
    ],
)
def test_limits_that_are_reached_section_7_10(api: Caller, field: str, value: str) -> None:
    assert api.credit(**{field: value})[field] == value


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("2026-06-01", "2026-06-03"),
        ("2026-06-03", "2026-06-03"),
        ("2026-06-06", "2026-06-08"),
        ("2026-12-25", "2026-12-29"),
    ],
)
def test_the_date_is_moved_and_returned_sections_7_10_and_10(
    api: Caller, asked: str, stored: str
) -> None:
    """The count of processing days covers credits too."""
    made = api.credit(credit_date=asked)
    assert made["credit_date"] == stored
    assert api.read("credit", made["ID"])["credit_date"] == stored


@pytest.mark.parametrize("by_mandate", [False, True], ids=["by account", "by mandate"])
def test_a_disabled_account_is_refused_sections_7_10_and_7_2(api: Caller, by_mandate: bool) -> None:
    mandate = api.mandate()
    account = mandate["customer_bank_account"]
    api.send("DELETE", f"bankaccount/{account}")
    payee = {"auddis": mandate["auddis"]} if by_mandate else {"bank_account": account}
    assert faulty(api.post("credit", CREDIT | payee)) == list(payee)


@pytest.mark.parametrize(
    "fields", [{"account_number": "12345902"}, {"credits_allowed": False}], ids=["902", "flag"]
)
def test_an_account_without_credits_is_refused_sections_7_10_and_13(
    api: Caller, fields: dict[str, Any]
) -> None:
    account = api.account(**fields)["id"]
    assert faulty(api.post("credit", CREDIT | {"bank_account": account})) == ["bank_account"]


def test_credit_anti_fraud_keeps_a_new_account_closed_section_7_2(api: Caller) -> None:
    """Credits open once a mandate of the account is in `ongoing collection`."""
    api.sandbox.settings(credit_anti_fraud=True)
    account = api.account()["id"]
    wanted = CREDIT | {"bank_account": account}
    assert faulty(api.post("credit", wanted)) == ["bank_account"]
    mandate = api.mandate(customer_bank_account=account, dd_status="first collection")
    assert faulty(api.post("credit", CREDIT | {"auddis": mandate["auddis"]})) == ["auddis"]
    api.put("Mandate", mandate["id"], {"dd_status": "ongoing collection"})
    assert api.post("credit", wanted).status_code == 200


@pytest.mark.parametrize(
    ("mandate_status", "status", "amount"),
    [
        ("new instruction", "pending_submission", "2500"),
        ("first collection", "pending_submission", "2500"),
        ("ongoing collection", "pending_submission", "2500"),
        ("on hold", "pending_submission", "2500"),
        ("await validation", "pending_submission", "2500"),
        ("cancelled", "cancelled", "0"),
        ("cancelled by payer", "cancelled", "0"),
        ("cancelled by originator", "cancelled", "0"),
        ("failed validation", None, None),
        ("expired", None, None),
    ],
)
def test_what_a_mandate_of_each_status_takes_section_7_10(
    api: Caller, mandate_status: str, status: str | None, amount: str | None
) -> None:
    """On a cancelled one a credit is recorded `cancelled` with amount 0."""
    mandate = api.mandate()
    api.place("mandates", mandate["id"], dd_status=mandate_status)
    answer = api.post("credit", CREDIT | {"auddis": mandate["auddis"]})
    if status is None:
        assert faulty(answer) == ["auddis"]
    else:
        made = only(answer, "credit")
        assert (made["status"], made["amount"]) == (status, amount)
        assert api.read("credit", made["ID"]) == made


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("amount", 999, "999"),
        ("credit_date", "2026-06-06", "2026-06-08"),
        ("description", "new", "new"),
        ("reference", "NEW-1", "NEW-1"),
        ("reference", None, ""),
        ("metadata", "new", "new"),
        ("status", "cancelled", "cancelled"),
    ],
)
def test_a_put_changes_a_pending_credit_section_7_10(
    api: Caller, field: str, value: Any, shown: str
) -> None:
    made = api.credit(reference="OLD-1")
    changed = only(api.put("credit", made["ID"], {field: value}), "credit")
    assert changed == made | {field: shown}
    assert api.read("credit", made["ID"]) == changed


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", 0),
        ("credit_date", "2026-05-29"),
        ("description", ""),
        ("status", "submitted"),
        ("bacs_code", "nonsense"),
        ("bacs_code", "ARUCS 0"),
    ],
)
def test_changes_that_are_refused_section_7_10(api: Caller, field: str, value: Any) -> None:
    made = api.credit()
    answer = api.put("credit", made["ID"], {"metadata": "new", field: value})
    assert faulty(answer) == [field]
    assert api.read("credit", made["ID"]) == made


@pytest.mark.parametrize("status", ["submitted", "successful", "failed", "cancelled"])
@pytest.mark.parametrize("change", [{"amount": 1}, {"status": "cancelled"}, {"metadata": "x"}])
def test_only_a_pending_credit_can_change_section_7_10(
    api: Caller, status: str, change: dict[str, Any]
) -> None:
    made = api.credit()
    api.place("credits", made["ID"], status=status)
    assert faulty(api.put("credit", made["ID"], change)) == ["status"]


@pytest.mark.parametrize(("zeroes", "amount"), [(False, "2500"), (True, "0")])
def test_a_cancelled_credit_keeps_its_amount_section_7_10(
    api: Caller, zeroes: bool, amount: str
) -> None:
    api.sandbox.settings(cancel_zeroes_amount=zeroes)
    mandate = api.mandate()
    by_put, by_cascade = api.credit(), api.credit(auddis=mandate["auddis"])
    api.put("credit", by_put["ID"], {"status": "cancelled"})
    api.put("Mandate", mandate["id"], {"dd_status": "cancelled"})
    for made in (by_put, by_cascade):
        cancelled = api.read("credit", made["ID"])
        assert (cancelled["status"], cancelled["amount"]) == ("cancelled", amount)


@pytest.mark.parametrize("code", ["ARUCS 0", "ARUCSC"])
def test_a_code_given_by_hand_takes_its_course_sections_7_10_and_10(api: Caller, code: str) -> None:
    """The credit fails and its bank account is disabled."""
    made = api.credit()
    api.place("credits", made["ID"], status="submitted", submitted_on="2026-06-01")
    changed = only(api.put("credit", made["ID"], {"bacs_code": code}), "credit")
    assert (changed["status"], changed["bacs_code"]) == ("failed", code.replace(" ", ""))
    assert changed["bacs_description"]
    assert api.read("bank_account", made["bank_account"])["enabled"] is False


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("pending_submission", "ARUCS0"),
        ("cancelled", "ARUCS0"),
        ("failed", "ARUCS0"),
        ("submitted", "ARUDD0"),
        ("submitted", "nonsense"),
    ],
)
def test_codes_a_credit_does_not_take_sections_7_10_and_10(
    api: Caller, status: str, code: str
) -> None:
    made = api.credit()
    api.place("credits", made["ID"], status=status)
    assert faulty(api.put("credit", made["ID"], {"bacs_code": code})) == ["bacs_code"]


def references(api: Caller, **query: str | int) -> list[str]:
    """The references of the listed credits, in order."""
    return [credit["reference"] for credit in api.get("credits", **query).json()["credits"]]


@pytest.fixture
def four(api: Caller) -> None:
    """Credits a to d, an hour apart from 08:00 UTC: pending, submitted, failed, cancelled."""
    account = api.account()["id"]
    for reference, status in zip(
        "abcd", ("pending_submission", "submitted", "failed", "cancelled"), strict=True
    ):
        made = api.credit(bank_account=account, reference=reference)
        api.place("credits", made["ID"], status=status)
        api.sandbox.advance("1h")


@pytest.mark.usefixtures("four")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "abcd"),
        ({"custom_reference": "b"}, "b"),
        ({"custom_reference": "B"}, ""),
        ({"custom_reference": "b", "status": "failed"}, ""),
        ({"status": "failed"}, "c"),
        ({"status": "pending_submission,submitted"}, "ab"),
        ({"status": "indemnity_claimed"}, ""),
        ({"transaction_code": "99"}, "abc"),
        ({"transaction_code": "17"}, ""),
        ({"created_from": "2026-06-01 10:00:00"}, "cd"),
        ({"created_to": "2026-06-01 09:00:00"}, "ab"),
        ({"sort_order": "desc"}, "dcba"),
        ({"sort_field": "status"}, "dcab"),
        ({"limit": 1, "page_no": 2}, "b"),
    ],
)
def test_the_list_section_6(api: Caller, query: dict[str, str | int], expected: str) -> None:
    """`custom_reference` also finds `reference` of credits."""
    assert "".join(references(api, **query)) == expected


def test_the_list_holds_the_single_records_section_6(api: Caller) -> None:
    assert api.get("credits").json() == {"credits": []}
    made = [api.credit(), api.credit()]
    assert api.get("credits").json() == {"credits": made}
    assert api.get("credits", id=made[1]["ID"]).json() == {"credits": made[1:]}


def test_unknown_credits_and_methods_section_4(api: Caller) -> None:
    assert api.get("credit/CR01ZZZZZZZZZZZZZZZZ").status_code == 404
    assert api.send("DELETE", f"credit/{api.credit()['ID']}").status_code == 405
