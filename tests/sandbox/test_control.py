"""Section 12, "Control calls": settings, books, requests, reset, snapshot."""

import json
from typing import Any

import httpx
import pytest

from tests.sandbox.caller import CUSTOMER, Caller
from tests.sandbox_process import SandboxProcess

DEFAULTS = {
    "processing_days": 3,
    "credit_anti_fraud": False,
    "core_reference": False,
    "account_validation": True,
    "bank_disable_cascades": False,
    "rate_limit": 1000,
    "rate_window": 60.0,
    "rate_clock": "wall",
    "require_tls": False,
    "maintenance": "off",
    "not_found_as_400": False,
    "list_paths": "plural",
    "strict": False,
}


def call(sandbox: SandboxProcess, method: str, path: str, **options: Any) -> httpx.Response:
    return httpx.request(
        method, f"{sandbox.base_url}/_sandbox/{path}", trust_env=False, timeout=30, **options
    )


def test_settings_have_the_defaults_of_the_reference(sandbox: SandboxProcess) -> None:
    assert sandbox.control("settings").items() >= DEFAULTS.items()
    assert (
        sandbox.settings(core_reference=True).items()
        >= (DEFAULTS | {"core_reference": True}).items()
    )
    assert sandbox.control("settings").items() >= (DEFAULTS | {"core_reference": True}).items()


@pytest.mark.parametrize(
    "wanted",
    [
        {"colour": "red"},
        {"processing_days": 0},
        {"processing_days": "3"},
        {"processing_days": True},
        {"core_reference": "yes"},
        {"rate_limit": 0},
        {"rate_limit": 1.5},
        {"rate_window": 0},
        {"rate_clock": "sundial"},
        {"maintenance": True},
        {"strict": True, "list_paths": "dual"},
    ],
)
def test_settings_change_all_or_none(sandbox: SandboxProcess, wanted: dict[str, Any]) -> None:
    assert call(sandbox, "POST", "settings", json=wanted).status_code == 400
    assert sandbox.control("settings").items() >= DEFAULTS.items()


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"rate_limit": 0}, "rate_limit is a whole number above 0, or null for no limit"),
        ({"processing_days": 31}, "processing_days is a whole number from 1 to 30"),
        ({"maintenance": True}, "maintenance is one of off, on, saturday"),
        ({"strict": "yes"}, "strict is true or false"),
    ],
)
def test_a_refused_setting_says_what_it_can_be(
    sandbox: SandboxProcess, wanted: dict[str, Any], told: str
) -> None:
    assert call(sandbox, "POST", "settings", json=wanted).json() == {"error": told}


def test_the_books_count_records_and_answers(api: Caller) -> None:
    api.schedule(auddis=api.mandate(customer_bank_account=api.account()["id"])["auddis"])
    api.customer()
    api.post("Customer_Account", CUSTOMER, key="k")
    api.post("Customer_Account", CUSTOMER, key="k")
    api.post("Customer_Account", CUSTOMER | {"city": "York"}, key="k")
    books = api.sandbox.books()
    assert "records" not in books
    present = {kind: count for kind, count in books["counts"].items() if count}
    del present["jobs"]
    assert present == {
        "customer_accounts": 2,
        "bank_accounts": 1,
        "mandates": 1,
        "recurrence_schedules": 1,
        "client_bank_accounts": 2,
        "service_user_numbers": 2,
        "subscriptions": 1,
        "ecommerce_page_setups": 1,
        "ecommerce_brandings": 1,
        "idempotency_keys": 1,
    }
    protocol = books["protocol"]
    assert (protocol["requests"], protocol["http_200"]) == (7, 6)
    assert (protocol["replays"], protocol["http_422"], protocol["http_429"]) == (1, 1, 0)


def test_the_books_show_full_records(api: Caller) -> None:
    account = api.account(customer_account=api.customer()["id"], custom_reference="r")
    records = api.sandbox.books(records=True)["records"]
    (kept,) = records["bank_accounts"]
    assert {name: kept[name] for name in account} == account
    assert len(records["client_bank_accounts"]) == 2
    assert "idempotency_keys" not in records


