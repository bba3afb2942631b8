"""`smarterpay approve`, `reject` and `approvals`: decisions on plans from a terminal."""

import asyncio
import os
from collections.abc import Mapping
from typing import Any

from smarterpay.cli.exit_codes import Failure
from smarterpay.cli.opening import open_journal, read_settings
from smarterpay.cli.printing import console, print_json, screen
from smarterpay.cli.who import login, who_types
from smarterpay.journal import Journal
from smarterpay.journal.approval_requests import (
    Decision,
    DecisionRefused,
    Request,
    answer_of,
    summary_of,
)
from smarterpay.orchestration.local_server import client_environment, running_server
from smarterpay.settings import Settings

#: How a decision was made, as the journal keeps it.
BY_TERMINAL = "terminal"


def list_approvals(*, as_json: bool) -> None:
    """Print every plan that can be decided on now, the oldest request first."""
    with open_journal(read_settings()) as journal:
        found = journal.approvals.undecided(journal.clock.now())
    if as_json:
        print_json([_document(one) for one in found])
        return
    if not found:
        screen.print("Nothing asks for approval.")
    for one in found:
        _print(one)


def decide_on(plan_or_subject: str, decision: Decision, *, by: str | None, note: str) -> None:
    """Decide on a plan, by its digest or by its batch, and let the run that waits go on.

    Raises `Failure` where no request stands, or where the decision does not count.
    """
    approver, settings = who_types(by), read_settings()
    with open_journal(settings) as journal:
        request = _standing(journal, plan_or_subject)
        _print(request)
        try:
            decided = journal.approvals.decide(
                request.id,
                decision,
                approver=approver,
                plan=request.plan_sha256,
                via=BY_TERMINAL,
                now=journal.clock.now(),
                note=note,
                login=login(),
            )
        except DecisionRefused as error:
            raise Failure(str(error)) from error
    goes_on = _let_go_on(settings, decided)
    if decision is Decision.REJECTED:
        screen.print("Rejected. It can be applied no more; its rows stay as they were staged.")
    elif goes_on:
        screen.print("Approved. The run that waited goes on.")
        # Prefect does not know of a process that was killed while its run waited.
        console.print(
            f"Should its process have ended: smarterpay batch resume {request.subject}",
            soft_wrap=True,
        )
    else:
        screen.print("Approved. No run was reached that waits for it.")
        console.print(f"To go on: smarterpay batch resume {request.subject}", soft_wrap=True)


def _standing(journal: Journal, plan_or_subject: str) -> Request:
    request = journal.approvals.standing(plan_or_subject)
    if request is None:
        raise Failure(
            f"no request for approval of {plan_or_subject} stands; `smarterpay approvals` shows"
            " what is asked"
        )
    return request


def _let_go_on(settings: Settings, request: Request) -> bool:
    """Whether the run that waits for the decision goes on by it."""
    if request.flow_run_id is None or request.decided is None:
        return False
    if "PREFECT_API_URL" not in os.environ:
        folder = settings.home / "prefect"
        api_url = running_server(folder)
        if api_url is None:
            return False
        os.environ.update(client_environment(folder, api_url))
    # Prefect reads its settings when it is imported, and takes seconds for it.
    from smarterpay.orchestration.waiting_runs import let_go_on  # noqa: PLC0415

    answer = answer_of(request, request.decided)
    return asyncio.run(let_go_on(request.flow_run_id, answer))


def _print(request: Request) -> None:
    screen.print(f"[bold]{request.subject}[/bold]", soft_wrap=True)
    for name, text in summary_of(request):
        screen.print(f"  {name}: {text}", soft_wrap=True, markup=False)


def _document(request: Request) -> Mapping[str, Any]:
    return {
        "subject": request.subject,
        "kind": request.kind,
        "plan_sha256": request.plan_sha256,
        "planner": request.planner,
        "rows": request.rows_total,
        "amount_pence": request.amount_pence,
        "largest_row_pence": request.largest_row_pence,
        "told": request.told,
        "reasons": [reason.in_words for reason in request.reasons],
        "asked_at": request.asked_at.isoformat(),
        "expires_at": request.expires_at.isoformat(),
        "flow_run_id": request.flow_run_id,
    }
