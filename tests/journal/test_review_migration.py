"""A journal of the first release, with writes in it of which nobody knows the end, goes on."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, Table, insert, text

from smarterpay.clock import FixedClock
from smarterpay.journal import Journal, migrations
from smarterpay.journal.database import Database
from smarterpay.journal.decision import KEY_HORIZON, Decision, State
from smarterpay.journal.encryption import cipher_from
from smarterpay.journal.generations import Generations
from smarterpay.journal.intents import Wish
from smarterpay.journal.keys import merchant_namespace
from smarterpay.journal.leases import new_lease
from smarterpay.settings import Settings
from tests.journal.builders import NOW, SUCCEEDED, UNKNOWN, a_wish, exchange
from tests.journal.test_bulk import a_bulk, a_row

LOST, OLD, FRESH, DONE = (a_row(f"INV-{n}") for n in range(1, 5))
#: How each of them stood on the day of the upgrade.
STOOD: list[tuple[Wish, dict[str, Any]]] = [
    (LOST, {"state": State.UNKNOWN, "first_sent_at": NOW, "last_sent_at": NOW}),
    (
        OLD,
        {
            "state": State.UNKNOWN,
            "first_sent_at": NOW - KEY_HORIZON,
            "last_sent_at": NOW - KEY_HORIZON,
        },
    ),
    (FRESH, {}),
    (DONE, {"state": State.SUCCEEDED, "status": 200, "record_id": "P01", "settled_at": NOW}),
]


@pytest.fixture
def upgraded(settings: Settings, clock: FixedClock) -> Iterator[Journal]:
    """A journal that was written by the first release and opened by this one."""
    database = Database(settings.journal)
    with database.write() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        first = Table("intents", MetaData(), autoload_with=connection)
        generations = Generations(
            cipher_from(None, settings.home),
            merchant_namespace(settings.environment, settings.merchant),
        )
        for wish, stood in STOOD:
            row = {**generations.new_row(wish, NOW), **stood}
            del row["record_status"]
            connection.execute(insert(first).values(row))
    database.close()
    with Journal.open(settings, clock=clock) as journal:
        yield journal


@pytest.mark.parametrize(
    ("wish", "decision"),
    [
        (LOST, Decision.SEND_STORED_BYTES),
        (OLD, Decision.LOOK_UP),
        (FRESH, Decision.SEND_STORED_BYTES),
        (DONE, Decision.RETURN_ANSWER),
    ],
    ids=["in flight", "key spent", "opened", "done"],
)
def test_each_write_is_decided_on_as_before(
    upgraded: Journal, wish: Wish, decision: Decision
) -> None:
    intent, decided = upgraded.intents.open(wish, NOW)
    assert (decided, intent.generation, intent.bulk_intent_id) == (decision, 0, None)


def test_a_write_in_flight_is_sent_with_the_bytes_and_the_key_it_had(upgraded: Journal) -> None:
    with upgraded.database.read() as connection:
        key = connection.execute(text("SELECT key FROM intents WHERE reference = 'INV-1'"))
        (before,) = key.scalars()
    intent, _ = upgraded.intents.open(LOST, NOW)
    started = upgraded.intents.start_attempt(intent.id, intent.key, new_lease(), NOW)
    assert isinstance(started, tuple)
    attempt, body = started
    assert (attempt.key, body) == (before, LOST.body)
    assert upgraded.intents.close_attempt(attempt, SUCCEEDED, NOW).state is State.SUCCEEDED


def test_a_bulk_call_leaves_out_what_is_in_flight_or_done(upgraded: Journal) -> None:
    """Section 2: what the old release may have created is never sent a second time."""
    call = upgraded.bulks.open(a_bulk(LOST, OLD, FRESH, DONE, a_row("INV-5")), NOW)
    assert call is not None
    assert [row.intent.reference for row in upgraded.bulks.rows(call.id)] == ["INV-5"]


def test_an_old_key_is_left_behind_only_after_a_look_up(upgraded: Journal) -> None:
    intent, _ = upgraded.intents.open(OLD, NOW)
    assert upgraded.intents.next_generation(OLD, intent.key, NOW).generation == 1
    young, _ = upgraded.intents.open(LOST, NOW)
    soon = NOW + timedelta(hours=1)
    assert upgraded.intents.next_generation(LOST, young.key, soon).generation == 0


def test_new_writes_stand_beside_the_old_ones(upgraded: Journal) -> None:
    intent, _ = upgraded.intents.open(a_wish(), NOW)
    assert exchange(upgraded, intent, UNKNOWN).state is State.UNKNOWN
    assert upgraded.intents.counts() == {State.UNKNOWN: 3, State.OPENED: 1, State.SUCCEEDED: 1}
