"""Batches: staged whole or not at all, worked on in chunks, read back in file order."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from smarterpay.journal import Journal
from smarterpay.journal.batches import (
    PAGE,
    UNFINISHED,
    BatchNotFound,
    BatchState,
    Progress,
    Row,
    RowReject,
    RowState,
)
from smarterpay.journal.schema import rows
from tests.journal.builders import NOW, a_bad_row, a_batch, a_reject, a_row

FINISHED = [state for state in RowState if state not in UNFINISHED]
HOUR = timedelta(hours=1)


def row_of(journal: Journal, batch_id: str, number: int) -> Row:
    """One row as the journal has it."""
    return next(row for row in journal.batches.each_row(batch_id) if row.number == number)


def record(journal: Journal, batch_id: str, number: int, progress: Progress) -> Row:
    """Write down how a row stands; returns it as the journal has it then."""
    journal.batches.record(row_of(journal, batch_id, number), progress, NOW + HOUR)
    return row_of(journal, batch_id, number)


class TestStaging:
    def test_a_batch_is_staging_until_it_is_declared_complete(
        self, journal: Journal, other_journal: Journal
    ) -> None:
        batch_id = a_batch(journal, [a_row(0)], finished=False)

        assert other_journal.batches.get(batch_id).state is BatchState.STAGING
        journal.batches.finish_staging(batch_id, rows_total=1, amount_pence=1050)

        batch = other_journal.batches.get(batch_id)
        assert batch.state is BatchState.STAGED
        assert (batch.rows_total, batch.amount_pence) == (1, 1050)
        assert (batch.kind, batch.source, batch.sha256) == (
            "onboarding",
            "customers.csv",
            "0" * 64,
        )
        assert batch.policy == {"validation": ["modulus"]}
        assert batch.created_at == NOW

    @pytest.mark.parametrize("rows_total", [1, 3])
    def test_a_batch_with_a_row_missing_or_too_many_is_not_complete(
        self, journal: Journal, rows_total: int
    ) -> None:
        batch_id = a_batch(journal, [a_row(0), a_bad_row(1)], finished=False)

        with pytest.raises(ValueError, match=f"2 rows are staged, {rows_total} were read"):
            journal.batches.finish_staging(batch_id, rows_total=rows_total, amount_pence=0)

        assert journal.batches.get(batch_id).state is BatchState.STAGING

    def test_rows_are_staged_in_pieces(self, journal: Journal) -> None:
        batch_id = a_batch(journal, [a_row(0), a_bad_row(1)], finished=False)

        journal.batches.add_rows(batch_id, [a_row(2)], NOW)
        journal.batches.add_rows(batch_id, [], NOW)

        assert journal.batches.counts(batch_id) == {RowState.STAGED: 2, RowState.REJECTED: 1}

    def test_a_piece_is_staged_whole_or_not_at_all(self, journal: Journal) -> None:
        batch_id = a_batch(journal, [a_row(0)], finished=False)

        with pytest.raises(IntegrityError):
            journal.batches.add_rows(batch_id, [a_row(1), a_bad_row(2), a_row(0)], NOW)

        assert journal.batches.counts(batch_id) == {RowState.STAGED: 1}
        assert list(journal.batches.each_reject(batch_id)) == []

    def test_an_accepted_reference_is_unique_in_its_batch(self, journal: Journal) -> None:
        """Held by the database: the payer would be set up twice."""
        batch_id = a_batch(journal, [a_row(0)], finished=False)

        with pytest.raises(IntegrityError):
            journal.batches.add_rows(batch_id, [a_row(1, reference="CUST-00000")], NOW)

    def test_a_rejected_duplicate_may_stand_beside_the_row_it_repeats(
        self, journal: Journal
    ) -> None:
        """Issue section 6: the first stands, later ones are rejected."""
        repeated = a_row(1, reference="CUST-00000", rejects=[a_reject(1, "reference.duplicate")])

        batch_id = a_batch(journal, [a_row(0), repeated])

        assert journal.batches.counts(batch_id) == {RowState.STAGED: 1, RowState.REJECTED: 1}

    def test_another_batch_may_have_the_same_reference(self, journal: Journal) -> None:
        a_batch(journal, [a_row(0)])
        a_batch(journal, [a_row(0)])

        assert len(journal.batches.list()) == 2

    @pytest.mark.parametrize("reference", [None, "", "R" * 256, "CUST\0"])
    def test_a_good_row_needs_a_reference_it_can_be_found_by(
        self, journal: Journal, reference: str | None
    ) -> None:
        batch_id = a_batch(journal, [], finished=False)

        with pytest.raises(ValueError, match="line 2: a good row has a reference"):
            journal.batches.add_rows(batch_id, [a_row(0, reference=reference)], NOW)

    def test_whatever_stands_in_a_bad_row_it_is_staged_and_reported(self, journal: Journal) -> None:
        """PostgreSQL would refuse the long text and the NUL, and with them the whole piece."""
        rubbish = "R\0" + "\ud800" + "x" * 2000
        reject = RowReject(2, rubbish, rubbish, "reference.length", rubbish)

        batch_id = a_batch(journal, [a_row(0, reference=rubbish, rejects=[reject])])

        kept = "R\N{REPLACEMENT CHARACTER}?" + "x" * 2000
        assert row_of(journal, batch_id, 0).reference == kept[:255]
        assert journal.batches.rejects(batch_id, 0) == [
            RowReject(2, kept[:255], kept[:64], "reference.length", kept[:1024])
        ]

    def test_rows_need_a_batch(self, journal: Journal) -> None:
        with pytest.raises(IntegrityError):
            journal.batches.add_rows("onboarding-260601-nobody", [a_row(0)], NOW)

    def test_a_row_state_nobody_knows_is_refused(self, journal: Journal) -> None:
        a_batch(journal, [a_row(0)])

        with (
            pytest.raises(IntegrityError),
            journal.database.write() as connection,
        ):
            connection.execute(update(rows).values(state="perhaps"))

    def test_the_id_names_kind_and_london_date(self, journal: Journal) -> None:
        """Reference section 5: dates are London's; at 23:30 UTC in summer it is tomorrow there."""
        batch_id = journal.batches.create(
            "onboarding",
            source="customers.csv",
            sha256="0" * 64,
            policy={},
            now=datetime(2026, 6, 30, 23, 30, tzinfo=UTC),
        )

        assert batch_id.startswith("onboarding-260701-")


