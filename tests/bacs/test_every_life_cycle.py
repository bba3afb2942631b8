"""Section 11, read a second time: the pairs of every object, and walks that never leave them."""

from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smarterpay.bacs import (
    API_REQUEST,
    BANK_ACCOUNT,
    CARD_PAYMENT,
    CREDIT,
    MANDATE,
    OUTBOUND_MESSAGE,
    PAYMENT,
    PAYMENT_LINK,
    SCHEDULE,
    SUBMISSION,
    SUBMISSION_LINE,
    Edge,
    LifeCycle,
    ScheduleEvent,
    ScheduleStatus,
)

LIFE_CYCLES: dict[str, LifeCycle[Any, Any]] = {
    "mandate": MANDATE,
    "payment": PAYMENT,
    "credit": CREDIT,
    "schedule": SCHEDULE,
    "bank account": BANK_ACCOUNT,
    "payment link": PAYMENT_LINK,
    "submission": SUBMISSION,
    "submission line": SUBMISSION_LINE,
    "API request": API_REQUEST,
    "outbound message": OUTBOUND_MESSAGE,
    "card payment": CARD_PAYMENT,
}

PAIRS = {
    "payment": """
        pending_submission > cancelled
        pending_submission > submitted
        submitted > successful
        submitted > failed
        successful > failed
        submitted > indemnity_claimed
        successful > indemnity_claimed
        indemnity_claimed > failed
        indemnity_claimed > successful
    """,
    "credit": """
        pending_submission > cancelled
        pending_submission > submitted
        submitted > successful
        submitted > failed
    """,
    "schedule": "active > inactive",
    "bank account": """
        enabled > disabled
        disabled > enabled
    """,
    "payment link": """
        active > completed
        active > expired
        active > cancelled
    """,
    "submission": "Submitted > Submitted With errors",
    "submission line": "Successful > Failed",
    "API request": """
        pending > processing
        processing > completed
    """,
    "outbound message": """
        pending > successful
        pending > retrying
        pending > failed
        retrying > successful
        retrying > retrying
        retrying > failed
        successful > pending
        retrying > pending
        failed > pending
        pending > pending
    """,
    "card payment": """
        pending > successful
        pending > failed
        pending > cancelled
        pending > error
        successful > cancelled
    """,
    "mandate": """
        await validation > new instruction
        await validation > failed validation
        await validation > cancelled by payer
        await validation > cancelled
        await validation > cancelled by originator
        await validation > expired
        new instruction > first collection
        new instruction > on hold
        new instruction > new instruction
        new instruction > cancelled by payer
        new instruction > cancelled
        new instruction > cancelled by originator
        new instruction > expired
        first collection > ongoing collection
        first collection > on hold
        first collection > new instruction
        first collection > cancelled by payer
        first collection > cancelled
        first collection > cancelled by originator
        first collection > expired
        ongoing collection > on hold
        ongoing collection > new instruction
        ongoing collection > cancelled by payer
        ongoing collection > cancelled
        ongoing collection > cancelled by originator
        ongoing collection > expired
        on hold > new instruction
        on hold > first collection
        on hold > ongoing collection
        on hold > cancelled by payer
        on hold > cancelled
        on hold > cancelled by originator
        on hold > expired
    """,
}


def pairs(name: str) -> set[tuple[str, str]]:
    lines = (line.strip() for line in PAIRS[name].strip().splitlines())
    found = (line.split(" > ") for line in lines)
    return {(before, after) for before, after in found}


@pytest.mark.parametrize("name", LIFE_CYCLES)
def test_the_table_has_these_pairs_and_no_other_section_11(name: str) -> None:
    edges = LIFE_CYCLES[name].edges
    assert {(edge.source.value, edge.target.value) for edge in edges} == pairs(name)


@pytest.mark.parametrize(
    ("name", "final"),
    [
        (
            "mandate",
            {
                "cancelled",
                "cancelled by payer",
                "cancelled by originator",
                "expired",
                "failed validation",
            },
        ),
        ("payment", {"failed", "cancelled"}),
        ("credit", {"successful", "failed", "cancelled"}),
        ("schedule", {"inactive"}),
        ("payment link", {"completed", "expired", "cancelled"}),
        ("API request", {"completed"}),
        ("card payment", {"failed", "cancelled", "error"}),
        ("submission line", {"Failed"}),
    ],
)
def test_what_is_final_stays_section_11(name: str, final: set[str]) -> None:
    cycle = LIFE_CYCLES[name]
    moving = {edge.source for edge in cycle.edges}
    assert {state.value for state in cycle.statuses - moving} == final


@given(data=st.data(), name=st.sampled_from(sorted(LIFE_CYCLES)))
def test_no_walk_leaves_the_table_section_11(data: st.DataObject, name: str) -> None:
    cycle = LIFE_CYCLES[name]
    kind: type[StrEnum] = type(cycle.edges[0].event)
    events = [*kind]
    state = data.draw(st.sampled_from(cycle.starts))
    for event in data.draw(st.lists(st.sampled_from(events), max_size=30)):
        target = cycle.after(state, event)
        if target is None:
            continue
        assert (state.value, target.value) in pairs(name)
        assert cycle.permits(state, target)
        state = target


def test_an_event_that_leads_to_two_places_is_refused() -> None:
    edge = Edge(ScheduleStatus.ACTIVE, ScheduleEvent.DELETED, ScheduleStatus.INACTIVE, "D")
    back = Edge(ScheduleStatus.ACTIVE, ScheduleEvent.DELETED, ScheduleStatus.ACTIVE, "D")
    with pytest.raises(ValueError, match="one place"):
        LifeCycle((ScheduleStatus.ACTIVE,), (edge, back))
