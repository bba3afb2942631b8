"""The life cycles of section 11 as plain data; knows no record and performs no change."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Literal, TypeVar


class MandateStatus(StrEnum):
    """`dd_status` of a mandate, spelt with blanks (reference, section 7.5)."""

    AWAIT_VALIDATION = "await validation"
    FAILED_VALIDATION = "failed validation"
    NEW_INSTRUCTION = "new instruction"
    FIRST_COLLECTION = "first collection"
    ONGOING_COLLECTION = "ongoing collection"
    ON_HOLD = "on hold"
    CANCELLED = "cancelled"
    CANCELLED_BY_PAYER = "cancelled by payer"
    CANCELLED_BY_ORIGINATOR = "cancelled by originator"
    EXPIRED = "expired"


class ScheduleStatus(StrEnum):
    """`status` of a recurrence schedule (reference, section 7.11)."""

    ACTIVE = "active"
    INACTIVE = "inactive"


class BankAccountState(StrEnum):
    """Whether a bank account is usable; on the wire the boolean `enabled` (section 7.2)."""

    ENABLED = "enabled"
    DISABLED = "disabled"


class MandateEvent(StrEnum):
    """What moves a mandate from one status to another (reference, section 11)."""

    VALIDATION_MATCHED = "validated and matching"
    VALIDATION_FAILED = "validation failed or different"
    LODGED = "0N submitted"
    FIRST_DEBIT_SUBMITTED = "first payment submitted"
    PAYER_CANCELS = "ADDACS or AUDDIS cancelling code"
    CALLER_CANCELS = "API or portal cancels"
    REPORT_CANCELS = "ARUDD, DDICA or INPUT cancelling code"
    CALLER_HOLDS = "PUT on hold"
    CALLER_SETS_NEW = "PUT new instruction"
    CALLER_SETS_FIRST = "PUT first collection"
    CALLER_SETS_ONGOING = "PUT ongoing collection"
    LODGED_AGAIN = "code 3 with new details under a profile that re-lodges"
    THIRTEEN_MONTHS_IDLE = "13 months without a submitted debit"
    ORIGINATOR_CANCELS = "sandbox control call"


class ScheduleEvent(StrEnum):
    """What makes a schedule inactive (reference, section 11)."""

    DELETED = "DELETE"
    MANDATE_CANCELLED = "mandate cancelled"
    DISABLING_CODE = "disabling code"
    END_DATE_PASSED = "end_date passed"
    LAST_INSTALMENT_CREATED = "last instalment created"


class BankAccountEvent(StrEnum):
    """What enables or disables a bank account (reference, section 11)."""

    CALLER_DISABLES = "PUT enabled false or DELETE"
    DISABLING_CODE = "disabling code"
    CALLER_ENABLES = "PUT enabled true"


S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)
Provenance = Literal["D", "A"]


@dataclass(frozen=True, slots=True)
class Edge(Generic[S, E]):
    """One permitted change: from `source` by `event` to `target`, and who says so (D or A)."""

    source: S
    event: E
    target: S
    provenance: Provenance


class LifeCycle(Generic[S, E]):
    """Every permitted state and change of one kind of record, as one table.

    `starts` are the states a new record can be in. Raises `ValueError` for a table in which
    one event leads from one state to two places.
    """

    def __init__(self, starts: tuple[S, ...], edges: tuple[Edge[S, E], ...]) -> None:
        self.starts = starts
        self.edges = edges
        self._targets = {(edge.source, edge.event): edge.target for edge in edges}
        if len(self._targets) != len(edges):
            raise ValueError("one event leads from one state to one place")

    @property
    def statuses(self) -> frozenset[S]:
        """Every state that a record of this kind can be in."""
        moved = {state for edge in self.edges for state in (edge.source, edge.target)}
        return frozenset(self.starts) | moved

    def after(self, status: S, event: E) -> S | None:
        """The state `event` leads to, or None where section 11 has no such change."""
        return self._targets.get((status, event))

    def permits(self, before: S, after: S) -> bool:
        """Whether any one event leads from `before` to `after`."""
        return any(edge.source == before and edge.target == after for edge in self.edges)


LIVE_MANDATES = (
    MandateStatus.AWAIT_VALIDATION,
    MandateStatus.NEW_INSTRUCTION,
    MandateStatus.FIRST_COLLECTION,
    MandateStatus.ONGOING_COLLECTION,
    MandateStatus.ON_HOLD,
)
"""What section 11 calls "any live"; every other status is final."""

COLLECTABLE_MANDATES = (
    MandateStatus.NEW_INSTRUCTION,
    MandateStatus.FIRST_COLLECTION,
    MandateStatus.ONGOING_COLLECTION,
)
"""The statuses in which a debit may be collected (reference, section 7.7, "usable mandate")."""

_CALLER_SETS = {
    MandateStatus.NEW_INSTRUCTION: MandateEvent.CALLER_SETS_NEW,
    MandateStatus.FIRST_COLLECTION: MandateEvent.CALLER_SETS_FIRST,
    MandateStatus.ONGOING_COLLECTION: MandateEvent.CALLER_SETS_ONGOING,
}

_MandateEdge = Edge[MandateStatus, MandateEvent]


def _from_any_live(
    event: MandateEvent, target: MandateStatus, provenance: Provenance
) -> tuple[_MandateEdge, ...]:
    return tuple(Edge(source, event, target, provenance) for source in LIVE_MANDATES)


MANDATE_EDGES: tuple[_MandateEdge, ...] = (
    Edge(
        MandateStatus.AWAIT_VALIDATION,
        MandateEvent.VALIDATION_MATCHED,
        MandateStatus.NEW_INSTRUCTION,
        "D",
    ),
    Edge(
        MandateStatus.AWAIT_VALIDATION,
        MandateEvent.VALIDATION_FAILED,
        MandateStatus.FAILED_VALIDATION,
        "D",
    ),
    Edge(MandateStatus.NEW_INSTRUCTION, MandateEvent.LODGED, MandateStatus.FIRST_COLLECTION, "A"),
    Edge(
        MandateStatus.FIRST_COLLECTION,
        MandateEvent.FIRST_DEBIT_SUBMITTED,
        MandateStatus.ONGOING_COLLECTION,
        "A",
    ),
    *_from_any_live(MandateEvent.PAYER_CANCELS, MandateStatus.CANCELLED_BY_PAYER, "D"),
    *_from_any_live(MandateEvent.CALLER_CANCELS, MandateStatus.CANCELLED, "D"),
    *_from_any_live(MandateEvent.LODGED_AGAIN, MandateStatus.NEW_INSTRUCTION, "D"),
    *_from_any_live(MandateEvent.REPORT_CANCELS, MandateStatus.CANCELLED, "A"),
    *_from_any_live(MandateEvent.THIRTEEN_MONTHS_IDLE, MandateStatus.EXPIRED, "A"),
    *_from_any_live(MandateEvent.ORIGINATOR_CANCELS, MandateStatus.CANCELLED_BY_ORIGINATOR, "A"),
    *(
        Edge(source, MandateEvent.CALLER_HOLDS, MandateStatus.ON_HOLD, "A")
        for source in COLLECTABLE_MANDATES
    ),
    *(Edge(MandateStatus.ON_HOLD, event, target, "A") for target, event in _CALLER_SETS.items()),
    Edge(
        MandateStatus.NEW_INSTRUCTION,
        MandateEvent.CALLER_SETS_FIRST,
        MandateStatus.FIRST_COLLECTION,
        "A",
    ),
    Edge(
        MandateStatus.FIRST_COLLECTION,
        MandateEvent.CALLER_SETS_ONGOING,
        MandateStatus.ONGOING_COLLECTION,
        "A",
    ),
)
"""Every permitted change of a mandate (reference, section 11, rows "mandate")."""

SCHEDULE_EDGES: tuple[Edge[ScheduleStatus, ScheduleEvent], ...] = (
    Edge(ScheduleStatus.ACTIVE, ScheduleEvent.DELETED, ScheduleStatus.INACTIVE, "D"),
    Edge(ScheduleStatus.ACTIVE, ScheduleEvent.MANDATE_CANCELLED, ScheduleStatus.INACTIVE, "D"),
    Edge(ScheduleStatus.ACTIVE, ScheduleEvent.DISABLING_CODE, ScheduleStatus.INACTIVE, "D"),
    Edge(ScheduleStatus.ACTIVE, ScheduleEvent.END_DATE_PASSED, ScheduleStatus.INACTIVE, "A"),
    Edge(
        ScheduleStatus.ACTIVE, ScheduleEvent.LAST_INSTALMENT_CREATED, ScheduleStatus.INACTIVE, "A"
    ),
)
"""Every permitted change of a recurrence schedule (reference, section 11, rows "schedule")."""

BANK_ACCOUNT_EDGES: tuple[Edge[BankAccountState, BankAccountEvent], ...] = (
    Edge(
        BankAccountState.ENABLED, BankAccountEvent.CALLER_DISABLES, BankAccountState.DISABLED, "A"
    ),
    Edge(BankAccountState.ENABLED, BankAccountEvent.DISABLING_CODE, BankAccountState.DISABLED, "A"),
    Edge(BankAccountState.DISABLED, BankAccountEvent.CALLER_ENABLES, BankAccountState.ENABLED, "A"),
)
"""Every permitted change of a bank account (reference, section 11, row "bank account")."""

MANDATE = LifeCycle(
    (
        MandateStatus.AWAIT_VALIDATION,
        *COLLECTABLE_MANDATES,
        MandateStatus.ON_HOLD,
        MandateStatus.CANCELLED,
    ),
    MANDATE_EDGES,
)
SCHEDULE = LifeCycle((ScheduleStatus.ACTIVE,), SCHEDULE_EDGES)
BANK_ACCOUNT = LifeCycle((BankAccountState.ENABLED,), BANK_ACCOUNT_EDGES)


def mandate_after(status: MandateStatus, event: MandateEvent) -> MandateStatus | None:
    """The status `event` leads to, or None where section 11 has no such change."""
    return MANDATE.after(status, event)


def caller_event(asked: MandateStatus) -> MandateEvent | None:
    """The event by which a caller asks for `asked` in a PUT; None where a caller cannot."""
    if asked is MandateStatus.ON_HOLD:
        return MandateEvent.CALLER_HOLDS
    if asked is MandateStatus.CANCELLED:
        return MandateEvent.CALLER_CANCELS
    return _CALLER_SETS.get(asked)
