"""`smarterpay sandbox`: a stand-in provider in the foreground."""

import signal
import subprocess
import sys
from pathlib import Path

import httpx


def test_port_0_picks_a_free_port_and_says_which(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "smarterpay.cli", "sandbox", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--state", str(tmp_path / "state")], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("sandbox listening on ").strip()
        answer = httpx.get(
            f"{url}/service.svc/serviceusernumber",
            headers={"Authorization": "Bearer sandbox-key"},
            trust_env=False,
        )
        assert answer.status_code == 200
        assert answer.json()["Service_User_Number"][0]["SUN"] == "100263"
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 0
    assert (tmp_path / "state").stat().st_size > 0
