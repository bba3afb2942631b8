"""Intents and attempts: written down before a byte leaves, decided and settled once."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from smarterpay.journal import Journal
from smarterpay.journal.decision import LATE_WORK, Decision, State
from smarterpay.journal.intents import Attempt, Busy, Closing, Intent, Wish
from smarterpay.journal.keys import derive_key, merchant_namespace
from smarterpay.journal.leases import new_lease
from smarterpay.journal.schema import intents
from tests.journal.builders import (
    ANSWER,
    BODY,
    CLOSINGS,
    NOW,
    OTHER_BODY,
    REFUSED,
    REPLAYED_500,
    RETRY,
    SUCCEEDED,
    UNKNOWN,
    a_wish,
    exchange,
    lapsed_lease,
    settled,
    start,
)

SECOND = timedelta(seconds=1)
HORIZON = timedelta(hours=23)


def key_of(generation: int, wish: Wish | None = None) -> str:
    """The key an intent of the tests' merchant has in that generation."""
    wish = wish or a_wish()
    namespace = merchant_namespace("sandbox", "default")
    return derive_key(namespace, wish.operation, wish.reference, generation)


class TestOpening:
    def test_everything_is_committed_before_a_byte_leaves(
        self, journal: Journal, other_journal: Journal
    ) -> None:
        """Design section 3, step 1: key, bytes and digest, as another process reads them."""
        wish = a_wish()

        intent, decision = journal.intents.open(wish, NOW)

        assert decision is Decision.SEND_STORED_BYTES
        stored = other_journal.intents.get(intent.id)
        assert stored == intent
        assert (stored.state, stored.generation, stored.key) == (State.OPENED, 0, key_of(0))
        assert (stored.request_sha256, stored.opened_at) == (wish.digest, NOW)
        assert other_journal.intents.request_body(intent.id) == BODY

    def test_the_same_wish_finds_the_same_intent(
        self, journal: Journal, other_journal: Journal
    ) -> None:
        first, _ = journal.intents.open(a_wish(), NOW)

        again, decision = other_journal.intents.open(a_wish(), NOW + SECOND)

        assert again == first
        assert decision is Decision.SEND_STORED_BYTES

    @pytest.mark.parametrize(
        "changes", [{"operation": "customer_account.update"}, {"reference": "cust-0042"}]
    )
    def test_another_operation_or_reference_is_another_intent(
        self, journal: Journal, changes: dict[str, str]
    ) -> None:
        """Design section 2: an intent is (operation, reference); references are exact."""
        first, _ = journal.intents.open(a_wish(), NOW)

        second, _ = journal.intents.open(a_wish(**changes), NOW)

        assert second.id != first.id
        assert second.key != first.key

    @pytest.mark.parametrize(
        "changes", [{"body": OTHER_BODY}, {"method": "PUT"}, {"path": "/customeraccount/CA01"}]
    )
    def test_the_digest_covers_what_the_provider_compares(self, changes: dict[str, Any]) -> None:
        """Reference section 2: method, path and raw body bytes make a request identical."""
        assert a_wish(**changes).digest != a_wish().digest

    @pytest.mark.parametrize("reference", ["", "R" * 256, "CUST\0"])
    def test_a_reference_no_database_can_keep_is_refused(self, reference: str) -> None:
        with pytest.raises(ValueError, match="255 characters"):
            a_wish(reference=reference)

    def test_the_longest_reference_is_kept_whole(self, journal: Journal) -> None:
        wish = a_wish(reference="é" * 255)

        intent, _ = journal.intents.open(wish, NOW)

        assert [found.id for found in journal.intents.find(wish.reference)] == [intent.id]

    def test_a_naive_instant_never_enters(self, journal: Journal) -> None:
        with pytest.raises(Exception, match="naive datetime"):
            journal.intents.open(a_wish(), NOW.replace(tzinfo=None))

        assert journal.intents.counts() == {}


