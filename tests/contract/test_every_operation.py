"""What holds for every operation alike: tokens, maintenance, rate, paths and bodies (1 to 6)."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from smarterpay.api import (
    OPERATIONS,
    Answer,
    InvalidToken,
    MethodNotAllowed,
    NotFound,
    Operation,
    PreparedRequest,
    RateLimited,
    Refused,
    ServiceUnavailable,
    TlsRequired,
)
from smarterpay.api.reading import api_error
from tests.contract.completeness import MODELS, happy_row
from tests.contract.judge import KEY
from tests.contract.stage import NO_RECORD, Stage

EVERY = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda one: one.name)
WITH_AN_ID = pytest.mark.parametrize(
    "operation", [one for one in OPERATIONS.values() if one.takes_id], ids=lambda one: one.name
)
WITHOUT_AN_ID = pytest.mark.parametrize(
    "operation", [one for one in OPERATIONS.values() if not one.takes_id], ids=lambda one: one.name
)
WITH_A_BODY = pytest.mark.parametrize(
    "operation", [OPERATIONS[name] for name in MODELS], ids=lambda one: one.name
)
WRAPPED = pytest.mark.parametrize(
    "operation",
    [OPERATIONS[name] for name in MODELS if OPERATIONS[name].request_envelope],
    ids=lambda one: one.name,
)


def asked(operation: Operation, **changes: Any) -> PreparedRequest:
    """A call of the operation about no record in particular."""
    path = operation.path.replace("{id}", changes.pop("id", None) or NO_RECORD)
    body = b'{"any":"thing"}' if operation.name in MODELS else None
    method = changes.pop("method", operation.method)
    return PreparedRequest(operation.name, method, path, body=changes.pop("body", body))


async def answered(stage: Stage, request: PreparedRequest, key: str | None = None) -> Answer:
    client = stage.client(OPERATIONS[request.operation].api)
    return await client.exchange(request, idempotency_key=key)


# --- Before the work (sections 1, 3 and 4) ---------------------------------------------------


@EVERY
async def test_section_1_a_bad_token(operation: Operation, stage: Stage) -> None:
    """Section 1: 498 on both hosts; section 8: on the card host with code 101."""
    nobody = stage.client_with("canary-token", operation.api)
    error = api_error(await nobody.exchange(asked(operation), idempotency_key=None))
    assert (type(error), error.status) == (InvalidToken, 498)
    assert "canary-token" not in f"{error!r} {error} {nobody!r}"
    if operation.api == "card":
        assert (error.code, error.message) == (101, "Unauthorised")


@EVERY
async def test_section_4_maintenance(operation: Operation, stage: Stage) -> None:
    """Section 4: 503, nothing was executed and nothing is remembered under the key."""
    stage.sandbox.settings(maintenance="on")
    error = api_error(await answered(stage, asked(operation), KEY))
    assert (type(error), error.status) == (ServiceUnavailable, 503)
    stage.sandbox.settings(maintenance="off")
    assert not (await answered(stage, asked(operation), KEY)).replayed


@EVERY
async def test_section_3_beyond_the_rate(operation: Operation, stage: Stage) -> None:
    stage.sandbox.faults("429")
    error = api_error(await answered(stage, asked(operation)))
    assert (type(error), error.status) == (RateLimited, 429)
    assert error.message == "Too many requests. Please try again in 60 seconds."


@EVERY
async def test_section_1_over_plain_http(operation: Operation, stage: Stage) -> None:
    stage.sandbox.settings(require_tls=True)
    error = api_error(await answered(stage, asked(operation)))
    assert (type(error), error.status) == (TlsRequired, 400)


@WITH_AN_ID
async def test_section_4_no_such_record(operation: Operation, stage: Stage) -> None:
    """Section 4: 404, or 400 where the switch says so, as the documented table has no 404."""
    error = api_error(await answered(stage, asked(operation)))
    assert (type(error), error.status) == (NotFound, 404)
    stage.sandbox.settings(not_found_as_400=True)
    error = api_error(await answered(stage, asked(operation)))
    assert (type(error), error.status) == (Refused, 400)


@WITHOUT_AN_ID
async def test_section_4_a_method_it_lacks(operation: Operation, stage: Stage) -> None:
    error = api_error(await answered(stage, asked(operation, method="DELETE")))
    assert (type(error), error.status) == (MethodNotAllowed, 405)


@WITHOUT_AN_ID
async def test_section_1_paths_in_any_case_with_a_trailing_slash(
    operation: Operation, stage: Stage
) -> None:
    """Section 1, "Path matching": what the plain path answers, the other spelling answers."""
    plain = asked(operation)
    spelt = PreparedRequest(
        operation.name, plain.method, f"{operation.path.upper()}/", body=plain.body
    )
    assert (await answered(stage, spelt)).body == (await answered(stage, plain)).body


# --- Bodies (sections 4, 5 and 6) ------------------------------------------------------------


@WITH_A_BODY
@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b'"text"', b"null", b"\xff"])
async def test_section_4_a_body_that_is_no_object(
    operation: Operation, stage: Stage, body: bytes
) -> None:
    ground = await happy_row(operation).given(stage)
    before = stage.sandbox.counts()
    error = api_error(await answered(stage, asked(operation, id=ground.id, body=body)))
    assert (type(error), error.status) == (Refused, 400)
    assert stage.sandbox.counts() == before


@WRAPPED
@pytest.mark.parametrize("content", ["{}", '{"%s":null}', '{"%s":"text"}', '{"%s":7}'])
async def test_section_6_an_envelope_without_its_content(
    operation: Operation, stage: Stage, content: str
) -> None:
    ground = await happy_row(operation).given(stage)
    envelope = operation.request_envelope or ""
    body = content.replace("%s", envelope).encode()
    error = api_error(await answered(stage, asked(operation, id=ground.id, body=body)))
    assert (type(error), error.status) == (Refused, 400)
    assert [fault.field for fault in error.field_errors] == [envelope]


@WITH_A_BODY
async def test_section_5_an_unknown_property(operation: Operation, stage: Stage) -> None:
    """Section 5, "Request properties": ignored; `strict` mode answers 400."""
    row = happy_row(operation)
    ground = await row.given(stage)
    body = with_a_property_more(operation, {**ground.asks, **ground.values(row.changes)})
    stage.sandbox.settings(strict=True)
    error = api_error(await answered(stage, asked(operation, id=ground.id, body=body)))
    assert (type(error), error.status) == (Refused, 400)
    if operation.api == "cloud":
        assert [fault.field for fault in error.field_errors] == ["colour"]
    stage.sandbox.settings(strict=False)
    assert (await answered(stage, asked(operation, id=ground.id, body=body))).status in {200, 202}


def with_a_property_more(operation: Operation, asks: Mapping[str, Any]) -> bytes:
    """A valid body, with `colour` beside what is known."""
    request = MODELS[operation.name](**asks).to_wire()
    envelope = operation.request_envelope
    if isinstance(request, list):
        return json.dumps({envelope: request, "colour": "red"}).encode()
    content = {**request, "colour": "red"}
    return json.dumps({envelope: content} if envelope else content).encode()
