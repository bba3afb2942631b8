"""Section 10: every row and every cell of the reason-code table, default profile."""

from typing import Any

import pytest

from tests.sandbox.caller import Caller
from tests.sandbox.days import NEW_DETAILS, RUN, codes, lines, report, status, submissions, until
from tests.sandbox.payer_scene import BEFORE, PENDING, outcome, scene

CBP, CAN = "cancelled by payer", "cancelled"
ENDS = {"pending": "cancelled", "schedule": "inactive"}
CLOSES = {"enabled": False, "pending_credit": "cancelled"}
MOVES = {"number": "75849855", "pending_credit": "cancelled"}
FAILS = {"payment": "failed"}
CLAIMS = {"payment": "indemnity_claimed"}
RETURNS = {"credit": "failed"}

# code, what it is about, description, with new details, what changes
ROWS: list[tuple[str, str, str, bool, dict[str, Any]]] = [
    ("ADDACS1", "mandate", "instruction cancelled by payer", False, {"mandate": CBP} | ENDS),
    (
        "ADDACS3",
        "mandate",
        "instruction cancelled, account transferred",
        True,
        {"mandate": CBP} | ENDS | MOVES,
    ),
    (
        "ADDACS3",
        "mandate",
        "instruction cancelled, account transferred",
        False,
        {"mandate": CBP} | ENDS | CLOSES,
    ),
    ("ADDACSB", "mandate", "account closed", False, {"mandate": CBP} | ENDS | CLOSES),
    ("ADDACSE", "mandate", "instruction amended", True, {"number": "75849855"}),
    ("ADDACSE", "mandate", "instruction amended", False, {}),
    ("AUDDIS5", "mandate", "no account", False, {"mandate": CBP} | ENDS | CLOSES),
    (
        "AUDDISM",
        "mandate",
        "transaction code/user status incompatible",
        False,
        {"mandate": CBP} | ENDS,
    ),
    (
        "AUDDISN",
        "mandate",
        "transaction disallowed at payers branch",
        False,
        {"mandate": CBP} | ENDS | CLOSES,
    ),
    ("ARUDD0", "submitted", "refer to payer", False, FAILS),
    ("ARUDD1", "submitted", "instruction cancelled", False, {"mandate": CAN} | FAILS | ENDS),
    (
        "ARUDD3",
        "submitted",
        "account transferred",
        True,
        {"mandate": CAN} | FAILS | ENDS | MOVES,
    ),
    (
        "ARUDD3",
        "submitted",
        "account transferred",
        False,
        {"mandate": CAN} | FAILS | ENDS | CLOSES,
    ),
    ("ARUDDB", "submitted", "account closed", False, {"mandate": CAN} | FAILS | ENDS | CLOSES),
    ("ARUCS0", "credit_submitted", "invalid details", False, RETURNS | CLOSES),
    ("ARUCS2", "credit_submitted", "beneficiary deceased", False, RETURNS | CLOSES),
    ("ARUCSC", "credit_submitted", "requested by remitter", False, RETURNS | CLOSES),
    ("AWACS0", "credit_submitted", "invalid details", True, {"number": "75849855"}),
    ("DDICA2", "submitted", "no advance notice received", False, CLAIMS),
    ("DDICA7", "submitted", "claim raised at service users request", False, CLAIMS),
    ("DDICA5", "submitted", "no instruction held", False, {"mandate": CAN} | CLAIMS | ENDS),
    ("INPUTU", "submitted", "reference in error", False, {"mandate": CAN} | FAILS | ENDS | CLOSES),
    (
        "INPUTY",
        "submitted",
        "transaction code unacceptable for destination sort code",
        False,
        {"mandate": CAN} | FAILS | ENDS | CLOSES,
    ),
    (
        "INPUTT",
        "submitted",
        "originating account problem",
        False,
        {"mandate": CAN} | FAILS | ENDS | CLOSES,
    ),
    (
        "INPUTC",
        "submitted",
        "destination sorting code and originating sorting code were invalid on the item",
        False,
        {"mandate": CAN} | FAILS | ENDS | CLOSES,
    ),
    ("INPUTY", "credit_submitted", "", False, RETURNS | CLOSES),
]


@pytest.mark.parametrize(
    ("code", "about", "description", "moved", "changes"),
    [
        pytest.param(*row, id=f"{row[0]}{' with new details' if row[3] else ''} on {row[1]}")
        for row in ROWS
    ],
)
def test_the_reason_code_table_section_10(  # noqa: PLR0917 - a row of the table
    api: Caller, code: str, about: str, description: str, moved: bool, changes: dict[str, Any]
) -> None:
    made = scene(api)
    named = getattr(made, about)
    assert outcome(api, made) == BEFORE | {"number": "75849855"}
    api.place("bank_accounts", made.account, account_number="12345678")
    more = {"new_details": NEW_DETAILS} if moved else {}
    told = report(api, code, named.get("id") or named["ID"], **more)
    assert told["code"] == code
    assert not description or told["description"] == description
    assert outcome(api, made) == BEFORE | changes
    assert status(api, made.neighbour, "Mandate") == "first collection"
    assert status(api, made.neighbours_payment) == PENDING


