"""Which answer of the provider stops a row, at which step, under which reason (section 13).

Each table is one batch in one real flow run against the sandbox.
"""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

import pytest

from smarterpay.intake.customer_row import CustomerRow
from smarterpay.intake.staging import ValidationPolicy
from smarterpay.journal.batches import RowState
from smarterpay.journal.keys import derive_key, merchant_namespace
from smarterpay.orchestration.runtime import Runtime
from tests.api import builders
from tests.api.scripted_server import ScriptedServer, answer
from tests.flow_process import FlowProcess
from tests.flows.batches import PERSONAL, a_customer, outcomes, stage
from tests.sandbox_process import SandboxProcess

VALIDATION = "bank account validation"
CUSTOMER, CHECK, BANK_ACCOUNT, MANDATE, SCHEDULE = (
    "customer_account",
    "bank_account_check",
    "bank_account",
    "mandate",
    "recurrence_schedule",
)


class Stands(NamedTuple):
    """Where a row ends: state, step, reason, and the records that stand by then."""

    state: RowState
    step: str | None
    reason: str | None
    records: tuple[str, ...]


ONBOARDED = Stands(RowState.SUCCEEDED, None, None, (BANK_ACCOUNT, CUSTOMER, MANDATE, SCHEDULE))
CHECKED_AND_ONBOARDED = ONBOARDED._replace(
    records=(BANK_ACCOUNT, CHECK, CUSTOMER, MANDATE, SCHEDULE)
)


def refused(reason: str, *records: str, step: str = VALIDATION) -> Stands:
    return Stands(RowState.REFUSED, step, reason, records)


def where_they_stand(runtime: Runtime, batch: str) -> dict[str, Stands]:
    """What became of each row."""
    return {
        reference: Stands(row.state, row.step, row.reason, tuple(sorted(row.record_ids)))
        for reference, row in outcomes(runtime.journal, batch).items()
    }


MODULUS_ONLY: Mapping[str, tuple[dict[str, str], Stands]] = {
    "GOOD": ({}, ONBOARDED),
    "NO-ACCOUNT": ({"account_number": "12345900"}, refused("modulus-check-failed", CUSTOMER)),
    "NO-DEBITS": ({"account_number": "12345901"}, refused("direct-debits-not-allowed", CUSTOMER)),
    "NO-CREDITS": ({"account_number": "12345902"}, ONBOARDED),
    # Nobody asked the payee's bank or the payer, so these names mean nothing.
    "NAME": ({"account_name": "A NOMATCH"}, ONBOARDED),
    "PENDING": ({"account_name": "A PENDING"}, ONBOARDED),
}
PAYEE_CONFIRMED: Mapping[str, tuple[dict[str, str], Stands]] = {
    "GOOD": ({}, CHECKED_AND_ONBOARDED),
    "BUSINESS": ({"company_name": "Example Ltd"}, CHECKED_AND_ONBOARDED),
    "LONG": ({"account_name": "A" * 90}, CHECKED_AND_ONBOARDED),
    "CLOSE": (
        {"account_name": "A CLOSE"},
        refused("confirmation-of-payee-close", CHECK, CUSTOMER),
    ),
    "NOMATCH": (
        {"account_name": "A NOMATCH"},
        refused("confirmation-of-payee-failed", CHECK, CUSTOMER),
    ),
    "WRONGTYPE": (
        {"account_name": "A WRONGTYPE"},
        refused("confirmation-of-payee-failed", CHECK, CUSTOMER),
    ),
    "NOTFOUND": (
        {"account_name": "A NOTFOUND"},
        refused("confirmation-of-payee-failed", CHECK, CUSTOMER),
    ),
    "NO-ACCOUNT": ({"account_number": "12345900"}, refused("modulus-check-failed", CUSTOMER)),
}
TO_THE_MANDATE = (BANK_ACCOUNT, CUSTOMER, MANDATE)


def waiting(reason: str) -> Stands:
    return Stands(RowState.WAITING, "mandate", reason, TO_THE_MANDATE)


