"""The table of design section 3, step 2, complete, and what must hold wherever one looks in it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from smarterpay.journal.decision import (
    CLOCK_MARGIN,
    KEY_HORIZON,
    LATE_WORK,
    Decision,
    Known,
    State,
    decide,
    may_be_at_work,
)

NOW = datetime(2026, 6, 2, 9, 0, tzinfo=UTC)
YOUNG = NOW - timedelta(hours=1)
LAST_INSTANT = NOW - KEY_HORIZON + timedelta(microseconds=1)
AT_HORIZON = NOW - KEY_HORIZON
FORGOTTEN = NOW - timedelta(hours=25)
#: Sent later than now, by clocks that differ: by an hour the margin covers, and by more.
A_LITTLE_AHEAD = NOW + CLOCK_MARGIN
FAR_AHEAD = NOW + CLOCK_MARGIN + timedelta(microseconds=1)
NEVER = None
ALL_AGES = (NEVER, YOUNG, LAST_INSTANT, AT_HORIZON, FORGOTTEN, A_LITTLE_AHEAD, FAR_AHEAD)
BOTH = (False, True)

SAME, OTHER = True, False

#: (state, same bytes, repeatable): the decision, whatever the age of the key and `look_up`.
WHATEVER_THE_KEY = {
    (State.OPENED, SAME, False): Decision.SEND_STORED_BYTES,
    (State.OPENED, SAME, True): Decision.SEND_STORED_BYTES,
    (State.OPENED, OTHER, False): Decision.NEXT_GENERATION,
    (State.OPENED, OTHER, True): Decision.NEXT_GENERATION,
    (State.SUCCEEDED, SAME, False): Decision.RETURN_ANSWER,
    (State.SUCCEEDED, SAME, True): Decision.RETURN_ANSWER,
    (State.SUCCEEDED, OTHER, False): Decision.CONFLICT,
    (State.SUCCEEDED, OTHER, True): Decision.NEXT_GENERATION,
    (State.REFUSED, SAME, False): Decision.RETURN_REFUSAL,
    (State.REFUSED, SAME, True): Decision.RETURN_REFUSAL,
    (State.REFUSED, OTHER, False): Decision.NEXT_GENERATION,
    (State.REFUSED, OTHER, True): Decision.NEXT_GENERATION,
    (State.NEEDS_ATTENTION, SAME, False): Decision.ASK_A_PERSON,
    (State.NEEDS_ATTENTION, SAME, True): Decision.ASK_A_PERSON,
    (State.NEEDS_ATTENTION, OTHER, False): Decision.ASK_A_PERSON,
    (State.NEEDS_ATTENTION, OTHER, True): Decision.ASK_A_PERSON,
}

#: (first sent, look_up): the decision on an unknown outcome, whatever bytes are wanted now.
UNKNOWN_BY_KEY = {
    (YOUNG, False): Decision.SEND_STORED_BYTES,
    (LAST_INSTANT, False): Decision.SEND_STORED_BYTES,
    (AT_HORIZON, False): Decision.LOOK_UP,
    (FORGOTTEN, False): Decision.LOOK_UP,
    (NEVER, False): Decision.LOOK_UP,
    (A_LITTLE_AHEAD, False): Decision.SEND_STORED_BYTES,
    (FAR_AHEAD, False): Decision.LOOK_UP,
    (A_LITTLE_AHEAD, True): Decision.LOOK_UP,
    (FAR_AHEAD, True): Decision.LOOK_UP,
    (YOUNG, True): Decision.LOOK_UP,
    (LAST_INSTANT, True): Decision.LOOK_UP,
    (AT_HORIZON, True): Decision.LOOK_UP,
    (FORGOTTEN, True): Decision.LOOK_UP,
    (NEVER, True): Decision.LOOK_UP,
}


@pytest.mark.parametrize("look_up", BOTH)
@pytest.mark.parametrize("first_sent_at", ALL_AGES)
@pytest.mark.parametrize(("facts", "decision"), WHATEVER_THE_KEY.items())
def test_settled_and_unsent_intents_do_not_depend_on_the_key(
    facts: tuple[State, bool, bool],
    decision: Decision,
    first_sent_at: datetime | None,
    look_up: bool,
) -> None:
    """Design section 3, step 2."""
    state, same_bytes, repeatable = facts
    known = Known(state, first_sent_at, look_up, same_bytes, repeatable)

    assert decide(known, NOW) is decision


@pytest.mark.parametrize("repeatable", BOTH)
@pytest.mark.parametrize("same_bytes", BOTH)
@pytest.mark.parametrize(("key", "decision"), UNKNOWN_BY_KEY.items())
def test_an_unknown_outcome_depends_on_the_key_alone(
    key: tuple[datetime | None, bool], decision: Decision, same_bytes: bool, repeatable: bool
) -> None:
    """Reference sections 2 (retention of 24 hours) and 4 (retry horizon of 23, replayed 500)."""
    first_sent_at, look_up = key
    known = Known(State.UNKNOWN, first_sent_at, look_up, same_bytes, repeatable)

    assert decide(known, NOW) is decision


def test_the_tables_name_every_case() -> None:
    """A state added later has to be written into the table."""
    table = {state for state, _, _ in WHATEVER_THE_KEY} | {State.UNKNOWN}

    assert table == set(State)
    assert len(WHATEVER_THE_KEY) == 4 * len(BOTH) * len(BOTH)
    assert set(UNKNOWN_BY_KEY) == {(age, look_up) for age in ALL_AGES for look_up in BOTH}


anything_known = st.builds(
    Known,
    state=st.sampled_from(State),
    first_sent_at=st.none()
    | st.timedeltas(timedelta(hours=-4), timedelta(days=3)).map(lambda age: NOW - age),
    look_up=st.booleans(),
    same_bytes=st.booleans(),
    repeatable=st.booleans(),
)


@settings(max_examples=300, deadline=None)
@given(known=anything_known)
def test_bytes_are_sent_again_only_under_a_key_the_provider_still_knows(known: Known) -> None:
    """Reference section 2: 24 hours after the first request the same key starts a new one."""
    sends = decide(known, NOW) is Decision.SEND_STORED_BYTES
    could_have_run = known.state is State.UNKNOWN
    trusted = known.first_sent_at is not None and AT_HORIZON < known.first_sent_at <= A_LITTLE_AHEAD
    spent = known.look_up or not trusted

    assert not (sends and could_have_run and spent)


@settings(max_examples=300, deadline=None)
@given(known=anything_known)
def test_no_new_key_while_the_outcome_is_unknown(known: Known) -> None:
    """Design section 2: nothing is sent under a new key while the outcome is unknown."""
    decision = decide(known, NOW)

    assert not (known.state is State.UNKNOWN and decision is Decision.NEXT_GENERATION)


@settings(max_examples=300, deadline=None)
@given(known=anything_known, later=st.timedeltas(timedelta(0), timedelta(days=30)))
def test_time_alone_turns_sending_into_looking_up_and_nothing_else(
    known: Known, later: timedelta
) -> None:
    """Design section 3, step 2: no other edge of the table is crossed by waiting."""
    assume(known.first_sent_at is None or known.first_sent_at <= A_LITTLE_AHEAD)
    before, after = decide(known, NOW), decide(known, NOW + later)

    assert after is before or (before, after) == (Decision.SEND_STORED_BYTES, Decision.LOOK_UP)


@pytest.mark.parametrize(
    ("last_sent_at", "look_up", "may_be"),
    [
        (NEVER, False, False),
        (NOW, False, True),
        (FAR_AHEAD, False, True),
        (NOW - LATE_WORK + timedelta(microseconds=1), False, True),
        (NOW - LATE_WORK, False, False),
        (NOW, True, False),
    ],
)
def test_the_provider_may_be_at_work_for_a_while_unless_its_answer_came_back(
    last_sent_at: datetime | None, look_up: bool, may_be: bool
) -> None:
    """Reference section 4: a timeout executes perhaps later; a replayed 500 is over."""
    assert may_be_at_work(last_sent_at, look_up, NOW) is may_be


@pytest.mark.parametrize("look_up", BOTH)
@pytest.mark.parametrize("first_sent_at", ALL_AGES)
@pytest.mark.parametrize("same_bytes", BOTH)
@pytest.mark.parametrize("state", State)
def test_what_a_bulk_call_carries_is_settled_by_it_and_decided_on_as_ever_once_it_is(
    state: State, same_bytes: bool, first_sent_at: datetime | None, look_up: bool
) -> None:
    """Issue 3, item 2: no row travels beside its call, however old the call's key grows."""
    alone = Known(state, first_sent_at, look_up, same_bytes)
    carried = Known(state, first_sent_at, look_up, same_bytes, in_bulk=True)

    unsettled = state in (State.OPENED, State.UNKNOWN)
    expected = Decision.WAIT_FOR_BULK if unsettled else decide(alone, NOW)
    assert decide(carried, NOW) is expected
