"""Every operation has its page, its fields, its errors and an example that does what it says."""

from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from smarterpay.api import CardClient, CloudClient
from smarterpay.api.catalogue import OPERATIONS, Operation
from tests.docs.given import GIVEN, World
from tests.docs.operation_examples import example_of
from tests.sandbox_process import SandboxProcess


class _Receiver(BaseHTTPRequestHandler):
    """Takes every webhook."""

    def do_POST(self) -> None:
        """Answer 204."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def receiver_url() -> Iterator[str]:
    """The address of a receiver of webhooks."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Receiver) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def sandbox_program() -> Iterator[SandboxProcess]:
    """One sandbox for all examples."""
    with SandboxProcess() as sandbox:
        yield sandbox


@pytest.fixture
async def world(sandbox_program: SandboxProcess, receiver_url: str) -> AsyncIterator[World]:
    """A sandbox as it starts, and both clients."""
    sandbox_program.reset()
    token = sandbox_program.token
    async with (
        CloudClient(base_url=sandbox_program.cloud_url, token=token) as cloud,
        CardClient(base_url=sandbox_program.card_url, token=token) as card_host,
    ):
        yield World(sandbox_program, cloud, card_host, receiver_url)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda one: one.name)
async def test_sections_7_and_8_the_example_prints_what_it_says(
    operation: Operation, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    example = example_of(operation)
    assert example.printed, "an example shows what comes of it"
    await example.run(**{name: await world.get(name) for name in example.arguments})
    assert capsys.readouterr().out.splitlines() == example.printed


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda one: one.name)
def test_the_example_makes_the_call_it_is_about(operation: Operation) -> None:
    client = "cloud" if operation.api == "cloud" else "card_host"
    verb = operation.name.partition(".")[2]
    assert f"{client}.{operation.resource}.{verb}(" in example_of(operation).source


def test_nothing_is_made_ready_that_no_example_asks_for() -> None:
    asked = {name for one in OPERATIONS.values() for name in example_of(one).arguments}
    assert asked - {"cloud", "card_host"} <= set(GIVEN)
    assert set(GIVEN) - asked == set()
