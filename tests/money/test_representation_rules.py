"""The rules of presenting again (sections 7.8 and 10), for any day of the calendar."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smarterpay.bacs import (
    COLLECTABLE_MANDATES,
    DOCUMENTED_CODES,
    LONDON,
    BankingCalendar,
    MandateStatus,
    PaymentStatus,
    earliest_date,
)
from smarterpay.money import representation_rules as rules
from smarterpay.money.representation_rules import (
    NotPresentable,
    Representation,
    RepresentationPolicy,
    UnpaidPayment,
    may_represent,
    may_represent_on,
)

CALENDAR = BankingCalendar()
POLICY = RepresentationPolicy()
#: Collected on Wednesday 10 June 2026, returned the day after.
UNPAID = UnpaidPayment(
    payment="P01",
    status="failed",
    amount_pence=2500,
    code="ARUDD0",
    collected_on=date(2026, 6, 10),
    mandate="M01",
    mandate_status="ongoing collection",
    sun="100263",
    first="P01",
    first_collected_on=date(2026, 6, 10),
    first_amount_pence=2500,
)
NOW = datetime(2026, 6, 12, 9, 0, tzinfo=LONDON)


def presented(
    unpaid: UnpaidPayment = UNPAID,
    policy: RepresentationPolicy = POLICY,
    now: datetime = NOW,
) -> Representation:
    decided = may_represent(unpaid, policy, CALENDAR, now)
    assert isinstance(decided, Representation), decided
    return decided


def refused(
    unpaid: UnpaidPayment = UNPAID,
    policy: RepresentationPolicy = POLICY,
    now: datetime = NOW,
) -> NotPresentable:
    decided = may_represent(unpaid, policy, CALENDAR, now)
    assert isinstance(decided, NotPresentable), decided
    return decided


def test_section_7_8_the_same_amount_five_working_days_after_the_failed_collection() -> None:
    assert presented() == Representation("P01", "P01", 2500, date(2026, 6, 17))


@pytest.mark.parametrize("code", ["ARUDD0", "ARUDD 0", "arudd9", "ARRUD0", "ARRUD 9"])
def test_section_10_refer_to_payer_in_every_spelling(code: str) -> None:
    assert presented(replace(UNPAID, code=code)).on == date(2026, 6, 17)


@pytest.mark.parametrize(
    "code", [None, "", "no code", "ARUDDA", *sorted(set(DOCUMENTED_CODES) - {"ARUDD0"})]
)
def test_section_10_after_any_other_code_success_is_not_assumed(code: str | None) -> None:
    refusal = refused(replace(UNPAID, code=code))
    claimed = (code or "").startswith("DDICA")
    assert refusal.reason == ("under-claim" if claimed else "success-not-assumed")


def test_the_codes_are_a_setting() -> None:
    policy = replace(POLICY, codes=rules.codes_from("ARUDD 7, ARRUD8"))
    assert presented(replace(UNPAID, code="ARUDD7"), policy).on == date(2026, 6, 17)
    assert refused(policy=policy).reason == "success-not-assumed"


@pytest.mark.parametrize("status", [*MandateStatus, None])
def test_section_7_7_only_a_mandate_that_collects(status: str | None) -> None:
    unpaid = replace(UNPAID, mandate_status=status)
    if status in COLLECTABLE_MANDATES:
        assert presented(unpaid).on == date(2026, 6, 17)
    else:
        assert refused(unpaid).reason == "mandate-not-collectable"


@pytest.mark.parametrize("status", [*PaymentStatus, None])
def test_section_7_8_only_a_failed_payment(status: str | None) -> None:
    unpaid = replace(UNPAID, status=status)
    if status == "failed":
        assert presented(unpaid).payment == "P01"
    else:
        claimed = status == "indemnity_claimed"
        assert refused(unpaid).reason == ("under-claim" if claimed else "not-unpaid")


def test_never_while_a_payment_of_the_mandate_is_claimed_back() -> None:
    assert refused(replace(UNPAID, mandate_under_claim=True)).reason == "under-claim"


def test_never_what_is_presented_again_already() -> None:
    refusal = refused(replace(UNPAID, presented_again_by="P02"))
    assert (refusal.reason, "P02" in refusal.why) == ("presented-already", True)


@pytest.mark.parametrize("suns", ["100263", "999999, 100263", "all", "ALL"])
def test_section_10_never_what_the_profile_of_the_sun_presents_by_itself(suns: str) -> None:
    policy = replace(POLICY, profile_suns=rules.profile_suns_from(suns))
    assert refused(policy=policy).reason == "presented-by-profile"
    other = replace(POLICY, profile_suns=rules.profile_suns_from("999999"))
    assert presented(policy=other).payment == "P01"
    # One that is not told may be the one that presents by itself.
    assert refused(replace(UNPAID, sun=None), other).reason == "facts-missing"
    filled = replace(POLICY, profile_suns=rules.profile_suns_from("122"))
    assert refused(replace(UNPAID, sun="000122"), filled).reason == "presented-by-profile"


def test_what_was_refused_as_often_as_it_may_be_presented_is_left_to_a_person() -> None:
    """Section 7.8: the provider's limits are not ours to read."""
    once = replace(UNPAID, times_refused=1, refused_in="B1")
    assert presented(once).payment == "P01"
    refusal = refused(replace(once, times_refused=2))
    assert (refusal.reason, "batch show B1" in refusal.why) == ("call-refused", True)


