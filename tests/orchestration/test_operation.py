"""An operation as a Prefect task: what a person sees of it, and what Prefect keeps of it.

Design section 4 and prefect-notes sections 3 and 4, in a real flow process on a real server.
"""

import json
from typing import Any

import pytest
from pydantic import BaseModel

from smarterpay.api.models.customer_account import CustomerAccount
from smarterpay.orchestration.operation import list_operation, operation, read_operation
from smarterpay.orchestration.runtime import Runtime
from tests.api import builders
from tests.flow_process import Call, FlowProcess, packed
from tests.in_process import opened
from tests.sandbox_process import SandboxProcess

REFERENCE = "CUST-0042"


def call(task: str, request: BaseModel, reference: str = REFERENCE) -> Call:
    """A call of a task that writes."""
    return {"task": task, "request": packed(request), "reference": reference}


def create(**changes: Any) -> Call:
    return call("customer_accounts.create_customer_account", builders.customer(**changes))


#: An account ending 900 fails the modulus check (section 13).
REFUSED = call(
    "bank_accounts.create_bank_account", builders.bank_account(account_number="12345900")
)


def test_a_task_run_has_a_name_that_a_person_can_read_and_no_tags(
    flows: FlowProcess, sandbox: SandboxProcess
) -> None:
    """A tag on a task run costs 20 ms (prefect-notes, section 5)."""
    task_run = flows.task_run(flows.call(create()))
    assert task_run["name"] == "create_customer_account CUST-0042"
    assert task_run["state"]["name"] == "Completed"
    assert task_run["tags"] == []


