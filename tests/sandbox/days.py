"""A sandbox's days in the fewest words: until an instant, what went to Bacs, which report came."""

from typing import Any

import httpx

from tests.sandbox.caller import Caller, only

RUN = "2026-06-01T22:00"
"""The first submission run of a sandbox that starts on Mon 1 Jun 2026, 09:00 London."""

NEW_DETAILS = {"sort_code": "200052", "account_number": "75849855"}


def until(api: Caller, instant: str) -> None:
    """Let time pass until a London instant, `2026-06-03T08:00`, its own work included."""
    api.sandbox.control("clock", {"set": instant})


def ending(api: Caller, digits: str, **fields: Any) -> dict[str, Any]:
    """A bank account whose number ends in a test value of section 13."""
    return api.account(account_number=f"12345{digits}", sort_code="123456", **fields)


def lines(api: Caller, **query: str) -> list[dict[str, Any]]:
    """The submission lines, in order."""
    answer = api.get("submissionlines", limit=500, **query)
    assert answer.status_code == 200, answer.text
    listed: list[dict[str, Any]] = answer.json()["submissionLines"]
    return listed


def codes(api: Caller, **query: str) -> list[str]:
    """The transaction codes of the submission lines, in order."""
    return [line["transaction_code"] for line in lines(api, **query)]


def submissions(api: Caller, **query: str) -> list[dict[str, Any]]:
    """The submissions, in order."""
    listed: list[dict[str, Any]] = api.get("submissions", **query).json()["submissions"]
    return listed


def status(api: Caller, record: dict[str, Any], envelope: str = "payment") -> str:
    """How a payment, mandate, schedule or credit stands now."""
    record_id = record.get("id") or record["ID"]
    read = api.read(envelope, record_id)
    return str(read["dd_status"] if envelope == "Mandate" else read["status"])


def submitted(api: Caller, **fields: Any) -> dict[str, Any]:
    """A payment that went to Bacs in the first run, the night its mandate did."""
    made = api.payment(**fields)
    until(api, RUN)
    return api.read("payment", made["id"])


def report(api: Caller, code: str, record_id: str, **more: Any) -> dict[str, Any]:
    """A Bacs report that must be possible; what the control call answers."""
    told: dict[str, Any] = api.sandbox.control(
        "report", {"code": code, "record_id": record_id, **more}
    )
    return told


def refused(api: Caller, path: str, body: Any) -> tuple[int, str]:
    """A control call that cannot be done: its status and reason."""
    answer = httpx.post(f"{api.sandbox.base_url}/_sandbox/{path}", json=body, trust_env=False)
    return answer.status_code, answer.json().get("error", "")


def put(api: Caller, envelope: str, record_id: str, **fields: Any) -> dict[str, Any]:
    """A PUT that must succeed; the record."""
    return only(api.put(envelope, record_id, fields), envelope)
