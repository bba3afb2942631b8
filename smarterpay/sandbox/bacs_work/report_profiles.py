"""What a reason code does under the profile of a SUN (section 10); knows no record.

A custom profile is JSON, kept in the setting `rejection_profiles`:
`{"100263": {"codes": {"ARUDD0": {"represent": {"times": 2, "banking_days": 5}},
"ADDACS3": {"mandate": "new instruction"}}, "whitespace_override": true}}`. A code that has an
entry does what the entry says; what the entry leaves out is `none`. Any other code takes its
course under the default profile.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from smarterpay.bacs import Effect, MandateEvent, ReasonCode, reason_code

NONE, CANCELLED, DISABLED, INACTIVE = "none", "cancelled", "disabled", "inactive"
BY_PAYER, ON_HOLD, NEW_INSTRUCTION = "cancelled by payer", "on hold", "new instruction"

SELECTABLE: Mapping[str, tuple[str, ...]] = {
    "bank_account": (NONE, DISABLED),
    "mandate": (NONE, CANCELLED, BY_PAYER, ON_HOLD, NEW_INSTRUCTION),
    "payments": (NONE, CANCELLED),
    "credits": (NONE, CANCELLED),
    "schedules": (NONE, INACTIVE),
}
"""What an entry can say of each kind of record (section 10, "Custom profile")."""

RELODGING_CODES = frozenset({"ADDACS3", "ARUDD3", "AUDDIS3"})
REPRESENTED_CODES = frozenset({"ARUDD0", "ARUDD9"})
REPRESENT_TIMES, REPRESENT_DAYS = range(1, 4), range(5, 11)
_PAYER_FAMILIES = ("ADDACS", "AUDDIS")


class AccountEffect(StrEnum):
    """What happens to the bank account."""

    NONE = "none"
    DISABLED = "disabled"
    DETAILS = "new details"


@dataclass(frozen=True, slots=True)
class Course:
    """What a code does beyond the item that it fails.

    `mandate` None leaves its status alone, `on_mandate` still writes the code on it. `payments`
    and `credits` are those that are pending. `represent_times` is how often a failed payment is
    presented again by itself, each time `represent_days` banking days later.
    """

    mandate: MandateEvent | None = None
    on_mandate: bool = False
    payments: bool = False
    credits: bool = False
    schedules: bool = False
    account: AccountEffect = AccountEffect.NONE
    represent_times: int = 0
    represent_days: int = 0


def course_of(
    profiles: Mapping[str, Any], sun: str, code: ReasonCode, *, new_details: bool
) -> Course:
    """What the code does for records of a SUN; empty for a record that belongs to none."""
    entry = profiles.get(sun, {}).get("codes", {}).get(code.code)
    if entry is None:
        return _default_course(code, new_details)
    return _custom_course(code, entry, new_details)


def overrides_whitespace(profiles: Mapping[str, Any], sun: str) -> bool:
    """Whether an unmatched report is tried again with its blanks replaced."""
    return bool(profiles.get(sun, {}).get("whitespace_override"))


def _default_course(code: ReasonCode, new_details: bool) -> Course:
    """The row of the code under "SMPC Default"."""
    return Course(
        mandate=_default_mandate(code),
        on_mandate=code.mandate is Effect.CODE_ONLY,
        payments=code.payments is Effect.CANCELLED,
        credits=code.credits is Effect.CANCELLED,
        schedules=code.schedules is Effect.DISABLED,
        account=_default_account(code, new_details),
    )


def _default_mandate(code: ReasonCode) -> MandateEvent | None:
    if code.mandate is Effect.CANCELLED_BY_PAYER:
        return MandateEvent.PAYER_CANCELS
    return MandateEvent.REPORT_CANCELS if code.mandate is Effect.CANCELLED else None


def _default_account(code: ReasonCode, new_details: bool) -> AccountEffect:
    if code.bank_account is Effect.DISABLED:
        return AccountEffect.DISABLED
    if code.bank_account is Effect.NONE:
        return AccountEffect.NONE
    if new_details:
        return AccountEffect.DETAILS
    moved = code.bank_account is Effect.DETAILS_OR_DISABLED
    return AccountEffect.DISABLED if moved else AccountEffect.NONE


def _custom_course(code: ReasonCode, entry: Mapping[str, Any], new_details: bool) -> Course:
    """What an entry says, with what it forces.

    Disabling the account forces all the rest, cancelling the mandate payments and schedules.
    New details that a report brings are taken over unless the account is disabled.
    """
    disabled = entry.get("bank_account") == DISABLED
    brings_details = new_details and _default_account(code, True) is AccountEffect.DETAILS
    mandate = _custom_mandate(code, entry.get("mandate", NONE), brings_details)
    if disabled and not _cancels(mandate):
        mandate = _cancelling(code)
    ends = _cancels(mandate)
    account = AccountEffect.NONE
    if disabled:
        account = AccountEffect.DISABLED
    elif brings_details:
        account = AccountEffect.DETAILS
    represent = entry.get("represent") or {}
    return Course(
        mandate=mandate,
        on_mandate=code.mandate is Effect.CODE_ONLY,
        payments=ends or entry.get("payments") == CANCELLED,
        credits=disabled or entry.get("credits") == CANCELLED,
        schedules=ends or entry.get("schedules") == INACTIVE,
        account=account,
        represent_times=represent.get("times", 0),
        represent_days=represent.get("banking_days", 0),
    )


def _custom_mandate(code: ReasonCode, selected: str, brings_details: bool) -> MandateEvent | None:
    """The event that an entry selects; without new details nothing can be lodged again."""
    if selected == NEW_INSTRUCTION:
        return MandateEvent.LODGED_AGAIN if brings_details else _cancelling(code)
    return {
        CANCELLED: MandateEvent.REPORT_CANCELS,
        BY_PAYER: MandateEvent.PAYER_CANCELS,
        ON_HOLD: MandateEvent.CALLER_HOLDS,
    }.get(selected)


def _cancelling(code: ReasonCode) -> MandateEvent:
    """How a code of this family cancels (section 10, "Status word")."""
    payer = code.code.startswith(_PAYER_FAMILIES)
    return MandateEvent.PAYER_CANCELS if payer else MandateEvent.REPORT_CANCELS


def _cancels(event: MandateEvent | None) -> bool:
    return event in {MandateEvent.PAYER_CANCELS, MandateEvent.REPORT_CANCELS}


def profile_fault(profiles: Mapping[str, Any]) -> str:
    """What is wrong with a `rejection_profiles` setting; empty where nothing is."""
    for sun, profile in profiles.items():
        if not sun.isascii() or not sun.isdigit() or len(sun) > 6:
            return "each profile stands under a SUN of at most 6 digits"
        if not isinstance(profile, dict) or set(profile) - {"codes", "whitespace_override"}:
            return f"{sun} has codes and whitespace_override, nothing else"
        if not isinstance(profile.get("whitespace_override", False), bool):
            return f"{sun}: whitespace_override is true or false"
        codes = profile.get("codes", {})
        if not isinstance(codes, dict):
            return f"{sun}: codes is an object of entries by reason code"
        for name, entry in codes.items():
            fault = _entry_fault(name, entry)
            if fault:
                return f"{sun}: {fault}"
    return ""


def _entry_fault(name: str, entry: Any) -> str:
    code = reason_code(name)
    if code is None or code.code != name:
        return "codes are written like ADDACS1"
    if not isinstance(entry, dict) or set(entry) - {*SELECTABLE, "represent"}:
        return f"{name} has {', '.join(SELECTABLE)} and represent, nothing else"
    for kind, choices in SELECTABLE.items():
        if entry.get(kind, NONE) not in choices:
            return f"{name}: {kind} is one of {', '.join(choices)}"
    if entry.get("mandate") == NEW_INSTRUCTION and name not in RELODGING_CODES:
        return f"only {', '.join(sorted(RELODGING_CODES))} can lodge the mandate again"
    return _represent_fault(name, entry["represent"]) if "represent" in entry else ""


def _represent_fault(name: str, represent: Any) -> str:
    if name not in REPRESENTED_CODES:
        return f"only {' and '.join(sorted(REPRESENTED_CODES))} can be presented again"
    if not isinstance(represent, dict) or set(represent) != {"times", "banking_days"}:
        return f"{name}: represent has times and banking_days"
    times, days = represent["times"], represent["banking_days"]
    if not _within(times, REPRESENT_TIMES) or not _within(days, REPRESENT_DAYS):
        return f"{name}: times is from 1 to 3, banking_days from 5 to 10"
    return ""


def _within(value: Any, allowed: range) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value in allowed
