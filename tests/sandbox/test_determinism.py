"""Section 12, "Advancing": two runs with the same calls give identical ids, times and bodies."""

from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.caller import ACCOUNT, CREDIT, CUSTOMER, PAYMENT, SCHEDULE, Caller
from tests.sandbox_process import SandboxProcess

CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "customer": ("Customer_Account", CUSTOMER),
    "broken": ("Customer_Account", {}),
    "account": ("bank_account", ACCOUNT),
    "bad modulus": ("bank_account", ACCOUNT | {"account_number": "12345900"}),
    "check": ("bank_account_check", ACCOUNT | {"check_type": 1, "account_type": 2}),
    "validation": ("account_validation", {"client_bank_account_id": "CBA-0000002"}),
    "modulus": ("Modulus_Check", ACCOUNT | {"account_validation": True}),
}
LISTS = ("mandates", "payments", "credits")
STEP = st.one_of(
    st.sampled_from(sorted(CALLS)), st.sampled_from(["mandate", "money", "1h", "20s", "30h"])
)


def run(sandbox: SandboxProcess, steps: list[str]) -> list[bytes]:
    """Every body and status of a run on a fresh sandbox, in order."""
    sandbox.reset(seed=7)
    api = Caller(sandbox)
    seen = []
    for number, step in enumerate(steps):
        if step in CALLS:
            answer = api.post(*CALLS[step], key=f"key-{number % 5}")
        elif step == "mandate":
            answer = _mandate_with_schedule(api)
        elif step == "money":
            answer = _money(api)
        else:
            answer = api.get(LISTS[number % len(LISTS)], limit=500)
            sandbox.advance(step)
        seen.append(str(answer.status_code).encode() + answer.content)
    api.close()
    return seen


def _mandate_with_schedule(api: Caller) -> httpx.Response:
    account = api.account()["id"]
    made = api.make("Mandate", customer_bank_account=account, account_validation=True)
    api.post("recurrence_schedule", SCHEDULE | {"auddis": made["auddis"]})
    return api.get("bankaccounts", limit=500)


def _money(api: Caller) -> httpx.Response:
    """Payments and credits, some of them in bulk, on one mandate."""
    auddis = api.mandate()["auddis"]
    payment = PAYMENT | {"auddis": auddis, "collection_date": "2026-12-01"}
    credit = CREDIT | {"auddis": auddis, "credit_date": "2026-12-01"}
    api.payment(**payment)
    api.credit(**credit)
    api.bulk("credits", [credit, CREDIT])
    return api.bulk("payments", [payment, PAYMENT, None])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(STEP, min_size=4, max_size=12))
def test_the_same_calls_give_the_same_bytes(
    sandbox_program: SandboxProcess, steps: list[str]
) -> None:
    assert run(sandbox_program, steps) == run(sandbox_program, steps)


def test_another_process_with_the_same_seed_gives_the_same_bytes(
    sandbox_program: SandboxProcess,
) -> None:
    steps = ["customer", "account", "mandate", "validation", "money", "1h", "1h", "1h", "30h"]
    with SandboxProcess(seed=99) as other:
        assert run(other, steps) == run(sandbox_program, steps)
    with SandboxProcess(seed=7) as third:
        api = Caller(third)
        assert (
            str(200).encode() + api.post(*CALLS["customer"]).content
            == run(sandbox_program, ["customer"])[0]
        )
        api.close()


def test_ids_have_the_forms_of_section_5(sandbox: SandboxProcess) -> None:
    api = Caller(sandbox)
    mandate = api.mandate(customer_bank_account=api.account()["id"], account_validation=True)
    api.sandbox.advance(60)
    bulk = api.bulk("payments", [{}]).json()["api_request"]
    ids = {
        "CA01": api.customer()["id"],
        "BA01": mandate["customer_bank_account"],
        "M01": mandate["id"],
        "AV01": mandate["account_validation_id"],
        "RS01": api.schedule(auddis=mandate["auddis"])["id"],
        "AC01": api.make("bank_account_check", **ACCOUNT, check_type=1, account_type=1)["id"],
        "P01": api.payment(auddis=mandate["auddis"])["id"],
        "CR01": api.credit(auddis=mandate["auddis"])["ID"],
        "AR01": bulk["id"],
        "OB01": mandate["client_bank_account_id"],
    }
    for prefix, record_id in ids.items():
        body = record_id.removeprefix(prefix)
        assert len(body) == 16
        assert body.isascii()
        assert body == body.upper()
        assert body.isalnum()
    api.close()
