"""Gives each journal test an empty journal of its own, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from smarterpay.clock import FixedClock
from smarterpay.journal import Journal
from smarterpay.settings import Settings
from tests.journal.builders import NOW


@pytest.fixture
def settings(tmp_path: Path, journal_url: str) -> Settings:
    """Settings with a home and a journal of the test's own."""
    return Settings(home=tmp_path / "home", journal_url=SecretStr(journal_url))


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at `NOW`."""
    return FixedClock(NOW)


@pytest.fixture
def journal(settings: Settings, clock: FixedClock) -> Iterator[Journal]:
    """An empty journal."""
    with Journal.open(settings, clock=clock) as opened:
        yield opened


@pytest.fixture
def other_journal(settings: Settings, journal: Journal) -> Iterator[Journal]:
    """The same journal as another process sees it: connections of its own, nothing remembered."""
    with Journal.open(settings, clock=journal.clock) as opened:
        yield opened
