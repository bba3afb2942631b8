"""Section 7.11: a schedule's collections handed to another are neither lost nor made twice.

The sandbox reads section 7.11 by itself: what it makes of the new schedule is the judge here.
"""

from datetime import date, timedelta
from itertools import islice

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from smarterpay.bacs import BankingCalendar
from smarterpay.money.handovers import CannotHandOver, Handover, hand_over
from smarterpay.money.schedule_terms import Collection, Terms, collections
from smarterpay.sandbox.bacs_work import collection_plan
from smarterpay.sandbox.records.accounts import RecurrenceSchedule

CALENDAR = BankingCalendar()
MONTHLY = Terms(2500, 2500, "monthly", 1, "15", date(2026, 7, 15))
WEEKLY = Terms(700, 700, "weekly", 1, None, date(2026, 7, 6))


def at_the_provider(terms: Terms) -> RecurrenceSchedule:
    """The schedule that the provider makes of `terms`."""
    return RecurrenceSchedule(
        id="RS01",
        created_at="2026-06-01T08:00:00Z",
        status="active",
        type="DDPaymentPlan" if terms.installments else "DDOngoingPayment",
        payment_type="directdebit",
        amount=terms.amount_pence,
        first_collection_amount=terms.first_amount_pence,
        auddis="MA1",
        mandate="M01",
        card_id="",
        collection_period=terms.period,
        collection_stretch=terms.stretch,
        collection_day=terms.day or "",
        description="",
        first_collection_date=terms.first_on.isoformat(),
        start_date=terms.first_on.isoformat(),
        first_stored_date=CALENDAR.on_or_after(terms.first_on).isoformat(),
        custom_reference="",
        end_date=terms.end_on.isoformat() if terms.end_on else "",
        metadata="",
        installments=terms.installments,
        same_month=terms.same_month,
    )


def told(terms: Terms, most: int = 12) -> list[Collection]:
    """What the provider collects by these terms."""
    made = islice(collection_plan.collections(at_the_provider(terms), CALENDAR), most)
    return [Collection(one.day, one.amount) for one in made]


def handed_over(terms: Terms, movable_from: date, **changes: object) -> Handover:
    return hand_over(
        terms,
        told(terms),
        movable_from=movable_from,
        calendar=CALENDAR,
        **changes,  # type: ignore[arg-type]
    )


terms_of_any_kind = st.one_of(
    st.builds(
        Terms,
        amount_pence=st.integers(100, 5000),
        first_amount_pence=st.integers(100, 5000),
        period=st.just("monthly"),
        stretch=st.integers(1, 6),
        day=st.sampled_from(["1", "15", "25", "28", "last day"]),
        first_on=st.dates(date(2026, 6, 8), date(2026, 12, 31)),
        same_month=st.booleans(),
        end_on=st.none() | st.dates(date(2027, 1, 1), date(2028, 1, 1)),
    ),
    st.builds(
        Terms,
        amount_pence=st.integers(100, 5000),
        first_amount_pence=st.integers(100, 5000),
        period=st.just("weekly"),
        stretch=st.integers(1, 4),
        day=st.none(),
        first_on=st.dates(date(2026, 6, 8), date(2026, 12, 31)),
        end_on=st.none() | st.dates(date(2027, 1, 1), date(2028, 1, 1)),
    ),
    st.builds(
        Terms,
        amount_pence=st.integers(100, 9000),
        first_amount_pence=st.none() | st.integers(1, 80),
        period=st.just("monthly"),
        stretch=st.integers(1, 3),
        day=st.just("20"),
        first_on=st.dates(date(2026, 6, 8), date(2026, 12, 31)),
        installments=st.integers(2, 12),
    ),
)


@settings(max_examples=150, deadline=None)
@given(terms=terms_of_any_kind, after=st.integers(0, 120))
def test_7_11_dates_and_pence_are_the_same_before_and_after(terms: Terms, after: int) -> None:
    before = told(terms, 30)
    movable_from = terms.first_on + timedelta(days=after)
    try:
        handover = handed_over(terms, movable_from)
    except CannotHandOver:
        event("refused before anything is done")
        return

    stays = list(handover.stays)
    new = told(handover.terms, len(before) - len(stays) + 1)
    assert [*stays, *new][: len(before)] == before
    if len(before) < 30:
        assert len(stays) + len(new) == len(before)
    assert new[0].on >= movable_from
    assert all(one.on < new[0].on for one in stays)


