"""Section 11: the life cycles as data."""

import pytest

from smarterpay.bacs import (
    BANK_ACCOUNT_EDGES,
    COLLECTABLE_MANDATES,
    LIVE_MANDATES,
    MANDATE_EDGES,
    SCHEDULE_EDGES,
    BankAccountState,
    MandateEvent,
    MandateStatus,
    ScheduleStatus,
    caller_event,
    mandate_after,
)

AWAIT, FAILED = MandateStatus.AWAIT_VALIDATION, MandateStatus.FAILED_VALIDATION
NEW, FIRST = MandateStatus.NEW_INSTRUCTION, MandateStatus.FIRST_COLLECTION
ONGOING, HOLD = MandateStatus.ONGOING_COLLECTION, MandateStatus.ON_HOLD
CANCELLED = MandateStatus.CANCELLED

CALLER_MAY = {
    (AWAIT, CANCELLED),
    (NEW, HOLD),
    (NEW, FIRST),
    (NEW, CANCELLED),
    (FIRST, HOLD),
    (FIRST, ONGOING),
    (FIRST, CANCELLED),
    (ONGOING, HOLD),
    (ONGOING, CANCELLED),
    (HOLD, NEW),
    (HOLD, FIRST),
    (HOLD, ONGOING),
    (HOLD, CANCELLED),
}


@pytest.mark.parametrize("source", MandateStatus)
@pytest.mark.parametrize("target", MandateStatus)
def test_what_a_put_may_change_section_11(source: MandateStatus, target: MandateStatus) -> None:
    event = caller_event(target)
    reached = None if event is None else mandate_after(source, event)
    assert (reached == target) == ((source, target) in CALLER_MAY)


@pytest.mark.parametrize("status", sorted(set(MandateStatus) - set(LIVE_MANDATES)))
@pytest.mark.parametrize("event", MandateEvent)
def test_final_statuses_never_change_section_11(status: MandateStatus, event: MandateEvent) -> None:
    assert mandate_after(status, event) is None


@pytest.mark.parametrize("status", LIVE_MANDATES)
@pytest.mark.parametrize(
    ("event", "target"),
    [
        (MandateEvent.PAYER_CANCELS, MandateStatus.CANCELLED_BY_PAYER),
        (MandateEvent.REPORT_CANCELS, MandateStatus.CANCELLED),
        (MandateEvent.THIRTEEN_MONTHS_IDLE, MandateStatus.EXPIRED),
        (MandateEvent.ORIGINATOR_CANCELS, MandateStatus.CANCELLED_BY_ORIGINATOR),
    ],
)
def test_any_live_mandate_can_end_section_11(
    status: MandateStatus, event: MandateEvent, target: MandateStatus
) -> None:
    assert mandate_after(status, event) == target


def test_validation_and_lodging_section_11() -> None:
    assert mandate_after(AWAIT, MandateEvent.VALIDATION_MATCHED) == NEW
    assert mandate_after(AWAIT, MandateEvent.VALIDATION_FAILED) == FAILED
    assert mandate_after(NEW, MandateEvent.VALIDATION_MATCHED) is None
    assert mandate_after(NEW, MandateEvent.LODGED) == FIRST
    assert mandate_after(FIRST, MandateEvent.FIRST_DEBIT_SUBMITTED) == ONGOING


def test_each_event_leads_to_one_place_section_11() -> None:
    pairs = [(edge.source, edge.event) for edge in MANDATE_EDGES]
    assert len(pairs) == len(set(pairs))
    assert set(COLLECTABLE_MANDATES) == {NEW, FIRST, ONGOING}


def test_schedules_end_once_and_accounts_switch_section_11() -> None:
    assert {(edge.source, edge.target) for edge in SCHEDULE_EDGES} == {
        (ScheduleStatus.ACTIVE, ScheduleStatus.INACTIVE)
    }
    assert {(edge.source, edge.target) for edge in BANK_ACCOUNT_EDGES} == {
        (BankAccountState.ENABLED, BankAccountState.DISABLED),
        (BankAccountState.DISABLED, BankAccountState.ENABLED),
    }
