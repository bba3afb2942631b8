"""Section 10: the effects of reason codes under the default profile."""

from dataclasses import replace

import pytest

from smarterpay.bacs import DOCUMENTED_CODES, Effect, reason_code

DOCUMENTED = """
ADDACS1 cbp - can dis - -
ADDACS3 cbp - can dis moved can
ADDACSB cbp - can dis dis can
ADDACSE code - - - updated -
AUDDIS5 cbp - can dis dis can
AUDDISM cbp - can dis - -
AUDDISN cbp - can dis dis can
ARUDD0 - failed - - - -
ARUDD1 can failed can dis - -
ARUDD3 can failed can dis moved can
ARUDDB can failed can dis dis can
ARUCS0 - credit - - dis can
ARUCS2 - credit - - dis can
ARUCSC - credit - - dis can
AWACS0 - - - - updated -
DDICA2 - indemnity - - - -
DDICA7 - indemnity - - - -
DDICA5 can indemnity can dis - -
INPUTU can failed can dis dis can
INPUTY can failed can dis dis can
INPUTT can failed can dis dis can
INPUTC can failed can dis dis can
"""
WORDS = {
    "-": Effect.NONE,
    "cbp": Effect.CANCELLED_BY_PAYER,
    "can": Effect.CANCELLED,
    "dis": Effect.DISABLED,
    "code": Effect.CODE_ONLY,
    "updated": Effect.DETAILS_UPDATED,
    "moved": Effect.DETAILS_OR_DISABLED,
    "failed": Effect.FAILED,
    "credit": Effect.CREDIT_FAILED,
    "indemnity": Effect.INDEMNITY_CLAIMED,
}
ROWS = [line.split() for line in DOCUMENTED.strip().splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_printed_rows_of_section_10(row: list[str]) -> None:
    code = DOCUMENTED_CODES[row[0]]
    effects = (
        code.mandate,
        code.item,
        code.payments,
        code.schedules,
        code.bank_account,
        code.credits,
    )
    assert effects == tuple(WORDS[word] for word in row[1:])


DESCRIPTIONS = {
    "ADDACS1": "instruction cancelled by payer",
    "ADDACS3": "instruction cancelled, account transferred",
    "ADDACSB": "account closed",
    "ADDACSE": "instruction amended",
    "AUDDIS5": "no account",
    "AUDDISM": "transaction code/user status incompatible",
    "AUDDISN": "transaction disallowed at payers branch",
    "ARUDD0": "refer to payer",
    "ARUDD1": "instruction cancelled",
    "ARUDD3": "account transferred",
    "ARUDDB": "account closed",
    "ARUCS0": "invalid details",
    "ARUCS2": "beneficiary deceased",
    "ARUCSC": "requested by remitter",
    "AWACS0": "invalid details",
    "DDICA2": "no advance notice received",
    "DDICA5": "no instruction held",
    "DDICA7": "claim raised at service users request",
    "INPUTU": "reference in error",
    "INPUTY": "transaction code unacceptable for destination sort code",
    "INPUTT": "originating account problem",
    "INPUTC": "destination sorting code and originating sorting code were invalid on the item",
}


def test_descriptions_are_printed_word_for_word_section_10() -> None:
    assert {code: row.description for code, row in DOCUMENTED_CODES.items()} == DESCRIPTIONS


def test_no_printed_row_is_missing_section_10() -> None:
    assert set(DOCUMENTED_CODES) == {row[0] for row in ROWS}


@pytest.mark.parametrize(
    ("code", "like"),
    [
        ("AUDDIS3", "ADDACS3"),
        ("AUDDISB", "AUDDIS5"),
        ("ADDACSC", "ADDACSE"),
        ("AUDDISC", "ADDACSE"),
        ("ADDACS2", "ADDACS1"),
        ("AUDDIS1", "ADDACS1"),
        *((f"ARUDD{reason}", "ARUDD0") for reason in "4789A"),
        ("ARUDD2", "ARUDD1"),
        ("ARUDD6", "ARUDD1"),
        ("ARUDD5", "ARUDDB"),
        ("ARUCS3", "ARUCS0"),
        ("AWACS3", "AWACS0"),
        ("DDICA1", "DDICA2"),
        ("INPUTX", "INPUTY"),
    ],
)
def test_unlisted_codes_act_as_their_nearest_section_10(code: str, like: str) -> None:
    found = reason_code(code)
    assert found is not None
    assert found.code == code
    assert found.provenance == "A"
    assert replace(found, code=like, provenance="D") == DOCUMENTED_CODES[like]


def test_addacs_r_is_a_code_and_nothing_more_section_10() -> None:
    found = reason_code("ADDACSR")
    assert found is not None
    assert found.mandate is Effect.CODE_ONLY
    assert found.bank_account is Effect.NONE


@pytest.mark.parametrize("text", ["ARUDD1", "ARUDD 1", "arudd1", "ARRUD1", " ARRUD 1 "])
def test_spellings_of_one_code_sections_5_and_10(text: str) -> None:
    assert reason_code(text) == DOCUMENTED_CODES["ARUDD1"]


@pytest.mark.parametrize("text", ["", "ADDACS", "ADDACS12", "XYZ1", "ARUDD-1", "ARUDDZ"])
def test_what_is_no_code_section_10(text: str) -> None:
    assert reason_code(text) is None
