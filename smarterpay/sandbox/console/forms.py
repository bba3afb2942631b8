"""The forms of the page, each as the control call it stands for; knows no page and no rule."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Literal, get_origin, get_type_hints
from urllib.parse import quote

import orjson

from smarterpay.bacs import LONDON
from smarterpay.sandbox.console.words import london
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.settings import SUBMISSION_TIME, ClientSettings

Fields = Mapping[str, str]
Body = dict[str, Any]

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_RECORD_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


class BadFormError(ValueError):
    """A field of a form cannot be read; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form: the control call it makes, and the part of the page its reader goes back to.

    `call` gives the path below `/_sandbox`, `body` the JSON; both raise `BadFormError`.
    `told` says in words what happened, from the fields and the call's answer.
    """

    part: str
    call: Callable[[Fields], str]
    body: Callable[[Platform, Fields], Body]
    told: Callable[[Fields, Body], str]
    method: str = "POST"


def next_at(platform: Platform, hour: time) -> datetime:
    """The next instant at which it is `hour` in London."""
    local = platform.now().astimezone(LONDON)
    day = local.date() if local.time() < hour else local.date() + timedelta(days=1)
    return datetime.combine(day, hour, LONDON)


def _to(path: str) -> Callable[[Fields], str]:
    """A call whose path names no record."""
    return lambda _: path


def _of_record(path: str) -> Callable[[Fields], str]:
    """A call whose path names the record of the field `id`."""
    return lambda fields: path.format(id=quote(_record_id(fields, "id"), safe=""))


def _record_id(fields: Fields, name: str) -> str:
    given = _text(fields, name)
    if _RECORD_ID.fullmatch(given) is None:
        raise BadFormError("give the id of a record")
    return given


def _text(fields: Fields, name: str) -> str:
    return fields.get(name, "").strip()


def _nothing(_: Platform, __: Fields) -> Body:
    return {}


def _filled(*names: str) -> Callable[[Platform, Fields], Body]:
    """A body of those named fields that are filled in, as texts."""
    return lambda _, fields: {name: _text(fields, name) for name in names if _text(fields, name)}


def _number(fields: Fields, name: str) -> int | float:
    text = _text(fields, name)
    try:
        return int(text) if _WHOLE.fullmatch(text) else float(text)
    except ValueError:
        raise BadFormError(f"{name} is a number") from None


def _advance(_: Platform, fields: Fields) -> Body:
    return {"advance": _text(fields, "span")}


def _until_the_run(platform: Platform, _: Fields) -> Body:
    return {"set": next_at(platform, SUBMISSION_TIME).isoformat()}


def _set(_: Platform, fields: Fields) -> Body:
    return {"set": _text(fields, "instant")}


def _mode(_: Platform, fields: Fields) -> Body:
    scale = {"scale": _number(fields, "scale")} if _text(fields, "scale") else {}
    return {"mode": _text(fields, "mode")} | scale


def _time_told(_: Fields, answer: Body) -> str:
    now = datetime.fromisoformat(answer["now"])
    done = answer["jobs_done"]
    return f"It is {london(now)} in London; {done} job{'' if done == 1 else 's'} done on the way."


def _settings(platform: Platform, fields: Fields) -> Body:
    """The settings that the form shows otherwise than they stand."""
    standing = platform.settings.as_dict()
    wanted = {
        name: _setting(name, hint, fields)
        for name, hint in get_type_hints(ClientSettings).items()
        if hint is bool or name in fields
    }
    return {name: value for name, value in wanted.items() if value != standing[name]}


def _setting(name: str, hint: Any, fields: Fields) -> Any:
    text = _text(fields, name)
    if hint is bool:
        return name in fields
    if hint in {int, float} or hint == int | None:
        return None if not text else _number(fields, name)
    if get_origin(hint) is Literal:
        return text
    try:
        return orjson.loads(text or "{}")
    except orjson.JSONDecodeError:
        raise BadFormError(f"{name} is JSON") from None


def _report(_: Platform, fields: Fields) -> Body:
    body: Body = {"code": _text(fields, "code"), "record_id": _record_id(fields, "id")}
    details = {
        name: _text(fields, name)
        for name in ("sort_code", "account_number", "account_name")
        if _text(fields, name)
    }
    return body | ({"new_details": details} if details else {})


def _challenge(_: Platform, fields: Fields) -> Body:
    return {"record_id": _record_id(fields, "id"), "phrase": _text(fields, "phrase")}


def _fault(_: Platform, fields: Fields) -> Body:
    body: Body = {"kind": _text(fields, "kind")}
    body |= {name: _text(fields, name) for name in ("method", "path") if _text(fields, name)}
    numbers = ("times", "skip", "seconds")
    return body | {name: _number(fields, name) for name in numbers if _text(fields, name)}


def _subscription(_: Platform, fields: Fields) -> Body:
    return {"url": _text(fields, "url"), "version": _number(fields, "version")}


def _reset(_: Platform, fields: Fields) -> Body:
    if fields.get("sure") != "yes":
        raise BadFormError("tick the box: a reset forgets every record")
    return {"seed": _number(fields, "seed")} if _text(fields, "seed") else {}


def _told(text: str) -> Callable[[Fields, Body], str]:
    """What happened, with the fields of the form in it by name."""
    return lambda fields, _: text.format_map(defaultdict(str, fields))


FORMS: Mapping[str, Form] = {
    "advance": Form("clock", _to("/clock"), _advance, _time_told),
    "until-the-run": Form("clock", _to("/clock"), _until_the_run, _time_told),
    "next-banking-day": Form(
        "clock", _to("/clock"), lambda _, __: {"next_banking_day": True}, _time_told
    ),
    "set-clock": Form("clock", _to("/clock"), _set, _time_told),
    "mode": Form("clock", _to("/clock"), _mode, _time_told),
    "settings": Form("settings", _to("/settings"), _settings, _told("Settings saved.")),
    "submission-run": Form(
        "bacs", _to("/submission-run"), _nothing, _told("The submission run is done.")
    ),
    "schedules-run": Form(
        "bacs", _to("/schedules/run"), _nothing, _told("The work of schedules is done.")
    ),
    "report": Form("bacs", _to("/report"), _report, _told("{code} came for {id}.")),
    "challenge-report": Form(
        "bacs", _to("/challenge-report"), _challenge, _told("{phrase}: the report came for {id}.")
    ),
    "cancel-mandate": Form(
        "bacs",
        _of_record("/mandates/{id}/cancel-by-originator"),
        _nothing,
        _told("{id} is cancelled by the originator."),
    ),
    "complete-validation": Form(
        "people",
        _of_record("/validations/{id}/complete"),
        _filled("outcome"),
        _told("{id} ended: {outcome}."),
    ),
    "complete-card": Form(
        "people",
        _of_record("/cards/{id}/complete"),
        _filled("outcome", "payment_id"),
        lambda fields, answer: f"{fields['id']} ended: {answer['payment']['status']}.",
    ),
    "complete-link": Form(
        "people", _of_record("/payment-links/{id}/complete"), _nothing, _told("{id} is finished.")
    ),
    "subscribe": Form(
        "deliveries",
        _of_record("/subscriptions/{id}"),
        _subscription,
        _told("The subscription is saved."),
        method="PUT",
    ),
    "test-webhook": Form(
        "deliveries",
        _of_record("/subscriptions/{id}/test"),
        _nothing,
        lambda _, answer: f"The test message was sent: {answer['status']}.",
    ),
    "fault": Form("faults", _to("/faults"), _fault, _told("Ordered: {kind}.")),
    "no-faults": Form(
        "faults", _to("/faults"), _nothing, _told("No fault is ordered now."), method="DELETE"
    ),
    "reset": Form("clock", _to("/reset"), _reset, _told("Everything starts afresh.")),
}
"""Every form of the page by its name in the path."""
