"""Collects money: one-off Direct Debits, and charges of cards the provider keeps.

    collect_batch(batch)            a staged file: plan, approval, chunk by chunk, report
      collect_chunk(batch, chunk)   up to 500 rows in one bulk call, or fewer one by one
    collect_payment(reference)      one staged collection: the triggered run

Composition only. Parameters are ids and references; what a row holds is read from the journal.
"""

from collections import defaultdict
from collections.abc import Awaitable, Iterator, Sequence, Set
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.approval import approved
from flows.batch_runs import (
    CHUNKS_AT_ONCE,
    NotBegun,
    RowCrashed,
    all_worked_on,
    apply_in_chunks,
    begun_batch,
    crashed,
    in_turns,
    row_in_words,
    staged_batch,
    worked_on,
)
from flows.card_charges import Charges
from flows.collection_report import collection_in_words, dates_in_markdown
from flows.collection_steps import CREATE, PAYMENT, Collection, DirectDebits
from smarterpay.intake.planned_collections import kept_route, planned_batch
from smarterpay.intake.staging import collection_of
from smarterpay.journal.batch_items import items_of_batch
from smarterpay.journal.batch_kinds import COLLECTION, outcomes_in_words
from smarterpay.journal.batches import UNFINISHED, Batch, BatchState, Progress, Row, unfinished
from smarterpay.money.collection_plan import CollectionPlan
from smarterpay.money.plans import Plan
from smarterpay.orchestration.flow_runs import flow_run_id, tag_flow_run
from smarterpay.orchestration.payment_reading import BULK_CREATE
from smarterpay.orchestration.runtime import Runtime, open_runtime

#: A bulk call mostly waits for the provider to create its rows, 100 a second.
BULK_CHUNKS_AT_ONCE = 4


class GoesInBulk(RuntimeError):
    """A row was triggered by itself that its batch sends in a bulk call; nothing was begun."""

    def __init__(self, row: Row) -> None:
        super().__init__(f"{row.reference} goes in bulk: `smarterpay batch resume {row.batch_id}`")


@flow(name="collect-batch", flow_run_name="collect {batch}", persist_result=False)
async def collect_batch(batch: str) -> State[Any]:
    """Order every collection of a staged batch that is not finished; run it again to resume.

    `batch` is the batch's id. Nothing is sent before the plan is approved, where it has to be:
    raises the errors of `flows.approval`. The final state says how many rows stand where.
    """
    async with open_runtime() as runtime:
        staged = staged_batch(runtime, batch, COLLECTION)
        await tag_flow_run(COLLECTION, batch)
        planned = await _planned(runtime, staged)
        await _approve(runtime, staged, planned)
        route = planned.route
        journal = runtime.journal

        def dates() -> Sequence[str]:
            return dates_in_markdown(items_of_batch(journal.database, batch))

        await apply_in_chunks(
            runtime,
            staged,
            collect_chunk,
            records=[PAYMENT],
            rows_a_chunk=route.rows_a_chunk,
            at_once=BULK_CHUNKS_AT_ONCE if route.bulk else CHUNKS_AT_ONCE,
            more=dates,
        )
        told = outcomes_in_words(COLLECTION, journal.batches.counts(batch))
        moved = collection_in_words(items_of_batch(journal.database, batch))
        return Completed(message="; ".join(filter(None, (told, moved))))


@flow(name="collect-chunk", flow_run_name="collect {batch} chunk {chunk}", persist_result=False)
async def collect_chunk(batch: str, chunk: int) -> State[Any]:
    """Order the unfinished collections of one chunk: its Direct Debits in bulk or by themselves.

    An error of one row does not stop the others; the first such error fails the run at the end,
    and its row stays as it is, to be resumed. Raises `NotBegun`.
    """
    async with open_runtime() as runtime:
        await tag_flow_run(COLLECTION, batch)
        staged = begun_batch(runtime, batch, COLLECTION)
        route = kept_route(staged)
        if route is None:
            raise NotBegun(batch)
        rows = await runtime.journal.database.run(
            runtime.journal.batches.unfinished_rows, batch, chunk, route.rows_a_chunk
        )
        call = f"{batch}:{chunk}" if route.bulk else None
        alone = set[str]() if call is None else await _by_themselves(runtime, rows, call)
        work = _work_on(runtime, rows, call, alone)
        await in_turns(runtime.settings.concurrency, work)
        return Completed(message=f"{len(rows)} rows worked on")


