"""What a request for approval is, and how it is refused; knows no database and no Prefect.

NotApproved                what was planned may not be done
  PlanRejected             somebody said no; for good
  ApprovalExpired          nobody decided in time, or nobody went on in time
  PlanChanged              it is not, or no more, the plan that was approved
  TakenOver                another run of the same plan waits for the answer now
DecisionRefused            a decision that does not count; written down as such
  PlannerMayNotDecide      four eyes
  NobodyDecides            without a name
  RequestExpired
  AnotherPlan              the digest given is not that of the plan that is asked about
  RequestSuperseded
  AlreadyDecided
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from smarterpay.money.pounds import in_pounds
from smarterpay.money.thresholds import Reason

#: Characters of a digest that name a plan for people.
DIGEST_SHOWN = 12
#: How a decision was made, where it was by the form of a waiting run.
BY_FORM = "prefect"


class Decision(StrEnum):
    """What somebody decided."""

    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that counts. `used_at`: when a run first went on by it; it expires no more."""

    decision: Decision
    approver: str
    via: str
    decided_at: datetime
    used_at: datetime | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, by whom planned, with the decision if there is one; nothing personal.

    `told` is what else people are shown of the plan. `flow_run_id` is the run that waits.
    `refusals` counts answers to its form that did not count. An approval lives as long as its
    request.
    """

    id: str
    subject: str
    kind: str
    plan_sha256: str
    planner: str
    rows_total: int
    amount_pence: int
    largest_row_pence: int
    told: Mapping[str, Any]
    reasons: Sequence[Reason]
    asked_at: datetime
    expires_at: datetime
    stands: bool
    flow_run_id: str | None
    refusals: int
    decided: Decided | None

    @property
    def digest_shown(self) -> str:
        """The plan's digest as people see and write it."""
        return self.plan_sha256[:DIGEST_SHOWN]

    @property
    def is_approved(self) -> bool:
        """Whether somebody approved it, in time or not."""
        return self.decided is not None and self.decided.decision is Decision.APPROVED

    @property
    def is_rejected(self) -> bool:
        """Whether somebody rejected it, which is for good."""
        return self.decided is not None and self.decided.decision is Decision.REJECTED

    def has_expired(self, now: datetime) -> bool:
        """Whether it is too late; an approval that was used, and a rejection, never are."""
        if self.decided is not None and (self.is_rejected or self.decided.used_at is not None):
            return False
        return now >= self.expires_at


class NotApproved(RuntimeError):
    """What was planned may not be done, and nothing of it has been sent by this run."""


class PlanRejected(NotApproved):
    """Somebody rejected the plan."""


class ApprovalExpired(NotApproved):
    """Nobody decided, or went on, in time; running again asks again."""


class PlanChanged(NotApproved):
    """The plan is not the one that was approved; running again asks for the one that is now."""


class TakenOver(NotApproved):
    """Another run of the same plan waits for the answer; this one ends."""


class DecisionRefused(RuntimeError):
    """A decision that does not count; `request` is what it was about."""

    why = "it does not count"

    def __init__(self, request: Request) -> None:
        super().__init__(f"{request.subject}, plan {request.digest_shown}: {self.why}")
        self.request = request


class PlannerMayNotDecide(DecisionRefused):
    """Four eyes: who planned it does not decide on it."""

    why = "who planned it may not decide on it; somebody else has to"


class NobodyDecides(DecisionRefused):
    """A decision without a name."""

    why = "a decision needs the name of who decides, with letters or digits in it"


class RequestExpired(DecisionRefused):
    """Too late."""

    why = "the request has expired; run the batch again to have it asked anew"


class AnotherPlan(DecisionRefused):
    """The digest given is not that of the plan."""

    why = (
        f"decide by the plan's digest, {DIGEST_SHOWN} characters or more; the one given is not its"
    )


class RequestSuperseded(DecisionRefused):
    """The subject has another plan by now."""

    why = "it was superseded by another plan; `smarterpay approvals` shows what is asked now"


