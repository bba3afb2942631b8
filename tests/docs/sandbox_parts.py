"""The generated parts of the sandbox's page, read off the tables it runs on; knows no prose."""

from smarterpay.sandbox import settings
from smarterpay.sandbox.docs.guide import FAULTS, control_calls, settings_rows, value_tables
from smarterpay.sandbox.timing.background import DAILY
from tests.docs.tables import table

_DELAYS = (
    ("INPUT", settings.INPUT_DELAY, "the run"),
    ("AUDDIS", settings.AUDDIS_DELAY, "the run that carried the mandate's 0N"),
    ("ADDACS", settings.ADDACS_DELAY, "the run that carried the mandate's 0N"),
    ("ARUDD", settings.RETURN_DELAY, "the collection date"),
    ("ARUCS", settings.RETURN_DELAY, "the credit date"),
    ("AWACS", settings.RETURN_DELAY, "the credit date"),
    ("DDICA", settings.DDICA_DELAY, "the collection date"),
)


def sandbox_parts() -> dict[str, str]:
    """Every generated part of the sandbox's page by what it is."""
    return {
        "sandbox day": _day(),
        "sandbox delays": _delays(),
        "sandbox control calls": table(
            ("Call", "What it does"), ((f"`{call}`", text) for call, text in control_calls())
        ),
        "sandbox test values": _values(),
        "sandbox faults": table(
            ("Kind", "What is seen of it"), ((f"`{kind}`", text) for kind, text in FAULTS.items())
        ),
        "sandbox settings": table(
            ("Setting", "Default", "What it says"),
            ((f"`{name}`", f"`{default}`", text) for name, default, text in settings_rows()),
        ),
    }


def _day() -> str:
    rows = (
        (
            f"{daily.hour:%H:%M}",
            daily.task.replace("_", " "),
            "banking days" if daily.banking_days_only else "every day",
        )
        for daily in DAILY
    )
    return table(("At", "Work", "On"), rows)


def _delays() -> str:
    hour = f"{settings.REPORTS_TIME:%H:%M}"
    rows = [
        (f"{family} report", f"{days} banking day{'' if days == 1 else 's'} after {since}, {hour}")
        for family, days, since in _DELAYS
    ]
    settled = f"{settings.SETTLEMENT_TIME:%H:%M}, `success_days` banking days after its date"
    return table(("What", "When"), [*rows, ("An item that did not come back is settled", settled)])


def _values() -> str:
    parts = []
    for one in value_tables():
        given = f"{one.given[0].upper()}{one.given[1:]}"
        rows = ((f"`{value}`", effect) for value, effect in one.rows)
        parts.append(f"### {one.title}\n\n{table((given, 'Effect'), rows)}")
        parts += [f"{one.note}\n"] if one.note else []
    return "\n".join(parts)
