"""The type and limits of a field in words, read off its model; knows no page."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr

from tests.docs.wire_fields import Model

_SYSTEMS: Mapping[str, str] = {
    "email": "valid e-mail address",
    "country_code": "ISO 3166-1 alpha-2 code",
    "currency_code": "ISO 4217 code",
}
_PATTERNS: Mapping[str, str] = {
    r"^[0-9]{8}$": "exactly 8 digits",
    r"^[0-9]{6}$": "exactly 6 digits",
    r"^[0-9]{1,8}$": "1 to 8 digits",
    r"^[0-9]{1,6}$": "1 to 6 digits",
    r"^[A-Z0-9/\-.& ]{1,18}$": "1 to 18 of `A-Z 0-9 / - . &` and space",
    r"^[A-Z0-9/\-.& ]{0,4}$": "at most 4 of `A-Z 0-9 / - . &` and space",
    r"^([1-9]|1[0-9]|2[0-8]|last day)$": "`1` to `28`, or `last day`",
    r"^[!-~]{1,64}$": "id of a record",
    r"^[!-~]{0,64}$": "id of a record, or blank",
    r"^([A-Z]{2})?$": "2 capital letters, or blank",
    r"^(asc|desc)$": "`asc`, `desc`",
    r"^[0-9A-Z]{2}$": "Bacs transaction code, such as `01` or `0N`",
    r"^[A-Za-z_]{1,64}$": "name of a field",
    r"\S": "text, not blank",
    r"^(ADDACS|AUDDIS|ARUDD|ARRUD|ARUCS|AWACS|DDICA|INPUT) ?[0-9A-Z]$": (
        "Bacs reason code, such as `ADDACS1` or `ADDACS 1`"
    ),
}
_MONEY = ("amount", "value")


def request_words(model: Model, name: str, schema: Mapping[str, Any]) -> str:
    """A request field's type and limits, from its JSON schema."""
    options = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    rule = options[0]
    if "enum" in rule or "const" in rule:
        return ", ".join(f"`{word}`" for word in rule.get("enum", [rule.get("const")]))
    match rule.get("type"):
        case "boolean":
            return "`true`, `false`"
        case "integer":
            return _number(_unit(model, name), rule)
        case "string":
            return _text(name, rule)
    raise AssertionError(f"{name} has no words: {rule}")


def _unit(model: Model, name: str) -> str:
    """The unit of an amount; card payments have a currency of their own. Empty for counts."""
    if not any(word in name for word in _MONEY):
        return ""
    if model.__name__.startswith("Transaction"):
        return "smallest unit of the currency"
    return "pence"


def _number(unit: str, rule: Mapping[str, Any]) -> str:
    low, high = rule.get("minimum"), rule.get("maximum")
    what = unit or "whole number"
    if low is None:
        return what
    if low == high:
        return f"`{low}`"
    return f"{what} from {low}" if high is None else f"{what}, {low} to {high}"


def _text(name: str, rule: Mapping[str, Any]) -> str:
    known = {"date": "date, `YYYY-MM-DD`", "date-time": "aware time, sent in UTC"}
    if rule.get("format") in known:
        return known[rule["format"]]
    words = _SYSTEMS.get(name, "text")
    pattern = rule.get("pattern")
    if pattern is not None and words == "text":
        words = _PATTERNS[pattern]
    longest = rule.get("maxLength")
    return f"{words}, at most {longest} characters" if longest else words


def answer_words(model: Model, name: str) -> str:
    """An answer field's type, from its annotation."""
    kinds = [one for one in _flat(model.model_fields[name].annotation) if one is not type(None)]
    states = [one for one in kinds if isinstance(one, type) and issubclass(one, StrEnum)]
    if states:
        return ", ".join(f"`{member.value}`" for member in states[0]) + "; others are text"
    inner = [one for one in kinds if isinstance(one, type) and issubclass(one, BaseModel)]
    if inner:
        listed = get_origin(kinds[0]) in {list, tuple} or kinds[0] in {list, tuple}
        return (
            f"{'array of ' if listed else ''}[`{inner[0].__name__}`](#{inner[0].__name__.lower()})"
        )
    names = {getattr(one, "__name__", str(one)) for one in kinds}
    if names == {"int"}:
        return _unit(model, name) or "whole number"
    words = {
        frozenset({"str"}): "text",
        frozenset({"bool"}): "`true`, `false`",
        frozenset({"bool", "str"}): "`true`, `false`, or text",
        frozenset({"int", "str"}): "code",
        frozenset({"datetime"}): "time",
        frozenset({"date"}): "date",
        frozenset({SecretStr.__name__}): "secret text",
        frozenset({"Any"}): "JSON",
    }
    return words[frozenset(names)]


def _flat(annotation: Any) -> Iterator[Any]:
    """The alternatives of a union, and what containers hold."""
    origin = get_origin(annotation)
    if origin in {Union, UnionType}:
        for part in get_args(annotation):
            yield from _flat(part)
    elif origin is Literal:
        yield str
    elif origin in {list, tuple, dict}:
        yield origin
        for part in get_args(annotation):
            yield from _flat(part)
    elif origin is not None and hasattr(annotation, "__metadata__"):
        yield from _flat(get_args(annotation)[0])
    elif annotation is not Ellipsis:
        yield annotation
