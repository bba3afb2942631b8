"""Says how a row stands after what its operations came to; calls nothing."""

from collections.abc import Mapping

from smarterpay.api import InvalidRequest
from smarterpay.journal.batches import Progress, RowState
from smarterpay.orchestration.outcome import (
    IntentConflict,
    NeedsAttention,
    NotSettled,
    OperationError,
    OperationRefused,
)

AMEND = "Amend the existing records, or use a new reference"
AGAIN = "Ask for it again under a new reference if it is still wanted"


class RowStopped(Exception):
    """A rule of ours stops the row: nothing more is asked of the provider for it now.

    `reason` is a word for machines, `message` says to a person what to do; nothing personal.
    """

    def __init__(self, state: RowState, reason: str, message: str) -> None:
        self.state = state
        self.reason = reason
        self.message = message
        super().__init__(reason)


def stopped(
    error: RowStopped | OperationError | InvalidRequest,
    step: str,
    record_ids: Mapping[str, str],
) -> Progress:
    """How a row stands that ended in `error` at `step`; names of fields, never their values.

    Raises `error` itself where it is about our set-up and no outcome of the row.
    """
    state, reason, message = _told(error)
    return Progress(state, step, reason, message, dict(record_ids))


def _told(error: RowStopped | OperationError | InvalidRequest) -> tuple[RowState, str, str]:
    match error:
        case RowStopped():
            return error.state, error.reason, error.message
        case IntentConflict():
            fields = ", ".join(error.fields)
            message = f"done before with other data in: {fields}. {AMEND}"
            return RowState.REFUSED, "intent-conflict", message
        case OperationRefused():
            reason, message = _refusal(error)
            return RowState.REFUSED, reason, message
        case InvalidRequest():
            return RowState.REFUSED, "invalid-request", str(error)
        case NotSettled():
            return (
                RowState.UNKNOWN,
                f"not-settled-{error.executed}-executed",
                "the provider gave no settled answer; resume the batch, nothing is sent twice",
            )
        case NeedsAttention():
            look = "see `smarterpay intent show` and `smarterpay intent settle`"
            message = f"a person must decide: {error.reason}; {look}"
            return RowState.NEEDS_ATTENTION, "needs-attention", message
        case _:
            raise error


def _refusal(error: OperationRefused) -> tuple[str, str]:
    if error.status is None:  # a person gave it up, or it was withdrawn before it was sent
        return "given-up", f"{error.reason}: nothing came of it. {AGAIN}"
    told = f"the provider refused ({error.reason}); correct the row and run it again"
    return f"provider-{error.status}", told
