"""What becomes of one row of a file: good, or bad and why; reads nothing itself."""

from dataclasses import dataclass, field
from typing import Generic

from smarterpay.intake.row_fields import R


@dataclass(frozen=True)
class Reject:
    """One broken rule of one row; may be printed and logged."""

    line: int
    """Physical line of the file on which the row starts; the header is usually line 1."""
    reference: str | None
    """The merchant's own reference, `None` where the row has none that can be trusted."""
    column: str | None
    """Name of the column as we spell it, `None` where the row as a whole is at fault."""
    rule: str
    """Slug of the rule, a key of the rules of its kind of file."""
    message: str
    """What is wrong and what to do, without anything that stood in a cell."""


@dataclass(frozen=True)
class GoodRow(Generic[R]):
    """A row that can be applied."""

    line: int
    row: R


@dataclass(frozen=True)
class BadRow:
    """A row that cannot, with every rule it breaks and its cells for the rejects file."""

    line: int
    reference: str | None
    rejects: tuple[Reject, ...]
    cells: dict[str, str] = field(repr=False)
    """Every named column as read, by the name as written; cells that no column claims stand as
    CSV text under `reject_surplus`. Personal data: encrypt where stored."""
