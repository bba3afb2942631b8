"""Every wire field of every operation has its mark (D, R or A) and its section."""

import re

import pytest
from pydantic import BaseModel

from smarterpay.api.catalogue import OPERATIONS
from smarterpay.api.provenance import FIELDS
from tests.docs.wire_fields import models, shapes, wire_fields

SECTION = re.compile(r"6|7\.([1-9]|1[0-7])|8")


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_sections_7_and_8_the_marks_cover_exactly_the_fields(model: type[BaseModel]) -> None:
    marked = [name.lower() for name in FIELDS[model.__name__]]
    assert sorted(marked) == sorted(name.lower() for name in wire_fields(model))


def test_no_model_is_marked_that_no_operation_has() -> None:
    assert {model.__name__ for model in models()} == set(FIELDS)


def test_a_request_is_marked_from_the_section_of_its_operation() -> None:
    for operation in OPERATIONS.values():
        request = shapes()[operation.name].request
        sections = (
            {origin.section for origin in FIELDS[request.__name__].values()} if request else ()
        )
        assert set(sections) <= {operation.section, "6"}, operation.name
        assert all(SECTION.fullmatch(section) for section in sections)


@pytest.mark.parametrize(
    ("model", "field", "mark", "section"),
    [
        ("CustomerAccountCreate", "email", "D", "7.1"),
        ("CustomerAccountCreate", "title", "R", "7.1"),
        ("CustomerAccount", "status", "A", "7.1"),
        ("ClientBankAccount", "Sun", "R", "7.6"),
        ("PaymentCreate", "amount", "A", "7.7"),
        ("Payment", "users_reference", "D", "7.7"),
        ("PaymentRepresent", "auddis", "R", "7.8"),
        ("CreditCreate", "description", "R", "7.10"),
        ("CreditCreate", "submission_reference", "A", "7.10"),
        ("PaymentLinkCreate", "recurrence_schedule_custom_reference", "A", "7.12"),
        ("Submission", "sun_name", "R", "7.13"),
        ("OutboundMessage", "email", "A", "7.14"),
        ("TransactionRefund", "amount", "A", "8"),
        ("TransactionRegister", "amount", "D", "8"),
        ("Transaction", "status", "D", "8"),
    ],
)
def test_marks_are_those_of_the_reference(model: str, field: str, mark: str, section: str) -> None:
    origin = FIELDS[model][field]
    assert (origin.mark, origin.section) == (mark, section)
