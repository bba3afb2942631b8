"""A bulk operation as Prefect shows it: one task for the call, reads for what follows."""

import json
from datetime import date

import pytest

from smarterpay.api.models.payment import PaymentCreate
from smarterpay.orchestration.bulk import bulk_operation
from smarterpay.orchestration.operation import operation
from smarterpay.orchestration.runtime import Runtime
from tests.api import builders
from tests.flow_process import Call, FlowProcess, packed
from tests.orchestration.bulk_runs import a_payer, booked
from tests.sandbox_process import SandboxProcess


async def test_the_call_is_one_task_whose_result_is_kept_without_its_rows(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    auddis = await a_payer(runtime)
    rows = [
        builders.payment(
            auddis=auddis,
            custom_reference=one,
            description="canary words",
            metadata="canary-metadata",
            collection_date=date(2026, 9, 1),
        )
        for one in ("INV-1", "INV-2")
    ]
    call: Call = {
        "task": "payments.bulk_create_payments",
        "request": packed(rows),
        "reference": "RUN-1",
    }

    first = flows.call(call)
    sandbox.advance("1m")
    second = flows.call(call)

    assert first["results"][0]["counts"] == {"not_settled": 2}
    assert second["results"][0]["counts"] == {"succeeded": 2}
    assert booked(sandbox) == ["INV-1", "INV-2"]
    (intent,) = runtime.journal.intents.find("RUN-1")
    kept = runtime.journal.results.read(intent.key)
    assert kept is not None
    assert json.loads(json.loads(kept)["result"])["record_id"] == intent.record_id
    assert b"canary" not in kept
    told = flows.api.task_runs(second["flow_run_id"], count=2)
    assert {run["name"]: run["state"]["name"] for run in told} == {
        "bulk_create_payments RUN-1": "Cached",
        f"get_api_request {intent.record_id}": "Completed",
    }


def test_a_bulk_create_is_no_single_operation_and_the_reverse() -> None:
    with pytest.raises(ValueError, match="use `bulk_operation`"):
        operation("payment.bulk_create", PaymentCreate)
    with pytest.raises(ValueError, match="use `operation`"):
        bulk_operation("payment.create", PaymentCreate, row_operation="payment.create")
    for row in ("credit.create", "payment.get"):
        with pytest.raises(ValueError, match="makes no row"):
            bulk_operation("payment.bulk_create", PaymentCreate, row_operation=row)
