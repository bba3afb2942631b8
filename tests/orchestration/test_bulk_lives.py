"""Random lives of payments that go out in calls and by themselves, with crashes in between.

Whatever the order, the provider never has two records for a reference, and in the end the journal
has none in doubt but those it leaves to a person.
"""

import asyncio
import itertools
import os
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from smarterpay.api.models.api_request import ApiRequest, ApiRequestRowStatus
from smarterpay.api.models.payment import PaymentCreate
from smarterpay.journal.decision import State
from smarterpay.journal.intents import Intent
from smarterpay.orchestration.outcome import OperationError
from smarterpay.orchestration.reading import read_record
from smarterpay.orchestration.recovery import RecoveryPoint, observe
from smarterpay.orchestration.runtime import Runtime
from smarterpay.settings import Settings
from tests.in_process import done
from tests.orchestration.bulk_runs import (
    a_payer,
    a_payment,
    at_the_sandboxs_pace,
    bulk,
)
from tests.sandbox_process import SandboxProcess

#: How many random lives; set BULK_LIVES for a longer soak.
LIVES = int(os.environ.get("BULK_LIVES", "12"))
CREATE = "payment.create"
#: A reference that begins like this fails as a row, and goes through by itself (section 13).
REFERENCES = ("INV-1", "INV-2", "INV-3", "INV-4", "BULKFAIL-5")
RUNS = ("RUN-1", "RUN-2", "RUN-3")
FAULTS = ("429", "500-before", "500-after", "drop-before", "drop-after", "html-error", "empty-body")
PATHS = ("/payments", "/payment$")
#: Runs without a fault in which everything settles: replay, look-up a day later, what follows.
QUIET_RUNS = 4


class Killed(BaseException):
    """The process dies here."""