#: Before and after the minute in which the sandbox's customers sign in at their bank.
OPEN_BANKING: Mapping[str, tuple[dict[str, str], Stands, Stands]] = {
    "GOOD": ({}, waiting("account-validation-pending"), ONBOARDED),
    "NOMATCH": (
        {"account_name": "A NOMATCH"},
        waiting("account-validation-pending"),
        refused("mandate-failed-validation", *TO_THE_MANDATE, step="mandate"),
    ),
    "PENDING": (
        {"account_name": "A PENDING"},
        waiting("account-validation-pending"),
        waiting("account-validation-pending"),
    ),
    "AVERROR": (
        {"account_name": "A AVERROR"},
        waiting("account-validation-pending"),
        waiting("account-validation-error"),
    ),
}


def staged(
    runtime: Runtime,
    table: Mapping[str, tuple[dict[str, str], *tuple[Stands, ...]]],
    *,
    confirmation_of_payee: bool = False,
    open_banking: bool = False,
) -> str:
    rows: list[CustomerRow] = [a_customer(name, **row[0]) for name, row in table.items()]
    policy = ValidationPolicy(
        confirmation_of_payee=confirmation_of_payee, open_banking=open_banking
    )
    return stage(runtime.journal, *rows, policy=policy)


def test_section_7_4_the_modulus_check_is_always_made(flows: FlowProcess, runtime: Runtime) -> None:
    batch = staged(runtime, MODULUS_ONLY)
    done = flows.run("onboard_batch", batch)
    assert done["state"] == "Completed"
    assert where_they_stand(runtime, batch) == {n: row[1] for n, row in MODULUS_ONLY.items()}


def test_section_7_17_confirmation_of_payee_on_request(
    flows: FlowProcess, runtime: Runtime
) -> None:
    batch = staged(runtime, PAYEE_CONFIRMED, confirmation_of_payee=True)
    flows.run("onboard_batch", batch)
    assert where_they_stand(runtime, batch) == {n: row[1] for n, row in PAYEE_CONFIRMED.items()}


def test_section_7_17_a_close_match_passes_where_the_merchant_says_so(
    flows: FlowProcess, runtime: Runtime
) -> None:
    table = {name: PAYEE_CONFIRMED[name] for name in ("CLOSE", "NOMATCH")}
    batch = staged(runtime, table, confirmation_of_payee=True)
    flows.run("onboard_batch", batch, confirmation_of_payee_accepts_close=True)
    assert where_they_stand(runtime, batch) == {
        "CLOSE": CHECKED_AND_ONBOARDED,
        "NOMATCH": PAYEE_CONFIRMED["NOMATCH"][1],
    }


def test_section_7_3_an_account_validation_makes_the_row_wait(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess
) -> None:
    batch = staged(runtime, OPEN_BANKING, open_banking=True)
    flows.run("onboard_batch", batch)
    assert where_they_stand(runtime, batch) == {n: row[1] for n, row in OPEN_BANKING.items()}

    sandbox.advance("2m")
    flows.run("onboard_batch", batch)
    assert where_they_stand(runtime, batch) == {n: row[2] for n, row in OPEN_BANKING.items()}


async def test_section_7_17_a_check_without_a_result_makes_the_row_wait(
    flows: FlowProcess, runtime: Runtime
) -> None:
    unchecked = {**builders.BANK_ACCOUNT_CHECK_ANSWER["bank_account_check"]}
    unchecked["confirmation_of_payer"] = None
    batch = staged(runtime, {"GOOD": ({}, ONBOARDED)}, confirmation_of_payee=True)
    async with ScriptedServer(
        answer(200, builders.CUSTOMER_ANSWER),
        answer(200, builders.MODULUS_CHECK_ANSWER),
        answer(200, {"bank_account_check": unchecked}),
    ) as server:
        await asyncio.to_thread(flows.run, "onboard_batch", batch, cloud_base_url=server.url)
    assert where_they_stand(runtime, batch)["GOOD"] == Stands(
        RowState.WAITING, VALIDATION, "confirmation-of-payee-missing", (CHECK, CUSTOMER)
    )


