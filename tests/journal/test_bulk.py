"""Bulk calls: the call and its rows are written down together, and each row is settled once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from smarterpay.journal import Journal
from smarterpay.journal.bulk import ROW_REFUSED, BulkWish, RowVerdict, Taken
from smarterpay.journal.decision import Decision, State
from smarterpay.journal.intents import AnothersIntent, Busy, Closing, Intent, NotForAPerson, Wish
from smarterpay.journal.leases import new_lease
from smarterpay.journal.schema import bulk_rows, intents
from smarterpay.settings import Settings
from tests.journal.builders import (
    NOW,
    REFUSED,
    RETRY,
    SUCCEEDED,
    UNKNOWN,
    exchange,
    start,
)

REFERENCES = ("INV-1", "INV-2", "INV-3")
ACCEPTED = Closing(
    "succeeded", State.SUCCEEDED, status=202, replayed=False, record_id="AR01", answer=b"{}"
)
KEY_REUSED = Closing("stop", State.NEEDS_ATTENTION, status=422, reason="KeyReused")
A_MINUTE = timedelta(minutes=1)


def a_row(reference: str, amount: int = 2500) -> Wish:
    """A payment as it would be made by itself."""
    return Wish("payment.create", reference, "POST", "/payment", f'{{"amount":{amount}}}'.encode())


def a_bulk(*rows: Wish, reference: str = "RUN-1") -> BulkWish:
    """The wish for one call of `rows`."""

    def call(positions: Sequence[int]) -> Wish:
        body = b"[" + b",".join(rows[position].body for position in positions) + b"]"
        return Wish("payment.bulk_create", reference, "POST", "/payments", body)

    return BulkWish("payment.bulk_create", reference, rows, call)


THREE = a_bulk(*(a_row(reference) for reference in REFERENCES))


def opened(journal: Journal, wish: BulkWish = THREE) -> Intent:
    """A call in the journal."""
    call = journal.bulks.open(wish, NOW)
    assert call is not None
    return call


def states(journal: Journal, *references: str) -> list[State]:
    """How the rows with these references stand."""
    every = references or REFERENCES
    return [journal.intents.find(one, "payment.create")[0].state for one in every]


def row(journal: Journal, reference: str = "INV-1") -> Intent:
    """One row as it stands."""
    (found,) = journal.intents.find(reference, "payment.create")
    return found


class TestOpening:
    def test_the_call_and_every_row_are_committed_before_a_byte_leaves(
        self, journal: Journal, other_journal: Journal
    ) -> None:
        call = opened(journal)

        assert (call.state, call.is_bulk, call.bulk_intent_id) == (State.OPENED, True, None)
        seen = other_journal.bulks.rows(call.id)
        assert [(one.position, one.intent.reference) for one in seen] == list(enumerate(REFERENCES))
        assert {one.intent.bulk_intent_id for one in seen} == {call.id}
        assert (
            other_journal.intents.request_body(call.id)
            == b"[" + b",".join([b'{"amount":2500}'] * 3) + b"]"
        )

    def test_a_row_has_the_key_and_the_bytes_of_the_single_create(
        self, journal: Journal, settings: Settings
    ) -> None:
        opened(journal)
        in_bulk = row(journal)
        with Journal.open(
            settings.model_copy(update={"journal_url": None, "home": settings.home / "other"}),
            clock=journal.clock,
        ) as elsewhere:
            alone, _ = elsewhere.intents.open(a_row("INV-1"), NOW)
        assert (in_bulk.key, in_bulk.request_sha256) == (alone.key, alone.request_sha256)
        assert journal.intents.request_body(in_bulk.id) == b'{"amount":2500}'

    def test_the_same_call_again_finds_the_stored_one_whatever_its_rows_now_are(
        self, journal: Journal, other_journal: Journal
    ) -> None:
        call = opened(journal)
        changed = a_bulk(a_row("INV-1", amount=1), a_row("INV-9"))

        assert other_journal.bulks.open(changed, NOW + A_MINUTE) == call
        assert journal.intents.find("INV-9") == []
        assert len(journal.bulks.rows(call.id)) == 3

    def test_rows_that_are_settled_or_in_flight_elsewhere_are_left_out(
        self, journal: Journal
    ) -> None:
        alone, _ = journal.intents.open(a_row("INV-1"), NOW)
        exchange(journal, alone, SUCCEEDED)
        journal.intents.open(a_row("INV-2"), NOW)
        opened(journal, a_bulk(a_row("INV-3"), reference="RUN-0"))

        call = opened(journal, a_bulk(*map(a_row, (*REFERENCES, "INV-4")), reference="RUN-1"))

        (only,) = journal.bulks.rows(call.id)
        assert (only.position, only.intent.reference) == (0, "INV-4")
        assert journal.intents.request_body(call.id) == b'[{"amount":2500}]'

    def test_nothing_is_opened_where_no_row_is_left(self, journal: Journal) -> None:
        opened(journal)

        again = a_bulk(*(a_row(reference) for reference in REFERENCES), reference="RUN-2")

        assert journal.bulks.open(again, NOW) is None
        assert journal.intents.find("RUN-2") == []

    def test_an_intent_of_another_merchant_is_never_taken_for_a_row(
        self, journal: Journal, settings: Settings
    ) -> None:
        other = settings.model_copy(update={"merchant": "other"})
        with Journal.open(other, clock=journal.clock) as theirs:
            theirs.intents.open(a_row("INV-2"), NOW)
        with pytest.raises(AnothersIntent):
            journal.bulks.open(THREE, NOW)
        assert journal.intents.find("INV-1") == []

    def test_rows_have_references_of_their_own(self) -> None:
        with pytest.raises(ValueError, match="reference of its own"):
            a_bulk(a_row("INV-1"), a_row("INV-1", amount=1))


class TestTheDatabaseHolds:
    def test_that_a_row_travels_once_for_each_generation(self, journal: Journal) -> None:
        """Around the repository: a second call that carries the same row is refused."""
        opened(journal)
        second = opened(journal, a_bulk(a_row("INV-9"), reference="RUN-2"))

        with pytest.raises(IntegrityError), journal.database.write() as connection:
            connection.execute(
                insert(bulk_rows).values(
                    bulk_intent_id=second.id,
                    bulk_generation=0,
                    position=1,
                    row_intent_id=row(journal).id,
                    row_generation=0,
                )
            )


class TestAtOnce:
    """Several processes open calls that share rows, in another order each."""

    def test_each_row_travels_in_one_of_them(
        self, journal: Journal, other_journal: Journal
    ) -> None:
        rows = [a_row(f"INV-{n:02}") for n in range(40)]
        wishes = [
            a_bulk(*(rows if n % 2 else rows[::-1])[n : n + 20], reference=f"RUN-{n}")
            for n in range(12)
        ]
        with ThreadPoolExecutor(6) as threads:
            opened_by = list(
                threads.map(
                    lambda n: (other_journal if n % 2 else journal).bulks.open(wishes[n], NOW),
                    range(12),
                )
            )

        carried = [
            row.intent.reference
            for call in opened_by
            if call is not None
            for row in journal.bulks.rows(call.id)
        ]
        asked = {row.reference for wish in wishes for row in wish.rows}
        assert sorted(carried) == sorted(asked)

    def test_the_same_call_is_opened_once(self, journal: Journal, other_journal: Journal) -> None:
        with ThreadPoolExecutor(6) as threads:
            calls = set(
                threads.map(
                    lambda n: (other_journal if n % 2 else journal).bulks.open(THREE, NOW),
                    range(6),
                )
            )

        assert len(calls) == 1
        assert journal.intents.counts() == {State.OPENED: 4}

    def test_settling_and_opening_do_not_lock_each_other_out(
        self, journal: Journal, other_journal: Journal
    ) -> None:
        """PostgreSQL ends one of two transactions that wait for each other; none may here."""
        rows = [a_row(f"INV-{n:03}") for n in range(60)]
        call = opened(journal, a_bulk(*rows))
        attempt = start(journal, call)
        with ThreadPoolExecutor(4) as threads:
            settling = threads.submit(journal.intents.close_attempt, attempt, REFUSED, NOW)
            opening = [
                threads.submit(
                    other_journal.bulks.open, a_bulk(*rows[::-1], reference=f"RUN-{n}"), NOW
                )
                for n in range(2, 5)
            ]
            assert settling.result().state is State.REFUSED
            for one in opening:
                assert one.result() is None
        assert set(states(journal, "INV-000", "INV-059")) == {State.REFUSED}


class TestARowInACall:
    @pytest.mark.parametrize("amount", [2500, 1], ids=["same bytes", "other bytes"])
    def test_is_never_sent_by_itself(self, journal: Journal, amount: int) -> None:
        call = opened(journal)

        intent, decision = journal.intents.open(a_row("INV-1", amount), NOW)

        assert decision is Decision.WAIT_FOR_BULK
        assert (intent.generation, intent.bulk_intent_id) == (0, call.id)
        started = journal.intents.start_attempt(intent.id, intent.key, new_lease(), NOW)
        assert started is Busy.IN_BULK
        start(journal, call)
        late = NOW + timedelta(hours=30)
        assert journal.intents.open(a_row("INV-1", amount), late)[1] is Decision.WAIT_FOR_BULK
        kept = journal.intents.next_generation(a_row("INV-1"), intent.key, late)
        assert kept.generation == 0

    def test_is_unknown_from_the_moment_the_call_is_sent(self, journal: Journal) -> None:
        call = opened(journal)
        assert states(journal) == [State.OPENED] * 3

        start(journal, call)

        assert states(journal) == [State.UNKNOWN] * 3
        assert row(journal).first_sent_at == NOW

    def test_is_as_untouched_as_a_call_of_which_nothing_was_executed(
        self, journal: Journal
    ) -> None:
        """Section 3: a call refused with 429 was not executed."""
        call = opened(journal)

        exchange(journal, call, RETRY)

        assert states(journal) == [State.OPENED] * 3
        assert row(journal).first_sent_at is None

    @pytest.mark.parametrize("closing", [UNKNOWN, ACCEPTED], ids=["unknown", "202"])
    def test_stays_unknown_until_it_is_judged_itself(
        self, journal: Journal, closing: Closing
    ) -> None:
        """Section 7.9: every row is judged on its own."""
        exchange(journal, opened(journal), closing)

        assert states(journal) == [State.UNKNOWN] * 3

    def test_is_refused_with_the_whole_call(self, journal: Journal) -> None:
        exchange(journal, opened(journal), REFUSED)

        assert states(journal) == [State.REFUSED] * 3
        assert (row(journal).status, row(journal).reason) == (400, REFUSED.reason)
        assert journal.intents.open(a_row("INV-1"), NOW)[1] is Decision.RETURN_REFUSAL

    def test_needs_a_person_with_the_whole_call(self, journal: Journal) -> None:
        exchange(journal, opened(journal), KEY_REUSED)

        assert states(journal) == [State.NEEDS_ATTENTION] * 3


class TestAfterARefusedCall:
    def test_a_changed_row_goes_out_by_itself(self, journal: Journal) -> None:
        exchange(journal, opened(journal), REFUSED)

        intent, decision = journal.intents.open(a_row("INV-1", amount=1), NOW)

        assert (intent.generation, intent.bulk_intent_id) == (1, None)
        assert decision is Decision.SEND_STORED_BYTES
        exchange(journal, intent, SUCCEEDED)
        assert states(journal) == [State.SUCCEEDED, State.REFUSED, State.REFUSED]

    @pytest.mark.parametrize("reference", ["RUN-1", "RUN-2"])
    def test_changed_rows_go_out_in_a_call_under_a_new_key(
        self, journal: Journal, reference: str
    ) -> None:
        first = opened(journal)
        exchange(journal, first, REFUSED)
        mended = a_bulk(a_row("INV-1", 1), a_row("INV-2"), a_row("INV-3", 1), reference=reference)

        again = opened(journal, mended)

        assert again.key != first.key
        assert again.generation == (1 if reference == "RUN-1" else 0)
        rows = journal.bulks.rows(again.id)
        assert [(one.position, one.intent.reference) for one in rows] == [
            (0, "INV-1"),
            (1, "INV-3"),
        ]
        assert {one.intent.generation for one in rows} == {1}
        assert states(journal) == [State.OPENED, State.REFUSED, State.OPENED]
        exchange(journal, again, ACCEPTED)
        assert states(journal) == [State.UNKNOWN, State.REFUSED, State.UNKNOWN]

    def test_unchanged_rows_open_nothing(self, journal: Journal) -> None:
        exchange(journal, opened(journal), REFUSED)

        again = opened(journal)

        assert (again.state, again.generation) == (State.REFUSED, 0)


class TestSettlingRows:
    @pytest.fixture
    def call(self, journal: Journal) -> Intent:
        """A call that was taken in as API request AR01."""
        return exchange(journal, opened(journal), ACCEPTED)

    def test_each_as_the_api_request_says(self, journal: Journal, call: Intent) -> None:
        verdicts = [
            RowVerdict(0, record_id="P01A", record_status="pending_submission"),
            RowVerdict(1, refusal="J Hetfield has no mandate"),
            RowVerdict(2, reason="the API request ended without telling"),
        ]

        assert journal.bulks.settle_rows(call.id, verdicts, NOW + A_MINUTE) == 3

        one, two, three = (row(journal, reference) for reference in REFERENCES)
        assert (one.state, one.record_id, one.record_status) == (
            State.SUCCEEDED,
            "P01A",
            "pending_submission",
        )
        assert (two.state, two.reason, two.record_id) == (State.REFUSED, ROW_REFUSED, None)
        assert (three.state, three.settled_at) == (State.NEEDS_ATTENTION, NOW + A_MINUTE)
        assert journal.intents.answer(two.id) == b"J Hetfield has no mandate"
        with journal.database.read() as connection:
            stored = connection.execute(
                select(intents.c.answer).where(intents.c.id == two.id)
            ).scalar_one()
        assert b"Hetfield" not in stored
        assert "Hetfield" not in repr(verdicts)

    def test_a_webhook_that_comes_first_settles(self, journal: Journal, call: Intent) -> None:
        """Section 7.9: `request_record.id` equals the API request's id."""
        bulks = journal.bulks
        assert bulks.take_row_failure("AR01", "INV-1", "no mandate", NOW) is Taken.SETTLED
        assert bulks.take_row_created("AR01", "INV-2", "P01B", NOW) is Taken.SETTLED

        late = [RowVerdict(0, record_id="P01X"), RowVerdict(1, record_id="P01Y")]
        assert bulks.settle_rows(call.id, late, NOW) == 0

        assert states(journal) == [State.REFUSED, State.SUCCEEDED, State.UNKNOWN]
        assert row(journal, "INV-2").record_id == "P01B"

    def test_a_webhook_that_comes_second_changes_nothing(
        self, journal: Journal, call: Intent
    ) -> None:
        bulks = journal.bulks
        bulks.settle_rows(call.id, [RowVerdict(0, record_id="P01A")], NOW)

        assert bulks.take_row_failure("AR01", "INV-1", "no mandate", NOW) is Taken.ALREADY
        assert bulks.take_row_created("AR01", "INV-1", "P01Z", NOW) is Taken.ALREADY

        assert (row(journal).state, row(journal).record_id) == (State.SUCCEEDED, "P01A")

    def test_news_of_rows_that_a_person_was_asked_about_settles_them(
        self, journal: Journal, call: Intent
    ) -> None:
        """The provider's own word on a row is what the person would have had to find out."""
        bulks = journal.bulks
        bulks.settle_rows(call.id, [RowVerdict(n, reason="not told") for n in range(3)], NOW)
        assert states(journal) == [State.NEEDS_ATTENTION] * 3

        assert bulks.take_row_failure("AR01", "INV-1", "no mandate", NOW) is Taken.SETTLED
        assert bulks.take_row_created("AR01", "INV-2", "P01B", NOW) is Taken.SETTLED
        assert bulks.take_row_created("AR01", "INV-2", "P01C", NOW) is Taken.ALREADY

        assert states(journal) == [State.REFUSED, State.SUCCEEDED, State.NEEDS_ATTENTION]
        assert row(journal, "INV-2").record_id == "P01B"

    @pytest.mark.parametrize(("request_id", "reference"), [("AR99", "INV-1"), ("AR01", "INV-9")])
    def test_news_of_what_is_not_ours_changes_nothing(
        self, journal: Journal, call: Intent, request_id: str, reference: str
    ) -> None:
        taken = journal.bulks.take_row_failure(request_id, reference, "no mandate", NOW)
        assert taken is Taken.NOT_OURS
        assert states(journal) == [State.UNKNOWN] * 3

    def test_a_record_of_another_kind_with_that_id_is_no_call(self, journal: Journal) -> None:
        alone, _ = journal.intents.open(a_row("INV-1"), NOW)
        exchange(journal, alone, SUCCEEDED)
        taken = journal.bulks.take_row_failure("CA01", "INV-1", "no mandate", NOW)
        assert taken is Taken.NOT_OURS


