"""Card payments in the payer's browser: registered once, waited for, ended (sections 8, 13)."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping

import pytest

from smarterpay.intake.payer_values import NothingToHandOut, browser_values
from smarterpay.journal.journeys import Stage
from smarterpay.money.accounts import Account
from smarterpay.orchestration.local_server import PrefectServer
from smarterpay.orchestration.recovery import RecoveryPoint
from tests.flow_process import environment_of
from tests.flows.payer_scene import Body, PayerScene

REGISTER = "flows.card_journey:register_card_payment"
FOLLOW = "flows.card_journey:follow_card_payment"
SWEEP = "flows.card_journey:follow_waiting_card_payments"


def test_section_8_registered_once_handed_out_as_often_as_asked_paid_and_in_the_ledger(
    run: Body, scene: PayerScene
) -> None:
    scene.wants("CARD-1")
    first = run(REGISTER, "CARD-1")
    values = browser_values(scene.journal, "CARD-1")
    again = run(REGISTER, "CARD-1")

    assert (first["state"], again["state"]) == ("Waiting for payer", "Waiting for payer")
    assert browser_values(scene.journal, "CARD-1") == values
    assert scene.calls("POST", "/transaction") == 1
    (card,) = scene.sandbox.books(records=True)["records"]["cards"]
    assert card["session_token"] == values.session_token.get_secret_value() != ""
    assert (values.card_id, values.payment_id) == (card["id"], scene.card("CARD-1").record_id)
    assert scene.journal.ledger.balances()[Account.AT_GATEWAY] == 2500

    scene.pays("CARD-1")
    assert run(FOLLOW, "CARD-1")["state"] == "Successful"
    assert scene.journal.ledger.balances()[Account.CARD_RECEIPTS] == 2500
    with pytest.raises(NothingToHandOut, match="it is successful"):
        browser_values(scene.journal, "CARD-1")


#: By amount: how the payment stands once the payer has completed the form, and a minute later.
SECTION_13: Mapping[int, tuple[Stage, Stage]] = {
    2500: (Stage.SUCCESSFUL, Stage.SUCCESSFUL),
    4005: (Stage.FAILED, Stage.FAILED),
    4010: (Stage.SUCCESSFUL, Stage.SUCCESSFUL),
    4011: (Stage.FAILED, Stage.FAILED),
    4012: (Stage.WAITING, Stage.SUCCESSFUL),
    4020: (Stage.CANCELLED, Stage.CANCELLED),
}


def test_section_13_every_end_is_kept_apart_and_found_by_one_list_call(
    run: Body, scene: PayerScene
) -> None:
    for amount in SECTION_13:
        scene.wants(f"CARD-{amount}", amount)
        assert run(REGISTER, f"CARD-{amount}")["state"] == "Waiting for payer"
    scene.wants("CARD-ERROR", 2501)
    run(REGISTER, "CARD-ERROR")
    for amount in SECTION_13:
        scene.pays(f"CARD-{amount}")
    scene.pays("CARD-ERROR", "error")
    assert run(SWEEP)["message"] == "nothing was due"

    scene.sandbox.advance("5m")
    swept = run(SWEEP)

    wanted = {amount: later for amount, (_, later) in SECTION_13.items()}
    assert {amount: scene.card(f"CARD-{amount}").stage for amount in wanted} == wanted
    assert scene.card("CARD-ERROR").stage is Stage.ERROR
    assert swept["message"] == "3 successful, 2 failed, 1 cancelled, 1 error"
    assert scene.calls("GET", "/payments") == 1
    balances = scene.journal.ledger.balances()
    assert balances[Account.CARD_RECEIPTS] == 2500 + 4010 + 4012
    assert balances[Account.DECLINED] == 4005 + 4011 + 2501
    assert balances[Account.CANCELLED] == 4020
    assert run(SWEEP)["message"] == "nothing was due"


def test_section_13_a_slow_gateway_is_waited_for(run: Body, scene: PayerScene) -> None:
    for amount, (at_once, _) in SECTION_13.items():
        if at_once is Stage.WAITING:
            scene.wants("SLOW", amount)
    run(REGISTER, "SLOW")
    scene.pays("SLOW")
    assert run(FOLLOW, "SLOW")["state"] == "Waiting for payer"
    scene.sandbox.advance("1m")
    assert run(FOLLOW, "SLOW")["state"] == "Successful"


def test_section_13_a_silent_gateway_is_looked_up_and_never_asked_twice(
    run: Body, scene: PayerScene
) -> None:
    """4098: nothing was charged, and nothing can prove it; 4099: it settles after a minute."""
    for amount in (4098, 4099):
        scene.wants(f"SILENT-{amount}", amount)
        done = run(REGISTER, f"SILENT-{amount}", max_attempts=1)
        assert (done["state"], scene.card(f"SILENT-{amount}").stage) == ("Unknown", Stage.ASKING)
        with pytest.raises(NothingToHandOut):
            browser_values(scene.journal, f"SILENT-{amount}")
    scene.sandbox.advance("10m")
    run(SWEEP, max_attempts=1)
    assert scene.card("SILENT-4099").stage is Stage.SUCCESSFUL
    assert scene.card("SILENT-4098").stage is Stage.ASKING

    scene.sandbox.advance("3h")
    assert "1 needs attention" in run(SWEEP, max_attempts=1)["message"]

    assert scene.card("SILENT-4098").stage is Stage.NEEDS_ATTENTION
    assert scene.calls("POST", "/transaction") == 2
    assert scene.journal.ledger.balances()[Account.CARD_RECEIPTS] == 4099


def test_section_8_a_payer_who_never_comes_is_told_as_still_pending_and_may_yet_pay(
    run: Body, scene: PayerScene
) -> None:
    scene.wants("CARD-1")
    run(REGISTER, "CARD-1", card_wait_hours=1)
    scene.sandbox.advance("61m")
    late = run(FOLLOW, "CARD-1")
    assert (late["state"], scene.card("CARD-1").stage) == ("Still pending", Stage.OVERDUE)
    assert scene.card("CARD-1").reason == "abandoned-and-still-pending"
    assert "look at it in the portal" in late["message"]
    assert scene.journal.ledger.balances()[Account.AT_GATEWAY] == 2500

    scene.pays("CARD-1")
    scene.sandbox.advance("25h")
    assert run(SWEEP)["message"] == "1 successful"
    assert scene.journal.ledger.balances()[Account.AT_GATEWAY] == 0


def test_section_8_a_reservation_is_no_money_and_lapses_after_7_days_an_authentication_after_90(
    run: Body, scene: PayerScene
) -> None:
    scene.wants("RESERVED", kind="DeferredEcommerce")
    scene.wants("VERIFIED", kind="AuthenticateMOTO")
    for reference, state in (("RESERVED", "Reserved"), ("VERIFIED", "Authenticated")):
        run(REGISTER, reference)
        scene.pays(reference)
        assert run(FOLLOW, reference)["state"] == state
    assert not any(scene.journal.ledger.balances().values())

    scene.sandbox.advance("8d")
    assert run(SWEEP)["message"] == "1 authenticated, 1 cancelled"
    assert scene.card("RESERVED").reason == "not-released"
    scene.sandbox.advance("83d")
    assert run(SWEEP)["message"] == "1 cancelled"
    assert not any(scene.journal.ledger.balances().values())


def test_section_8_what_the_provider_refuses_is_said_and_can_be_staged_again(
    run: Body, scene: PayerScene
) -> None:
    customer, scene.customer = scene.customer, "CA01NOSUCHCUSTOMER01"
    scene.wants("CARD-1")
    refused = run(REGISTER, "CARD-1")
    assert (refused["state"], scene.card("CARD-1").reason) == ("Refused", "provider-400")
    assert "stage it again under the same reference" in refused["message"]
    scene.customer = customer
    assert scene.wants("CARD-1").stage is Stage.STAGED
    assert run(REGISTER, "CARD-1")["state"] == "Waiting for payer"


def test_an_answer_that_was_lost_is_asked_for_again_under_the_same_key(
    run: Body, scene: PayerScene
) -> None:
    """Section 2: the replay brings the same session token; a day later only a record is left."""
    scene.wants("CARD-1")
    scene.wants("CARD-2")
    scene.sandbox.faults("drop-after", method="POST", times=2)
    for reference in ("CARD-1", "CARD-2"):
        assert run(REGISTER, reference, max_attempts=1)["state"] == "Unknown"
    assert run(REGISTER, "CARD-1")["state"] == "Waiting for payer"
    cards = scene.sandbox.books(records=True)["records"]["cards"]
    token = browser_values(scene.journal, "CARD-1").session_token.get_secret_value()
    assert [card["session_token"] == token for card in cards] == [True, False]

    scene.sandbox.advance("26h")
    assert run(REGISTER, "CARD-2", max_attempts=1)["state"] == "Needs attention"
    assert len(scene.sandbox.books(records=True)["records"]["cards"]) == 2


@pytest.mark.e2e
def test_killed_between_the_registration_and_its_answer(
    run: Body, scene: PayerScene, prefect_server: PrefectServer
) -> None:
    scene.wants("CARD-1")
    settings = environment_of(scene.runtime.settings)
    program = [sys.executable, "-m", "tests.flows.killed_run", "flows.card_journey"]
    died = subprocess.run(
        [*program, "register_card_payment", RecoveryPoint.AFTER_ANSWER, "CARD-1"],
        env={**os.environ, **prefect_server.environment(), **settings},
        capture_output=True,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert scene.card("CARD-1").stage is Stage.ASKING
    with pytest.raises(NothingToHandOut):
        browser_values(scene.journal, "CARD-1")

    scene.sandbox.advance("10m")
    assert run(SWEEP)["message"] == "1 waiting"

    (card,) = scene.sandbox.books(records=True)["records"]["cards"]
    token = browser_values(scene.journal, "CARD-1").session_token.get_secret_value()
    assert card["session_token"] == token
