"""Fixtures of the orchestration's tests; they stand in `tests.in_process`."""

from tests.in_process import prefect, provider, runtime, sandbox, settings
from tests.prefect_server import prefect_server

__all__ = ["prefect", "prefect_server", "provider", "runtime", "sandbox", "settings"]
