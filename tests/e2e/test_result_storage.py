"""Prefect's result storage fails open; the journal decides, so nothing is called twice.

The storage is the table `task_results` of a real SQLite file, broken in every way that
prefect-notes section 3 lists.
"""

import sqlite3
from contextlib import closing

import pytest

from tests.e2e.merchant import Merchant
from tests.flow_process import FlowProcess
from tests.flows.batches import customers, stage

CUSTOMERS = 3
CALLS = 5 * CUSTOMERS

FAILS_ON_WRITE = """
    CREATE TRIGGER disk_full BEFORE INSERT ON task_results
    BEGIN SELECT RAISE(ABORT, 'disk full'); END;
"""
#: Every read meets text that is no JSON, which SQLite refuses; writes go to the table behind.
FAILS_ON_READ = """
    ALTER TABLE task_results RENAME TO kept;
    CREATE VIEW task_results AS SELECT key, json('{' || key) AS value, created_at FROM kept;
    CREATE TRIGGER written INSTEAD OF INSERT ON task_results
    BEGIN INSERT OR IGNORE INTO kept VALUES (new.key, new.value, new.created_at); END;
"""
TRUNCATED = "UPDATE task_results SET value = substr(value, 1, 40)"
GARBAGE = "UPDATE task_results SET value = x'80049500'"
OF_ANOTHER_SHAPE = """
    UPDATE task_results SET value = CAST(
        json_set(CAST(value AS TEXT), '$.result', '"nonsense"') AS BLOB)
"""
#: Every result says that its operation was refused.
OF_ANOTHER_OPERATION = """
    UPDATE task_results SET value = CAST(json_set(
        CAST(value AS TEXT), '$.result',
        replace(json_extract(CAST(value AS TEXT), '$.result'), '"succeeded"', '"refused"')
    ) AS BLOB)
"""
GONE = "DELETE FROM task_results"
NO_TABLE = "DROP TABLE task_results"


BROKEN = {
    "fails on write": FAILS_ON_WRITE,
    "fails on read": FAILS_ON_READ,
    "truncated": TRUNCATED,
    "garbage": GARBAGE,
    "of another shape": OF_ANOTHER_SHAPE,
    "of another operation": OF_ANOTHER_OPERATION,
    "gone": GONE,
    "no table": NO_TABLE,
}


def break_storage(merchant: Merchant, script: str) -> None:
    """Do to the journal's file what no program of ours would."""
    with closing(sqlite3.connect(merchant.home / "journal.sqlite")) as connection:
        connection.executescript(script)


def onboard(merchant: Merchant, flows: FlowProcess) -> str:
    """Stage the same customers as a batch of their own and onboard it; the final message."""
    with merchant.journal() as journal:
        batch = stage(journal, *customers(CUSTOMERS))
    message: str = flows.run("onboard_batch", batch)["message"]
    return message


def stored(merchant: Merchant, table: str = "task_results") -> int:
    with closing(sqlite3.connect(merchant.home / "journal.sqlite")) as connection:
        count: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return count


@pytest.mark.e2e
def test_the_healthy_control_calls_once_and_keeps_every_result(
    merchant: Merchant, flows: FlowProcess
) -> None:
    assert [onboard(merchant, flows) for _ in range(2)] == [f"{CUSTOMERS} onboarded"] * 2
    assert merchant.writes() == CALLS
    assert stored(merchant) == CALLS


@pytest.mark.e2e
@pytest.mark.parametrize("how", ["fails on write", "fails on read", "no table"])
def test_storage_that_fails_from_the_start(
    merchant: Merchant, flows: FlowProcess, how: str
) -> None:
    with merchant.journal():
        pass  # the tables stand now
    break_storage(merchant, BROKEN[how])
    assert [onboard(merchant, flows) for _ in range(2)] == [f"{CUSTOMERS} onboarded"] * 2
    assert merchant.writes() == CALLS
    merchant.assert_books_agree(CUSTOMERS)


@pytest.mark.e2e
@pytest.mark.parametrize("how", BROKEN)
def test_storage_that_breaks_after_the_first_run(
    merchant: Merchant, flows: FlowProcess, how: str
) -> None:
    assert onboard(merchant, flows) == f"{CUSTOMERS} onboarded"
    assert stored(merchant) == CALLS
    break_storage(merchant, BROKEN[how])

    assert onboard(merchant, flows) == f"{CUSTOMERS} onboarded"

    assert merchant.writes() == CALLS
    merchant.assert_books_agree(CUSTOMERS)


@pytest.mark.e2e
def test_a_result_the_journal_knows_nothing_of_is_not_believed(
    merchant: Merchant, flows: FlowProcess
) -> None:
    """Results outlive a journal that was restored from a copy made before."""
    assert onboard(merchant, flows) == f"{CUSTOMERS} onboarded"
    break_storage(
        merchant,
        "UPDATE intents SET state = 'unknown', record_id = NULL, answer = NULL"
        " WHERE operation = 'mandate.create'",
    )

    assert onboard(merchant, flows) == f"{CUSTOMERS} onboarded"

    merchant.assert_books_agree(CUSTOMERS)
    replays = [call for call in merchant.sandbox.requests() if call["replayed"]]
    assert [call["path"].rpartition("/")[2] for call in replays] == ["mandate"] * CUSTOMERS
