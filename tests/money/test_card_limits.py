"""The limits of a card (section 8), by the payments that stand on it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smarterpay.money.card_limits import (
    AlreadyReleased,
    CardHasNoSuccessfulPayment,
    CardLimit,
    CardPayment,
    NothingReserved,
    ReleaseExceedsReservation,
    ReservationLapsed,
    ReservationPending,
    check_authorised_release,
    check_deferred_release,
    check_repeat,
)

DAY = date(2026, 6, 1)
STATUSES = ("successful", "pending", "failed", "cancelled")


def payment(
    kind: str, pence: int = 2500, status: str = "successful", **changes: object
) -> CardPayment:
    values = {"id": f"P-{kind}", "made_on": DAY, "related": None} | changes
    return CardPayment(payment_type=kind, status=status, amount_pence=pence, **values)  # type: ignore[arg-type]


RESERVED = payment("DeferredEcommerce")
VERIFIED = payment("AuthenticateMOTO")


def deferred(
    *payments: CardPayment, pence: int = 2500, after: int = 0, **named: str
) -> CardPayment:
    today = DAY + timedelta(days=after)
    return check_deferred_release(payments, pence, today=today, valid_days=7, **named)


def authorised(*payments: CardPayment, pence: int = 2500, after: int = 0) -> CardPayment:
    today = DAY + timedelta(days=after)
    return check_authorised_release(payments, pence, today=today, valid_days=90)


def test_section_8_a_release_takes_at_most_what_is_reserved() -> None:
    assert deferred(RESERVED) is RESERVED
    assert deferred(RESERVED, pence=1) is RESERVED
    with pytest.raises(ReleaseExceedsReservation) as refused:
        deferred(RESERVED, pence=2501)
    assert (refused.value.asked_pence, refused.value.left_pence) == (2501, 2500)
    assert refused.value.payment is RESERVED
    assert "£25.01" in str(refused.value)
    assert "£25.00" in str(refused.value)


@pytest.mark.parametrize("status", ["successful", "pending", "a word of tomorrow"])
def test_section_8_a_deferred_payment_is_released_once(status: str) -> None:
    part = payment("DeferredRelease", 1000, status, related=RESERVED.id)
    with pytest.raises(AlreadyReleased):
        deferred(RESERVED, part, pence=1)


@pytest.mark.parametrize("status", ["failed", "cancelled", "error"])
def test_section_8_a_release_that_took_nothing_leaves_the_reservation_as_it_was(
    status: str,
) -> None:
    tried = payment("DeferredRelease", 2500, status, related=RESERVED.id)
    assert deferred(RESERVED, tried) is RESERVED
    assert authorised(VERIFIED, payment("AuthoriseRelease", 2500, status)) is VERIFIED


def test_section_8_an_authenticated_amount_is_used_up_in_parts() -> None:
    first = payment("AuthoriseRelease", 1000, id="P-1", related=VERIFIED.id)
    second = payment("AuthoriseRelease", 1500, "pending", id="P-2")  # its list tells no relation
    assert authorised(VERIFIED, first, pence=1500) is VERIFIED
    with pytest.raises(ReleaseExceedsReservation) as refused:
        authorised(VERIFIED, first, pence=1501)
    assert refused.value.left_pence == 1500
    with pytest.raises(AlreadyReleased):
        authorised(VERIFIED, first, second, pence=1)


@pytest.mark.parametrize(
    ("check", "kept", "days"), [(deferred, RESERVED, 7), (authorised, VERIFIED, 90)]
)
def test_section_8_it_is_good_for_so_many_days(check: object, kept: CardPayment, days: int) -> None:
    assert check(kept, after=days) is kept  # type: ignore[operator]
    with pytest.raises(ReservationLapsed):
        check(kept, after=days + 1)  # type: ignore[operator]
    ageless = replace(kept, made_on=None)  # for the gateway alone to judge
    assert check(ageless, after=days + 1) is ageless  # type: ignore[operator]


def test_section_11_what_was_cancelled_or_has_lapsed_is_not_released() -> None:
    with pytest.raises(ReservationLapsed):
        deferred(payment("DeferredEcommerce", status="cancelled"))


def test_nothing_is_released_that_was_not_reserved() -> None:
    for on_card in (
        (),
        (payment("Ecommerce"),),
        (VERIFIED,),
        (payment("DeferredMOTO", 1, "failed"),),
    ):
        with pytest.raises(NothingReserved):
            deferred(*on_card)
    with pytest.raises(NothingReserved):
        authorised(RESERVED)
    with pytest.raises(NothingReserved):
        deferred(RESERVED, named="P-another")
    with pytest.raises(ReservationPending):
        deferred(payment("DeferredEcommerce", status="pending"))


def test_section_8_a_repeat_needs_one_successful_payment() -> None:
    check_repeat([payment("Ecommerce", status="failed"), payment("MOTO")])
    check_repeat([payment("MOTO", id="P-1")], named="P-1")
    for on_card in ([], [payment("Refund")], [payment("MOTO", status="pending")]):
        with pytest.raises(CardHasNoSuccessfulPayment):
            check_repeat(on_card)
    with pytest.raises(CardHasNoSuccessfulPayment, match="P-2 is not one"):
        check_repeat([payment("MOTO", id="P-1")], named="P-2")


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 4000), st.sampled_from(["successful", "pending", "failed", "cancelled"])
        ),
        max_size=6,
    ),
    st.integers(1, 6000),
    st.sampled_from([RESERVED, VERIFIED]),
)
def test_whatever_is_let_through_never_takes_more_than_stands(
    made: list[tuple[int, str]], asked: int, kept: CardPayment
) -> None:
    kind = "DeferredRelease" if kept is RESERVED else "AuthoriseRelease"
    releases = [payment(kind, pence, status, id=f"P-{n}") for n, (pence, status) in enumerate(made)]
    check = deferred if kept is RESERVED else authorised
    try:
        check(kept, *releases, pence=asked)
    except CardLimit:
        return
    used = sum(one.amount_pence for one in releases if one.status in ("successful", "pending"))
    assert asked + used <= kept.amount_pence
    assert kept is VERIFIED or used == 0


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 2500), st.integers(0, 90))
def test_what_stands_untouched_is_let_through(asked: int, after: int) -> None:
    assert authorised(VERIFIED, pence=asked, after=after) is VERIFIED
    within = min(after, 7)
    assert deferred(RESERVED, pence=asked, after=within) is RESERVED