class TestUniqueness:
    """Held by the database itself: these inserts go around the repository."""

    @pytest.mark.parametrize(
        "changes",
        [
            pytest.param({"key": "another"}, id="operation and reference"),
            pytest.param({"operation": "mandate.create"}, id="key"),
        ],
    )
    def test_a_second_intent_is_refused(self, journal: Journal, changes: dict[str, str]) -> None:
        """Design section 3, step 1."""
        journal.intents.open(a_wish(), NOW)

        with pytest.raises(IntegrityError):
            insert_directly(journal, **changes)

        assert journal.intents.counts() == {State.OPENED: 1}

    def test_the_same_insert_goes_through_where_nothing_collides(self, journal: Journal) -> None:
        journal.intents.open(a_wish(), NOW)

        insert_directly(journal, operation="mandate.create", key="another")

        assert journal.intents.counts() == {State.OPENED: 2}

    def test_a_state_nobody_knows_is_refused(self, journal: Journal) -> None:
        with pytest.raises(IntegrityError):
            insert_directly(journal, state="perhaps")


def insert_directly(journal: Journal, **changes: str) -> None:
    """Insert a row like the one `open` makes, by SQL."""
    wish = a_wish()
    values: dict[str, object] = {
        "id": str(uuid4()),
        "operation": wish.operation,
        "reference": wish.reference,
        "generation": 0,
        "key": key_of(0),
        "state": "opened",
        "method": wish.method,
        "path": wish.path,
        "request_sha256": wish.digest,
        "request_body": b"",
        "opened_at": NOW,
        "look_up": False,
    }
    with journal.database.write() as connection:
        connection.execute(insert(intents).values({**values, **changes}))


class TestStoredBytes:
    @pytest.mark.parametrize(
        "body",
        [b"", b"\0", bytes(range(256)), "£ “ł” 🙂".encode(), b"{}\r\n ", b"x" * 1_000_000],
        ids=["empty", "nul", "every byte", "utf-8", "white space", "a megabyte"],
    )
    def test_come_back_byte_for_byte(self, journal: Journal, body: bytes) -> None:
        """Reference section 2: identical means raw bytes; a replay must not become a 422."""
        intent, _ = journal.intents.open(a_wish(body=body), NOW)

        started = journal.intents.start_attempt(intent.id, intent.key, new_lease(), NOW)

        assert not isinstance(started, Busy)
        assert started[1] == body
        assert journal.intents.request_body(intent.id) == body

    def test_are_sent_again_although_the_caller_now_wants_others(self, journal: Journal) -> None:
        """Design section 3, step 2: what was sent is settled first, with the bytes as sent."""
        unknown = settled(journal, UNKNOWN)

        intent, decision = journal.intents.open(a_wish(body=OTHER_BODY), NOW + SECOND)

        assert decision is Decision.SEND_STORED_BYTES
        assert (intent.key, intent.request_sha256) == (unknown.key, unknown.request_sha256)
        assert journal.intents.request_body(intent.id) == BODY

    def test_the_answer_comes_back_byte_for_byte(self, journal: Journal) -> None:
        intent = settled(journal, SUCCEEDED)

        assert journal.intents.answer(intent.id) == ANSWER

    def test_there_is_no_answer_before_one_settled_the_intent(self, journal: Journal) -> None:
        intent = settled(journal, UNKNOWN)

        assert journal.intents.answer(intent.id) is None