class TestFinding:
    @pytest.mark.parametrize(
        "act",
        [
            lambda journal: journal.batches.get("nobody"),
            lambda journal: journal.batches.set_state("nobody", BatchState.APPLIED),
            lambda journal: journal.batches.finish_staging("nobody", rows_total=0, amount_pence=0),
        ],
        ids=["get", "set_state", "finish_staging"],
    )
    def test_a_batch_that_is_not_there_is_named(
        self, journal: Journal, act: Callable[[Journal], object]
    ) -> None:
        with pytest.raises(BatchNotFound, match="no batch nobody"):
            act(journal)

    def test_the_newest_batches_come_first(self, journal: Journal) -> None:
        ids = [a_batch(journal, []) for _ in range(4)]

        assert [batch.id for batch in journal.batches.list()] == ids[::-1]
        assert [batch.id for batch in journal.batches.list(limit=2)] == ids[:1:-1]

    def test_the_flow_run_stays_when_the_state_moves_on(self, journal: Journal) -> None:
        batch_id = a_batch(journal, [])

        journal.batches.set_state(batch_id, BatchState.APPLYING, flow_run_id="run-1")
        journal.batches.set_state(batch_id, BatchState.APPLIED)

        batch = journal.batches.get(batch_id)
        assert (batch.state, batch.flow_run_id) == (BatchState.APPLIED, "run-1")

    def test_the_latest_row_of_a_reference_is_that_of_the_last_batch_staged(
        self, journal: Journal
    ) -> None:
        """A corrected file stands for the one it corrects, also where the clock stood still."""
        for payload in (b"first", b"second", b"third"):
            newest = a_batch(journal, [a_row(0, payload=payload)])

        row, payload = journal.batches.latest_row("onboarding", "CUST-00000")

        assert (row.batch_id, payload) == (newest, b"third")

    def test_the_latest_row_is_a_good_one_of_a_complete_batch_of_its_kind(
        self, journal: Journal
    ) -> None:
        good = a_batch(journal, [a_row(0)])
        a_batch(journal, [a_bad_row(0)])
        a_batch(journal, [a_row(0)], finished=False)

        row, _ = journal.batches.latest_row("onboarding", "CUST-00000")

        assert row.batch_id == good
        with pytest.raises(LookupError, match="no refund row is staged for reference CUST-00000"):
            journal.batches.latest_row("refund", "CUST-00000")


