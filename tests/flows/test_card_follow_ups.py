"""Release, repeat, cancel, void and refund of card payments, each with a dry run (section 8)."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from smarterpay.journal import Journal
from smarterpay.journal.approval_requests import Decision, DecisionRefused, Request
from smarterpay.journal.batch_kinds import COLLECTION
from smarterpay.journal.journeys import Stage
from smarterpay.money.accounts import Account
from tests.flow_process import FlowProcess, FlowWorker, environment_of
from tests.flows.payer_scene import Body, PayerScene
from tests.prefect_api import eventually

REGISTER = "flows.card_journey:register_card_payment"
FOLLOW = "flows.card_journey:follow_card_payment"


class Cards:
    """Takes payments through their journeys and follows up on them."""

    def __init__(self, bodies: ExitStack, run: Body, scene: PayerScene) -> None:
        self.bodies = bodies
        self.run = run
        self.scene = scene

    def paid(self, reference: str, kind: str = "Ecommerce", amount: int = 2500) -> None:
        """A payment whose payer has finished."""
        self.scene.wants(reference, amount, kind)
        self.run(REGISTER, reference)
        self.scene.pays(reference)
        self.run(FOLLOW, reference)

    def do(self, verb: str, *arguments: object) -> tuple[str, str]:
        """The state's name and message."""
        names = {"cancel": "cancel_card_reservation"}
        name = names.get(verb, f"{verb}_card_payment")
        done = self.run(f"flows.card_follow_ups:{name}", *arguments)
        assert "error" not in done, done
        return done["state"], done["message"]

    def writes(self) -> int:
        """How many writes have reached the provider."""
        return sum(call["method"] != "GET" for call in self.scene.sandbox.requests())

    def end_run(self) -> None:
        """End the run that the bodies ran in."""
        self.bodies.close()

    def balance(self, account: Account) -> int:
        """What stands in an account."""
        return self.scene.journal.ledger.balances().get(account, 0)


@pytest.fixture
def cards(flows: FlowProcess, scene: PayerScene) -> Iterator[Cards]:
    with ExitStack() as bodies:
        yield Cards(bodies, bodies.enter_context(flows.bodies()), scene)


def test_section_8_a_deferred_payment_is_released_once_and_at_most_what_is_reserved(
    cards: Cards,
) -> None:
    cards.paid("ORDER-1", "DeferredEcommerce")
    before = cards.writes()
    assert cards.do("release", "REL-1", "ORDER-1", 2000, True)[0] == "Dry run"
    name, told = cards.do("release", "REL-1", "ORDER-1", 2501, True)
    assert (name, "may still be released" in told) == ("Refused", True)
    assert cards.do("void", "VOID-1", "ORDER-1", True)[0] == "Refused"
    assert cards.writes() == before

    assert cards.do("release", "REL-1", "ORDER-1", 2000)[0] == "Released"
    assert cards.do("release", "REL-1", "ORDER-1", 2000)[0] == "Released"
    assert cards.writes() == before + 1
    assert cards.balance(Account.CARD_RECEIPTS) == 2000
    assert cards.scene.card("ORDER-1").stage is Stage.SUCCESSFUL

    name, told = cards.do("release", "REL-2", "ORDER-1", 500)
    assert (name, "released already" in told) == ("Refused", True)
    assert cards.do("cancel", "CAN-1", "ORDER-1")[0] == "Refused"
    name, told = cards.do("release", "REL-1", "ORDER-1", 2100)
    assert (name, "fields that differ: amount_pence" in told) == ("Refused", True)
    assert cards.writes() == before + 1


def test_section_8_an_authenticated_payment_is_released_in_parts_until_it_is_used_up(
    cards: Cards,
) -> None:
    cards.paid("ORDER-1", "AuthenticateEcommerce")
    assert cards.do("release", "REL-1", "ORDER-1", 2000)[0] == "Released"
    assert cards.scene.card("ORDER-1").stage is Stage.AUTHENTICATED
    assert cards.do("release", "REL-2", "ORDER-1", 501, True)[0] == "Refused"
    assert cards.do("release", "REL-2", "ORDER-1", 500)[0] == "Released"
    assert cards.scene.card("ORDER-1").stage is Stage.SUCCESSFUL
    assert cards.balance(Account.CARD_RECEIPTS) == 2500


def test_section_8_a_reservation_is_cancelled_and_nothing_was_taken(cards: Cards) -> None:
    cards.paid("ORDER-1", "DeferredMOTO")
    assert cards.do("cancel", "CAN-1", "ORDER-1", True)[0] == "Dry run"
    assert cards.do("cancel", "CAN-1", "ORDER-1")[0] == "Cancelled"
    assert cards.scene.card("ORDER-1").stage is Stage.CANCELLED
    name, told = cards.do("release", "REL-1", "ORDER-1", 2500)
    assert (name, "was cancelled or has lapsed" in told) == ("Refused", True)
    assert cards.balance(Account.CARD_RECEIPTS) == 0


