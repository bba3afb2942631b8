"""What requests and records share: attributes, wire names and a repr without secrets; no rule."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict


class Wire:
    """The wire spelling of an attribute; further spellings are read as well (section 5)."""

    def __init__(self, *names: str) -> None:
        self.names = names


class Personal:
    """Marks a type whose value never shows in a repr, hence in no log and no error text."""


class Model(BaseModel):
    """What requests and records share: attributes, wire names and a repr without secrets."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        personal = personal_fields(type(self))
        for name in type(self).model_fields:
            value = getattr(self, name)
            if value is not None:
                yield name, _Hidden() if name in personal else value


class _Hidden:
    """Stands for a personal value in a repr."""

    def __repr__(self) -> str:
        return "***"


@cache
def wire_spelling(model: type[BaseModel]) -> Mapping[str, str]:
    """Attribute name to the spelling that is sent."""
    return {name: _names(model, name)[0] for name in model.model_fields}


@cache
def spellings_of(model: type[BaseModel]) -> Mapping[str, str]:
    """Lower-case wire key to attribute name."""
    return {
        spelling.lower(): name
        for name in model.model_fields
        for spelling in (name, *_names(model, name))
    }


@cache
def personal_fields(model: type[BaseModel]) -> frozenset[str]:
    return frozenset(
        name
        for name, info in model.model_fields.items()
        if any(isinstance(mark, Personal) for mark in info.metadata)
        or _marks_personal(info.annotation)
    )


def _names(model: type[BaseModel], field: str) -> tuple[str, ...]:
    for mark in model.model_fields[field].metadata:
        if isinstance(mark, Wire):
            return mark.names
    return (field,)


def _marks_personal(annotation: Any) -> bool:
    """Whether `Personal` stands anywhere inside, as in `AccountNumber | None`."""
    return any(isinstance(part, Personal) or _marks_personal(part) for part in get_args(annotation))
