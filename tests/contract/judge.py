"""Asks a row of the sandbox through the client and judges what comes; knows no rule itself."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from smarterpay.api import (
    ApiClient,
    ApiError,
    InvalidRequest,
    KeyReused,
    Operation,
    Page,
    PreparedRequest,
    Record,
    Request,
)
from smarterpay.api.wire import Update
from smarterpay.api.wire.model import personal_fields, wire_spelling
from tests.contract.rows import LEFT_OUT, Finds, Gives, Ground, Refuses, Row
from tests.contract.stage import Stage

KEY = "contract-1"


async def judge(row: Row, stage: Stage) -> None:
    """Set the stage as the row says, ask, and hold what comes against the row."""
    ground = await row.given(stage)
    assert set(row.sets) <= set(ground.asks)
    if row.settings:
        stage.sandbox.settings(**row.settings)
    if row.at:
        stage.set_clock(row.at)
    if isinstance(row, Gives):
        await _judge_record(row, stage, ground)
    elif isinstance(row, Finds):
        await _judge_list(row, stage, ground)
    elif isinstance(row, Refuses):
        await _judge_refusal(row, stage, ground)
    else:
        raise TypeError("a row gives, finds or refuses")


# --- What ends well --------------------------------------------------------------------------


async def _judge_record(row: Gives, stage: Stage, ground: Ground) -> None:
    asks = _asks(row, ground)
    request = _request(row.operation, stage, asks)
    found = await _call(row.operation, stage, ground.id, request)
    _same_attributes(found, _echo(found, asks) | ground.values(row.gives))
    _shows_nothing_personal(row.operation, stage, asks, found)
    assert found.unknown_fields == {}
    await _judge_wire(row, stage, ground, request, found)
    if row.reads_back:
        assert await stage.read(found) == found
    for name, expected in row.after.items():
        _same_attributes(await stage.read(ground.known[name]), ground.values(expected))


async def _judge_wire(
    row: Gives, stage: Stage, ground: Ground, request: Request | None, found: Record
) -> None:
    """The same bytes under the same key bring the same answer again (section 2), byte by byte."""
    operation = row.operation
    client = stage.client(operation.api)
    prepared = client.prepare(operation.name, request, id=ground.id)
    key = KEY if operation.takes_key else None
    answer = await client.exchange(prepared, idempotency_key=key)
    assert (answer.status, answer.replayed) == (row.status, operation.takes_key)
    if operation.takes_key:
        await _judge_other_bytes(client, replace(prepared, body=b'{"another":"payload"}'))
    assert client.read(operation.name, answer) == found
    document = json.loads(answer.body)
    if row.envelope:
        assert list(document) == [row.envelope]
        document = document[row.envelope]
    if row.wire is not None:
        assert document == ground.values(row.wire)


async def _judge_other_bytes(client: ApiClient, request: PreparedRequest) -> None:
    """Another payload under the same key is refused, and nothing is done (section 2)."""
    answer = await client.exchange(request, idempotency_key=KEY)
    with pytest.raises(KeyReused) as caught:
        client.read(request.operation, answer)
    assert caught.value.message == "Idempotency keys cannot be reused"


async def _call(
    operation: Operation, stage: Stage, record_id: str | None, request: Request | None
) -> Record:
    """The operation by the friendly method of its resource."""
    resource = getattr(stage.client(operation.api), operation.resource)
    method = getattr(resource, operation.name.partition(".")[2])
    arguments = [given for given in (record_id, request) if given is not None]
    options = {"idempotency_key": KEY} if operation.takes_key else {}
    found: Record = await method(*arguments, **options)
    return found


def _echo(found: Record, asks: Mapping[str, Any]) -> dict[str, Any]:
    """What was asked, as far as the record has it; an empty text reads as absent (section 5)."""
    attributes = type(found).model_fields
    return {
        name: None if value == "" else value for name, value in asks.items() if name in attributes
    }


def _same_attributes(found: Record, expected: Mapping[str, Any]) -> None:
    assert {name: getattr(found, name) for name in expected} == dict(expected)


# --- What is listed ---------------------------------------------------------------------------


async def _judge_list(row: Finds, stage: Stage, ground: Ground) -> None:
    filters = _asks(row, ground)
    found = [_id_of(one) for one in await _listed(row.operation, stage, filters)]
    assert found == [ground.known["ids"][index] for index in row.finds]
    request = stage.cloud.shapes[row.operation.name].request
    assert request is not None
    prepared = stage.cloud.prepare(row.operation.name, request(**filters))
    answer = await stage.cloud.exchange(prepared, idempotency_key=None)
    page = stage.cloud.read(row.operation.name, answer)
    assert isinstance(page, Page)
    assert [one.unknown_fields for one in page.records] == [{}] * len(page.records)
    document = json.loads(answer.body)
    assert list(document) == [row.envelope]
    on_the_page = [one[row.wire_id] for one in document[row.envelope]]
    assert on_the_page == found[: len(on_the_page)]
    if row.wire is not None:
        assert document[row.envelope][0] == ground.values(row.wire)


async def _listed(operation: Operation, stage: Stage, filters: Mapping[str, Any]) -> list[Record]:
    """Every record of a list, page after page."""
    resource = getattr(stage.cloud, operation.resource)
    return [found async for found in resource.list(**filters)]


def _id_of(found: Record) -> str:
    """The id, or the SUN of a service user number, which has none (section 7.6)."""
    known: str = getattr(found, "id", "") or getattr(found, "sun", "")
    return known


# --- What is refused -------------------------------------------------------------------------


async def _judge_refusal(row: Refuses, stage: Stage, ground: Ground) -> None:
    before = await _books(stage, ground)
    error = await _refusal(row, stage, ground)
    assert type(error) is row.kind
    assert (error.status, error.operation) == (row.status, row.operation.name)
    assert tuple(fault.field for fault in error.field_errors) == row.fields
    assert error.message
    _shows_nothing_personal(row.operation, stage, _asks(row, ground), error)
    if row.code is not None:
        assert error.code == row.code
    if row.message is not None:
        assert error.message == row.message
    if row.nothing_done:
        assert await _books(stage, ground) == before


async def _refusal(row: Refuses, stage: Stage, ground: Ground) -> ApiError:
    """The provider's refusal; what the client holds back is sent past its models."""
    asks = _asks(row, ground)
    if row.body is None and not row.held:
        with pytest.raises(ApiError) as caught:
            await _ask(row.operation, stage, ground.id, asks)
        return caught.value
    if row.held:
        with pytest.raises(InvalidRequest) as held:
            _request(row.operation, stage, asks)
        assert set(held.value.fields) == set(row.held)
    client = stage.client(row.operation.api)
    answer = await client.exchange(_past_the_model(row, stage, ground), idempotency_key=None)
    with pytest.raises(ApiError) as caught:
        client.read(row.operation.name, answer)
    return caught.value