def test_section_8_a_void_before_clearing_a_refund_after_and_never_both(cards: Cards) -> None:
    cards.paid("ORDER-1")
    cards.paid("ORDER-2")
    assert cards.do("void", "VOID-1", "ORDER-1", True)[0] == "Dry run"
    assert cards.do("void", "VOID-1", "ORDER-1")[0] == "Voided"
    assert cards.do("refund", "REF-1", "ORDER-1")[0] == "Refused"

    cards.scene.sandbox.advance("2d")
    before = cards.writes()
    name, told = cards.do("void", "VOID-2", "ORDER-2")
    assert (name, "`smarterpay refund` does it" in told) == ("Refused", True)
    assert cards.writes() == before
    assert cards.do("refund", "REF-2", "ORDER-2", 1000)[0] == "Refunded"
    assert cards.do("refund", "REF-3", "ORDER-2", 1501, True)[0] == "Refused"
    assert cards.balance(Account.CARD_RECEIPTS) == 1500


def test_section_13_a_repeat_charges_the_same_card_and_a_decline_is_told(cards: Cards) -> None:
    cards.paid("ORDER-1")
    assert cards.do("repeat", "REP-1", "ORDER-1", 3000, True)[0] == "Dry run"
    assert cards.do("repeat", "REP-1", "ORDER-1", 3000)[0] == "Charged"
    name, told = cards.do("repeat", "REP-2", "ORDER-1", 4005)
    assert (name, "declined" in told) == ("Refused", True)
    assert cards.do("repeat", "REP-3", "ORDER-1", 4012)[0] == "Waiting"
    cards.scene.sandbox.advance("2m")
    assert cards.do("repeat", "REP-3", "ORDER-1", 4012)[0] == "Charged"
    assert cards.balance(Account.CARD_RECEIPTS) == 2500 + 3000 + 4012


#: Verb, what it is about, and what the refusal says.
REFUSED: tuple[tuple[str, tuple[Any, ...], str], ...] = (
    ("release", ("R-1", "NOBODY"), "neither a reference nor a payment"),
    ("release", ("R-2", "PAID"), "charge the card again by a repeat"),
    ("release", ("R-3", "STAGED"), "not registered yet"),
    ("repeat", ("R-4", "DECLINED"), "successful payment"),
    ("void", ("R-5", "DECLINED"), "nothing was taken"),
    ("void", ("much longer than a credit can carry", "PAID"), "reference"),
)


def test_what_cannot_be_done_is_refused_by_name_before_anything_is_sent(cards: Cards) -> None:
    cards.paid("PAID")
    cards.paid("DECLINED", amount=4005)
    cards.scene.wants("STAGED")
    before = cards.writes()
    told = {verb_on: cards.do(verb, *verb_on) for verb, verb_on, _ in REFUSED}
    assert {verb_on: name for verb_on, (name, _) in told.items()} == dict.fromkeys(told, "Refused")
    for _, verb_on, why in REFUSED:
        assert why in told[verb_on][1], told[verb_on]
    assert cards.writes() == before


def test_above_the_threshold_a_release_waits_for_a_second_person(
    cards: Cards, flow_worker: FlowWorker
) -> None:
    """And whoever planned it may not approve it."""
    cards.paid("ORDER-1", "DeferredEcommerce")
    before, journal = cards.writes(), cards.scene.journal
    cards.end_run()
    settings = environment_of(cards.scene.runtime.settings) | {
        "SMARTERPAY_COLLECTION_APPROVAL_ROW_PENCE": "1000",
        "SMARTERPAY_PLANNED_BY": "Ada",
    }
    release = "flows.card_follow_ups:release_card_payment"
    flow_worker.tell(
        {"settings": settings, "flow": release, "arguments": ["REL-1", "ORDER-1", 2000]}
    )

    request = eventually(lambda: _request(journal), lambda found: found is not None)
    assert request is not None
    asked: dict[str, Any] = {
        "plan": request.plan_sha256,
        "via": "terminal",
        "now": journal.clock.now(),
    }
    with pytest.raises(DecisionRefused):
        journal.approvals.decide(request.id, Decision.APPROVED, approver="ada", **asked)
    assert cards.writes() == before
    journal.approvals.decide(request.id, Decision.APPROVED, approver="Bob", **asked)

    assert flow_worker.answer()["state"] == "Released"
    assert cards.writes() == before + 1
    assert cards.balance(Account.CARD_RECEIPTS) == 2000


def _request(journal: Journal) -> Request | None:
    try:
        row, _ = journal.batches.latest_row(COLLECTION, "REL-1")
    except LookupError:
        return None
    return journal.approvals.standing(row.batch_id)