class TestDecisions:
    """Design section 3, step 2, as `open` gives it on what really happened."""

    def test_succeeded_with_the_same_bytes_returns_the_answer(self, journal: Journal) -> None:
        intent = settled(journal, SUCCEEDED)

        assert journal.intents.open(a_wish(), NOW + 48 * HORIZON) == (
            intent,
            Decision.RETURN_ANSWER,
        )

    def test_succeeded_with_other_bytes_is_a_conflict_and_changes_nothing(
        self, journal: Journal
    ) -> None:
        intent = settled(journal, SUCCEEDED)

        found = journal.intents.open(a_wish(body=OTHER_BODY), NOW + SECOND)

        assert found == (intent, Decision.CONFLICT)
        assert journal.intents.request_body(intent.id) == BODY

    def test_refused_with_the_same_bytes_returns_the_refusal(self, journal: Journal) -> None:
        intent = settled(journal, REFUSED)

        assert journal.intents.open(a_wish(), NOW + SECOND) == (intent, Decision.RETURN_REFUSAL)

    def test_refused_with_other_bytes_goes_on_under_the_next_key(self, journal: Journal) -> None:
        refused = settled(journal, REFUSED)

        intent, decision = journal.intents.open(a_wish(body=OTHER_BODY), NOW + SECOND)

        assert decision is Decision.SEND_STORED_BYTES
        assert (intent.id, intent.generation, intent.key) == (refused.id, 1, key_of(1))
        assert journal.intents.request_body(intent.id) == OTHER_BODY
        assert_nothing_settled(intent, opened_at=NOW + SECOND)

    def test_a_correction_after_refusal_may_succeed(self, journal: Journal) -> None:
        settled(journal, REFUSED)
        corrected, _ = journal.intents.open(a_wish(body=OTHER_BODY), NOW + SECOND)

        intent = exchange(journal, corrected, SUCCEEDED, now=NOW + 2 * SECOND)

        assert intent.state is State.SUCCEEDED
        assert [a.key for a in journal.intents.attempts(intent.id)] == [key_of(0), key_of(1)]
        assert [a.generation for a in journal.intents.attempts(intent.id)] == [0, 1]

    def test_a_check_may_ask_anew_under_an_old_reference(self, journal: Journal) -> None:
        """A modulus check asks a question: other bytes are a new question, no conflict."""
        check = {"operation": "modulus_check.create", "repeatable": True}
        asked = settled(journal, SUCCEEDED, a_wish(**check))

        intent, decision = journal.intents.open(a_wish(**check, body=OTHER_BODY), NOW + SECOND)

        assert decision is Decision.SEND_STORED_BYTES
        assert (intent.id, intent.generation) == (asked.id, 1)
        assert journal.intents.answer(intent.id) is None

    def test_bytes_that_were_never_sent_may_change(self, journal: Journal) -> None:
        journal.intents.open(a_wish(), NOW)

        intent, decision = journal.intents.open(a_wish(body=OTHER_BODY), NOW + SECOND)

        assert decision is Decision.SEND_STORED_BYTES
        assert (intent.generation, intent.key) == (1, key_of(1))
        assert journal.intents.request_body(intent.id) == OTHER_BODY

    @pytest.mark.parametrize(
        ("age", "decision"),
        [
            (HORIZON - timedelta(microseconds=1), Decision.SEND_STORED_BYTES),
            (HORIZON, Decision.LOOK_UP),
            (timedelta(hours=25), Decision.LOOK_UP),
        ],
    )
    def test_an_unknown_outcome_is_looked_up_once_the_key_is_23_hours_old(
        self, journal: Journal, age: timedelta, decision: Decision
    ) -> None:
        """Reference section 4: give up before 23 h, an older key may be forgotten."""
        intent = settled(journal, UNKNOWN)

        assert journal.intents.open(a_wish(), NOW + age) == (intent, decision)

    def test_a_replayed_500_is_looked_up_at_once(self, journal: Journal) -> None:
        """Reference section 4: stop and reconcile; the key would replay the 500 for ever."""
        intent = settled(journal, REPLAYED_500)

        assert (intent.state, intent.look_up, intent.replayed) == (State.UNKNOWN, True, True)
        assert journal.intents.open(a_wish(), NOW + SECOND) == (intent, Decision.LOOK_UP)

    def test_what_a_person_must_decide_stays_so(self, journal: Journal) -> None:
        intent = settled(journal, Closing("stop", State.NEEDS_ATTENTION, status=422))

        found = journal.intents.open(a_wish(body=OTHER_BODY), NOW + 2 * HORIZON)

        assert found == (intent, Decision.ASK_A_PERSON)
        assert journal.intents.start_attempt(intent.id, intent.key, new_lease(), NOW) == (
            Busy.MOVED_ON
        )


def assert_nothing_settled(intent: Intent, *, opened_at: datetime) -> None:
    """A new generation knows nothing of the one before."""
    assert intent.state is State.OPENED
    assert intent.opened_at == opened_at
    assert not intent.look_up
    assert {
        intent.first_sent_at,
        intent.last_sent_at,
        intent.settled_at,
        intent.status,
        intent.replayed,
        intent.record_id,
        intent.reason,
        intent.lease_owner,
        intent.lease_until,
    } == {None}