@settings(max_examples=150, deadline=None)
@given(terms=terms_of_any_kind)
def test_7_11_our_reading_of_a_schedules_dates_is_the_sandboxs(terms: Terms) -> None:
    assert list(islice(collections(terms, CALENDAR), 20)) == told(terms, 20)


def test_a_last_day_moved_into_the_next_month_is_not_lost() -> None:
    """31 May 2026 is a Sunday: it is collected on 1 June, and June has a last day of its own."""
    terms = Terms(2500, 2500, "monthly", 1, "last day", date(2026, 4, 30))
    handover = handed_over(terms, date(2026, 5, 20))
    days = [one.on for one in told(handover.terms, 3)]
    assert days == [date(2026, 6, 1), date(2026, 6, 30), date(2026, 7, 31)]


def test_a_weekly_date_moved_by_a_holiday_stays_with_the_old_schedule() -> None:
    """A new one from Tuesday 1 September on would go on collecting on Tuesdays."""
    terms = Terms(700, 700, "weekly", 1, None, date(2026, 8, 24))
    handover = handed_over(terms, date(2026, 8, 27))  # 31 August 2026 is a bank holiday
    assert [one.on for one in handover.stays] == [date(2026, 8, 24), date(2026, 9, 1)]
    assert handover.becomes[0].on == date(2026, 9, 7)


def test_a_new_amount_is_taken_from_the_first_movable_collection_on() -> None:
    handover = handed_over(MONTHLY, date(2026, 8, 1), amount_pence=3000)
    assert handover.stays == [Collection(date(2026, 7, 15), 2500)]
    assert handover.moves[0] == Collection(date(2026, 8, 17), 2500)
    assert handover.becomes[0] == Collection(date(2026, 8, 17), 3000)


def test_a_first_amount_of_its_own_outlives_a_new_regular_amount() -> None:
    terms = Terms(2500, 4000, "monthly", 1, "15", date(2026, 7, 15))
    handover = handed_over(terms, date(2026, 6, 1), amount_pence=3000)
    assert [one.amount_pence for one in handover.becomes[:2]] == [4000, 3000]


@pytest.mark.parametrize(
    ("day", "movable_from", "stays", "first"),
    [
        ("1", date(2026, 6, 20), 0, date(2026, 7, 1)),  # July's is collected in July
        ("1", date(2026, 7, 2), 1, date(2026, 8, 3)),  # too late for July's: the old one has it
        ("28", date(2026, 7, 2), 0, date(2026, 7, 28)),
    ],
)
def test_a_new_day_collects_once_for_each_month(
    day: str, movable_from: date, stays: int, first: date
) -> None:
    handover = handed_over(MONTHLY, movable_from, day=day)
    assert len(handover.stays) == stays
    assert told(handover.terms, 1)[0].on == first
    assert len(handover.moves) == len(handover.becomes)


def test_a_new_day_keeps_the_number_of_collections_up_to_the_end() -> None:
    terms = Terms(2500, 2500, "monthly", 1, "15", date(2026, 7, 15), end_on=date(2026, 9, 20))
    later = handed_over(terms, date(2026, 6, 1), day="25")
    assert [one.on for one in told(later.terms)] == [
        date(2026, 7, 27),
        date(2026, 8, 25),
        date(2026, 9, 25),
    ]
    end_early_in_the_month = Terms(
        2500, 2500, "monthly", 1, "15", date(2026, 7, 15), end_on=date(2026, 10, 10)
    )
    earlier = handed_over(end_early_in_the_month, date(2026, 6, 1), day="5")
    assert len(told(earlier.terms)) == 3


@pytest.mark.parametrize(
    ("terms", "changes", "why"),
    [
        (WEEKLY, {"day": "5"}, "only a monthly schedule"),
        (
            Terms(9000, None, "monthly", 1, "15", date(2026, 7, 15), installments=3),
            {"amount_pence": 100},
            "one sum",
        ),
    ],
)
def test_what_cannot_be_handed_over_is_refused(
    terms: Terms, changes: dict[str, object], why: str
) -> None:
    with pytest.raises(CannotHandOver, match=why):
        handed_over(terms, date(2026, 6, 1), **changes)


def test_nothing_ahead_is_refused() -> None:
    with pytest.raises(CannotHandOver, match="no collection ahead"):
        hand_over(MONTHLY, [], movable_from=date(2026, 6, 1), calendar=CALENDAR)
