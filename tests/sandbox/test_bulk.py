"""Sections 7.9, 12 and 13: bulk creates, and the API request that tells of them."""

import time
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.caller import CREDIT, PAYMENT, Caller, faulty
from tests.sandbox_process import SandboxProcess


@pytest.fixture
def payment(api: Caller) -> dict[str, Any]:
    """A row that can be created."""
    return PAYMENT | {"auddis": api.mandate(dd_status="ongoing collection")["auddis"]}


@pytest.fixture
def credit(api: Caller) -> dict[str, Any]:
    """A row that can be created."""
    return CREDIT | {"bank_account": api.account()["id"]}


def taken(api: Caller, envelope: str, rows: list[Any]) -> dict[str, Any]:
    """A bulk call that is taken in; the API request of its 202."""
    answer = api.bulk(envelope, rows)
    assert answer.status_code == 202, answer.text
    assert list(answer.json()) == ["api_request"]
    request: dict[str, Any] = answer.json()["api_request"]
    return request


def done(api: Caller, envelope: str, rows: list[Any]) -> dict[str, Any]:
    """A bulk call followed to its end."""
    request = taken(api, envelope, rows)
    api.sandbox.advance(10)
    return api.read("api_request", request["id"])


@pytest.mark.parametrize(
    ("envelope", "record_type"), [("payments", "payment"), ("credits", "credit")]
)
def test_the_202_section_7_9(
    api: Caller, request: pytest.FixtureRequest, envelope: str, record_type: str
) -> None:
    """Counts are numbers; the rows are told of by the API request only."""
    row = request.getfixturevalue(record_type)
    made = taken(api, envelope, [row, row])
    assert made == {
        "id": made["id"],
        "status": "pending",
        "created_at": "2026-06-01T08:00:00Z",
        "record_type": record_type,
        "total_count": 2,
        "success_count": 0,
        "failed_count": 0,
    }
    assert made["id"].startswith("AR01")
    waiting = {"status": "pending", "id": "", "message": ""}
    assert api.read("api_request", made["id"]) == made | {
        "records": [{"index": 0, **waiting}, {"index": 1, **waiting}]
    }
    assert api.sandbox.counts()[envelope] == 0


@pytest.mark.parametrize(
    ("envelope", "kind", "identity"), [("payments", "payment", "id"), ("credits", "credit", "ID")]
)
def test_rows_become_records_section_7_9(
    api: Caller, request: pytest.FixtureRequest, envelope: str, kind: str, identity: str
) -> None:
    """In the order of the rows, as the single create would have made them."""
    row = request.getfixturevalue(kind)
    reference = "reference" if kind == "credit" else "custom_reference"
    ended = done(api, envelope, [row | {reference: name} for name in ("A", "B", "C")])
    assert (ended["status"], ended["success_count"], ended["failed_count"]) == ("completed", 3, 0)
    assert [result["status"] for result in ended["records"]] == ["created"] * 3
    assert [result["message"] for result in ended["records"]] == [""] * 3
    records = [api.read(kind, result["id"]) for result in ended["records"]]
    assert [record[reference] for record in records] == ["A", "B", "C"]
    single = api.make(kind, **row)
    assert records[0] == single | {
        reference: "A",
        identity: records[0][identity],
        "created_at": records[0]["created_at"],
    }
    assert api.get(envelope).json()[envelope] == [*records, single]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"amount": 0}, "amount must be from 1 to 2000000000"),
        ({"amount": None}, "amount is mandatory"),
        ({"collection_date": "2026-05-29"}, "collection_date must not be in the past"),
        ({"auddis": "UNKNOWN"}, "auddis no mandate has this reference"),
        (
            {"amount": "x", "description": ""},
            "amount must be a whole number; description is mandatory",
        ),
        ({"custom_reference": "BULKFAIL-7"}, "Row rejected by test value"),
        ({"CUSTOM_REFERENCE": "BULKFAIL"}, "Row rejected by test value"),
    ],
)
def test_a_failed_row_says_why_sections_7_9_and_13(
    api: Caller, payment: dict[str, Any], row: dict[str, Any], message: str
) -> None:
    """Its text names fields and no values; the rows beside it are created."""
    ended = done(api, "payments", [payment, payment | row, payment])
    assert (ended["total_count"], ended["success_count"], ended["failed_count"]) == (3, 2, 1)
    assert ended["records"][1] == {"index": 1, "status": "failed", "id": "", "message": message}
    assert ended["status"] == "completed"
    assert api.sandbox.counts()["payments"] == 2


def test_bulkfail_in_a_credit_is_its_reference_section_13(
    api: Caller, credit: dict[str, Any]
) -> None:
    rows = [credit | {"reference": "BULKFAIL"}, credit | {"custom_reference": "BULKFAIL"}]
    ended = done(api, "credits", rows)
    assert [result["status"] for result in ended["records"]] == ["failed", "created"]
    assert ended["records"][0]["message"] == "Row rejected by test value"