class TestAttempts:
    def test_an_attempt_is_written_before_the_request(
        self, journal: Journal, other_journal: Journal
    ) -> None:
        """Design section 3, step 3: from here on the outcome counts as unknown."""
        intent, _ = journal.intents.open(a_wish(), NOW)

        attempt = start(journal, intent)

        assert list(other_journal.intents.attempts(intent.id)) == [attempt]
        assert (attempt.number, attempt.key, attempt.disposition) == (1, intent.key, None)
        assert other_journal.intents.get(intent.id).state is State.UNKNOWN

    def test_closing_writes_down_how_it_ended(self, journal: Journal) -> None:
        intent, _ = journal.intents.open(a_wish(), NOW)
        attempt = start(journal, intent)
        closing = Closing(
            "unknown",
            State.UNKNOWN,
            status=502,
            replayed=False,
            milliseconds=1234,
            error="ServerError",
            request_id="req-1",
        )

        journal.intents.close_attempt(attempt, closing, NOW + SECOND)

        assert list(journal.intents.attempts(intent.id)) == [
            Attempt(
                id=attempt.id,
                intent_id=intent.id,
                number=1,
                generation=0,
                key=intent.key,
                started_at=NOW,
                finished_at=NOW + SECOND,
                disposition="unknown",
                status=502,
                replayed=False,
                milliseconds=1234,
                error="ServerError",
                request_id="req-1",
            )
        ]

    @pytest.mark.parametrize(
        ("exchanges", "state"),
        [
            (["retry"], State.OPENED),
            (["misconfigured"], State.OPENED),
            (["retry", "misconfigured", "retry"], State.OPENED),
            (["unknown"], State.UNKNOWN),
            (["unknown", "retry"], State.UNKNOWN),
            (["retry", "unknown", "misconfigured"], State.UNKNOWN),
            (["died"], State.UNKNOWN),
            (["died", "retry"], State.UNKNOWN),
            (["retry", "died", "misconfigured", "retry"], State.UNKNOWN),
            (["died", "unknown", "retry"], State.UNKNOWN),
            (["succeeded"], State.SUCCEEDED),
            (["died", "succeeded"], State.SUCCEEDED),
            (["unknown", "retry", "succeeded"], State.SUCCEEDED),
            (["refused"], State.REFUSED),
            (["retry", "refused"], State.REFUSED),
            (["died", "refused"], State.REFUSED),
            (["refused itself"], State.REFUSED),
            (["retry", "misconfigured", "refused itself"], State.REFUSED),
            (["unknown", "refused itself"], State.UNKNOWN),
            (["died", "refused itself"], State.UNKNOWN),
            (["died", "retry", "refused itself"], State.UNKNOWN),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
    )
    def test_the_state_follows_from_all_exchanges(
        self, journal: Journal, exchanges: list[str], state: State
    ) -> None:
        """Reference section 4: 429, 503 and 498 execute nothing; no answer proves nothing.

        `died` is an exchange nobody closed; `refused itself` an answer given before the key was
        looked at (section 2), which says nothing of what went before.
        """
        intent, _ = journal.intents.open(a_wish(), NOW)
        for kind in exchanges:
            attempt = start(journal, intent, lease=lapsed_lease())
            if kind in CLOSINGS:
                journal.intents.close_attempt(attempt, CLOSINGS[kind], NOW + SECOND)

        assert journal.intents.get(intent.id).state is state
        assert [a.number for a in journal.intents.attempts(intent.id)] == [
            number for number, _ in enumerate(exchanges, start=1)
        ]

    def test_doubt_about_an_earlier_generation_is_no_doubt_about_this_one(
        self, journal: Journal
    ) -> None:
        """The earlier one was settled by a look-up before its key was left behind."""
        unknown = settled(journal, UNKNOWN)
        later = NOW + HORIZON
        intent = journal.intents.next_generation(a_wish(), unknown.key, later)

        assert exchange(journal, intent, RETRY, now=later).state is State.OPENED

    def test_an_exchange_under_a_key_left_behind_cannot_start(self, journal: Journal) -> None:
        refused = settled(journal, REFUSED)
        journal.intents.open(a_wish(body=OTHER_BODY), NOW + SECOND)

        assert (
            journal.intents.start_attempt(refused.id, refused.key, new_lease(), NOW)
            is Busy.MOVED_ON
        )

    @pytest.mark.parametrize("closing", [SUCCEEDED, REFUSED], ids=["succeeded", "refused"])
    def test_no_exchange_starts_for_a_settled_intent(
        self, journal: Journal, closing: Closing
    ) -> None:
        intent = settled(journal, closing)

        started = journal.intents.start_attempt(intent.id, intent.key, new_lease(), NOW)

        assert started is Busy.MOVED_ON
        assert len(journal.intents.attempts(intent.id)) == 1

    def test_no_exchange_starts_under_a_key_that_grew_old_while_its_sender_waited(
        self, journal: Journal
    ) -> None:
        """Reference section 4: else a look-up at 23 h would miss what that exchange creates."""
        intent = settled(journal, UNKNOWN)
        just_in_time = NOW + HORIZON - timedelta(microseconds=1)

        start(journal, intent, now=just_in_time, lease=lapsed_lease())
        started = journal.intents.start_attempt(intent.id, intent.key, new_lease(), NOW + HORIZON)

        assert started is Busy.MOVED_ON
        assert len(journal.intents.attempts(intent.id)) == 2

    def test_no_exchange_starts_under_a_key_that_must_be_looked_up(self, journal: Journal) -> None:
        """Reference section 4: a replayed 500 stops the key."""
        intent = settled(journal, REPLAYED_500)

        started = journal.intents.start_attempt(intent.id, intent.key, new_lease(), NOW + SECOND)

        assert started is Busy.MOVED_ON

    def test_explanations_of_any_length_and_kind_never_cost_an_outcome(
        self, journal: Journal
    ) -> None:
        """A provider may name a hundred fields; PostgreSQL would refuse the long text."""
        intent, _ = journal.intents.open(a_wish(), NOW)
        prose = "BadRequest: " + "field, " * 100
        closing = Closing(
            "refused", State.REFUSED, reason=prose, error="\0\ud800", request_id=prose
        )

        refused = journal.intents.close_attempt(start(journal, intent), closing, NOW)

        assert (refused.state, refused.reason) == (State.REFUSED, prose[:255])
        (attempt,) = journal.intents.attempts(intent.id)
        assert (attempt.error, attempt.request_id) == ("\N{REPLACEMENT CHARACTER}?", prose[:255])


class TestFirstSend:
    """`first_sent_at` is the age of the key, counted as in reference section 2."""

    def test_is_empty_until_something_is_sent(self, journal: Journal) -> None:
        intent, _ = journal.intents.open(a_wish(), NOW)

        assert (intent.first_sent_at, intent.last_sent_at) == (None, None)

    def test_is_that_of_the_first_doubtful_exchange(self, journal: Journal) -> None:
        intent = settled(journal, UNKNOWN)

        again = exchange(journal, intent, UNKNOWN, now=NOW + SECOND)

        assert (again.first_sent_at, again.last_sent_at) == (NOW, NOW + SECOND)

    def test_is_forgotten_when_nothing_was_executed(self, journal: Journal) -> None:
        """Reference section 2: answers given before the work leave nothing under the key."""
        intent = settled(journal, RETRY)

        assert intent.first_sent_at is None
        assert exchange(journal, intent, UNKNOWN, now=NOW + HORIZON).first_sent_at == NOW + HORIZON

    def test_is_kept_where_a_retry_follows_a_doubtful_exchange(self, journal: Journal) -> None:
        intent = settled(journal, UNKNOWN)

        again = exchange(journal, intent, RETRY, now=NOW + SECOND)

        assert (again.state, again.first_sent_at) == (State.UNKNOWN, NOW)

    def test_days_of_throttling_make_no_key_old(self, journal: Journal) -> None:
        intent = settled(journal, RETRY)

        _, decision = journal.intents.open(a_wish(), NOW + 3 * HORIZON)

        assert decision is Decision.SEND_STORED_BYTES
        start(journal, intent, now=NOW + 3 * HORIZON)


class TestSettlingOnce:
    def test_the_answer_settles_state_status_record_and_instant(self, journal: Journal) -> None:
        """Design section 3, step 5."""
        intent = settled(journal, SUCCEEDED)

        assert (intent.state, intent.status, intent.replayed) == (State.SUCCEEDED, 200, False)
        assert (intent.record_id, intent.settled_at) == ("CA01", NOW)
        assert (intent.lease_owner, intent.lease_until) == (None, None)

    def test_a_late_second_answer_changes_nothing_but_its_attempt(self, journal: Journal) -> None:
        """The provider that answers after the client gave up and sent again."""
        intent, _ = journal.intents.open(a_wish(), NOW)
        slow = start(journal, intent, lease=lapsed_lease())
        first = exchange(journal, intent, SUCCEEDED, now=NOW + SECOND)

        late = journal.intents.close_attempt(slow, REFUSED, NOW + 2 * SECOND)

        assert late == first
        assert journal.intents.get(intent.id) == first
        assert journal.intents.answer(intent.id) == ANSWER
        assert [a.disposition for a in journal.intents.attempts(intent.id)] == [
            "refused",
            "succeeded",
        ]

    def test_a_late_answer_settles_what_is_still_unknown(self, journal: Journal) -> None:
        intent, _ = journal.intents.open(a_wish(), NOW)
        slow = start(journal, intent, lease=lapsed_lease())
        exchange(journal, intent, RETRY, now=NOW + SECOND)

        late = journal.intents.close_attempt(slow, SUCCEEDED, NOW + 2 * SECOND)

        assert (late.state, late.settled_at) == (State.SUCCEEDED, NOW + 2 * SECOND)

    @pytest.mark.parametrize("sent", [False, True])
    def test_a_late_answer_under_a_key_left_behind_settles_nothing(
        self, journal: Journal, sent: bool
    ) -> None:
        """It answers other bytes, perhaps; also where the new key has been sent already."""
        intent, _ = journal.intents.open(a_wish(), NOW)
        slow = start(journal, intent, lease=lapsed_lease())
        current = journal.intents.next_generation(a_wish(), intent.key, NOW + HORIZON)
        if sent:
            current = exchange(journal, current, UNKNOWN, now=NOW + HORIZON)

        late = journal.intents.close_attempt(slow, REFUSED, NOW + HORIZON)

        assert late == current
        assert late.state is (State.UNKNOWN if sent else State.OPENED)

    def test_a_late_answer_does_not_make_a_stopped_key_usable_again(self, journal: Journal) -> None:
        """Reference section 4: after a replayed 500 the key would replay it for ever."""
        intent, _ = journal.intents.open(a_wish(), NOW)
        slow = start(journal, intent, lease=lapsed_lease())
        exchange(journal, intent, REPLAYED_500, now=NOW + SECOND)

        late = journal.intents.close_attempt(slow, UNKNOWN, NOW + 2 * SECOND)

        assert (late.state, late.look_up) == (State.UNKNOWN, True)

    def test_a_late_answer_to_an_earlier_exchange_frees_nobody_elses_lease(
        self, journal: Journal
    ) -> None:
        intent, _ = journal.intents.open(a_wish(), NOW)
        slow = start(journal, intent, lease=lapsed_lease())
        holder = new_lease()
        start(journal, intent, lease=holder)

        after = journal.intents.close_attempt(slow, RETRY, NOW + SECOND)

        assert (after.state, after.lease_owner) == (State.UNKNOWN, holder.owner)
        assert journal.intents.start_attempt(intent.id, intent.key, new_lease(), NOW) is Busy.LEASED

    def test_a_look_up_adopts_what_it_found(self, journal: Journal) -> None:
        """Design section 3, step 2: exactly one found, adopt it."""
        unknown = settled(journal, UNKNOWN)

        adopted = journal.intents.settle_found(unknown, SUCCEEDED, NOW + HORIZON)

        assert (adopted.state, adopted.record_id) == (State.SUCCEEDED, "CA01")
        assert journal.intents.answer(adopted.id) == ANSWER
        assert len(journal.intents.attempts(adopted.id)) == 1

    def test_one_record_is_the_work_of_one_write(self, journal: Journal) -> None:
        """Two writes under one custom reference, both lost: the second finds only the first's."""
        one, two = (settled(journal, UNKNOWN, a_wish(reference=name)) for name in ("C-1", "C-2"))
        found = replace(SUCCEEDED, made=True)

        first = journal.intents.settle_found(one, found, NOW + HORIZON)
        second = journal.intents.settle_found(two, found, NOW + HORIZON)

        assert (first.state, first.record_id) == (State.SUCCEEDED, "CA01")
        assert (second.state, second.record_id) == (State.NEEDS_ATTENTION, None)
        assert second.reason == "the only record that matches was made by another write"
        assert journal.intents.answer(second.id) is None

    async def test_one_record_is_the_work_of_one_write_in_the_same_moment_too(
        self, journal: Journal
    ) -> None:
        names = [f"C-{number}" for number in range(8)]
        lost = [settled(journal, UNKNOWN, a_wish(reference=name)) for name in names]
        found = replace(SUCCEEDED, made=True)

        ends = await asyncio.gather(
            *(
                journal.database.run(journal.intents.settle_found, one, found, NOW + HORIZON)
                for one in lost
            )
        )

        assert Counter(one.state for one in ends) == {
            State.SUCCEEDED: 1,
            State.NEEDS_ATTENTION: 7,
        }

    def test_updates_of_one_record_are_many_writes(self, journal: Journal) -> None:
        one, two = (settled(journal, UNKNOWN, a_wish(reference=name)) for name in ("C-1", "C-2"))
        ends = [journal.intents.settle_found(each, SUCCEEDED, NOW + HORIZON) for each in (one, two)]
        assert [each.state for each in ends] == [State.SUCCEEDED] * 2

    def test_a_look_up_that_comes_late_changes_nothing(self, journal: Journal) -> None:
        unknown = settled(journal, UNKNOWN)
        first = exchange(journal, unknown, SUCCEEDED, now=NOW + SECOND)

        late = journal.intents.settle_found(
            unknown, Closing("stop", State.NEEDS_ATTENTION), NOW + HORIZON
        )

        assert late == first

    def test_a_look_up_for_a_key_left_behind_changes_nothing(self, journal: Journal) -> None:
        unknown = settled(journal, UNKNOWN)
        current = journal.intents.next_generation(a_wish(), unknown.key, NOW + HORIZON)
        again = exchange(journal, current, UNKNOWN, now=NOW + HORIZON)

        late = journal.intents.settle_found(unknown, SUCCEEDED, NOW + HORIZON)

        assert late == again
        assert late.state is State.UNKNOWN

    def test_a_look_up_must_say_what_it_found(self, journal: Journal) -> None:
        unknown = settled(journal, UNKNOWN)

        with pytest.raises(ValueError, match="with a state"):
            journal.intents.settle_found(unknown, RETRY, NOW)


class TestNextGeneration:
    """Design section 3, step 2: the look-up found none."""

    @pytest.mark.parametrize(
        ("closing", "later"),
        [(UNKNOWN, HORIZON), (REPLAYED_500, SECOND)],
        ids=["23 hours", "replayed 500"],
    )
    def test_leaves_a_spent_key_behind(
        self, journal: Journal, closing: Closing, later: timedelta
    ) -> None:
        unknown = settled(journal, closing)

        intent = journal.intents.next_generation(a_wish(), unknown.key, NOW + later)

        assert (intent.id, intent.generation, intent.key) == (unknown.id, 1, key_of(1))
        assert_nothing_settled(intent, opened_at=NOW + later)
        assert exchange(journal, intent, SUCCEEDED, now=NOW + later).state is State.SUCCEEDED

    def test_happens_once_for_two_that_looked_up(
        self, journal: Journal, other_journal: Journal
    ) -> None:
        unknown = settled(journal, UNKNOWN)
        first = journal.intents.next_generation(a_wish(), unknown.key, NOW + HORIZON)

        second = other_journal.intents.next_generation(a_wish(), unknown.key, NOW + HORIZON)

        assert second == first

    def test_is_not_opened_while_the_key_may_still_be_used(self, journal: Journal) -> None:
        """Design section 2: nothing under a new key while the outcome is unknown."""
        unknown = settled(journal, UNKNOWN)

        later = NOW + HORIZON - timedelta(microseconds=1)

        assert journal.intents.next_generation(a_wish(), unknown.key, later) == unknown

    def test_is_not_opened_while_the_provider_may_still_be_at_work(self, journal: Journal) -> None:
        """Reference section 4: a request that timed out may create its record after the look-up."""
        intent = settled(journal, UNKNOWN)
        last_sent = NOW + HORIZON - SECOND
        unknown = exchange(journal, intent, UNKNOWN, now=last_sent)

        too_soon = last_sent + LATE_WORK - SECOND
        assert journal.intents.next_generation(a_wish(), intent.key, too_soon) == unknown
        in_time = last_sent + LATE_WORK
        assert journal.intents.next_generation(a_wish(), intent.key, in_time).generation == 1

    def test_does_not_wait_for_work_that_creates_nothing(self, journal: Journal) -> None:
        check = a_wish(operation="modulus_check.create", repeatable=True)
        intent = settled(journal, UNKNOWN, check)
        exchange(journal, intent, UNKNOWN, now=NOW + HORIZON - SECOND)

        after = journal.intents.next_generation(check, intent.key, NOW + HORIZON)

        assert after.generation == 1

    def test_is_not_opened_while_an_exchange_is_in_flight(self, journal: Journal) -> None:
        """What it creates after the look-up would be created a second time."""
        intent, _ = journal.intents.open(a_wish(), NOW)
        start(journal, intent)

        after = journal.intents.next_generation(a_wish(), intent.key, NOW + HORIZON)

        assert (after.generation, after.key) == (0, intent.key)

    @pytest.mark.parametrize("closing", [SUCCEEDED, REFUSED, RETRY])
    def test_is_not_opened_once_the_outcome_is_known(
        self, journal: Journal, closing: Closing
    ) -> None:
        intent = settled(journal, closing)

        assert journal.intents.next_generation(a_wish(), intent.key, NOW + HORIZON) == intent

    def test_needs_an_intent(self, journal: Journal) -> None:
        with pytest.raises(LookupError, match="no intent for customer_account"):
            journal.intents.next_generation(a_wish(), "key", NOW)


class TestReading:
    def test_an_intent_that_is_not_there_is_a_lookup_error(self, journal: Journal) -> None:
        with pytest.raises(LookupError, match="no intent 0815"):
            journal.intents.get("0815")

    def test_a_reference_finds_its_intents_in_the_order_they_were_opened(
        self, journal: Journal
    ) -> None:
        operations = ["mandate.create", "customer_account.create", "bank_account.create"]
        for hour, operation in enumerate(operations):
            journal.intents.open(a_wish(operation=operation), NOW + timedelta(hours=hour))
        journal.intents.open(a_wish(reference="CUST-0043"), NOW)

        found = journal.intents.find("CUST-0042")

        assert [intent.operation for intent in found] == operations
        assert [i.operation for i in journal.intents.find("CUST-0042", "mandate.create")] == [
            "mandate.create"
        ]
        assert list(journal.intents.find("CUST-0044")) == []

    def test_intents_are_counted_by_state(self, journal: Journal) -> None:
        for number, closing in enumerate([SUCCEEDED, SUCCEEDED, REFUSED, UNKNOWN, RETRY]):
            settled(journal, closing, a_wish(reference=f"CUST-{number}"))

        assert journal.intents.counts() == {
            State.SUCCEEDED: 2,
            State.REFUSED: 1,
            State.UNKNOWN: 1,
            State.OPENED: 1,
        }

    def test_neither_bytes_nor_answer_show_in_a_repr(self, journal: Journal) -> None:
        intent = settled(journal, SUCCEEDED)
        shown = f"{intent!r} {a_wish()!r} {SUCCEEDED!r} {journal.intents.attempts(intent.id)!r}"

        assert "custom_reference" not in shown
        assert "CA01ABCDEFGHIJKLMNOP" not in shown
