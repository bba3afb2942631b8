"""A journal's writes are those of one merchant in one environment; another one gets none of them.

Idempotency keys are derived from merchant and environment (design, section 2), so the key of an
intent says whose it is.
"""

from collections.abc import Iterator

import pytest

from smarterpay.journal import Journal
from smarterpay.journal.decision import Decision, State
from smarterpay.journal.intents import AnothersIntent
from smarterpay.journal.leases import new_lease
from smarterpay.settings import Settings
from tests.journal.builders import NOW, OTHER_BODY, SUCCEEDED, UNKNOWN, a_wish, settled

OTHERS = [{"environment": "live"}, {"merchant": "another"}]


@pytest.fixture(params=OTHERS, ids=["environment", "merchant"])
def theirs(
    request: pytest.FixtureRequest, settings: Settings, journal: Journal
) -> Iterator[Journal]:
    """The same database, opened with another environment or for another merchant."""
    with Journal.open(settings.model_copy(update=request.param), clock=journal.clock) as opened:
        yield opened


def test_what_one_has_created_is_not_taken_for_the_others(
    journal: Journal, theirs: Journal
) -> None:
    """Else a file tried out in the sandbox would be 'onboarded' live without a single call."""
    settled(journal, SUCCEEDED)

    for wish in (a_wish(), a_wish(body=OTHER_BODY)):
        with pytest.raises(AnothersIntent, match="SMARTERPAY_HOME"):
            theirs.intents.open(wish, NOW)

    assert journal.intents.counts() == {State.SUCCEEDED: 1}


def test_what_one_has_sent_is_not_sent_by_the_other(journal: Journal, theirs: Journal) -> None:
    intent = settled(journal, UNKNOWN)

    with pytest.raises(AnothersIntent):
        theirs.intents.start_attempt(intent.id, intent.key, new_lease(), NOW)

    assert len(journal.intents.attempts(intent.id)) == 1
    assert journal.intents.get(intent.id) == intent


def test_other_references_of_both_stand_side_by_side(journal: Journal, theirs: Journal) -> None:
    settled(journal, SUCCEEDED)

    _, decision = theirs.intents.open(a_wish(reference="CUST-0043"), NOW)

    assert decision is Decision.SEND_STORED_BYTES
