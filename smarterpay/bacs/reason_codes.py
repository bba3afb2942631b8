"""What each Bacs reason code means for a mandate and its neighbours, as plain data."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal


class Effect(StrEnum):
    """What a code does to one kind of record; the words of the legend in section 10."""

    NONE = "-"
    CANCELLED_BY_PAYER = "cbp"
    CANCELLED = "can"
    DISABLED = "dis"
    CODE_ONLY = "code only"
    DETAILS_UPDATED = "details updated"
    DETAILS_OR_DISABLED = "new details: updated, stays enabled; none: dis"
    FAILED = "failed"
    CREDIT_FAILED = "credit failed"
    INDEMNITY_CLAIMED = "indemnity_claimed"


@dataclass(frozen=True, slots=True)
class ReasonCode:
    """One row of the default profile, "SMPC Default" (reference, section 10)."""

    code: str
    description: str
    mandate: Effect = Effect.NONE
    item: Effect = Effect.NONE
    payments: Effect = Effect.NONE
    schedules: Effect = Effect.NONE
    bank_account: Effect = Effect.NONE
    credits: Effect = Effect.NONE
    provenance: Literal["D", "A"] = "D"


def _cancelling(
    code: str,
    description: str,
    mandate: Effect,
    item: Effect = Effect.NONE,
    bank_account: Effect = Effect.NONE,
) -> ReasonCode:
    """A code that ends the mandate, and with it its payments and schedules.

    Pending credits of the bank account go exactly where the account itself is touched.
    """
    return ReasonCode(
        code,
        description,
        mandate=mandate,
        item=item,
        payments=Effect.CANCELLED,
        schedules=Effect.DISABLED,
        bank_account=bank_account,
        credits=Effect.NONE if bank_account is Effect.NONE else Effect.CANCELLED,
    )


_CBP = Effect.CANCELLED_BY_PAYER
_CAN = Effect.CANCELLED
_DIS = Effect.DISABLED
_MOVED = Effect.DETAILS_OR_DISABLED

_DOCUMENTED = (
    _cancelling("ADDACS1", "instruction cancelled by payer", _CBP),
    _cancelling("ADDACS3", "instruction cancelled, account transferred", _CBP, bank_account=_MOVED),
    _cancelling("ADDACSB", "account closed", _CBP, bank_account=_DIS),
    ReasonCode(
        "ADDACSE",
        "instruction amended",
        mandate=Effect.CODE_ONLY,
        bank_account=Effect.DETAILS_UPDATED,
    ),
    _cancelling("AUDDIS5", "no account", _CBP, bank_account=_DIS),
    _cancelling("AUDDISM", "transaction code/user status incompatible", _CBP),
    _cancelling("AUDDISN", "transaction disallowed at payers branch", _CBP, bank_account=_DIS),
    ReasonCode("ARUDD0", "refer to payer", item=Effect.FAILED),
    _cancelling("ARUDD1", "instruction cancelled", _CAN, Effect.FAILED),
    _cancelling("ARUDD3", "account transferred", _CAN, Effect.FAILED, _MOVED),
    _cancelling("ARUDDB", "account closed", _CAN, Effect.FAILED, _DIS),
    *(
        ReasonCode(
            code,
            description,
            item=Effect.CREDIT_FAILED,
            bank_account=_DIS,
            credits=Effect.CANCELLED,
        )
        for code, description in (
            ("ARUCS0", "invalid details"),
            ("ARUCS2", "beneficiary deceased"),
            ("ARUCSC", "requested by remitter"),
        )
    ),
    ReasonCode("AWACS0", "invalid details", bank_account=Effect.DETAILS_UPDATED),
    ReasonCode("DDICA2", "no advance notice received", item=Effect.INDEMNITY_CLAIMED),
    ReasonCode("DDICA7", "claim raised at service users request", item=Effect.INDEMNITY_CLAIMED),
    _cancelling("DDICA5", "no instruction held", _CAN, Effect.INDEMNITY_CLAIMED),
    _cancelling("INPUTU", "reference in error", _CAN, Effect.FAILED, _DIS),
    _cancelling(
        "INPUTY",
        "transaction code unacceptable for destination sort code",
        _CAN,
        Effect.FAILED,
        _DIS,
    ),
    _cancelling("INPUTT", "originating account problem", _CAN, Effect.FAILED, _DIS),
    _cancelling(
        "INPUTC",
        "destination sorting code and originating sorting code were invalid on the item",
        _CAN,
        Effect.FAILED,
        _DIS,
    ),
)

DOCUMENTED_CODES = {row.code: row for row in _DOCUMENTED}
"""The rows printed in section 10, by code."""

_ALIKE = {
    "AUDDIS3": "ADDACS3",
    "AUDDISB": "AUDDIS5",
    "ADDACSC": "ADDACSE",
    "AUDDISC": "ADDACSE",
    **{f"ARUDD{reason}": "ARUDD0" for reason in "4789A"},
    **{f"ARUDD{reason}": "ARUDD1" for reason in "26"},
    "ARUDD5": "ARUDDB",
}

_FAMILY_DEFAULT = {
    "ADDACS": "ADDACS1",
    "AUDDIS": "ADDACS1",
    "ARUCS": "ARUCS0",
    "AWACS": "AWACS0",
    "DDICA": "DDICA2",
    "INPUT": "INPUTY",
}

_FORM = re.compile(r"(ADDACS|AUDDIS|ARUDD|ARRUD|ARUCS|AWACS|DDICA|INPUT) ?([0-9A-Z])")


def reason_code(text: str) -> ReasonCode | None:
    """The effects of a code written `ADDACS1` or `ADDACS 1`; None where it is no such code.

    `ARRUD` is read as `ARUDD` (section 5, "Misspelt names"). A code without a row of its own
    takes the effects of its nearest documented one and `provenance` A (section 10).
    """
    match = _FORM.fullmatch(text.strip().upper())
    if match is None:
        return None
    family, reason = match.groups()
    family = "ARUDD" if family == "ARRUD" else family
    code = family + reason
    if code in DOCUMENTED_CODES:
        return DOCUMENTED_CODES[code]
    if code == "ADDACSR":
        return ReasonCode(code, "", mandate=Effect.CODE_ONLY, provenance="A")
    nearest = _ALIKE.get(code) or _FAMILY_DEFAULT.get(family)
    if nearest is None:
        return None
    like = DOCUMENTED_CODES[nearest]
    return replace(like, code=code, provenance="A")
