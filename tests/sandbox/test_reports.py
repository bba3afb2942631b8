"""Sections 9, 10 and 12: reports by control call and by hand, their block and their events."""

import re
from typing import Any

import pytest

from tests.sandbox.caller import Caller, faulty
from tests.sandbox.days import (
    NEW_DETAILS,
    RUN,
    ending,
    put,
    refused,
    report,
    status,
    submitted,
    until,
)
from tests.sandbox.hooks import subscribe
from tests.sandbox.receiver import Receiver


def events_of(receiver: Receiver, source: str) -> list[dict[str, Any]]:
    return [event for event in receiver.events if event["event_source"] == source]


def test_every_changed_record_has_one_event_from_ddms_section_10(
    api: Caller, receiver: Receiver
) -> None:
    """Item, mandate, its pending payment and schedule, the account and its pending credit."""
    mandate = api.mandate()
    account = mandate["customer_bank_account"]
    made = {
        "payment": api.payment(auddis=mandate["auddis"])["id"],
        "mandate": mandate["id"],
        "pending": api.payment(auddis=mandate["auddis"], collection_date="2026-07-20")["id"],
        "schedule": api.schedule(auddis=mandate["auddis"], first_collection_date="2026-07-15")[
            "id"
        ],
        "account": account,
        "credit": api.credit(bank_account=account, credit_date="2026-07-20")["ID"],
    }
    until(api, RUN)
    subscribe(api.sandbox, receiver)
    report(api, "ARUDDB", made["payment"])
    api.sandbox.advance(2)
    told = events_of(receiver, "DDMS service")
    assert len(told) == len(receiver.events)
    assert [event["id"] for event in told] == [
        made["payment"],
        made["mandate"],
        made["pending"],
        made["schedule"],
        made["credit"],
        made["account"],
    ]
    assert {event["event_type"].partition(".")[2] for event in told} == {"update"}
    blocks = {
        (event["bacs_reason_code"], event["bacs_description"], event["bacs_filename"])
        for event in told
    }
    assert blocks == {("ARUDDB", "account closed", "Arudd010626220000.xml")}


def test_the_files_move_their_records_as_smp_service_section_9(
    api: Caller, receiver: Receiver
) -> None:
    payment = api.payment()
    subscribe(api.sandbox, receiver)
    until(api, "2026-06-08T12:00")
    told = [
        (event["id"], event["event_type"], event["status"])
        for event in events_of(receiver, "SMP Service")
    ]
    assert told == [
        (payment["mandate"], "mandate.update", "first collection"),
        (payment["id"], "payment.update", "submitted"),
        (payment["mandate"], "mandate.update", "ongoing collection"),
        (payment["id"], "payment.update", "successful"),
    ]


@pytest.mark.parametrize(
    ("amount", "instant", "filename", "reference"),
    [
        (9010, "2026-06-04T08:00", "Arudd040626080000.xml", r"[A-Z]{3}\d{7}-\d{7}"),
        (9057, "2026-06-17T08:00", "Ddica170626080000.xml", r"[A-Z]{3}\d{7}-\d{7}"),
        (9060, "2026-06-02T08:00", "ReftInput020626080000.xml", r"2026060201S\d{9}"),
    ],
)
def test_reference_and_file_name_have_the_forms_of_section_10(
    api: Caller, amount: int, instant: str, filename: str, reference: str
) -> None:
    payment = api.payment(amount=amount)
    until(api, instant)
    kept = api.sandbox.books(records=True)["records"]["payments"]
    (record,) = [one for one in kept if one["id"] == payment["id"]]
    assert record["bacs_filename"] == filename
    assert re.fullmatch(reference, record["bacs_reference"])
    assert record["bacs_description"] == record["bacs_description"].lower()