async def _ask(
    operation: Operation, stage: Stage, record_id: str | None, asks: Mapping[str, Any]
) -> None:
    """Ask by the friendly method, for an answer that does not come."""
    if operation.paged:
        await _listed(operation, stage, asks)
    else:
        await _call(operation, stage, record_id, _request(operation, stage, asks))


def _past_the_model(row: Refuses, stage: Stage, ground: Ground) -> PreparedRequest:
    """The bytes of a valid request with the row's changes made on the wire."""
    operation = row.operation
    path = operation.path.replace("{id}", ground.id or "")
    if row.body is not None:
        return PreparedRequest(operation.name, operation.method, path, body=row.body)
    if operation.paged:
        query = tuple((name, str(value)) for name, value in row.changes.items())
        return PreparedRequest(operation.name, operation.method, path, query)
    model = stage.client(operation.api).shapes[operation.name].request
    if model is None:
        raise TypeError(f"{operation.name} has no request to change")
    blank = issubclass(model, Update) and not ground.asks
    valid = {} if blank else model(**ground.asks).to_wire()
    properties = _changed(model, valid, row.changes)
    envelope = operation.request_envelope
    body = json.dumps({envelope: properties} if envelope else properties).encode()
    return PreparedRequest(operation.name, operation.method, path, body=body)


def _changed(
    model: type[Request], properties: dict[str, Any], changes: Mapping[str, Any]
) -> dict[str, Any]:
    spelling = wire_spelling(model)
    for name, value in changes.items():
        wire_name = spelling.get(name, name)
        properties.pop(wire_name, None)
        if value is not LEFT_OUT:
            properties[wire_name] = value.isoformat() if isinstance(value, date) else value
    return properties


async def _books(stage: Stage, ground: Ground) -> tuple[dict[str, int], list[Record]]:
    """What a refusal must leave as it is: how many records there are, and those of the ground.

    Its own answer is remembered under its key (section 2): that one may come to be.
    """
    counts = stage.sandbox.counts()
    del counts["idempotency_keys"]
    records = [known for known in ground.known.values() if stage.reads(known)]
    return counts, [await stage.read(record) for record in records]


# --- Both ------------------------------------------------------------------------------------


def _shows_nothing_personal(
    operation: Operation, stage: Stage, asks: Mapping[str, Any], shown: object
) -> None:
    """No personal value that was asked stands in a text that may end in a log."""
    model = stage.client(operation.api).shapes[operation.name].request
    names = personal_fields(model) if model is not None else frozenset()
    values = [value for name, value in asks.items() if name in names]
    text = f"{shown!r} {shown}"
    # Shorter values may stand in any text by chance.
    long = [value for value in values if isinstance(value, str) and len(value) > 6]
    assert [value for value in long if value in text] == []


def _asks(row: Row, ground: Ground) -> dict[str, Any]:
    asks = {**ground.asks, **ground.values(row.changes)}
    return {name: value for name, value in asks.items() if value is not LEFT_OUT}


def _request(operation: Operation, stage: Stage, asks: Mapping[str, Any]) -> Request | None:
    """The request model of the operation, with these attributes."""
    model = stage.client(operation.api).shapes[operation.name].request
    return None if model is None else model(**asks)
