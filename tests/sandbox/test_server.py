"""The program: how it starts, ends, listens, and what it prints."""

import socket
import ssl
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.sandbox.caller import CUSTOMER, Caller
from tests.sandbox_process import SandboxProcess


def test_it_says_where_it_listens_and_ends_well_on_sigterm(tmp_path: Path) -> None:
    sandbox = SandboxProcess(state=tmp_path / "state.sqlite")
    sandbox.start()
    assert sandbox.base_url.startswith("http://127.0.0.1:")
    assert sandbox.stop() == 0


def test_a_slow_call_does_not_hold_up_the_end() -> None:
    """Its caller sees a broken connection; nothing is printed, nothing is waited for."""
    program = subprocess.Popen(
        [sys.executable, "-m", "smarterpay.sandbox", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    base = program.stdout.readline().removeprefix("sandbox listening on ").strip()
    order = {"kind": "slow", "seconds": 3600}
    httpx.post(f"{base}/_sandbox/faults", json=order, trust_env=False)
    with socket.create_connection(("127.0.0.1", int(base.rsplit(":", 1)[1])), timeout=30) as raw:
        raw.sendall(
            b"GET /service.svc/mandates HTTP/1.1\r\nHost: x\r\n"
            b"Authorization: Bearer sandbox-key\r\n\r\n"
        )
        while not httpx.get(f"{base}/_sandbox/faults", trust_env=False).json()["faults"][0]["hit"]:
            pass
        program.terminate()
        _, complained = program.communicate(timeout=30)
    assert (program.returncode, complained) == (0, "")


def test_a_restart_keeps_the_port_while_a_client_stays_connected() -> None:
    with SandboxProcess() as sandbox:
        first = sandbox.base_url
        api = Caller(sandbox)
        assert api.get("mandates").status_code == 200
        sandbox.restart()
        assert sandbox.base_url == first
        assert api.get("mandates").status_code == 200
        api.close()


def test_a_taken_port_is_told_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        program = subprocess.run(
            [sys.executable, "-m", "smarterpay.sandbox", "--port", port],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert program.returncode == 1
    told = f"sandbox: port {port} on 127.0.0.1 is in use; --port 0 takes a free one\n"
    assert program.stderr == told


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--port", "99999"], "port 99999 cannot be; a port is from 0 to 65535"),
        (["--port", "0", "--host", "192.0.2.1"], "192.0.2.1 port 0: "),
    ],
)
@pytest.mark.parametrize(
    "program", [["-m", "smarterpay.sandbox"], ["-m", "smarterpay.cli", "sandbox"]]
)
def test_an_address_it_cannot_have_is_told_in_one_line(
    options: list[str], told: str, program: list[str]
) -> None:
    ended = subprocess.run(
        [sys.executable, *program, *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"sandbox: {told}")
    assert ended.stderr.count("\n") == 1


def test_tls_serves_https_with_a_certificate_of_its_own_section_1() -> None:
    with SandboxProcess(tls=True) as sandbox:
        assert sandbox.base_url.startswith("https://")
        sandbox.settings(require_tls=True)
        headers = {"Authorization": "Bearer sandbox-key"}
        with httpx.Client(verify=False, trust_env=False, headers=headers) as trusting:  # noqa: S501
            made = trusting.post(
                sandbox.cloud_url + "accountvalidation",
                json={"account_validation": {"client_bank_account_id": "CBA-0000001"}},
            )
            assert made.status_code == 200
            url = made.json()["account_validation"]["account_validation_url"]
            assert url.startswith(sandbox.base_url)
            sandbox.faults("drop-after")
            with pytest.raises(httpx.TransportError):
                trusting.get(sandbox.cloud_url + "mandates")
        with pytest.raises(httpx.ConnectError):
            httpx.get(sandbox.clock_url, trust_env=False)


def test_the_certificate_names_loopback() -> None:
    with SandboxProcess(tls=True) as sandbox:
        port = int(sandbox.base_url.rsplit(":", 1)[1])
        pem = ssl.get_server_certificate(("127.0.0.1", port))
        context = ssl.create_default_context(cadata=pem)
        with httpx.Client(verify=context, trust_env=False) as client:
            assert client.get(sandbox.clock_url).status_code == 200


def test_many_connections_at_once_are_all_answered() -> None:
    with SandboxProcess() as sandbox:
        callers = [Caller(sandbox) for _ in range(50)]
        statuses = [caller.post("Customer_Account", CUSTOMER).status_code for caller in callers]
        for caller in callers:
            caller.close()
        assert statuses == [200] * 50


def test_nothing_personal_is_ever_printed() -> None:
    """Names, numbers and tokens go in, faults and refusals included; nothing comes out."""
    program = subprocess.Popen(
        [sys.executable, "-m", "smarterpay.sandbox", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    base = program.stdout.readline().removeprefix("sandbox listening on ").strip()
    headers = {"Authorization": "Bearer sandbox-key", "Idempotency-Key": "MARK-key"}
    marked = {name: "MARK" + value for name, value in CUSTOMER.items()}
    with httpx.Client(base_url=base, trust_env=False, headers=headers) as client:
        client.post("/service.svc/customeraccount", json={"Customer_Account": marked})
        client.post("/service.svc/customeraccount", content=b"MARK{")
        client.get("/service.svc/mandates?custom_reference=MARK")
        client.get("/service.svc/mandates", headers={"Authorization": "Bearer MARK"})
        client.post("/_sandbox/snapshot", json={"entries": [["mandates", "MARK", '{"MARK": 1}']]})
    program.terminate()
    printed, complained = program.communicate(timeout=30)
    assert program.returncode == 0
    assert "MARK" not in printed + complained
    assert complained == ""


def test_a_request_cut_short_is_no_request_section_2() -> None:
    """Half a body, then the caller is gone: nothing is done and the key is still free."""
    with SandboxProcess() as sandbox:
        port = int(sandbox.base_url.rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
            raw.sendall(
                b"POST /service.svc/customeraccount HTTP/1.1\r\nHost: x\r\n"
                b"Authorization: Bearer sandbox-key\r\nContent-Type: application/json\r\n"
                b'Idempotency-Key: k\r\nContent-Length: 100\r\n\r\n{"Customer_'
            )
        api = Caller(sandbox)
        assert api.post("Customer_Account", CUSTOMER, key="k").status_code == 200
        assert [line["status"] for line in sandbox.requests()] == [200]
        api.close()
