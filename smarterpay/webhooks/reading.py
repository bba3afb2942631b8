"""Reads the body of a webhook, version 1 or 2, into events; trusts no signature and stores none."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BeforeValidator, ValidationError

from smarterpay.api.wire import Id, Record, Timestamp, Wire, open_set
from smarterpay.bacs import reason_code
from smarterpay.webhooks.events import (
    KNOWN_KINDS,
    UNKNOWN_KIND,
    Action,
    BacsBlock,
    Event,
    Kind,
    Source,
    Subject,
    UnreadableWebhook,
    Webhook,
)

LARGEST_BODY: Final = 8 * 1024 * 1024
"""Bytes of a body at most; a batch of 500 events has about half a MiB."""


def read_webhook(body: bytes) -> Webhook:
    """The events in a raw body, in its order (reference, section 9).

    Keys match in any case and may come twice, the first that is not absent counting; numbers may
    be texts, absent values `""` or `null`; a batch may come without its envelope. Raises
    `UnreadableWebhook`, and nothing else, where an event has no id, a time is none, or the body
    is not JSON of that shape.
    """
    try:
        return _webhook(_envelope(_document(body)))
    except _Unreadable as fault:
        raise UnreadableWebhook(str(fault), body) from None


class _Unreadable(Exception):
    """The argument says where and why, without a value."""


# --- The body --------------------------------------------------------------------------------


def _document(body: bytes) -> object:
    if len(body) > LARGEST_BODY:
        raise _Unreadable(f"it has more than {LARGEST_BODY} bytes")
    try:
        text = body.decode("utf-8-sig")
        document: object = json.loads(text, object_pairs_hook=_first_that_is_there)
        # JSON can escape half a character, which no store takes: better refused here than there.
        if "\\ud" in text.lower():
            json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise _Unreadable("it is not JSON in UTF-8") from None
    return document


def _first_that_is_there(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys may come twice: version 1 prints `reference` twice (section 9)."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if found.get(key) in (None, ""):
            found[key] = value
    return found


def _envelope(document: object) -> dict[str, Any]:
    """The object with the events: the body, the only element of an array, or made up for one.

    The documents call the body an array and show an object; an event that comes bare is taken
    for what it is.
    """
    if isinstance(document, list) and len(document) == 1 and _key(document[0], "events"):
        document = document[0]
    if isinstance(document, list):
        return {"events": document}
    if not isinstance(document, dict):
        raise _Unreadable("neither an object nor an array")
    if _key(document, "events"):
        return document
    if _key(document, "event_type") or _key(document, "resource_type"):
        return {"events": [document]}
    raise _Unreadable("events: missing")


def _key(value: object, name: str) -> bool:
    return isinstance(value, dict) and any(key.lower() == name for key in value)


# --- What the parts look like ----------------------------------------------------------------


def _loose_text(value: object) -> str | None:
    """A text where there is one; a structure in its place is left to `Event.fields`."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None


def _related_id(value: object) -> str | None:
    """Id of a related record: version 2 nests an object, version 1 gives the id itself."""
    if isinstance(value, dict):
        return next((_loose_text(value[key]) for key in value if key.lower() == "id"), None)
    return _loose_text(value)


LooseText = Annotated[str | None, BeforeValidator(_loose_text)]
RelatedId = Annotated[str | None, BeforeValidator(_related_id)]


class _Envelope(Record):
    """What stands around the events; version 1 has none of it."""

    id: LooseText = None
    idempotency_key: LooseText = None
    sent_at: Timestamp = None
    client: RelatedId = None
    events: Any = None


class _Bacs(Record):
    """The bacs block's fields, wherever they stand."""

    bacs_reason_code: LooseText = None
    bacs_description: LooseText = None
    bacs_reference: LooseText = None
    bacs_filename: LooseText = None


class _Mandate(Record):
    """A mandate inside another record's event."""

    auddis: Annotated[LooseText, Wire("auddis", "reference")] = None


class _Inside(Record):
    """What stands inside `direct_debit`."""

    mandate: Any = None


class _Sent(Record):
    """The properties of an event that we give a meaning to, in either version."""

    id: LooseText = None
    event_id: LooseText = None
    legacy_id: LooseText = None
    event_type: LooseText = None
    resource_type: LooseText = None
    event_source: Annotated[Source | str | None, open_set(Source), BeforeValidator(_loose_text)] = (
        None
    )
    created_at: Timestamp = None
    edited_at: Timestamp = None
    description: LooseText = None
    status: LooseText = None
    reference: LooseText = None
    auddis: LooseText = None
    bank_account: LooseText = None
    email_id: LooseText = None
    custom_reference: Annotated[LooseText, Wire("custom_reference", "custom_referance")] = None
    request_record: RelatedId = None
    mandate: Any = None
    direct_debit: Any = None


class _EventId(Record):
    """The one thing an event must have."""

    event_id: Id


R = TypeVar("R", bound=Record)


def _read(model: type[R], value: Mapping[str, Any], where: str) -> R:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(filter(None, (where, *(str(part) for part in found["loc"]))))
        raise _Unreadable(f"{place}: {found['msg']}") from None


# --- The events ------------------------------------------------------------------------------


