"""Migrations arrive at the schema the code is written for, also when processes race."""

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from sqlalchemy import Connection, inspect, text

from smarterpay.journal import Journal, migrations
from smarterpay.journal.database import Database
from smarterpay.journal.decision import State
from smarterpay.journal.migrate import HEAD, migrate
from smarterpay.journal.schema import metadata
from smarterpay.settings import Settings
from tests.databases import PostgreSQLServer
from tests.journal import actors as actor
from tests.journal.processes import actors


@pytest.fixture
def second_url(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Any:
    """Another empty database of the same kind."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'second.sqlite'}"
        return
    server: PostgreSQLServer = request.getfixturevalue("postgresql_server")
    name = server.create_database()
    yield server.url(name)
    server.drop_database(name)


def differences(connection: Connection) -> list[Any]:
    """What alembic would change to make the database look like the schema."""
    options = {"compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def described(connection: Connection) -> dict[str, Any]:
    """Everything the database itself says of our tables, constraints included."""
    inspector = inspect(connection)

    def of(table: str) -> dict[str, Any]:
        return {
            "columns": [
                {**column, "type": repr(column["type"])} for column in inspector.get_columns(table)
            ],
            "primary key": inspector.get_pk_constraint(table),
            "unique": sorted(map(repr, inspector.get_unique_constraints(table))),
            "check": sorted(map(repr, inspector.get_check_constraints(table))),
            "foreign": sorted(map(repr, inspector.get_foreign_keys(table))),
            "indexes": sorted(map(repr, inspector.get_indexes(table))),
        }

    return {table: of(table) for table in sorted(inspector.get_table_names())}


def test_from_empty_to_head_is_the_schema(database_url: str) -> None:
    database = Database(database_url)
    migrate(database)

    with database.write() as connection:
        assert differences(connection) == []
        connection.execute(text("DROP INDEX ix_intents_reference"))
        assert len(differences(connection)) == 1, "the comparison sees nothing"
    database.close()


def test_the_database_cannot_tell_migrations_from_the_schema(
    database_url: str, second_url: str
) -> None:
    """Checks and constraint names as well, which alembic does not compare."""
    migrated, created = Database(database_url), Database(second_url)
    migrate(migrated)
    with created.write() as connection:
        metadata.create_all(connection)

    with migrated.read() as one, created.read() as other:
        by_migration, by_schema = described(one), described(other)
    del by_migration["alembic_version"]
    assert by_migration == by_schema
    assert set(by_schema) == set(metadata.tables)
    migrated.close()
    created.close()


def test_head_is_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))

    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_migrating_again_changes_nothing(database_url: str) -> None:
    database = Database(database_url)
    migrate(database)
    with database.read() as connection:
        before = described(connection)

    migrate(database)

    with database.read() as connection:
        assert described(connection) == before
    database.close()


def test_processes_that_start_at_once_migrate_once(tmp_path: Path, database_url: str) -> None:
    """The first start of several workers on an empty database."""
    settings = Settings(home=tmp_path, journal_url=SecretStr(database_url))
    with actors(settings) as four:
        four.add(actor.bring_up_to_date, count=4)
        outcomes = four.go()

    assert outcomes == [{"migrated": True}] * 4
    database = Database(database_url)
    with database.read() as connection:
        assert differences(connection) == []
        assert connection.execute(text("SELECT version_num FROM alembic_version")).all() == [
            (HEAD,)
        ]
    database.close()


def test_a_journal_of_the_first_release_keeps_its_writes(tmp_path: Path, database_url: str) -> None:
    """Revision 0002 adds to intents that are settled, or in flight, at that moment."""
    settings = Settings(home=tmp_path, journal_url=SecretStr(database_url))
    database = Database(database_url)
    with database.write() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            text(
                "INSERT INTO intents (id, operation, reference, generation, key, state, method,"
                " path, request_sha256, request_body, opened_at, look_up) VALUES ('one',"
                " 'mandate.create', 'CUST-0042', 0, 'k', 'unknown', 'POST', '/mandate', 'd', :body,"
                " '2026-06-01 09:00:00', :look_up)"
            ),
            {"body": b"encrypted", "look_up": False},
        )
    database.close()

    with Journal.open(settings) as journal:
        kept = journal.intents.get("one")

    assert (kept.reference, kept.state) == ("CUST-0042", State.UNKNOWN)
    assert (kept.record_status, kept.bulk_intent_id, kept.is_bulk) == (None, None, False)


def test_a_migration_that_fails_leaves_nothing(database_url: str) -> None:
    """One transaction for all of it, on SQLite too: the next start begins from empty again."""
    database = Database(database_url)
    with database.write() as connection:
        connection.execute(text("CREATE TABLE rows (n INTEGER)"))

    with pytest.raises(Exception, match="already exists"):
        migrate(database)

    with database.write() as connection:
        assert inspect(connection).get_table_names() == ["rows"]
        connection.execute(text("DROP TABLE rows"))
    migrate(database)
    database.close()
