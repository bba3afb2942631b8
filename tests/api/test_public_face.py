"""What `smarterpay.api` exports is deliberate, documented and free of Prefect."""

import ast
import inspect
from pathlib import Path

import pytest

from smarterpay import api
from smarterpay.api import REFERENCE_FIELDS, CardClient, CloudClient, errors
from smarterpay.api.catalogue import OPERATIONS
from smarterpay.api.wire import BulkCreate

PACKAGE = Path(api.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))


def test_everything_exported_is_listed_and_nothing_else() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    imported = {
        name.name for node in tree.body if isinstance(node, ast.ImportFrom) for name in node.names
    }
    assert imported == set(api.__all__)


def test_every_error_is_exported() -> None:
    named = {
        name
        for name, found in vars(errors).items()
        if inspect.isclass(found) and issubclass(found, errors.SmarterPayError)
    }
    assert named <= set(api.__all__)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_every_file_opens_with_its_purpose(file: Path) -> None:
    first = (ast.get_docstring(ast.parse(file.read_text())) or "").split("\n\n")[0]
    assert first.endswith(".")
    assert len(first) > 20


def test_every_public_name_is_documented() -> None:
    undocumented = [
        f"{name}.{attribute}" if attribute else name
        for name in api.__all__
        for found in [getattr(api, name)]
        if inspect.isclass(found) or inspect.isfunction(found)
        for attribute, member in [("", found), *vars(found).items()]
        if not attribute.startswith("_")
        and (inspect.isfunction(member) or inspect.isclass(member))
        and not inspect.getdoc(member)
    ]
    assert undocumented == []


SHAPES = {**CloudClient.shapes, **CardClient.shapes}

#: Questions create nothing to find again; a Void and a cancelled deferral change a record.
CREATE_NOTHING = {
    "modulus_check.create",
    "bank_account_check.create",
    "transaction.void",
    "transaction.cancel_deferred",
}
MORE_THAN_CREATES = ("payment.represent", "payment.bulk_create", "credit.bulk_create")


def test_every_operation_that_creates_a_record_has_a_reference_field() -> None:
    creates = {n for n in OPERATIONS if n.endswith(".create") or n.startswith("transaction.")}
    assert set(REFERENCE_FIELDS) == {*creates, *MORE_THAN_CREATES} - CREATE_NOTHING


@pytest.mark.parametrize("name", sorted(REFERENCE_FIELDS))
def test_reference_fields_are_fields_of_their_models(name: str) -> None:
    """Section 5, "Reference names": where our reference travels, and where it comes back."""
    reference = REFERENCE_FIELDS[name]
    request, answer = SHAPES[name].request, SHAPES[name].answer
    assert request is not None
    if issubclass(request, BulkCreate):
        # It travels in each row, and comes back in the record that the row made.
        noun = name.partition(".")[0]
        request, answer = SHAPES[f"{noun}.create"].request, SHAPES[f"{noun}.get"].answer
    assert request is not None
    assert reference.request in request.model_fields
    assert reference.answer in answer.model_fields


@pytest.mark.parametrize("name", sorted(n for n in REFERENCE_FIELDS if REFERENCE_FIELDS[n].filter))
def test_section_6_a_filter_that_finds_our_reference_belongs_to_a_list(name: str) -> None:
    reference = REFERENCE_FIELDS[name]
    listed_by = reference.listed_by or f"{name.partition('.')[0]}.list"
    query, record = SHAPES[listed_by].request, SHAPES[listed_by].answer
    assert query is not None
    assert reference.filter in query.model_fields
    assert reference.answer in record.model_fields