@pytest.mark.parametrize(("most", "allowed"), [(0, 0), (1, 1), (2, 2), (3, 3)])
def test_the_number_of_presentations_is_limited(most: int, allowed: int) -> None:
    policy = replace(POLICY, most=most)
    for times in range(allowed):
        assert presented(replace(UNPAID, times_presented_again=times), policy).payment == "P01"
    refusal = refused(replace(UNPAID, times_presented_again=allowed), policy)
    assert refusal.reason == "too-many-presentations"


FIRST_DAYS = {
    # first presentation: the last day within a month of it
    date(2026, 1, 30): date(2026, 2, 27),  # 28 February is a Saturday
    date(2026, 6, 10): date(2026, 7, 10),
    date(2026, 11, 25): date(2026, 12, 24),  # 25 December
    date(2026, 12, 1): date(2026, 12, 31),  # 1 January
    date(2028, 1, 31): date(2028, 2, 29),
}


@pytest.mark.parametrize(("first", "last"), FIRST_DAYS.items(), ids=str)
def test_one_month_from_the_first_presentation(first: date, last: date) -> None:
    """The failed payment is itself a second presentation: the month counts from the first."""
    unpaid = replace(UNPAID, first_collected_on=first, collected_on=CALENDAR.plus(last, -5))
    noon = datetime.combine(CALENDAR.plus(last, -4), time(12), tzinfo=LONDON)
    assert presented(unpaid, now=noon).on == last
    late = replace(unpaid, collected_on=CALENDAR.plus(last, -4))
    assert refused(late, now=noon).reason == "month-is-over"


def test_ten_working_days_after_the_failed_collection_at_the_latest() -> None:
    tenth = date(2026, 6, 24)
    last_moment = datetime(2026, 6, 22, 21, 59, tzinfo=LONDON)
    assert presented(now=last_moment).on == tenth
    assert refused(now=last_moment + timedelta(minutes=1)).reason == "window-is-over"


def test_section_10_never_earlier_than_bacs_can_collect() -> None:
    assert presented(now=datetime(2026, 6, 17, 9, 0, tzinfo=LONDON)).on == date(2026, 6, 19)


PAY_DAYS = {
    "19": date(2026, 6, 19),
    "20": date(2026, 6, 22),  # a Saturday: on the Monday
    "19, 22": date(2026, 6, 19),
    "12": date(2026, 6, 17),  # before the window: as soon as may be
    "16,23": date(2026, 6, 23),
    "28": date(2026, 6, 17),
    "last": date(2026, 6, 17),
}


@pytest.mark.parametrize(("pay_days", "on"), PAY_DAYS.items())
def test_the_day_that_follows_a_pay_day(pay_days: str, on: date) -> None:
    policy = replace(POLICY, pay_days=rules.pay_days_from(pay_days))
    assert presented(policy=policy).on == on


def test_no_pay_day_leads_beyond_the_month() -> None:
    """Ten working days end on 15 July, the month since the first presentation on the 10th."""
    policy = replace(POLICY, pay_days=rules.pay_days_from("14"))
    unpaid = replace(UNPAID, collected_on=date(2026, 7, 1))
    now = datetime(2026, 7, 2, 9, 0, tzinfo=LONDON)
    assert presented(unpaid, policy, now).on == date(2026, 7, 8)
    assert presented(replace(unpaid, first_collected_on=date(2026, 7, 1)), policy, now).on == date(
        2026, 7, 14
    )


