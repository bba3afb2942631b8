"""`smarterpay demo`: sandbox, Prefect server and 60 customers, with nothing to set up."""

import os
import shutil
import time
from pathlib import Path
from typing import Any

import httpx

from smarterpay.cli.applying import apply_batch
from smarterpay.cli.exit_codes import Failure
from smarterpay.cli.opening import open_journal, read_settings
from smarterpay.cli.printing import (
    console,
    outcome_counts,
    print_batch,
    print_json,
    print_rejects,
    screen,
)
from smarterpay.cli.services import Services, provider_today, running_services
from smarterpay.intake.staging import ValidationPolicy, stage_customers
from smarterpay.journal import Journal
from smarterpay.journal.batch_kinds import ONBOARDING
from smarterpay.journal.batches import RowState
from smarterpay.orchestration.local_server import free_port, running_server

CUSTOMERS = Path(__file__).with_name("customers.csv")
#: Everything the sandbox can check, so that every test value shows what it does.
POLICY = ValidationPolicy(confirmation_of_payee=True, open_banking=True)
#: Customers sign in at their bank within a minute (reference, section 13).
SIGN_IN_SECONDS = 61
#: What the sandbox's books list, and the field that no two records of one customer share.
UNIQUE_BY = {
    "customer_accounts": "custom_reference",
    "bank_accounts": "custom_reference",
    "mandates": "customer_bank_account",
    "recurrence_schedules": "custom_reference",
}


def run_demo(*, leave_after: bool, as_json: bool) -> None:
    """Do what `smarterpay demo` promises; serves until Ctrl-C unless `leave_after`.

    Raises `Failure` when a demo runs already, or something does not start.
    """
    _have_a_home_of_its_own(read_settings().home / "demo")
    console.print("Starting sandbox and Prefect server ...")
    with running_services(
        read_settings(), sandbox_port=free_port(), prefect_port=free_port()
    ) as services:
        with open_journal(services.settings) as journal:
            batch_id = _onboard(journal, services)
            document = _document(journal, batch_id, services)
            if not as_json:
                _print(journal, batch_id, services, document)
        if as_json:
            print_json(document)
        if not leave_after:
            _serve(services)


def _have_a_home_of_its_own(home: Path) -> None:
    """A fresh folder, and no setting of the user's own provider: a demo touches neither."""
    running = running_server(home / "prefect")
    if running is not None:
        raise Failure(f"a demo is running already: {running.removesuffix('/api')}")
    shutil.rmtree(home, ignore_errors=True)
    for name in list(os.environ):
        if name.startswith("SMARTERPAY_") or name == "PREFECT_API_URL":
            del os.environ[name]
    os.environ["SMARTERPAY_HOME"] = str(home)


def _onboard(journal: Journal, services: Services) -> str:
    today = provider_today(services.settings)
    batch_id = stage_customers(journal, CUSTOMERS, POLICY, today=today)
    apply_batch(journal, batch_id, services)
    # By now the customers wait for their account validation: let the simulated minute pass in
    # which they sign in at their bank, and go on with them.
    _control(services, "clock", {"advance": SIGN_IN_SECONDS})
    console.print("A minute passes in the sandbox; the customers have signed in at their bank.")
    apply_batch(journal, batch_id, services)
    return batch_id


def _document(journal: Journal, batch_id: str, services: Services) -> dict[str, Any]:
    batch = journal.batches.get(batch_id)
    counts = outcome_counts(ONBOARDING, journal.batches.counts(batch_id))
    books = _books(services)
    return {
        "rows": batch.rows_total,
        "onboarded": counts["onboarded"],
        "rejected": counts["rejected"],
        "refused": counts["refused"],
        "waiting": counts["waiting"],
        "unknown": counts["unknown"] + counts["needs_attention"] + counts["not_begun"],
        "provider": books["provider"],
        "http_429": books["http_429"],
        "duplicates": books["duplicates"],
        "flow_run_url": services.flow_run_url(batch.flow_run_id),
    }


def _print(journal: Journal, batch_id: str, services: Services, document: dict[str, Any]) -> None:
    batches = journal.batches
    rejected = batches.counts(batch_id).get(RowState.REJECTED, 0)
    if rejected:
        print_rejects(batches.each_reject(batch_id), rejected)
    print_batch(batches, batches.get(batch_id))
    provider = ", ".join(
        f"{count} {name.replace('_', ' ')}" for name, count in document["provider"].items()
    )
    screen.print(f"On the provider's side: {provider}.")
    screen.print(f"Duplicates: {document['duplicates']}. 429s: {document['http_429']}.")
    # Not wrapped: half an address cannot be followed.
    screen.print(f"The run in the Prefect UI: {document['flow_run_url']}", soft_wrap=True)
    screen.print(f"The sandbox: {services.sandbox_url}/_sandbox/", soft_wrap=True)


def _books(services: Services) -> dict[str, Any]:
    """What the sandbox's own books say, not what our journal believes."""
    answer = httpx.get(f"{services.sandbox_url}/_sandbox/books?records=1", timeout=60)
    answer.raise_for_status()
    return provider_counts(answer.json())


def provider_counts(books: dict[str, Any]) -> dict[str, Any]:
    """Records by resource, and how many stand twice for one customer."""
    records = books["records"]
    twice = 0
    for resource, unique in UNIQUE_BY.items():
        owners = [record[unique] for record in records[resource]]
        twice += len(owners) - len(set(owners))
    return {
        "provider": {resource: len(records[resource]) for resource in UNIQUE_BY},
        "http_429": books["protocol"]["http_429"],
        "duplicates": twice,
    }


def _control(services: Services, path: str, body: dict[str, Any]) -> None:
    answer = httpx.post(f"{services.sandbox_url}/_sandbox/{path}", json=body, timeout=60)
    answer.raise_for_status()


def _serve(services: Services) -> None:
    console.print(
        f"Serving until Ctrl-C: Prefect UI {services.ui_url}, "
        f"sandbox {services.sandbox_url}/_sandbox/",
        soft_wrap=True,
    )
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        console.print("Stopped. `smarterpay demo` starts afresh.")
