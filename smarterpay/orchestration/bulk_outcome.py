"""What became of a bulk call, row by row; nothing in it is personal."""

from collections import Counter
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, computed_field

from smarterpay.journal.bulk import BulkWish
from smarterpay.journal.decision import State
from smarterpay.journal.intents import Intent, Wish
from smarterpay.orchestration.fulfilment import differing_fields
from smarterpay.orchestration.runtime import Runtime

RowState = Literal["succeeded", "refused", "conflict", "not_settled", "needs_attention"]
CallState = Literal["not_made", "not_settled", "accepted", "refused", "needs_attention"]

_CALL_STATES: Mapping[State, CallState] = {
    State.OPENED: "not_settled",
    State.UNKNOWN: "not_settled",
    State.SUCCEEDED: "accepted",
    State.REFUSED: "refused",
    State.NEEDS_ATTENTION: "needs_attention",
}
_ROW_STATES: Mapping[State, RowState] = {
    State.OPENED: "not_settled",
    State.UNKNOWN: "not_settled",
    State.SUCCEEDED: "succeeded",
    State.REFUSED: "refused",
    State.NEEDS_ATTENTION: "needs_attention",
}


class RowOutcome(BaseModel):
    """What became of one row.

    `succeeded`: created, now or before, as `record_id`. `refused`: the provider said no.
    `conflict`: its reference stands for other data (`fields` names what differs), or it is no row
    of this call; it was not sent. `not_settled`: ask again, and where it was `left_out` of this
    call, of whoever sends it. `needs_attention`: a person decides. `reason` is in our words, never
    the provider's.
    """

    model_config = ConfigDict(frozen=True)

    position: int
    reference: str
    state: RowState
    record_id: str | None = None
    fields: tuple[str, ...] = ()
    reason: str | None = None
    left_out: bool = False


class BulkOutcome(BaseModel):
    """What became of every row, in the caller's order, and of the call that carried them.

    `call` is `not_made` where no row was left to send, and `accepted` once the provider has
    taken it in: that says nothing of its rows. `trouble` names what ended this look at it early.
    """

    model_config = ConfigDict(frozen=True)

    operation: str
    reference: str
    call: CallState
    api_request_id: str | None
    rows: tuple[RowOutcome, ...]
    trouble: str | None = None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def counts(self) -> dict[str, int]:
        """How many rows stand in each state."""
        return dict(Counter(row.state for row in self.rows))

    @property
    def is_settled(self) -> bool:
        """Whether asking again would tell no more."""
        return all(row.state != "not_settled" for row in self.rows)


async def bulk_outcome(
    runtime: Runtime, wish: BulkWish, call: Intent | None, trouble: str | None
) -> BulkOutcome:
    """The outcome as the journal has it at this moment."""
    journal = runtime.journal
    known = await journal.database.run(journal.bulks.row_intents, wish.rows)
    rows = [
        await _row_outcome(runtime, position, row, known.get(row.reference), call)
        for position, row in enumerate(wish.rows)
    ]
    return BulkOutcome(
        operation=wish.operation,
        reference=wish.reference,
        call="not_made" if call is None else _CALL_STATES[call.state],
        api_request_id=None if call is None else call.record_id,
        rows=tuple(rows),
        trouble=trouble,
    )


async def _row_outcome(
    runtime: Runtime, position: int, row: Wish, intent: Intent | None, call: Intent | None
) -> RowOutcome:
    if intent is None:
        why = "no row of the call made under this reference; use another one"
        return RowOutcome(position=position, reference=row.reference, state="conflict", reason=why)
    if intent.request_sha256 != row.digest and intent.state in (State.SUCCEEDED, State.REFUSED):
        journal = runtime.journal
        stored = await journal.database.run(journal.intents.request_body, intent.id)
        done = "done" if intent.state is State.SUCCEEDED else "refused"
        return RowOutcome(
            position=position,
            reference=row.reference,
            state="conflict",
            record_id=intent.record_id,
            fields=differing_fields(stored, row.body),
            reason=f"already {done} with other data",
        )
    state, reason = _ROW_STATES[intent.state], intent.reason
    left_out = state == "not_settled" and (call is None or intent.bulk_intent_id != call.id)
    if left_out:
        reason = "in flight by itself, or in another call: left out of this one"
    return RowOutcome(
        position=position,
        reference=row.reference,
        state=state,
        record_id=intent.record_id,
        reason=reason,
        left_out=left_out,
    )
