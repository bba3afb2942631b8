"""Holds the contract to its scope: every operation, property, filter and mark has its rows."""

import re

import pytest

from smarterpay.api import OPERATIONS, Operation
from smarterpay.api.provenance import FIELDS
from tests.contract.completeness import (
    MODELS,
    ROWS,
    SHAPES,
    TABLES,
    modules_with_tests,
    rows_about,
    rows_asked_by,
    rows_of,
)
from tests.contract.rows import LEFT_OUT, Finds, Gives, Refuses

EVERY = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda one: one.name)
WITH_A_BODY = pytest.mark.parametrize(
    "operation", [OPERATIONS[name] for name in MODELS], ids=lambda one: one.name
)
PAGED = pytest.mark.parametrize(
    "operation", [one for one in OPERATIONS.values() if one.paged], ids=lambda one: one.name
)
CITE = re.compile(r"\d+(\.\d+)? [DRA](, [DRA])*(, \d+(\.\d+)? [DRA](, [DRA])*)*")


def test_every_module_with_a_table_is_counted() -> None:
    with_a_table = {name for name in modules_with_tests() if rows_asked_by(name)}
    assert with_a_table == set(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_every_row_of_a_table_is_asked(name: str) -> None:
    assert rows_asked_by(name) == rows_of(name)


@EVERY
def test_every_operation_ends_well_and_is_refused(operation: Operation) -> None:
    assert rows_about(operation, Finds if operation.paged else Gives)
    assert rows_about(operation, Refuses)


def test_every_row_cites_section_and_mark() -> None:
    assert [row for row in ROWS if not CITE.fullmatch(row.cite)] == []


def test_no_two_rows_are_told_alike() -> None:
    told = [(row.operation.name, row.told) for row in ROWS]
    assert [one for one in told if told.count(one) > 1] == []


@WITH_A_BODY
def test_every_mandatory_property_is_left_out_once(operation: Operation) -> None:
    model = MODELS[operation.name]
    mandatory = {name for name, field in model.model_fields.items() if field.is_required()}
    assert mandatory - {"rows"} <= left_out(operation)


@WITH_A_BODY
def test_every_property_is_asked_for_in_a_row_that_ends_well(operation: Operation) -> None:
    asked = {name for row in rows_about(operation, Gives) for name in (*row.changes, *row.sets)}
    assert set(MODELS[operation.name].model_fields) - left_out(operation) - asked == set()


@WITH_A_BODY
def test_every_property_is_refused_in_some_row(operation: Operation) -> None:
    refused = {name for row in rows_about(operation, Refuses) for name in row.changes}
    assert set(MODELS[operation.name].model_fields) - refused == set()


@WITH_A_BODY
def test_every_property_that_can_be_cleared_is_cleared_in_a_row(operation: Operation) -> None:
    """Section 5, "Request properties": both sides agree on what a PUT can clear."""
    cleared = {
        name
        for row in rows_about(operation, Gives)
        for name, value in row.changes.items()
        if value is None
    }
    clearable: frozenset[str] = getattr(MODELS[operation.name], "clearable", frozenset())
    assert clearable - cleared == set()


@EVERY
def test_the_marks_of_all_its_fields_are_cited(operation: Operation) -> None:
    """What is documented, resolved or assumed about a field has rows under that very mark."""
    request, answer = SHAPES[operation.name].request, SHAPES[operation.name].answer
    models = [answer] if request is None or operation.paged else [request]
    marks = {
        (origin.section, origin.mark)
        for model in models
        for origin in FIELDS[model.__name__].values()
    }
    noun = operation.name.partition(".")[0]
    rows = [row for row in ROWS if row.operation.name.partition(".")[0] == noun]
    assert marks - {pair for row in rows for pair in cited(row.cite)} == set()


@PAGED
def test_every_filter_finds_something(operation: Operation) -> None:
    asked = {name for row in rows_about(operation, Finds) for name in row.changes}
    query = SHAPES[operation.name].request
    assert query is not None
    assert set(query.model_fields) - asked == set()


def cited(cite: str) -> set[tuple[str, str]]:
    """Section and mark, one by one: `7.5 D, R, 11 A` is three."""
    pairs, section = set(), ""
    for word in cite.replace(",", "").split():
        if word[0].isdigit():
            section = word
        else:
            pairs.add((section, word))
    return pairs


def left_out(operation: Operation) -> set[str]:
    return {
        name
        for row in rows_about(operation, Refuses)
        for name, value in row.changes.items()
        if value is LEFT_OUT
    }
