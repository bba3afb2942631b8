"""All records in memory, and what changed since last asked; knows no rule and no file."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar, get_args, get_origin, get_type_hints

import orjson

from smarterpay.sandbox.books.life import IllegalMoveError, standing
from smarterpay.sandbox.records.accounts import (
    AccountValidation,
    BankAccount,
    BankAccountCheck,
    ClientBankAccount,
    CustomerAccount,
    Job,
    Mandate,
    Record,
    RecurrenceSchedule,
    ServiceUserNumber,
    StoredAnswer,
)
from smarterpay.sandbox.records.cards import Card, CardReversal
from smarterpay.sandbox.records.items import (
    ApiRequest,
    Credit,
    Payment,
    Submission,
    SubmissionLine,
)
from smarterpay.sandbox.records.links import EcommerceBranding, EcommercePageSetup, PaymentLink
from smarterpay.sandbox.records.messages import (
    Delivery,
    OutboundMessage,
    Subscription,
    WebhookEvent,
)
from smarterpay.sandbox.records.reports import DueReport
from smarterpay.sandbox.records.tokens import AccessToken

R = TypeVar("R", bound=Record)

Change = tuple[str, str, bytes | None]
"""One changed entry: kind, id, and its JSON, or None where it is gone."""

META = "meta"


class Table(Generic[R]):
    """The records of one kind in order of creation, found by id and by indexed attributes."""

    def __init__(
        self, record_class: type[R], changed: Callable[[str, str], None], *indexed: str
    ) -> None:
        self.kind = record_class.KIND
        self._class = record_class
        self._types = _attribute_types(record_class)
        self._changed = changed
        self._records: dict[str, R] = {}
        self._indexed = indexed
        self._by_value: dict[str, dict[str, dict[str, None]]] = {name: {} for name in indexed}
        self._value_of: dict[str, tuple[str, ...]] = {}
        self._position: dict[str, int] = {}
        self._state: dict[str, StrEnum] = {}
        self._created = 0

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[R]:
        return iter(self._records.values())

    def __reversed__(self) -> Iterator[R]:
        return reversed(self._records.values())

    def get(self, record_id: str) -> R | None:
        """The record with exactly this id, or None."""
        return self._records.get(record_id)

    def put(self, record: R) -> None:
        """Add the record, or note that it changed.

        Raises `IllegalMoveError` where it is in a state that section 11 does not lead to.
        """
        self._keep_to_its_life(record, new_ones_start=True)
        self._put(record)

    def _put(self, record: R) -> None:
        if record.id not in self._records:
            self._created += 1
            self._position[record.id] = self._created
        self._records[record.id] = record
        self._reindex(record)
        self._changed(self.kind, record.id)

    def position(self, record_id: str) -> int:
        """The place of a record in the order of creation."""
        return self._position[record_id]

    def drop(self, record_id: str) -> None:
        """Forget a record that is there."""
        del self._records[record_id]
        del self._position[record_id]
        self._state.pop(record_id, None)
        self._unindex(record_id)
        self._changed(self.kind, record_id)

    def having(self, attribute: str, value: str) -> list[R]:
        """All records whose indexed attribute has this value, in no order to rely on."""
        return [self._records[found] for found in self._by_value[attribute].get(value, ())]

    def up_to(self, attribute: str, value: str) -> list[R]:
        """All records whose indexed attribute is set and not above `value`, by creation.

        What it costs grows with the different values there are, not with the records.
        """
        held = self._by_value[attribute]
        found = (record_id for known in held if known <= value for record_id in held[known])
        return self.in_order(self._records[record_id] for record_id in found)

    def holds(self, attribute: str, value: str) -> bool:
        """Whether any record's indexed attribute has this value."""
        return value in self._by_value[attribute]

    def each_having(self, attribute: str, value: str) -> Iterator[R]:
        """The same one by one, for who stops at the first that will do; change none meanwhile."""
        return (self._records[found] for found in self._by_value[attribute].get(value, ()))

    def in_order(self, records: Iterable[R]) -> list[R]:
        """The records in the order in which they were created."""
        return sorted(records, key=lambda record: self._position[record.id])

    def indexes(self, attribute: str) -> bool:
        """Whether `having` can be asked for this attribute."""
        return attribute in self._by_value

    def load(self, raw: bytes) -> None:
        """Take in a record from its JSON.

        Raises `TypeError` or `ValueError` where it is none of this kind.
        """
        record = self._class(**orjson.loads(raw))
        for name, allowed in self._types:
            if type(getattr(record, name)) not in allowed:
                raise TypeError(f"{self.kind}.{name} is of another type")
        if datetime.fromisoformat(record.created_at).tzinfo is None:
            raise ValueError(f"{self.kind}.created_at has no zone")
        self._keep_to_its_life(record, new_ones_start=False)
        self._put(record)

    def clear(self) -> None:
        """Forget everything, as a change of each record."""
        for record_id in list(self._records):
            self.drop(record_id)

    def _keep_to_its_life(self, record: R, *, new_ones_start: bool) -> None:
        stands = standing(record)
        if stands is None:
            return
        cycle, state = stands
        before = self._state.get(record.id)
        started = state in cycle.starts or not new_ones_start
        legal = started if before is None else before == state or cycle.permits(before, state)
        if not legal:
            raise IllegalMoveError(f"{self.kind}: from {before or 'new'} to {state}")
        self._state[record.id] = state

    def _reindex(self, record: R) -> None:
        if not self._indexed:
            return
        values = tuple(str(getattr(record, name)) for name in self._indexed)
        before = self._value_of.get(record.id)
        if before == values:
            return
        self._value_of[record.id] = values
        for place, name in enumerate(self._indexed):
            value = values[place]
            if before is not None:
                if before[place] == value:
                    continue
                self._forget_value(name, before[place], record.id)
            if value:
                self._by_value[name].setdefault(value, {})[record.id] = None

    def _unindex(self, record_id: str) -> None:
        values = self._value_of.pop(record_id, ())
        for name, value in zip(self._indexed, values, strict=False):
            self._forget_value(name, value, record_id)

    def _forget_value(self, name: str, value: str, record_id: str) -> None:
        found = self._by_value[name].get(value)
        if found is not None:
            found.pop(record_id, None)
            if not found:
                del self._by_value[name][value]


