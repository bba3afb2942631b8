"""Which thresholds of the settings hold for a plan; asks nobody."""

from collections.abc import Sequence

from smarterpay.money.plans import Plan
from smarterpay.money.thresholds import Reason, Thresholds, exceeded
from smarterpay.settings import Settings

#: Kinds of plan that have thresholds: `SMARTERPAY_<KIND>_APPROVAL_...`.
KINDS = ("collection", "refund", "representation", "amendment")


def reasons_to_ask(settings: Settings, plan: Plan) -> Sequence[Reason]:
    """Why a second person has to approve the plan; empty where nobody has to.

    Raises `ValueError` for a kind without thresholds: nothing goes unasked by an oversight.
    """
    return exceeded(plan, thresholds_for(settings, plan.kind))


def thresholds_for(settings: Settings, kind: str) -> Thresholds:
    """The thresholds of a kind of plan; raises `ValueError` where it has none."""
    if kind not in KINDS:
        raise ValueError(f"a plan of kind {kind!r} has no approval thresholds; add its settings")
    return Thresholds(
        row_pence=getattr(settings, f"{kind}_approval_row_pence"),
        batch_pence=getattr(settings, f"{kind}_approval_batch_pence"),
        rows=getattr(settings, f"{kind}_approval_rows"),
    )
