"""What `smarterpay.api` exports is deliberate, documented and free of Prefect."""

import ast
import inspect
from pathlib import Path

import pytest

from smarterpay import api
from smarterpay.api import REFERENCE_FIELDS, errors
from smarterpay.api.catalogue import OPERATIONS
from smarterpay.api.cloud import SHAPES

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


def test_reference_fields_are_fields_of_their_models() -> None:
    """Section 5, "Reference names": where our reference travels, and where it comes back."""
    creates = {n for n in SHAPES if OPERATIONS[n].name.endswith(".create")}
    checks = {"modulus_check.create", "bank_account_check.create"}
    assert set(REFERENCE_FIELDS) == creates - checks
    for name, reference in REFERENCE_FIELDS.items():
        request = SHAPES[name].request
        assert request is not None
        assert reference.request in request.model_fields
        assert reference.answer in SHAPES[name].answer.model_fields
