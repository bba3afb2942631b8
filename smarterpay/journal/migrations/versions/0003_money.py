"""Adds what the money flows keep: items, ledger, refunds, presentations, approvals, audit trail."""

import sqlalchemy as sa
from alembic import op

from smarterpay.journal import schema

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables, and the triggers that make two of them append-only."""
    op.create_table(
        "amendments",
        sa.Column("reference", sa.String(length=255), nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("batch_id", sa.String(length=64), nullable=False),
        sa.Column("before", sa.String(length=32), nullable=True),
        sa.Column("undone_by", sa.String(length=255), nullable=True),
        sa.Column("claimed_at", schema.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_amendments")),
        sa.UniqueConstraint("batch_id", name=op.f("uq_amendments_batch_id")),
    )
    op.create_index(op.f("ix_amendments_subject"), "amendments", ["subject"], unique=False)
    op.create_table(
        "schedule_takeovers",
        sa.Column("schedule", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("schedule", name=op.f("pk_schedule_takeovers")),
    )
    op.create_table(
        "approval_requests",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("plan_sha256", sa.String(length=64), nullable=False),
        sa.Column("planner", sa.String(length=255), nullable=False),
        sa.Column("rows_total", sa.Integer(), nullable=False),
        sa.Column("amount_pence", sa.BigInteger(), nullable=False),
        sa.Column("largest_row_pence", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("asked_at", schema.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", schema.UtcDateTime(timezone=True), nullable=False),
        sa.Column("standing", sa.String(length=64), nullable=True),
        sa.Column("flow_run_id", sa.String(length=64), nullable=True),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_requests")),
        sa.UniqueConstraint("standing", name=op.f("uq_approval_requests_standing")),
    )
    op.create_index(
        op.f("ix_approval_requests_subject"), "approval_requests", ["subject"], unique=False
    )
    op.create_table(
        "audit_trail",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", schema.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor", schema.Note(length=255), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("previous_sha256", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_trail")),
        sa.UniqueConstraint("sha256", name=op.f("uq_audit_trail_sha256")),
    )
    op.create_index(op.f("ix_audit_trail_subject"), "audit_trail", ["subject"], unique=False)
    op.create_table(
        "items",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("amount_pence", sa.BigInteger(), nullable=False),
        sa.Column("refund_held_pence", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reference", schema.Note(length=255), nullable=True),
        sa.Column("batch_id", sa.String(length=64), nullable=True),
        sa.Column("customer", sa.String(length=64), nullable=True),
        sa.Column("mandate", sa.String(length=64), nullable=True),
        sa.Column("bank_account", sa.String(length=64), nullable=True),
        sa.Column("card", sa.String(length=64), nullable=True),
        sa.Column("schedule", sa.String(length=64), nullable=True),
        sa.Column("related_item", sa.String(length=64), nullable=True),
        sa.Column("payment_type", schema.Note(length=32), nullable=True),
        sa.Column("asked_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("bacs_code", schema.Note(length=16), nullable=True),
        sa.Column("created_at", schema.UtcDateTime(timezone=True), nullable=True),
        sa.Column("first_seen_at", schema.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", schema.UtcDateTime(timezone=True), nullable=False),
        sa.Column("read_at", schema.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('direct_debit', 'card', 'card_reservation', 'credit', 'card_refund')",
            name=op.f("ck_items_kind"),
        ),
        sa.CheckConstraint("amount_pence >= 0", name=op.f("ck_items_amount")),
        sa.CheckConstraint(
            "refund_held_pence >= 0 AND refund_held_pence <= amount_pence",
            name=op.f("ck_items_refund_ceiling"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_items")),
    )
    op.create_index(op.f("ix_items_batch_id"), "items", ["batch_id"], unique=False)
    op.create_index(op.f("ix_items_created_at"), "items", ["created_at"], unique=False)
    op.create_index(op.f("ix_items_customer"), "items", ["customer"], unique=False)
    op.create_index(op.f("ix_items_mandate"), "items", ["mandate"], unique=False)
    op.create_index(op.f("ix_items_reference"), "items", ["reference"], unique=False)
    op.create_index(op.f("ix_items_related_item"), "items", ["related_item"], unique=False)
    op.create_index(op.f("ix_items_status_kind"), "items", ["status", "kind"], unique=False)
    op.create_table(
        "approval_decisions",
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("approver", sa.String(length=255), nullable=False),
        sa.Column("planner", sa.String(length=255), nullable=False),
        sa.Column("plan_sha256", sa.String(length=64), nullable=False),
        sa.Column("via", sa.String(length=32), nullable=False),
        sa.Column("decided_at", schema.UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_at", schema.UtcDateTime(timezone=True), nullable=True),
        sa.Column("note", schema.Note(length=255), nullable=True),
        sa.CheckConstraint(
            "decision IN ('approved', 'rejected')", name=op.f("ck_approval_decisions_decision")
        ),
        sa.CheckConstraint("approver <> planner", name=op.f("ck_approval_decisions_four_eyes")),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["approval_requests.id"],
            name=op.f("fk_approval_decisions_request_id_approval_requests"),
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_approval_decisions")),
    )
    op.create_table(
        "ledger_entries",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("debit", sa.String(length=32), nullable=False),
        sa.Column("credit", sa.String(length=32), nullable=False),
        sa.Column("amount_pence", sa.BigInteger(), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("entered_at", schema.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_pence > 0", name=op.f("ck_ledger_entries_amount")),
        sa.CheckConstraint("debit <> credit", name=op.f("ck_ledger_entries_two_accounts")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name=op.f("fk_ledger_entries_item_id_items")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
        sa.UniqueConstraint(
            "item_id", "version", "step", name=op.f("uq_ledger_entries_item_id_version_step")
        ),
    )
    op.create_index(
        op.f("ix_ledger_entries_entered_on"), "ledger_entries", ["entered_on"], unique=False
    )
    op.create_table(
        "journeys",
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("reference", sa.String(length=255), nullable=False),
        sa.Column("wish", sa.LargeBinary(), nullable=False),
        sa.Column("wish_sha256", sa.String(length=64), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("message", schema.Note(length=512), nullable=True),
        sa.Column("amount_pence", sa.BigInteger(), nullable=True),
        sa.Column("record_id", sa.String(length=64), nullable=True),
        sa.Column("card", sa.String(length=64), nullable=True),
        sa.Column("record_ids", sa.JSON(), nullable=False),
        sa.Column("record_created_at", schema.UtcDateTime(timezone=True), nullable=True),
        sa.Column("staged_at", schema.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", schema.UtcDateTime(timezone=True), nullable=False),
        sa.Column("look_again_at", schema.UtcDateTime(timezone=True), nullable=True),
        sa.Column("deadline_at", schema.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('card', 'link')", name=op.f("ck_journeys_kind")),
        sa.CheckConstraint("amount_pence > 0", name=op.f("ck_journeys_amount")),
        sa.CheckConstraint(
            "stage IN ('staged', 'asking', 'waiting', 'overdue', 'needs_attention', 'reserved',"
            " 'authenticated', 'successful', 'failed', 'cancelled', 'error', 'completed',"
            " 'expired', 'refused')",
            name=op.f("ck_journeys_stage"),
        ),
        sa.PrimaryKeyConstraint("kind", "reference", name=op.f("pk_journeys")),
    )
    op.create_index(
        op.f("ix_journeys_kind_stage_look_again_at"),
        "journeys",
        ["kind", "stage", "look_again_at"],
        unique=False,
    )
    op.create_index(op.f("ix_journeys_record_id"), "journeys", ["record_id"], unique=False)
    op.create_table(
        "ledger_doubts",
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("known", schema.Note(length=64), nullable=False),
        sa.Column("told", schema.Note(length=64), nullable=False),
        sa.Column("why", schema.Note(length=255), nullable=False),
        sa.Column("first_at", schema.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_at", schema.UtcDateTime(timezone=True), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("settled_at", schema.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_ledger_doubts")),
    )
    op.create_table(
        "sync_marks",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("complete_to", schema.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sync_marks")),
    )
    op.create_table(
        "presentations",
        sa.Column("first_item_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("of_item_id", sa.String(length=64), nullable=True),
        sa.Column("item_id", sa.String(length=64), nullable=True),
        sa.Column("reference", sa.String(length=255), nullable=False),
        sa.Column("batch_id", sa.String(length=64), nullable=True),
        sa.Column("collection_date", sa.Date(), nullable=True),
        sa.Column("planned_at", schema.UtcDateTime(timezone=True), nullable=False),
        sa.Column("begun_at", schema.UtcDateTime(timezone=True), nullable=True),
        sa.Column("given_up_at", schema.UtcDateTime(timezone=True), nullable=True),
        sa.Column("standing", sa.String(length=64), nullable=True),
        sa.CheckConstraint("number >= 1", name=op.f("ck_presentations_number")),
        sa.ForeignKeyConstraint(
            ["first_item_id"], ["items.id"], name=op.f("fk_presentations_first_item_id_items")
        ),
        sa.PrimaryKeyConstraint("first_item_id", "number", name=op.f("pk_presentations")),
        sa.UniqueConstraint("item_id", name=op.f("uq_presentations_item_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_presentations_reference")),
        sa.UniqueConstraint("standing", name=op.f("uq_presentations_standing")),
    )
    op.create_index(op.f("ix_presentations_batch_id"), "presentations", ["batch_id"], unique=False)
    op.create_table(
        "refunds",
        sa.Column("reference", sa.String(length=255), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("amount_pence", sa.BigInteger(), nullable=False),
        sa.Column("rail", sa.String(length=16), nullable=False),
        sa.Column("why", schema.Note(length=255), nullable=False),
        sa.Column("paid_to", sa.String(length=64), nullable=True),
        sa.Column("paid_from", sa.String(length=64), nullable=True),
        sa.Column("pay_on", sa.Date(), nullable=True),
        sa.Column("words_sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("record_id", sa.String(length=64), nullable=True),
        sa.Column("batch_id", sa.String(length=64), nullable=True),
        sa.Column("held_at", schema.UtcDateTime(timezone=True), nullable=False),
        sa.Column("settled_at", schema.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "rail IN ('void', 'card_refund', 'cancel_deferred', 'credit', 'cancel_payment')",
            name=op.f("ck_refunds_rail"),
        ),
        sa.CheckConstraint("state IN ('held', 'done', 'released')", name=op.f("ck_refunds_state")),
        sa.CheckConstraint("amount_pence > 0", name=op.f("ck_refunds_amount")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_refunds_item_id_items")),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_refunds")),
    )
    op.create_index(op.f("ix_refunds_batch_id"), "refunds", ["batch_id"], unique=False)
    op.create_index(op.f("ix_refunds_item_id"), "refunds", ["item_id"], unique=False)
    op.create_index(op.f("ix_refunds_record_id"), "refunds", ["record_id"], unique=False)
    for table in ("ledger_entries", "audit_trail"):
        for statement in _append_only(table, op.get_bind().dialect.name):
            op.execute(statement)
    for statement in _within_balance(op.get_bind().dialect.name):
        op.execute(statement)


def _append_only(table: str, dialect: str) -> list[str]:
    """What makes `table` refuse every change and deletion of a row."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table}"
            f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for verb in ("update", "delete")
        ]
    function = f"{table}_append_only"
    body = f"BEGIN RAISE EXCEPTION '{table} is append-only'; END"
    create = f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"
    when = f"BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT"
    return [create, f"CREATE TRIGGER {function} {when} EXECUTE FUNCTION {function}()"]


