"""Flows that have a plan approved and then act on it, which here is a line of the audit trail.

python -m tests.flows.approval_runs SUBJECT
"""

import asyncio
import json
import sys
from contextlib import suppress
from typing import Any
from uuid import UUID

from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.exceptions import Pause
from prefect.flow_engine import run_flow_async
from prefect.states import Completed

from flows import approval
from flows.approval import approved
from smarterpay.money.plans import Plan
from smarterpay.orchestration.runtime import open_runtime
from tests.money.plans import a_plan

approval.LOOK_SECONDS = 1
ACTED = "test.acted"
#: Between the beginnings of two runs.
APART_SECONDS = 0.3
#: Above what a collection may be without asking.
PENCE = 200_000


def plan_of(subject: str, pence: int = PENCE) -> Plan:
    """The plan of a subject; it asks for approval unless it is of few pence."""
    return a_plan(pence, subject=subject)


@flow(name="act-on-plan", flow_run_name="act on {subject}", persist_result=False)
async def act_on_plan(subject: str, pence: int = PENCE, pence_then: int = PENCE) -> None:
    """Have the plan approved and act on it; `pence_then` is what it is after the wait."""
    async with open_runtime() as runtime:
        await approved(runtime, plan_of(subject, pence), lambda: plan_of(subject, pence_then))
        runtime.journal.audit.append("test", ACTED, subject, {}, runtime.clock.now())


@flow(name="act-on-plans", persist_result=False)
async def act_on_plans(plans: dict[str, list[int]]) -> State[Any]:
    """Act on several plans at once; the message says what became of each."""

    async def told(number: int, subject: str, pence: list[int]) -> str:
        # Prefect's server on SQLite answers 503 to runs that all begin in one instant, and its
        # client then waits for half a minute and more.
        await asyncio.sleep(number * APART_SECONDS)
        try:
            await act_on_plan(subject, *pence)
        except Exception as error:
            return type(error).__name__
        return "acted"

    ends = await asyncio.gather(*(told(n, *plan) for n, plan in enumerate(plans.items())))
    return Completed(message=json.dumps(dict(zip(plans, ends, strict=True))))


async def run_deployed(flow_run_id: str, *, return_state: bool) -> State[Any]:
    """Run a deployment's flow run in this process, as its worker would; the state it is left in."""
    async with get_client() as client:
        run = await client.read_flow_run(UUID(flow_run_id))
        with suppress(Pause):  # it has left its worker
            await run_flow_async(act_on_plan, flow_run=run, parameters=run.parameters)
        state = (await client.read_flow_run(run.id)).state
        assert state is not None
        return state


if __name__ == "__main__":
    asyncio.run(act_on_plan(sys.argv[1]))
