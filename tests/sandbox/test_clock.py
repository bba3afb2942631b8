"""Section 12, "Clock" and "Advancing": simulated time and the work that is due on the way."""

import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.caller import Caller
from tests.sandbox_process import SandboxProcess

MAIN = "OB01SANDBOXMAIN00001"
FASTEST = 1_000_000


def refused(sandbox: SandboxProcess, body: Any) -> httpx.Response:
    answer = httpx.post(sandbox.clock_url, json=body, trust_env=False)
    assert answer.status_code == 400
    assert answer.json()["error"]
    return answer


def test_it_starts_frozen_on_monday_1_june_2026_09_00_london(sandbox: SandboxProcess) -> None:
    clock = sandbox.control("clock")
    assert clock["now"] == "2026-06-01T08:00:00+00:00"
    assert clock["london"] == "2026-06-01T09:00:00+01:00"
    assert clock["mode"] == "frozen"


@pytest.mark.parametrize(
    ("span", "now"),
    [
        (1, "2026-06-01T08:00:01+00:00"),
        (0, "2026-06-01T08:00:00+00:00"),
        (0.5, "2026-06-01T08:00:00.500000+00:00"),
        ("90", "2026-06-01T08:01:30+00:00"),
        ("90s", "2026-06-01T08:01:30+00:00"),
        ("5m", "2026-06-01T08:05:00+00:00"),
        ("1h", "2026-06-01T09:00:00+00:00"),
        ("1h 30m", "2026-06-01T09:30:00+00:00"),
        ("25h", "2026-06-02T09:00:00+00:00"),
        ("1d", "2026-06-02T08:00:00+00:00"),
        ("1w", "2026-06-08T08:00:00+00:00"),
    ],
)
def test_advance_takes_seconds_or_words(
    sandbox: SandboxProcess, span: float | str, now: str
) -> None:
    assert sandbox.advance(span) == now
    assert sandbox.control("clock")["now"] == now


@pytest.mark.parametrize(
    "body",
    [
        {"advance": -1},
        {"advance": "soon"},
        {"advance": "1x"},
        {"advance": True},
        {"advance": None},
        {"advance": 1e30},
        {"set": "yesterday"},
        {"set": "2026-05-31T09:00"},
        {"set": "2026-06-02T09:00", "advance": 1},
        {"set": "2127-06-02T09:00"},
        {"set": "9999-12-31"},
        {"set": None},
        {"next_banking_day": "soon"},
        {"next_banking_day": -1},
        {"next_banking_day": 367},
        {"next_banking_day": 1e308},
        {"mode": "backwards"},
        {"mode": "scaled", "scale": 0},
        {"mode": "scaled", "scale": "fast"},
        {"jump": 1},
    ],
)
def test_a_clock_call_that_makes_no_sense_changes_nothing(
    sandbox: SandboxProcess, body: dict[str, Any]
) -> None:
    refused(sandbox, body)
    assert sandbox.control("clock")["now"] == "2026-06-01T08:00:00+00:00"
    assert sandbox.control("clock")["mode"] == "frozen"


def test_a_refusal_names_what_can_be_asked(sandbox: SandboxProcess) -> None:
    told = refused(sandbox, {"jump": 1}).json()["error"]
    assert told == "unknown jump; known are advance, mode, next_banking_day, scale, set"


def test_a_hundred_years_are_done_in_one_go(api: Caller) -> None:
    """As far as one call goes: the mandate expires on the way, and all still answers."""
    mandate = api.mandate()
    assert api.sandbox.control("clock", {"set": "2126-06-01"})["jobs_done"] > 70_000
    assert api.read("Mandate", mandate["id"])["dd_status"] == "expired"


def test_set_means_london_unless_it_says_otherwise(sandbox: SandboxProcess) -> None:
    assert sandbox.control("clock", {"set": "2026-06-02T09:00"})["now"][:16] == "2026-06-02T08:00"
    moved = sandbox.control("clock", {"set": "2026-06-02T09:00:00Z"})
    assert moved["now"][:16] == "2026-06-02T09:00"


@pytest.mark.parametrize(
    ("start", "days", "london"),
    [
        ("2026-06-01T12:00", True, "2026-06-02T09:00:00+01:00"),
        ("2026-06-05T08:00", True, "2026-06-08T09:00:00+01:00"),
        ("2026-08-28T23:00", 1, "2026-09-01T09:00:00+01:00"),
        ("2026-12-24T10:00", 3, "2026-12-31T09:00:00+00:00"),
    ],
)
def test_next_banking_day_is_the_next_one_at_09_00(
    sandbox: SandboxProcess, start: str, days: int | bool, london: str
) -> None:
    sandbox.control("clock", {"set": start})
    assert sandbox.control("clock", {"next_banking_day": days})["london"] == london


def test_work_waits_for_an_advance_and_is_done_at_its_own_instant(api: Caller) -> None:
    """Two validations half a minute apart; each report is stamped with its own minute."""
    first = api.make("account_validation", client_bank_account_id=MAIN)
    api.sandbox.advance(30)
    second = api.make("account_validation", client_bank_account_id=MAIN)
    api.sandbox.advance("30d")
    mandates = [
        api.read("Mandate", api.read("account_validation", made["id"])["mandate_id"])
        for made in (first, second)
    ]
    assert [mandate["created_at"] for mandate in mandates] == [
        "2026-06-01T08:01:00Z",
        "2026-06-01T08:01:30Z",
    ]


