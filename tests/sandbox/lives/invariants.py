"""What must hold in the books at any moment; an independent reading of sections 7 to 11."""

from collections import Counter, defaultdict
from typing import Any

from smarterpay.bacs import (
    API_REQUEST,
    BANK_ACCOUNT,
    CARD_PAYMENT,
    CREDIT,
    MANDATE,
    PAYMENT,
    PAYMENT_LINK,
    SCHEDULE,
    SUBMISSION,
    SUBMISSION_LINE,
    LifeCycle,
)

Rows = dict[str, dict[str, Any]]
Records = dict[str, Rows]

CYCLES: dict[str, LifeCycle[Any, Any]] = {
    "mandates": MANDATE,
    "payments": PAYMENT,
    "card payments": CARD_PAYMENT,
    "credits": CREDIT,
    "recurrence_schedules": SCHEDULE,
    "bank_accounts": BANK_ACCOUNT,
    "submissions": SUBMISSION,
    "submission_lines": SUBMISSION_LINE,
    "payment_links": PAYMENT_LINK,
    "api_requests": API_REQUEST,
}
MONEY_CODES = {"01", "17", "18", "19", "99"}


def state_of(kind: str, record: dict[str, Any]) -> str:
    """Where a record stands in its life cycle."""
    if kind == "bank_accounts":
        return "enabled" if record["enabled"] else "disabled"
    return str(record["dd_status"] if kind == "mandates" else record["status"])


def cycle_of(kind: str, record: dict[str, Any]) -> LifeCycle[Any, Any] | None:
    """The life cycle a record follows."""
    if kind == "payments" and record["record_type"] == "card payment":
        return CYCLES["card payments"]
    return CYCLES.get(kind)


def reachable(cycle: LifeCycle[Any, Any], before: str) -> set[str]:
    """Every state that any number of moves leads to."""
    found, ahead = {before}, [before]
    while ahead:
        state = ahead.pop()
        for edge in cycle.edges:
            if edge.source == state and edge.target.value not in found:
                found.add(edge.target.value)
                ahead.append(edge.target.value)
    return found


def check_moves(before: Records, after: Records) -> None:
    """No record is lost, and each has moved along its table only (section 11)."""
    for kind, rows in before.items():
        lost = set(rows) - set(after[kind])
        assert not lost, f"{kind} lost"
        for record_id, old in rows.items():
            new = after[kind][record_id]
            cycle = cycle_of(kind, new)
            if cycle is None:
                continue
            was, now = state_of(kind, old), state_of(kind, new)
            assert now in reachable(cycle, was), f"{kind} {record_id}: {was} to {now}"


def check_books(records: Records) -> None:
    """The books balance: every rule that joins records of several kinds."""
    _check_lines(records)
    _check_submissions(records)
    _check_mandates(records)
    _check_schedules(records)
    _check_bulk(records)
    _check_cards(records)
    _check_represents(records)


def _debits(records: Records) -> Rows:
    return {
        key: row for key, row in records["payments"].items() if row["record_type"] == "direct debit"
    }


def _check_lines(records: Records) -> None:
    """What was submitted has exactly one line with its amount; what was not has none."""
    by_record: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in records["submission_lines"].values():
        if line["transaction_code"] in MONEY_CODES:
            by_record[line["record_id"]].append(line)
    for item in (*_debits(records).values(), *records["credits"].values()):
        lines = by_record.pop(item["id"], [])
        gone = item["status"] not in {"pending_submission", "cancelled"}
        assert len(lines) == int(gone), f"{item['id']} {item['status']}: {len(lines)} lines"
        assert all(line["amount"] == item["amount"] for line in lines)
    assert not by_record, "a money line about no record"


