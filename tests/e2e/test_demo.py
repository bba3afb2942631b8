"""`smarterpay demo --exit --json`: sixty customers, counted in the provider's own books."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import psutil
import pytest

EXPECTED = Path(__file__).parents[1] / "intake" / "demo_expected.csv"
#: What each test value of section 13 leads to, with every check switched on; the others change
#: nothing about an onboarding.
REFUSED = {
    *("account ends 900", "account ends 901"),
    *("name ends NOMATCH", "name ends CLOSE", "name ends WRONGTYPE", "name ends NOTFOUND"),
}
WAITING = {"name ends PENDING", "name ends AVERROR"}


class Demo(NamedTuple):
    """What a whole demo printed, and where it lived."""

    home: Path
    done: "subprocess.CompletedProcess[str]"

    @property
    def printed(self) -> dict[str, Any]:
        """The JSON document."""
        printed: dict[str, Any] = json.loads(self.done.stdout)
        return printed


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo, run once as a user runs it: nothing is set but where its files go."""
    home = tmp_path_factory.mktemp("demo")
    strange = ("SMARTERPAY_", "PREFECT_")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(strange)}
    done = subprocess.run(
        [sys.executable, "-m", "smarterpay.cli", "demo", "--exit", "--json"],
        env={**environment, "SMARTERPAY_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Demo(home, done)


@pytest.fixture(scope="module")
def values() -> list[str]:
    """The provider's test value of each good row; blank for a plain customer."""
    with EXPECTED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["provider_test_value"] for row in rows if row["result"] == "good"]


@pytest.mark.e2e
def test_the_document_has_exactly_the_keys_of_the_issue(demo: Demo) -> None:
    assert list(demo.printed) == [
        *("rows", "onboarded", "rejected", "refused", "waiting", "unknown"),
        *("provider", "http_429", "duplicates", "flow_run_url"),
    ]
    assert list(demo.printed["provider"]) == [
        *("customer_accounts", "bank_accounts", "mandates", "recurrence_schedules"),
    ]


@pytest.mark.e2e
def test_every_row_ends_where_its_test_value_says(demo: Demo, values: list[str]) -> None:
    refused = sum(value in REFUSED for value in values)
    waiting = sum(value in WAITING for value in values)
    onboarded = len(values) - refused - waiting
    printed = demo.printed
    assert {key: printed[key] for key in ("onboarded", "rejected", "refused", "waiting")} == {
        "onboarded": onboarded,
        "rejected": 60 - len(values),
        "refused": refused,
        "waiting": waiting,
    }
    assert (onboarded, refused, waiting) == (30, 6, 2)
    assert (printed["rows"], printed["unknown"]) == (60, 0)


@pytest.mark.e2e
def test_the_providers_books_hold_what_those_rows_need_and_nothing_twice(demo: Demo) -> None:
    printed = demo.printed
    through_validation = printed["onboarded"] + printed["waiting"]
    assert printed["provider"] == {
        "customer_accounts": printed["rows"] - printed["rejected"],
        "bank_accounts": through_validation,
        "mandates": through_validation,
        "recurrence_schedules": printed["onboarded"],
    }
    assert printed["provider"]["customer_accounts"] == 38
    assert (printed["http_429"], printed["duplicates"]) == (0, 0)


@pytest.mark.e2e
def test_nothing_is_left_running(demo: Demo) -> None:
    url = httpx.URL(demo.printed["flow_run_url"])
    assert url.path.startswith("/runs/flow-run/")
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{url.port}/api/health", trust_env=False)
    home = str(demo.home)
    left = [
        process.info["name"]
        for process in psutil.process_iter(["name", "cmdline", "environ"])
        if any(home in word for word in process.info["cmdline"] or [])
        or any(home in value for value in (process.info["environ"] or {}).values())
    ]
    assert left == []


@pytest.mark.e2e
def test_its_state_lives_under_the_home_it_was_given(demo: Demo) -> None:
    assert [path.name for path in demo.home.iterdir()] == ["demo"]
    kept = {path.name for path in (demo.home / "demo").iterdir()}
    assert {"journal.sqlite", "journal.key", "sandbox.sqlite", "prefect"} <= kept