def _attribute_types(record_class: type[Record]) -> tuple[tuple[str, tuple[type, ...]], ...]:
    """The attributes of a record class, each with the types its values can have."""
    hints = get_type_hints(record_class)
    named = ((name, hint) for name, hint in hints.items() if get_origin(hint) is not ClassVar)
    return tuple((name, _types_of(hint)) for name, hint in named)


def _types_of(hint: Any) -> tuple[type, ...]:
    """The classes a value of this annotation can be of: itself, its choices, or its container."""
    container = get_origin(hint)
    if container in {list, dict}:
        return (container,)
    return get_args(hint) or (hint,)


class Books:
    """Every table, and the small entries beside them: clock, settings, drawn ids."""

    def __init__(self) -> None:
        self._changes: dict[tuple[str, str], None] = {}
        self._tables: dict[str, Table[Any]] = {}
        self.meta: dict[str, dict[str, Any]] = {}
        table = self._table
        self.customer_accounts = table(CustomerAccount, "custom_reference")
        self.bank_accounts = table(BankAccount, "custom_reference")
        self.account_validations = table(AccountValidation)
        self.mandates = table(
            Mandate, "auddis", "customer_bank_account", "account_number", "line_due", "idle_since"
        )
        self.recurrence_schedules = table(
            RecurrenceSchedule,
            "custom_reference",
            "mandate",
            "status",
            "card_id",
            "work_due",
            "ends_on",
        )
        self.bank_account_checks = table(BankAccountCheck)
        self.payments = table(
            Payment,
            "custom_reference",
            "status",
            "mandate",
            "recurrence_schedule",
            "related_payment",
            "card_id",
            "expires_on",
            "submission_due",
            "settlement_due",
        )
        self.credits = table(
            Credit,
            "reference",
            "status",
            "mandate",
            "bank_account",
            "submission_due",
            "settlement_due",
        )
        self.api_requests = table(ApiRequest)
        self.submissions = table(Submission)
        self.submission_lines = table(SubmissionLine, "submission_id", "record_id")
        self.due_reports = table(DueReport, "day", "record_id")
        self.cards = table(Card, "custom_reference", "customer_account", "session_token")
        self.card_reversals = table(CardReversal)
        self.client_bank_accounts = table(ClientBankAccount, "legacy_id", "sun")
        self.service_user_numbers = table(ServiceUserNumber, "sun")
        self.subscriptions = table(Subscription)
        self.webhook_events = table(WebhookEvent, "subscription_id")
        self.outbound_messages = table(OutboundMessage, "legacy_id", "held_behind")
        self.deliveries = table(Delivery)
        self.payment_links = table(PaymentLink, "expires_on")
        self.ecommerce_page_setups = table(EcommercePageSetup)
        self.ecommerce_brandings = table(EcommerceBranding)
        self.access_tokens = table(AccessToken)
        self.idempotency_keys = table(StoredAnswer)
        self.jobs = table(Job)

    def _table(self, record_class: type[R], *indexed: str) -> Table[R]:
        table = Table(record_class, self._note, *indexed)
        self._tables[table.kind] = table
        return table

    def table_of(self, record: R) -> Table[R]:
        """The table that holds records of this one's kind."""
        return self._tables[record.KIND]

    @property
    def tables(self) -> dict[str, Table[Any]]:
        """Every table by kind."""
        return self._tables

    def put_meta(self, name: str, value: dict[str, Any]) -> None:
        """Set one of the small entries."""
        self.meta[name] = value
        self._note(META, name)

    def take_changes(self) -> list[Change]:
        """What changed since last asked, each entry once with its present JSON."""
        if not self._changes:
            return []
        changes = [(kind, key, self._present(kind, key)) for kind, key in self._changes]
        self._changes.clear()
        return changes

    def forget_changes(self) -> None:
        """Drop what `take_changes` would give: nobody keeps it."""
        self._changes.clear()

    def entries(self) -> Iterator[Change]:
        """Everything, tables in order of creation; what a snapshot holds."""
        for kind, table in self._tables.items():
            for record in table:
                yield kind, record.id, orjson.dumps(record)
        for name, value in self.meta.items():
            yield META, name, orjson.dumps(value)

    def load(self, kind: str, key: str, raw: bytes) -> None:
        """Take in one entry; raises `KeyError` for a kind there is not."""
        if kind == META:
            self.put_meta(key, orjson.loads(raw))
        else:
            self._tables[kind].load(raw)

    def clear(self) -> None:
        """Forget everything, as changes."""
        for table in self._tables.values():
            table.clear()
        for name in list(self.meta):
            del self.meta[name]
            self._note(META, name)

    def _note(self, kind: str, key: str) -> None:
        self._changes[(kind, key)] = None

    def _present(self, kind: str, key: str) -> bytes | None:
        if kind == META:
            value = self.meta.get(key)
            return None if value is None else orjson.dumps(value)
        record = self._tables[kind].get(key)
        return None if record is None else orjson.dumps(record)