def _check_submissions(records: Records) -> None:
    """Counts and values of a submission are those of its lines (section 7.13)."""
    lines: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in records["submission_lines"].values():
        lines[line["submission_id"]].append(line)
    assert set(lines) == set(records["submissions"]), "an empty submission, or a stray line"
    for key, submission in records["submissions"].items():
        codes = Counter(line["transaction_code"] for line in lines[key])
        paid_out = [line for line in lines[key] if line["transaction_code"] == "99"]
        debits = [line for line in lines[key] if line["transaction_code"] in MONEY_CODES - {"99"}]
        assert submission["mandate_new_instruction_count"] == codes["0N"]
        assert submission["mandate_cancellation_count"] == codes["0C"]
        assert submission["mandate_convert_count"] == codes["0S"]
        assert submission["payment_total_count"] == len(debits)
        assert submission["payment_total_value"] == sum(line["amount"] for line in debits)
        assert submission["credit_total_count"] == len(paid_out)
        assert submission["credit_total_value"] == sum(line["amount"] for line in paid_out)
        failed = any(line["status"] == "Failed" for line in lines[key])
        assert (submission["status"] == "Submitted With errors") == failed


def _check_mandates(records: Records) -> None:
    """References are unique within a SUN; what ended left nothing behind (section 7.5)."""
    taken = Counter((row["sun"], row["auddis"]) for row in records["mandates"].values())
    assert all(count == 1 for count in taken.values()), "one reference, two mandates"
    ended = {
        key
        for key, row in records["mandates"].items()
        if row["dd_status"].startswith("cancelled") or row["dd_status"] == "expired"
    }
    for kind in ("payments", "credits"):
        for row in records[kind].values():
            assert not (row["mandate"] in ended and row["status"] == "pending_submission")
    for row in records["recurrence_schedules"].values():
        assert not (row["mandate"] in ended and row["status"] == "active")


def _check_schedules(records: Records) -> None:
    """No collection of a schedule is created twice; a plan never asks for more than its total."""
    by_schedule: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for payment in records["payments"].values():
        if payment["recurrence_schedule"] and not payment["related_payment"]:
            by_schedule[payment["recurrence_schedule"]].append(payment)
    for key, payments in by_schedule.items():
        schedule = records["recurrence_schedules"][key]
        assert schedule["collections_created"] == len(payments)
        if schedule["type"] == "DDPaymentPlan":
            assert len(payments) <= schedule["installments"]
            assert sum(payment["amount"] for payment in payments) <= schedule["amount"]


def _check_bulk(records: Records) -> None:
    """Every row of a bulk call is told of once, and what was created is there (section 7.9)."""
    for request in records["api_requests"].values():
        results = request["results"]
        done = [result for result in results if result["status"] != "pending"]
        assert [result["index"] for result in done] == list(range(len(done)))
        assert (request["status"] == "completed") == (len(done) == len(results))
        kind = "payments" if request["record_type"] == "payment" else "credits"
        for result in done:
            assert (result["status"] == "created") == (result["id"] in records[kind])
            assert (result["status"] == "failed") == bool(result["message"])


def _check_cards(records: Records) -> None:
    """Nobody gets back more than was taken, nor is charged more than was reserved (section 8)."""
    back: Counter[str] = Counter()
    for payment in records["payments"].values():
        if payment["payment_type"] == "Refund" and payment["status"] in {"successful", "pending"}:
            assert sum(payment["draws"].values()) == payment["amount"]
            back.update(payment["draws"])
    for taken, amount in back.items():
        assert amount <= records["payments"][taken]["amount"], "refunded more than was taken"
    for payment in records["payments"].values():
        if payment["record_type"] == "card payment":
            assert payment["card_id"] in records["cards"]


def _check_represents(records: Records) -> None:
    """A re-presented payment belongs to a failed one of the same mandate (section 7.8)."""
    for payment in _debits(records).values():
        if payment["payment_type"] == "represent":
            original = records["payments"][payment["related_payment"]]
            assert original["status"] == "failed"
            assert original["mandate"] == payment["mandate"]
