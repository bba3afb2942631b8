"""The sandbox against its own OpenAPI document, with requests that schemathesis makes up.

Every answer must be one that the document announces, in the form it announces: a 5xx, an
undocumented status or a body outside its schema fails.
"""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from smarterpay.sandbox.docs.openapi import describe
from tests.sandbox_process import SandboxProcess

OPERATIONS = [
    (method.upper(), path) for path, methods in describe()["paths"].items() for method in methods
]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def document() -> Any:
    """The document, as the sandbox serves it."""
    return schemathesis.openapi.from_dict(describe())


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_is_as_the_document_says(
    sandbox: SandboxProcess, document: Any, method: str, path: str
) -> None:
    @settings(
        max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(case=document[path][method].as_strategy())
    def ask(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(
            base_url=sandbox.base_url,
            headers={"Authorization": f"Bearer {sandbox.token}"},
            checks=CHECKS,
        )

    ask()
