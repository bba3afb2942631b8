"""Real answers are spoilt in ways no page documents: whatever comes, the parsers either make a
record of it or say so, and keep what came."""

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smarterpay.api import (
    Answer,
    ApiError,
    CardClient,
    CloudClient,
    Disposition,
    Page,
    Record,
    UnexpectedAnswer,
    dispose,
)
from smarterpay.api.catalogue import OPERATIONS
from tests.api.builders import card_client, cloud_client
from tests.api.mutations import JSON, NASTY, mutated, slots
from tests.api.samples import answer_to

CLIENTS: dict[str, CloudClient | CardClient] = {
    "cloud": cloud_client("http://127.0.0.1:1/"),
    "card": card_client("http://127.0.0.1:1/"),
}
#: What a spoilt answer may come with; the two of a success more often than the rest.
STATUSES = st.sampled_from([200, 202]) | st.sampled_from(
    [100, 204, 299, 302, 400, 404, 408, 409, 418, 422, 429, 498, 500, 502, 503, 599]
)
thoroughly = settings(deadline=None, suppress_health_check=list(HealthCheck))


def read(answer: Answer) -> Record | Page | ApiError:
    """What the parser makes of `answer`; any exception outside the tree is the test's failure."""
    client = CLIENTS[OPERATIONS[answer.operation].api]
    try:
        return client.read(answer.operation, answer)
    except ApiError as error:
        return error


def assert_tolerated(answer: Answer) -> None:
    """Issue 3, item 8: a model or a page, else an error of the tree that keeps the raw body."""
    found = read(answer)
    shown = f"{found} {found!r}"
    if isinstance(found, ApiError):
        assert found.body == answer.body
        assert (found.operation, found.status) == (answer.operation, answer.status)
        assert answer.operation in shown
        succeeded = dispose(answer) is Disposition.SUCCEEDED
        assert isinstance(found, UnexpectedAnswer) or not succeeded
        return
    assert dispose(answer) is Disposition.SUCCEEDED
    spec = OPERATIONS[answer.operation]
    assert isinstance(found, Page) is spec.paged
    model = CLIENTS[spec.api].shapes[answer.operation].answer
    for record in found.records if isinstance(found, Page) else (found,):
        assert type(record) is model
        assert record.model_dump_json().encode()
    # Lists compare two pages to notice that they never end; a result may be copied and stored.
    assert copy.deepcopy(found) == found == read(answer)
    assert type(pickle.loads(pickle.dumps(found))) is type(found)  # noqa: S301 - our own bytes


#: One operation for each kind of record, the sweep takes each field of each; a list only where
#: there is nothing else, because its two records would be swept twice.
LISTS_FIRST = sorted(OPERATIONS, key=lambda name: not OPERATIONS[name].paged)
SWEPT = sorted({CLIENTS[OPERATIONS[n].api].shapes[n].answer: n for n in LISTS_FIRST}.values())


@pytest.mark.parametrize("operation", SWEPT)
def test_section_5_every_field_with_every_value_that_was_ever_trouble(operation: str) -> None:
    places = len(list(slots(answer_to(operation))))
    for place in range(places):
        for value in NASTY:
            document = copy.deepcopy(answer_to(operation))
            container, key = list(slots(document))[place]
            container[key] = value
            assert_tolerated(Answer(operation, 200, json.dumps(document).encode()))


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
@settings(thoroughly, max_examples=25)
@given(data=st.data())
def test_section_5_a_spoilt_answer_to_any_operation(operation: str, data: st.DataObject) -> None:
    body = data.draw(mutated(answer_to(operation)))
    status = data.draw(STATUSES)
    assert_tolerated(Answer(operation, status, body, data.draw(st.booleans())))


ERROR_BODY: dict[str, Any] = {
    "error": {
        "code": 400,
        "message": "Validation failed",
        "details": [{"field": "amount", "message": "must be positive"}],
    }
}
CARD_ERROR: dict[str, Any] = {
    "status": "error",
    "status_code": "103",
    "status_details": "Invalid Payment Gateway",
}


@pytest.mark.parametrize("document", [ERROR_BODY, CARD_ERROR])
@settings(thoroughly, max_examples=150)
@given(data=st.data())
def test_section_4_a_spoilt_error_body(document: dict[str, Any], data: st.DataObject) -> None:
    operation = data.draw(st.sampled_from(["payment.create", "transaction.refund", "mandate.list"]))
    body = data.draw(mutated(document))
    assert_tolerated(Answer(operation, data.draw(STATUSES), body))


@settings(thoroughly, max_examples=200)
@given(
    operation=st.sampled_from(sorted(OPERATIONS)),
    body=st.binary(max_size=60) | JSON.map(lambda value: repr(value).encode(errors="replace")),
    status=STATUSES,
)
def test_section_4_any_bytes_at_all(operation: str, body: bytes, status: int) -> None:
    assert_tolerated(Answer(operation, status, body))
