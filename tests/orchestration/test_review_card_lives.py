"""Random lives of card calls: silence, faults, crashes and days, and no charge is made twice."""

import os
import random
from contextlib import suppress

import pytest
from pydantic import BaseModel

from smarterpay.journal.decision import State
from smarterpay.orchestration.outcome import OperationError
from smarterpay.orchestration.recovery import RecoveryPoint, observe
from smarterpay.orchestration.runtime import Runtime
from smarterpay.settings import Settings
from tests.api import builders
from tests.in_process import done, open_directly
from tests.orchestration.test_bulk_lives import Killed
from tests.orchestration.test_cards import a_card
from tests.sandbox_process import SandboxProcess

#: How many random lives; set CARD_LIVES for a longer soak.
SEEDS = range(int(os.environ.get("CARD_LIVES", "4")))
STEPS = 25
#: What is done on the card, by reference: a charge, one that is declined, silence of a gateway that
#: charged nothing and of one that did (section 13), two refunds and one of too much.
CALLS: dict[str, tuple[str, BaseModel]] = {
    reference: (operation, request.model_copy(update={"custom_reference": reference}))
    for reference, operation, request in (
        ("REP-1", "transaction.repeat", builders.repeat(amount=2500)),
        ("REP-2", "transaction.repeat", builders.repeat(amount=4005)),
        ("REP-3", "transaction.repeat", builders.repeat(amount=4098)),
        ("REP-4", "transaction.repeat", builders.repeat(amount=4099)),
        ("REF-1", "transaction.refund", builders.refund(amount=500)),
        ("REF-2", "transaction.refund", builders.refund(amount=700)),
        ("REF-3", "transaction.refund", builders.refund(amount=999_999)),
    )
}
FAULTS = ("429", "500-before", "500-after", "drop-before", "drop-after", "html-error", "empty-body")


class Life:
    """One card and what happens on it, as `chance` has it."""

    def __init__(self, runtime: Runtime, sandbox: SandboxProcess, chance: random.Random) -> None:
        self.runtime = runtime
        self.sandbox = sandbox
        self.chance = chance
        self.card = ""

    async def step(self) -> None:
        """One thing that can happen."""
        match self.chance.choices(["call", "fault", "wait"], [60, 25, 15])[0]:
            case "call":
                await self.call(self.chance.choice(list(CALLS)))
            case "fault":
                self.sandbox.faults(
                    self.chance.choice(FAULTS),
                    method="POST",
                    times=self.chance.randint(1, 2),
                    stored=self.chance.random() < 0.5,
                )
            case "wait":
                self.sandbox.advance(self.chance.choice(["1s", "2m", "3h", "25h"]))

    async def call(self, reference: str, *, killed: bool = True) -> None:
        """One call as one process makes it, which may die of it; its leases lapse then."""
        point = self.chance.choice([None, None, None, *RecoveryPoint]) if killed else None

        def die(reached: RecoveryPoint) -> None:
            if reached is point:
                raise Killed

        observe(die)
        try:
            with suppress(Killed, OperationError):
                await done(self.runtime, *CALLS[reference], reference, self.card)
        finally:
            observe(None)
        with self.runtime.journal.database.write() as connection:
            connection.exec_driver_sql("UPDATE intents SET lease_until = 0")

    async def left_in_peace(self) -> None:
        """Nothing goes wrong any more, and everything is asked for until it has an end."""
        self.sandbox.clear_faults()
        for _ in range(3):
            for reference in CALLS:
                await self.call(reference, killed=False)
            self.sandbox.advance("25h")

    def records(self) -> dict[str, list[str]]:
        """The payments on the card by our reference."""
        found: dict[str, list[str]] = {reference: [] for reference in CALLS}
        for one in self.sandbox.books(records=True)["records"]["payments"]:
            if one["custom_reference"] in found:
                found[one["custom_reference"]].append(one["id"])
        return found

    def assert_no_charge_was_made_twice(self) -> None:
        """The promise."""
        assert {reference: ids for reference, ids in self.records().items() if len(ids) > 1} == {}

    def assert_none_is_lost(self) -> None:
        """What is settled is what the provider has, and nothing is in doubt unsaid."""
        for reference, ids in self.records().items():
            (intent,) = self.runtime.journal.intents.find(reference)
            match intent.state:
                case State.SUCCEEDED:
                    assert ids == [intent.record_id]
                case State.REFUSED:
                    assert ids == []
                case _:
                    assert intent.state is State.NEEDS_ATTENTION, intent


@pytest.mark.parametrize("seed", SEEDS)
async def test_never_two_charges_for_a_reference_and_none_lost(
    settings: Settings, sandbox: SandboxProcess, seed: int
) -> None:
    hasty = settings.model_copy(update={"rate_limit": 1000, "rate_window": 0.05})
    async with open_directly(hasty) as runtime:
        life = Life(runtime, sandbox, random.Random(seed))  # noqa: S311 - repeatable, not secret
        life.card = str((await a_card(runtime, sandbox)).card_id)
        sandbox.advance("3d")
        for _ in range(STEPS):
            await life.step()
            life.assert_no_charge_was_made_twice()
        await life.left_in_peace()
        life.assert_no_charge_was_made_twice()
        life.assert_none_is_lost()
