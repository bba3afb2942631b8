"""The control calls under `/_sandbox/` (section 12): the hand of the tester, not the provider.

No token is asked for. It must not be reachable from a provider's client by accident, so it
shares no path with either host.
"""

import html
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

import orjson

from smarterpay.bacs import LONDON, MandateEvent
from smarterpay.sandbox.bacs_work.mandate_changes import change_mandate
from smarterpay.sandbox.books.changes import Source
from smarterpay.sandbox.control.bacs import BACS_CALLS
from smarterpay.sandbox.control.call import Body, ControlCall, ControlRefusal, Order, known
from smarterpay.sandbox.control.cards import CARD_CALLS
from smarterpay.sandbox.control.links import LINK_CALLS
from smarterpay.sandbox.control.oauth import OAUTH_CALLS
from smarterpay.sandbox.control.webhooks import WEBHOOK_CALLS
from smarterpay.sandbox.http.answers import Answer
from smarterpay.sandbox.http.faults import BadFaultError
from smarterpay.sandbox.http.protocol import Protocol
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.resources import account_validations, mandates
from smarterpay.sandbox.settings import REQUEST_LOG_LENGTH, UnknownSettingError
from smarterpay.sandbox.timing.clock import LONGEST_SPAN, MODES, parse_span
from smarterpay.sandbox.triggers import ValidationOutcome

BASE = "/_sandbox"
_INTERNAL = frozenset(
    {
        "jobs",
        "due_reports",
        "idempotency_keys",
        "subscriptions",
        "webhook_events",
        "card_reversals",
        "access_tokens",
    }
)
_OUTCOMES = tuple(
    outcome.value for outcome in ValidationOutcome if outcome is not ValidationOutcome.OPEN
)
MAX_BANKING_DAYS = 366

CALLS: tuple[ControlCall, ...] = (
    *BACS_CALLS,
    *CARD_CALLS,
    *LINK_CALLS,
    *OAUTH_CALLS,
    *WEBHOOK_CALLS,
)
"""The control calls that other parts of the sandbox offer."""