def test_the_request_log_tells_what_was_called_and_nothing_personal(api: Caller) -> None:
    api.post("Customer_Account", CUSTOMER | {"last_name": "Marked"}, key="k-1")
    api.post("Customer_Account", CUSTOMER | {"last_name": "Marked"}, key="k-1")
    api.get("customeraccounts", custom_reference="Marked")
    api.sandbox.faults("drop-before")
    with pytest.raises(httpx.TransportError):
        api.get("mandates")
    lines = api.sandbox.requests()
    assert [(line["method"], line["path"], line["key"], line["status"]) for line in lines] == [
        ("POST", "/service.svc/customeraccount", "k-1", 200),
        ("POST", "/service.svc/customeraccount", "k-1", 200),
        ("GET", "/service.svc/customeraccounts", None, 200),
        ("GET", "/service.svc/mandates", None, 0),
    ]
    assert [line["replayed"] for line in lines] == [False, True, False, False]
    assert [line["api_key"] for line in lines] == ["main", "main", "main", None]
    assert {line["simulated"] for line in lines} == {"2026-06-01T08:00:00Z"}
    assert "Marked" not in json.dumps(lines)
    assert "sandbox-key" not in json.dumps(lines)
    assert [line["status"] for line in api.sandbox.requests(2)] == [200, 0]
    assert api.sandbox.requests(0) == []


@pytest.mark.parametrize(
    ("limit", "status"), [("0", 200), ("5000", 200), ("5001", 400), ("-1", 400), ("many", 400)]
)
def test_the_request_log_has_an_end(sandbox: SandboxProcess, limit: str, status: int) -> None:
    assert call(sandbox, "GET", f"requests?limit={limit}").status_code == status


def test_a_reset_starts_afresh(api: Caller) -> None:
    api.customer()
    api.sandbox.settings(strict=True)
    api.sandbox.advance("1d")
    api.sandbox.faults("503", times=5)
    api.sandbox.reset()
    assert api.sandbox.counts()["customer_accounts"] == 0
    assert api.sandbox.control("settings").items() >= DEFAULTS.items()
    assert api.sandbox.control("clock")["now"] == "2026-06-01T08:00:00+00:00"
    assert api.sandbox.control("faults") == {"faults": []}
    assert api.sandbox.books()["protocol"]["requests"] == 0


def test_a_reset_may_bring_another_seed(api: Caller) -> None:
    first = api.customer()["id"]
    api.sandbox.reset()
    assert api.customer()["id"] == first
    api.sandbox.reset(seed=2)
    assert api.customer()["id"] != first
    assert call(api.sandbox, "POST", "reset", json={"seed": "two"}).status_code == 400


def test_a_reset_with_a_misspelt_seed_changes_nothing(api: Caller) -> None:
    api.customer()
    answer = call(api.sandbox, "POST", "reset", json={"sead": 2})
    assert answer.status_code == 400
    assert answer.json() == {"error": "unknown sead; known are seed"}
    assert api.sandbox.counts()["customer_accounts"] == 1


def test_a_snapshot_takes_everything_back(api: Caller) -> None:
    """Records, keys, clock, settings, waiting work, and the ids still to be drawn."""
    validated = api.mandate(account_validation=True)
    api.post("Customer_Account", CUSTOMER, key="k")
    api.sandbox.settings(core_reference=True)
    api.sandbox.advance(30)
    before = api.sandbox.books(records=True)
    snapshot = api.sandbox.control("snapshot")
    next_id = api.customer()["id"]
    api.sandbox.advance("2d")
    api.sandbox.settings(core_reference=False)
    api.sandbox.control("snapshot", snapshot)
    after = api.sandbox.books(records=True)
    assert (after["counts"], after["records"]) == (before["counts"], before["records"])
    assert api.sandbox.control("settings")["core_reference"] is True
    assert api.sandbox.control("clock")["now"] == "2026-06-01T08:00:30+00:00"
    assert "idempotency-replay" in api.post("Customer_Account", CUSTOMER, key="k").headers
    assert api.customer()["id"] == next_id
    api.sandbox.advance(30)
    assert api.read("Mandate", validated["id"])["dd_status"] == "new instruction"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"entries": []},
        {"entries": [["nonsense", "k", "{}"]]},
        {"entries": [["mandates", "k", "{}"]]},
        {"entries": [["mandates", "k", "{"]]},
        {"entries": [["meta", "clock", "{}"]]},
        {"entries": 5},
    ],
)
def test_a_broken_snapshot_changes_nothing(api: Caller, body: dict[str, Any]) -> None:
    made = api.customer()
    before = api.sandbox.books(records=True)["records"]
    assert call(api.sandbox, "POST", "snapshot", json=body).status_code == 400
    assert api.sandbox.books(records=True)["records"] == before
    assert api.read("Customer_Account", made["id"]) == made


