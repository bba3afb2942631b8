"""Says how a payment made in a browser stands, in stages, states and words; calls nothing."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.row_outcomes import stopped
from smarterpay.api import InvalidRequest
from smarterpay.journal.batches import RowState
from smarterpay.journal.journeys import FINAL, Change, Journey, Stage
from smarterpay.orchestration.outcome import OperationError
from smarterpay.settings import Settings

#: How the state of a flow run is called that left a journey at a stage.
STATE_NAMES: Mapping[Stage, str] = {
    Stage.STAGED: "Not begun",
    Stage.ASKING: "Unknown",
    Stage.WAITING: "Waiting for payer",
    Stage.OVERDUE: "Still pending",
    Stage.NEEDS_ATTENTION: "Needs attention",
    Stage.RESERVED: "Reserved",
    Stage.AUTHENTICATED: "Authenticated",
    Stage.SUCCESSFUL: "Successful",
    Stage.FAILED: "Declined",
    Stage.CANCELLED: "Cancelled",
    Stage.ERROR: "Gateway error",
    Stage.COMPLETED: "Link completed",
    Stage.EXPIRED: "Link expired",
    Stage.REFUSED: "Refused",
}
#: What a person is told where nobody has said more.
_WORDS: Mapping[Stage, str] = {
    Stage.STAGED: "nobody was asked for it yet",
    Stage.WAITING: "the payer has not finished",
    Stage.RESERVED: "the amount is reserved; nothing is taken before it is released",
    Stage.AUTHENTICATED: "the card is verified; nothing is reserved, nothing is taken",
    Stage.SUCCESSFUL: "paid",
    Stage.FAILED: "the gateway declined; nothing was taken",
    Stage.CANCELLED: "cancelled; nothing is taken",
    Stage.COMPLETED: "the payer has finished the page",
    Stage.EXPIRED: "the link has expired",
}
_STAGE_OF: Mapping[RowState, Stage] = {
    RowState.REFUSED: Stage.REFUSED,
    RowState.UNKNOWN: Stage.ASKING,
    RowState.NEEDS_ATTENTION: Stage.NEEDS_ATTENTION,
}
#: Between two looks at what waits for nobody in particular: a reservation, a person's decision.
_SELDOM = timedelta(days=1)


def state_of(journey: Journey) -> State[Any]:
    """The state a flow run ends in that left `journey` where it is.

    The run has done its work whatever the payer did: what that came to is the state's name.
    """
    told = in_words(journey)
    return Completed(
        name=STATE_NAMES[journey.stage], message=f"{journey.reference}: {told}", data=journey.stage
    )


def in_words(journey: Journey) -> str:
    """How a journey stands, in a line."""
    return journey.message or _WORDS.get(journey.stage, str(journey.stage))


def sweep_state(journeys: Iterable[Journey]) -> State[Any]:
    """The state of a run that looked at many: how many stand where."""
    stages = Counter(journey.stage for journey in journeys)
    parts = [f"{stages[stage]} {stage.replace('_', ' ')}" for stage in Stage if stages.get(stage)]
    return Completed(message=", ".join(parts) or "nothing was due")


def next_look(stage: Stage, now: datetime, settings: Settings) -> datetime | None:
    """When to look again at what stands at `stage`; never at an end."""
    if stage in FINAL:
        return None
    if stage in (Stage.ASKING, Stage.WAITING):
        return now + timedelta(minutes=settings.payer_look_minutes)
    return now + _SELDOM


def change_to(
    stage: Stage,
    now: datetime,
    settings: Settings,
    *,
    reason: str | None = None,
    message: str | None = None,
    **known: Any,
) -> Change:
    """The change to `stage`, with the next look; `known` are ids and times as `Change` has them."""
    return Change(stage, reason, message, next_look(stage, now, settings), **known)


def not_asked(error: OperationError | InvalidRequest, now: datetime, settings: Settings) -> Change:
    """The change after the provider was asked and took nothing in, or nobody knows.

    Raises `error` itself where it is about our set-up and no outcome.
    """
    progress = stopped(error, "", {})
    stage = _STAGE_OF[progress.state]
    message = progress.message
    if stage is Stage.ASKING:
        message = "the provider gave no settled answer; ask again, nothing is sent twice"
    elif progress.reason and progress.reason.startswith("provider-"):
        message = f"{error}; correct it and stage it again under the same reference"
    return change_to(stage, now, settings, reason=progress.reason, message=message)
