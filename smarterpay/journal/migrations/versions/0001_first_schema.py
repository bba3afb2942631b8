"""The journal's first schema.

Written out rather than taken from `smarterpay.journal.schema`, which moves on: a revision stays
what it was on the day it was released. A test compares the outcome with the schema.
"""

import sqlalchemy as sa
from alembic import op

from smarterpay.journal import schema

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "batches",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", schema.UtcDateTime(timezone=True), nullable=False),
        sa.Column("rows_total", sa.Integer(), nullable=False),
        sa.Column("amount_pence", sa.BigInteger(), nullable=False),
        sa.Column("flow_run_id", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "state IN ('staging', 'staged', 'applying', 'applied')", name=op.f("ck_batches_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
    )
    op.create_table(
        "intents",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("operation", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=255), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("path", sa.String(length=512), nullable=False),
        sa.Column("request_sha256", sa.String(length=64), nullable=False),
        sa.Column("request_body", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", schema.UtcDateTime(timezone=True), nullable=False),
        sa.Column("first_sent_at", schema.UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_sent_at", schema.UtcDateTime(timezone=True), nullable=True),
        sa.Column("settled_at", schema.UtcDateTime(timezone=True), nullable=True),
        sa.Column("look_up", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("replayed", sa.Boolean(), nullable=True),
        sa.Column("record_id", sa.String(length=255), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("reason", sa.String(length=255), nullable=True),
        sa.Column("lease_owner", sa.String(length=255), nullable=True),
        sa.Column("lease_until", sa.Float(), nullable=True),
        sa.CheckConstraint(
            "state IN ('opened', 'unknown', 'succeeded', 'refused', 'needs_attention')",
            name=op.f("ck_intents_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intents")),
        sa.UniqueConstraint("key", name=op.f("uq_intents_key")),
        sa.UniqueConstraint("operation", "reference", name=op.f("uq_intents_operation_reference")),
    )
    op.create_index(op.f("ix_intents_reference"), "intents", ["reference"], unique=False)
    op.create_index(
        op.f("ix_intents_state_first_sent_at"), "intents", ["state", "first_sent_at"], unique=False
    )
    op.create_table(
        "rate_budgets",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("next_slot_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_rate_budgets")),
    )
    op.create_table(
        "rejects",
        sa.Column("batch_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=255), nullable=True),
        sa.Column("column", sa.String(length=64), nullable=True),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("message", sa.String(length=1024), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "number", "position", name=op.f("pk_rejects")),
    )
    op.create_table(
        "task_results",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", schema.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_task_results")),
    )
    op.create_table(
        "attempts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("intent_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("started_at", schema.UtcDateTime(timezone=True), nullable=False),
        sa.Column("finished_at", schema.UtcDateTime(timezone=True), nullable=True),
        sa.Column("disposition", sa.String(length=16), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("replayed", sa.Boolean(), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(length=255), nullable=True),
        sa.Column("request_id", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(
            ["intent_id"], ["intents.id"], name=op.f("fk_attempts_intent_id_intents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.UniqueConstraint("intent_id", "number", name=op.f("uq_attempts_intent_id_number")),
    )
    op.create_table(
        "rows",
        sa.Column("batch_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=255), nullable=True),
        sa.Column("accepted_reference", sa.String(length=255), nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("message", sa.String(length=512), nullable=True),
        sa.Column("record_ids", sa.JSON(), nullable=True),
        sa.Column("updated_at", schema.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('staged', 'rejected', 'succeeded', 'refused', 'waiting', 'unknown',"
            " 'needs_attention')",
            name=op.f("ck_rows_state"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_rows_batch_id_batches")
        ),
        sa.PrimaryKeyConstraint("batch_id", "number", name=op.f("pk_rows")),
        sa.UniqueConstraint(
            "batch_id", "accepted_reference", name=op.f("uq_rows_batch_id_accepted_reference")
        ),
    )
    op.create_index(
        op.f("ix_rows_accepted_reference"), "rows", ["accepted_reference"], unique=False
    )
    op.create_index(
        op.f("ix_rows_batch_id_state_number"), "rows", ["batch_id", "state", "number"], unique=False
    )
