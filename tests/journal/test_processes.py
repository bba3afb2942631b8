"""Real processes on one journal: racing each other, and killed half-way (design section 3)."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from smarterpay.journal import Journal
from smarterpay.journal.decision import Decision, State
from smarterpay.settings import Settings
from tests.journal import actors as actor
from tests.journal.builders import BODY, NOW, UNKNOWN, a_wish, settled
from tests.journal.processes import actors

BODY_DIGEST = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def sends(tmp_path: Path) -> Path:
    """The file in which every process writes down what it would have sent."""
    return tmp_path / "sends"


def test_eight_processes_that_open_one_intent_send_once(
    settings: Settings, journal: Journal, sends: Path
) -> None:
    """Issue section 4: one key and one call; reference section 2: a second would get a 409."""
    with actors(settings) as eight:
        eight.add(actor.deliver, sends, NOW.isoformat(), count=8)
        outcomes = eight.go()

    (intent,) = journal.intents.find("CUST-0042")
    assert {outcome["id"] for outcome in outcomes} == {intent.id}
    assert {outcome["key"] for outcome in outcomes} == {intent.key}
    assert {outcome["decision"] for outcome in outcomes} == {Decision.RETURN_ANSWER}
    assert sends.read_text() == f"{intent.key} {BODY_DIGEST}\n"
    assert [a.disposition for a in journal.intents.attempts(intent.id)] == ["succeeded"]
    assert sum(outcome["waited"] > 0 for outcome in outcomes) >= 1, "they never met"


def test_processes_that_open_the_same_intents_agree_on_every_one(
    settings: Settings, journal: Journal
) -> None:
    """Two hundred chances for two inserts of one reference to meet."""
    with actors(settings) as four:
        four.add(actor.open_many, 200, count=4)
        outcomes = four.go()

    assert outcomes[1:] == outcomes[:-1]
    assert len(set(outcomes[0]["ids"])) == 200
    assert journal.intents.counts() == {State.OPENED: 200}


def test_a_killed_process_leaves_an_unknown_outcome_that_the_next_one_settles(
    settings: Settings, journal: Journal, sends: Path
) -> None:
    """Design section 3: killed between the two commits; same key, same bytes, no waiting."""
    with actors(settings) as first:
        first.add(actor.start_and_hang)
        first.wait_until_ready()
        first.kill()

    (left,) = journal.intents.find("CUST-0042")
    (attempt,) = journal.intents.attempts(left.id)
    assert left.state is State.UNKNOWN
    assert (attempt.disposition, attempt.finished_at) == (None, None)
    assert left.lease_owner is not None

    with actors(settings) as second:
        second.add(actor.deliver, sends, (NOW + timedelta(hours=1)).isoformat())
        (outcome,) = second.go()

    assert (outcome["key"], outcome["waited"]) == (left.key, 0)
    assert sends.read_text() == f"{left.key} {BODY_DIGEST}\n"
    assert journal.intents.get(left.id).state is State.SUCCEEDED
    assert [a.disposition for a in journal.intents.attempts(left.id)] == [None, "succeeded"]


def test_a_process_killed_a_day_ago_is_looked_up_and_not_sent_again(
    settings: Settings, journal: Journal, sends: Path
) -> None:
    """Reference section 2: after 24 hours the key would start a new request."""
    with actors(settings) as first:
        first.add(actor.start_and_hang)
        first.wait_until_ready()
        first.kill()

    with actors(settings) as second:
        second.add(actor.deliver, sends, (NOW + timedelta(hours=25)).isoformat())
        (outcome,) = second.go()

    assert outcome["decision"] == Decision.LOOK_UP
    assert not sends.exists()


def test_processes_that_leave_a_key_behind_at_once_agree_on_the_next(
    settings: Settings, journal: Journal
) -> None:
    """Design section 3, step 2: each looked up and found none; one new key, not four."""
    unknown = settled(journal, UNKNOWN)
    with actors(settings) as four:
        later = (NOW + timedelta(hours=24)).isoformat()
        four.add(actor.leave_key_behind, unknown.key, later, count=4)
        outcomes = four.go()

    (intent,) = journal.intents.find("CUST-0042")
    assert intent.generation == 1
    assert outcomes == [{"id": intent.id, "key": intent.key, "generation": 1}] * 4
    _, decision = journal.intents.open(a_wish(), NOW + timedelta(hours=24))
    assert decision is Decision.SEND_STORED_BYTES
