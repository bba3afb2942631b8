"""Links the rows of a bulk call to it, and keeps the provider's word for a record's state."""

import sqlalchemy as sa
from alembic import op

from smarterpay.journal import schema

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the link table, the column and the index that finds a call by its API request."""
    op.add_column("intents", sa.Column("record_status", schema.Note(length=64), nullable=True))
    op.create_index(op.f("ix_intents_record_id"), "intents", ["record_id"], unique=False)
    op.create_table(
        "bulk_rows",
        sa.Column("bulk_intent_id", sa.String(length=36), nullable=False),
        sa.Column("bulk_generation", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("row_intent_id", sa.String(length=36), nullable=False),
        sa.Column("row_generation", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulk_intent_id"], ["intents.id"], name=op.f("fk_bulk_rows_bulk_intent_id_intents")
        ),
        sa.ForeignKeyConstraint(
            ["row_intent_id"], ["intents.id"], name=op.f("fk_bulk_rows_row_intent_id_intents")
        ),
        sa.PrimaryKeyConstraint(
            "bulk_intent_id", "bulk_generation", "position", name=op.f("pk_bulk_rows")
        ),
        sa.UniqueConstraint(
            "row_intent_id",
            "row_generation",
            name=op.f("uq_bulk_rows_row_intent_id_row_generation"),
        ),
    )
