"""The result storage block: keeps bytes under idempotency keys in the journal that is open."""

from importlib.metadata import entry_points

import pytest
from prefect.blocks.core import Block

from smarterpay.orchestration.blocks import JournalResultStorage, results_in
from smarterpay.orchestration.runtime import Runtime

KEY = "6f1c2f0e-6f4f-5d6c-9a3e-0d6d0a3b7c11"


async def test_a_result_is_read_back_and_the_first_writer_wins(runtime: Runtime) -> None:
    storage = JournalResultStorage()
    with results_in(runtime.journal):
        await storage.awrite_path(KEY, b"first")
        await storage.awrite_path(KEY, b"second")
        assert await storage.aread_path(KEY) == b"first"
    assert runtime.journal.results.read(KEY) == b"first"


async def test_nothing_stored_is_an_error_as_prefect_expects_it(runtime: Runtime) -> None:
    with results_in(runtime.journal), pytest.raises(ValueError, match=KEY):
        await JournalResultStorage().aread_path(KEY)


def test_the_block_keeps_nothing_of_its_own_in_prefects_database() -> None:
    """Each process finds the journal by its own settings, so no password is stored."""
    own = set(JournalResultStorage.model_fields) - set(Block.model_fields)
    assert own == set()
    assert "SMARTERPAY_" in (JournalResultStorage.get_description() or "")


def test_prefect_finds_the_block_without_being_told() -> None:
    (ours,) = [one for one in entry_points(group="prefect.collections") if one.name == "smarterpay"]
    assert ours.load().JournalResultStorage is JournalResultStorage
    assert JournalResultStorage.get_block_type_slug() == "smarterpay-journal-results"
