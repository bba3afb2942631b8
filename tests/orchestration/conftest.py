"""Fixtures of the orchestration's tests, from the modules they stand in."""

from tests.flow_process import flow_worker, flows
from tests.in_process import provider, runtime, sandbox, settings
from tests.orchestration.bulk_runs import paced
from tests.prefect_server import prefect_server

__all__ = [
    "flow_worker",
    "flows",
    "paced",
    "prefect_server",
    "provider",
    "runtime",
    "sandbox",
    "settings",
]
