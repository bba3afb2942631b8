"""The error tree: what each answer becomes, and what never shows."""

import copy
import pickle
import traceback

import pytest

from smarterpay import api
from smarterpay.api import (
    Answer,
    ApiError,
    BrokenRule,
    ConnectFailed,
    FieldError,
    HeaderRejected,
    InvalidRequest,
    NoAnswer,
    SmarterPayError,
    errors,
)
from smarterpay.api.error_body import read_error_body
from smarterpay.api.reading import api_error
from tests.api.answers import FORMS, IN_PROGRESS, KEY_REUSED, OTHER_ERROR, TLS_REQUIRED

# status, replayed, body, class; section 4.
CLASSES = [
    (400, False, OTHER_ERROR, api.Refused),
    (400, False, TLS_REQUIRED, api.TlsRequired),
    (401, False, b"", api.Misconfigured),
    (403, False, b"", api.Misconfigured),
    (404, False, OTHER_ERROR, api.NotFound),
    (405, False, OTHER_ERROR, api.MethodNotAllowed),
    (406, False, OTHER_ERROR, api.NotAcceptable),
    (408, False, b"", api.TryLater),
    (409, False, IN_PROGRESS, api.RequestInProgress),
    (409, False, b"", api.RequestInProgress),
    (409, False, OTHER_ERROR, api.Conflict),
    (418, False, OTHER_ERROR, api.Refused),
    (422, False, KEY_REUSED, api.KeyReused),
    (422, False, b"<html>", api.KeyReused),
    (422, False, OTHER_ERROR, api.Refused),
    (429, False, OTHER_ERROR, api.RateLimited),
    (498, False, OTHER_ERROR, api.InvalidToken),
    (500, False, OTHER_ERROR, api.ServerError),
    (500, True, OTHER_ERROR, api.ReplayedServerError),
    (502, False, b"<html>", api.ServerError),
    (503, False, b"", api.ServiceUnavailable),
    (504, True, b"", api.ServerError),
    (302, False, b"", api.UnexpectedAnswer),
    (204, False, b"", api.UnexpectedAnswer),
]


@pytest.mark.parametrize(("status", "replayed", "body", "expected"), CLASSES)
def test_section_4_class_of_each_answer(
    status: int, replayed: bool, body: bytes, expected: type[ApiError]
) -> None:
    error = api_error(Answer("mandate.create", status, body, replayed, "req-7"))
    assert type(error) is expected
    assert (error.status, error.replayed, error.request_id) == (status, replayed, "req-7")
    assert (error.operation, error.body) == ("mandate.create", body)


@pytest.mark.parametrize("form", sorted(FORMS))
def test_section_4_any_body_gives_a_useful_error(form: str) -> None:
    error = api_error(Answer("mandate.create", 400, FORMS[form]))
    assert error.message
    assert len(error.message) <= 2000
    assert str(error).startswith("mandate.create: HTTP 400")
    assert error.body == FORMS[form]


# body, code, message, field errors
BODIES: list[tuple[bytes, int | str | None, str, list[tuple[str, str]]]] = [
    (OTHER_ERROR, 400, "Validation failed", [("amount", "must be positive")]),
    (b'{"Error":{"Code":"400","Message":"No"}}', 400, "No", []),
    (b'{"status_code":"101","status_details":"Unauthorised"}', 101, "Unauthorised", []),
    (b'{"error":{"code":"E-1","message":"No","details":["a","b"]}}', "E-1", "No",
     [("", "a"), ("", "b")]),
    (b'{"message":"No","errors":{"name":["x","y"],"city":"z"}}', None, "No",
     [("name", "x; y"), ("city", "z")]),
    (b'{"error":{"message":"No","details":[{"property":"a","message":1},7]}}', None, "No",
     [("a", ""), ("", "7")]),
    (b"Service down", None, "Service down", []),
    (b"<html>", None, "Bad Request", []),
    (b"", None, "Bad Request", []),
    (b"\xef\xbb\xbfplain", None, "plain", []),
    (b'{"error":{"code":true,"message":"No"}}', None, "No", []),
]  # fmt: skip


