"""The chain of presentations: one standing claim for each failed payment, whoever plans it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from smarterpay.bacs import BankingCalendar
from smarterpay.journal import Journal
from smarterpay.journal.batches import RowState
from smarterpay.journal.decision import Decision, State
from smarterpay.journal.ledger import ItemNotFound, Seen
from smarterpay.journal.presentations import (
    LONGEST_PAYMENT_REFERENCE,
    OPERATION,
    Claim,
    Presentation,
    PresentationNotFound,
    reference_of,
)
from smarterpay.journal.refunds import NewRefund
from smarterpay.journal.schema import presentations
from smarterpay.money.accounts import ItemKind
from smarterpay.money.refund_rails import PaymentFailed, Rail, choose_rail
from tests.journal.builders import NOW, a_wish, exchange, reject, settled, start
from tests.journal.builders import REFUSED as REFUSED_CLOSING
from tests.journal.builders import RETRY as RETRY_CLOSING

FIRST_DAY, SECOND_DAY, THIRD_DAY = date(2026, 5, 20), date(2026, 5, 28), date(2026, 6, 4)


@pytest.fixture
def journal_url(request: pytest.FixtureRequest) -> str:
    """SQLite, and both databases where they could differ: where somebody else writes too."""
    kind = getattr(request, "param", "sqlite")
    url: str = request.getfixturevalue(f"{kind}_journal_url")
    return url


on_both = pytest.mark.parametrize("journal_url", ["sqlite", "postgresql"], indirect=True)


def seen(
    journal: Journal,
    id: str,
    status: str = "failed",
    *,
    of: str | None = None,
    on: date = FIRST_DAY,
    kind: ItemKind = ItemKind.DIRECT_DEBIT,
    mandate: str = "M01",
) -> None:
    record = Seen(
        id,
        kind,
        status,
        2500,
        reference="INV-118",
        mandate=mandate,
        related_item=of,
        due_on=on,
        bacs_code="ARUDD0" if status == "failed" else None,
    )
    assert not journal.ledger.see([record], NOW).doubts


def a_claim(of: str = "P1", first: str = "P1", on: date = SECOND_DAY) -> Claim:
    return Claim(of, first, "INV-118", 2500, on)


def stage(journal: Journal, *claims: Claim) -> str | None:
    return journal.presentations.stage(
        claims or (a_claim(),),
        lambda claim, taken: f"{claim.of_item} {taken.number}".encode(),
        source="plan",
        policy={"planned_by": "ada"},
        now=NOW,
    )


def staged(journal: Journal, *claims: Claim) -> list[Presentation]:
    batch = stage(journal, *claims)
    assert batch is not None
    rows = journal.batches.each_row(batch)
    return [journal.presentations.get(str(row.reference)) for row in rows]


# --- Claims ------------------------------------------------------------------------------------


def test_a_claim_takes_the_next_number_and_is_a_row_of_its_batch(journal: Journal) -> None:
    seen(journal, "P1")
    batch_id = stage(journal)
    assert batch_id is not None
    batch = journal.batches.get(batch_id)
    assert (batch.kind, batch.state, batch.rows_total) == ("representation", "staged", 1)
    assert batch.amount_pence == 2500
    ((row, payload),) = journal.batches.each_row_with_payload(batch_id)
    assert (row.line, row.state, payload) == (2, RowState.STAGED, b"P1 2")
    taken = journal.presentations.get(str(row.reference))
    assert (taken.first_item_id, taken.number, taken.of_item_id) == ("P1", 2, "P1")
    assert (taken.batch_id, taken.collection_date) == (batch_id, SECOND_DAY)
    assert (taken.item_id, taken.begun_at, taken.given_up_at) == (None, None, None)


@on_both
def test_a_payment_is_claimed_once(journal: Journal, other_journal: Journal) -> None:
    seen(journal, "P1")
    seen(journal, "P2")
    assert stage(journal) is not None
    assert stage(other_journal) is None
    assert [one.of_item_id for one in staged(other_journal, a_claim(), a_claim("P2", "P2"))] == [
        "P2"
    ]
    assert len(journal.batches.list()) == 2


def test_a_payment_that_another_one_follows_is_not_claimed(journal: Journal) -> None:
    """By the SUN's rejection profile, or by hand in the portal (section 10)."""
    seen(journal, "P1")
    seen(journal, "P2", "pending_submission", of="P1", on=SECOND_DAY)
    assert stage(journal) is None


