"""Runs alembic on the connection `smarterpay.journal.migrate` hands over, in its transaction."""

from alembic import context

from smarterpay.journal.schema import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    raise RuntimeError("the journal is migrated by smarterpay.journal.migrate, not by hand")
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
context.run_migrations()
