"""`smarterpay approvals`, `approve`, `reject` and `audit`, on a real journal."""

import getpass
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from smarterpay.cli import main
from smarterpay.journal import Journal
from smarterpay.money.plans import Plan
from smarterpay.money.thresholds import Reason, Threshold
from smarterpay.settings import Settings
from tests.docs.pages import DOCS
from tests.money.plans import PLANNER, a_plan

CLI = (DOCS / "reference" / "cli.md").read_text("utf-8")
PLAN = a_plan(200_000)
REASONS = [Reason(Threshold.ROW_PENCE, 100_000, 200_000)]
Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`smarterpay ...` with a home of its own and no Prefect server anywhere."""
    monkeypatch.setenv("SMARTERPAY_HOME", str(tmp_path))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    return lambda *arguments: CliRunner().invoke(main, arguments)


@pytest.fixture
def journal(command: Command) -> Iterator[Journal]:
    """The journal the command works on."""
    with Journal.open(Settings()) as opened:
        yield opened


def ask(journal: Journal, plan: Plan = PLAN) -> None:
    """Have a run of that plan ask, that has ended meanwhile."""
    now = journal.clock.now()
    request = journal.approvals.ask(plan, REASONS, now, flow_run_id="0" * 32)
    assert request is not None


def test_what_asks_is_listed_for_people_and_for_scripts(command: Command, journal: Journal) -> None:
    assert command("approvals").output == "Nothing asks for approval.\n"
    ask(journal)
    listed = command("approvals").output
    for told in (PLAN.subject, PLAN.sha256[:12], PLANNER, "£2,000.00", "above £1,000.00"):
        assert told in listed
    (document,) = json.loads(command("approvals", "--json").output)
    assert document["plan_sha256"] == PLAN.sha256
    assert document["reasons"] == ["One row is £2,000.00, above £1,000.00"]
    assert all(f"| `{key}` |" in CLI for key in document)


def test_a_plan_is_approved_by_its_digest_and_the_command_says_how_to_go_on(
    command: Command, journal: Journal
) -> None:
    ask(journal)
    done = command("approve", PLAN.sha256[:12], "--by", "Bob", "--note", "as agreed")
    assert (done.exit_code, "No run was reached" in done.stdout) == (0, True)
    assert f"smarterpay batch resume {PLAN.subject}" in done.stderr
    standing = journal.approvals.standing(PLAN.subject)
    assert standing is not None
    assert standing.decided is not None
    assert (standing.decided.approver, standing.decided.note) == ("Bob", "as agreed")
    *_, line = journal.audit.each()
    assert (line.actor, line.details["login"]) == ("Bob", getpass.getuser())
    again = command("reject", PLAN.subject, "--by", "Cleo")
    assert (again.exit_code, "decided already" in again.stderr) == (1, True)


def test_a_plan_is_rejected_by_its_batch_and_by_the_login(
    command: Command, journal: Journal
) -> None:
    ask(journal)
    done = command("reject", PLAN.subject)
    assert (done.exit_code, "rows stay as they were staged" in done.stdout) == (0, True)
    *_, line = journal.audit.each()
    assert (line.actor, line.action) == (getpass.getuser(), "approval.rejected")
    assert "login" not in line.details


def test_whoever_planned_it_is_refused_also_by_login(command: Command, journal: Journal) -> None:
    ask(journal, a_plan(200_000, planner=getpass.getuser().upper()))
    for decision in ("approve", "reject"):
        done = command(decision, PLAN.subject)
        assert (done.exit_code, "somebody else has to" in done.stderr) == (1, True)


def test_nobody_plans_or_decides_without_a_name(command: Command, journal: Journal) -> None:
    refund = ("refund", "--reference", "R", "--payment", "P", "--amount", "1.00", "--reason", "x")
    for arguments in (refund, ("approve", PLAN.subject)):
        done = command(*arguments, "--by", "--")
        assert (done.exit_code, "letters or digits" in done.stderr) == (1, True)
    assert journal.batches.list() == []


def test_a_plan_nobody_asks_about_is_exit_code_1(command: Command) -> None:
    done = command("approve", "collection-260601-nosuch", "--by", "Bob")
    assert done.exit_code == 1
    assert "no request for approval of collection-260601-nosuch stands" in done.stderr


def test_the_audit_trail_is_read_and_verified(command: Command, journal: Journal) -> None:
    assert command("audit", "--verify").output == "The audit trail is empty.\n"
    ask(journal)
    command("approve", PLAN.subject, "--by", "Bob")
    journal.audit.append("Cleo", "batch.looked-at", "B-2", {}, journal.clock.now())

    printed = command("audit", "--subject", PLAN.subject).output
    assert [line.split("  ")[2:4] for line in printed.splitlines()] == [
        [PLANNER, "approval.requested"],
        ["Bob", "approval.approved"],
    ]
    assert command("audit", "--actor", "Cleo").output.endswith("Cleo  batch.looked-at  B-2\n")
    assert command("audit", "--since", "2999-01-01").output == ""
    lines = [json.loads(line) for line in command("audit", "--json").output.splitlines()]
    assert [line["number"] for line in lines] == [1, 2, 3]
    assert all(f"| `{key}` |" in CLI for key in lines[0])
    whole = command("audit", "--verify")
    assert whole.output == f"3 lines, each as it was written. The last: {lines[-1]['sha256']}\n"

    with journal.database.write() as connection:
        connection.execute(text("DROP TRIGGER audit_trail_no_update"))
        connection.execute(text("UPDATE audit_trail SET actor = 'Eve' WHERE number = 2"))
    bent = command("audit", "--verify")
    assert bent.exit_code == 1
    assert "line 2 of the audit trail was changed after it was written" in bent.stderr