@flow(name="collect-payment", flow_run_name="collect {reference}", persist_result=False)
async def collect_payment(reference: str) -> State[Any]:
    """Order the collection most recently staged under `reference`; the triggered run.

    The approval is that of the row's whole batch, whose plan it is part of. Raises `LookupError`
    if nothing is staged under it, `GoesInBulk`, and the errors of `flows.approval`.
    """
    async with open_runtime() as runtime:
        await tag_flow_run(COLLECTION, reference)
        batches = runtime.journal.batches
        row, payload = await runtime.journal.database.run(batches.latest_row, COLLECTION, reference)
        progress = Progress(row.state, row.step, row.reason, row.message, row.record_ids)
        if row.state in UNFINISHED:
            staged = staged_batch(runtime, row.batch_id, COLLECTION)
            one = _read(row, payload)
            planned = await _planned(runtime, staged)
            if one.wanted.is_direct_debit and planned.route.bulk:
                raise GoesInBulk(row)
            await _approve(runtime, staged, planned)
            batches.set_state(staged.id, BatchState.APPLYING, flow_run_id=flow_run_id())
            progress = await _work_on_one(runtime, one)
            if not unfinished(batches.counts(staged.id)):
                batches.set_state(staged.id, BatchState.APPLIED)
        return Completed(message=row_in_words(progress), data=progress.state.value)


async def _approve(runtime: Runtime, staged: Batch, planned: CollectionPlan) -> None:
    """Have the plan of a batch approved, where it has to be; raises as `flows.approval`."""

    async def again() -> Plan:
        return _plan(staged, await _planned(runtime, staged))

    await approved(runtime, _plan(staged, planned), again)


async def _planned(runtime: Runtime, staged: Batch) -> CollectionPlan:
    journal, now = runtime.journal, runtime.clock.now()
    return await journal.database.run(planned_batch, journal, staged, runtime.settings, now=now)


def _plan(staged: Batch, planned: CollectionPlan) -> Plan:
    return planned.plan(COLLECTION, staged.id, str(staged.policy["planned_by"]))


async def _by_themselves(
    runtime: Runtime, rows: Sequence[tuple[Row, bytes]], call: str
) -> Set[str]:
    """The references of those rows that the bulk call does not take: each goes on by itself.

    A call that was made takes no more rows; one that a person opened again, or that was in flight
    elsewhere, is not in it. Nor does a new one take what another run has begun and not finished.
    """
    journal = runtime.journal
    references = [str(row.reference) for row, _ in rows]
    made = await journal.database.run(journal.intents.find, call, BULK_CREATE)
    if not made:
        return await journal.database.run(
            journal.intents.unsettled_by_themselves, CREATE, references
        )
    carried = await journal.database.run(journal.bulks.rows, made[0].id)
    return set(references) - {row.intent.reference for row in carried}


def _work_on(
    runtime: Runtime,
    rows: Sequence[tuple[Row, bytes]],
    call: str | None,
    alone: Set[str],
) -> Iterator[Awaitable[object]]:
    """The work of a chunk in pieces: one for all that go in the bulk call `call`, one for each
    Direct Debit that goes by itself, one for each card, and one for each row nobody can read."""
    debits, cards = list[Collection](), defaultdict[str, list[Collection]](list)
    for row, payload in rows:
        try:
            collection = _read(row, payload)
        except RowCrashed as error:
            yield _failed(error)
            continue
        if collection.wanted.is_direct_debit:
            debits.append(collection)
        else:
            cards[str(collection.wanted.card).lower()].append(collection)
    ordering, in_bulk = DirectDebits(runtime), list[Collection]()
    for one in debits:
        if call is None or one.wanted.reference in alone:
            yield worked_on(runtime, one.row, ordering.one(one))
        else:
            in_bulk.append(one)
    if call is not None and in_bulk:
        yield all_worked_on(runtime, [one.row for one in in_bulk], ordering.in_bulk(in_bulk, call))
    charges = Charges(runtime, [one.wanted for on_card in cards.values() for one in on_card])
    for on_card in cards.values():
        yield _charge_in_turn(runtime, charges, on_card)


async def _work_on_one(runtime: Runtime, one: Collection) -> Progress:
    if one.wanted.is_direct_debit:
        return await worked_on(runtime, one.row, DirectDebits(runtime).one(one))
    return await worked_on(runtime, one.row, Charges(runtime, [one.wanted]).one(one))


def _read(row: Row, payload: bytes) -> Collection:
    try:
        return Collection(row, collection_of(payload))
    except ValueError as error:
        raise crashed(row, error) from None


async def _failed(error: RowCrashed) -> None:
    raise error


async def _charge_in_turn(
    runtime: Runtime, charges: Charges, on_one_card: Sequence[Collection]
) -> None:
    """One after the other: what the first takes is no longer there for the second."""
    await in_turns(1, (worked_on(runtime, one.row, charges.one(one)) for one in on_one_card))
