"""Section 12, "Faults": what a call suffers, and what was done all the same."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.sandbox.caller import CUSTOMER, Caller
from tests.sandbox_process import SandboxProcess

TOO_MANY = "Too many requests. Please try again in 60 seconds."


def create(api: Caller, key: str = "k") -> httpx.Response | None:
    """A keyed create; None where the connection broke before any answer."""
    try:
        return api.post("Customer_Account", CUSTOMER, key=key)
    except (httpx.RemoteProtocolError, httpx.ReadError):
        return None


def made(api: Caller) -> int:
    return api.sandbox.counts()["customer_accounts"]


@pytest.mark.parametrize(
    ("kind", "status", "message"),
    [
        ("429", 429, TOO_MANY),
        ("503", 503, "Service Unavailable"),
        ("500-before", 500, "Internal Server Error"),
    ],
)
def test_faults_before_the_work_leave_nothing_behind(
    api: Caller, kind: str, status: int, message: str
) -> None:
    api.sandbox.faults(kind)
    failed = create(api)
    assert failed is not None
    assert failed.json() == {"error": {"code": status, "message": message}}
    assert made(api) == 0
    then = create(api)
    assert then is not None
    assert then.status_code == 200
    assert "idempotency-replay" not in then.headers
    assert made(api) == 1


def test_drop_before_breaks_the_connection_with_nothing_done(api: Caller) -> None:
    api.sandbox.faults("drop-before")
    assert create(api) is None
    assert made(api) == 0
    then = create(api)
    assert then is not None
    assert "idempotency-replay" not in then.headers


def test_drop_after_breaks_the_connection_with_the_work_done(api: Caller) -> None:
    api.sandbox.faults("drop-after")
    assert create(api) is None
    assert made(api) == 1
    then = create(api)
    assert then is not None
    assert then.headers["idempotency-replay"] == "true"
    assert then.json()["Customer_Account"]["city"] == "testcity"
    assert made(api) == 1


def test_a_dropped_connection_gives_not_one_byte(api: Caller) -> None:
    """Seen from the socket itself, under the real server."""
    import socket  # noqa: PLC0415 - this test alone looks below HTTP

    api.sandbox.faults("drop-after")
    port = int(api.sandbox.base_url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
        raw.sendall(
            b"GET /service.svc/mandates HTTP/1.1\r\nHost: x\r\n"
            b"Authorization: Bearer sandbox-key\r\n\r\n"
        )
        try:
            received = raw.recv(100)
        except ConnectionResetError:
            received = b""
    assert received == b""
    assert api.sandbox.books()["protocol"]["dropped"] == 1


def test_500_after_is_the_answer_the_key_remembers(api: Caller) -> None:
    api.sandbox.faults("500-after")
    first = create(api)
    assert first is not None
    assert first.status_code == 500
    assert made(api) == 1
    then = create(api)
    assert then is not None
    assert (then.status_code, then.headers["idempotency-replay"]) == (500, "true")


def test_500_after_of_a_gateway_leaves_the_true_answer_under_the_key(api: Caller) -> None:
    api.sandbox.faults("500-after", stored=False)
    first = create(api)
    assert first is not None
    assert first.status_code == 500
    then = create(api)
    assert then is not None
    assert (then.status_code, then.headers["idempotency-replay"]) == (200, "true")
    assert made(api) == 1


def test_an_html_error_comes_before_the_work_or_after_it(api: Caller) -> None:
    api.sandbox.faults("html-error")
    before = create(api)
    assert before is not None
    assert before.status_code == 502
    assert before.headers["content-type"] == "text/html; charset=utf-8"
    assert "<html>" in before.text
    assert made(api) == 0
    api.sandbox.faults("html-error", after=True)
    after = create(api)
    assert after is not None
    assert after.status_code == 502
    assert made(api) == 1
    then = create(api)
    assert then is not None
    assert (then.status_code, then.headers["idempotency-replay"]) == (200, "true")


def test_an_empty_body_hides_an_answer_that_was_made(api: Caller) -> None:
    api.sandbox.faults("empty-body")
    empty = create(api)
    assert empty is not None
    assert (empty.status_code, empty.content) == (200, b"")
    then = create(api)
    assert then is not None
    assert then.json()["Customer_Account"]["city"] == "testcity"
    assert made(api) == 1


def test_slow_answers_after_calls_that_came_later(api: Caller) -> None:
    api.sandbox.faults("slow", seconds=1.0, method="POST")
    later = Caller(api.sandbox)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(create, api)
        while not api.sandbox.control("faults")["faults"][0]["hit"]:
            time.sleep(0.01)
        assert later.get("mandates").status_code == 200
        answer = slow.result()
    later.close()
    assert answer is not None
    assert answer.status_code == 200
    assert [line["method"] for line in api.sandbox.requests()] == ["GET", "POST"]


def test_slow_holds_up_nobody_else(sandbox: SandboxProcess) -> None:
    sandbox.faults("slow", seconds=30, method="POST")
    caller = Caller(sandbox)
    with pytest.raises(httpx.ReadTimeout):
        caller.send("POST", "customeraccount", {}, key="k", timeout=0.2)
    assert caller.get("mandates").status_code == 200
    caller.close()
    sandbox.kill()
    sandbox.start()


@pytest.mark.parametrize("kind", ["429", "503", "500-before", "html-error", "drop-before"])
def test_reads_suffer_too(api: Caller, kind: str) -> None:
    api.sandbox.faults(kind, method="GET")
    try:
        status = api.get("mandates").status_code
    except httpx.TransportError:
        status = 0
    assert status == {"429": 429, "503": 503, "500-before": 500, "html-error": 502}.get(kind, 0)
    assert api.get("mandates").status_code == 200


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "x......"),
        ({"times": 3}, "xxx...."),
        ({"skip": 2}, "..x...."),
        ({"times": 2, "skip": 1}, ".xx...."),
        ({"times": 9, "method": "GET"}, "xxxxxxx"),
        ({"times": 9, "method": "get"}, "xxxxxxx"),
        ({"times": 9, "method": "*"}, "xxxxxxx"),
        ({"times": 9, "method": "POST"}, "......."),
        ({"times": 9, "path": "/mandate"}, "xxxxxxx"),
        ({"times": 9, "path": "/mandates$"}, "xxxxxxx"),
        ({"times": 9, "path": "mandate"}, "xxxxxxx"),
        ({"times": 9, "path": "andate"}, "......."),
        ({"times": 9, "path": None}, "xxxxxxx"),
        ({"times": 9, "path": "/Mandate$"}, "......."),
        ({"times": 9, "path": "/service.svc/MANDATES"}, "xxxxxxx"),
        ({"times": 9, "path": "/bankaccount"}, "......."),
        ({"times": 9, "path": "/(bankaccount|mandate)s"}, "xxxxxxx"),
        ({"times": 9, "probability": 0.0}, "......."),
        ({"times": 9, "probability": 1.0}, "xxxxxxx"),
    ],
)
def test_which_calls_suffer(api: Caller, options: dict[str, Any], expected: str) -> None:
    api.sandbox.faults("503", **options)
    suffered = ["x" if api.get("mandates").status_code == 503 else "." for _ in range(7)]
    assert "".join(suffered) == expected


def test_a_random_fault_hits_the_same_calls_for_the_same_seed(api: Caller) -> None:
    def pattern(seed: int) -> str:
        api.sandbox.reset()
        api.sandbox.faults("503", times=1000, probability=0.4, seed=seed)
        hits = [api.get("mandates").status_code == 503 for _ in range(60)]
        return "".join("x" if hit else "." for hit in hits)

    first = pattern(1)
    assert 10 <= first.count("x") <= 40
    assert pattern(1) == first
    assert pattern(2) != first


def test_faults_queue_up_and_tell_how_far_they_are(api: Caller) -> None:
    ordered = [{"kind": "503", "times": 2}, {"kind": "429", "method": "GET"}]
    api.sandbox.control("faults", {"faults": ordered})
    statuses = [api.get("mandates").status_code for _ in range(4)]
    assert statuses == [503, 503, 429, 200]
    told = api.sandbox.control("faults")["faults"]
    assert [(fault["kind"], fault["hit"], fault["remaining"]) for fault in told] == [
        ("503", 2, 0),
        ("429", 1, 0),
    ]
    assert api.sandbox.books()["protocol"]["faults"] == 3


def test_faults_can_be_called_off(api: Caller) -> None:
    api.sandbox.faults("503", times=100)
    api.sandbox.clear_faults()
    assert api.get("mandates").status_code == 200
    api.sandbox.faults("503", times=100)
    assert api.sandbox.control("faults", method="DELETE") == {"faults": []}
    assert api.get("mandates").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "earthquake"},
        {"times": 1},
        {"kind": "503", "times": 0},
        {"kind": "503", "times": "many"},
        {"kind": "503", "skip": -1},
        {"kind": "503", "path": "("},
        {"kind": "503", "probability": 2},
        {"kind": "slow", "seconds": -1},
        {"kind": "503", "when": "now"},
        {"faults": ["503"]},
        {"faults": {"kind": "503"}},
        {"faults": [{"kind": "503"}, {"kind": "earthquake"}]},
        {"faults": [{"kind": "503"}], "times": 2},
        {"clear": "yes"},
        {"kind": "503", "times": 1e308},
        {"kind": "503", "times": 2**60},
        {"kind": "503", "times": None},
        {"kind": "503", "times": True},
        {"kind": "503", "seed": 2**60},
        {"kind": "503", "method": []},
        {"kind": "503", "path": 5},
        {"kind": "500-after", "stored": "false"},
        {"kind": "html-error", "after": 1},
        {"kind": "slow", "seconds": "soon"},
        {"kind": "slow", "seconds": 3601},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(
    sandbox: SandboxProcess, body: dict[str, Any]
) -> None:
    answer = httpx.post(f"{sandbox.base_url}/_sandbox/faults", json=body, trust_env=False)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert sandbox.control("faults") == {"faults": []}


def test_a_refused_order_leaves_the_earlier_faults_as_they_were(sandbox: SandboxProcess) -> None:
    sandbox.faults("503", times=7)
    body = {"clear": True, "faults": [{"kind": "429"}, {"kind": "earthquake"}]}
    answer = httpx.post(f"{sandbox.base_url}/_sandbox/faults", json=body, trust_env=False)
    assert answer.status_code == 400
    told = sandbox.control("faults")["faults"]
    assert [(fault["kind"], fault["remaining"]) for fault in told] == [("503", 7)]


@pytest.mark.parametrize("overtaken_by", ["reset", "snapshot"])
def test_a_slow_call_that_a_reset_overtakes_leaves_no_trace(api: Caller, overtaken_by: str) -> None:
    """Its books are gone: it neither works on the new ones nor holds its key in them."""
    state = api.sandbox.control("snapshot") if overtaken_by == "snapshot" else {}
    api.sandbox.faults("slow", seconds=3600, method="POST")
    later = Caller(api.sandbox)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(create, api)
        while not api.sandbox.control("faults")["faults"][0]["hit"]:
            time.sleep(0.01)
        api.sandbox.control(overtaken_by, state)
        anew = create(later)
        assert anew is not None
        assert anew.status_code == 200
        assert "idempotency-replay" not in anew.headers
        assert slow.result() is None
    assert made(api) == 1
    assert api.sandbox.books()["protocol"]["dropped"] == 0
    again = create(later)
    assert again is not None
    assert again.headers["idempotency-replay"] == "true"
    later.close()


def test_control_calls_never_suffer(sandbox: SandboxProcess) -> None:
    sandbox.faults("drop-before", times=100)
    assert sandbox.control("clock")["mode"] == "frozen"
