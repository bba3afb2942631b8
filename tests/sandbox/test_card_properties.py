"""Section 8: whatever is asked of a card, in whatever order, no money is given away twice."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.caller import Caller, flat
from tests.sandbox_process import SandboxProcess

REGISTERED = 2500
TAKING = {"Ecommerce", "Repeat", "DeferredRelease", "AuthoriseRelease"}
STEP = st.one_of(
    st.tuples(
        st.sampled_from(["Refund", "Repeat", "DeferredRelease", "AuthoriseRelease"]),
        st.sampled_from([1, 1000, 1250, 2500, 2501, 4005, 4012, 4099]),
        st.booleans(),
    ),
    st.tuples(st.sampled_from(["Void", "DeferredCancel"]), st.just(0), st.booleans()),
    st.tuples(st.sampled_from(["3s", "2m", "1d", "8d"]), st.just(0), st.just(False)),
)


def live(api: Caller, registered_as: str, steps: list[tuple[str, int, bool]]) -> list[Any]:
    """A card's payments after a life of these steps, whatever each was answered."""
    card_id = api.card(payment_type=registered_as)["card_id"]
    for what, amount, asynchronous in steps:
        if what[0].isdigit():
            api.sandbox.advance(what)
            continue
        fields = {"amount": amount} if amount else {}
        answer = api.follow_up(card_id, what, **fields, isAsnyc=asynchronous)
        assert answer.status_code in {200, 202, 400}, answer.text
    api.sandbox.advance("5m")
    return list(api.sandbox.books(records=True)["records"]["payments"])


@pytest.mark.parametrize(
    "registered_as", ["Ecommerce", "DeferredEcommerce", "AuthenticateEcommerce"]
)
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(STEP, min_size=3, max_size=12))
def test_the_books_of_a_card_balance(
    sandbox_program: SandboxProcess, registered_as: str, steps: list[tuple[str, int, bool]]
) -> None:
    sandbox_program.reset()
    api = Caller(sandbox_program)
    payments = live(api, registered_as, steps)
    api.close()
    good = [one for one in payments if one["status"] == "successful"]
    refunds = [one for one in good if one["payment_type"] == "Refund"]
    taken = {one["id"]: one["amount"] for one in good if one["payment_type"] in TAKING}
    for refund in refunds:
        assert sum(refund["draws"].values()) == refund["amount"]
        for payment_id, drawn in refund["draws"].items():
            taken[payment_id] -= drawn
    assert all(left >= 0 for left in taken.values())
    releases = [one for one in payments if one["payment_type"].endswith("Release")]
    used = [one for one in releases if one["settled_on"] or one["status"] == "pending"]
    assert sum(one["amount"] for one in used) <= REGISTERED
    assert len(used) <= 1 or registered_as.startswith("Authenticate")


def test_the_same_calls_give_the_same_records_section_12(sandbox: SandboxProcess) -> None:
    steps = [
        ("Repeat", 1000, True),
        ("Void", 0, True),
        ("3s", 0, False),
        ("2m", 0, False),
        ("Repeat", 4012, False),
        ("1d", 0, False),
        ("Refund", 1, False),
    ]

    def run() -> list[Any]:
        sandbox.reset(seed=7)
        api = Caller(sandbox)
        payments = live(api, "Ecommerce", steps)
        api.close()
        return payments

    first = run()
    assert len(first) == 4
    assert run() == first


def test_what_is_under_way_survives_a_crash_sections_8_and_12(tmp_path: Any) -> None:
    """Asynchronous results, a slow gateway, an open form and a Void taken in."""
    with SandboxProcess(state=tmp_path / "state.db") as kept:
        api = Caller(kept)
        done, slow = api.card(), flat(api.register(amount=4012))
        opened = flat(api.register())
        api.complete(slow["card_id"])
        later = flat(api.follow_up(done["card_id"], "Repeat", amount=1, isAsnyc=True), 202)
        flat(api.follow_up(done["card_id"], "Void", isAsnyc=True), 202)
        kept.kill()
        kept.restart()
        api.close()
        api = Caller(kept)
        named = {"related_payment_id": done["id"]}
        assert api.follow_up(done["card_id"], "Void", **named).json()["status_code"] == "902"
        kept.advance("1m")
        api.complete(opened["card_id"])
        states = [
            api.get(f"payment/{one['id']}").json()["payment"]["status"]
            for one in (done, slow, later, opened)
        ]
        assert states == ["cancelled", "successful", "successful", "successful"]
        api.close()