@on_both
def test_eight_planners_at_once_claim_each_payment_once(
    journal: Journal, other_journal: Journal
) -> None:
    payments = [f"P{n}" for n in range(6)]
    for id in payments:
        seen(journal, id)
    together = Barrier(8)

    def plan(n: int) -> list[str | None]:
        together.wait()
        own = journal if n % 2 else other_journal
        wanted = payments if n % 3 else payments[::-1]
        batch = stage(own, *(a_claim(id, id) for id in wanted))
        if batch is None:
            return []
        found = [own.presentations.get(str(r.reference)) for r in own.batches.each_row(batch)]
        return [one.of_item_id for one in found]

    with ThreadPoolExecutor(8) as pool:
        claimed = [id for ids in pool.map(plan, range(8)) for id in ids]
    assert sorted(map(str, claimed)) == payments


@on_both
def test_the_database_itself_refuses_a_second_standing_claim(journal: Journal) -> None:
    seen(journal, "P1")
    (taken,) = staged(journal)
    forged = {
        "first_item_id": "P1",
        "number": 7,
        "of_item_id": "P1",
        "standing": "P1",
        "reference": "FORGED",
        "planned_at": NOW,
    }
    with pytest.raises(IntegrityError), journal.database.write() as connection:
        connection.execute(insert(presentations), [forged])
    journal.presentations.give_up(taken.reference, NOW)
    with journal.database.write() as connection:
        connection.execute(insert(presentations), [forged])


def test_the_references_of_one_schedules_payments_differ_and_fit() -> None:
    """Payments of a schedule carry its reference, all of them (section 12, "Schedule work")."""
    long = Claim("P1", "P1", "X" * LONGEST_PAYMENT_REFERENCE, 1, SECOND_DAY)
    other = Claim("P2", "P2", "X" * LONGEST_PAYMENT_REFERENCE, 1, SECOND_DAY)
    references = {reference_of(claim, n) for claim in (long, other) for n in (2, 3, 12)}
    assert len(references) == 6
    assert all(len(one) <= LONGEST_PAYMENT_REFERENCE for one in references)
    nameless = Claim("P1", "P1", None, 1, SECOND_DAY)
    assert reference_of(nameless, 2).startswith("P1/R2-")
    assert reference_of(a_claim(), 2).startswith("INV-118/R2-")


# --- Begun, made, given up ---------------------------------------------------------------------


def test_what_is_given_up_is_never_begun_and_its_number_never_taken_again(
    journal: Journal,
) -> None:
    seen(journal, "P1")
    (taken,) = staged(journal)
    assert journal.presentations.withdraw(taken.reference, NOW)
    assert journal.presentations.withdraw(taken.reference, NOW + timedelta(days=1))
    assert not journal.presentations.begin(taken.reference, NOW)
    assert journal.presentations.get(taken.reference).given_up_at == NOW
    (again,) = staged(journal)
    assert (again.number, again.reference != taken.reference) == (3, True)


def test_what_is_begun_is_not_withdrawn(journal: Journal) -> None:
    seen(journal, "P1")
    (taken,) = staged(journal)
    assert journal.presentations.begin(taken.reference, NOW)
    assert journal.presentations.begin(taken.reference, NOW + timedelta(days=1))
    assert journal.presentations.get(taken.reference).begun_at == NOW
    assert not journal.presentations.withdraw(taken.reference, NOW)
    reject(journal, str(taken.batch_id))
    assert journal.presentations.withdraw_rejected(NOW) == 0
    assert journal.presentations.withdraw_lapsed(date(2030, 1, 1), NOW) == 0
    assert stage(journal) is None


