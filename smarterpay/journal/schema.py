"""The journal's tables; knows nothing of what is written into them or when.

Uniqueness that money depends on stands here, in the database: one intent for each operation and
reference, one key for each generation, one bulk call for each generation of a row, one accepted
row for each reference of a batch, no more held for refunds than was taken, one presentation for
each number, no approval by the planner. The money tables' rows are the provider's records; the
ledger and the audit trail are append-only.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
)

#: Characters of a merchant's reference that every database keeps, whole and comparable.
LONGEST_REFERENCE = 255


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in UTC, on SQLite too, which forgets zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware instant into UTC; a naive one is a bug and raises `ValueError`."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime must not enter the journal")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give back an aware instant in UTC."""
        if value is None:
            return None
        instant: datetime = value
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


class Note(TypeDecorator[str]):
    """Text that explains and decides nothing: cut to fit, and freed of what a database refuses.

    PostgreSQL refuses a text that is too long or holds a NUL, both refuse half a surrogate pair.
    An outcome must never be lost over the wording of its explanation, nor a rejected row over
    the rubbish it was rejected for.
    """

    impl = String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Cut `value` to `length` characters."""
        if value is None:
            return None
        return storable(value, self.length)


def storable(value: str, length: int) -> str:
    """`value` as a `Note` of that length keeps it."""
    whole = value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return whole.encode("utf-8", "replace").decode("utf-8")[:length]


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

intents = Table(
    "intents",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("operation", String(64), nullable=False),
    Column("reference", String(LONGEST_REFERENCE), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("key", String(255), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("method", String(8), nullable=False),
    Column("path", String(512), nullable=False),
    Column("request_sha256", String(64), nullable=False),
    Column("request_body", LargeBinary, nullable=False),  # encrypted, byte for byte
    Column("opened_at", UtcDateTime, nullable=False),
    Column("first_sent_at", UtcDateTime),  # of this generation: the age of the key
    Column("last_sent_at", UtcDateTime),
    Column("settled_at", UtcDateTime),
    Column("look_up", Boolean, nullable=False),  # the key may not be used again before a look-up
    Column("status", Integer),
    Column("replayed", Boolean),
    Column("record_id", String(255)),
    Column("answer", LargeBinary),  # encrypted
    Column("reason", Note(255)),  # error class and field names, never values
    Column("lease_owner", String(255)),
    Column("lease_until", Float),  # wall-clock seconds, not domain time
    Column("record_status", Note(64)),  # the provider's word for its record's state
    UniqueConstraint("operation", "reference"),
    CheckConstraint(
        "state IN ('opened', 'unknown', 'succeeded', 'refused', 'needs_attention')", name="state"
    ),
)
Index(None, intents.c.reference)
Index(None, intents.c.state, intents.c.first_sent_at)
Index(None, intents.c.record_id)

# Which rows a bulk call carries, by their place in it. A generation of a row is in one call at
# most, for ever: the database holds that no row travels twice under one decision.
bulk_rows = Table(
    "bulk_rows",
    metadata,
    Column("bulk_intent_id", ForeignKey("intents.id"), primary_key=True),
    Column("bulk_generation", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),  # from 0, as the API request counts them
    Column("row_intent_id", ForeignKey("intents.id"), nullable=False),
    Column("row_generation", Integer, nullable=False),
    UniqueConstraint("row_intent_id", "row_generation"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("intent_id", ForeignKey("intents.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("key", String(255), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("disposition", String(16)),  # empty while open, and for ever if the process died
    Column("status", Integer),
    Column("replayed", Boolean),
    Column("milliseconds", Integer),
    Column("error", Note(255)),
    Column("request_id", Note(255)),
    UniqueConstraint("intent_id", "number"),
)

batches = Table(
    "batches",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("source", Note(255), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("policy", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("rows_total", Integer, nullable=False),
    Column("amount_pence", BigInteger, nullable=False),
    Column("flow_run_id", String(64)),
    CheckConstraint("state IN ('staging', 'staged', 'applying', 'applied')", name="state"),
)

rows = Table(
    "rows",
    metadata,
    Column("batch_id", ForeignKey("batches.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("line", Integer, nullable=False),
    Column("reference", Note(255)),  # as the file has it, good or not
    Column("accepted_reference", String(LONGEST_REFERENCE)),  # empty on a rejected row
    Column("payload", LargeBinary, nullable=False),  # encrypted
    Column("state", String(16), nullable=False),
    Column("step", String(64)),
    Column("reason", String(64)),
    Column("message", Note(512)),
    Column("record_ids", JSON),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("batch_id", "accepted_reference"),
    CheckConstraint(
        "state IN ('staged', 'rejected', 'succeeded', 'refused', 'waiting', 'unknown',"
        " 'needs_attention')",
        name="state",
    ),
)
Index(None, rows.c.accepted_reference)
Index(None, rows.c.batch_id, rows.c.state, rows.c.number)

rejects = Table(
    "rejects",
    metadata,
    Column("batch_id", String(64), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("line", Integer, nullable=False),
    Column("reference", Note(255)),
    Column("column", Note(64)),
    Column("rule", String(64), nullable=False),
    Column("message", Note(1024), nullable=False),
)

task_results = Table(
    "task_results",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("value", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

rate_budgets = Table(
    "rate_budgets",
    metadata,
    Column("name", String(64), primary_key=True),  # a fingerprint of the API key
    Column("next_slot_at", Float, nullable=False),  # wall-clock seconds
)

# Every payment, credit and card payment of the provider that we know of, as last seen. `version`
# counts its changes, so that two processes that saw the same change enter it once. What is held
# for refunds never exceeds the amount: the database refuses the refund that would.
items = Table(
    "items",
    metadata,
    Column("id", String(64), primary_key=True),  # the provider's
    Column("kind", String(16), nullable=False),
    Column("status", String(32), nullable=False),
    Column("amount_pence", BigInteger, nullable=False),
    Column("refund_held_pence", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("reference", Note(LONGEST_REFERENCE)),  # the merchant's
    Column("batch_id", String(64)),
    Column("customer", String(64)),  # customer account id
    Column("mandate", String(64)),  # mandate id
    Column("bank_account", String(64)),  # of a credit
    Column("card", String(64)),
    Column("schedule", String(64)),
    Column("related_item", String(64)),  # what it presents again, refunds or releases
    Column("payment_type", Note(32)),
    Column("asked_on", Date),  # the collection or credit date asked for
    Column("due_on", Date),  # the one stored by the provider
    Column("bacs_code", Note(16)),
    Column("created_at", UtcDateTime),  # by the provider
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("read_at", UtcDateTime, nullable=False),  # when what stands here was read
    CheckConstraint(
        "kind IN ('direct_debit', 'card', 'card_reservation', 'credit', 'card_refund')",
        name="kind",
    ),
    CheckConstraint("amount_pence >= 0", name="amount"),
    CheckConstraint(
        "refund_held_pence >= 0 AND refund_held_pence <= amount_pence", name="refund_ceiling"
    ),
)
Index(None, items.c.status, items.c.kind)
Index(None, items.c.reference)
Index(None, items.c.batch_id)
Index(None, items.c.related_item)
Index(None, items.c.mandate)
Index(None, items.c.customer)
Index(None, items.c.created_at)

# Double entries: what one account gains another loses, in one row, so no entry is out of balance.
# Never changed and never deleted, and no item leaves an account in which it does not stand:
# triggers refuse it.
ledger_entries = Table(
    "ledger_entries",
    metadata,
    Column("id", String(128), primary_key=True),  # item, version and step: entered once
    Column("item_id", ForeignKey("items.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("event", String(32), nullable=False),
    Column("debit", String(32), nullable=False),
    Column("credit", String(32), nullable=False),
    Column("amount_pence", BigInteger, nullable=False),
    Column("entered_on", Date, nullable=False),  # London date
    Column("entered_at", UtcDateTime, nullable=False),
    UniqueConstraint("item_id", "version", "step"),
    CheckConstraint("amount_pence > 0", name="amount"),
    CheckConstraint("debit <> credit", name="two_accounts"),
)
Index(None, ledger_entries.c.entered_on)

# Readings that contradict what is known of their item, for a person to look into; one row for
# each record. `settled_at` is set by the first reading after it that makes sense again.
ledger_doubts = Table(
    "ledger_doubts",
    metadata,
    Column("item_id", String(64), primary_key=True),
    Column("known", Note(64), nullable=False),
    Column("told", Note(64), nullable=False),
    Column("why", Note(255), nullable=False),
    Column("first_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("times", Integer, nullable=False),
    Column("settled_at", UtcDateTime),
)

# Up to which creation time the provider's records were last read completely.
sync_marks = Table(
    "sync_marks",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("complete_to", UtcDateTime, nullable=False),
)

# One row for each refund somebody asked for. While it is `held` or `done` its pence are counted
# in its item's `refund_held_pence`; `released` gives them back, and only a refund that is known
# not to have happened is released.
refunds = Table(
    "refunds",
    metadata,
    Column("reference", String(LONGEST_REFERENCE), primary_key=True),
    Column("item_id", ForeignKey("items.id"), nullable=False),
    Column("amount_pence", BigInteger, nullable=False),
    Column("rail", String(16), nullable=False),
    Column("why", Note(255), nullable=False),  # why this rail, in our words
    Column("paid_to", String(64)),  # the card, or the payer's bank account: fixed with the rail
    Column("paid_from", String(64)),  # our own bank account, where a credit names it
    Column("pay_on", Date),  # the credit date asked for
    Column("words_sha256", String(64), nullable=False),  # of the texts that travel with it
    Column("state", String(16), nullable=False),
    Column("record_id", String(64)),
    Column("batch_id", String(64)),
    Column("held_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    CheckConstraint("amount_pence > 0", name="amount"),
    CheckConstraint(
        "rail IN ('void', 'card_refund', 'cancel_deferred', 'credit', 'cancel_payment')",
        name="rail",
    ),
    CheckConstraint("state IN ('held', 'done', 'released')", name="state"),
)
Index(None, refunds.c.item_id)
Index(None, refunds.c.record_id)
Index(None, refunds.c.batch_id)

# The chain from a first presentation to its final result. A number is taken once, by whoever
# plans it: no payment is presented twice for one failure.
presentations = Table(
    "presentations",
    metadata,
    Column("first_item_id", ForeignKey("items.id"), primary_key=True),
    Column("number", Integer, primary_key=True),  # 1 is the first presentation
    Column("of_item_id", String(64)),  # the failed payment this one presents again
    Column("item_id", String(64), unique=True),  # empty until the provider has made it
    Column("reference", String(LONGEST_REFERENCE), nullable=False, unique=True),
    Column("batch_id", String(64)),
    Column("collection_date", Date),
    Column("planned_at", UtcDateTime, nullable=False),
    Column("begun_at", UtcDateTime),  # from here on its call may have been made
    Column("given_up_at", UtcDateTime),  # it will not be made: refused, or its batch rejected
    Column("standing", String(64), unique=True),  # of_item_id; empty once given up
    CheckConstraint("number >= 1", name="number"),
)
Index(None, presentations.c.batch_id)

# A payment that somebody else has to make in a browser: a card payment or a payment link. The wish
# is staged here, encrypted, and the stage says how far it got; what only the payer's browser may
# see stands in the answer of its intent and nowhere else.
journeys = Table(
    "journeys",
    metadata,
    Column("kind", String(8), primary_key=True),
    Column("reference", String(LONGEST_REFERENCE), primary_key=True),
    Column("wish", LargeBinary, nullable=False),  # encrypted
    Column("wish_sha256", String(64), nullable=False),
    Column("stage", String(16), nullable=False),
    Column("reason", String(64)),
    Column("message", Note(512)),
    Column("amount_pence", BigInteger),  # empty where the payer names it
    Column("record_id", String(64)),  # the payment, or the link
    Column("card", String(64)),
    Column("record_ids", JSON, nullable=False),  # what a link has created, by kind
    Column("record_created_at", UtcDateTime),  # by the provider
    Column("staged_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("look_again_at", UtcDateTime),
    Column("deadline_at", UtcDateTime),
    CheckConstraint("kind IN ('card', 'link')", name="kind"),
    CheckConstraint("amount_pence > 0", name="amount"),
    CheckConstraint(
        "stage IN ('staged', 'asking', 'waiting', 'overdue', 'needs_attention', 'reserved',"
        " 'authenticated', 'successful', 'failed', 'cancelled', 'error', 'completed', 'expired',"
        " 'refused')",
        name="stage",
    ),
)
Index(None, journeys.c.kind, journeys.c.stage, journeys.c.look_again_at)
Index(None, journeys.c.record_id)

# One row for each amendment somebody asked for: its reference stands for one wish, for ever.
# `before` is what an undo goes back to: the status of a mandate that was put on hold, the pence of
# a payment that got a break.
amendments = Table(
    "amendments",
    metadata,
    Column("reference", String(LONGEST_REFERENCE), primary_key=True),
    Column("what", String(32), nullable=False),
    Column("subject", String(64), nullable=False),  # the provider's record
    Column("batch_id", String(64), nullable=False, unique=True),
    Column("before", String(32)),
    Column("undone_by", String(LONGEST_REFERENCE)),  # the amendment that took it back
    Column("claimed_at", UtcDateTime, nullable=False),
)
Index(None, amendments.c.subject)

# From which schedule a new one takes over, for which amendment: two new ones would collect twice.
schedule_takeovers = Table(
    "schedule_takeovers",
    metadata,
    Column("schedule", String(64), primary_key=True),  # the old one, by the provider's id
    Column("reference", String(LONGEST_REFERENCE), nullable=False),
)

# What a batch asks leave for. The plan's digest is what is approved: another plan is not. Of one
# subject only one request stands; the others were superseded, and no decision on them counts.
approval_requests = Table(
    "approval_requests",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("subject", String(64), nullable=False),  # a batch, or another plan's id
    Column("kind", String(32), nullable=False),
    Column("plan_sha256", String(64), nullable=False),
    Column("planner", String(255), nullable=False),
    Column("rows_total", Integer, nullable=False),
    Column("amount_pence", BigInteger, nullable=False),
    Column("largest_row_pence", BigInteger, nullable=False),
    Column("told", JSON, nullable=False),  # what else a person is shown of the plan
    Column("reasons", JSON, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("standing", String(64), unique=True),  # its subject; empty once superseded
    Column("flow_run_id", String(64)),
    Column("refusals", Integer, nullable=False),  # answers to its form that did not count
)
Index(None, approval_requests.c.subject)

approval_decisions = Table(
    "approval_decisions",
    metadata,
    Column("request_id", ForeignKey("approval_requests.id"), primary_key=True),
    Column("decision", String(16), nullable=False),
    Column("approver", String(255), nullable=False),
    Column("planner", String(255), nullable=False),  # stands here so that it can be compared
    Column("plan_sha256", String(64), nullable=False),
    Column("via", String(32), nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),  # when a run first went on by it; then it expires no more
    Column("note", Note(255)),
    CheckConstraint("decision IN ('approved', 'rejected')", name="decision"),
    CheckConstraint("approver <> planner", name="four_eyes"),
)

# Who did what, when, to what: each line carries the digest of the one before it. Never changed
# and never deleted: triggers refuse it.
audit_trail = Table(
    "audit_trail",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Note(255), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", String(LONGEST_REFERENCE), nullable=False),
    Column("details", JSON, nullable=False),
    Column("previous_sha256", String(64), nullable=False),
    Column("sha256", String(64), nullable=False, unique=True),
)
Index(None, audit_trail.c.subject)