def test_the_last_banking_day_of_a_month_is_a_pay_day() -> None:
    """31 May 2026 is a Sunday: wages come on Friday the 29th."""
    policy = replace(POLICY, pay_days=rules.pay_days_from("last"))
    unpaid = replace(UNPAID, collected_on=date(2026, 5, 20), first_collected_on=date(2026, 5, 20))
    assert presented(unpaid, policy, datetime(2026, 5, 22, tzinfo=LONDON)).on == date(2026, 5, 29)


@pytest.mark.parametrize(
    "unpaid",
    [
        replace(UNPAID, collected_on=None),
        replace(UNPAID, first_collected_on=None),
        replace(UNPAID, amount_pence=0),
    ],
    ids=["date", "first date", "amount"],
)
def test_what_the_provider_does_not_tell_is_not_guessed(unpaid: UnpaidPayment) -> None:
    assert refused(unpaid).reason == "facts-missing"


def test_section_7_8_never_another_amount_than_that_of_the_first_presentation() -> None:
    assert refused(replace(UNPAID, first_amount_pence=2499)).reason == "amount-differs"


def test_what_was_refunded_before_it_came_back_is_left_to_people() -> None:
    assert refused(replace(UNPAID, refund_held_pence=1)).reason == "refunded"


def test_a_day_that_was_planned_is_judged_again() -> None:
    on = date(2026, 6, 17)
    assert isinstance(may_represent_on(on, UNPAID, POLICY, CALENDAR, NOW), Representation)
    too_late = datetime(2026, 6, 15, 22, 0, tzinfo=LONDON)
    refusal = may_represent_on(on, UNPAID, POLICY, CALENDAR, too_late)
    assert isinstance(refusal, NotPresentable)
    assert refusal.reason == "day-not-allowed"
    assert "2026-06-18" in refusal.why
    cancelled = replace(UNPAID, mandate_status="cancelled by payer")
    refusal = may_represent_on(on, cancelled, POLICY, CALENDAR, NOW)
    assert isinstance(refusal, NotPresentable)
    assert refusal.reason == "mandate-not-collectable"


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (rules.codes_from, "ADDACS1"),
        (rules.codes_from, "ARUDD0;ARUDD9"),
        (rules.codes_from, "DDICA2"),
        (rules.pay_days_from, "0"),
        (rules.pay_days_from, "32"),
        (rules.pay_days_from, "first"),
        (rules.profile_suns_from, "my SUN"),
        (rules.profile_suns_from, "1234567"),
    ],
)
def test_a_setting_that_cannot_be_read_is_refused(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(ValueError, match="write them like"):
        read(text)


def test_a_window_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="may not be the larger one"):
        RepresentationPolicy(days_after=8, days_until=7)


# --- For any day -------------------------------------------------------------------------------

days = st.dates(date(2024, 1, 1), date(2035, 12, 31))
policies = st.builds(
    RepresentationPolicy,
    most=st.integers(1, 3),
    days_after=st.integers(5, 7),
    days_until=st.integers(7, 10),
    pay_days=st.frozensets(st.one_of(st.integers(1, 31), st.just("last")), max_size=3),
    profile_suns=st.sampled_from([frozenset()] * 6 + [frozenset({"1"}), frozenset({"all"})]),
    processing_days=st.integers(2, 5),
)


def spoilt(unpaid: UnpaidPayment) -> list[UnpaidPayment]:
    """The payment with one thing wrong, in every way there is."""
    return [
        replace(unpaid, status="successful"),
        replace(unpaid, status="indemnity_claimed"),
        replace(unpaid, code="ARUDD1"),
        replace(unpaid, code="DDICA2"),
        replace(unpaid, mandate_status="cancelled by payer"),
        replace(unpaid, mandate_status="on hold"),
        replace(unpaid, first_amount_pence=unpaid.amount_pence + 1),
        replace(unpaid, presented_again_by="P03"),
        replace(unpaid, mandate_under_claim=True),
        replace(unpaid, refund_held_pence=1),
    ]