class TestChunks:
    def test_only_chunks_with_something_left_to_do_are_named(self, journal: Journal) -> None:
        batch_id = a_batch(journal, [a_row(number) for number in range(10)])
        for number in (0, 1, 2, 7):
            record(journal, batch_id, number, Progress(RowState.SUCCEEDED))

        assert list(journal.batches.unfinished_chunks(batch_id, 3)) == [1, 2, 3]
        assert list(journal.batches.unfinished_chunks(batch_id, 10)) == [0]

    def test_rejected_rows_are_nothing_to_do(self, journal: Journal) -> None:
        batch_id = a_batch(journal, [a_bad_row(0), a_bad_row(1), a_row(2), a_bad_row(3)])

        assert list(journal.batches.unfinished_chunks(batch_id, 2)) == [1]
        ((row, _),) = journal.batches.unfinished_rows(batch_id, 1, 2)
        assert row.number == 2

    @pytest.mark.parametrize("state", RowState)
    def test_a_row_is_left_to_do_in_these_states(self, journal: Journal, state: RowState) -> None:
        batch_id = a_batch(journal, [a_row(0)])
        record(journal, batch_id, 0, Progress(state))

        left = journal.batches.unfinished_rows(batch_id, 0, 200)

        assert len(left) == {
            RowState.STAGED: 1,
            RowState.WAITING: 1,
            RowState.UNKNOWN: 1,
            RowState.NEEDS_ATTENTION: 1,
            RowState.SUCCEEDED: 0,
            RowState.REFUSED: 0,
            RowState.REJECTED: 0,
        }.get(state)

    def test_a_chunk_comes_in_file_order_with_its_payloads(self, journal: Journal) -> None:
        batch_id = a_batch(journal, [a_row(number) for number in (4, 2, 0, 3, 1)])

        chunk = journal.batches.unfinished_rows(batch_id, 1, 2)

        assert [(row.number, row.line, row.reference, payload) for row, payload in chunk] == [
            (2, 4, "CUST-00002", b"payload 2"),
            (3, 5, "CUST-00003", b"payload 3"),
        ]

    def test_chunks_of_another_batch_are_not_ours(self, journal: Journal) -> None:
        a_batch(journal, [a_row(number) for number in range(5)])
        batch_id = a_batch(journal, [a_row(0)])

        assert list(journal.batches.unfinished_chunks(batch_id, 1)) == [0]


class TestProgress:
    def test_is_written_down(self, journal: Journal) -> None:
        batch_id = a_batch(journal, [a_row(0), a_row(1)])
        progress = Progress(
            RowState.WAITING,
            step="validate_bank_account",
            reason="validation.pending",
            message="the account validation has no result yet",
            record_ids={"customer_account": "CA01"},
        )

        row = record(journal, batch_id, 1, progress)

        assert (row.state, row.step, row.reason) == (
            RowState.WAITING,
            "validate_bank_account",
            "validation.pending",
        )
        assert row.message == "the account validation has no result yet"
        assert row.record_ids == {"customer_account": "CA01"}
        assert row_of(journal, batch_id, 0).state is RowState.STAGED
        assert updated_at(journal, batch_id) == [NOW, NOW + HOUR]

    @pytest.mark.parametrize("later", RowState)
    @pytest.mark.parametrize("finished", FINISHED)
    def test_whoever_finishes_a_row_first_is_right(
        self, journal: Journal, finished: RowState, later: RowState
    ) -> None:
        """Two runs on one batch: the slower one neither reopens a row nor changes its outcome."""
        batch_id = a_batch(journal, [a_row(0)])
        first = record(journal, batch_id, 0, Progress(finished, record_ids={"mandate": "M01"}))

        assert record(journal, batch_id, 0, Progress(later, step="mandate")) == first

    @pytest.mark.parametrize("later", RowState)
    @pytest.mark.parametrize("unfinished", UNFINISHED)
    def test_an_unfinished_row_moves_on(
        self, journal: Journal, unfinished: RowState, later: RowState
    ) -> None:
        batch_id = a_batch(journal, [a_row(0)])
        record(journal, batch_id, 0, Progress(unfinished))

        assert record(journal, batch_id, 0, Progress(later)).state is later

    def test_a_long_message_never_costs_the_progress(self, journal: Journal) -> None:
        batch_id = a_batch(journal, [a_row(0)])

        row = record(journal, batch_id, 0, Progress(RowState.REFUSED, message="no " * 1000))

        assert (row.state, row.message) == (RowState.REFUSED, ("no " * 1000)[:512])