class TestReconciling:
    """A call whose outcome stays unknown is settled from the list of records, never sent anew."""

    @pytest.fixture
    def call(self, journal: Journal) -> Intent:
        """A call that got no answer."""
        return exchange(journal, opened(journal), UNKNOWN)

    def found(self, *record_ids: str | None) -> dict[int, RowVerdict]:
        """What the list told of the rows, in their order."""
        return {
            position: RowVerdict(position, record_id=one, reason="adopted by look-up")
            if one
            else RowVerdict(position, reason="no record was found")
            for position, one in enumerate(record_ids)
        }

    def test_every_row_found_settles_the_call(self, journal: Journal, call: Intent) -> None:
        settled = journal.bulks.settle_found(call, self.found("P01A", "P01B", "P01C"), NOW)
        assert settled.state is State.SUCCEEDED
        assert states(journal) == [State.SUCCEEDED] * 3

    def test_a_row_not_found_needs_a_person_and_so_does_the_call(
        self, journal: Journal, call: Intent
    ) -> None:
        settled = journal.bulks.settle_found(call, self.found("P01A", None, "P01C"), NOW)
        assert (settled.state, settled.reason) == (
            State.NEEDS_ATTENTION,
            "not every row was found",
        )
        assert states(journal) == [State.SUCCEEDED, State.NEEDS_ATTENTION, State.SUCCEEDED]

    def test_another_process_that_was_faster_stands(self, journal: Journal, call: Intent) -> None:
        journal.bulks.settle_found(call, self.found("P01A", "P01B", "P01C"), NOW)
        again = journal.bulks.settle_found(call, self.found(None, None, None), NOW)
        assert again.state is State.SUCCEEDED
        assert states(journal) == [State.SUCCEEDED] * 3

    def test_a_call_is_never_sent_under_a_new_key(self, journal: Journal, call: Intent) -> None:
        late = NOW + timedelta(hours=30)
        wish = Wish("payment.bulk_create", "RUN-1", "POST", "/payments", b"[]")
        assert journal.intents.next_generation(wish, call.key, late).generation == 0