def test_the_cache_key_is_the_idempotency_key_and_the_outcome_is_kept_under_it(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    done = flows.call(create(email="canary.mark@example.com", metadata="canary-mark"))

    (request,) = sandbox.requests()
    kept = runtime.journal.results.read(request["key"])
    assert kept is not None
    assert done["results"][0]["outcome"]["key"] == request["key"]
    assert json.loads(json.loads(kept)["result"]) == done["results"][0]["outcome"]
    assert b"canary" not in kept
    assert b"Hetfield" not in kept


def test_a_second_run_shows_cached_and_has_the_same_record(
    flows: FlowProcess, sandbox: SandboxProcess
) -> None:
    first, second = flows.call(create()), flows.call(create())

    assert flows.task_run(first)["state"]["name"] == "Completed"
    assert flows.task_run(second)["state"]["name"] == "Cached"
    assert second["results"] == first["results"]
    assert len(sandbox.requests()) == 1


def test_changed_bytes_under_a_cached_key_are_a_conflict_and_not_a_silent_cached(
    flows: FlowProcess, sandbox: SandboxProcess
) -> None:
    flows.call(create())
    second = flows.call(create(city="York"))
    assert second["error"]["class"] == "IntentConflict"
    assert second["error"]["fields"] == ["Customer_Account.city"]
    assert flows.api.task_runs(second["flow_run_id"], count=0) == []
    assert len(sandbox.requests()) == 1


def test_a_lost_result_is_made_good_from_the_journal(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """Prefect's cache fails open; the journal decides (prefect-notes, section 3)."""
    first = flows.call(create())
    runtime.journal.results.forget(first["results"][0]["outcome"]["key"])
    second = flows.call(create())
    assert flows.task_run(second)["state"]["name"] == "Completed"
    assert second["results"] == first["results"]
    assert len(sandbox.requests()) == 1


@pytest.mark.parametrize(
    ("kind", "times"),
    # A 503 holds everything back for seconds: `tests/e2e/test_faults.py` has its window.
    [("429", 2), ("drop-after", 2), ("drop-before", 2), ("500-before", 2)],
)
def test_section_4_retries_are_prefects_own_and_seen_as_such(
    flows: FlowProcess, sandbox: SandboxProcess, kind: str, times: int
) -> None:
    sandbox.faults(kind=kind, method="POST", times=times)

    task_run = flows.task_run(flows.call(create(), rate_window=0.01, rate_limit=100))

    assert task_run["run_count"] == times + 1
    names = flows.api.state_names(task_run)
    assert names.count("Retrying") == times
    assert names[-1] == "Completed"
    requests = sandbox.requests()
    assert len(requests) == times + 1
    assert len({request["key"] for request in requests}) == 1
    assert sandbox.counts()["customer_accounts"] == 1


def test_a_refusal_shows_as_refused_and_is_given_again_without_a_call(
    flows: FlowProcess, sandbox: SandboxProcess
) -> None:
    first, second = flows.call(REFUSED), flows.call(REFUSED)

    assert first["error"]["class"] == second["error"]["class"] == "OperationRefused"
    assert first["error"]["text"] == second["error"]["text"]
    task_run = flows.task_run(first)
    assert (task_run["state"]["name"], task_run["state"]["type"]) == ("Refused", "COMPLETED")
    assert task_run["state"]["message"].startswith("Refused: ")
    assert "account_number" in task_run["state"]["message"]
    assert task_run["run_count"] == 1
    assert "12345900" not in json.dumps(task_run)
    assert len(sandbox.requests()) == 1


def test_what_stays_unknown_is_raised_and_not_cached(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    tries = runtime.settings.max_attempts
    sandbox.faults(kind="drop-after", method="POST", times=tries)

    first = flows.call(create())

    assert (first["error"]["class"], first["error"]["executed"]) == ("NotSettled", "unknown")
    task_run = flows.task_run(first)
    assert (task_run["state"]["name"], task_run["run_count"]) == ("Failed", tries)
    (intent,) = runtime.journal.intents.find(REFERENCE)
    assert runtime.journal.results.read(intent.key) is None

    second = flows.call(create())

    assert second["results"][0]["outcome"]["replayed"] is True
    assert flows.task_run(second)["state"]["name"] == "Completed"
    assert sandbox.counts()["customer_accounts"] == 1


def test_section_1_a_bad_token_is_not_retried(flows: FlowProcess, sandbox: SandboxProcess) -> None:
    done = flows.call(create(), api_key="sandbox-key-expired")
    assert done["error"]["class"] == "Misconfigured"
    assert flows.task_run(done)["run_count"] == 1
    assert len(sandbox.requests()) == 1


async def test_section_2_what_a_person_must_decide_is_not_retried(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """The key belongs to another request."""
    intent = opened(runtime, "customer_account.create", builders.customer())
    stranger = runtime.cloud.prepare("bank_account.create", builders.bank_account())
    await runtime.cloud.exchange(stranger, idempotency_key=intent.key)

    done = flows.call(create())

    assert done["error"]["class"] == "NeedsAttention"
    assert flows.task_run(done)["run_count"] == 1


def test_section_2_25_hours_later_the_task_goes_on_under_the_next_key(
    flows: FlowProcess, sandbox: SandboxProcess
) -> None:
    sandbox.faults(kind="drop-before", method="POST", times=1)
    assert flows.call(create(), max_attempts=1)["error"]["class"] == "NotSettled"

    sandbox.advance("25h")
    # The flow process asks the sandbox what time it is at most twice a second.
    second = flows.call(create())

    assert second["results"][0]["outcome"]["generation"] == 1
    assert sandbox.counts()["customer_accounts"] == 1
    states = [t["state"]["name"] for t in flows.api.task_runs(second["flow_run_id"], count=2)]
    assert sorted(states) == ["Completed", "Failed"]


# --- Reads -------------------------------------------------------------------------------------


def test_a_read_is_made_again_each_time_and_its_personal_result_kept_nowhere(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    record = flows.call(create())["results"][0]["record"]
    get = {"task": "customer_accounts.get_customer_account", "id": record["id"]}
    find = {
        "task": "customer_accounts.list_customer_accounts",
        "filters": {"custom_reference": REFERENCE},
    }
    for _ in range(2):
        done = flows.call(get, find)
        assert done["results"] == [record, [record]]
        task_runs = flows.api.task_runs(done["flow_run_id"], count=2)
        assert [(t["name"], t["state"]["name"]) for t in task_runs] == [
            (f"get_customer_account {record['id']}", "Completed"),
            ("list_customer_accounts", "Completed"),
        ]
    assert [request["method"] for request in sandbox.requests()] == ["POST", *["GET"] * 4]
    with runtime.journal.database.read() as connection:
        kept = connection.exec_driver_sql("SELECT key FROM task_results").scalars().all()
    assert kept == [sandbox.requests()[0]["key"]]
    assert CustomerAccount.model_validate(record).first_name == "James"


@pytest.mark.parametrize("kind", ["429", "500-before", "drop-before", "html-error"])
def test_section_4_a_read_is_retried_freely(
    flows: FlowProcess, sandbox: SandboxProcess, kind: str
) -> None:
    record = flows.call(create())["results"][0]["record"]
    sandbox.faults(kind=kind, method="GET", times=2)
    done = flows.call({"task": "customer_accounts.get_customer_account", "id": record["id"]})
    assert done["results"] == [record]
    assert flows.task_run(done)["run_count"] == 3


def test_section_4_no_such_record_is_not_retried(
    flows: FlowProcess, sandbox: SandboxProcess
) -> None:
    done = flows.call({"task": "customer_accounts.get_customer_account", "id": "CA01NOBODY"})
    assert done["error"]["class"] == "NotFound"
    assert len(sandbox.requests()) == 1


# --- Making tasks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (operation, "mandate.get"),
        (read_operation, "mandate.create"),
        (read_operation, "mandate.list"),
        (list_operation, "mandate.get"),
        (list_operation, "mandate.create"),
    ],
)
def test_a_task_is_made_only_of_an_operation_of_its_kind(make: Any, name: str) -> None:
    with pytest.raises(ValueError, match=name):
        make(name, CustomerAccount)