@pytest.mark.parametrize("test_value", ["XBULKFAIL", "bulkfail"])
def test_what_does_not_start_with_the_test_value_is_created_section_13(
    api: Caller, payment: dict[str, Any], test_value: str
) -> None:
    ended = done(api, "payments", [payment | {"custom_reference": test_value}])
    assert ended["success_count"] == 1


def test_bulkfail_is_for_bulk_rows_only_section_13(api: Caller) -> None:
    assert api.payment(custom_reference="BULKFAIL")["status"] == "pending_submission"


@pytest.mark.parametrize("row", [None, 5, "text", [], [[]], True])
def test_a_malformed_row_is_a_failed_row_section_7_9(
    api: Caller, payment: dict[str, Any], row: Any
) -> None:
    ended = done(api, "payments", [row, payment])
    assert ended["records"][0]["message"] == "The row must be an object"
    assert [result["status"] for result in ended["records"]] == ["failed", "created"]


@pytest.mark.parametrize("envelope", ["payments", "credits"])
@pytest.mark.parametrize(
    "rows", [[], None, {}, {"amount": 1}, "rows", 5, [{}] * 501], ids=lambda rows: str(rows)[:12]
)
def test_a_malformed_call_is_refused_section_7_9(api: Caller, envelope: str, rows: Any) -> None:
    assert faulty(api.bulk(envelope, rows)) == [envelope]
    assert api.sandbox.counts()["api_requests"] == 0


def test_the_envelope_is_that_of_the_path_section_7_9(api: Caller, payment: dict[str, Any]) -> None:
    answer = api.send("POST", "payments", {"credits": [payment]})
    assert faulty(answer) == ["payments"]


def test_five_hundred_rows_at_most_and_at_their_longest_section_7_9(
    api: Caller, payment: dict[str, Any]
) -> None:
    longest = payment | {
        "description": "\U0001f600" * 100,
        "custom_reference": "\U0001f600" * 50,
        "metadata": "\U0001f600" * 1000,
    }
    ended = done(api, "payments", [longest] * 500)
    assert (ended["status"], ended["success_count"]) == ("completed", 500)


def test_rows_start_after_a_second_at_a_hundred_a_second_section_12(
    api: Caller, payment: dict[str, Any]
) -> None:
    made = taken(api, "payments", [payment] * 250)
    seen = []
    for _ in range(5):
        request = api.read("api_request", made["id"])
        seen.append((request["status"], request["success_count"]))
        api.sandbox.advance(1)
    assert seen == [
        ("pending", 0),
        ("processing", 0),
        ("processing", 100),
        ("processing", 200),
        ("completed", 250),
    ]


def test_on_a_frozen_clock_rows_wait_for_an_advance_section_12(
    api: Caller, payment: dict[str, Any]
) -> None:
    made = taken(api, "payments", [payment])
    for _ in range(3):
        assert api.read("api_request", made["id"])["status"] == "pending"
    api.sandbox.advance(0.5)
    assert api.read("api_request", made["id"])["status"] == "pending"
    api.sandbox.advance(0.5)
    assert api.read("api_request", made["id"])["status"] == "processing"
    api.sandbox.advance(0.01)
    assert api.read("api_request", made["id"])["status"] == "completed"


def test_rows_are_judged_when_their_time_comes_section_7_9(
    api: Caller, payment: dict[str, Any]
) -> None:
    """What held when the call came in may not hold any more."""
    made = taken(api, "payments", [payment])
    (mandate,) = api.get("mandates").json()["Mandates"]
    api.put("Mandate", mandate["id"], {"dd_status": "on hold"})
    api.sandbox.advance(5)
    (result,) = api.read("api_request", made["id"])["records"]
    assert result["message"] == "auddis the mandate is on hold"


def test_dates_and_stamps_are_those_of_the_row_sections_10_and_12(api: Caller) -> None:
    """A call one second before 22:00 is worked on after it."""
    auddis = api.mandate()["auddis"]
    api.sandbox.control("clock", {"set": "2026-06-01T21:59:59"})
    ended = done(api, "payments", [PAYMENT | {"auddis": auddis, "collection_date": "2026-06-02"}])
    created = api.read("payment", ended["records"][0]["id"])
    assert created["collection_date"] == "2026-06-04"
    assert (ended["created_at"], created["created_at"]) == (
        "2026-06-01T20:59:59Z",
        "2026-06-01T21:00:00Z",
    )


def test_on_a_cancelled_mandate_a_row_is_recorded_section_7_7(api: Caller) -> None:
    auddis = api.mandate(dd_status="cancelled")["auddis"]
    ended = done(api, "payments", [PAYMENT | {"auddis": auddis}])
    created = api.read("payment", ended["records"][0]["id"])
    assert (created["status"], created["amount"]) == ("cancelled", "0")


