"""Takes a payment link from its creation to what the payer made of it.

    create_link(reference)      once, however often it is run
    follow_link(reference)      one look: by a webhook, a schedule, a person
    follow_open_links()         every link that is due, with one list call
    cancel_link(reference)

Composition only. The link's address lets whoever has it pay: the caller reads it from the
encrypted journal (`smarterpay.intake.payer_values`), and it never comes near Prefect.
"""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.journey_outcomes import state_of, sweep_state
from flows.payment_link_steps import cancelled, created, looked_at, looked_at_open
from smarterpay.orchestration.flow_runs import tag_flow_run
from smarterpay.orchestration.runtime import open_runtime

TAG = "payment-link"


@flow(name="create-link", flow_run_name="create link {reference}", persist_result=False)
async def create_link(reference: str) -> State[Any]:
    """Create the link staged under `reference`, and end: the payer takes their time.

    Run again under the same reference it creates nothing new. Raises `JourneyNotFound`.
    """
    async with open_runtime() as runtime:
        await tag_flow_run(TAG, reference)
        return state_of(await created(runtime, reference))


@flow(name="follow-link", flow_run_name="follow link {reference}", persist_result=False)
async def follow_link(reference: str) -> State[Any]:
    """Look once at a link; if it has ended, find what it created and tell the ledger.

    Raises `JourneyNotFound`.
    """
    async with open_runtime() as runtime:
        await tag_flow_run(TAG, reference)
        return state_of(await looked_at(runtime, reference))


@flow(name="follow-open-links", persist_result=False)
async def follow_open_links() -> State[Any]:
    """Look at every link that is due for a look; the state says how many stand where."""
    async with open_runtime() as runtime:
        await tag_flow_run(TAG)
        return sweep_state((await looked_at_open(runtime)).values())


@flow(name="cancel-link", flow_run_name="cancel link {reference}", persist_result=False)
async def cancel_link(reference: str) -> State[Any]:
    """Cancel a link; one that has ended meanwhile is told as it ended. Raises `JourneyNotFound`."""
    async with open_runtime() as runtime:
        await tag_flow_run(TAG, reference)
        return state_of(await cancelled(runtime, reference))