class AlreadyDecided(DecisionRefused):
    """Somebody was faster."""

    why = "it is decided already; `smarterpay audit --subject` shows by whom"


def same_person(one: str, other: str) -> bool:
    """Whether two names are the same but for case, accents, blanks and punctuation."""
    return letters_of(one) == letters_of(other)


def rejected(request: Request) -> PlanRejected:
    """The refusal to do what somebody rejected."""
    return PlanRejected(
        f"{request.subject}, plan {request.digest_shown}, was rejected: it can be applied no more,"
        f" and its rows stay as staged; `smarterpay audit --subject {request.subject}` says by"
        " whom. If it is wanted after all, plan it anew; somebody is asked anew"
    )


def expired(request: Request) -> ApprovalExpired:
    """The refusal to do what was not decided, or not done, in time."""
    what = "its approval" if request.is_approved else "the request for its approval"
    return ApprovalExpired(
        f"{request.subject}, plan {request.digest_shown}: {what} expired at"
        f" {request.expires_at:%Y-%m-%d %H:%M}Z; run it again to have it asked anew"
    )


def plan_changed(request: Request) -> PlanChanged:
    """The refusal to do another plan than the one that was asked about."""
    return PlanChanged(
        f"{request.subject}: its plan is not the one that was asked about,"
        f" {request.digest_shown}; run it again to have it asked anew"
    )


def taken_over(request: Request) -> TakenOver:
    """The end of a run whose question another run of the same plan has taken over."""
    return TakenOver(
        f"{request.subject}: another run of it waits for the approval now, or goes on by it"
    )


def summary_of(request: Request) -> Sequence[tuple[str, str]]:
    """The plan as people are shown it before they decide, name by name."""
    return [
        ("Plan", request.digest_shown),
        ("Kind", request.kind),
        ("Planned by", request.planner),
        ("Rows", f"{request.rows_total:,}"),
        ("In all", in_pounds(request.amount_pence)),
        ("Largest row", in_pounds(request.largest_row_pence)),
        *_facts(request.told),
        ("Asked because", "; ".join(reason.in_words for reason in request.reasons)),
        ("Expires", f"{request.expires_at:%Y-%m-%d %H:%M}Z"),
    ]


def answer_of(request: Request, decided: Decided) -> Mapping[str, str]:
    """The form of a waiting run filled in as it was decided elsewhere, to let the run go on."""
    verb = "approve" if decided.decision is Decision.APPROVED else "reject"
    return {"decision": verb, "approver": decided.approver, "plan": request.digest_shown}


def refusal_of(
    request: Request, approver: str, plan: str, now: datetime
) -> type[DecisionRefused] | None:
    """Why a decision does not count; None where it does.

    `plan` is the digest the approver decides by, or its beginning.
    """
    digest = plan.strip().lower()
    names_it = len(digest) >= DIGEST_SHOWN and request.plan_sha256.startswith(digest)
    refusals = (
        (NobodyDecides, not letters_of(approver)),
        (AlreadyDecided, request.decided is not None),
        (RequestSuperseded, not request.stands),
        (RequestExpired, request.has_expired(now)),
        (AnotherPlan, not names_it),
        (PlannerMayNotDecide, same_person(approver, request.planner)),
    )
    return next((refusal for refusal, holds in refusals if holds), None)


def _facts(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is told by name, as people read it; pence in pounds, and nothing of what is empty."""
    for name, one in told.items():
        if one in (None, "", [], {}):
            continue
        words, _, unit = name.rpartition("_")
        if unit == "pence" and isinstance(one, int):
            yield words.replace("_", " ").capitalize(), in_pounds(one)
        else:
            yield name.replace("_", " ").capitalize(), _text(one)


def _text(told: object) -> str:
    if isinstance(told, Mapping):
        return ", ".join(f"{name.lower()} {text}" for name, text in _facts(told))
    if isinstance(told, list):
        return "; ".join(map(_text, told))
    return str(told)


def letters_of(name: str) -> str:
    """What of a name tells people apart: letters and digits, without accents and case."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    return "".join(sign for sign in plain if sign.isalnum())
