"""One payer with all that a Bacs report can reach, for tests of what it does; knows no effect."""

from dataclasses import dataclass
from typing import Any

from tests.sandbox.caller import Caller
from tests.sandbox.days import RUN, status, until

LIVE = "ongoing collection"
PENDING, ACTIVE = "pending_submission", "active"


@dataclass(frozen=True)
class Scene:
    """One payer with all that a report can reach, and a neighbour whom it must not."""

    account: str
    mandate: dict[str, Any]
    submitted: dict[str, Any]
    pending: dict[str, Any]
    schedule: dict[str, Any]
    credit_submitted: dict[str, Any]
    credit_pending: dict[str, Any]
    neighbour: dict[str, Any]
    neighbours_payment: dict[str, Any]


def scene(api: Caller) -> Scene:
    """Tue 2 Jun 2026: one payment and one credit are with Bacs, others wait."""
    account = api.account()["id"]
    mandate = api.mandate(customer_bank_account=account)
    neighbour = api.mandate(customer_bank_account=account)
    made = Scene(
        account=account,
        mandate=mandate,
        submitted=api.payment(auddis=mandate["auddis"]),
        pending=api.payment(auddis=mandate["auddis"], collection_date="2026-07-20"),
        schedule=api.schedule(auddis=mandate["auddis"], first_collection_date="2026-07-15"),
        credit_submitted=api.credit(bank_account=account),
        credit_pending=api.credit(bank_account=account, credit_date="2026-07-20"),
        neighbour=neighbour,
        neighbours_payment=api.payment(auddis=neighbour["auddis"], collection_date="2026-07-20"),
    )
    until(api, RUN)
    return made


def outcome(api: Caller, made: Scene) -> dict[str, Any]:
    """How all of a scene stands, by the columns of the table."""
    account = api.read("bank_account", made.account)
    return {
        "mandate": status(api, made.mandate, "Mandate"),
        "payment": status(api, made.submitted),
        "pending": status(api, made.pending),
        "schedule": status(api, made.schedule, "recurrence_schedule"),
        "enabled": account["enabled"],
        "number": account["account_number"],
        "credit": status(api, made.credit_submitted, "credit"),
        "pending_credit": status(api, made.credit_pending, "credit"),
    }


BEFORE = {
    "mandate": LIVE,
    "payment": "submitted",
    "pending": PENDING,
    "schedule": ACTIVE,
    "enabled": True,
    "number": "12345678",
    "credit": "submitted",
    "pending_credit": PENDING,
}
