"""Task results: the first writer wins."""

from datetime import timedelta

from sqlalchemy import select

from smarterpay.journal import Journal
from smarterpay.journal.schema import task_results
from tests.journal.builders import NOW


def test_the_first_writer_wins(journal: Journal, other_journal: Journal) -> None:
    """Prefect notes, section 3: a second writer of a key must not change what was returned."""
    journal.results.write("key", b"first", NOW)

    other_journal.results.write("key", b"second", NOW + timedelta(hours=1))

    assert journal.results.read("key") == other_journal.results.read("key") == b"first"
    with journal.database.read() as connection:
        assert connection.execute(select(task_results.c.created_at)).scalars().all() == [NOW]


def test_what_was_never_written_is_nothing(journal: Journal) -> None:
    journal.results.write("key", b"value", NOW)

    assert journal.results.read("Key") is None


def test_any_bytes_come_back(journal: Journal) -> None:
    value = bytes(range(256)) * 1000
    journal.results.write("key", value, NOW)

    assert journal.results.read("key") == value


def test_a_forgotten_result_may_be_written_anew(journal: Journal) -> None:
    journal.results.write("key", b"first", NOW)
    journal.results.write("other", b"other", NOW)

    journal.results.forget("key")
    journal.results.forget("never written")

    assert journal.results.read("key") is None
    assert journal.results.read("other") == b"other"
    journal.results.write("key", b"second", NOW)
    assert journal.results.read("key") == b"second"