@pytest.mark.parametrize("status", ["on hold", "cancelled", "expired", "cancelled by payer"])
async def test_section_7_7_a_mandate_that_cannot_collect_gets_no_schedule(
    flows: FlowProcess, runtime: Runtime, status: str
) -> None:
    unusable = {**builders.MANDATE_ANSWER["Mandate"], "dd_status": status}
    batch = staged(runtime, {"GOOD": ({}, ONBOARDED)})
    async with ScriptedServer(
        answer(200, builders.CUSTOMER_ANSWER),
        answer(200, builders.MODULUS_CHECK_ANSWER),
        answer(200, builders.BANK_ACCOUNT_ANSWER),
        answer(200, {"Mandate": unusable}),
    ) as server:
        await asyncio.to_thread(flows.run, "onboard_batch", batch, cloud_base_url=server.url)
        assert len(server.received) == 4
    reason = f"mandate-{status.replace(' ', '-')}"
    assert where_they_stand(runtime, batch)["GOOD"] == refused(
        reason, *TO_THE_MANDATE, step="mandate"
    )


def test_section_7_5_a_mandate_reference_that_is_taken_is_refused_by_the_provider(
    flows: FlowProcess, runtime: Runtime
) -> None:
    batch = stage(
        runtime.journal,
        a_customer("FIRST", mandate_reference="VEG-1"),
    )
    flows.run("onboard_batch", batch)
    second = stage(runtime.journal, a_customer("SECOND", mandate_reference="VEG-1"))

    done = flows.run("onboard_batch", second)

    assert (done["state"], done["message"]) == ("Completed", "1 refused")
    row = outcomes(runtime.journal, second)["SECOND"]
    assert Stands(row.state, row.step, row.reason, tuple(sorted(row.record_ids))) == refused(
        "provider-400", BANK_ACCOUNT, CUSTOMER, step="mandate"
    )
    assert row.message == (
        "the provider refused (Refused: auddis); correct the row and run it again"
    )


FAULTS = {
    "no answer": ("drop-after", "not-settled-unknown-executed"),
    "not let in": ("429", "not-settled-nothing-executed"),
}


@pytest.mark.parametrize(("kind", "reason"), FAULTS.values(), ids=FAULTS.keys())
def test_section_4_an_unsettled_row_is_unknown_and_the_others_go_on(
    flows: FlowProcess, runtime: Runtime, sandbox: SandboxProcess, kind: str, reason: str
) -> None:
    batch = stage(runtime.journal, a_customer("ONE"))
    sandbox.faults(kind=kind, method="POST", path="/bankaccount", times=2)

    flows.run("onboard_batch", batch, max_attempts=2, rate_window=0.01, rate_limit=100)

    stands = where_they_stand(runtime, batch)["ONE"]
    assert stands == Stands(RowState.UNKNOWN, VALIDATION, reason, (CUSTOMER,))


async def test_section_2_what_a_person_must_decide_is_said_so(
    flows: FlowProcess, runtime: Runtime
) -> None:
    """The customer account's key belongs to another request."""
    batch = stage(runtime.journal, a_customer("ONE"))
    namespace = merchant_namespace(runtime.settings.environment, runtime.settings.merchant)
    stranger = runtime.cloud.prepare("bank_account.create", builders.bank_account())
    await runtime.cloud.exchange(
        stranger, idempotency_key=derive_key(namespace, "customer_account.create", "ONE", 0)
    )

    await asyncio.to_thread(flows.run, "onboard_batch", batch)

    row = outcomes(runtime.journal, batch)["ONE"]
    assert (row.state, row.step, row.reason) == (
        RowState.NEEDS_ATTENTION,
        "customer account",
        "needs-attention",
    )
    assert "smarterpay intent show" in (row.message or "")


def test_no_reason_or_message_has_anything_personal(flows: FlowProcess, runtime: Runtime) -> None:
    table = {**MODULUS_ONLY, **{k: v for k, v in PAYEE_CONFIRMED.items() if k not in MODULUS_ONLY}}
    batch = staged(runtime, table, confirmation_of_payee=True)
    flows.run("onboard_batch", batch)
    said = " ".join(
        f"{row.step} {row.reason} {row.message}"
        for row in outcomes(runtime.journal, batch).values()
    )
    assert "ask the customer" in said
    for value in (*PERSONAL.values(), "12345900", "12345901"):
        assert value not in said
