"""Section 8 and the OpenAPI document: the card host answers as it is described."""

from typing import Any

import httpx
import jsonschema  # type: ignore[import-untyped] # ships no types
import pytest

from smarterpay.sandbox.cards.requests import FOLLOW_UP_TYPES
from tests.sandbox.caller import CARD, Caller

BASE = "/SmarterPayCardPaymentService/api/transaction"
FLAT = "#/components/responses/card_"


@pytest.fixture
def document(api: Caller) -> dict[str, Any]:
    described: dict[str, Any] = httpx.get(
        f"{api.sandbox.base_url}/openapi.json", trust_env=False
    ).json()
    return described


def described(document: dict[str, Any], path: str, status: str) -> dict[str, Any]:
    """The schema of an answer, references followed."""
    answer = document["paths"][BASE + path]["post"]["responses"][status]
    if "$ref" in answer:
        answer = document["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
    schema: dict[str, Any] = answer["content"]["application/json"]["schema"]
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def test_every_answer_fits_its_schema(api: Caller, document: dict[str, Any]) -> None:
    registered = api.register()
    jsonschema.validate(registered.json(), described(document, "", "200"))
    card_id = registered.json()["card_id"]
    early = api.follow_up(card_id, "Repeat", amount=1)
    jsonschema.validate(early.json(), described(document, "/{id}", "400"))
    api.complete(card_id)
    for status, flag in (("200", False), ("202", True)):
        done = api.follow_up(card_id, "Repeat", amount=1, isAsnyc=flag)
        assert str(done.status_code) == status
        jsonschema.validate(done.json(), described(document, "/{id}", status))
    unknown = api.follow_up("nonsense", "Repeat", amount=1)
    jsonschema.validate(unknown.json(), described(document, "/{id}", "404"))
    stranger = httpx.post(api.sandbox.card_url, json={}, trust_env=False)
    jsonschema.validate(stranger.json(), described(document, "", "498"))


def test_one_path_takes_six_kinds_of_body(document: dict[str, Any]) -> None:
    """Section 6: the body's `payment_type` selects the operation."""
    body = document["paths"][BASE + "/{id}"]["post"]["requestBody"]["content"]
    variants = body["application/json"]["schema"]["oneOf"]
    words = [one["properties"]["payment_type"]["enum"] for one in variants]
    assert words == [[word] for word in FOLLOW_UP_TYPES]
    register = document["paths"][BASE]["post"]["requestBody"]["content"]["application/json"]
    jsonschema.validate(CARD | {"customer_id": "CA01"}, register["schema"])


def test_every_refusal_is_documented(document: dict[str, Any]) -> None:
    for path in ("", "/{id}"):
        responses = document["paths"][BASE + path]["post"]["responses"]
        assert {"400", "404", "405", "406", "409", "422", "429", "498", "500", "503"} <= set(
            responses
        )
        assert responses["400"] == {"$ref": f"{FLAT}400"}
        assert responses["498"] == {"$ref": f"{FLAT}498"}
