"""The audit trail: append-only by the database, a chain by digests, one line at a time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from smarterpay.clock import FixedClock
from smarterpay.journal import Journal
from smarterpay.journal.audit import NOTHING_BEFORE, AuditTrailBroken
from smarterpay.journal.decision import State
from smarterpay.journal.intents import Closing
from smarterpay.journal.schema import audit_trail
from smarterpay.settings import Settings
from tests.journal.builders import NOW, SUCCEEDED, a_wish, settled


@pytest.fixture
def settings(tmp_path: Path, sqlite_journal_url: str) -> Settings:
    """A journal on SQLite; `both` is for what the databases may do each in its own way."""
    return Settings(home=tmp_path / "home", journal_url=SecretStr(sqlite_journal_url))


@pytest.fixture
def both(tmp_path: Path, journal_url: str, clock: FixedClock) -> Iterator[Journal]:
    """An empty journal on each database in turn."""
    settings = Settings(home=tmp_path / "home", journal_url=SecretStr(journal_url))
    with Journal.open(settings, clock=clock) as opened:
        yield opened


def fill(journal: Journal, lines: int = 3) -> None:
    """Lines by Ada and by Bob in turn, an hour apart."""
    for number in range(lines):
        journal.audit.append(
            ("Ada", "Bob")[number % 2],
            "batch.applied",
            f"B-{number}",
            {"rows": number, "why": "é \ud800 \0", "ok": True, "more": [None, {"z": 1, "a": 2}]},
            NOW + timedelta(hours=number),
        )


def without_triggers(journal: Journal) -> None:
    """What somebody with the database's password could do."""
    with journal.database.write() as connection:
        if journal.database.is_sqlite:
            connection.execute(text("DROP TRIGGER audit_trail_no_update"))
            connection.execute(text("DROP TRIGGER audit_trail_no_delete"))
        else:
            connection.execute(text("DROP TRIGGER audit_trail_append_only ON audit_trail"))


def test_lines_are_numbered_and_each_carries_the_digest_of_the_one_before(
    journal: Journal,
) -> None:
    fill(journal)
    lines = list(journal.audit.each())
    assert [line.number for line in lines] == [1, 2, 3]
    assert [line.previous_sha256 for line in lines] == [
        NOTHING_BEFORE,
        lines[0].sha256,
        lines[1].sha256,
    ]
    assert len({line.sha256 for line in lines}) == 3
    assert journal.audit.verify() == lines[-1]


def test_the_trail_is_read_by_subject_by_actor_and_since_an_instant(journal: Journal) -> None:
    fill(journal)
    asked = journal.audit.each
    assert [line.number for line in asked(subject="B-1")] == [2]
    assert [line.number for line in asked(actor="Ada")] == [1, 3]
    assert [line.number for line in asked(since=NOW + timedelta(hours=1))] == [2, 3]
    assert [line.number for line in asked(actor="Ada", since=NOW + timedelta(hours=1))] == [3]


def test_a_line_cannot_be_replaced_on_sqlite(journal: Journal) -> None:
    fill(journal)
    replace = "INSERT OR REPLACE INTO audit_trail SELECT * FROM audit_trail WHERE number = 2"
    with (
        pytest.raises(DBAPIError, match="append-only"),
        journal.database.write() as connection,
    ):
        connection.execute(text(replace))


def test_an_empty_trail_is_whole(journal: Journal) -> None:
    assert journal.audit.verify() is None


def test_the_database_refuses_to_change_or_delete_a_line_and_verify_sees_it_where_it_cannot(
    both: Journal,
) -> None:
    fill(both)
    for statement in (
        "UPDATE audit_trail SET actor = 'Eve'",
        "DELETE FROM audit_trail",
        "DELETE FROM audit_trail WHERE number = 3",
    ):
        with (
            pytest.raises(DBAPIError, match="append-only"),
            both.database.write() as connection,
        ):
            connection.execute(text(statement))
    last = both.audit.verify()
    assert last is not None
    assert last.number == 3
    without_triggers(both)
    with both.database.write() as connection:
        connection.execute(text("UPDATE audit_trail SET actor = 'Eve' WHERE number = 2"))
    with pytest.raises(AuditTrailBroken, match="changed after it was written"):
        both.audit.verify()