@pytest.mark.parametrize(
    ("code", "like"),
    [
        ("AUDDIS3", {"mandate": CBP} | ENDS | CLOSES),
        ("AUDDISB", {"mandate": CBP} | ENDS | CLOSES),
        ("AUDDISC", {}),
        ("ADDACSC", {}),
        ("ADDACSR", {}),
        ("ADDACS0", {"mandate": CBP} | ENDS),
        ("AUDDIS1", {"mandate": CBP} | ENDS),
        ("AUDDISF", {"mandate": CBP} | ENDS),
        ("ARUDD2", {"mandate": CAN} | FAILS | ENDS),
        ("ARUDD4", FAILS),
        ("ARUDD5", {"mandate": CAN} | FAILS | ENDS | CLOSES),
        ("ARUDD6", {"mandate": CAN} | FAILS | ENDS),
        ("ARUDD7", FAILS),
        ("ARUDD8", FAILS),
        ("ARUDD9", FAILS),
        ("ARUDDA", FAILS),
        ("ARUCS5", RETURNS | CLOSES),
        ("AWACS3", {}),
        ("DDICA1", CLAIMS),
        ("INPUTA", {"mandate": CAN} | FAILS | ENDS | CLOSES),
    ],
)
def test_other_codes_do_as_their_nearest_section_10(
    api: Caller, code: str, like: dict[str, Any]
) -> None:
    made = scene(api)
    about = {"AD": made.mandate, "AU": made.mandate, "ARUC": made.credit_submitted}
    about["AWAC"] = made.credit_submitted
    named = about.get(code[:4]) or about.get(code[:2]) or made.submitted
    report(api, code, named.get("id") or named["ID"])
    assert outcome(api, made) == BEFORE | {"number": "75849855"} | like


def test_the_misspelt_family_is_the_same_code_section_5(api: Caller) -> None:
    """`ARRUD` is `ARUDD`, as older clients write it."""
    made = scene(api)
    assert report(api, "ARRUD 0", made.submitted["id"])["code"] == "ARUDD0"


def test_cancelled_unless_already_section_10(api: Caller) -> None:
    """A mandate the payer has cancelled stays as it is when its payment comes back."""
    made = scene(api)
    report(api, "ADDACS1", made.mandate["id"])
    report(api, "ARUDD1", made.submitted["id"])
    mandate = api.read("Mandate", made.mandate["id"])
    assert (mandate["dd_status"], mandate["bacs_code"]) == (CBP, "ADDACS1")
    assert status(api, made.submitted) == "failed"


def test_the_mandates_own_credits_fall_with_it_section_10(api: Caller) -> None:
    """Credits on the mandate's reference go on every cancellation, other credits by the table."""
    made = scene(api)
    own = api.credit(auddis=made.mandate["auddis"], credit_date="2026-07-20")
    report(api, "ADDACS1", made.mandate["id"])
    assert status(api, own, "credit") == "cancelled"
    assert status(api, made.credit_pending, "credit") == PENDING


def test_what_a_report_changes_carries_its_block_section_10(api: Caller) -> None:
    made = scene(api)
    report(api, "ARUDDB", made.submitted["id"])
    for record in (
        api.read("payment", made.submitted["id"]),
        api.read("payment", made.pending["id"]),
        api.read("Mandate", made.mandate["id"]),
        api.read("credit", made.credit_pending["ID"]),
    ):
        assert (record["bacs_code"], record["bacs_description"]) == ("ARUDDB", "account closed")
    assert api.read("payment", made.neighbours_payment["id"])["bacs_code"] == ""


@pytest.mark.parametrize("code", ["INPUTT", "INPUTY"])
def test_an_input_report_about_a_0n_section_10(api: Caller, code: str) -> None:
    """`INPUTT` leaves the mandate as it is, only the line fails; others end it."""
    mandate = api.mandate()
    until(api, RUN)
    report(api, code, mandate["id"])
    ended = code == "INPUTY"
    assert status(api, mandate, "Mandate") == (CAN if ended else "first collection")
    assert ("bacs_code" in api.read("Mandate", mandate["id"])) == ended
    assert codes(api, status="Failed") == ["0N"]
    assert [one["status"] for one in submissions(api)] == ["Submitted With errors"]


def test_an_input_report_about_a_0c_fails_its_line_section_10(api: Caller) -> None:
    mandate = api.mandate(dd_status="first collection")
    api.put("Mandate", mandate["id"], {"dd_status": "cancelled"})
    until(api, RUN)
    report(api, "INPUTT", mandate["id"])
    assert codes(api, status="Failed") == ["0C"]
    assert status(api, mandate, "Mandate") == CAN


def test_an_input_report_fails_one_line_of_its_submission_section_11(api: Caller) -> None:
    made = scene(api)
    report(api, "INPUTU", made.submitted["id"])
    failed = lines(api, status="Failed")
    assert [line["record_id"] for line in failed] == [made.submitted["id"]]
    assert [one["status"] for one in submissions(api)] == ["Submitted With errors"]
    report(api, "INPUTU", made.credit_submitted["ID"])
    assert len(lines(api, status="Failed")) == 2