@dataclass(slots=True)
class Control:
    """Answers control calls; each leaves the platform in a state it could have reached."""

    platform: Platform
    protocol: Protocol

    async def answer(self, method: str, path: str, query: str, body: bytes) -> Answer:
        """The answer to a call; `path` is what follows `/_sandbox`.

        What changes something waits until a clock that is being moved has arrived.
        """
        await self.platform.catch_up()
        if method == "GET":
            return await self._answer(method, path, query, body)
        async with self.platform.moving:
            return await self._answer(method, path, query, body)

    async def _answer(self, method: str, path: str, query: str, body: bytes) -> Answer:
        parts = path.strip("/").split("/")
        try:
            if parts[0] == "validation" and method in {"GET", "POST"}:
                return self._validation_page(method, dict(parse_qsl(query)))
            handler = self._handler(method, parts)
            content = handler(dict(parse_qsl(query)), _read(body))
            return _json(200, await content if inspect.isawaitable(content) else content)
        except ControlRefusal as refused:
            return _json(refused.status, {"error": refused.message})

    def _handler(self, method: str, parts: list[str]) -> Callable[[dict[str, str], Body], Any]:
        match parts:
            case ["validations", record_id, "complete"]:
                return _only(method, {"POST": lambda _, b: self._complete(record_id, b)})
            case ["mandates", record_id, "cancel-by-originator"]:
                return _only(method, {"POST": lambda _, __: self._cancel_mandate(record_id)})
            case [name] if name in self._calls():
                return _only(method, self._calls()[name])
            case _:
                offered = self._offered(parts)
                if offered:
                    return _only(method, offered)
        raise ControlRefusal(404, "no such control call; see /docs")

    def _offered(self, parts: list[str]) -> Mapping[str, Callable[[dict[str, str], Body], Any]]:
        """The calls of `CALLS` with this path, by method."""
        found = ((call, call.match(parts)) for call in CALLS)
        return {
            call.method: partial(self._order, call, record_id)
            for call, record_id in found
            if record_id is not None
        }

    def _order(self, call: ControlCall, record_id: str, query: dict[str, str], body: Body) -> Any:
        return call.work(Order(self.platform, record_id, query, body))

    def _calls(self) -> Mapping[str, Mapping[str, Callable[[dict[str, str], Body], Any]]]:
        return {
            "clock": {"GET": lambda _, __: self._clock(), "POST": lambda _, b: self._move(b)},
            "faults": {
                "GET": lambda _, __: {"faults": self.protocol.faults.as_list()},
                "POST": lambda _, b: self._order_faults(b),
                "DELETE": lambda _, __: self._clear_faults(),
            },
            "settings": {
                "GET": lambda _, __: self.platform.settings.as_dict(),
                "POST": lambda _, b: self._change_settings(b),
            },
            "reset": {"POST": lambda _, b: self._reset(b)},
            "snapshot": {
                "GET": lambda _, __: self._snapshot(),
                "POST": lambda _, b: self._restore(b),
            },
            "books": {"GET": lambda q, _: self._books(q)},
            "requests": {"GET": lambda q, _: self._requests(q)},
        }

    def _clock(self, jobs_done: int = 0) -> Body:
        due = self.platform.agenda.next_due()
        now = self.platform.now()
        return {
            "now": now.isoformat(),
            "london": now.astimezone(LONDON).isoformat(),
            "mode": self.platform.clock.mode,
            "scale": self.platform.clock.scale,
            "jobs_done": jobs_done,
            "jobs_waiting": len(self.platform.books.jobs),
            "next_job": due.isoformat() if due else None,
        }

    async def _move(self, body: Body) -> Body:
        """Change mode, then set, advance, go to the next banking day: whichever is given."""
        known(body, {"set", "advance", "next_banking_day", "mode", "scale"})
        target = self._target(body)
        mode, scale = self._wanted_mode(body)
        done = await self.platform.advance_to(target)
        self.platform.clock.change_mode(mode, scale)
        self.platform.note_clock()
        return self._clock(done)

    def _target(self, body: Body) -> datetime:
        if len(set(body) & {"set", "advance", "next_banking_day"}) > 1:
            raise ControlRefusal(400, "give one of set, advance, next_banking_day")
        now = self.platform.now()
        try:
            if "set" in body:
                wanted = datetime.fromisoformat(str(body["set"]))
                target = wanted if wanted.tzinfo else wanted.replace(tzinfo=LONDON)
                if target < now:
                    raise ControlRefusal(400, "time moves forward only; use reset to go back")
                if target - now > LONGEST_SPAN:
                    raise ControlRefusal(400, "one call moves time by a hundred years at most")
                return target
            if "advance" in body:
                return now + parse_span(body["advance"])
            if body.get("next_banking_day"):
                return self.platform.next_banking_day_start(_banking_days(body))
        except (ValueError, TypeError, OverflowError) as bad:
            raise ControlRefusal(400, f"not a time: {bad}") from None
        return now

    def _wanted_mode(self, body: Body) -> tuple[Any, float]:
        mode = body.get("mode", self.platform.clock.mode)
        scale = body.get("scale", self.platform.clock.scale)
        if mode not in MODES:
            raise ControlRefusal(400, f"mode must be one of {', '.join(MODES)}")
        if isinstance(scale, bool) or not isinstance(scale, int | float) or not 0 < scale <= 1e6:
            raise ControlRefusal(400, "scale is a number above 0, at most 1000000")
        return mode, float(scale)

    def _order_faults(self, body: Body) -> Body:
        """Order one fault or, as `faults`, several; `clear` calls off the earlier ones first."""
        clear = body.pop("clear", False)
        if not isinstance(clear, bool):
            raise ControlRefusal(400, "clear is true or false")
        wanted = [body] if body else []
        if "faults" in body:
            wanted = body["faults"]
            known(body, {"faults"}, "beside faults stands at most clear")
        if not isinstance(wanted, list) or not all(isinstance(raw, dict) for raw in wanted):
            raise ControlRefusal(400, "faults is a list of objects")
        try:
            self.protocol.faults.order(*wanted, clear=clear)
        except BadFaultError as bad:
            raise ControlRefusal(400, str(bad)) from None
        return {"faults": self.protocol.faults.as_list()}

    def _clear_faults(self) -> Body:
        self.protocol.faults.clear()
        return {"faults": []}

    def _change_settings(self, body: Body) -> Body:
        profiles = body.get("rejection_profiles")
        for sun in profiles if isinstance(profiles, dict) else ():
            if not self.platform.books.service_user_numbers.having("sun", str(sun)):
                raise ControlRefusal(400, f"rejection_profiles: no SUN {sun[:6]!r}")
        try:
            self.platform.settings.change(body)
        except UnknownSettingError as bad:
            raise ControlRefusal(400, str(bad)) from None
        self.platform.note_settings()
        return self.platform.settings.as_dict()

    def _reset(self, body: Body) -> Body:
        """Start afresh, with another seed where one is given; faults and figures go too."""
        known(body, {"seed"})
        seed = body.get("seed")
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
            raise ControlRefusal(400, "seed is a whole number")
        self.platform.begin(seed)
        self._forget_weather()
        self.protocol.counters.reset()
        return self._clock()

    def _snapshot(self) -> Body:
        return {
            "entries": [
                [kind, key, raw.decode()]
                for kind, key, raw in self.platform.books.entries()
                if raw is not None
            ]
        }

    def _restore(self, body: Body) -> Body:
        """Stand where a snapshot stood; a broken one changes nothing."""
        before = list(self.platform.books.entries())
        try:
            entries = [(str(k), str(key), str(raw).encode()) for k, key, raw in body["entries"]]
            if not self.platform.restore(entries):
                raise ControlRefusal(400, "the snapshot is empty")
        except (KeyError, TypeError, ValueError) as bad:
            self.platform.restore(before)
            told = "a snapshot is what GET /_sandbox/snapshot gives; this is none"
            raise ControlRefusal(400, f"{told} ({type(bad).__name__})") from None
        self._forget_weather()
        return self._clock()

    def _forget_weather(self) -> None:
        """Faults, rate windows and keys in progress belong to no state of the books."""
        self.protocol.faults.clear()
        self.protocol.limiter.reset()
        self.protocol.overtake()

    def _books(self, query: dict[str, str]) -> Body:
        """Counts per resource and figures of the protocol; full records with `records=1`."""
        tables = self.platform.books.tables
        shown: Body = {
            "counts": {kind: len(table) for kind, table in tables.items()},
            "protocol": self.protocol.counters.protocol(),
            "rate_windows": self.protocol.limiter.windows(),
            "per_second": self.protocol.counters.per_second(),
        }
        if query.get("records") in {"1", "true"}:
            shown["records"] = {
                kind: list(table) for kind, table in tables.items() if kind not in _INTERNAL
            }
        return shown

    def _requests(self, query: dict[str, str]) -> Body:
        text = query.get("limit", "100")
        if not text.isascii() or not text.isdigit() or int(text) > REQUEST_LOG_LENGTH:
            raise ControlRefusal(400, f"limit is a whole number up to {REQUEST_LOG_LENGTH}")
        return {"requests": self.protocol.counters.recent(int(text))}

    def _complete(self, record_id: str, body: Body) -> Body:
        """Give an open validation its outcome; a control call beats every test value."""
        validation = account_validations.find(self.platform, record_id)
        if validation is None:
            raise ControlRefusal(404, "no such account validation")
        if validation.done:
            raise ControlRefusal(409, "the account validation has its result already")
        known(body, {"outcome"})
        outcome = body.get("outcome", ValidationOutcome.MATCH.value)
        if outcome not in _OUTCOMES:
            raise ControlRefusal(400, f"outcome must be one of {', '.join(_OUTCOMES)}")
        account_validations.complete(self.platform, validation, ValidationOutcome(outcome))
        return account_validations.present(self.platform, validation)

    def _cancel_mandate(self, record_id: str) -> Body:
        """The one way to `cancelled by originator` (section 11)."""
        mandate = mandates.find(self.platform, record_id)
        if mandate is None:
            raise ControlRefusal(404, "no such mandate")
        if not change_mandate(
            self.platform, mandate, MandateEvent.ORIGINATOR_CANCELS, Source.PORTAL
        ):
            raise ControlRefusal(409, f"the mandate is {mandate.dd_status}")
        return mandates.present(self.platform, mandate)

    def _validation_page(self, method: str, query: dict[str, str]) -> Answer:
        """Where the link of an account validation leads: the customer's bank, in two buttons."""
        record_id = query.get("ID", "")
        validation = account_validations.find(self.platform, record_id)
        if validation is None:
            raise ControlRefusal(404, "no such account validation")
        if method == "POST":
            self._complete(record_id, {"outcome": query.get("outcome", "")})
        state = validation.message or "Waiting for the customer to sign in at the bank."
        buttons = "".join(
            f'<form method="post" action="{BASE}/validation?ID={html.escape(validation.id)}'
            f'&amp;outcome={outcome}"><button>{outcome}</button></form>'
            for outcome in _OUTCOMES
            if not validation.done
        )
        page = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            "<title>Account validation</title></head><body><h1>Account validation</h1>"
            f"<p>{html.escape(state)}</p>{buttons}</body></html>"
        )
        return Answer(200, page.encode(), "text/html; charset=utf-8")


def _only(
    method: str, by_method: Mapping[str, Callable[[dict[str, str], Body], Any]]
) -> Callable[[dict[str, str], Body], Any]:
    handler = by_method.get(method)
    if handler is None:
        raise ControlRefusal(405, f"only {', '.join(by_method)}")
    return handler


def _banking_days(body: Body) -> int:
    """How many banking days to go: a number, or `true` for one."""
    days = body["next_banking_day"]
    if not isinstance(days, int) or not 1 <= days <= MAX_BANKING_DAYS:
        told = f"next_banking_day is true or a whole number from 1 to {MAX_BANKING_DAYS}"
        raise ControlRefusal(400, told)
    return int(days)


def _read(body: bytes) -> Body:
    if not body.strip():
        return {}
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise ControlRefusal(400, "the body is not JSON") from None
    if not isinstance(content, dict):
        raise ControlRefusal(400, "the body must be a JSON object")
    return content


def _json(status: int, content: Any) -> Answer:
    return Answer(status, orjson.dumps(content))
