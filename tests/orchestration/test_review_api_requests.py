"""An API request that never comes to an end, under a scripted provider: its rows do (section 7.9).

A day after the call nothing more is awaited of it, and the list tells, as for a spent key.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from smarterpay.clock import FixedClock
from smarterpay.journal.bulk import Taken
from smarterpay.journal.decision import KEY_HORIZON, State
from smarterpay.orchestration.bulk_outcome import BulkOutcome
from smarterpay.orchestration.runtime import Runtime
from smarterpay.settings import Settings
from tests.api.scripted_server import ScriptedServer, Send, answer
from tests.in_process import open_directly
from tests.orchestration.bulk_runs import a_payment, bulk, states

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
ROWS = [a_payment("VEG-1", reference) for reference in ("INV-1", "INV-2", "INV-3")]
ACCEPTED = answer(202, {"api_request": {"id": "AR01", "status": "pending", "total_count": 3}})
NOTHING = answer(200, {"payments": []})
PENDING = {"status": "pending", "id": "", "message": ""}


def told(*rows: dict[str, Any], status: str = "processing") -> Send:
    """The API request as it stands; rows that are not given are pending."""
    every = [*rows, *[PENDING] * (3 - len(rows))]
    records = [{**row, "index": index} for index, row in enumerate(every)]
    fields = {"id": "AR01", "status": status, "record_type": "payment", "total_count": 3}
    return answer(200, {"api_request": {**fields, "records": records}})


def listed(*payments: dict[str, Any]) -> Send:
    """A page of the payments list."""
    fields = {"status": "pending_submission", "amount": 2500, "created_at": "2026-06-01T09:00:05Z"}
    return answer(200, {"payments": [{**fields, **one} for one in payments]})


class Provider:
    """A merchant whose provider follows a script, and the clock both live by."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.clock = FixedClock(NOW)
        self.runtime: Runtime

    async def look(self, *script: Send, after: timedelta = timedelta(0)) -> BulkOutcome:
        """One more look at the call, `after` so much time, at a provider that says `script`."""
        self.clock.advance(after)
        async with ScriptedServer(*script) as server:
            settings = Settings(
                home=self.home,
                cloud_base_url=server.url,
                api_key=SecretStr("k"),
                rate_limit=60_000,
            )
            async with open_directly(settings, clock=self.clock) as self.runtime:
                outcome = await bulk(self.runtime, ROWS, follow_for=-1)
            assert len(server.received) == len(script)
        return outcome


@pytest.fixture
def provider(tmp_path: Path) -> Provider:
    """A provider that has not been asked for anything yet."""
    return Provider(tmp_path)


async def test_its_rows_are_told_by_the_list_a_day_after_the_call(provider: Provider) -> None:
    created = {"status": "created", "id": "P01A", "message": ""}
    assert states(await provider.look(ACCEPTED, told())) == ["not_settled"] * 3
    early = await provider.look(told(created), after=KEY_HORIZON - timedelta(seconds=1))
    assert states(early) == ["succeeded", "not_settled", "not_settled"]

    found = listed({"id": "P01B", "custom_reference": "INV-2"})
    late = await provider.look(told(created), found, NOTHING, after=timedelta(seconds=1))

    assert states(late) == ["succeeded", "succeeded", "needs_attention"]
    assert [row.record_id for row in late.rows] == ["P01A", "P01B", None]
    assert [row.reason for row in late.rows] == [None, "adopted by look-up", "no record was found"]
    assert (late.call, late.trouble) == ("accepted", None)


async def test_a_person_settles_what_the_list_does_not_know(provider: Provider) -> None:
    await provider.look(ACCEPTED, told())
    await provider.look(told(), NOTHING, after=KEY_HORIZON)

    async with open_directly(provider.runtime.settings, clock=provider.clock) as runtime:
        journal = runtime.journal
        (row,) = journal.intents.find("INV-1")
        reopened = journal.intents.reopen_for_person(row.id, "Ada", provider.clock.now())
        late = journal.bulks.take_row_created("AR01", "INV-1", "P01A", provider.clock.now())

    assert (reopened.state, reopened.generation) == (State.OPENED, 1)
    assert (reopened.bulk_intent_id, late) == (None, Taken.NOT_OURS)


@pytest.mark.parametrize(
    "unreadable",
    [answer(500), answer(200, b"<html>"), answer(403), answer(200, {"api_request": {}})],
    ids=["500", "no JSON", "forbidden", "without an id"],
)
async def test_one_that_cannot_be_read_holds_its_rows_up_for_a_day_and_no_longer(
    provider: Provider, unreadable: Send
) -> None:
    await provider.look(ACCEPTED, told())
    early = await provider.look(unreadable, after=KEY_HORIZON - timedelta(seconds=1))
    assert states(early) == ["not_settled"] * 3
    assert early.trouble is not None

    found = listed(*({"id": f"P01{row}", "custom_reference": f"INV-{row}"} for row in (1, 2, 3)))
    late = await provider.look(unreadable, found, NOTHING, after=timedelta(seconds=1))

    assert states(late) == ["succeeded"] * 3


async def test_while_the_list_cannot_be_read_either_nothing_is_settled(
    provider: Provider,
) -> None:
    await provider.look(ACCEPTED, told())

    late = await provider.look(told(), answer(403), after=KEY_HORIZON)

    assert (states(late), late.trouble) == (["not_settled"] * 3, "Misconfigured")


async def test_a_record_that_stands_on_two_pages_of_the_list_is_one(provider: Provider) -> None:
    """Section 6: while records are added, the last of a page is the first of the next."""
    await provider.look(ACCEPTED, told())
    page = listed(*({"id": f"P01{row}", "custom_reference": f"INV-{row}"} for row in (1, 2, 3)))

    late = await provider.look(
        told(),
        page,
        listed({"id": "P013", "custom_reference": "INV-3"}),
        NOTHING,
        after=KEY_HORIZON,
    )

    assert states(late) == ["succeeded"] * 3


async def test_section_9_news_that_comes_before_the_202_is_left_to_the_next_look(
    provider: Provider,
) -> None:
    """Nobody knows yet whose API request it is of; the rows are told by it all the same."""
    assert (await provider.look(Send(b""))).call == "not_settled"
    async with open_directly(provider.runtime.settings, clock=provider.clock) as runtime:
        take, now = runtime.journal.bulks.take_row_failure, provider.clock.now()
        assert take("AR01", "INV-1", "no mandate", now) is Taken.NOT_OURS

    failed = {"status": "failed", "id": "", "message": "no mandate"}
    done = [{"status": "created", "id": f"P01{row}", "message": ""} for row in (2, 3)]
    outcome = await provider.look(ACCEPTED, told(failed, *done, status="completed"))

    assert states(outcome) == ["refused", "succeeded", "succeeded"]