class Lives(RuleBasedStateMachine):
    """One merchant, one provider; each rule is one thing that can happen."""

    sandbox: SandboxProcess
    home: Path
    numbers = itertools.count()

    @initialize()
    def begin(self) -> None:
        """A provider with one mandate, and an empty journal."""
        self.sandbox.reset()
        self.sandbox.settings(rate_limit=None)
        self.loop = asyncio.new_event_loop()
        self.settings = Settings(
            home=self.home / str(next(self.numbers)),
            cloud_base_url=self.sandbox.cloud_url,
            card_base_url=self.sandbox.card_url,
            clock_url=self.sandbox.clock_url,
            rate_limit=1000,
            rate_window=0.05,
        )
        self.auddis = self.live(a_payer)

    @rule(
        run=st.sampled_from(RUNS),
        references=st.lists(st.sampled_from(REFERENCES), min_size=1, unique=True),
        amount=st.sampled_from((2500, 2500, 2600)),
        follow_for=st.sampled_from((-1.0, 1.0, 60.0)),
        dies_at=st.sampled_from((None, None, *RecoveryPoint)),
    )
    def bulk(
        self,
        run: str,
        references: list[str],
        amount: int,
        follow_for: float,
        dies_at: RecoveryPoint | None,
    ) -> None:
        """A call for some of the payments, or one more look at it."""
        rows = [self.row(reference, amount) for reference in references]
        self.live(
            lambda runtime: bulk(runtime, rows, reference=run, follow_for=follow_for), dies_at
        )

    @rule(
        reference=st.sampled_from(REFERENCES),
        amount=st.sampled_from((2500, 2500, 2600)),
        dies_at=st.sampled_from((None, None, *RecoveryPoint)),
    )
    def single(self, reference: str, amount: int, dies_at: RecoveryPoint | None) -> None:
        """One payment by itself."""
        row = self.row(reference, amount)
        self.live(partial(_alone, row=row), dies_at)

    @rule(kind=st.sampled_from(FAULTS), path=st.sampled_from(PATHS), times=st.integers(1, 2))
    def fault(self, kind: str, path: str, times: int) -> None:
        """The next calls suffer."""
        self.sandbox.faults(kind, method="POST", path=path, times=times)

    @rule(span=st.sampled_from(("1s", "2s", "1m", "25h")))
    def wait(self, span: str) -> None:
        """Time passes; after a day, every key is forgotten (section 2)."""
        self.sandbox.advance(span)

    @rule(run=st.sampled_from(RUNS))
    def webhooks(self, run: str) -> None:
        """The provider tells of rows by webhook, as often as it likes (section 9)."""
        self.live(lambda runtime: _tell(runtime, run))

    @invariant()
    def no_reference_has_two_records(self) -> None:
        """The promise."""
        assert set(Counter(self.booked().values()).values()) <= {1}

    def teardown(self) -> None:
        """Left in peace, everything settles; and what is settled is what the provider has."""
        if not hasattr(self, "auddis"):
            return
        self.sandbox.clear_faults()
        rows = [self.row(reference, 2500) for reference in REFERENCES]
        for _ in range(QUIET_RUNS):
            for run in RUNS:
                self.live(partial(_again, rows=rows, run=run))
            self.sandbox.advance("25h")
        for row in rows:
            self.live(partial(_alone, row=row))
        self.live(self._check)
        self.loop.close()

    async def _check(self, runtime: Runtime) -> None:
        booked = self.booked()
        ids = {reference: record_id for record_id, reference in booked.items()}
        assert len(ids) == len(booked)
        for reference in REFERENCES:
            (intent,) = runtime.journal.intents.find(reference, CREATE)
            match intent.state:
                case State.SUCCEEDED:
                    assert intent.record_id == ids[reference]
                case State.REFUSED:
                    assert reference not in ids
                case _:
                    assert intent.state is State.NEEDS_ATTENTION, intent

    def row(self, reference: str, amount: int) -> PaymentCreate:
        """One payment."""
        return a_payment(self.auddis, reference, amount=amount)

    def booked(self) -> dict[str, str]:
        """Record id to reference."""
        records = self.sandbox.books(records=True)["records"]["payments"]
        return {record["id"]: record["custom_reference"] for record in records}

    def live(
        self,
        work: Callable[[Runtime], Coroutine[Any, Any, Any]],
        dies_at: RecoveryPoint | None = None,
    ) -> Any:
        """A process that does `work`, or dies on the way; its leases lapse after it."""

        def die(reached: RecoveryPoint) -> None:
            if reached is dies_at:
                raise Killed

        async def process() -> Any:
            async with at_the_sandboxs_pace(self.settings, self.sandbox) as runtime:
                try:
                    return await work(runtime)
                finally:
                    with runtime.journal.database.write() as connection:
                        connection.exec_driver_sql("UPDATE intents SET lease_until = 0")

        observe(die if dies_at else None)
        try:
            with suppress(Killed, OperationError):
                return self.loop.run_until_complete(process())
        finally:
            observe(None)


async def _alone(runtime: Runtime, row: PaymentCreate) -> None:
    """One payment by itself."""
    await done(runtime, CREATE, row, str(row.custom_reference))


async def _again(runtime: Runtime, rows: list[PaymentCreate], run: str) -> None:
    """Another look at a call that was made, whatever it carries; none that was not."""
    if runtime.journal.intents.find(run):
        await bulk(runtime, rows, reference=run)


async def _tell(runtime: Runtime, run: str) -> None:
    calls: list[Intent] = [*runtime.journal.intents.find(run)]
    for call in calls:
        if call.record_id is None:
            continue
        _, request = await read_record(runtime, "api_request.get", call.record_id)
        assert isinstance(request, ApiRequest)
        told = {row.index: row for row in request.records or ()}
        for row in runtime.journal.bulks.rows(call.id):
            said = told[row.position]
            take, now = runtime.journal.bulks, runtime.clock.now()
            if said.status is ApiRequestRowStatus.CREATED and said.id:
                take.take_row_created(call.record_id, row.intent.reference, said.id, now)
            elif said.status is ApiRequestRowStatus.FAILED:
                take.take_row_failure(call.record_id, row.intent.reference, said.message or "", now)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_never_two_records_for_a_reference_and_none_lost(
    provider: SandboxProcess, tmp_path: Path
) -> None:
    Lives.sandbox, Lives.home = provider, tmp_path
    run_state_machine_as_test(
        Lives,
        settings=hypothesis_settings(
            max_examples=LIVES,
            stateful_step_count=12,
            deadline=None,
            derandomize="BULK_LIVES" not in os.environ,
            suppress_health_check=list(HealthCheck),
        ),
    )
