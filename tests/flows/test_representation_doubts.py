"""Re-presentations where the provider answers oddly, or says no; without Prefect.

Everything is real but Prefect; an odd answer is the sandbox's own, with a field taken away.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from flows.representation import represent_chunk
from flows.representation_plan import Planned, Planning, policy_of
from smarterpay.api.models.payment import Payment
from smarterpay.journal.batches import BatchState, Row, RowState
from smarterpay.journal.decision import State
from smarterpay.orchestration.runtime import Runtime
from smarterpay.settings import Settings
from tests.contract.stage import NO_RECORD, Stage
from tests.flows import representation_scene as scene
from tests.flows.without_prefect import plainly
from tests.in_process import open_directly
from tests.sandbox_process import SandboxProcess

Edit = Callable[[httpx.Request, dict[str, Any]], None]


class _OddProvider(httpx.AsyncHTTPTransport):
    """The sandbox, whose records are changed by `edit` on their way."""

    def __init__(self, edit: Edit) -> None:
        super().__init__()
        self._edit = edit

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        document = json.loads(await response.aread() or b"null")
        for record in _records(document):
            self._edit(request, record)
        headers = {"content-type": response.headers["content-type"]}
        return httpx.Response(response.status_code, headers=headers, json=document)


def _records(document: Any) -> Iterator[dict[str, Any]]:
    if isinstance(document, list):
        for one in document:
            yield from _records(one)
    if isinstance(document, dict):
        if "id" in document or "ID" in document:  # section 7.10 spells it so
            yield document
        for one in document.values():
            yield from _records(one)


@asynccontextmanager
async def odd(settings: Settings, edit: Edit) -> AsyncIterator[Runtime]:
    """A runtime that reads records as `edit` leaves them."""
    async with open_directly(settings, transport=_OddProvider(edit)) as runtime:
        with plainly(runtime):
            yield runtime


@pytest.fixture
async def payers(sandbox: SandboxProcess) -> AsyncIterator[Stage]:
    async with Stage(sandbox) as stage:
        yield stage


@pytest.fixture
def plain(runtime: Runtime) -> Iterator[Runtime]:
    with plainly(runtime):
        yield runtime


async def plan(runtime: Runtime, **settings: Any) -> Planned:
    changed = runtime.settings.model_copy(update=settings)
    return await Planning(runtime, policy_of(changed)).plan(scene.PLANNER, stage=True)


async def apply(runtime: Runtime, batch: str | None) -> list[Row]:
    """Work on a batch whose plan needs no approval, or has it; its rows."""
    assert batch is not None
    runtime.journal.batches.set_state(batch, BatchState.APPLYING)
    await represent_chunk.fn(batch, 0)
    return list(runtime.journal.batches.each_row(batch))


async def presented_twice(payers: Stage) -> tuple[Payment, str]:
    """A payment of 3 June and what presented it again on the 10th, unpaid both."""
    first = await scene.unpaid(payers, "TWICE")
    payers.set_clock(scene.REPORTED)
    again = await scene.presented_by_hand(payers, first)
    payers.set_clock("2026-06-15 09:00")
    return first, again.id


async def test_a_list_that_does_not_tell_what_a_payment_presents_again(
    settings: Settings, payers: Stage
) -> None:
    """Section 5: a field may be missing. Its month is that of its first presentation."""

    def edit(request: httpx.Request, record: dict[str, Any]) -> None:
        if request.url.path.endswith("/payments"):
            record.pop("related_payment", None)

    async with odd(settings, edit) as runtime:
        first, again = await presented_twice(payers)
        (proposal,) = (await plan(runtime)).proposals
        assert (proposal.representation.payment, proposal.representation.first) == (again, first.id)
        assert proposal.unpaid.times_presented_again == 1


async def test_a_re_presentation_that_names_no_other_payment_may_be_of_any_of_its_mandate(
    settings: Settings, payers: Stage
) -> None:
    def edit(_request: httpx.Request, record: dict[str, Any]) -> None:
        record.pop("related_payment", None)

    async with odd(settings, edit) as runtime:
        first, again = await presented_twice(payers)
        planned = await plan(runtime)
        assert planned.batch is None
        assert {one.unpaid.payment: one.reason for one in planned.refusals} == {
            first.id: "presented-already",
            again: "facts-missing",
        }


async def test_our_own_re_presentation_is_known_though_its_answer_does_not_name_the_first(
    settings: Settings, payers: Stage, sandbox: SandboxProcess
) -> None:
    def edit(_request: httpx.Request, record: dict[str, Any]) -> None:
        record.pop("related_payment", None)
        record.pop("payment_type", None)

    async with odd(settings, edit) as runtime:
        failed = await scene.unpaid(payers, "NAMELESS")
        payers.set_clock(scene.REPORTED)
        await apply(runtime, (await plan(runtime)).batch)
        (made,) = scene.represented(sandbox)
        assert runtime.journal.ledger.get(made["id"]).related_item == failed.id
        payers.set_clock("2026-06-16 09:00")
        (proposal,) = (await plan(runtime)).proposals
        assert proposal.representation.first == failed.id


async def test_our_own_re_presentation_that_the_ledger_doubts_stays_in_its_chain(
    settings: Settings, payers: Stage, sandbox: SandboxProcess
) -> None:
    """Section 5: a status nobody knows. What is doubted is neither lost nor presented again."""

    def edit(_request: httpx.Request, record: dict[str, Any]) -> None:
        if record.get("related_payment"):
            record["status"] = "in limbo"

    async with odd(settings, edit) as runtime:
        failed = await scene.unpaid(payers, "LIMBO")
        payers.set_clock(scene.REPORTED)
        await apply(runtime, (await plan(runtime)).batch)
        (made,) = scene.represented(sandbox)
        planned = await plan(runtime)
        assert (planned.batch, [one.reason for one in planned.refusals]) == (
            None,
            ["presented-already"],
        )
        assert made["id"] in planned.refusals[0].why
        last = scene.chain(runtime, failed).links[-1]
        assert (last.item_id, last.status) == (made["id"], "asked")
        assert scene.chain(runtime, failed).result == "under way"


async def test_a_first_presentation_that_the_provider_does_not_give_stops_no_other_payment(
    settings: Settings, payers: Stage, sandbox: SandboxProcess
) -> None:
    """Section 4: as 404, or as 400."""

    def edit(_request: httpx.Request, record: dict[str, Any]) -> None:
        if record.get("related_payment"):
            record["related_payment"] = NO_RECORD

    async with odd(settings, edit) as runtime:
        _, again = await presented_twice(payers)
        for as_400 in (False, True):
            sandbox.settings(not_found_as_400=as_400)
            planned = await plan(runtime)
            refused = {one.unpaid.payment: one.reason for one in planned.refusals}
            assert refused[again] == "facts-missing"


async def test_a_mandate_that_is_gone_when_a_plan_is_applied_wedges_no_batch(
    settings: Settings, payers: Stage, sandbox: SandboxProcess
) -> None:
    gone: list[str] = []

    def edit(_request: httpx.Request, record: dict[str, Any]) -> None:
        if record.get("mandate") in gone:
            record["mandate"] = NO_RECORD

    async with odd(settings, edit) as runtime:
        failed = await scene.unpaid(payers, "GONE")
        payers.set_clock(scene.REPORTED)
        batch = (await plan(runtime)).batch
        gone.append(str(failed.mandate))
        (row,) = await apply(runtime, batch)
        assert (row.state, row.reason) == (RowState.REFUSED, "facts-missing")
        assert scene.chain(runtime, failed).links[-1].status == "given up"
    assert scene.represented(sandbox) == []


async def test_a_mandate_that_names_no_sun_is_not_presented_beside_a_profile(
    settings: Settings, payers: Stage
) -> None:
    """Section 10, "Automatic re-present": whose profile it falls under is not known."""

    def edit(_request: httpx.Request, record: dict[str, Any]) -> None:
        record.pop("Sun_Number", None)

    async with odd(settings, edit) as runtime:
        await scene.unpaid(payers, "SUNLESS")
        payers.set_clock(scene.REPORTED)
        planned = await plan(runtime, representation_profile_suns="122")
        assert [one.reason for one in planned.refusals] == ["facts-missing"]
        assert len((await plan(runtime)).proposals) == 1


async def test_what_the_rules_forbid_by_now_is_not_sent_a_second_time(
    plain: Runtime, payers: Stage, sandbox: SandboxProcess
) -> None:
    """Its call was lost on the way, as nobody knew; then the payer claims, and the key is young."""
    failed = await scene.unpaid(payers, "LOST", "678")
    disputed = await payers.payment(auddis=failed.auddis)
    payers.set_clock(scene.REPORTED)
    sandbox.control("report", {"code": "ARUDD0", "record_id": failed.id})
    batch = (await plan(plain)).batch
    sandbox.faults(kind="drop-before", method="POST", path="/payment", times=4)
    (row,) = await apply(plain, batch)
    assert row.state is RowState.UNKNOWN
    sandbox.clear_faults()
    sandbox.control("report", {"code": "DDICA2", "record_id": disputed.id})

    (row,) = await apply(plain, batch)
    assert (row.state, scene.represented(sandbox)) == (RowState.UNKNOWN, [])

    sandbox.advance("24h")
    (row,) = await apply(plain, batch)
    assert (row.state, row.reason) == (RowState.REFUSED, "under-claim")
    assert scene.represented(sandbox) == []


async def test_what_was_made_is_adopted_though_the_rules_forbid_it_by_now(
    plain: Runtime, payers: Stage, sandbox: SandboxProcess
) -> None:
    failed = await scene.unpaid(payers, "MADE", "678")
    disputed = await payers.payment(auddis=failed.auddis)
    payers.set_clock(scene.REPORTED)
    sandbox.control("report", {"code": "ARUDD0", "record_id": failed.id})
    batch = (await plan(plain)).batch
    sandbox.faults(kind="drop-after", method="POST", path="/payment", times=4)
    (row,) = await apply(plain, batch)
    assert row.state is RowState.UNKNOWN
    sandbox.clear_faults()
    sandbox.control("report", {"code": "DDICA2", "record_id": disputed.id})

    (row,) = await apply(plain, batch)

    (made,) = scene.represented(sandbox)
    assert (row.state, row.record_ids["presentation"]) == (RowState.SUCCEEDED, made["id"])


async def test_what_the_provider_refuses_is_proposed_no_oftener_than_it_may_be_presented(
    plain: Runtime, payers: Stage, sandbox: SandboxProcess
) -> None:
    """Section 7.8, `represent_max`: a limit of the provider's that we cannot read."""
    sandbox.settings(represent_max=0)
    failed = await scene.unpaid(payers, "NO")
    payers.set_clock(scene.REPORTED)
    for _ in range(2):
        (row,) = await apply(plain, (await plan(plain)).batch)
        assert (row.state, row.reason) == (RowState.REFUSED, "provider-400")
        assert "plan again" in (row.message or "")

    planned = await plan(plain)

    assert planned.batch is None
    (refusal,) = planned.refusals
    assert refusal.reason == "call-refused"
    last = scene.chain(plain, failed).links[-1]
    assert f"smarterpay batch show {last.batch_id}" in refusal.why
    (intent,) = plain.journal.intents.find(str(last.reference))
    assert intent.state is State.REFUSED