@st.composite
def moments(draw: st.DrawFn) -> tuple[UnpaidPayment, datetime]:
    """A payment with at most one thing wrong, seen some days after it was collected."""
    first = CALENDAR.on_or_after(draw(days))
    collected = CALENDAR.plus(first, draw(st.sampled_from([0, 0, 5, 7, 10, 12, 14, 16, 20])))
    pence = draw(st.integers(1, 2_000_000_000))
    unpaid = UnpaidPayment(
        payment="P02",
        status="failed",
        amount_pence=pence,
        code=draw(st.sampled_from(["ARUDD0", "ARUDD 9", "ARRUD0"])),
        collected_on=collected,
        mandate="M01",
        mandate_status=draw(st.sampled_from(COLLECTABLE_MANDATES)),
        sun=draw(st.sampled_from(["1", "2"])),
        first="P01",
        first_collected_on=first,
        first_amount_pence=pence,
        times_presented_again=draw(st.integers(0, 2)),
    )
    if draw(st.integers(0, 3)) == 0:
        unpaid = draw(st.sampled_from(spoilt(unpaid)))
    later = timedelta(days=draw(st.integers(0, 14)), minutes=draw(st.integers(0, 1439)))
    return unpaid, datetime.combine(collected, time(0), tzinfo=LONDON) + later


@given(moment=moments(), policy=policies)
@settings(max_examples=40, deadline=None)
def test_one_thing_wrong_is_enough(
    moment: tuple[UnpaidPayment, datetime], policy: RepresentationPolicy
) -> None:
    unpaid, now = moment
    for wrong in spoilt(unpaid):
        assert isinstance(may_represent(wrong, policy, CALENDAR, now), NotPresentable)


@given(moment=moments(), policy=policies)
@settings(max_examples=400, deadline=None)
def test_no_plan_ever_breaks_a_rule(
    moment: tuple[UnpaidPayment, datetime], policy: RepresentationPolicy
) -> None:
    unpaid, now = moment
    decided = may_represent(unpaid, policy, CALENDAR, now)
    if isinstance(decided, NotPresentable):
        assert decided.unpaid is unpaid
        assert len(decided.why.split()) > 5
        return
    assert (decided.payment, decided.amount_pence) == ("P02", unpaid.amount_pence)
    assert decided.amount_pence == unpaid.first_amount_pence
    assert unpaid.status == "failed"
    assert unpaid.code in ("ARUDD0", "ARUDD 9", "ARRUD0")
    assert unpaid.mandate_status in COLLECTABLE_MANDATES
    assert unpaid.presented_again_by is None
    assert not unpaid.mandate_under_claim
    assert unpaid.refund_held_pence == 0
    assert unpaid.times_presented_again < policy.most
    assert not policy.profile_suns & {"all", unpaid.sun}
    assert CALENDAR.is_banking_day(decided.on)
    assert decided.on >= earliest_date(now, CALENDAR, policy.processing_days)
    first, collected = unpaid.first_collected_on, unpaid.collected_on
    assert first is not None
    assert collected is not None
    assert decided.on <= first + timedelta(days=31)
    assert (decided.on.year * 12 + decided.on.month) - (first.year * 12 + first.month) <= 1
    assert decided.on.month == first.month or decided.on.day <= first.day
    working_days = sum(
        CALENDAR.is_banking_day(collected + timedelta(days=n))
        for n in range(1, (decided.on - collected).days + 1)
    )
    assert policy.days_after <= working_days <= policy.days_until
    assert isinstance(may_represent_on(decided.on, unpaid, policy, CALENDAR, now), Representation)


@given(moment=moments(), policy=policies, shift=st.integers(-15, 15))
@settings(max_examples=200, deadline=None)
def test_a_planned_day_is_allowed_exactly_where_some_plan_could_choose_it(
    moment: tuple[UnpaidPayment, datetime], policy: RepresentationPolicy, shift: int
) -> None:
    """Without pay days the first allowed day is chosen, so no earlier one is ever let through."""
    unpaid, now = moment
    plain = replace(policy, pay_days=frozenset())
    decided = may_represent(unpaid, plain, CALENDAR, now)
    assert unpaid.collected_on is not None
    other = unpaid.collected_on + timedelta(days=shift)
    judged = may_represent_on(other, unpaid, plain, CALENDAR, now)
    if isinstance(decided, NotPresentable):
        assert isinstance(judged, NotPresentable)
        assert judged.reason == decided.reason
    elif other < decided.on or not CALENDAR.is_banking_day(other):
        assert isinstance(judged, NotPresentable)
        assert judged.reason == "day-not-allowed"