@pytest.mark.parametrize(
    ("code", "about", "told"),
    [
        ("ARUDD0", "pending", "the payment is pending_submission"),
        ("DDICA2", "pending", "the payment is pending_submission"),
        ("INPUTY", "pending", "the payment is pending_submission"),
        ("ARUCS0", "credit", "the credit is pending_submission"),
        ("AWACS0", "credit", "the credit is pending_submission"),
        ("ADDACS1", "ended", "the mandate is cancelled"),
        ("INPUTY", "ended", "no submission has a line about the mandate"),
        ("ADDACS1", "pending", "ADDACS is about a mandate"),
        ("ARUDD0", "mandate", "ARUDD is about a Direct Debit payment"),
        ("ARUCS0", "account", "ARUCS is about a credit"),
        ("AWACS0", "mandate", "AWACS is about a credit or a bank account"),
        ("INPUTY", "account", "INPUT is about a mandate or a Direct Debit payment or a credit"),
    ],
)
def test_a_record_that_cannot_take_the_code_says_why_section_12(
    api: Caller, code: str, about: str, told: str
) -> None:
    mandate = api.mandate()
    records = {
        "pending": api.payment(auddis=mandate["auddis"])["id"],
        "credit": api.credit()["ID"],
        "ended": api.mandate(dd_status="cancelled")["id"],
        "mandate": mandate["id"],
        "account": mandate["customer_bank_account"],
    }
    before = api.sandbox.books(records=True)["records"]
    answer = refused(api, "report", {"code": code, "record_id": records[about]})
    assert answer == (409, told)
    assert api.sandbox.books(records=True)["records"] == before


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"code": "ARUDD0"}, 400),
        ({"code": "nonsense", "record_id": "P01"}, 400),
        ({"code": "ARUDD0", "record_id": "P01NOSUCH"}, 404),
        ({"code": "ARUDD0", "record_id": 5}, 400),
        ({"code": "ARUDD0", "record_id": "P01", "reference": "X"}, 400),
        ({"code": "ADDACS1", "reference": "NOBODY"}, 404),
        ({"record_id": "P01"}, 400),
        ({"code": "ARUDD0", "record_id": "P01", "when": "now"}, 400),
    ],
)
def test_a_report_call_that_makes_no_sense_section_12(
    api: Caller, body: dict[str, Any], code: int
) -> None:
    assert refused(api, "report", body)[0] == code


@pytest.mark.parametrize(
    "details",
    [
        "200052 75849855",
        {},
        {"sort_code": "200052"},
        {"sort_code": "20-00-52", "account_number": "75849855"},
        {"sort_code": "200052", "account_number": 75849855},
        {"sort_code": "200052", "account_number": "12345900"},
        {"sort_code": "200052", "account_number": "75849855", "iban": "GB1"},
    ],
)
def test_new_details_must_be_an_account_section_12(api: Caller, details: Any) -> None:
    """And the refusal never repeats them."""
    mandate = api.mandate()
    body = {"code": "ADDACS3", "record_id": mandate["id"], "new_details": details}
    code, told = refused(api, "report", body)
    assert code == 400
    assert "7584" not in told
    assert status(api, mandate, "Mandate") == "new instruction"


def test_a_card_payment_takes_no_report_section_10(api: Caller) -> None:
    payment = submitted(api)
    api.place("payments", payment["id"], record_type="card payment", status="successful")
    told = refused(api, "report", {"code": "ARUDD0", "record_id": payment["id"]})
    assert told == (409, "a card payment does not go through Bacs")


def test_a_report_on_a_bank_account_reaches_no_mandate_section_10(api: Caller) -> None:
    """New details come by AWACS; each mandate waits for its own report."""
    mandate = api.mandate(customer_bank_account=ending(api, "123")["id"])
    account = mandate["customer_bank_account"]
    report(api, "AWACS0", account, new_details=NEW_DETAILS | {"account_name": "K Hammett"})
    held = api.read("bank_account", account)
    assert (held["account_number"], held["account_name"]) == ("75849855", "K Hammett")
    assert api.read("Mandate", mandate["id"])["account_number"] == "12345123"


def test_a_report_can_name_a_mandates_reference_section_12(api: Caller) -> None:
    payment = submitted(api)
    body = {"code": "ARUDD0", "reference": payment["auddis"]}
    assert api.sandbox.control("report", body)["record_id"] == payment["id"]
    body = {"code": "ADDACS1", "reference": payment["auddis"], "sun": "122"}
    assert refused(api, "report", body)[0] == 404
    assert refused(api, "report", {"code": "ARUDD0", "reference": payment["auddis"]})[0] == 409
    body = {"code": "ADDACS1", "reference": payment["auddis"], "sun": "100263"}
    assert api.sandbox.control("report", body)["record_id"] == payment["mandate"]


@pytest.mark.parametrize(
    ("code", "after"),
    [
        ("ARUDD 2", ("failed", "ARUDD2", "cancelled")),
        ("ARUDD0", ("failed", "ARUDD0", "ongoing collection")),
        ("DDICA5", ("indemnity_claimed", "DDICA5", "cancelled")),
        ("INPUTU", ("failed", "INPUTU", "cancelled")),
    ],
)
def test_a_code_given_by_hand_to_a_payment_section_10(
    api: Caller, code: str, after: tuple[str, str, str]
) -> None:
    payment = submitted(api)
    changed = put(api, "payment", payment["id"], bacs_code=code)
    mandate = api.read("Mandate", payment["mandate"])
    assert (changed["status"], changed["bacs_code"], mandate["dd_status"]) == after


