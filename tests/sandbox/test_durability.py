"""State that survives: a restart forgets nothing, and `kill -9` loses no acknowledged write."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.caller import CUSTOMER, Caller
from tests.sandbox_process import SandboxProcess


@pytest.fixture
def lasting(tmp_path: Path) -> Iterator[SandboxProcess]:
    """A sandbox with a state file."""
    with SandboxProcess(state=tmp_path / "books" / "state.sqlite") as sandbox:
        yield sandbox


def restart_after(sandbox: SandboxProcess, how: str) -> None:
    if how == "kill":
        sandbox.kill()
        sandbox.start()
    else:
        sandbox.restart()


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_records_keys_clock_settings_and_waiting_work_survive(
    lasting: SandboxProcess, how: str
) -> None:
    api = Caller(lasting)
    validated = api.mandate(account_validation=True)
    gone = api.account()
    api.send("DELETE", f"bankaccount/{gone['id']}")
    first = api.post("Customer_Account", CUSTOMER, key="k")
    lasting.advance(30)
    lasting.settings(processing_days=5)
    before = lasting.books(records=True)
    restart_after(lasting, how)
    after = lasting.books(records=True)
    assert (after["counts"], after["records"]) == (before["counts"], before["records"])
    assert lasting.control("clock")["now"] == "2026-06-01T08:00:30+00:00"
    assert lasting.control("settings")["processing_days"] == 5
    again = api.post("Customer_Account", CUSTOMER, key="k")
    assert (again.content, again.headers["idempotency-replay"]) == (first.content, "true")
    lasting.advance(30)
    assert api.read("Mandate", validated["id"])["dd_status"] == "new instruction"
    api.close()


def test_ids_go_on_where_they_stood(lasting: SandboxProcess) -> None:
    """Nothing is drawn twice: the same calls without a restart give the same ids."""
    api = Caller(lasting)
    broken = [api.customer()["id"]]
    restart_after(lasting, "kill")
    broken.append(api.customer()["id"])
    lasting.reset()
    assert [api.customer()["id"], api.customer()["id"]] == broken
    api.close()


def test_forgotten_keys_stay_forgotten(lasting: SandboxProcess) -> None:
    api = Caller(lasting)
    first = api.post("Customer_Account", CUSTOMER, key="k").json()
    lasting.advance("24h")
    second = api.post("Customer_Account", CUSTOMER, key="k").json()
    restart_after(lasting, "kill")
    assert first != second == api.post("Customer_Account", CUSTOMER, key="k").json()
    lasting.advance("23h")
    assert second == api.post("Customer_Account", CUSTOMER, key="k").json()
    api.close()


def test_a_reset_and_a_restored_snapshot_survive_too(lasting: SandboxProcess) -> None:
    api = Caller(lasting)
    kept = api.customer(custom_reference="kept")
    snapshot = lasting.control("snapshot")
    lasting.reset()
    restart_after(lasting, "kill")
    assert lasting.counts()["customer_accounts"] == 0
    lasting.control("snapshot", snapshot)
    restart_after(lasting, "kill")
    assert api.read("Customer_Account", kept["id"]) == kept
    api.close()


def test_work_done_behind_a_dropped_answer_survives(lasting: SandboxProcess) -> None:
    api = Caller(lasting)
    lasting.faults("drop-after")
    with pytest.raises(httpx.TransportError):
        api.post("Customer_Account", CUSTOMER, key="k")
    restart_after(lasting, "kill")
    again = api.post("Customer_Account", CUSTOMER, key="k")
    assert again.headers["idempotency-replay"] == "true"
    assert lasting.counts()["customer_accounts"] == 1
    api.close()


def test_a_key_whose_first_call_was_killed_starts_anew(lasting: SandboxProcess) -> None:
    api = Caller(lasting)
    lasting.faults("slow", seconds=60)
    with pytest.raises(httpx.ReadTimeout):
        api.send("POST", "customeraccount", {"Customer_Account": CUSTOMER}, key="k", timeout=0.3)
    restart_after(lasting, "kill")
    assert "idempotency-replay" not in api.post("Customer_Account", CUSTOMER, key="k").headers
    assert lasting.counts()["customer_accounts"] == 1
    api.close()


@pytest.mark.parametrize("acknowledged", [5, 60, 150])
def test_kill_9_in_the_middle_of_writes_loses_no_acknowledged_one(
    lasting: SandboxProcess, acknowledged: int
) -> None:
    """Six writers; the process is killed as soon as so many answers are in."""
    answers: dict[str, Any] = {}
    enough = threading.Event()

    def write(name: int) -> None:
        api = Caller(lasting)
        for number in range(1000):
            key = f"{name}-{number}"
            try:
                answer = api.post("Customer_Account", CUSTOMER | {"custom_reference": key}, key=key)
            except httpx.TransportError:
                break
            answers[key] = answer.json()["Customer_Account"]
            if len(answers) >= acknowledged:
                enough.set()
        api.close()

    writers = [threading.Thread(target=write, args=(name,)) for name in range(6)]
    for writer in writers:
        writer.start()
    assert enough.wait(30)
    os.kill(lasting.pid, signal.SIGKILL)
    for writer in writers:
        writer.join(30)
    restart_after(lasting, "kill")
    kept = {
        record["custom_reference"]: record
        for record in lasting.books(records=True)["records"]["customer_accounts"]
    }
    assert len(answers) >= acknowledged
    assert {key: kept[key] | answer for key, answer in answers.items()} == {
        key: kept[key] for key in answers
    }
    assert len(kept) <= len(answers) + len(writers)


def test_a_state_file_has_one_user_at_a_time(tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite"
    command = [sys.executable, "-m", "smarterpay.sandbox", "--port", "0", "--state", str(state)]
    with SandboxProcess(state=state) as first:
        second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert first.counts()["mandates"] == 0
    assert second.returncode == 1
    assert second.stderr == "sandbox: state.sqlite is in use by another sandbox\n"


def refused_file(state: Path) -> str:
    """What the program says of a state file it cannot use, before it ends with 1."""
    command = [sys.executable, "-m", "smarterpay.sandbox", "--port", "0", "--state", str(state)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    return ended.stderr


def test_a_text_file_is_no_state_file_and_stays_as_it_is(tmp_path: Path) -> None:
    state = tmp_path / "notes.txt"
    state.write_text("notes " * 100)
    assert refused_file(state) == "sandbox: notes.txt is no state file of a sandbox\n"
    assert state.read_text() == "notes " * 100


@pytest.mark.parametrize("table", ["intents (id)", "entries (id)"])
def test_somebody_elses_database_stays_as_it_is(tmp_path: Path, table: str) -> None:
    """A journal given for a state file by mistake gets no table and no record of ours."""
    state = tmp_path / "journal.sqlite"
    with contextlib.closing(sqlite3.connect(state)) as theirs:
        theirs.execute(f"CREATE TABLE {table}")
        theirs.commit()
    assert refused_file(state).startswith("sandbox: journal.sqlite is ")
    with contextlib.closing(sqlite3.connect(state)) as theirs:
        assert theirs.execute("SELECT count(*) FROM sqlite_master").fetchone() == (1,)


def test_a_file_of_another_version_is_told_in_one_line(tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite"
    with SandboxProcess(state=state):
        pass
    with contextlib.closing(sqlite3.connect(state)) as ours:
        ours.execute("UPDATE entries SET kind = 'ghosts' WHERE kind = 'jobs'")
        ours.commit()
    assert refused_file(state) == "sandbox: state.sqlite was written by another version\n"


def test_a_state_file_that_cannot_be_opened_is_told_in_one_line(tmp_path: Path) -> None:
    assert refused_file(tmp_path).startswith(f"sandbox: {tmp_path.name} cannot be opened: ")


def test_a_state_file_is_its_owners_only(tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite"
    with SandboxProcess(state=state):
        assert state.stat().st_mode & 0o077 == 0
