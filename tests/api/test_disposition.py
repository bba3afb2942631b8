"""Every status, replayed or not, with every form of body, has exactly one meaning."""

import pytest

from smarterpay.api import (
    Answer,
    ConnectFailed,
    Disposition,
    GatewaySilent,
    InvalidToken,
    NoAnswer,
    Refused,
    TokenNotFetched,
    TokenRefused,
    TransportError,
    UnexpectedAnswer,
    dispose,
)
from smarterpay.api.disposition import is_gateway_silence
from smarterpay.api.reading import api_error
from tests.api.answers import FORMS, OBJECTS, SPOKEN, UNSPOKEN

SUCCEEDED, REFUSED, RETRY = Disposition.SUCCEEDED, Disposition.REFUSED, Disposition.RETRY
UNKNOWN, STOP, MISCONFIGURED = Disposition.UNKNOWN, Disposition.STOP, Disposition.MISCONFIGURED

BOTH = (False, True)
ALL_FORMS = tuple(FORMS)
NO_OBJECTS = tuple(form for form in FORMS if form not in OBJECTS)
ONLY_BY_STATUS = {
    status
    for status in range(400, 500)
    if status not in {400, 401, 403, 407, 408, 409, 422, 425, 429, 498}
}

# statuses, replayed, forms of body, meaning; sections 2 and 4.
TABLE = [
    (range(100, 200), BOTH, ALL_FORMS, UNKNOWN),
    (range(200, 300), BOTH, tuple(OBJECTS), SUCCEEDED),
    (range(200, 300), BOTH, NO_OBJECTS, UNKNOWN),
    (range(300, 400), BOTH, ALL_FORMS, UNKNOWN),
    ([400], BOTH, ("tls required",), MISCONFIGURED),
    ([400], BOTH, tuple(f for f in FORMS if f != "tls required"), REFUSED),
    ([401, 403, 407, 498], BOTH, ALL_FORMS, MISCONFIGURED),
    ([408, 425, 429], BOTH, ALL_FORMS, RETRY),
    ([409], BOTH, ("in progress", *UNSPOKEN), RETRY),
    ([409], BOTH, ("key reused", "tls required", *SPOKEN), REFUSED),
    ([422], BOTH, ("key reused", *UNSPOKEN), STOP),
    ([422], BOTH, ("in progress", "tls required", *SPOKEN), REFUSED),
    (sorted(ONLY_BY_STATUS), BOTH, ALL_FORMS, REFUSED),
    ([500], (False,), ALL_FORMS, UNKNOWN),
    ([500], (True,), ALL_FORMS, STOP),
    ([501, 502], BOTH, ALL_FORMS, UNKNOWN),
    ([503], BOTH, ALL_FORMS, RETRY),
    (range(504, 600), BOTH, ALL_FORMS, UNKNOWN),
]


def test_the_table_covers_every_answer_once() -> None:
    covered = [
        (status, replayed, form)
        for statuses, replays, forms, _ in TABLE
        for status in statuses
        for replayed in replays
        for form in forms
    ]
    everything = {(s, r, f) for s in range(100, 600) for r in BOTH for f in FORMS}
    assert len(covered) == len(set(covered))
    assert set(covered) == everything


@pytest.mark.parametrize(("statuses", "replays", "forms", "meaning"), TABLE)
def test_sections_2_and_4(
    statuses: list[int], replays: tuple[bool], forms: tuple[str], meaning: Disposition
) -> None:
    for status in statuses:
        for replayed in replays:
            for form in forms:
                answer = Answer("mandate.create", status, FORMS[form], replayed)
                assert dispose(answer) is meaning, (status, replayed, form)


def test_section_4_nothing_sent_is_retried_and_no_answer_is_unknown() -> None:
    assert dispose(ConnectFailed("mandate.create", "refused")) is RETRY
    assert dispose(NoAnswer("mandate.create", "ReadTimeout")) is UNKNOWN
    assert dispose(TransportError("mandate.create", "?")) is UNKNOWN


def test_section_1_without_an_access_token_nothing_was_sent() -> None:
    assert dispose(TokenNotFetched("mandate.create", "ConnectError")) is RETRY
    assert dispose(TokenRefused("mandate.create", "HTTP 401")) is MISCONFIGURED


@pytest.mark.parametrize(
    "spelling",
    [
        (
            "a request with the same idempotency-key for the same operation"
            " is being processed or is outstanding"
        ),
        (
            "A request with the same Idempotency-Key for the same operation is being processed"
            "  or is\\noutstanding. "
        ),
    ],
)
def test_section_2_in_progress_is_compared_leniently(spelling: str) -> None:
    body = f'{{"error":{{"code":409,"message":"{spelling}"}}}}'.encode()
    assert dispose(Answer("mandate.create", 409, body)) is RETRY


