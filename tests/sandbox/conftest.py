"""One real sandbox per test session, made new for each test by a reset; knows no rule."""

from collections.abc import Iterator

import pytest

from tests.sandbox.caller import Caller
from tests.sandbox.receiver import Receiver, receiving
from tests.sandbox_process import SandboxProcess


@pytest.fixture(scope="session")
def sandbox_program() -> Iterator[SandboxProcess]:
    """The program, running as long as the session does."""
    with SandboxProcess() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_program: SandboxProcess) -> SandboxProcess:
    """The sandbox as it starts: no records but the fixtures, Mon 1 Jun 2026, 09:00 London."""
    sandbox_program.reset()
    return sandbox_program


@pytest.fixture
def api(sandbox: SandboxProcess) -> Iterator[Caller]:
    """Calls to it with the working token."""
    caller = Caller(sandbox)
    yield caller
    caller.close()


@pytest.fixture
def limited(sandbox: SandboxProcess) -> Iterator[Caller]:
    """Calls to it with the token that has a limit of 5 per 60 s (section 13)."""
    caller = Caller(sandbox, "sandbox-key-limited")
    yield caller
    caller.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A merchant's webhook receiver on a port of its own; no subscription leads there yet."""
    with receiving() as listening:
        yield listening