@pytest.mark.parametrize(("body", "code", "message", "field_errors"), BODIES)
def test_section_4_error_body(
    body: bytes, code: object, message: str, field_errors: list[tuple[str, str]]
) -> None:
    read = read_error_body(body, 400)
    assert (read.code, read.message) == (code, message)
    assert [(found.field, found.message) for found in read.field_errors] == field_errors


def test_section_4_reason_phrase_of_498_and_of_an_unknown_status() -> None:
    assert read_error_body(b"", 498).message == "Invalid Token"
    assert read_error_body(b"", 599).message == "HTTP status 599"


LEAKY = (
    b'{"error":{"code":12345678,"message":"J Hetfield 75849855 is bad","details":['
    b'{"field":"account_name","message":"J Hetfield"},'
    b'{"field":"j@example.com","message":"x"},{"field":"75849855","message":"x"}]}}'
)


def shown(error: BaseException) -> str:
    return f"{error} {error!r} {''.join(traceback.format_exception(error))}"


def test_an_error_shows_names_and_never_the_providers_words() -> None:
    error = api_error(Answer("bank_account.create", 400, LEAKY, request_id="req-7"))
    assert error.message == "J Hetfield 75849855 is bad"
    assert str(error) == "bank_account.create: HTTP 400; fields account_name; request req-7"
    for mark in ("Hetfield", "75849855", "12345678", "example.com"):
        assert mark not in shown(error)
        assert mark not in repr(error.field_errors)


def test_an_error_shows_a_code_that_differs_from_the_status() -> None:
    body = b'{"status":"error","status_code":"103","status_details":"Invalid Payment Gateway"}'
    assert "code 103" in str(api_error(Answer("transaction.register", 400, body)))


def test_a_pickled_error_leaves_the_providers_words_behind() -> None:
    error = api_error(Answer("bank_account.create", 400, LEAKY, request_id="req-7"))
    error.idempotency_key = "key-1"
    stored = pickle.dumps(error)
    assert b"Hetfield" not in stored
    restored = pickle.loads(stored)  # noqa: S301 - our own bytes
    assert type(restored) is api.Refused
    assert str(restored) == str(error)
    assert (restored.status, restored.idempotency_key) == (400, "key-1")
    assert restored.field_errors == (FieldError("account_name", ""),)


@pytest.mark.parametrize(
    "error",
    [
        ConnectFailed("mandate.get", "refused"),
        NoAnswer("mandate.get", "ReadTimeout"),
        HeaderRejected("Idempotency-Key", "too long"),
        InvalidRequest("MandateCreate", [BrokenRule("auddis", "pattern", "wrong")]),
    ],
)
def test_every_error_can_be_copied_and_pickled(error: SmarterPayError) -> None:
    unpickled = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    for restored in (copy.copy(error), unpickled):
        assert type(restored) is type(error)
        assert str(restored) == str(error)
        assert restored.__dict__ == error.__dict__


def test_an_invalid_request_names_its_fields() -> None:
    error = InvalidRequest("X", [BrokenRule("a", "r", "w"), BrokenRule("", "s", "v")])
    assert error.fields == ("a", "")
    assert str(error) == "X was refused before sending: a: w; (request): v"


def test_the_drawn_tree_is_the_tree() -> None:
    """Each class stands in the module docstring, indented one step deeper than its base."""
    drawing = errors.__doc__ or ""
    depth = {}
    for line in drawing.splitlines():
        word = line.replace("|", " ").replace("`-", "  ").replace("|-", "  ").replace("-", " ")
        name = word.split()[0] if word.split() else ""
        if isinstance(getattr(errors, name, None), type):
            depth[name] = (len(word) - len(word.lstrip()) - 4) // 3
    classes = {
        name: found
        for name, found in vars(errors).items()
        if isinstance(found, type) and issubclass(found, SmarterPayError)
    }
    assert set(depth) == set(classes)
    for name, found in classes.items():
        assert depth[name] == len(found.__mro__) - len(SmarterPayError.__mro__), name
