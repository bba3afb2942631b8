"""Takes a card payment through the payer's browser: register, wait without a worker, finish.

    register_card_payment(reference)       once, however often it is run
    follow_card_payment(reference)         one look: by a webhook, a schedule, a person
    follow_waiting_card_payments()         every payment that is due, with one list call

Composition only. The wish is staged in the journal, encrypted; what the payer's browser needs is
read from there by the caller (`smarterpay.intake.payer_values`) and never comes near Prefect.
"""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.card_journey_steps import looked_at, looked_at_due, registered
from flows.journey_outcomes import state_of, sweep_state
from smarterpay.orchestration.flow_runs import tag_flow_run
from smarterpay.orchestration.runtime import open_runtime

TAG = "card-payment"


@flow(name="register-card-payment", flow_run_name="register {reference}", persist_result=False)
async def register_card_payment(reference: str) -> State[Any]:
    """Register the card payment staged under `reference`, and end: the payer takes their time.

    The state is called `Waiting for payer`, or says what else it came to. Run again under the
    same reference it registers nothing new. Raises `JourneyNotFound`.
    """
    async with open_runtime() as runtime:
        await tag_flow_run(TAG, reference)
        return state_of(await registered(runtime, reference))


@flow(name="follow-card-payment", flow_run_name="follow {reference}", persist_result=False)
async def follow_card_payment(reference: str) -> State[Any]:
    """Look once at what the payer has done, tell the ledger, and end.

    Successful, declined, cancelled and gateway error are told apart by the state's name; past its
    deadline a payment that is still pending is told as `Still pending`, which somebody should
    look at. Raises `JourneyNotFound`.
    """
    async with open_runtime() as runtime:
        await tag_flow_run(TAG, reference)
        return state_of(await looked_at(runtime, reference))


@flow(name="follow-waiting-card-payments", persist_result=False)
async def follow_waiting_card_payments() -> State[Any]:
    """Look at every card payment that is due for a look; the state says how many stand where."""
    async with open_runtime() as runtime:
        await tag_flow_run(TAG)
        return sweep_state((await looked_at_due(runtime)).values())