def _webhook(document: dict[str, Any]) -> Webhook:
    envelope = _read(_Envelope, document, "")
    sent = [envelope.events] if isinstance(envelope.events, dict) else envelope.events
    if not isinstance(sent, list):
        raise _Unreadable("events: an array was expected")
    with_key = envelope.idempotency_key is not None
    events = tuple(
        _event(item, f"events.{index}", envelope, with_key) for index, item in enumerate(sent)
    )
    return Webhook(
        version=2 if with_key or any(event.version == 2 for event in events) else 1,
        id=envelope.id,
        idempotency_key=envelope.idempotency_key,
        sent_at=envelope.sent_at,
        client_id=envelope.client,
        events=events,
    )


def _event(item: object, where: str, envelope: _Envelope, with_key: bool) -> Event:
    if not isinstance(item, dict):
        raise _Unreadable(f"{where}: an object was expected")
    sent = _read(_Sent, item, where)
    version = _version(sent, with_key)
    named = sent.event_type if version == 2 else sent.resource_type
    kind = _kind_of_v2(named) if version == 2 else _kind_of_v1(named, sent.description)
    return Event(
        version=version,
        event_id=_event_id(sent, version, where),
        idempotency_key=envelope.idempotency_key,
        kind=kind,
        named=named,
        record_id=sent.id if version == 2 else _record_id_of_v1(kind.subject, sent),
        legacy_id=sent.legacy_id,
        source=sent.event_source,
        created_at=sent.created_at,
        edited_at=sent.edited_at,
        status=sent.status,
        auddis=_auddis(kind.subject, version, sent),
        custom_reference=_custom_reference(kind.subject, version, sent),
        request_id=sent.request_record,
        bacs=_bacs(item, sent),
        fields=item,
    )


def _version(sent: _Sent, with_key: bool) -> Literal[1, 2]:
    if sent.event_type is not None:
        return 2
    if sent.resource_type is not None:
        return 1
    return 2 if with_key else 1


def _event_id(sent: _Sent, version: Literal[1, 2], where: str) -> str:
    """`id` in version 1, `event_id` in version 2; an `id` of 0 is a test message in both."""
    found = sent.id if version == 1 or sent.id == "0" else sent.event_id
    return _read(_EventId, {"event_id": found}, where).event_id


_V1_NAMES: Final = {subject.value.replace("_", ""): subject for subject in Subject}


def _kind_of_v1(name: str | None, description: str | None) -> Kind:
    """Version 1 names no action: what is not `inserted` is taken for an update."""
    subject = _V1_NAMES.get((name or "").lower().replace("_", ""), Subject.UNKNOWN)
    if subject is Subject.EMAIL:
        return Kind(subject, Action.SENT)
    inserted = (description or "").lower().endswith("inserted")
    return _known(Kind(subject, Action.CREATE if inserted else Action.UPDATE))


def _kind_of_v2(name: str | None) -> Kind:
    subject, _, action = (name or "").lower().partition(".")
    try:
        return _known(Kind(Subject(subject), Action(action)))
    except ValueError:
        return UNKNOWN_KIND


def _known(kind: Kind) -> Kind:
    return kind if kind in KNOWN_KINDS else UNKNOWN_KIND


def _record_id_of_v1(subject: Subject, sent: _Sent) -> str | None:
    match subject:
        case Subject.MANDATE:
            return sent.auddis
        case Subject.BANK_ACCOUNT:
            return sent.bank_account
        case Subject.EMAIL:
            return sent.email_id
        case _:
            return sent.reference


def _auddis(subject: Subject, version: Literal[1, 2], sent: _Sent) -> str | None:
    """Flat in version 1; in version 2 the mandate's `reference`, or inside a nested mandate."""
    if sent.auddis is not None:
        return sent.auddis
    if version == 2 and subject is Subject.MANDATE:
        return sent.reference
    inside = sent.direct_debit if isinstance(sent.direct_debit, dict) else {}
    for mandate in (sent.mandate, _read(_Inside, inside, "").mandate):
        found = _read(_Mandate, mandate, "").auddis if isinstance(mandate, dict) else None
        if found is not None:
            return found
    return None


def _custom_reference(subject: Subject, version: Literal[1, 2], sent: _Sent) -> str | None:
    """`reference` is the custom reference of a credit (section 7.10), but its id in version 1."""
    if sent.custom_reference is not None or version == 1:
        return sent.custom_reference
    return sent.reference if subject in {Subject.CREDIT, Subject.CREDIT_REQUEST} else None


def _bacs(item: Mapping[str, Any], sent: _Sent) -> BacsBlock | None:
    """On the event itself or inside `direct_debit` (section 9); the one with a code first."""
    places = [item, sent.direct_debit] if isinstance(sent.direct_debit, dict) else [item]
    blocks = [_read(_Bacs, place, "") for place in places]
    blocks.sort(key=lambda block: block.bacs_reason_code is None)
    for block in blocks:
        if any(getattr(block, name) is not None for name in _Bacs.model_fields):
            return BacsBlock(
                reason_code=_one_spelling(block.bacs_reason_code),
                description=block.bacs_description,
                reference=block.bacs_reference,
                filename=block.bacs_filename,
            )
    return None


_ARRUD: Final = re.compile(r"^ARRUD", re.IGNORECASE)


def _one_spelling(code: str | None) -> str | None:
    """`ARRUD 1`, of clients older than the fix of 2024, and `arudd1` are both `ARUDD1`."""
    if code is None:
        return None
    known = reason_code(code)
    return known.code if known is not None else _ARRUD.sub("ARUDD", code)
