"""How many requests a second the sandbox answers on this machine; knows no client of ours.

`python -m benchmarks.sandbox_throughput` starts the real program twice, in memory and with a
state file, and onboards customers over plain sockets from this process: four keyed writes
(customer account, bank account, mandate, schedule) and one read each. Both processes share
the machine, so the figure includes the load generator.
"""

import argparse
import asyncio
import os
import platform
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from tests.sandbox_process import SandboxProcess

CALLS_PER_CUSTOMER = 5


class Connection:
    """One kept-alive HTTP/1.1 connection that sends a call and reads its answer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int) -> "Connection":
        """A connection to a sandbox on this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def call(self, method: str, path: str, body: Any = None, key: str = "") -> Any:
        """One call; its parsed body. Raises `RuntimeError` unless it answers 200."""
        content = orjson.dumps(body) if body is not None else b""
        head = (
            f"{method} /service.svc/{path} HTTP/1.1\r\nHost: sandbox\r\n"
            f"Authorization: Bearer sandbox-key\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n"
        )
        if key:
            head += f"Idempotency-Key: {key}\r\n"
        self._writer.write(head.encode() + b"\r\n" + content)
        answer_head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(answer_head.lower().split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0])
        answer = await self._reader.readexactly(length)
        if not answer_head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{method} {path}: {answer_head.splitlines()[0]!r}")
        return orjson.loads(answer)

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured run."""

    calls: int
    seconds: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.calls / self.seconds


async def measure(port: int, customers: int, connections: int) -> Figure:
    """Onboard customers over some connections at once, as fast as they are answered."""
    numbers = iter(range(customers))
    opened = [await Connection.open(port) for _ in range(connections)]
    began = time.perf_counter()
    await asyncio.gather(*(_onboard(connection, numbers) for connection in opened))
    seconds = time.perf_counter() - began
    for connection in opened:
        connection.close()
    return Figure(customers * CALLS_PER_CUSTOMER, seconds)


async def _onboard(connection: Connection, numbers: Any) -> None:
    for number in numbers:
        customer = {
            "email": f"c{number}@example.com",
            "first_name": "A",
            "last_name": "Customer",
            "address_line1": "1 High Street",
            "city": "Leeds",
            "postal_code": "LS1 1AA",
            "custom_reference": f"CUST-{number}",
        }
        made = await connection.call(
            "POST", "customeraccount", {"Customer_Account": customer}, f"customer-{number}"
        )
        account = {
            "account_number": "12345678",
            "sort_code": "200052",
            "account_name": "A Customer",
            "customer_account": made["Customer_Account"]["id"],
        }
        made = await connection.call(
            "POST", "bankaccount", {"bank_account": account}, f"account-{number}"
        )
        mandate = {"customer_bank_account": made["bank_account"]["id"]}
        made = await connection.call("POST", "mandate", {"Mandate": mandate}, f"mandate-{number}")
        schedule = {
            "auddis": made["Mandate"]["auddis"],
            "amount": 2500,
            "first_collection_amount": 2500,
            "collection_period": "monthly",
            "collection_stretch": "1",
            "collection_day": "1",
            "description": "Membership",
            "first_collection_date": "2026-07-01",
        }
        body = {"recurrence_schedule": schedule}
        made = await connection.call("POST", "recurrenceschedule", body, f"schedule-{number}")
        await connection.call("GET", f"recurrenceschedule/{made['recurrence_schedule']['id']}")


def run(state: Path | None, customers: int, connections: int) -> Figure:
    """Measure one sandbox with the rate limit lifted, and check that it kept everything."""
    with SandboxProcess(state=state) as sandbox:
        sandbox.settings(rate_limit=None)
        port = int(sandbox.base_url.rsplit(":", 1)[1])
        figure = asyncio.run(measure(port, customers, connections))
        counts = sandbox.counts()
        assert counts["recurrence_schedules"] == customers, counts
        return figure


def main() -> None:
    """Print requests per second, in memory and with a state file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=2000)
    parser.add_argument("--connections", type=int, default=32)
    options = parser.parse_args()
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores shared with the load "
        f"generator, {options.connections} connections, {options.customers} customers of "
        f"{CALLS_PER_CUSTOMER} calls"
    )
    with tempfile.TemporaryDirectory() as folder:
        for name, state in (("in memory", None), ("state file", Path(folder) / "state.sqlite")):
            figure = run(state, options.customers, options.connections)
            print(
                f"{name:<11} {figure.rate:8.0f} requests/s "
                f"({figure.calls} calls in {figure.seconds:.2f} s)"
            )


if __name__ == "__main__":
    main()