@pytest.mark.parametrize(
    ("statement", "number", "why"),
    [
        ("UPDATE audit_trail SET actor = 'Eve' WHERE number = 2", 2, "changed"),
        ("UPDATE audit_trail SET details = '{}' WHERE number = 1", 1, "changed"),
        ("UPDATE audit_trail SET subject = 'B-9' WHERE number = 3", 3, "changed"),
        ("DELETE FROM audit_trail WHERE number = 2", 2, "missing"),
        ("DELETE FROM audit_trail WHERE number = 1", 1, "missing"),
        ("UPDATE audit_trail SET previous_sha256 = sha256 WHERE number = 3", 3, "follow"),
    ],
)
def test_a_line_bent_with_the_triggers_dropped_is_named(
    journal: Journal, statement: str, number: int, why: str
) -> None:
    fill(journal)
    without_triggers(journal)
    with journal.database.write() as connection:
        connection.execute(text(statement))
    with pytest.raises(AuditTrailBroken, match=why) as broken:
        journal.audit.verify()
    assert broken.value.number == number


def test_a_line_forged_with_its_digest_no_more_fits_the_next(journal: Journal) -> None:
    """Who forges one line has to forge all that follow."""
    fill(journal)
    second, third = list(journal.audit.each())[1:]
    without_triggers(journal)
    with journal.database.write() as connection:
        connection.execute(text("DELETE FROM audit_trail WHERE number > 1"))
    journal.audit.append("Eve", second.action, second.subject, second.details, second.at)
    with journal.database.write() as connection:
        connection.execute(insert(audit_trail).values(asdict(third)))
    with pytest.raises(AuditTrailBroken, match="does not follow") as broken:
        journal.audit.verify()
    assert broken.value.number == 3


@pytest.mark.parametrize("wrong", [1.5, datetime(2026, 6, 1, tzinfo=UTC), {1: "x"}, [b"x"]])
def test_details_are_plain_words_and_numbers(journal: Journal, wrong: object) -> None:
    with pytest.raises(ValueError, match="audit line"):
        journal.audit.append("Ada", "batch.applied", "B-1", {"what": wrong}, NOW)


@pytest.mark.parametrize(("action", "subject"), [("", "B"), ("a" * 65, "B"), ("a", "B" * 256)])
def test_an_action_or_a_subject_that_does_not_fit_is_refused(
    journal: Journal, action: str, subject: str
) -> None:
    with pytest.raises(ValueError, match="fit their columns"):
        journal.audit.append("Ada", action, subject, {}, NOW)


def test_an_actor_is_kept_as_the_database_can_and_the_chain_holds(journal: Journal) -> None:
    line = journal.audit.append("A\0da " + "x" * 300, "batch.applied", "B-1", {}, NOW)
    assert len(line.actor) == 255
    assert journal.audit.verify() == line


def test_writers_at_once_make_one_chain(both: Journal) -> None:
    def write(writer: int) -> None:
        for number in range(15):
            both.audit.append(f"writer {writer}", "test.wrote", f"B-{number}", {}, NOW)

    with ThreadPoolExecutor(4) as writers:
        list(writers.map(write, range(4)))
    last = both.audit.verify()
    assert last is not None
    assert last.number == 60


def test_a_decision_on_an_intent_is_on_the_trail_with_who_made_it(journal: Journal) -> None:
    doubt = Closing("stop", State.NEEDS_ATTENTION, reason="KeyReused")
    adopted = settled(journal, doubt)
    reopened = settled(journal, doubt, a_wish(reference="CUST-0043"))
    journal.intents.adopt_for_person(adopted.id, SUCCEEDED, "Ada", NOW)
    journal.intents.reopen_for_person(reopened.id, "Bob", NOW)
    first, second = journal.audit.each()
    assert (first.actor, first.action, first.subject) == ("Ada", "intent.adopted", "CUST-0042")
    assert first.details["record"] == SUCCEEDED.record_id
    assert (second.actor, second.action, second.subject) == (
        "Bob",
        "intent.reopened",
        "CUST-0043",
    )
    assert second.details == {
        "intent": reopened.id,
        "operation": "customer_account.create",
        "generation": 1,
        "record": None,
    }
