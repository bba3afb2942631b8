"""The OpenAPI 3.1 document, made from the resource tables; knows no record and no state."""

from functools import cache
from typing import Any

import orjson

from smarterpay.sandbox.http.answers import Answer
from smarterpay.sandbox.http.fields import Field
from smarterpay.sandbox.http.resource import Request, Resource, Route
from smarterpay.sandbox.resources import RESOURCES, card_transactions
from smarterpay.sandbox.settings import (
    CARD_BASE,
    CLOUD_BASE,
    DEFAULT_PAGE,
    MAX_KEY_LENGTH,
    MAX_PAGE,
)

_ERRORS = {
    "400": "Fault on the caller's side",
    "404": "Unknown path or record",
    "405": "The resource lacks that method",
    "406": "The Accept header does not allow JSON",
    "409": "A request with this idempotency key is still running",
    "422": "The idempotency key was used for another request",
    "429": "Rate limit",
    "498": "Invalid token",
    "500": "Unexpected fault",
    "503": "Maintenance",
}
_FLAT_ERRORS = ("400", "498")
"""What the card host answers in its flat form (section 8, "HTTP status")."""
_SUCCESSES = {200: "Success", 202: "Taken in, not yet acted on"}
_LIST_FILTERS = ("created_from", "created_to", "id", "status", "custom_reference")


@cache
def openapi_document() -> Answer:
    """The document as served at `/openapi.json`."""
    return Answer(200, orjson.dumps(describe()), "application/json; charset=utf-8")


def describe() -> dict[str, Any]:
    """The document as plain data."""
    paths: dict[str, dict[str, Any]] = {}
    for base, resources in base_paths():
        for resource in resources:
            for route in resource.routes:
                operations = paths.setdefault(base + route.path, {})
                operations[route.method.lower()] = _operation(base, resource, route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "SmarterPay sandbox",
            "version": "1",
            "description": "A stand-in for the SmarterPay APIs, made from its resource tables.",
        },
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Error": _error_schema(), "CardError": _card_error_schema()},
            "responses": {
                **{code: _error_response(text, "Error") for code, text in _ERRORS.items()},
                **{
                    f"card_{code}": _error_response(_ERRORS[code], "CardError")
                    for code in _FLAT_ERRORS
                },
            },
        },
    }


def base_paths() -> tuple[tuple[str, tuple[Resource, ...]], ...]:
    """The services of each host under the path of its base."""
    return (CLOUD_BASE, RESOURCES), (CARD_BASE, (card_transactions.RESOURCE,))


def request_schema(request: Request) -> dict[str, Any]:
    """What the body of an operation looks like, envelope included."""
    if request.variants:
        return {"oneOf": [fields_schema(request, fields) for fields in request.variants.values()]}
    content = fields_schema(request)
    if not request.envelope:
        return content
    if request.most_rows:
        # A row that breaks the rules of its fields is a failed row, not a refused call.
        rows = {"anyOf": [content, {"description": "Taken in, and reported as a failed row."}]}
        content = {"type": "array", "minItems": 1, "maxItems": request.most_rows, "items": rows}
    return {
        "type": "object",
        "required": [request.envelope],
        "properties": {request.envelope: content},
    }


def _operation(base: str, resource: Resource, route: Route) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": route.name,
        "tags": [resource.service],
        "summary": route.summary,
        "description": f"Reference, section {route.section}. {resource.rules}".strip(),
        "parameters": _parameters(route),
        "responses": {
            **{
                str(status): {
                    "description": _SUCCESSES[status],
                    "content": {"application/json": {"schema": answer_schema(route)}},
                }
                for status in route.statuses
            },
            **{code: {"$ref": f"#/components/responses/{code}"} for code in _ERRORS},
        },
    }
    if base == CARD_BASE:
        for code in _FLAT_ERRORS:
            described["responses"][code] = {"$ref": f"#/components/responses/card_{code}"}
    if route.request is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": request_schema(route.request)}},
        }
    return described


def answer_schema(route: Route) -> dict[str, Any]:
    """What a success of the operation looks like; further properties are possible."""
    record = {
        "type": "object",
        "required": list(route.answer),
        "properties": {**route.answer, **route.optional},
    }
    if not route.answer_envelope:
        return record
    content: dict[str, Any] = {"type": "array", "items": record} if route.listing else record
    return {
        "type": "object",
        "required": [route.answer_envelope],
        "properties": {route.answer_envelope: content},
    }


def fields_schema(request: Request, fields: tuple[Field, ...] = ()) -> dict[str, Any]:
    """What stands in the envelope, or in each row of it; `fields` are those of a variant."""
    fields = fields or request.fields
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {field.name: field.rule.schema() for field in fields},
    }
    mandatory = [field.name for field in fields if field.mandatory and not request.update]
    if mandatory:
        schema["required"] = mandatory
    return schema


def _parameters(route: Route) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = []
    if "{id}" in route.path:
        parameters.append(
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
        )
    if route.method in {"POST", "PUT"}:
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH},
            }
        )
    if route.listing:
        parameters += _list_parameters(route)
    return parameters


def _list_parameters(route: Route) -> list[dict[str, Any]]:
    limit = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": DEFAULT_PAGE}
    schemas: dict[str, Any] = {
        "limit": limit,
        "page_no": {"type": "integer", "minimum": 1, "default": 1},
        "sort_field": {"type": "string", "enum": list(route.sort_fields), "default": "created_at"},
        "sort_order": {"type": "string", "enum": ["asc", "desc"], "default": "asc"},
        **{name: {"type": "string"} for name in (*_LIST_FILTERS, *route.filters)},
    }
    return [{"name": name, "in": "query", "schema": schema} for name, schema in schemas.items()]


def _error_response(text: str, schema: str) -> dict[str, Any]:
    reference = {"$ref": f"#/components/schemas/{schema}"}
    return {"description": text, "content": {"application/json": {"schema": reference}}}


def _card_error_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["status", "status_code", "status_details"],
        "properties": {
            "status": {"type": "string", "enum": ["error"]},
            "status_code": {"type": "string"},
            "status_details": {"type": "string"},
        },
    }


def _error_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["code", "message"],
                "properties": {
                    "code": {"type": "integer"},
                    "message": {"type": "string"},
                    "details": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["field", "message"],
                            "properties": {
                                "field": {"type": "string"},
                                "message": {"type": "string"},
                            },
                        },
                    },
                },
            }
        },
    }