class TestAPersonDecides:
    @pytest.fixture
    def call(self, journal: Journal) -> Intent:
        """A call of which nobody knows what became of two rows."""
        sent = exchange(journal, opened(journal), UNKNOWN)
        found = {
            0: RowVerdict(0, record_id="P01A"),
            1: RowVerdict(1, reason="no record was found"),
            2: RowVerdict(2, reason="no record was found"),
        }
        return journal.bulks.settle_found(sent, found, NOW)

    @pytest.mark.parametrize("decide", ["adopt", "reopen"])
    def test_on_rows_and_never_on_the_call(
        self, journal: Journal, call: Intent, decide: str
    ) -> None:
        decisions: dict[str, Any] = {
            "adopt": lambda: journal.intents.adopt_for_person(call.id, SUCCEEDED, "Ada", NOW),
            "reopen": lambda: journal.intents.reopen_for_person(call.id, "Ada", NOW),
        }
        with pytest.raises(NotForAPerson, match="under a new key it would create again"):
            decisions[decide]()
        assert journal.intents.get(call.id) == call

    def test_and_the_call_closes_with_the_last_row(self, journal: Journal, call: Intent) -> None:
        journal.intents.adopt_for_person(row(journal, "INV-2").id, SUCCEEDED, "Ada", NOW)
        assert journal.intents.get(call.id).state is State.NEEDS_ATTENTION

        journal.intents.reopen_for_person(row(journal, "INV-3").id, "Ada", NOW)

        closed = journal.intents.get(call.id)
        assert (closed.state, closed.reason) == (State.SUCCEEDED, "every row of it is settled")

    def test_and_a_reopened_row_goes_out_by_itself(self, journal: Journal, call: Intent) -> None:
        journal.intents.reopen_for_person(row(journal, "INV-3").id, "Ada", NOW)

        intent, decision = journal.intents.open(a_row("INV-3"), NOW)

        assert (intent.generation, intent.bulk_intent_id) == (1, None)
        assert decision is Decision.SEND_STORED_BYTES
        assert [one.intent.reference for one in journal.bulks.rows(call.id)] == ["INV-1", "INV-2"]