def test_a_code_given_by_hand_has_no_file_and_comes_from_the_api_section_10(
    api: Caller, receiver: Receiver
) -> None:
    payment = submitted(api)
    subscribe(api.sandbox, receiver)
    put(api, "payment", payment["id"], bacs_code="ARUDD1")
    api.sandbox.advance(2)
    told = events_of(receiver, "API")
    assert [event["id"] for event in told] == [payment["id"], payment["mandate"]]
    assert {event["bacs_filename"] for event in told} == {None}


def test_a_code_given_by_hand_to_a_credit_section_10(api: Caller) -> None:
    credit = api.credit()
    assert faulty(api.put("credit", credit["ID"], {"bacs_code": "ARUCS0"})) == ["bacs_code"]
    until(api, RUN)
    noted = put(api, "credit", credit["ID"], bacs_code="AWACS0")
    assert (noted["status"], noted["bacs_code"]) == ("submitted", "AWACS0")
    changed = put(api, "credit", credit["ID"], bacs_code="ARUCS0")
    assert (changed["status"], changed["bacs_code"]) == ("failed", "ARUCS0")


@pytest.mark.parametrize("code", ["ADDACS1", "ARUCS0"])
def test_a_code_of_another_record_is_refused_by_hand_section_10(api: Caller, code: str) -> None:
    payment = submitted(api)
    assert faulty(api.put("payment", payment["id"], {"bacs_code": code})) == ["bacs_code"]
    refused_too = api.put("Mandate", payment["mandate"], {"bacs_code": "AWACS0"})
    assert faulty(refused_too) == ["bacs_code"]
    assert status(api, payment) == "submitted"


@pytest.mark.parametrize(
    ("phrase", "after"),
    [
        ("approval expired", "failed"),
        ("approval rejected", "failed"),
        ("challenge expired", "failed"),
        ("challenge rejected", "failed"),
        ("challenge withdrawn", "failed"),
        ("challenge accepted", "successful"),
        ("challenge auto accepted", "successful"),
        ("PSP reviewing", "indemnity_claimed"),
    ],
)
def test_a_challenge_report_section_10(
    api: Caller, receiver: Receiver, phrase: str, after: str
) -> None:
    """The phrase becomes the description, and one `payment.update` tells."""
    payment = submitted(api)
    report(api, "DDICA2", payment["id"])
    subscribe(api.sandbox, receiver)
    body = {"record_id": payment["id"], "phrase": phrase}
    told = api.sandbox.control("challenge-report", body)
    assert (told["status"], told["bacs_description"]) == (after, phrase.lower())
    assert told["bacs_code"] == "DDICA2"
    api.sandbox.advance(2)
    assert [(event["id"], event["event_type"]) for event in receiver.events] == [
        (payment["id"], "payment.update")
    ]


def test_the_ddica_status_report_changes_nothing_section_10(
    api: Caller, receiver: Receiver
) -> None:
    payment = submitted(api)
    report(api, "DDICA2", payment["id"])
    before = api.read("payment", payment["id"])
    subscribe(api.sandbox, receiver)
    api.sandbox.control("challenge-report", {"record_id": payment["id"], "phrase": "status report"})
    api.sandbox.advance(2)
    assert api.read("payment", payment["id"]) == before
    assert receiver.events == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"phrase": "challenge accepted"}, 404),
        ({"record_id": "P01NOSUCH", "phrase": "challenge accepted"}, 404),
        ({"record_id": "P01NOSUCH", "phrase": "maybe"}, 400),
        ({"record_id": "P01NOSUCH"}, 400),
    ],
)
def test_a_challenge_call_that_makes_no_sense_section_12(
    api: Caller, body: dict[str, Any], code: int
) -> None:
    assert refused(api, "challenge-report", body)[0] == code


def test_only_a_claimed_payment_can_be_challenged_section_11(api: Caller) -> None:
    payment = submitted(api)
    body = {"record_id": payment["id"], "phrase": "challenge accepted"}
    assert refused(api, "challenge-report", body) == (
        409,
        "the payment is submitted, not claimed back",
    )
