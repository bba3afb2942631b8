"""Above which size a plan needs a second person; knows neither who that is nor how he is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from smarterpay.money.plans import Plan
from smarterpay.money.pounds import in_pounds


class Threshold(StrEnum):
    """What of a plan is measured."""

    ROW_PENCE = "row_pence"  # the largest row
    BATCH_PENCE = "batch_pence"  # all rows together
    ROWS = "rows"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The most that is done without asking; `None` asks for nothing however large."""

    row_pence: int | None
    batch_pence: int | None
    rows: int | None


@dataclass(frozen=True, slots=True)
class Reason:
    """A threshold that a plan is above: `value` where at most `limit` goes without asking.

    Both are pence, but for `ROWS`, which counts.
    """

    threshold: Threshold
    limit: int
    value: int

    @property
    def in_words(self) -> str:
        """`One row is £1,200.00, above £1,000.00`."""
        match self.threshold:
            case Threshold.ROW_PENCE:
                return f"One row is {in_pounds(self.value)}, above {in_pounds(self.limit)}"
            case Threshold.BATCH_PENCE:
                return f"All rows are {in_pounds(self.value)}, above {in_pounds(self.limit)}"
            case Threshold.ROWS:
                return f"There are {self.value:,} rows, above {self.limit:,}"


def exceeded(plan: Plan, thresholds: Thresholds) -> Sequence[Reason]:
    """Why the plan has to be approved, in the order of `Threshold`; empty where it has not."""
    measured = (
        (Threshold.ROW_PENCE, thresholds.row_pence, plan.largest_row_pence),
        (Threshold.BATCH_PENCE, thresholds.batch_pence, plan.amount_pence),
        (Threshold.ROWS, thresholds.rows, len(plan.rows)),
    )
    return [
        Reason(threshold, limit, value)
        for threshold, limit, value in measured
        if limit is not None and value > limit
    ]
