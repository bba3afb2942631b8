"""Random lives of payments that go out in calls and by themselves, with crashes in between.

Whatever the order, the provider never has two records for a reference, and in the end the journal
has none in doubt but those it leaves to a person.
"""

import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from smarterpay.api.models.api_request import ApiRequest, ApiRequestRowStatus
from smarterpay.api.models.payment import PaymentCreate
from smarterpay.journal.decision import State
from smarterpay.orchestration.outcome import OperationError
from smarterpay.orchestration.reading import read_record
from smarterpay.orchestration.recovery import RecoveryPoint, observe
from smarterpay.orchestration.runtime import Runtime
from smarterpay.settings import Settings
from tests.in_process import done
from tests.orchestration.bulk_runs import a_payer, a_payment, at_the_sandboxs_pace, booked, bulk
from tests.sandbox_process import SandboxProcess

#: How many random lives; set BULK_LIVES for a longer soak.
SEEDS = range(int(os.environ.get("BULK_LIVES", "6")))
STEPS = 25
CREATE = "payment.create"
#: A reference that begins like the last fails as a row, and goes through alone (section 13).
REFERENCES = ("INV-1", "INV-2", "INV-3", "BULKFAIL-4")
RUNS = ("RUN-1", "RUN-2", "RUN-3")
FAULTS = ("429", "500-before", "500-after", "drop-before", "drop-after", "html-error", "empty-body")
PATHS = ("/payments", "/payment$")
#: Rounds without a fault in which everything settles: replay, and look-up a day later.
QUIET_ROUNDS = 3


class Killed(BaseException):
    """The process dies here."""


class Life:
    """One merchant and what happens to it, as `chance` has it."""

    def __init__(self, runtime: Runtime, sandbox: SandboxProcess, chance: random.Random) -> None:
        self.runtime = runtime
        self.sandbox = sandbox
        self.chance = chance
        self.auddis = ""

    async def step(self) -> None:
        """One thing that can happen."""
        (happens,) = self.chance.choices(
            [self.call, self.alone, self.fault, self.wait, self.webhooks], [30, 30, 20, 15, 5]
        )
        await happens()

    async def call(self) -> None:
        """A call for some of the payments, or one more look at it."""
        count = self.chance.randint(1, len(REFERENCES))
        rows = [self.row(one) for one in self.chance.sample(REFERENCES, count)]
        run, follow_for = self.chance.choice(RUNS), self.chance.choice([-1.0, -1.0, 1.0, 60.0])
        await self.unless_killed(
            lambda: bulk(self.runtime, rows, reference=run, follow_for=follow_for)
        )

    async def alone(self) -> None:
        """One payment by itself."""
        reference = self.chance.choice(REFERENCES)
        row = self.row(reference)
        await self.unless_killed(lambda: done(self.runtime, CREATE, row, reference))

    async def fault(self) -> None:
        """The next calls suffer."""
        self.sandbox.faults(
            self.chance.choice(FAULTS),
            method="POST",
            path=self.chance.choice(PATHS),
            times=self.chance.randint(1, 2),
        )

    async def wait(self) -> None:
        """Time passes; after a day, every key is forgotten (section 2)."""
        self.sandbox.advance(self.chance.choice(["1s", "2s", "1m", "25h"]))

    async def webhooks(self) -> None:
        """The provider tells of rows by webhook, and may do so again (section 9)."""
        for run in RUNS:
            for call in self.runtime.journal.intents.find(run):
                if call.record_id is not None:
                    await _tell(self.runtime, call.id, call.record_id)

    async def left_in_peace(self) -> None:
        """Nothing goes wrong any more, and everybody asks again."""
        self.sandbox.clear_faults()
        for _ in range(QUIET_ROUNDS):
            for run in RUNS:
                if self.runtime.journal.intents.find(run):
                    await bulk(self.runtime, [self.row(REFERENCES[0])], reference=run)
            self.sandbox.advance("25h")
        for reference in REFERENCES:
            row = self.row(reference, amount=2500)
            with suppress(OperationError):
                await done(self.runtime, CREATE, row, reference)

    async def unless_killed(self, work: Callable[[], Awaitable[object]]) -> None:
        """What one process does, or dies of; the leases it held lapse."""
        point = self.chance.choice([None, None, None, *RecoveryPoint])

        def die(reached: RecoveryPoint) -> None:
            if reached is point:
                raise Killed

        observe(die)
        try:
            with suppress(Killed, OperationError):
                await work()
        finally:
            observe(None)
        with self.runtime.journal.database.write() as connection:
            connection.exec_driver_sql("UPDATE intents SET lease_until = 0")

    def row(self, reference: str, amount: int | None = None) -> PaymentCreate:
        """One payment; now and then for another amount."""
        amount = amount or self.chance.choice([2500, 2500, 2500, 2600])
        return a_payment(self.auddis, reference, amount=amount)

    def assert_no_reference_has_two_records(self) -> None:
        """The promise."""
        assert set(Counter(booked(self.sandbox)).values()) <= {1}

    def assert_none_is_lost(self) -> None:
        """What is settled is what the provider has, and nothing is in doubt unsaid."""
        records = self.sandbox.books(records=True)["records"]["payments"]
        ids = {record["custom_reference"]: record["id"] for record in records}
        for reference in REFERENCES:
            (intent,) = self.runtime.journal.intents.find(reference, CREATE)
            match intent.state:
                case State.SUCCEEDED:
                    assert intent.record_id == ids[reference]
                case State.REFUSED:
                    assert reference not in ids
                case _:
                    assert intent.state is State.NEEDS_ATTENTION, intent


async def _tell(runtime: Runtime, call_id: str, api_request_id: str) -> None:
    _, request = await read_record(runtime, "api_request.get", api_request_id)
    assert isinstance(request, ApiRequest)
    told = {row.index: row for row in request.records or ()}
    bulks, now = runtime.journal.bulks, runtime.clock.now()
    for row in bulks.rows(call_id):
        said, reference = told[row.position], row.intent.reference
        if said.status is ApiRequestRowStatus.CREATED and said.id:
            bulks.take_row_created(api_request_id, reference, said.id, now)
        elif said.status is ApiRequestRowStatus.FAILED:
            bulks.take_row_failure(api_request_id, reference, said.message or "", now)


@pytest.mark.parametrize("seed", SEEDS)
async def test_never_two_records_for_a_reference_and_none_lost(
    settings: Settings, sandbox: SandboxProcess, seed: int
) -> None:
    hasty = settings.model_copy(update={"rate_limit": 1000, "rate_window": 0.05})
    async with at_the_sandboxs_pace(hasty, sandbox) as runtime:
        life = Life(runtime, sandbox, random.Random(seed))  # noqa: S311 - repeatable, not secret
        life.auddis = await a_payer(runtime)
        for _ in range(STEPS):
            await life.step()
            life.assert_no_reference_has_two_records()
        await life.left_in_peace()
        life.assert_no_reference_has_two_records()
        life.assert_none_is_lost()