def test_section_2_documented_words_count_as_plain_text_too() -> None:
    assert dispose(Answer("x", 422, b"Idempotency keys cannot be reused")) is STOP
    assert dispose(Answer("x", 400, b"TLS_Required")) is MISCONFIGURED


@pytest.mark.parametrize("status", [*range(100, 200), *range(300, 600)])
def test_every_error_says_the_same_as_the_disposition(status: int) -> None:
    for replayed in BOTH:
        for body in FORMS.values():
            answer = Answer("mandate.create", status, body, replayed)
            assert api_error(answer).retryable is (dispose(answer) in {RETRY, UNKNOWN})


# --- Section 8: the card host ----------------------------------------------------------------

# body of a 2xx, meaning
CARD_ANSWERS: list[tuple[str, Disposition]] = [
    ('{"id":"P02X","status":"successful"}', SUCCEEDED),
    ('{"id":"P02X","status":"pending"}', SUCCEEDED),
    ('{"id":"P02X","status":"cancelled"}', SUCCEEDED),
    ('{"id":"P02X","status":"failed","status_code":"2000"}', SUCCEEDED),
    ('{"id":"P02X","Status":" Failed "}', SUCCEEDED),
    ('{"status":"","STATUS":"failed"}', SUCCEEDED),
    ('{"status":"error","status_code":"101"}', REFUSED),
    ('{"status":"error","status_code":102}', REFUSED),
    ('{"Status":"Error","Status_Code":" 103 "}', REFUSED),
    ('{"status":"error","status_code":"910"}', STOP),
    ('{"status":"error","status_code":"905"}', STOP),
    ('{"status":"error","status_code":"7777"}', STOP),
    ('{"status":"error","status_code":"0101"}', STOP),
    ('{"status":"error","status_code":101.0}', STOP),
    ('{"status":"error","status_code":[101]}', STOP),
    ('{"status":"error","code":101}', STOP),
    ('{"status":"error","error":{"status_code":101}}', STOP),
    ('{"status":"error"}', STOP),
    ('{"status":"ERROR","id":"P02X"}', STOP),
    ('{"status":"settled"}', UNKNOWN),
    ('{"status":"succesful"}', UNKNOWN),
    ('{"status":true}', UNKNOWN),
    ('{"status":["successful"]}', UNKNOWN),
    ('{"status":null}', UNKNOWN),
    ('{"id":"P02X"}', UNKNOWN),
    ('{"transaction":{"status":"successful"}}', UNKNOWN),
    ('[{"status":"successful"}]', UNKNOWN),
    ("", UNKNOWN),
]
MEANT = {SUCCEEDED: None, REFUSED: Refused, STOP: GatewaySilent, UNKNOWN: UnexpectedAnswer}


@pytest.mark.parametrize("replayed", BOTH)
@pytest.mark.parametrize("status", [200, 202])
@pytest.mark.parametrize(("body", "meaning"), CARD_ANSWERS)
def test_section_8_a_card_answer_means_what_its_status_says(
    body: str, meaning: Disposition, status: int, replayed: bool
) -> None:
    answer = Answer("transaction.repeat", status, body.encode(), replayed)
    assert dispose(answer) is meaning
    assert is_gateway_silence(answer) is (meaning is STOP)
    expected = MEANT[meaning]
    if expected is not None:
        error = api_error(answer)
        assert type(error) is expected
        assert error.retryable is (meaning is UNKNOWN)
        assert error.body == body.encode()


def test_section_8_the_cloud_api_has_no_status_word_to_go_by() -> None:
    assert dispose(Answer("payment.get", 200, b'{"payment":{"status":"error"}}')) is SUCCEEDED
    assert not is_gateway_silence(Answer("payment.get", 500, b"", replayed=True))


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, 102, Refused),
        (400, 103, Refused),
        (400, 901, Refused),
        (400, 4711, Refused),
        (498, 101, InvalidToken),
    ],
)
def test_section_8_an_error_with_a_4xx_was_refused(
    status: int, code: int, expected: type[Refused]
) -> None:
    body = f'{{"status":"error","status_code":"{code}","status_details":"No"}}'.encode()
    error = api_error(Answer("transaction.register", status, body))
    assert type(error) is expected
    assert (error.code, error.message, error.retryable) == (code, "No", False)


def test_section_8_a_code_may_be_a_word() -> None:
    body = b'{"status":"error","status_code":"NO_PROFILE","status_details":"No"}'
    assert api_error(Answer("transaction.register", 400, body)).code == "NO_PROFILE"
