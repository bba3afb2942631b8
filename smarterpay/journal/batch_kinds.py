"""What each kind of batch is called, and its outcomes, wherever people read of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from smarterpay.journal.batches import RowState

ONBOARDING = "onboarding"
COLLECTION = "collection"
REFUND = "refund"
REPRESENTATION = "representation"
AMENDMENT = "amendment"


@dataclass(frozen=True, slots=True)
class BatchKind:
    """`title` heads a report, `done` is what a succeeded row is: ordered is not yet collected.

    `amount` says what the batch's sum of pence is the sum of. What did not come `from_a_file` can
    not be mended in one.
    """

    name: str
    title: str
    done: str
    amount: str
    from_a_file: bool = True


KINDS: Mapping[str, BatchKind] = {
    kind.name: kind
    for kind in (
        BatchKind(ONBOARDING, "Onboarding", "onboarded", "One collection of every valid row"),
        BatchKind(COLLECTION, "Collection", "ordered", "Asked for by every valid row"),
        BatchKind(REFUND, "Refunds", "ordered", "Asked for by every valid row that names a sum"),
        BatchKind(
            REPRESENTATION, "Re-presentation", "ordered", "To be presented again", from_a_file=False
        ),
        BatchKind(AMENDMENT, "Amendment", "amended", "Asked for", from_a_file=False),
    )
}


def outcome_words(kind: str) -> Mapping[RowState, str]:
    """The word for each outcome of a row, in the order in which they are told."""
    return {
        RowState.SUCCEEDED: KINDS[kind].done,
        RowState.REJECTED: "rejected",
        RowState.REFUSED: "refused",
        RowState.WAITING: "waiting",
        RowState.UNKNOWN: "unknown",
        RowState.NEEDS_ATTENTION: "need attention",
        RowState.STAGED: "not begun",
    }


def outcomes_in_words(kind: str, counts: Mapping[RowState, int]) -> str:
    """`57 onboarded, 2 rejected, 1 waiting`."""
    words = outcome_words(kind)
    parts = [f"{counts[state]} {word}" for state, word in words.items() if counts.get(state)]
    return ", ".join(parts) or "no rows"