@on_both
def test_whoever_begins_and_whoever_gives_up_at_once_agree(
    journal: Journal, other_journal: Journal
) -> None:
    payments = [f"P{n}" for n in range(12)]
    for id in payments:
        seen(journal, id)
    references = [one.reference for one in staged(journal, *(a_claim(p, p) for p in payments))]
    together = Barrier(2)

    def begin() -> list[bool]:
        together.wait()
        return [journal.presentations.begin(one, NOW) for one in references]

    def withdraw() -> list[bool]:
        together.wait()
        return [other_journal.presentations.withdraw(one, NOW) for one in references[::-1]]

    with ThreadPoolExecutor(2) as pool:
        begun, withdrawn = pool.submit(begin), pool.submit(withdraw)
    assert withdrawn.result()[::-1] == [not one for one in begun.result()]


def test_what_was_made_is_told_once_and_not_given_up(journal: Journal) -> None:
    seen(journal, "P1")
    (taken,) = staged(journal)
    journal.presentations.begin(taken.reference, NOW)
    journal.presentations.record(taken.reference, "P2")
    journal.presentations.record(taken.reference, "P2")
    with pytest.raises(ValueError, match="P2, and now P9"):
        journal.presentations.record(taken.reference, "P9")
    journal.presentations.give_up(taken.reference, NOW)
    kept = journal.presentations.get(taken.reference)
    assert (kept.item_id, kept.given_up_at) == ("P2", None)


def test_a_rejected_batch_and_a_day_that_is_gone_free_what_was_not_begun(
    journal: Journal,
) -> None:
    for id in ("P1", "P2", "P3"):
        seen(journal, id)
    first = staged(journal, a_claim("P1", "P1"), a_claim("P2", "P2"))
    staged(journal, a_claim("P3", "P3", THIRD_DAY))
    journal.presentations.begin(first[0].reference, NOW)
    assert journal.presentations.withdraw_rejected(NOW) == 0
    reject(journal, str(first[0].batch_id))
    assert journal.presentations.withdraw_rejected(NOW) == 1
    assert [one.number for one in staged(journal, a_claim("P2", "P2"))] == [3]
    assert journal.presentations.withdraw_lapsed(SECOND_DAY, NOW) == 0
    assert journal.presentations.withdraw_lapsed(THIRD_DAY, NOW) == 1
    assert stage(journal, a_claim("P3", "P3")) is None


def test_what_was_never_planned_is_not_found(journal: Journal) -> None:
    with pytest.raises(PresentationNotFound, match="INV-1/R2"):
        journal.presentations.get("INV-1/R2")
    with pytest.raises(ItemNotFound):
        journal.presentations.chain("P404")
    with pytest.raises(ItemNotFound):
        journal.presentations.standing("P404")


# --- How a payment stands ----------------------------------------------------------------------


def test_the_unpaid_are_failed_direct_debits_that_nothing_follows(journal: Journal) -> None:
    seen(journal, "P1")
    seen(journal, "P2", of="P1", on=SECOND_DAY)
    seen(journal, "P3", "successful")
    seen(journal, "P4", on=FIRST_DAY - timedelta(days=1))
    seen(journal, "P5", kind=ItemKind.CARD)
    seen(journal, "C1", "submitted", of="P2", kind=ItemKind.CREDIT)  # a refund presents nothing
    assert journal.presentations.unpaid(FIRST_DAY) == ["P2"]
    assert journal.presentations.unpaid(FIRST_DAY - timedelta(days=1)) == ["P4", "P2"]


def test_a_chain_is_counted_from_its_first_presentation(journal: Journal) -> None:
    seen(journal, "P1")
    (second,) = staged(journal)
    journal.presentations.begin(second.reference, NOW)
    seen(journal, "P2", of="P1", on=SECOND_DAY)
    journal.presentations.record(second.reference, "P2")
    (third,) = staged(journal, a_claim("P2", "P1", THIRD_DAY))
    assert third.number == 3

    stands = journal.presentations.standing("P2")
    assert (stands.first.id, stands.item.id, stands.missing) == ("P1", "P2", None)
    assert (stands.times_presented_again, stands.presented_again_by) == (2, third.reference)
    without = journal.presentations.standing("P2", besides=third.reference)
    assert (without.times_presented_again, without.presented_again_by) == (1, None)
    assert journal.presentations.standing("P1").presented_again_by == "P2"
    assert journal.presentations.standing("P1", besides=second.reference).presented_again_by is None