def _within_balance(dialect: str) -> list[str]:
    """What refuses an entry that takes more of an item out of an account than stands in it.

    Out of `billed`, `repayments` and `unpaid` items come into the books, so these give any sum.
    Repayments are entered the other way round: the debited account gives.
    """
    repaid = "(SELECT kind IN ('credit', 'card_refund') FROM items WHERE id = NEW.item_id)"
    taken = (
        "NEW.credit NOT IN ('billed', 'unpaid') AND NEW.amount_pence > (SELECT COALESCE(SUM("
        "CASE NEW.credit WHEN debit THEN amount_pence WHEN credit THEN -amount_pence ELSE 0 END"
        "), 0) FROM ledger_entries WHERE item_id = NEW.item_id)"
    )
    given = (
        "NEW.debit <> 'repayments' AND NEW.amount_pence > (SELECT COALESCE(SUM("
        "CASE NEW.debit WHEN credit THEN amount_pence WHEN debit THEN -amount_pence ELSE 0 END"
        "), 0) FROM ledger_entries WHERE item_id = NEW.item_id)"
    )
    overdrawn = f"(CASE WHEN {repaid} THEN {given} ELSE {taken} END)"
    name, what = "ledger_entries_within_balance", "an item leaves an account it does not stand in"
    if dialect == "sqlite":
        raised = f"BEGIN SELECT RAISE(ABORT, '{what}'); END"
        return [f"CREATE TRIGGER {name} BEFORE INSERT ON ledger_entries WHEN {overdrawn} {raised}"]
    body = f"BEGIN IF {overdrawn} THEN RAISE EXCEPTION '{what}'; END IF; RETURN NEW; END"
    when = "BEFORE INSERT ON ledger_entries FOR EACH ROW"
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
        f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {name}()",
    ]
