"""`smarterpay doctor`: check what the program stands on, and say what to do about each fault."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
from pydantic import ValidationError
from rich.markup import escape

from smarterpay.api import SmarterPayError, TokenRefused
from smarterpay.api.hosts import base_url_from, token_source_from
from smarterpay.api.transport import checked_base_url
from smarterpay.bacs import table_age
from smarterpay.cli.exit_codes import FAILED, Failure, leave
from smarterpay.cli.modulus_tables import NEWER_TABLES, tables_of
from smarterpay.cli.opening import without_input
from smarterpay.cli.printing import print_json, screen
from smarterpay.cli.services import provider_today, sandbox_answers
from smarterpay.journal import Journal
from smarterpay.orchestration.cache_overrides import cache_overrides
from smarterpay.orchestration.local_server import answers, running_server
from smarterpay.settings import Settings

#: More skew than this spoils creation windows and schedules, in seconds.
WORST_SKEW = 120.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `remedy` is empty when all is well.

    Healthy with a remedy is a warning: it works, and something is to be done all the same.
    """

    check: str
    healthy: bool
    found: str
    remedy: str = ""


def run_checks(*, as_json: bool) -> None:
    """Print what each check found; leaves with exit code 1 if one is not well."""
    findings = examine()
    if as_json:
        print_json(
            [
                {"check": f.check, "healthy": f.healthy, "found": f.found, "remedy": f.remedy}
                for f in findings
            ]
        )
    else:
        for finding in findings:
            screen.print(f"{_mark(finding)} {finding.check}: {escape(finding.found)}")
            if finding.remedy:
                screen.print(f"      {escape(finding.remedy)}")
    if not all(finding.healthy for finding in findings):
        leave(FAILED)


def _mark(finding: Finding) -> str:
    if not finding.healthy:
        return "[red]fault[/red]"
    return "[yellow]warning[/yellow]" if finding.remedy else "[green]ok[/green]  "


def examine() -> list[Finding]:
    """Every check, each on its own: one fault hides no other."""
    try:
        settings = Settings()
    except ValidationError as error:
        return [Finding("settings", False, without_input(error), "Correct the SMARTERPAY_* name.")]
    checks: tuple[Callable[[Settings], Finding], ...] = (
        *(_settings, _journal, _prefect, _provider),
        _modulus_tables,
    )
    return [check(settings) for check in checks]


def _settings(settings: Settings) -> Finding:
    where = f"environment {settings.environment}, merchant {settings.merchant}, {settings.home}"
    try:
        token_source_from(settings)
    except SmarterPayError as error:
        remedy = "Set SMARTERPAY_API_KEY, or SMARTERPAY_OAUTH_CLIENT_ID and its secret."
        return Finding("settings", False, f"{where}: {error}", remedy)
    for name in cache_overrides():
        return Finding("settings", False, f"{name} is set", f"Unset {name}.")
    return Finding("settings", True, where)


def _journal(settings: Settings) -> Finding:
    try:
        with Journal.open(settings) as journal:
            counts = journal.intents.counts()
    except Exception as error:
        return Finding(
            "journal",
            False,
            f"out of reach ({type(error).__name__})",
            "Check SMARTERPAY_JOURNAL_URL and SMARTERPAY_HOME; without a journal nothing is sent.",
        )
    known = ", ".join(f"{count} {state}" for state, count in counts.items()) or "empty"
    kind = "SQLite" if settings.journal.startswith("sqlite") else "PostgreSQL"
    return Finding("journal", True, f"{kind}, intents: {known}")


def _prefect(settings: Settings) -> Finding:
    api_url = os.environ.get("PREFECT_API_URL") or running_server(settings.home / "prefect")
    if api_url is None:
        return Finding("prefect", True, "no server runs; commands start their own meanwhile")
    if answers(api_url):
        return Finding("prefect", True, f"server answers at {api_url}")
    return Finding("prefect", False, f"no answer from {api_url}", "Start it, or unset the URL.")


def _provider(settings: Settings) -> Finding:
    if settings.environment == "sandbox" and settings.cloud_base_url is None:
        url = f"http://127.0.0.1:{settings.sandbox_port}"
        if sandbox_answers(url):
            return Finding("provider", True, f"sandbox answers at {url}, with a clock of its own")
        return Finding("provider", True, "no sandbox runs; commands start their own meanwhile")
    try:
        # The token goes out here too, so the rule on plain HTTP holds here too.
        base = checked_base_url(base_url_from(settings, "cloud"))
        token = asyncio.run(token_source_from(settings).token()).get_secret_value()
        answer = httpx.get(
            f"{base}/serviceusernumber",
            params={"limit": 1},
            headers={"Authorization": f"Bearer {token}"},
            timeout=15,
            trust_env=False,
        )
    except TokenRefused as error:
        remedy = "Check SMARTERPAY_OAUTH_CLIENT_ID, its secret and SMARTERPAY_OAUTH_TOKEN_URL."
        return Finding("provider", False, f"no access token ({error.reason})", remedy)
    except Exception as error:
        return Finding(
            "provider",
            False,
            f"out of reach ({type(error).__name__})",
            "Check SMARTERPAY_ENVIRONMENT, SMARTERPAY_CLOUD_BASE_URL and the network.",
        )
    return _judge(base, answer)


def _judge(base: str, answer: httpx.Response) -> Finding:
    if answer.status_code in (401, 403, 498):
        remedy = "Set SMARTERPAY_API_KEY to a key of this environment."
        return Finding("provider", False, f"{base} refuses the token", remedy)
    if answer.status_code != 200:
        found = f"{base} answers {answer.status_code}"
        return Finding("provider", False, found, "Try again later, or ask SmarterPay.")
    skew = _skew(answer)
    if skew is not None and abs(skew) > WORST_SKEW:
        remedy = "Set this machine's clock (NTP)."
        return Finding("provider", False, f"our clock is {skew:+.0f} s off", remedy)
    return Finding("provider", True, f"{base} answers, clock skew {skew or 0:+.0f} s")


def _skew(answer: httpx.Response) -> float | None:
    date = answer.headers.get("date")
    if date is None:
        return None
    return (datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds()


def _modulus_tables(settings: Settings) -> Finding:
    check = "modulus tables"
    try:
        tables = tables_of(settings)
    except Failure as error:
        remedy = "Correct SMARTERPAY_MODULUS_WEIGHTS or _SUBSTITUTIONS, or download the file anew."
        return Finding(check, False, error.message, remedy)
    if tables is None:
        return Finding(check, True, "none, so account numbers are checked by format rules only")
    try:
        age = table_age(tables, provider_today(settings))
    except Failure as error:
        remedy = "Start the sandbox that has the clock, or unset SMARTERPAY_CLOCK_URL."
        return Finding(check, False, f"their age is not known: {error.message}", remedy)
    found = f"weight table of {age.dated}, {age.days} days old by its {age.source}"
    if age.stale:
        return Finding(check, True, f"{found}: stale", NEWER_TABLES)
    if tables.lacks_substitutions:
        remedy = "Set SMARTERPAY_MODULUS_SUBSTITUTIONS: sort codes that need it go unchecked."
        return Finding(check, True, f"{found}; no substitution table", remedy)
    return Finding(check, True, found)