def test_what_the_provider_presents_by_itself_counts_too(journal: Journal) -> None:
    seen(journal, "P1")
    seen(journal, "P2", of="P1", on=SECOND_DAY)
    seen(journal, "P3", "cancelled", of="P2", on=THIRD_DAY)
    stands = journal.presentations.standing("P2")
    assert (stands.times_presented_again, stands.presented_again_by) == (1, "P3")


def test_a_chain_whose_start_is_not_known_says_so(journal: Journal) -> None:
    seen(journal, "P2", of="P1", on=SECOND_DAY)
    stands = journal.presentations.standing("P2")
    assert (stands.first.id, stands.missing) == ("P2", "P1")


def test_a_claim_on_the_same_mandate_is_seen(journal: Journal) -> None:
    seen(journal, "P1")
    seen(journal, "P2", "indemnity_claimed", mandate="M02")
    assert not journal.presentations.standing("P1").mandate_under_claim
    seen(journal, "P3", "indemnity_claimed")
    assert journal.presentations.standing("P1").mandate_under_claim


def test_the_chain_tells_every_presentation_and_the_result(journal: Journal) -> None:
    seen(journal, "P1")
    assert journal.presentations.chain("P1").result == "unpaid"
    (second,) = staged(journal)
    assert journal.presentations.chain("P1").result == "under way"
    journal.presentations.give_up(second.reference, NOW)
    (third,) = staged(journal, a_claim(on=THIRD_DAY))
    journal.presentations.begin(third.reference, NOW)
    asked = journal.presentations.chain("P1")
    assert [(one.number, one.status) for one in asked.links] == [
        (1, "failed"),
        (2, "given up"),
        (3, "asked"),
    ]
    seen(journal, "P2", "successful", of="P1", on=THIRD_DAY)
    journal.presentations.record(third.reference, "P2")

    chain = journal.presentations.chain("P2")
    assert (chain.first_item_id, chain.result) == ("P1", "collected")
    last = chain.links[-1]
    assert (last.number, last.item_id, last.of_item_id) == (3, "P2", "P1")
    assert (last.collection_date, last.amount_pence, last.status) == (THIRD_DAY, 2500, "successful")
    assert chain == journal.presentations.chain("P1")


def test_the_result_of_a_chain_is_that_of_its_last_money(journal: Journal) -> None:
    results = {
        "failed": "unpaid",
        "pending_submission": "under way",
        "submitted": "under way",
        "indemnity_claimed": "claimed back",
        "cancelled": "unpaid",
    }
    for status in results:
        seen(journal, f"P1-{status}")
        seen(journal, f"P2-{status}", status, of=f"P1-{status}", on=SECOND_DAY)
    told = {status: journal.presentations.chain(f"P1-{status}").result for status in results}
    assert told == results


def test_a_claim_that_was_lost_is_no_unpaid_payment(journal: Journal) -> None:
    """Section 11: it ends as failed, and keeps the code of its claim."""
    seen(journal, "P1", "indemnity_claimed")
    lost = Seen("P1", ItemKind.DIRECT_DEBIT, "failed", 2500, bacs_code="DDICA2")
    assert not journal.ledger.see([lost], NOW).doubts
    assert journal.presentations.chain("P1").result == "claimed back"


def test_a_chain_that_collected_twice_says_so(journal: Journal) -> None:
    """Ours, and one by hand in the same moment: the payer has paid twice."""
    seen(journal, "P1")
    for id in ("P2", "P3"):
        seen(journal, id, "successful", of="P1", on=SECOND_DAY)
    assert journal.presentations.chain("P1").result == "collected more than once"


def test_a_chain_begins_with_its_first_presentation_though_its_day_is_not_known(
    journal: Journal,
) -> None:
    first = Seen("P1", ItemKind.DIRECT_DEBIT, "failed", 2500, bacs_code="ARUDD0")
    assert not journal.ledger.see([first], NOW).doubts
    seen(journal, "P2", of="P1", on=SECOND_DAY)
    links = journal.presentations.chain("P2").links
    assert [(one.number, one.item_id) for one in links] == [(1, "P1"), (None, "P2")]