def updated_at(journal: Journal, batch_id: str) -> list[datetime]:
    """When each row was last written."""
    query = select(rows.c.updated_at).where(rows.c.batch_id == batch_id).order_by(rows.c.number)
    with journal.database.read() as connection:
        return list(connection.execute(query).scalars())


class TestPaging:
    MANY = 2 * PAGE + 100

    @pytest.fixture
    def batch_id(self, journal: Journal) -> str:
        """More rows than two pages; every third is bad for two reasons."""
        a_batch(journal, [a_row(0)])
        return a_batch(
            journal,
            [
                a_row(n) if n % 3 else a_bad_row(n, "amount.format", "sort_code.length")
                for n in range(self.MANY)
            ],
        )

    def test_every_row_comes_once_in_file_order(self, journal: Journal, batch_id: str) -> None:
        numbers = [row.number for row in journal.batches.each_row(batch_id)]

        assert numbers == list(range(self.MANY))

    def test_rows_of_chosen_states_come_with_their_payloads(
        self, journal: Journal, batch_id: str
    ) -> None:
        rejected = list(journal.batches.each_row_with_payload(batch_id, [RowState.REJECTED]))

        assert [row.number for row, _ in rejected] == list(range(0, self.MANY, 3))
        assert {payload == f"payload {row.number}".encode() for row, payload in rejected} == {True}

    def test_rejects_come_in_file_order_and_in_the_order_they_were_found(
        self, journal: Journal, batch_id: str
    ) -> None:
        """More rejects than a page, and a page ends between the two of one row."""
        found = [(r.line, r.rule) for r in journal.batches.each_reject(batch_id)]

        assert found == [
            (number + 2, rule)
            for number in range(0, self.MANY, 3)
            for rule in ("amount.format", "sort_code.length")
        ]
        assert len(found) > PAGE

    def test_rows_may_be_finished_while_they_are_read(self, journal: Journal) -> None:
        """Pages go by row number: a row that changes state moves no other across a page's end."""
        batch_id = a_batch(journal, [a_row(number) for number in range(self.MANY)])

        seen = 0
        for row in journal.batches.each_row(batch_id, [RowState.STAGED]):
            seen += 1
            if seen % 50 == 0:
                journal.batches.record(row, Progress(RowState.SUCCEEDED), NOW)

        assert seen == self.MANY

    def test_the_rejects_of_one_row(self, journal: Journal, batch_id: str) -> None:
        assert [r.rule for r in journal.batches.rejects(batch_id, 3)] == [
            "amount.format",
            "sort_code.length",
        ]
        assert list(journal.batches.rejects(batch_id, 4)) == []

    def test_an_odd_number_of_rejects_before_a_page_ends(self, journal: Journal) -> None:
        batch_id = a_batch(
            journal, [a_bad_row(0)] + [a_bad_row(n, "a", "b") for n in range(1, 301)]
        )

        found = [(r.line, r.rule) for r in journal.batches.each_reject(batch_id)]

        assert found[PAGE - 2 : PAGE + 2] == [(251, "b"), (252, "a"), (252, "b"), (253, "a")]
        assert len(found) == len(set(found)) == 601


def test_a_batch_with_rows_cannot_be_removed(journal: Journal) -> None:
    """Foreign keys are in force on SQLite too."""
    a_batch(journal, [a_row(0)])

    with pytest.raises(IntegrityError), journal.database.write() as connection:
        connection.execute(delete(rows.metadata.tables["batches"]))


def test_a_payload_does_not_show_in_a_repr() -> None:
    assert "payload 7" not in repr(a_row(7))
