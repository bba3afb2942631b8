"""What an operation ends in travels between processes and holds nothing personal."""

import pickle

import pytest

from smarterpay.journal.intents import Intent
from smarterpay.orchestration.delivery import deliver
from smarterpay.orchestration.outcome import (
    GenerationMovedOn,
    IntentConflict,
    Misconfigured,
    NeedsAttention,
    NotSettled,
    OperationError,
    OperationRefused,
    Outcome,
    outcome_of,
)
from smarterpay.orchestration.runtime import Runtime
from tests.api import builders
from tests.in_process import opened

#: Everything personal a bank account has; the number fails the modulus check (section 13).
PERSONAL = {
    "account_number": "98765900",
    "sort_code": "314159",
    "account_name": "Canary Featherstone",
    "metadata": "canary-metadata",
}


@pytest.fixture
async def intent(runtime: Runtime) -> Intent:
    """A refused intent, whose bytes and answer are personal."""
    open_one = opened(runtime, "bank_account.create", builders.bank_account(**PERSONAL))
    await deliver(runtime, open_one.id, open_one.key)
    return runtime.journal.intents.get(open_one.id)


ERRORS = {
    IntentConflict: lambda intent: IntentConflict(intent, ("bank_account.sort_code",)),
    OperationRefused: OperationRefused,
    NotSettled: lambda intent: NotSettled(intent, "no answer, NoAnswer"),
    NeedsAttention: NeedsAttention,
    Misconfigured: lambda intent: Misconfigured(intent, "498, InvalidToken"),
    GenerationMovedOn: GenerationMovedOn,
}


def test_every_error_is_listed_here() -> None:
    assert set(ERRORS) == set(OperationError.__subclasses__())


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
async def test_an_error_survives_pickling_with_what_it_knows(
    intent: Intent, kind: type[OperationError]
) -> None:
    error = ERRORS[kind](intent)
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(copy) is kind
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)
    assert copy.intent == intent


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
async def test_an_error_shows_operation_and_reference_and_nothing_personal(
    intent: Intent, kind: type[OperationError]
) -> None:
    error = ERRORS[kind](intent)
    assert str(error).startswith("bank_account.create CUST-0042: ")
    shown = f"{error} {error!r} {error.intent!r}".encode() + pickle.dumps(error)
    for value in PERSONAL.values():
        assert value.encode() not in shown


async def test_an_error_says_what_the_reader_can_do_or_know(intent: Intent) -> None:
    conflict = str(ERRORS[IntentConflict](intent))
    assert "fields that differ: bank_account.sort_code" in conflict
    assert "Use a new reference" in conflict
    assert "refused with 400 (Refused: account_number" in str(OperationRefused(intent))


async def test_the_outcome_is_what_prefect_may_keep(intent: Intent) -> None:
    outcome = outcome_of(intent)
    kept = outcome.model_dump_json()
    assert Outcome.model_validate_json(kept) == outcome
    assert set(outcome.model_dump()) == {
        *("operation", "reference", "intent_id", "outcome", "key", "generation"),
        *("status", "replayed", "record_id", "record_status", "reason"),
    }
    for value in PERSONAL.values():
        assert value not in kept