def test_what_was_planned_before_the_first_one_was_known_stays_in_the_chain(
    journal: Journal,
) -> None:
    seen(journal, "P2", on=SECOND_DAY)
    (planned,) = staged(journal, a_claim("P2", "P2", THIRD_DAY))
    seen(journal, "P1")
    seen(journal, "P2", of="P1", on=SECOND_DAY)
    assert planned.reference in [one.reference for one in journal.presentations.chain("P1").links]
    stands = journal.presentations.standing("P2")
    assert (stands.first.id, stands.times_presented_again) == ("P1", 2)
    assert stands.presented_again_by == planned.reference


def test_what_was_refunded_of_any_presentation_counts_for_the_chain(journal: Journal) -> None:
    """Refunded, returned late, and presented again by the provider (section 10)."""
    seen(journal, "P1", "successful")
    refund = NewRefund("R1", "P1", 1000, Rail.CREDIT, "why", "0" * 64)
    journal.refunds.hold(refund, NOW)
    seen(journal, "P1")
    seen(journal, "P2", of="P1", on=SECOND_DAY)
    assert journal.presentations.standing("P2").refund_held_pence == 1000


def test_the_refund_of_what_failed_names_what_presents_it_again(journal: Journal) -> None:
    seen(journal, "P1")
    seen(journal, "P2", "successful", of="P1", on=SECOND_DAY)
    facts = journal.refunds.facts(journal.ledger.get("P1"), None)
    with pytest.raises(PaymentFailed, match="P2 presents it again, refund that one"):
        choose_rail(facts, NOW, BankingCalendar())


def test_calls_that_were_refused_are_counted_and_those_taken_back_are_not(
    journal: Journal,
) -> None:
    seen(journal, "P1")
    for closing in (REFUSED_CLOSING, None):
        (taken,) = staged(journal)
        journal.presentations.begin(taken.reference, NOW)
        wish = a_wish(reference=taken.reference, operation=OPERATION)
        intent, _ = journal.intents.open(wish, NOW)
        if closing is None:
            assert journal.intents.withdraw(intent.id, "the mandate is cancelled", NOW)
        else:
            exchange(journal, intent, closing)
            refused_in = taken.batch_id
        journal.presentations.give_up(taken.reference, NOW)
    stands = journal.presentations.standing("P1")
    assert (stands.times_refused, stands.refused_in) == (1, refused_in)


# --- An intent taken back before a byte left ---------------------------------------------------


def test_an_intent_is_withdrawn_before_it_is_sent_and_then_never_sent(journal: Journal) -> None:
    intent, _ = journal.intents.open(a_wish(), NOW)
    assert journal.intents.withdraw(intent.id, "the mandate is cancelled", NOW)
    assert journal.intents.withdraw(intent.id, "the mandate is cancelled", NOW)
    again, decision = journal.intents.open(a_wish(), NOW)
    assert (again.state, decision) == (State.REFUSED, Decision.RETURN_REFUSAL)
    with pytest.raises(AssertionError, match="moved_on"):
        start(journal, intent)


def test_an_intent_that_may_have_been_sent_is_not_withdrawn(journal: Journal) -> None:
    intent, _ = journal.intents.open(a_wish(), NOW)
    start(journal, intent)
    assert not journal.intents.withdraw(intent.id, "too late", NOW)
    assert journal.intents.get(intent.id).state is State.UNKNOWN


def test_an_intent_that_executed_nothing_or_was_refused_is_withdrawn(journal: Journal) -> None:
    refused = settled(journal, REFUSED_CLOSING)
    assert journal.intents.withdraw(refused.id, "no matter", NOW)
    tried, _ = journal.intents.open(a_wish(reference="CUST-1"), NOW)
    exchange(journal, tried, RETRY_CLOSING)
    assert journal.intents.withdraw(tried.id, "the month is over", NOW)
