"""Follows up on a card payment: release, repeat, cancel, void, refund; each with a dry run.

    release_card_payment(reference, payment, amount_pence)    deferred or authenticated
    repeat_card_payment(reference, payment, amount_pence)
    cancel_card_reservation(reference, payment)
    void_card_payment(reference, payment)
    refund_card_payment(reference, payment, amount_pence)

Composition only: limits are checked, then it is a collection or a refund of one row, with its
plan, approval, ledger and report. `payment` is the reference a payment was registered under, or
its id; `reference` is the follow-up's own. A dry run reads and asks for nothing.
"""

import getpass
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.card_follow_up_steps import (
    FollowUp,
    FollowUpRefused,
    Verb,
    follow_up_on,
    is_allowed,
    is_staged,
    journey_told,
    stage,
    target_of,
)
from flows.collection import collect_payment
from flows.refunds import refund_payment
from flows.row_outcomes import RowStopped
from smarterpay.intake.collection_row import CollectionRow
from smarterpay.journal.batches import RowState
from smarterpay.money.card_limits import CardLimit
from smarterpay.money.refund_rails import RefundRefused
from smarterpay.orchestration.card_payments import CardNotFound
from smarterpay.orchestration.flow_runs import tag_flow_run
from smarterpay.orchestration.runtime import Runtime, open_runtime

TAG = "card-follow-up"
DRY_RUN, REFUSED = "Dry run", "Refused"
#: How the state is called where the row is not done.
_OTHERWISE = {
    RowState.REFUSED: REFUSED,
    RowState.WAITING: "Waiting",
    RowState.UNKNOWN: "Unknown",
    RowState.NEEDS_ATTENTION: "Needs attention",
}


@flow(name="release-card-payment", flow_run_name="release {reference}", persist_result=False)
async def release_card_payment(
    reference: str, payment: str, amount_pence: int | None = None, dry_run: bool = False
) -> State[Any]:
    """Take what a payment has reserved or authenticated, in pence; all of it if not said.

    The state is called `Released`, `Refused` or what else it came to. Raises the errors of
    `flows.approval`.
    """
    return await _followed_up(Verb.RELEASE, reference, payment, amount_pence, dry_run)


@flow(name="repeat-card-payment", flow_run_name="repeat {reference}", persist_result=False)
async def repeat_card_payment(
    reference: str, payment: str, amount_pence: int | None = None, dry_run: bool = False
) -> State[Any]:
    """Charge the card of a payment once more, the same pence if not said otherwise.

    The state is called `Charged`, `Refused` or what else it came to. Raises as a release.
    """
    return await _followed_up(Verb.REPEAT, reference, payment, amount_pence, dry_run)


@flow(name="cancel-card-reservation", flow_run_name="cancel {reference}", persist_result=False)
async def cancel_card_reservation(
    reference: str, payment: str, dry_run: bool = False
) -> State[Any]:
    """Give up what a payment has reserved, or what is left of one that was authenticated.

    The state is called `Cancelled` or `Refused`.
    """
    return await _followed_up(Verb.CANCEL, reference, payment, None, dry_run)


@flow(name="void-card-payment", flow_run_name="void {reference}", persist_result=False)
async def void_card_payment(reference: str, payment: str, dry_run: bool = False) -> State[Any]:
    """Undo a payment in full before it clears; the state is called `Voided` or `Refused`.

    One that has cleared is refused here: that is a refund.
    """
    return await _followed_up(Verb.VOID, reference, payment, None, dry_run)


@flow(name="refund-card-payment", flow_run_name="refund card {reference}", persist_result=False)
async def refund_card_payment(
    reference: str, payment: str, amount_pence: int | None = None, dry_run: bool = False
) -> State[Any]:
    """Pay back a card payment, all that is left or so many pence, by void or refund."""
    return await _followed_up(Verb.REFUND, reference, payment, amount_pence, dry_run)


async def _followed_up(
    verb: Verb, reference: str, payment: str, amount_pence: int | None, dry_run: bool
) -> State[Any]:
    async with open_runtime() as runtime:
        await tag_flow_run(TAG, reference)
        try:
            target = await target_of(runtime, payment)
            follow_up = follow_up_on(target, verb, reference, amount_pence)
            # What was begun is finished: its own doing may be what the limits now see.
            begun = await is_staged(runtime, follow_up)
            if dry_run or not begun:
                begun = not await is_allowed(runtime, follow_up, dry_run=dry_run)
        except (FollowUpRefused, CardLimit, CardNotFound, RefundRefused, RowStopped) as no:
            told = no.message if isinstance(no, RowStopped) else str(no)
            return Completed(name=REFUSED, message=told, data=RowState.REFUSED.value)
        if dry_run:
            return Completed(name=DRY_RUN, message=f"would {follow_up.told}", data=DRY_RUN)
        if not begun:
            planner = runtime.settings.planned_by or getpass.getuser()
            await stage(runtime, follow_up, planner)
        return await _done(runtime, follow_up, target.id)


async def _done(runtime: Runtime, follow_up: FollowUp, payment_id: str) -> State[Any]:
    """Run the collection or refund that it is, and say what it came to."""
    reference = follow_up.row.reference
    is_collection = isinstance(follow_up.row, CollectionRow)
    # Within this run, not as a run of its own: one that waits for approval can leave its worker.
    one_row = collect_payment.fn if is_collection else refund_payment.fn
    state: State[Any] = await one_row(reference)
    row_state = RowState(str(state.data))
    await journey_told(runtime, payment_id)
    name = _OTHERWISE.get(row_state, follow_up.done)
    return Completed(name=name, message=f"{follow_up.told}: {state.message}", data=row_state.value)
