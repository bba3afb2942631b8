"""A reference stands for one amendment, and an undo knows what it goes back to."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from smarterpay.journal.amendments import Amendments, Claim
from smarterpay.journal.database import Database

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)


@pytest.fixture
def amendments(journal_url: str) -> Iterator[Amendments]:
    database = Database(journal_url)
    yield Amendments(database)
    database.close()


def claim(amendments: Amendments, reference: str, batch: str, *, minutes: int = 0) -> Claim:
    return amendments.claim(
        reference,
        what="hold mandate",
        subject="M01",
        batch_id=batch,
        now=NOW + timedelta(minutes=minutes),
    )


def test_of_many_that_claim_a_reference_at_once_one_has_it(amendments: Amendments) -> None:
    with ThreadPoolExecutor(8) as threads:
        claims = list(threads.map(lambda n: claim(amendments, "HOLD-1", f"batch-{n}"), range(8)))
    assert len({one.batch_id for one in claims}) == 1
    assert amendments.get("HOLD-1") == claims[0]
    assert amendments.get("HOLD-2") is None


def test_of_many_that_replace_a_schedule_at_once_one_does(amendments: Amendments) -> None:
    def replace(number: int) -> str:
        return amendments.claim_takeover("RS01", f"CHG-{number}")

    assert amendments.replaced_by("RS01") is None
    with ThreadPoolExecutor(8) as threads:
        (by,) = set(threads.map(replace, range(8)))
    assert amendments.replaced_by("RS01") == by
    assert amendments.claim_takeover("RS02", "CHG-9") == "CHG-9"


def test_an_undo_takes_back_what_was_claimed_before_it_and_nothing_later(
    amendments: Amendments,
) -> None:
    for minutes, reference in enumerate(("HOLD-1", "HOLD-2", "HOLD-3")):
        claim(amendments, reference, f"batch {reference}", minutes=minutes)
    assert amendments.not_undone("M01", "hold mandate") == []  # none is known to have happened
    assert amendments.keep_before("HOLD-1", "first collection") == "first collection"
    assert amendments.keep_before("HOLD-1", "new instruction") == "first collection"
    amendments.keep_before("HOLD-3", "ongoing collection")

    amendments.take_back("M01", "hold mandate", "RELEASE-1", NOW + timedelta(minutes=1))

    left = amendments.not_undone("M01", "hold mandate")
    assert [(one.reference, one.before) for one in left] == [("HOLD-3", "ongoing collection")]
    assert amendments.not_undone("M02", "hold mandate") == []
    assert amendments.not_undone("M01", "payment break") == []
