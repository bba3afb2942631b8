"""Collections and refunds staged as batches, from a file or one at a time, on both databases."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from smarterpay.clock import FixedClock
from smarterpay.intake import COLLECTIONS, REFUNDS, UnreadableFile, check_file
from smarterpay.intake.staging import (
    NoPlanner,
    RowNotStaged,
    cells_of,
    collection_of,
    refund_of,
    stage_collections,
    stage_one_collection,
    stage_one_refund,
    stage_refunds,
)
from smarterpay.journal import Journal
from smarterpay.journal.batch_kinds import COLLECTION, REFUND
from smarterpay.journal.batches import BatchState, NewRow, Progress, RowState
from smarterpay.journal.schema import rows as rows_table
from smarterpay.settings import Settings
from tests.intake.customer_files import TODAY, csv_text
from tests.intake.money_files import CARD, DEBIT, a_debit, a_refund
from tests.intake.money_files import REFUND as REFUND_CELLS
from tests.journal.builders import reject

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
PLANNER = "grace"


@pytest.fixture
def settings(tmp_path: Path, journal_url: str) -> Settings:
    return Settings(home=tmp_path / "home", journal_url=SecretStr(journal_url))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def journal(settings: Settings, clock: FixedClock) -> Iterator[Journal]:
    with Journal.open(settings, clock=clock) as opened:
        yield opened


def test_a_file_of_collections_is_staged_row_by_row(journal: Journal, tmp_path: Path) -> None:
    file = tmp_path / "collections.csv"
    bad = {**DEBIT, "reference": "C", "amount": "1"}
    file.write_text(csv_text([DEBIT, {**CARD, "reference": "B", "amount": "0.01"}, bad]))
    check = check_file(file, COLLECTIONS, today=TODAY)
    told: list[int] = []

    batch_id = stage_collections(
        journal,
        file,
        today=TODAY,
        planned_by=PLANNER,
        planned_sha256=check.sha256,
        on_rows=told.append,
    )

    batch = journal.batches.get(batch_id)
    assert (batch.kind, batch.state, batch.source) == (COLLECTION, BatchState.STAGED, file.name)
    assert (batch.rows_total, batch.amount_pence) == (check.rows, check.amount_pence) == (3, 2501)
    assert (batch.sha256, batch.policy, told) == (check.sha256, {"planned_by": PLANNER}, [3])
    debit, card, rejected = journal.batches.each_row_with_payload(batch_id)
    assert collection_of(debit[1]) == a_debit()
    assert collection_of(card[1]).method == "card repeat"
    assert (rejected[0].state, rejected[0].line) == (RowState.REJECTED, 4)
    assert cells_of(rejected[1]) == bad
    assert [r.rule for r in journal.batches.rejects(batch_id, 2)] == ["amount.whole-number"]


def test_a_file_of_refunds_is_staged_and_open_amounts_count_nothing(
    journal: Journal, tmp_path: Path
) -> None:
    file = tmp_path / "refunds.csv"
    file.write_text(csv_text([REFUND_CELLS, {**REFUND_CELLS, "reference": "B", "amount": ""}]))

    batch_id = stage_refunds(journal, file, today=TODAY, planned_by=PLANNER)

    batch = journal.batches.get(batch_id)
    assert (batch.kind, batch.rows_total, batch.amount_pence) == (REFUND, 2, 500)
    assert batch.policy == {"planned_by": PLANNER}
    staged = [refund_of(payload) for _, payload in journal.batches.each_row_with_payload(batch_id)]
    assert staged == [a_refund(), a_refund(reference="B", amount_pence=None)]


def test_nothing_personal_stands_in_the_database_in_clear(journal: Journal, tmp_path: Path) -> None:
    file = tmp_path / "collections.csv"
    file.write_text(csv_text([DEBIT, {**DEBIT, "reference": "B", "amount": "1"}]))
    stage_collections(journal, file, today=TODAY, planned_by=PLANNER)
    stage_one_refund(journal, a_refund(), planned_by=PLANNER)
    with journal.database.read() as connection:
        payloads = connection.execute(select(rows_table.c.payload)).scalars().all()
    assert len(payloads) == 3
    assert not any(b"Ada" in payload or b"Ashby" in payload for payload in payloads)


def test_another_file_than_the_planned_one_is_not_staged(journal: Journal, tmp_path: Path) -> None:
    file = tmp_path / "refunds.csv"
    file.write_text(csv_text([REFUND_CELLS]))
    planned = check_file(file, REFUNDS, today=TODAY).sha256
    file.write_text(csv_text([{**REFUND_CELLS, "amount": "5000.00"}]))
    with pytest.raises(UnreadableFile, match="changed since its plan"):
        stage_refunds(journal, file, today=TODAY, planned_by=PLANNER, planned_sha256=planned)
    assert journal.batches.list() == []


def test_staging_cut_short_leaves_a_batch_that_is_never_applied(
    journal: Journal, tmp_path: Path
) -> None:
    file = tmp_path / "collections.csv"
    file.write_text(csv_text([DEBIT]))

    def stop(_rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stage_collections(journal, file, today=TODAY, planned_by=PLANNER, on_rows=stop)
    (batch,) = journal.batches.list()
    assert batch.state is BatchState.STAGING
    with pytest.raises(LookupError):
        journal.batches.latest_row(COLLECTION, DEBIT["reference"])


def test_who_plans_has_to_be_told(journal: Journal, tmp_path: Path) -> None:
    file = tmp_path / "collections.csv"
    file.write_text(csv_text([DEBIT]))
    with pytest.raises(NoPlanner):
        stage_collections(journal, file, today=TODAY, planned_by=" ")
    for nobody in ("", "--"):  # nobody could be told from him
        with pytest.raises(NoPlanner):
            stage_one_refund(journal, a_refund(), planned_by=nobody)
    assert journal.batches.list() == []


def test_one_collection_is_a_batch_that_can_be_found_by_its_reference(journal: Journal) -> None:
    batch_id = stage_one_collection(journal, a_debit(), planned_by=PLANNER)

    batch = journal.batches.get(batch_id)
    assert (batch.kind, batch.source, batch.state) == (COLLECTION, "trigger", BatchState.STAGED)
    assert (batch.rows_total, batch.amount_pence) == (1, 2500)
    assert batch.policy == {"planned_by": PLANNER}
    row, payload = journal.batches.latest_row(COLLECTION, "INV-2026-118")
    assert (row.batch_id, row.number, row.state) == (batch_id, 0, RowState.STAGED)
    assert collection_of(payload) == a_debit()


def test_one_refund_is_a_batch_of_its_own_kind(journal: Journal) -> None:
    open_amount = a_refund(amount_pence=None)
    batch_id = stage_one_refund(journal, open_amount, planned_by=PLANNER)
    assert (journal.batches.get(batch_id).kind, journal.batches.get(batch_id).amount_pence) == (
        REFUND,
        0,
    )
    assert refund_of(journal.batches.latest_row(REFUND, "RF-2026-0007")[1]) == open_amount
    with pytest.raises(LookupError):
        journal.batches.latest_row(COLLECTION, "RF-2026-0007")


def test_a_row_that_was_rejected_is_asked_about_anew_where_it_is_staged_again(
    journal: Journal,
) -> None:
    """As the file is that was rejected; nothing of the rejected batch can be applied."""
    first = stage_one_refund(journal, a_refund(), planned_by=PLANNER)
    reject(journal, first)
    second = stage_one_refund(journal, a_refund(), planned_by=PLANNER)
    assert second != first
    assert stage_one_refund(journal, a_refund(), planned_by=PLANNER) == second
    assert journal.batches.latest_row(REFUND, "RF-2026-0007")[0].batch_id == second


def test_the_same_row_again_is_the_same_batch_until_it_is_finished(
    journal: Journal, clock: FixedClock
) -> None:
    first = stage_one_collection(journal, a_debit(), planned_by=PLANNER)
    row, _ = journal.batches.latest_row(COLLECTION, "INV-2026-118")
    for state in (RowState.UNKNOWN, RowState.WAITING, RowState.NEEDS_ATTENTION):
        journal.batches.record(row, Progress(state), NOW)
        assert stage_one_collection(journal, a_debit(), planned_by=PLANNER) == first
    clock.advance(timedelta(days=60))  # its date is past now: what was begun can be finished
    assert stage_one_collection(journal, a_debit(), planned_by=PLANNER) == first
    assert len(journal.batches.list()) == 1

    clock.advance(timedelta(days=-60))
    journal.batches.record(row, Progress(RowState.REFUSED, "payment", "refused"), NOW)
    second = stage_one_collection(journal, a_debit(), planned_by=PLANNER)
    assert second != first
    assert journal.batches.latest_row(COLLECTION, "INV-2026-118")[0].batch_id == second


def test_a_changed_row_is_a_new_batch_and_the_one_that_is_found(journal: Journal) -> None:
    first = stage_one_refund(journal, a_refund(), planned_by=PLANNER)
    changed = a_refund(amount_pence=501)
    second = stage_one_refund(journal, changed, planned_by=PLANNER)
    assert second != first
    row, payload = journal.batches.latest_row(REFUND, "RF-2026-0007")
    assert (row.batch_id, refund_of(payload)) == (second, changed)


def test_a_row_of_a_file_is_not_taken_for_the_triggered_one(
    journal: Journal, tmp_path: Path
) -> None:
    file = tmp_path / "collections.csv"
    file.write_text(csv_text([DEBIT]))
    of_file = stage_collections(journal, file, today=TODAY, planned_by=PLANNER)
    triggered = stage_one_collection(journal, a_debit(), planned_by=PLANNER)
    assert triggered != of_file
    assert journal.batches.latest_row(COLLECTION, "INV-2026-118")[0].batch_id == triggered


def test_a_single_row_of_another_source_is_another_batch(journal: Journal) -> None:
    wish = NewRow(number=0, line=1, reference="INV-1", payload=b"{}")
    batches = [
        journal.batches.create_single(
            COLLECTION,
            wish,
            source=source,
            sha256="0" * 64,
            policy={},
            amount_pence=1,
            now=NOW,
        )
        for source in ("portal", "trigger", "trigger")
    ]
    assert batches[0] != batches[1] == batches[2]


def test_many_who_stage_the_same_row_at_once_get_the_same_batch(
    journal: Journal, settings: Settings, clock: FixedClock
) -> None:
    start, staged = threading.Barrier(8), []

    def stage() -> None:
        with Journal.open(settings, clock=clock) as own:
            start.wait()
            staged.append(stage_one_collection(own, a_debit(), planned_by=PLANNER))

    threads = [threading.Thread(target=stage) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(staged) == 8
    assert len(set(staged)) == 1
    assert len(journal.batches.list()) == 1


@pytest.mark.parametrize(
    ("day", "rule"), [(date(2026, 5, 31), "date.past"), (date(2027, 7, 2), "date.too-far")]
)
def test_sections_7_7_and_7_11_a_triggered_date_is_judged_by_the_journal_s_clock(
    journal: Journal, day: date, rule: str
) -> None:
    with pytest.raises(RowNotStaged) as caught:
        stage_one_collection(journal, a_debit(collection_date=day), planned_by=PLANNER)
    assert (caught.value.reference, caught.value.column, caught.value.rule) == (
        "INV-2026-118",
        "collection_date",
        rule,
    )
    assert "Ada" not in str(caught.value)
    assert journal.batches.list() == []
