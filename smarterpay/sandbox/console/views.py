"""What the page shows, read from books, clock and protocol; changes nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Literal, get_args, get_origin, get_type_hints

import orjson

from smarterpay.bacs import DOCUMENTED_CODES, LONDON, CardPaymentStatus
from smarterpay.sandbox.bacs_work.challenges import CHALLENGE_PHRASES
from smarterpay.sandbox.cards.charges import ENDINGS
from smarterpay.sandbox.console.record_cells import Cell, all_cells, cells, columns_of
from smarterpay.sandbox.console.words import london
from smarterpay.sandbox.control.control import Control
from smarterpay.sandbox.docs.guide import SETTINGS
from smarterpay.sandbox.docs.value_tables import value_tables
from smarterpay.sandbox.http.faults import KINDS
from smarterpay.sandbox.settings import ClientSettings
from smarterpay.sandbox.timing.clock import MODES
from smarterpay.sandbox.triggers import ValidationOutcome

_CONTROLS = ("flag", "choice", "number", "json")
"""The kinds of form control, in their order on the page."""
NEWEST = 20
SHOWN_JOBS = 12
SHOWN_REQUESTS = 15
SHOWN_DELIVERIES = 15
PICKABLE = 40
VALIDATION_OUTCOMES = tuple(
    outcome.value for outcome in ValidationOutcome if outcome is not ValidationOutcome.OPEN
)
NOT_SHOWN = frozenset(
    {"jobs", "idempotency_keys", "webhook_events", "access_tokens", "card_reversals", "deliveries"}
)
"""What is no record of the provider's, or has a part of its own on the page."""
REPORTABLE = ("mandates", "payments", "credits", "bank_accounts")
"""The kinds of record that a Bacs report can be about."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a table: id, creation, cells; `reportable` where a report can hit it."""

    id: str
    created: str
    cells: list[Cell]
    reportable: bool


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as a form control: `control` is `flag`, `choice`, `number` or `json`."""

    name: str
    meaning: str
    control: str
    value: Any
    choices: tuple[str, ...] = ()


class Views:
    """Everything the page shows, collected anew for each request."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._platform = control.platform
        self._protocol = control.protocol

    async def collect(self, query: Mapping[str, str]) -> dict[str, Any]:
        """The page's parts by the name that its template knows them by."""
        await self._platform.catch_up()
        tables = self._platform.books.tables
        kinds = {kind: len(table) for kind, table in tables.items() if kind not in NOT_SHOWN}
        kind = query.get("kind", "")
        kind = kind if kind in kinds else _fullest(kinds)
        return {
            "clock": self._clock(),
            "kinds": kinds,
            "kind": kind,
            "columns": columns_of(kind),
            "rows": self._rows(kind),
            "newest": NEWEST,
            "record": self._record(query.get("record", "")),
            "jobs": self._jobs(),
            "jobs_waiting": len(self._platform.books.jobs),
            "requests": self._requests(),
            "deliveries": await self._deliveries(),
            "subscriptions": list(self._platform.books.subscriptions),
            "faults": self._protocol.faults.as_list(),
            "fault_kinds": KINDS,
            "codes": [(row.code, row.description) for row in DOCUMENTED_CODES.values()],
            "pickable": self._pickable(),
            "people": self._people(),
            "validation_outcomes": VALIDATION_OUTCOMES,
            "card_outcomes": tuple(ENDINGS),
            "challenge_phrases": tuple(CHALLENGE_PHRASES),
            "settings": self._settings(),
            "value_tables": value_tables(),
        }

    def _clock(self) -> dict[str, Any]:
        now = self._platform.now()
        local = now.astimezone(LONDON)
        banking = self._platform.calendar.is_banking_day(local.date())
        due = self._platform.agenda.next_due()
        return {
            "day": f"{local:%A} {local.day} {local:%B %Y}",
            "time": f"{local:%H:%M:%S}",
            "stamp": local.isoformat(),
            "input": f"{local:%Y-%m-%dT%H:%M}",
            "banking": banking,
            "mode": self._platform.clock.mode,
            "scale": f"{self._platform.clock.scale:g}",
            "modes": MODES,
            "next_job": london(due) if due else None,
            "earliest": self._platform.earliest_date().isoformat(),
        }

    def _rows(self, kind: str) -> list[Row]:
        table = self._platform.books.tables[kind]
        names = columns_of(kind)
        return [
            Row(
                record.id,
                london(datetime.fromisoformat(record.created_at)),
                cells(record, names),
                kind in REPORTABLE,
            )
            for record in islice(reversed(table), NEWEST)
        ]

    def _record(self, record_id: str) -> dict[str, Any] | None:
        """One record with all it says, by its id."""
        if not record_id:
            return None
        for kind, table in self._platform.books.tables.items():
            found = None if kind in NOT_SHOWN else table.get(record_id)
            if found is not None:
                reportable = kind in REPORTABLE
                return {
                    "kind": kind,
                    "id": record_id,
                    "cells": all_cells(found),
                    "reportable": reportable,
                }
        return None

    def _jobs(self) -> list[tuple[str, str, str]]:
        return [
            (london(due), job.task, job.subject)
            for due, job in self._platform.agenda.upcoming(SHOWN_JOBS)
        ]

    def _requests(self) -> list[dict[str, Any]]:
        lines = self._protocol.counters.recent(SHOWN_REQUESTS)
        return [
            line | {"simulated": london(datetime.fromisoformat(line["simulated"]))}
            for line in reversed(lines)
        ]

    async def _deliveries(self) -> list[dict[str, Any]]:
        """The last attempts to deliver a webhook, newest first, as the control call has them."""
        answer = await self._control.answer("GET", "/deliveries", f"limit={SHOWN_DELIVERIES}", b"")
        if answer.status != 200:
            return []
        listed: list[dict[str, Any]] = orjson.loads(answer.body)["deliveries"]
        return listed

    def _pickable(self) -> list[tuple[str, str]]:
        """The newest records that a report can hit, each with a word about it."""
        tables = self._platform.books.tables
        return [
            (record.id, _about(record))
            for kind in REPORTABLE
            for record in islice(reversed(tables[kind]), PICKABLE)
        ]

    def _people(self) -> dict[str, list[tuple[str, str]]]:
        """What waits for somebody at a browser, newest first.

        Card payments as card and payment; account validations and payment links as id and the
        address of their page.
        """
        books = self._platform.books
        pending = books.payments.in_order(
            books.payments.having("status", CardPaymentStatus.PENDING.value)
        )
        waiting: dict[str, Iterable[tuple[str, str]]] = {
            "cards": ((one.card_id, one.id) for one in reversed(pending)),
            "validations": (
                (one.id, one.account_validation_url)
                for one in reversed(books.account_validations)
                if not one.done
            ),
            "links": (
                (one.id, one.url) for one in reversed(books.payment_links) if one.status == "active"
            ),
        }
        return {name: list(islice(found, NEWEST)) for name, found in waiting.items()}

    def _settings(self) -> dict[str, list[Setting]]:
        """The settings by their kind of control."""
        values = self._platform.settings.as_dict()
        hints = get_type_hints(ClientSettings)
        shown = [_setting(name, hints[name], value) for name, value in values.items()]
        return {kind: [one for one in shown if one.control == kind] for kind in _CONTROLS}


def _fullest(kinds: Mapping[str, int]) -> str:
    """The kind to begin with: what most testers look for first, where there is any."""
    for kind in ("payments", "mandates", "customer_accounts"):
        if kinds[kind]:
            return kind
    return "client_bank_accounts"


def _about(record: Any) -> str:
    """A record in a few words that name nobody."""
    words = [record.KIND.removesuffix("s").replace("_", " ")]
    words += [str(getattr(record, name, "")) for name in ("dd_status", "status")]
    words += [getattr(record, name, "") for name in ("auddis", "custom_reference", "reference")]
    return " · ".join(dict.fromkeys(word for word in words if word))


def _setting(name: str, hint: Any, value: Any) -> Setting:
    meaning = SETTINGS.get(name, "")
    if hint is bool:
        return Setting(name, meaning, "flag", value)
    if get_origin(hint) is Literal:
        return Setting(name, meaning, "choice", value, get_args(hint))
    if hint in {int, float} or hint == int | None:
        return Setting(name, meaning, "number", "" if value is None else str(value))
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    return Setting(name, meaning, "json", text)
