"""Brings the journal's schema up to date; knows no table."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from smarterpay.journal.database import Database

#: The newest revision under `migrations/versions`; a test compares the two.
HEAD = "0003"
_MIGRATION_LOCK = 5_318_008_226  # any number of our own, the same in every process


def migrate(database: Database) -> None:
    """Upgrade to `HEAD`. Safe when several processes start at once: one migrates, others wait."""
    with database.read() as connection:
        if _revision(connection) == HEAD:
            return
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _MIGRATION_LOCK})
        if _revision(connection) != HEAD:
            _upgrade(connection)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar_one_or_none()
    return revision


def _upgrade(connection: Connection) -> None:
    # Imported here: alembic is needed once in a journal's life and costs a third of a second.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