def test_the_first_row_of_a_new_mandate_is_its_first_collection_section_7_7(api: Caller) -> None:
    row = PAYMENT | {"auddis": api.mandate()["auddis"]}
    ended = done(api, "payments", [row, row])
    types = [api.read("payment", result["id"])["payment_type"] for result in ended["records"]]
    assert types == ["first_collection", "ongoing_collection"]


def test_one_key_covers_the_whole_call_section_7_9(api: Caller, payment: dict[str, Any]) -> None:
    first, second = (api.bulk("payments", [payment] * 3, key="bulk-once") for _ in range(2))
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert second.headers["idempotency-replay"] == "true"
    assert api.bulk("payments", [payment] * 2, key="bulk-once").status_code == 422
    api.sandbox.advance(5)
    assert api.sandbox.counts()["payments"] == 3


def test_calls_run_side_by_side_section_12(
    api: Caller, payment: dict[str, Any], credit: dict[str, Any]
) -> None:
    first = taken(api, "payments", [payment] * 150)
    second = taken(api, "credits", [credit] * 150)
    api.sandbox.advance(2)
    for made in (first, second):
        assert api.read("api_request", made["id"])["success_count"] == 100
    api.sandbox.advance(1)
    for made in (first, second):
        assert api.read("api_request", made["id"])["status"] == "completed"


@pytest.mark.parametrize(("strict", "created"), [(False, 1), (True, 0)])
def test_an_unknown_property_of_a_row_section_5(
    api: Caller, payment: dict[str, Any], strict: bool, created: int
) -> None:
    """It is ignored and counted; under `strict` the row fails, not the call."""
    api.sandbox.settings(strict=strict)
    ended = done(api, "payments", [payment | {"colour": "red"}])
    assert ended["success_count"] == created
    assert ("colour" in ended["records"][0]["message"]) == strict
    assert api.sandbox.books()["protocol"]["ignored_properties"] == 1


def test_what_was_taken_in_survives_a_snapshot_section_12(
    api: Caller, payment: dict[str, Any]
) -> None:
    made = taken(api, "payments", [payment] * 150)
    api.sandbox.advance(2)
    api.sandbox.control("snapshot", api.sandbox.control("snapshot"))
    api.sandbox.advance(1)
    ended = api.read("api_request", made["id"])
    assert (ended["status"], ended["success_count"]) == ("completed", 150)
    assert api.sandbox.counts()["payments"] == 150


def test_an_api_request_is_read_only_section_6(api: Caller, payment: dict[str, Any]) -> None:
    made = taken(api, "payments", [payment])
    assert api.send("PUT", f"apirequest/{made['id']}", {}).status_code == 405
    assert api.get("apirequest/AR01ZZZZZZZZZZZZZZZZ").status_code == 404


@pytest.mark.parametrize(
    "mode", [{"mode": "scaled", "scale": 100}, {"mode": "realtime"}], ids=["scaled", "realtime"]
)
def test_on_a_running_clock_rows_are_worked_on_by_themselves_section_12(
    api: Caller, payment: dict[str, Any], mode: dict[str, Any]
) -> None:
    api.sandbox.control("clock", mode)
    made = taken(api, "payments", [payment])
    for _ in range(100):
        ended = api.read("api_request", made["id"])
        if ended["status"] == "completed":
            break
        time.sleep(0.05)
    assert (ended["status"], ended["success_count"]) == ("completed", 1)


def test_rows_are_kept_no_longer_than_they_are_needed_section_7_9(
    api: Caller, payment: dict[str, Any]
) -> None:
    made = taken(api, "payments", [payment] * 101)
    kept = []
    for _ in range(3):
        (record,) = api.sandbox.books(records=True)["records"]["api_requests"]
        kept.append(len(record["rows"]))
        api.sandbox.advance(1)
    api.sandbox.advance(1)
    (record,) = api.sandbox.books(records=True)["records"]["api_requests"]
    assert (kept, record["rows"]) == ([101, 101, 101], [])
    assert len(api.read("api_request", made["id"])["records"]) == 101


def test_a_crash_in_the_middle_creates_no_row_twice_section_7_9(tmp_path: Path) -> None:
    with SandboxProcess(state=tmp_path / "books") as sandbox:
        api = Caller(sandbox)
        row = PAYMENT | {"auddis": api.mandate()["auddis"]}
        made = taken(api, "payments", [row] * 150)
        sandbox.advance(1)
        sandbox.advance(1)
        sandbox.kill()
        sandbox.start()
        halfway = api.read("api_request", made["id"])
        assert (halfway["status"], halfway["success_count"]) == ("processing", 100)
        sandbox.advance(1)
        ended = api.read("api_request", made["id"])
        assert (ended["status"], ended["success_count"]) == ("completed", 150)
        assert sandbox.counts()["payments"] == 150
        api.close()
