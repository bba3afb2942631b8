"""The retry decision of section 4: whether, and after how many seconds."""

import pytest

from smarterpay.api import Answer, ConnectFailed, NoAnswer, RetryPolicy, TransportError
from smarterpay.api.retry import instant_retries

POLICY = RetryPolicy()
MAINTENANCE = Answer("mandate.create", 503, b"")
FAULT = Answer("mandate.create", 500, b"")
THROTTLED = Answer("mandate.create", 429, b"")


def pause(
    outcome: Answer | TransportError,
    *,
    attempt: int = 1,
    elapsed: float = 0.0,
    repeatable: bool = True,
    random: float = 1.0,
    policy: RetryPolicy = POLICY,
) -> float | None:
    return policy.pause_after(
        outcome, attempt=attempt, elapsed=elapsed, repeatable=repeatable, random=lambda: random
    )


def test_section_4_defaults() -> None:
    assert (POLICY.attempts, POLICY.horizon) == (5, 23 * 3600)
    assert (POLICY.first_pause, POLICY.longest_pause) == (0.5, 30)


@pytest.mark.parametrize(
    ("attempt", "random", "seconds"),
    [(1, 0.0, 0.0), (1, 1.0, 0.5), (2, 1.0, 1.0), (3, 0.5, 1.0), (4, 1.0, 4.0)],
)
def test_section_4_full_jitter_doubles(attempt: int, random: float, seconds: float) -> None:
    assert pause(MAINTENANCE, attempt=attempt, random=random) == seconds


def test_section_4_pauses_stop_growing_at_30_seconds() -> None:
    many = RetryPolicy(attempts=10_000)
    assert pause(MAINTENANCE, attempt=7, policy=many) == 30
    assert pause(MAINTENANCE, attempt=9_000, policy=many) == 30


@pytest.mark.parametrize("outcome", [MAINTENANCE, FAULT, THROTTLED, ConnectFailed("x", "y")])
def test_section_4_five_attempts(outcome: Answer | TransportError) -> None:
    assert pause(outcome, attempt=4) is not None
    assert pause(outcome, attempt=5) is None


@pytest.mark.parametrize(
    ("outcome", "again"),
    [
        (MAINTENANCE, True),
        (THROTTLED, True),
        (Answer("x", 409, b""), True),
        (ConnectFailed("x", "y"), True),
        (FAULT, False),
        (Answer("x", 502, b""), False),
        (Answer("x", 200, b""), False),
        (NoAnswer("x", "y"), False),
    ],
)
def test_section_4_without_a_key_only_what_was_not_executed_is_repeated(
    outcome: Answer | TransportError, again: bool
) -> None:
    assert (pause(outcome, repeatable=False) is not None) is again
    assert pause(outcome, repeatable=True) is not None


@pytest.mark.parametrize("status", [200, 400, 404, 405, 406, 422, 498])
def test_section_4_settled_answers_are_not_repeated(status: int) -> None:
    assert pause(Answer("x", status, b'{"error":{"message":"no"}}')) is None


def test_section_4_a_replayed_500_is_not_repeated() -> None:
    assert pause(Answer("x", 500, b"", replayed=True)) is None


@pytest.mark.parametrize(("random", "seconds"), [(0.0, 60.0), (1.0, 65.0)])
def test_section_3_a_429_waits_out_its_window(random: float, seconds: float) -> None:
    assert pause(THROTTLED, random=random) == seconds


@pytest.mark.parametrize("status", [429, 503])
def test_section_3_retry_after_is_honoured(status: int) -> None:
    assert pause(Answer("x", status, b"", retry_after=7.0), random=0.0) == 7.0
    assert pause(Answer("x", status, b"", retry_after=7.0), random=1.0) == 7.5


def test_section_3_an_endless_retry_after_is_not_waited_for() -> None:
    assert pause(Answer("x", 429, b"", retry_after=300.0), random=0.0) == 300.0
    assert pause(Answer("x", 429, b"", retry_after=301.0), random=0.0) is None


@pytest.mark.parametrize(
    ("elapsed", "again"), [(23 * 3600 - 1, True), (23 * 3600 - 0.5, False), (24 * 3600, False)]
)
def test_section_4_no_try_starts_at_23_hours(elapsed: float, again: bool) -> None:
    assert (pause(MAINTENANCE, elapsed=elapsed) is not None) is again


def test_instant_retries_keep_the_decision_and_drop_the_pause() -> None:
    with instant_retries():
        assert pause(THROTTLED) == 0.0
        assert pause(THROTTLED, attempt=5) is None
        assert pause(FAULT, repeatable=False) is None
    assert pause(THROTTLED) == 65.0
