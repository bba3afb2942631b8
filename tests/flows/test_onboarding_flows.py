"""A batch as the Prefect UI shows it: runs, chunks, artifacts, and what one bad row may spoil."""

import json
from collections.abc import Mapping
from typing import Any

from smarterpay.journal.batches import BatchState, RowState
from smarterpay.orchestration.runtime import Runtime
from tests.flow_process import FlowProcess, FlowWorker
from tests.flows.batches import PERSONAL, a_customer, customers, outcomes, stage
from tests.sandbox_process import SandboxProcess

BROKEN = b"{}"  # a payload that no version of ours wrote
OPERATIONS_PER_CUSTOMER = 5


def states(runtime: Runtime, batch: str) -> Mapping[RowState, int]:
    return runtime.journal.batches.counts(batch)


# --- One run, its chunks and its tasks ---------------------------------------------------------


def test_a_batch_is_onboarded_in_chunks_that_are_flow_runs_of_their_own(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    batch = stage(runtime.journal, *customers(8))

    done = flows.run("onboard_batch", batch, chunk_size=3)

    assert (done["state"], done["message"]) == ("Completed", "8 onboarded")
    (parent,) = flows.api.flow_runs(f"onboard {batch}")
    assert parent["id"] == done["flow_run_id"]
    messages = []
    for chunk in range(3):
        (child,) = flows.api.flow_runs(f"onboard {batch} chunk {chunk}")
        messages.append(child["state"]["message"])
        assert child["parameters"] == {"batch": batch, "chunk": chunk}
    assert messages == ["3 rows worked on", "3 rows worked on", "2 rows worked on"]
    assert flows.api.flow_runs(f"onboard {batch} chunk 3") == []
    counts = sandbox.counts()
    assert [counts[kind] for kind in ("customer_accounts", "mandates", "recurrence_schedules")] == [
        8
    ] * 3


def test_flow_runs_are_tagged_and_task_runs_are_not(flows: FlowProcess, runtime: Runtime) -> None:
    """A tag on a task run costs 20 ms (prefect-notes, section 5)."""
    batch = stage(runtime.journal, *customers(2))
    flows.run("onboard_batch", batch)
    (parent,) = flows.api.flow_runs(f"onboard {batch}")
    (chunk,) = flows.api.flow_runs(f"onboard {batch} chunk 0")
    assert sorted(parent["tags"]) == sorted(chunk["tags"]) == sorted(["onboarding", batch])
    task_runs = flows.api.task_runs(chunk["id"], count=2 * OPERATIONS_PER_CUSTOMER)
    names = {run["name"] for run in task_runs}
    assert names == {
        f"{task} CUST-000{n}"
        for n in range(2)
        for task in (
            "create_customer_account",
            "create_modulus_check",
            "create_bank_account",
            "create_mandate",
            "create_recurrence_schedule",
        )
    }
    assert {tuple(run["tags"]) for run in task_runs} == {()}


def test_the_run_is_found_from_the_batch(flows: FlowProcess, runtime: Runtime) -> None:
    batch = stage(runtime.journal, *customers(1))
    done = flows.run("onboard_batch", batch)
    kept = runtime.journal.batches.get(batch)
    assert (kept.flow_run_id, kept.state) == (done["flow_run_id"], BatchState.APPLIED)


def test_a_second_run_works_on_unfinished_rows_only(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    batch = stage(runtime.journal, *customers(3))
    sandbox.faults(kind="drop-after", method="POST", path="/mandate", times=1)
    first = flows.run("onboard_batch", batch, chunk_size=1, concurrency=1, max_attempts=1)
    assert first["message"] == "2 onboarded, 1 unknown"
    calls = len(sandbox.requests())

    second = flows.run("onboard_batch", batch, chunk_size=1)

    assert second["message"] == "3 onboarded"
    assert [(c["path"].rpartition("/")[2], c["status"]) for c in sandbox.requests()[calls:]] == [
        ("mandate", 200),
        ("recurrenceschedule", 200),
    ]
    runs = [len(flows.api.flow_runs(f"onboard {batch} chunk {n}")) for n in range(3)]
    assert sorted(runs) == [1, 1, 2]


def test_a_batch_that_is_not_completely_staged_is_not_begun(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    batch = stage(runtime.journal, *customers(2), finished=False)
    done = flows.run("onboard_batch", batch)
    assert (done["state"], done["error"]["class"]) == ("Failed", "NotStaged")
    assert "stage its file again" in done["error"]["text"]
    assert sandbox.requests() == []


def test_a_batch_without_rows_is_done_at_once(flows: FlowProcess, runtime: Runtime) -> None:
    done = flows.run("onboard_batch", stage(runtime.journal))
    assert (done["state"], done["message"]) == ("Completed", "no rows")


# --- One row does not spoil the others ---------------------------------------------------------


def test_an_error_of_one_row_does_not_stop_the_others_and_fails_the_run_at_the_end(
    flows: FlowProcess, runtime: Runtime
) -> None:
    good = customers(7)
    batch = stage(runtime.journal, *good[:2], BROKEN, *good[3:])

    done = flows.run("onboard_batch", batch, chunk_size=3, concurrency=1)

    assert (done["state"], done["error"]["class"]) == ("Failed", "RowCrashed")
    assert done["error"]["text"].startswith(f"{batch}, line 4: ValidationError at ")
    assert states(runtime, batch) == {RowState.SUCCEEDED: 6, RowState.STAGED: 1}
    assert outcomes(runtime.journal, batch)["CUST-0002"].state is RowState.STAGED
    chunks = [flows.api.flow_runs(f"onboard {batch} chunk {n}")[0] for n in range(3)]
    assert [chunk["state"]["name"] for chunk in chunks] == ["Failed", "Completed", "Completed"]
    assert runtime.journal.batches.get(batch).state is BatchState.APPLYING


def test_a_run_that_failed_still_shows_how_far_it_got(flows: FlowProcess, runtime: Runtime) -> None:
    batch = stage(runtime.journal, *customers(3), BROKEN)
    done = flows.run("onboard_batch", batch)
    artifacts = flows.api.artifacts(done["flow_run_id"])
    assert artifacts[f"{batch}-progress"]["data"] == 75.0
    assert "| not begun | 1 |" in artifacts[f"{batch}-summary"]["data"]
    assert f"smarterpay batch resume {batch}" in artifacts[f"{batch}-summary"]["data"]
    assert '"not begun"' in artifacts[f"{batch}-outcomes"]["data"]


def test_section_1_a_token_that_is_not_accepted_ends_the_run_early(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    """What the provider does not let in now, it will not let in for the next row either."""
    batch = stage(runtime.journal, *customers(40))

    done = flows.run(
        "onboard_batch", batch, api_key="sandbox-key-expired", concurrency=2, chunk_size=5
    )

    assert (done["state"], done["error"]["class"]) == ("Failed", "Misconfigured")
    assert states(runtime, batch) == {RowState.STAGED: 40}
    assert {call["status"] for call in sandbox.requests()} == {498}
    two_chunks_of_two_rows_at_once = 4
    assert 1 <= len(sandbox.requests()) <= two_chunks_of_two_rows_at_once

    assert flows.run("onboard_batch", batch)["message"] == "40 onboarded"
    assert sandbox.counts()["customer_accounts"] == 40


# --- What is shown at the end ------------------------------------------------------------------


def shown(flows: FlowProcess, flow_run_id: str) -> dict[str, dict[str, Any]]:
    return flows.api.artifacts(flow_run_id)


def test_progress_outcomes_and_summary_are_shown_and_nothing_personal(
    flows: FlowProcess, runtime: Runtime
) -> None:
    batch = stage(
        runtime.journal,
        a_customer("GOOD"),
        a_customer("NO-ACCOUNT", account_number="12345900"),
        a_customer("NO-DEBITS", account_number="12345901"),
        a_customer("BAD"),
        rejected=1,
    )

    done = flows.run("onboard_batch", batch)

    assert done["message"] == "1 onboarded, 1 rejected, 2 refused"
    artifacts = shown(flows, done["flow_run_id"])
    assert set(artifacts) == {f"{batch}-{what}" for what in ("progress", "outcomes", "summary")}
    progress, summary = artifacts[f"{batch}-progress"], artifacts[f"{batch}-summary"]
    assert (progress["type"], progress["data"]) == ("progress", 100.0)
    rows = outcomes(runtime.journal, batch)
    assert json.loads(artifacts[f"{batch}-outcomes"]["data"]) == [
        _line(
            3,
            "NO-ACCOUNT",
            "refused",
            "bank account validation",
            "modulus-check-failed",
            todo=rows["NO-ACCOUNT"].message or "?",
        ),
        _line(
            4,
            "NO-DEBITS",
            "refused",
            "bank account validation",
            "direct-debits-not-allowed",
            todo=rows["NO-DEBITS"].message or "?",
        ),
        _line(5, "BAD", "rejected", "", "amount: amount.ambiguous", todo="write pence"),
        _line(
            2,
            "GOOD",
            "onboarded",
            "",
            "",
            mandate=rows["GOOD"].record_ids["mandate"],
            schedule=rows["GOOD"].record_ids["recurrence_schedule"],
        ),
    ]
    assert summary["type"] == "markdown"
    assert "| onboarded | 1 |\n| rejected | 1 |\n| refused | 2 |" in summary["data"]
    assert f"smarterpay batch rejects {batch} --output" in summary["data"]
    assert "batch resume" not in summary["data"]
    for value in (*PERSONAL.values(), "12345900"):
        assert value not in json.dumps(artifacts)


def _line(
    line: int,
    reference: str,
    outcome: str,
    step: str,
    reason: str,
    *,
    todo: str = "",
    mandate: str = "",
    schedule: str = "",
) -> dict[str, Any]:
    return {
        "line": line,
        "reference": reference,
        "outcome": outcome,
        "step": step,
        "reason": reason,
        "what to do": todo,
        "mandate": mandate,
        "recurrence schedule": schedule,
    }


def test_what_is_left_to_do_is_said_with_the_command_that_does_it(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    batch = stage(runtime.journal, *customers(2))
    sandbox.faults(kind="drop-after", method="POST", path="/customeraccount", times=1)
    done = flows.run("onboard_batch", batch, max_attempts=1)
    assert done["message"] == "1 onboarded, 1 unknown"
    summary = shown(flows, done["flow_run_id"])[f"{batch}-summary"]["data"]
    assert f"smarterpay batch resume {batch}" in summary
    assert "batch rejects" not in summary


# --- One customer, triggered -------------------------------------------------------------------


def test_one_customer_is_onboarded_by_its_reference(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    batch = stage(runtime.journal, *customers(3))
    done = flows.run("onboard_customer", "CUST-0001")
    assert (done["state"], done["message"]) == ("Completed", "succeeded")
    assert states(runtime, batch) == {RowState.SUCCEEDED: 1, RowState.STAGED: 2}
    (found,) = [
        run for run in flows.api.flow_runs("onboard CUST-0001") if run["id"] == done["flow_run_id"]
    ]
    assert sorted(found["tags"]) == ["CUST-0001", "onboarding"]
    assert found["parameters"] == {"reference": "CUST-0001"}
    assert sandbox.counts()["customer_accounts"] == 1


def test_the_batch_then_finds_what_the_customers_own_run_created(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    batch = stage(runtime.journal, *customers(1))
    other = stage(runtime.journal, *customers(1))
    flows.run("onboard_customer", "CUST-0000")
    calls = len(sandbox.requests())
    assert flows.run("onboard_batch", batch)["message"] == "1 onboarded"
    assert flows.run("onboard_batch", other)["message"] == "1 onboarded"
    assert len(sandbox.requests()) == calls


def test_a_customer_that_stops_says_where_and_why(flows: FlowProcess, runtime: Runtime) -> None:
    stage(runtime.journal, a_customer("NO-ACCOUNT", account_number="12345900"))
    done = flows.run("onboard_customer", "NO-ACCOUNT")
    assert done["state"] == "Completed"
    assert done["message"].startswith("refused at bank account validation: sort code and account")


def test_a_customer_nobody_staged_is_an_error(flows: FlowProcess, runtime: Runtime) -> None:
    done = flows.run("onboard_customer", "NOBODY")
    assert (done["state"], done["error"]["class"]) == ("Failed", "LookupError")


def test_each_exchange_is_one_line_in_the_runs_log_and_nothing_of_it_is_personal(
    flows: FlowProcess, runtime: Runtime
) -> None:
    stage(runtime.journal, *customers(1))
    done = flows.run("onboard_customer", "CUST-0000")
    lines = flows.api.logs(done["flow_run_id"], until="operation=recurrence_schedule.create")
    told = [line for line in lines if line.startswith("operation=")]
    assert len(told) == OPERATIONS_PER_CUSTOMER
    (mandate,) = runtime.journal.intents.find("CUST-0000", "mandate.create")
    (line,) = [line for line in told if f"intent={mandate.id}" in line]
    assert "attempt=1 generation=0 status=200 disposition=succeeded" in line
    for value in (*PERSONAL.values(), "12340000", "Bearer", "sandbox-key"):
        assert value not in "\n".join(lines)


def test_what_the_flow_process_printed_is_not_personal(
    flows: FlowProcess, runtime: Runtime, flow_worker: FlowWorker
) -> None:
    stage(runtime.journal, a_customer("CUST-0000"))
    flows.run("onboard_customer", "CUST-0000")
    printed = flow_worker.log.read_text()
    assert "onboard CUST-0000" in printed
    for value in (*PERSONAL.values(), "12345900", "Bearer", "sandbox-key"):
        assert value not in printed
