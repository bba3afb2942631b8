"""The chooser of a refund's rail, over every state a payment can be in (sections 7, 8 and 11)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smarterpay.bacs import BankingCalendar, PaymentStatus
from smarterpay.bacs.service_life_cycles import CardPaymentStatus
from smarterpay.money.accounts import ItemKind
from smarterpay.money.refund_rails import (
    RAILS_OF,
    AlreadyRefunded,
    Choice,
    Deed,
    NotYetSettled,
    PartCannotBeCancelled,
    PayerAccount,
    PaymentFailed,
    Rail,
    RefundExceedsWhatIsLeft,
    RefundFacts,
    RefundRefused,
    StatusNotKnown,
    UnderIndemnityClaim,
    card_clears_at,
    choose_rail,
)

CALENDAR = BankingCalendar()
FRIDAY = datetime(2026, 6, 5, 14, 0, tzinfo=UTC)
GOOD_ACCOUNT = PayerAccount(enabled=True, credits_allowed=True)
WHOLE = {Rail.VOID, Rail.CANCEL_DEFERRED, Rail.CANCEL_PAYMENT}

CARD_PAYMENT = RefundFacts(
    payment="P02",
    kind=ItemKind.CARD,
    status=CardPaymentStatus.SUCCESSFUL,
    amount_pence=2500,
    left_pence=2500,
    asked_pence=None,
    made_at=FRIDAY,
    collected_on=FRIDAY.date(),
    payment_type="Ecommerce",
    card="card",
)
DIRECT_DEBIT = replace(
    CARD_PAYMENT,
    payment="P01",
    kind=ItemKind.DIRECT_DEBIT,
    status=PaymentStatus.SUCCESSFUL,
    payment_type="ongoing_collection",
    card=None,
    collected_on=date(2026, 6, 3),
    account=GOOD_ACCOUNT,
)

amounts = st.integers(0, 5)
facts = st.builds(
    RefundFacts,
    payment=st.just("P01"),
    kind=st.sampled_from(ItemKind),
    status=st.sampled_from([*PaymentStatus, *CardPaymentStatus, "a new word"]).map(str),
    amount_pence=amounts,
    left_pence=amounts,
    asked_pence=st.none() | st.integers(1, 6),
    made_at=st.none() | st.integers(0, 100).map(lambda hours: FRIDAY - timedelta(hours=hours)),
    collected_on=st.none() | st.just(date(2026, 6, 3)),
    payment_type=st.sampled_from([None, "DeferredMOTO", "AuthenticateMOTO", "MOTO", "deferred X"]),
    card=st.none() | st.just("card"),
    was_claimed=st.booleans(),
    account=st.none()
    | st.builds(PayerAccount, st.booleans(), st.booleans(), st.none() | st.just("report ADDACSE")),
).filter(lambda one: one.left_pence <= one.amount_pence)
releases = st.just((None, 0)) | st.tuples(st.just("P02"), st.integers(1, 5))


@settings(max_examples=400, deadline=None)
@given(facts, releases, st.none() | st.sampled_from(Deed))
def test_no_pence_go_back_that_were_not_taken_are_held_already_or_are_anothers(
    given_facts: RefundFacts, released: tuple[str | None, int], deed: Deed | None
) -> None:
    given_facts = replace(given_facts, released_by=released[0], released_pence=released[1])
    try:
        choice = choose_rail(given_facts, FRIDAY, CALENDAR, deed)
    except RefundRefused as error:
        refusal = error
    else:
        assert deed is None or choice.rail in RAILS_OF[deed]
        if given_facts.payment_type == "AuthenticateMOTO" and choice.rail is Rail.CANCEL_DEFERRED:
            assert deed is Deed.CANCEL
            left = given_facts.left_pence - given_facts.released_pence
            assert 0 < choice.amount_pence == left
        else:
            _assert_sound(given_facts, choice)
        return
    assert refusal.slug
    assert refusal.payment == "P01"
    assert "P01" in str(refusal)


def _assert_sound(given_facts: RefundFacts, choice: Choice) -> None:
    assert 0 < choice.amount_pence <= given_facts.left_pence
    assert choice.amount_pence == (given_facts.asked_pence or given_facts.left_pence)
    assert choice.why
    taken = given_facts.status == PaymentStatus.SUCCESSFUL
    assert taken is (choice.rail is not Rail.CANCEL_PAYMENT)
    if choice.rail in WHOLE:
        assert choice.amount_pence == given_facts.amount_pence
    if choice.rail is Rail.CREDIT:
        assert given_facts.account == GOOD_ACCOUNT
    elif choice.rail is not Rail.CANCEL_PAYMENT:
        assert given_facts.card is not None
    assert (given_facts.kind, choice.rail) in {
        (ItemKind.CARD, Rail.VOID),
        (ItemKind.CARD, Rail.CARD_REFUND),
        (ItemKind.RESERVATION, Rail.CANCEL_DEFERRED),
        (ItemKind.DIRECT_DEBIT, Rail.CREDIT),
        (ItemKind.DIRECT_DEBIT, Rail.CANCEL_PAYMENT),
    }


@settings(max_examples=200, deadline=None)
@given(st.lists(st.none() | st.integers(1, 2600), max_size=6), st.integers(0, 120))
def test_refunds_one_after_the_other_never_exceed_what_was_taken(
    asked: list[int | None], hours: int
) -> None:
    """Two rails never pay the same pence: what one has, the next choice does not see."""
    left, paid = 2500, 0
    for wish in asked:
        now = FRIDAY + timedelta(hours=hours)
        wanted = replace(CARD_PAYMENT, left_pence=left, asked_pence=wish)
        try:
            choice = choose_rail(wanted, now, CALENDAR)
        except RefundRefused:
            continue
        left, paid = left - choice.amount_pence, paid + choice.amount_pence
    assert paid + left == 2500
    assert left >= 0


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 60 * 24 * 60))
def test_section_8_before_06_00_of_the_next_banking_day_a_card_is_voided_after_it_refunded(
    minutes: int,
) -> None:
    made_at = datetime(2026, 4, 1, tzinfo=UTC) + timedelta(minutes=minutes)  # Easter is near
    clears = card_clears_at(made_at, CALENDAR)
    one = replace(CARD_PAYMENT, made_at=made_at)
    assert choose_rail(one, clears, CALENDAR).rail is Rail.CARD_REFUND
    assert choose_rail(one, clears - timedelta(seconds=1), CALENDAR).rail is Rail.VOID
    part = replace(one, asked_pence=1)
    assert choose_rail(part, clears, CALENDAR) == Choice(
        Rail.CARD_REFUND, 1, "the card payment has had its day to clear, so the card is refunded"
    )
    with pytest.raises(NotYetSettled) as early:
        choose_rail(part, clears - timedelta(seconds=1), CALENDAR)
    assert early.value.until == clears.date()


def test_section_8_a_payment_of_friday_clears_on_monday_morning() -> None:
    assert card_clears_at(FRIDAY, CALENDAR).isoformat() == "2026-06-08T06:00:00+01:00"


def test_section_12_a_submitted_debit_is_asked_for_again_when_it_has_settled() -> None:
    with pytest.raises(NotYetSettled) as early:
        choose_rail(replace(DIRECT_DEBIT, status="submitted"), FRIDAY, CALENDAR)
    assert early.value.until == date(2026, 6, 8)


def test_a_refusal_carries_its_figures() -> None:
    with pytest.raises(RefundExceedsWhatIsLeft) as too_much:
        choose_rail(replace(DIRECT_DEBIT, left_pence=1000, asked_pence=1001), FRIDAY, CALENDAR)
    assert (too_much.value.asked_pence, too_much.value.left_pence) == (1001, 1000)
    with pytest.raises(AlreadyRefunded, match=r"all £25\.00 of P01"):
        choose_rail(replace(DIRECT_DEBIT, left_pence=0), FRIDAY, CALENDAR)


@pytest.mark.parametrize(
    ("status", "was_claimed", "refusal"),
    [
        ("indemnity_claimed", True, UnderIndemnityClaim),
        ("failed", True, UnderIndemnityClaim),  # the challenge was lost: the payer has the money
        ("failed", False, PaymentFailed),
        ("returned to sender", False, StatusNotKnown),
    ],
)
def test_section_10_a_claimed_payment_is_never_paid_back_twice(
    status: str, was_claimed: bool, refusal: type[RefundRefused]
) -> None:
    claimed = replace(DIRECT_DEBIT, status=status, was_claimed=was_claimed)
    with pytest.raises(refusal):
        choose_rail(claimed, FRIDAY, CALENDAR)


def test_section_11_a_won_challenge_leaves_a_payment_that_can_be_refunded() -> None:
    won = replace(DIRECT_DEBIT, was_claimed=True)
    assert choose_rail(won, FRIDAY, CALENDAR).rail is Rail.CREDIT


def test_a_part_of_what_another_refund_left_of_a_fresh_card_payment_waits_for_clearing() -> None:
    """All that is left is not all of it: a void would give back what is held elsewhere."""
    with pytest.raises(NotYetSettled):
        choose_rail(replace(CARD_PAYMENT, left_pence=1500), FRIDAY, CALENDAR)


def test_section_7_7_a_part_of_a_pending_debit_is_an_amendment() -> None:
    with pytest.raises(PartCannotBeCancelled, match="amend its amount"):
        choose_rail(
            replace(DIRECT_DEBIT, status="pending_submission", asked_pence=1), FRIDAY, CALENDAR
        )
