"""Builds valid wishes, closings and rows for journal tests; each test changes what it is about."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from smarterpay.journal import Journal
from smarterpay.journal.approval_requests import Decision
from smarterpay.journal.batches import NewRow, RowReject
from smarterpay.journal.decision import State
from smarterpay.journal.intents import Attempt, Busy, Closing, Intent, Wish
from smarterpay.journal.leases import Lease, new_lease
from smarterpay.money.thresholds import Reason, Threshold
from tests.money.plans import a_plan

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
BODY = b'{"Customer_Account":{"custom_reference":"CUST-0042"}}'
OTHER_BODY = b'{"Customer_Account":{"custom_reference":"CUST-0042","city":"Leeds"}}'
ANSWER = b'{"Customer_Account":{"id":"CA01ABCDEFGHIJKLMNOP"}}'


def a_wish(**changes: Any) -> Wish:
    """A wish for a customer account."""
    values: dict[str, Any] = {
        "operation": "customer_account.create",
        "reference": "CUST-0042",
        "method": "POST",
        "path": "/customeraccount",
        "body": BODY,
    }
    return Wish(**{**values, **changes})


SUCCEEDED = Closing(
    "succeeded", State.SUCCEEDED, status=200, replayed=False, record_id="CA01", answer=ANSWER
)
REFUSED = Closing("refused", State.REFUSED, status=400, replayed=False, reason="BadRequest: city")
UNKNOWN = Closing("unknown", State.UNKNOWN, error="ReadTimeout")
REFUSED_FOR_ITSELF = Closing("refused", State.REFUSED, status=404, for_itself_only=True)
RETRY = Closing("retry", None, status=429)
MISCONFIGURED = Closing("misconfigured", None, status=498)
REPLAYED_500 = Closing("stop", State.UNKNOWN, status=500, replayed=True, look_up=True)
CLOSINGS: Mapping[str, Closing] = {
    "succeeded": SUCCEEDED,
    "refused": REFUSED,
    "refused itself": REFUSED_FOR_ITSELF,
    "unknown": UNKNOWN,
    "retry": RETRY,
    "misconfigured": MISCONFIGURED,
}


def lapsed_lease() -> Lease:
    """The lease of a sender that was not heard of again."""
    return new_lease(seconds=-1)


def start(
    journal: Journal, intent: Intent, *, now: datetime = NOW, lease: Lease | None = None
) -> Attempt:
    """Start an exchange that must be allowed to start."""
    started = journal.intents.start_attempt(intent.id, intent.key, lease or new_lease(), now)
    assert not isinstance(started, Busy), started
    return started[0]


def exchange(journal: Journal, intent: Intent, closing: Closing, *, now: datetime = NOW) -> Intent:
    """One whole exchange."""
    return journal.intents.close_attempt(start(journal, intent, now=now), closing, now)


def settled(journal: Journal, closing: Closing, wish: Wish | None = None) -> Intent:
    """An intent that one exchange has brought where `closing` says."""
    intent, _ = journal.intents.open(wish or a_wish(), NOW)
    return exchange(journal, intent, closing)


def reject(journal: Journal, subject: str, note: str | None = None) -> None:
    """Have a plan of that subject asked about, and rejected."""
    plan, now = a_plan(2500, subject=subject), journal.clock.now()
    asked = journal.approvals.ask(plan, [Reason(Threshold.ROW_PENCE, 0, 2500)], now)
    assert asked is not None
    journal.approvals.decide(
        asked.id,
        Decision.REJECTED,
        approver="Bob",
        plan=plan.sha256,
        via="test",
        now=now,
        note=note,
    )


def a_row(number: int, **changes: Any) -> NewRow:
    """A good row; the header stands on line 1."""
    values: dict[str, Any] = {
        "number": number,
        "line": number + 2,
        "reference": f"CUST-{number:05}",
        "payload": f"payload {number}".encode(),
    }
    return NewRow(**{**values, **changes})


def a_reject(number: int, rule: str = "sort_code.length") -> RowReject:
    """One reason to reject a row."""
    return RowReject(
        line=number + 2,
        reference=f"CUST-{number:05}",
        column="sort_code",
        rule=rule,
        message="a sort code has six digits",
    )


def a_bad_row(number: int, *rules: str) -> NewRow:
    """A row rejected by each of `rules`."""
    return a_row(number, rejects=[a_reject(number, rule) for rule in rules or ("amount.format",)])


def a_batch(journal: Journal, rows: list[NewRow], *, finished: bool = True) -> str:
    """A batch with `rows`; returns its id."""
    batch_id = journal.batches.create(
        "onboarding",
        source="customers.csv",
        sha256="0" * 64,
        policy={"validation": ["modulus"]},
        now=NOW,
    )
    journal.batches.add_rows(batch_id, rows, NOW)
    if finished:
        journal.batches.finish_staging(batch_id, rows_total=len(rows), amount_pence=1050)
    return batch_id
