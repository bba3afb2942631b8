"""Fixtures of the flows' tests, from the modules they stand in."""

from tests.flow_process import flow_worker, flows
from tests.flows.payer_scene import run, scene
from tests.in_process import provider, runtime, sandbox, settings
from tests.prefect_server import prefect_server

__all__ = [
    "flow_worker",
    "flows",
    "prefect_server",
    "provider",
    "run",
    "runtime",
    "sandbox",
    "scene",
    "settings",
]
