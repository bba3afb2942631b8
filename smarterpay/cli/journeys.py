"""How commands print payments that payers make in a browser; prints no value for the browser."""

from typing import Any

from smarterpay.cli.exit_codes import OK, ROWS_REJECTED, ROWS_UNFINISHED, Failure
from smarterpay.cli.printing import screen
from smarterpay.intake.pounds import read_pounds
from smarterpay.intake.rules import BrokenRule, message
from smarterpay.journal.journeys import Journey, Stage
from smarterpay.money.pounds import in_pounds

#: What was asked for has come about, or may do so without anybody having to look.
_GOOD = frozenset({Stage.SUCCESSFUL, Stage.COMPLETED, Stage.RESERVED, Stage.AUTHENTICATED})
_OPEN = frozenset({Stage.STAGED, Stage.ASKING, Stage.WAITING, Stage.OVERDUE, Stage.NEEDS_ATTENTION})


def exit_code(journey: Journey, *good: Stage) -> int:
    """0 for a good end and the stages in `good`, 4 for what is open, 3 for any other end."""
    if journey.stage in _GOOD or journey.stage in good:
        return OK
    return ROWS_UNFINISHED if journey.stage in _OPEN else ROWS_REJECTED


def document(journey: Journey) -> dict[str, Any]:
    """How a journey stands, for scripts."""
    return {
        "reference": journey.reference,
        "stage": journey.stage.value,
        "reason": journey.reason,
        "message": journey.message,
        "amount_pence": journey.amount_pence,
        "record": journey.record_id,
        "card": journey.card,
        "created": {kind: list(ids) for kind, ids in journey.record_ids.items()},
        "staged_at": journey.staged_at.isoformat(),
        "changed_at": journey.changed_at.isoformat(),
        "deadline_at": None if journey.deadline_at is None else journey.deadline_at.isoformat(),
    }


def print_line(line: str) -> None:
    """A line as it stands: what a reference or a value for the browser holds is no markup."""
    screen.print(line, soft_wrap=True, markup=False, emoji=False)


def print_journey(journey: Journey) -> None:
    """How a journey stands, for people."""
    amount = "" if journey.amount_pence is None else f", {in_pounds(journey.amount_pence)}"
    record = f", {journey.record_id}" if journey.record_id else ""
    stage = journey.stage.replace("_", " ")
    print_line(f"{journey.reference}: {stage}{amount}{record}")
    if journey.message:
        print_line(f"    {journey.message}")
    for kind, ids in journey.record_ids.items():
        print_line(f"    {kind.replace('_', ' ')}: {', '.join(ids)}")


def pence_of(pounds: str) -> int:
    """The pence of `--amount`; raises `Failure`."""
    try:
        return read_pounds(pounds)
    except BrokenRule as broken:
        raise Failure(message(broken.slug, column="--amount", **broken.facts)) from broken