def test_work_is_done_in_order_of_time_whatever_the_order_of_planning(api: Caller) -> None:
    """One long advance equals many short ones, the daily jobs included."""
    for _ in range(3):
        api.make("account_validation", client_bank_account_id=MAIN)
        api.sandbox.advance(20)
    in_steps = _after(api, ["20s"] * 9 + ["1d", "12h", "12h"])
    api.sandbox.reset()
    for _ in range(3):
        api.make("account_validation", client_bank_account_id=MAIN)
        api.sandbox.advance(20)
    assert _after(api, ["3m", "2d"]) == in_steps


def _after(api: Caller, spans: list[str]) -> Any:
    for span in spans:
        api.sandbox.advance(span)
    return api.sandbox.books(records=True)["records"]


def test_the_daily_hours_are_londons_in_summer_and_winter(sandbox: SandboxProcess) -> None:
    hours = []
    for instant in ("2026-06-01T21:00", "2026-06-01T22:00", "2026-06-02T05:00", "2026-06-02T06:00"):
        sandbox.control("clock", {"set": instant})
        hours.append(sandbox.control("clock")["next_job"])
    assert hours == [
        "2026-06-01T22:00:00+01:00",
        "2026-06-02T05:00:00+01:00",
        "2026-06-02T06:00:00+01:00",
        "2026-06-02T08:00:00+01:00",
    ]
    sandbox.control("clock", {"set": "2026-12-01T23:00"})
    assert sandbox.control("clock")["next_job"] == "2026-12-02T05:00:00+00:00"


def test_a_scaled_clock_runs_and_does_its_work_by_itself(api: Caller) -> None:
    made = api.make("account_validation", client_bank_account_id=MAIN)
    api.sandbox.control("clock", {"mode": "scaled", "scale": 600})
    for _ in range(200):
        if api.sandbox.counts()["mandates"]:
            break
        time.sleep(0.02)
    assert api.read("account_validation", made["id"])["successful_validation"] is True
    frozen = api.sandbox.control("clock", {"mode": "frozen"})["now"]
    assert frozen > "2026-06-01T08:01"
    assert api.sandbox.control("clock")["now"] == frozen


def has_run_until(sandbox: SandboxProcess, instant: str) -> None:
    """Wait for a running clock to be past an instant, then stop it."""
    for _ in range(500):
        if sandbox.control("clock")["now"] > instant:
            break
        time.sleep(0.02)
    assert sandbox.control("clock", {"mode": "frozen"})["now"] > instant


def days_of_a_weekly_schedule(api: Caller) -> dict[str, list[tuple[str, str]]]:
    """When its payments were created and submitted, when the files left, until Tue 23 June."""
    books = api.sandbox.books(records=True)["records"]
    return {
        "created": [
            (one["collection_date"], one["created_at"])
            for one in books["payments"]
            if one["created_at"] < "2026-06-23"
        ],
        "settled": [
            (one["submitted_on"], one["settled_on"])
            for one in books["payments"]
            if "" < one["settled_on"] < "2026-06-23"
        ],
        "files": [
            (one["created_at"], one["sun"])
            for one in books["submissions"]
            if one["created_at"] < "2026-06-23"
        ],
    }


AS_THE_DAYS_SAY = {
    "created": [
        ("2026-06-10", "2026-06-03T05:00:00Z"),
        ("2026-06-17", "2026-06-10T05:00:00Z"),
        ("2026-06-24", "2026-06-17T05:00:00Z"),
    ],
    "settled": [("2026-06-08", "2026-06-15"), ("2026-06-15", "2026-06-22")],
    "files": [
        ("2026-06-01T21:00:00Z", "100263"),
        ("2026-06-08T21:00:00Z", "100263"),
        ("2026-06-15T21:00:00Z", "100263"),
        ("2026-06-22T21:00:00Z", "100263"),
    ],
}


def test_however_fast_the_clock_runs_each_job_has_its_own_instant_section_12(api: Caller) -> None:
    api.schedule(collection_period="weekly", first_collection_date="2026-06-10")
    api.sandbox.control("clock", {"mode": "scaled", "scale": FASTEST})
    has_run_until(api.sandbox, "2026-06-23T08:00")
    assert days_of_a_weekly_schedule(api) == AS_THE_DAYS_SAY


def test_work_missed_while_the_program_was_off_is_done_at_its_own_instant_section_12(
    tmp_path: Path,
) -> None:
    """A running clock runs on between stop and start, and no day's work is lost or squeezed."""
    with SandboxProcess(state=tmp_path / "state.sqlite") as sandbox:
        api = Caller(sandbox)
        api.schedule(collection_period="weekly", first_collection_date="2026-06-10")
        sandbox.control("clock", {"mode": "scaled", "scale": FASTEST})
        sandbox.restart()
        has_run_until(sandbox, "2026-06-23T08:00")
        assert days_of_a_weekly_schedule(api) == AS_THE_DAYS_SAY
        api.close()


def test_time_never_runs_backwards_beside_its_work_section_12(api: Caller) -> None:
    api.sandbox.control("clock", {"mode": "scaled", "scale": FASTEST})
    seen = [api.sandbox.control("clock")["now"] for _ in range(100)]
    assert seen == sorted(seen)


def test_a_realtime_clock_runs_as_clocks_do_and_can_be_advanced(sandbox: SandboxProcess) -> None:
    before = datetime.fromisoformat(sandbox.control("clock", {"mode": "realtime"})["now"])
    time.sleep(0.05)
    after = datetime.fromisoformat(sandbox.control("clock")["now"])
    assert after > before
    moved = datetime.fromisoformat(sandbox.advance("1h"))
    assert moved >= after + timedelta(hours=1)


def test_stamps_have_no_fraction_section_5(api: Caller) -> None:
    api.sandbox.advance(0.75)
    assert api.customer()["created_at"] == "2026-06-01T08:00:00Z"
