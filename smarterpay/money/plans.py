"""What a batch that moves money would do, as a value with a digest; does nothing of it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One row: what is to be done for `reference`, with how many pence, on which London date.

    `what` is the way it goes (`bulk`, `single`, `void`, `credit`, ...). `sha256` is that of the
    row as staged, so that a row changed by a letter is another row. Nothing in it is personal.
    """

    number: int
    reference: str
    amount_pence: int
    what: str
    on: date | None
    sha256: str


@dataclass(frozen=True, slots=True)
class Plan:
    """All rows of `subject` (a batch's id, or a plan's own), by the row's number.

    `planner` made it and may not approve it. `told` is what else a person should know of it
    (calls, minutes, expected dates); it is shown and is no part of what is approved, because it
    changes with the hour.
    """

    kind: str
    subject: str
    planner: str
    rows: Sequence[PlannedRow] = field(repr=False)
    told: Mapping[str, object] = field(default_factory=dict)

    @property
    def amount_pence(self) -> int:
        """The sum over all rows."""
        return sum(row.amount_pence for row in self.rows)

    @property
    def largest_row_pence(self) -> int:
        """The largest amount of one row; 0 without rows."""
        return max((row.amount_pence for row in self.rows), default=0)

    @property
    def sha256(self) -> str:
        """Digest of what would be done, in hex: the same rows done the same way give the same."""
        document = [
            self.kind,
            self.subject,
            [
                [
                    row.number,
                    row.reference,
                    row.amount_pence,
                    row.what,
                    None if row.on is None else row.on.isoformat(),
                    row.sha256,
                ]
                for row in sorted(self.rows, key=lambda row: row.number)
            ],
        ]
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
