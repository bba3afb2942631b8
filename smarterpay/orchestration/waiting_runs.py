"""Lets flow runs go on that wait for a person, or calls them off; knows not what they wait for."""

from collections.abc import Mapping
from uuid import UUID

import httpx
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.responses import SetStateStatus
from prefect.context import FlowRunContext
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL
from prefect.states import Cancelled

#: A run in one of these states waits for nobody and has not failed.
_GOES_ON = (StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING, StateType.COMPLETED)


def can_leave_its_worker() -> bool:
    """Whether the run around the caller can be suspended: a deployment's, and no part of another.

    Prefect starts it again, from the top, when it is let go on.
    """
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return False
    run = context.flow_run
    return run.deployment_id is not None and run.parent_task_run_id is None


async def let_go_on(flow_run_id: str, answer: Mapping[str, str]) -> bool:
    """Fill in the form a run waits with; whether the run goes on now, by this or already.

    False too where no server answers, or the run is none of its.
    """
    if not PREFECT_API_URL.value():
        return False  # Prefect's client would start a server of its own, which knows no run
    try:
        async with get_client() as client:
            run = await _run(client, flow_run_id)
            if run is None or run.state is None:
                return False
            if not run.state.is_paused():
                return run.state.type in _GOES_ON
            done = await client.resume_flow_run(run.id, run_input=dict(answer))
            return done.status is SetStateStatus.ACCEPT
    except httpx.HTTPError:
        return False


async def call_off(flow_run_id: str, why: str) -> None:
    """Cancel a run if it waits."""
    async with get_client() as client:
        run = await _run(client, flow_run_id)
        if run is not None and run.state is not None and run.state.is_paused():
            await client.set_flow_run_state(run.id, Cancelled(message=why))


async def _run(client: PrefectClient, flow_run_id: str) -> FlowRun | None:
    try:
        return await client.read_flow_run(UUID(flow_run_id))
    except ObjectNotFound:
        return None  # of another server, or swept away
