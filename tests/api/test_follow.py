"""A bulk request is followed to its end by polling with growing pauses (section 7.9)."""

import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from smarterpay.api import BulkUnfinished, NotFound, RetryPolicy, instant_retries
from smarterpay.api.models.api_request import ApiRequest
from smarterpay.api.retry import polling_pause
from tests.api.builders import cloud_client
from tests.api.samples import API_REQUEST
from tests.api.scripted_server import ScriptedServer, Send, answer


def standing(status: str) -> Send:
    return answer(200, {"api_request": {**API_REQUEST["api_request"], "status": status}})


class Waiting:
    """Time that passes only while somebody pauses."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def elapsed(self) -> float:
        return sum(self.pauses)

    def options(self, random: float = 0.0) -> dict[str, Any]:
        return {"sleep": self.sleep, "monotonic": self.elapsed, "random": lambda: random}


async def test_section_7_9_pending_processing_completed() -> None:
    waiting = Waiting()
    script = (standing("pending"), standing("processing"), standing("completed"))
    async with (
        ScriptedServer(*script) as server,
        cloud_client(server.url, **waiting.options()) as cloud,
    ):
        found = await cloud.api_requests.follow("AR01X")
    assert isinstance(found, ApiRequest)
    assert found.is_completed
    assert found.records is not None
    assert [row.id for row in found.records] == ["P01YZ96J1D7WDK8NEWD", None]
    assert {request.target for request in server.received} == {"/service.svc/apirequest/AR01X"}
    assert waiting.pauses == [1.0, 2.0]


async def test_section_7_9_a_request_that_is_done_is_read_once() -> None:
    waiting = Waiting()
    async with (
        ScriptedServer(standing("completed")) as server,
        cloud_client(server.url, **waiting.options()) as cloud,
    ):
        await cloud.api_requests.follow("AR01X", limit=0)
    assert (len(server.received), waiting.pauses) == (1, [])


async def test_section_7_9_pauses_double_up_to_half_a_minute_until_the_limit() -> None:
    waiting = Waiting()
    async with (
        ScriptedServer(standing("processing")) as server,
        cloud_client(server.url, **waiting.options()) as cloud,
    ):
        with pytest.raises(BulkUnfinished) as caught:
            await cloud.api_requests.follow("AR01X", limit=100)
    assert waiting.pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert len(server.received) == 8
    last = caught.value.last
    assert isinstance(last, ApiRequest)
    assert (last.id, last.status) == ("AR01YZ96J1D7WDK8NEWD", "processing")
    assert (caught.value.operation, caught.value.limit) == ("api_request.get", 100)


async def test_section_7_9_a_status_nobody_knows_is_not_the_end() -> None:
    script = (standing("paused"), standing(""), standing("completed"))
    async with ScriptedServer(*script) as server, cloud_client(server.url) as cloud:
        with instant_retries():
            await cloud.api_requests.follow("AR01X")
    assert len(server.received) == 3


async def test_section_4_a_look_that_fails_is_a_read_like_any_other() -> None:
    script = (answer(503, b""), standing("pending"), answer(500, b""), standing("completed"))
    async with ScriptedServer(*script) as server, cloud_client(server.url) as cloud:
        with instant_retries():
            await cloud.api_requests.follow("AR01X")
    assert len(server.received) == 4


async def test_section_4_no_such_request_is_no_reason_to_wait() -> None:
    waiting = Waiting()
    async with (
        ScriptedServer(answer(404, b"")) as server,
        cloud_client(server.url, retry=RetryPolicy(), **waiting.options()) as cloud,
    ):
        with pytest.raises(NotFound):
            await cloud.api_requests.follow("AR01X")
    assert waiting.pauses == []


@pytest.mark.parametrize(
    ("reads", "longest"), [(1, 1), (2, 2), (3, 4), (5, 16), (6, 30), (7, 30), (10_000, 30)]
)
def test_jitter_takes_at_most_a_quarter_of_a_pause(reads: int, longest: float) -> None:
    randoms: Iterator[float] = iter([0.0, 0.5, 1.0])
    pauses = [polling_pause(reads, lambda: next(randoms)) for _ in range(3)]
    assert pauses == [longest, longest * 0.875, longest * 0.75]


def test_what_is_not_finished_says_so_without_its_rows() -> None:
    last = ApiRequest.model_validate(API_REQUEST["api_request"])
    error = BulkUnfinished("api_request.get", 900, last)
    assert str(error) == "api_request.get: not completed within 900 s; follow it again"
    stored = pickle.dumps(error)
    assert b"Canary" not in stored
    assert "Canary" not in f"{error!r} {vars(error)!r}"
    restored = pickle.loads(stored)  # noqa: S301 - our own bytes
    assert (type(restored), str(restored), restored.last) == (BulkUnfinished, str(error), None)
