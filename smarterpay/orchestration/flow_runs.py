"""What a flow tells Prefect of the run it is in; works outside a run too, saying nothing."""

from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext


def flow_run_id() -> str | None:
    """The id of the flow run around the caller."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return None
    return str(context.flow_run.id)


async def tag_flow_run(*tags: str) -> None:
    """Tag this flow run, and only it: tags on task runs cost 20 ms each (prefect-notes, 5)."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return
    async with get_client() as client:
        await client.update_flow_run(
            context.flow_run.id, tags=sorted({*context.flow_run.tags, *tags})
        )
