"""Personal data at rest is unreadable without a key of its own, and stays readable with it."""

import base64
import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import text

from smarterpay.journal import Journal
from smarterpay.journal.decision import State
from smarterpay.journal.encryption import KEY_FILE_NAME, CannotDecrypt, Cipher, cipher_from
from smarterpay.journal.intents import Closing
from smarterpay.journal.leases import new_lease
from smarterpay.settings import Settings
from tests.databases import PostgreSQLServer
from tests.journal import actors as actor
from tests.journal.builders import NOW, a_bad_row, a_batch, a_row, a_wish, settled
from tests.journal.processes import actors

MARK = b"PLANTED-ADA-LOVELACE-12345678"
REFERENCE = "REFERENCE-IN-CLEAR"
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def plant(journal: Journal) -> str:
    """Write the mark wherever personal data goes; returns the intent's id."""
    closing = Closing("succeeded", State.SUCCEEDED, status=200, answer=MARK + b" answer")
    wish = a_wish(reference=REFERENCE, body=MARK + b" body")
    intent = settled(journal, closing, wish)
    a_batch(journal, [a_row(0, payload=MARK + b" row"), a_bad_row(1)])
    return intent.id


def with_keys(settings: Settings, *keys: str) -> Settings:
    """The same settings with other encryption keys."""
    return settings.model_copy(update={"encryption_keys": SecretStr(",".join(keys))})


class TestAtRest:
    """Design section 5. The reference, which is no personal data, shows that the search finds."""

    def test_sqlite_files_hold_no_clear_payload_request_or_answer(
        self, tmp_path: Path, sqlite_url: str
    ) -> None:
        settings = Settings(home=tmp_path, journal_url=SecretStr(sqlite_url))
        with Journal.open(settings) as journal:
            plant(journal)
            files = sorted((tmp_path / "database").iterdir())
            on_disk = b"".join(file.read_bytes() for file in files)

        assert [file.name for file in files] == [
            "journal.sqlite",
            "journal.sqlite-shm",
            "journal.sqlite-wal",
        ]
        assert_only_the_reference_shows(on_disk)
        assert_only_the_reference_shows((tmp_path / "database" / "journal.sqlite").read_bytes())

    def test_postgresql_files_hold_no_clear_payload_request_or_answer(
        self, tmp_path: Path, postgresql_url: str, postgresql_server: PostgreSQLServer
    ) -> None:
        settings = Settings(home=tmp_path, journal_url=SecretStr(postgresql_url))
        with Journal.open(settings) as journal:
            plant(journal)
            with journal.database.engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT")
                connection.execute(text("CHECKPOINT"))
                oid = connection.execute(
                    text("SELECT oid FROM pg_database WHERE datname = current_database()")
                ).scalar_one()
            data = postgresql_server.folder / "data"
            tables = b"".join(file.read_bytes() for file in (data / "base" / str(oid)).iterdir())
            log = b"".join(file.read_bytes() for file in (data / "pg_wal").glob("0*"))

        assert_only_the_reference_shows(tables)
        assert_only_the_reference_shows(log)

    def test_with_the_key_everything_comes_back(self, journal: Journal) -> None:
        intent_id = plant(journal)
        (batch,) = journal.batches.list()
        ((_, payload),) = journal.batches.unfinished_rows(batch.id, 0, 10)

        assert journal.intents.request_body(intent_id) == MARK + b" body"
        assert journal.intents.answer(intent_id) == MARK + b" answer"
        assert payload == MARK + b" row"


def assert_only_the_reference_shows(stored: bytes) -> None:
    """The mark is in no form in which a search would find it."""
    assert REFERENCE.encode() in stored
    for form in (MARK, base64.b64encode(MARK)[:24], MARK.hex().encode()):
        assert form not in stored


class TestRotation:
    def test_the_first_key_encrypts_and_every_key_decrypts(self, settings: Settings) -> None:
        with Journal.open(with_keys(settings, OLD)) as journal:
            before = plant(journal)
        with Journal.open(with_keys(settings, NEW, OLD)) as journal:
            after = settled(journal, Closing("refused", State.REFUSED), a_wish(body=MARK)).id
            assert journal.intents.request_body(before) == MARK + b" body"

        with Journal.open(with_keys(settings, NEW)) as journal:
            assert journal.intents.request_body(after) == MARK
            with pytest.raises(CannotDecrypt):
                journal.intents.request_body(before)

    def test_without_the_key_nothing_can_be_read_and_the_error_says_what_to_do(
        self, settings: Settings
    ) -> None:
        with Journal.open(with_keys(settings, OLD)) as journal:
            intent_id = plant(journal)
            (batch,) = journal.batches.list()

        with Journal.open(with_keys(settings, NEW)) as journal:
            for read in (
                lambda: journal.intents.answer(intent_id),
                lambda: journal.batches.unfinished_rows(batch.id, 0, 10),
                lambda: journal.batches.latest_row("onboarding", "CUST-00000"),
                lambda: list(journal.batches.each_row_with_payload(batch.id)),
            ):
                with pytest.raises(CannotDecrypt, match="SMARTERPAY_ENCRYPTION_KEYS") as refusal:
                    read()
                assert OLD not in str(refusal.value)
                assert NEW not in str(refusal.value)

    def test_without_the_key_no_exchange_starts(self, settings: Settings) -> None:
        """Else bytes nobody can read would count as sent."""
        with Journal.open(with_keys(settings, OLD)) as journal:
            intent, _ = journal.intents.open(a_wish(), NOW)

        with Journal.open(with_keys(settings, NEW)) as journal:
            with pytest.raises(CannotDecrypt):
                journal.intents.start_attempt(intent.id, intent.key, new_lease(), NOW)
            assert journal.intents.get(intent.id) == intent
            assert list(journal.intents.attempts(intent.id)) == []

    @pytest.mark.parametrize(
        "key", ["short", "x" * 44, "ü" * 44, OLD[:-4]], ids=["short", "odd", "foreign", "cut off"]
    )
    def test_a_key_that_is_none_is_refused_without_being_shown(self, key: str) -> None:
        with pytest.raises(ValueError, match="is not a Fernet key") as refusal:
            Cipher([OLD, key])

        assert key not in str(refusal.value)

    def test_no_key_is_no_cipher(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="at least one"):
            cipher_from(" , ", tmp_path)

    def test_a_cipher_shows_nothing_of_its_keys(self) -> None:
        assert repr(Cipher([OLD])) == "Cipher(...)"


class TestKeyFile:
    def test_is_made_once_for_its_owner_only(self, tmp_path: Path) -> None:
        home = tmp_path / "new" / "home"

        stored = cipher_from(None, home).encrypt(MARK)

        file = home / KEY_FILE_NAME
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert cipher_from("", home).decrypt(stored) == MARK
        assert [path.name for path in home.iterdir()] == [KEY_FILE_NAME]

    def test_is_not_made_where_keys_are_set(self, tmp_path: Path) -> None:
        cipher_from(OLD, tmp_path)

        assert list(tmp_path.iterdir()) == []

    def test_processes_that_start_at_once_end_with_one_key(self, tmp_path: Path) -> None:
        settings = Settings(home=tmp_path / "home")
        with actors(settings) as four:
            four.add(actor.make_the_key, count=4)
            outcomes = four.go()

        cipher = cipher_from(None, settings.home)
        assert len({outcome["file"] for outcome in outcomes}) == 1
        assert [cipher.decrypt(o["text"].encode()) for o in outcomes] == [b"mark"] * 4
        assert [path.name for path in settings.home.iterdir()] == [KEY_FILE_NAME]
