"""The models of an operation and their fields as they travel; knows no page and no provenance."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from smarterpay.api.card import CardClient
from smarterpay.api.catalogue import OPERATIONS
from smarterpay.api.client import Shape
from smarterpay.api.cloud import CloudClient
from smarterpay.api.wire.model import wire_spelling

Model = type[BaseModel]


def shapes() -> Mapping[str, Shape]:
    """Request and answer models of all operations of both clients."""
    return {**CloudClient.shapes, **CardClient.shapes}


def models() -> list[Model]:
    """Every model that an operation sends or answers, each once, nested ones after their holder."""
    found: dict[Model, None] = {}
    known = shapes()
    for operation in OPERATIONS:
        for model in (known[operation].request, known[operation].answer):
            if model is not None:
                found |= dict.fromkeys(with_nested(model))
    return list(found)


def with_nested(model: Model) -> Iterator[Model]:
    """A model, and those of its fields."""
    yield model
    for field in model.model_fields.values():
        for inner in models_in(field.annotation):
            if inner is not model and not is_row_of(model, inner):
                yield from with_nested(inner)


def is_row_of(model: Model, inner: Model) -> bool:
    """Whether `inner` is the row of a bulk request, which is a request of its own."""
    return set(model.model_fields) == {"rows"} and inner.__name__.endswith("Create")


def models_in(annotation: Any) -> Iterator[Model]:
    """The models inside an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


def wire_fields(model: Model) -> list[str]:
    """The wire names of a model's fields, what it always sends by itself first."""
    return [*constants(model), *wire_spelling(model).values()]


def constants(model: Model) -> dict[str, str]:
    """What a request sends without being told: name and value."""
    return {
        name: str(getattr(model, name))
        for name, hint in reversed(get_type_hints(model, include_extras=True).items())
        if get_origin(hint) is ClassVar and name in {"platform", "payment_type"}
    }
