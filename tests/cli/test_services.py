"""What a command starts ends with it, however it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

START_SECONDS = 60


@pytest.mark.e2e
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_demo_that_is_ended_leaves_nothing_running(tmp_path: Path, how: signal.Signals) -> None:
    environment = {**os.environ, "SMARTERPAY_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "smarterpay.cli", "demo"]
    # A shell that runs its jobs in the background has them ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    demo = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        children = _wait_for_children(demo.pid, tmp_path / "demo/prefect/server.json")
        demo.send_signal(how)
        demo.wait(START_SECONDS)
    finally:
        demo.kill()
        demo.wait()

    _, alive = psutil.wait_procs(children, timeout=START_SECONDS)
    assert alive == []


def _wait_for_children(pid: int, started: Path) -> list[psutil.Process]:
    """The sandbox and the Prefect server, once the file says that both are up."""
    parent = psutil.Process(pid)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if started.exists():
            return parent.children(recursive=True)
        time.sleep(0.1)
    raise TimeoutError("the demo did not start its servers")
