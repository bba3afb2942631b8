"""Whatever a body holds: events, or one named error that keeps it; never anything else."""

import json
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smarterpay.webhooks import LARGEST_BODY, UnreadableWebhook, Webhook, read_webhook
from tests.webhooks.bodies import event, v1, v2

moderate = settings(max_examples=250, deadline=None)

UNREADABLE = [
    (b"", "it is not JSON in UTF-8"),
    (b"<html>", "it is not JSON in UTF-8"),
    (b"{", "it is not JSON in UTF-8"),
    (b"\xff\xfe\xfa", "it is not JSON in UTF-8"),
    (b"[" * 100_000, "it is not JSON in UTF-8"),
    (b'{"events":[{"id":' + b"9" * 5000 + b"}]}", "it is not JSON in UTF-8"),
    (b" " * (LARGEST_BODY + 1), "it has more than"),
    (b"null", "neither an object nor an array"),
    (b'"text"', "neither an object nor an array"),
    (b"{}", "events: missing"),
    (b'{"event":[]}', "events: missing"),
    (b'{"events":null}', "events: an array was expected"),
    (b'{"events":"none"}', "events: an array was expected"),
    (b"[1]", "events.0: an object was expected"),
    (b'{"events":[{"id":"EV1"},7]}', "events.1: an object was expected"),
    (v1(id=""), "events.0.event_id: a record id was expected"),
    (v1(id="  "), "events.0.event_id: a record id was expected"),
    (v1(id=True), "events.0.event_id: a record id was expected"),
    (v1(id=None), "events.0.event_id: a record id was expected"),
    (v1(id=["EV1"]), "events.0.event_id: a record id was expected"),
    (v2(event(), event(event_id=None)), "events.1.event_id: a record id was expected"),
    (v1(created_at="yesterday"), "events.0.created_at: a timestamp was expected"),
    (v2(event(edited_at=7)), "events.0.edited_at: a timestamp was expected"),
    (v2(sent_at="soon"), "sent_at: a timestamp was expected"),
    (v1(custom_reference="\ud800"), "it is not JSON in UTF-8"),
    (v2(event(new={"deep": ["\udfff"]})), "it is not JSON in UTF-8"),
    (b'{"events":[{"id":"\xed\xa0\x80"}]}', "it is not JSON in UTF-8"),
    (v1().decode().encode("utf-16"), "it is not JSON in UTF-8"),
]


@pytest.mark.parametrize(("body", "explanation"), UNREADABLE, ids=[text for _, text in UNREADABLE])
def test_what_cannot_be_read_is_named_and_kept(body: bytes, explanation: str) -> None:
    with pytest.raises(UnreadableWebhook) as caught:
        read_webhook(body)
    assert caught.value.explanation.startswith(explanation)
    assert caught.value.body == body
    assert caught.value.__cause__ is None


def test_the_error_never_quotes_the_body() -> None:
    body = v1(created_at="Canary", account_name="Canary")
    with pytest.raises(UnreadableWebhook) as caught:
        read_webhook(body)
    for shown in (str(caught.value), repr(caught.value)):
        assert "Canary" not in shown
    assert b"Canary" not in pickle.dumps(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301 - ours


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = sorted(
    {
        *event(),
        *("events", "idempotency_key", "sent_at", "resource_type", "description", "reference"),
        *("AUDDIS", "bank_account", "email_id", "status", "direct_debit", "mandate"),
        *("bacs_reason_code", "bacs_description", "request_record", "custom_referance", "EVENT_ID"),
    }
)
MUTATIONS = st.dictionaries(st.sampled_from(NAMES), JSON, max_size=5)


def read_or_refused(body: bytes) -> Webhook | UnreadableWebhook:
    try:
        return read_webhook(body)
    except UnreadableWebhook as error:
        return error


def holds(found: Webhook | UnreadableWebhook, body: bytes) -> bool:
    """Whether the answer is one of the two that are promised, and can be written down."""
    if isinstance(found, UnreadableWebhook):
        return found.body == body
    return all(
        each.event_id and repr(each) and json.dumps(each.fields, ensure_ascii=False).encode()
        for each in found.events
    )


@moderate
@given(MUTATIONS, MUTATIONS)
def test_a_mutated_event_is_read_or_refused(fields: dict[str, Any], around: dict[str, Any]) -> None:
    for body in (v1(**fields), v2(event(**fields)), v2(event(**fields), **around)):
        assert holds(read_or_refused(body), body)


@moderate
@given(MUTATIONS, st.sets(st.sampled_from(NAMES)))
def test_an_event_with_keys_missing_or_nested_is_read_or_refused(
    fields: dict[str, Any], missing: set[str]
) -> None:
    rest = {key: value for key, value in event().items() if key not in missing}
    body = v2(rest | {"direct_debit": {**fields, "mandate": fields}, "mandate": [fields]})
    assert holds(read_or_refused(body), body)


@moderate
@given(JSON)
def test_any_json_is_read_or_refused(document: Any) -> None:
    for whole in (document, [document], {"events": document}, {"events": [document]}):
        body = json.dumps(whole).encode()
        assert holds(read_or_refused(body), body)


@moderate
@given(
    st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace"))
)
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    assert holds(read_or_refused(body), body)


@moderate
@given(st.data())
def test_a_torn_or_damaged_body_is_read_or_refused(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([v1(reference="PM00841339"), v2(event(), event())]))
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    body = whole[:start] + data.draw(st.binary(max_size=5)) + whole[end:]
    assert holds(read_or_refused(body), body)
