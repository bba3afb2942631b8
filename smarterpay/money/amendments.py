"""What an amendment changes and what falls with it, as a value; reads and changes nothing.

Which records fall is the reference's: sections 7.2, 7.5, 7.7 and 7.11.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from smarterpay.money.plans import Plan, PlannedRow


class Fate(StrEnum):
    """What becomes of a record."""

    CHANGES = "changes"
    FALLS = "falls"  # cancelled or made inactive by the change
    STAYS = "stays"  # is still collected or paid as it is
    MOVES = "moves"  # is collected by the new schedule instead
    BECOMES = "becomes"  # what is collected from now on: in place of what moves, or besides
    MADE = "made"  # a record that is created


@dataclass(frozen=True, slots=True)
class Affected:
    """One record, or one collection that has no record yet; nothing in it is personal.

    `record` is the kind of record, `id` the provider's, empty where there is none yet.
    """

    record: str
    id: str
    fate: Fate
    note: str = ""
    reference: str | None = None
    amount_pence: int | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True)
class AmendmentPlan:
    """What would be done for one amendment of `subject`, asked for by `by` under `reference`.

    `before` is what an undo would go back to. `known` are ids that were fallen already.
    """

    reference: str
    what: str
    subject: str
    by: str
    affected: Sequence[Affected]
    told: Sequence[str] = ()
    before: str | None = None
    known: Sequence[str] = field(default=(), repr=False)

    def with_fate(self, *fates: Fate) -> Sequence[Affected]:
        """What is affected in one of these ways."""
        return [one for one in self.affected if one.fate in fates]

    @property
    def falling_pence(self) -> int:
        """The sum of what would have been collected or paid and will not be."""
        return sum(one.amount_pence or 0 for one in self.with_fate(Fate.FALLS))

    def document(self) -> dict[str, Any]:
        """The plan for scripts, the journal and the audit trail."""
        return {
            "reference": self.reference,
            "what": self.what,
            "subject": self.subject,
            "by": self.by,
            "affected": [_document(one) for one in self.affected],
            "falling_pence": self.falling_pence,
            "told": list(self.told),
            "before": self.before,
            "known": list(self.known),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "AmendmentPlan":
        """The plan that was kept."""
        return cls(
            reference=document["reference"],
            what=document["what"],
            subject=document["subject"],
            by=document["by"],
            affected=tuple(_affected(one) for one in document["affected"]),
            told=tuple(document["told"]),
            before=document["before"],
            known=tuple(document["known"]),
        )

    def for_approval(self, kind: str, batch: str, sha256: str) -> Plan:
        """The same as a plan that can be approved; `sha256` is that of the wish as staged.

        Only money that changes counts: what falls, and what a new schedule collects. The order in
        which the provider lists records is no part of it; what an undo goes back to is.
        """
        content = hashlib.sha256(f"{sha256} {self.before or ''}".encode()).hexdigest()
        counted = (Fate.FALLS, Fate.BECOMES, Fate.CHANGES)
        rows = [
            PlannedRow(
                number=number,
                reference=one.reference or self.reference,
                amount_pence=(one.amount_pence or 0) if one.fate in counted else 0,
                what=f"{one.record} {one.id} {one.fate}"[:64],
                on=one.on,
                sha256=content,
            )
            for number, one in enumerate(sorted(self.affected, key=_place))
        ]
        return Plan(kind, batch, self.by, rows, told={"amendment": self.what})


@dataclass(frozen=True, slots=True)
class Fallen:
    """What came of a plan: records by id."""

    fell: Sequence[str]
    still_standing: Sequence[str]  # planned to fall, and did not
    unplanned: Sequence[str]  # fell, and no plan said so

    @property
    def as_planned(self) -> bool:
        """Whether what fell is what was planned."""
        return not self.still_standing and not self.unplanned


def compared(plan: AmendmentPlan, fallen: Iterable[str]) -> Fallen:
    """`plan` against the ids of all records of its subject that are fallen now."""
    now = set(fallen)
    planned = [one.id for one in plan.with_fate(Fate.FALLS) if one.id]
    known = {*plan.known, *planned}
    return Fallen(
        fell=[one for one in planned if one in now],
        still_standing=[one for one in planned if one not in now],
        unplanned=sorted(now - known),
    )


def _place(one: Affected) -> tuple[str, str, str, str, int]:
    on = "" if one.on is None else one.on.isoformat()
    return one.record, one.id, one.fate, on, one.amount_pence or 0


def _document(one: Affected) -> dict[str, Any]:
    return {
        "record": one.record,
        "id": one.id,
        "fate": one.fate.value,
        "note": one.note,
        "reference": one.reference,
        "amount_pence": one.amount_pence,
        "on": None if one.on is None else one.on.isoformat(),
    }


def _affected(document: Mapping[str, Any]) -> Affected:
    on = document["on"]
    return Affected(
        **{
            **document,
            "fate": Fate(document["fate"]),
            "on": None if on is None else date.fromisoformat(on),
        }
    )
