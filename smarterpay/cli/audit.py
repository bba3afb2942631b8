"""`smarterpay audit`: who did what, when, to what; and whether the trail is as it was written."""

import json
from datetime import date, datetime, time

import click

from smarterpay.cli.exit_codes import Failure
from smarterpay.cli.opening import open_journal, read_settings
from smarterpay.cli.printing import screen
from smarterpay.clock import LONDON
from smarterpay.journal.audit import AuditLine, AuditTrailBroken


def print_trail(
    *, subject: str | None, actor: str | None, since: date | None, as_json: bool
) -> None:
    """Print the lines asked for, in order; `since` is a London date."""
    begin = datetime.combine(since, time(), LONDON) if since else None
    with open_journal(read_settings()) as journal:
        for line in journal.audit.each(subject=subject, actor=actor, since=begin):
            if as_json:
                click.echo(json.dumps(_document(line), ensure_ascii=False))
            else:
                screen.print(_in_words(line), soft_wrap=True, markup=False)


def verify_trail() -> None:
    """Read the whole chain; raises `Failure` that names the first line that was bent."""
    with open_journal(read_settings()) as journal:
        try:
            last = journal.audit.verify()
        except AuditTrailBroken as error:
            raise Failure(f"{error}. Compare it with a backup of the journal.") from error
    if last is None:
        screen.print("The audit trail is empty.")
    else:
        told = f"{last.number} lines, each as it was written. The last: {last.sha256}"
        screen.print(told, soft_wrap=True)


def _in_words(line: AuditLine) -> str:
    details = ", ".join(f"{name}={_text(value)}" for name, value in sorted(line.details.items()))
    return f"{line.number}  {line.at:%Y-%m-%d %H:%M:%S}Z  {line.actor}  {line.action}  " + (
        f"{line.subject}  {details}" if details else line.subject
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _document(line: AuditLine) -> dict[str, object]:
    return {
        "number": line.number,
        "at": line.at.isoformat(),
        "actor": line.actor,
        "action": line.action,
        "subject": line.subject,
        "details": line.details,
        "previous_sha256": line.previous_sha256,
        "sha256": line.sha256,
    }
