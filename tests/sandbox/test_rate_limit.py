"""Section 3: the rate limit, with windows on simulated time so that no test waits."""

from tests.sandbox.caller import CUSTOMER, Caller
from tests.sandbox_process import SandboxProcess

TOO_MANY = "Too many requests. Please try again in 60 seconds."


def statuses(api: Caller, count: int) -> list[int]:
    return [api.get("mandates").status_code for _ in range(count)]


def test_the_limited_key_gets_5_per_60_seconds_sections_3_and_13(limited: Caller) -> None:
    assert statuses(limited, 6) == [200] * 5 + [429]
    refused = limited.get("mandates")
    assert refused.json()["error"] == {"code": 429, "message": TOO_MANY}


def test_the_default_is_1000_per_60_seconds_section_3(api: Caller) -> None:
    assert api.sandbox.settings()["rate_limit"] == 1000
    assert api.sandbox.settings()["rate_window"] == 60
    assert statuses(api, 1001) == [200] * 1000 + [429]
    assert api.sandbox.books()["protocol"]["http_429"] == 1


def test_a_window_opens_with_the_first_call_after_the_last_one_section_3(limited: Caller) -> None:
    """Fixed windows: refusals neither count nor extend, then a full new allowance."""
    sandbox = limited.sandbox
    sandbox.settings(rate_clock="simulated")
    sandbox.advance(45)
    assert statuses(limited, 5) == [200] * 5
    sandbox.advance(59)
    assert statuses(limited, 3) == [429] * 3
    sandbox.advance(1)
    assert statuses(limited, 6) == [200] * 5 + [429]
    sandbox.advance(30)
    assert statuses(limited, 1) == [429]
    sandbox.advance(200)
    assert statuses(limited, 5) == [200] * 5


def test_another_rate_can_be_agreed_or_lifted_section_3(api: Caller) -> None:
    api.sandbox.settings(rate_limit=3, rate_window=10, rate_clock="simulated")
    assert statuses(api, 4) == [200, 200, 200, 429]
    api.sandbox.advance(10)
    assert statuses(api, 1) == [200]
    api.sandbox.settings(rate_limit=None)
    assert statuses(api, 20) == [200] * 20


def test_each_api_key_has_its_own_allowance_section_3(api: Caller, limited: Caller) -> None:
    assert statuses(limited, 6)[-1] == 429
    assert statuses(api, 6) == [200] * 6


def test_replays_and_errors_count_section_3(limited: Caller) -> None:
    for _ in range(3):
        assert limited.post("Customer_Account", CUSTOMER, key="k").status_code == 200
    assert limited.get("nonsense").status_code == 404
    assert limited.send("DELETE", "mandates").status_code == 405
    assert limited.get("mandates").status_code == 429


def test_both_hosts_share_the_counter_section_3(limited: Caller) -> None:
    assert statuses(limited, 4) == [200] * 4
    assert limited.send("POST", limited.sandbox.card_url, {}).status_code == 400
    assert limited.send("POST", limited.sandbox.card_url, {}).status_code == 429
    assert limited.get("mandates").status_code == 429


def test_a_call_refused_before_the_limit_does_not_count_section_3(limited: Caller) -> None:
    for _ in range(6):
        limited.send("GET", "mandates", headers={"Authorization": "Bearer nonsense"})
    limited.sandbox.settings(maintenance="on")
    statuses(limited, 6)
    limited.sandbox.settings(maintenance="off")
    assert statuses(limited, 5) == [200] * 5


def test_the_books_tell_the_share_of_the_limit_reached(sandbox: SandboxProcess) -> None:
    caller = Caller(sandbox, "sandbox-key-limited")
    assert statuses(caller, 7)[-1] == 429
    (window,) = sandbox.books()["rate_windows"]
    assert (window["api_key"], window["limit"]) == ("limited", 5)
    assert (window["admitted"], window["refused"]) == (5, 2)
    seconds = sandbox.books()["per_second"]
    assert sum(second["requests"] for second in seconds) == 7
    assert sum(second.get("http_429", 0) for second in seconds) == 2
    caller.close()