@pytest.mark.parametrize(
    ("kind", "attribute", "value"),
    [
        ("idempotency_keys", "created_at", "yesterday"),
        ("idempotency_keys", "created_at", "2026-06-01T08:00:00"),
        ("idempotency_keys", "status", "200"),
        ("customer_accounts", "city", None),
        ("jobs", "due", "2026-06-01T08:00:00"),
    ],
)
def test_a_snapshot_with_one_broken_record_changes_nothing(
    api: Caller, kind: str, attribute: str, value: Any
) -> None:
    api.post("Customer_Account", CUSTOMER, key="k")
    snapshot = api.sandbox.control("snapshot")
    found = next(entry for entry in snapshot["entries"] if entry[0] == kind)
    found[2] = json.dumps(json.loads(found[2]) | {attribute: value})
    answer = call(api.sandbox, "POST", "snapshot", json=snapshot)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("a snapshot is what GET /_sandbox/snapshot gives")
    assert "idempotency-replay" in api.post("Customer_Account", CUSTOMER, key="k").headers
    assert api.sandbox.advance("1d")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "nonsense", 404),
        ("POST", "", 404),
        ("GET", "books/extra", 404),
        ("POST", "books", 405),
        ("GET", "reset", 405),
        ("DELETE", "clock", 405),
        ("POST", "validations/AV01/complete", 404),
        ("GET", "validations/AV01/complete", 405),
        ("POST", "mandates/M01/cancel-by-originator", 404),
    ],
)
def test_calls_there_are_not(sandbox: SandboxProcess, method: str, path: str, status: int) -> None:
    answer = call(sandbox, method, path)
    assert answer.status_code == status
    assert answer.json()["error"]


@pytest.mark.parametrize("body", [b"{", b"[]", b"5"])
def test_control_bodies_are_json_objects(sandbox: SandboxProcess, body: bytes) -> None:
    assert call(sandbox, "POST", "settings", content=body).status_code == 400


def test_control_calls_need_no_token_and_do_not_count(sandbox: SandboxProcess) -> None:
    assert call(sandbox, "GET", "clock").status_code == 200
    assert sandbox.books()["protocol"]["requests"] == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
    ],
)
@pytest.mark.parametrize("path", ["reset", "subscriptions", "validation?ID=AV01&outcome=match"])
def test_no_page_elsewhere_makes_a_browser_send_a_control_call(
    api: Caller, path: str, headers: dict[str, str]
) -> None:
    """No token is asked for (section 12, "Control calls"), so the browser has to be asked.

    A page can post text without leave; the sandbox is on an address that any page can guess.
    """
    api.customer()
    body = '{"url": "https://evil.example/", "key": "k"}'
    answer = call(api.sandbox, "POST", path, content=body, headers=headers)
    assert answer.status_code == 403
    assert set(answer.json()) == {"error"}
    assert api.sandbox.counts()["customer_accounts"] == 1
    assert api.sandbox.counts()["subscriptions"] == 1


def test_our_own_pages_and_programs_under_any_name_make_control_calls(
    sandbox: SandboxProcess,
) -> None:
    ours = {"Origin": sandbox.base_url, "Sec-Fetch-Site": "same-origin"}
    assert call(sandbox, "POST", "reset", json={}, headers=ours).status_code == 200
    elsewhere = {"Host": "sandbox.staging.internal"}
    assert call(sandbox, "POST", "reset", json={}, headers=elsewhere).status_code == 200
