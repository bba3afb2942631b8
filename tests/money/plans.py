"""Builds plans for tests; each test changes what it is about."""

from datetime import date

from smarterpay.money.plans import Plan, PlannedRow

PLANNER = "Pia Planner"


def a_row(number: int = 0, pence: int = 2500, **changes: object) -> PlannedRow:
    """One collection of £25."""
    values: dict[str, object] = {
        "number": number,
        "reference": f"INV-{number:04}",
        "amount_pence": pence,
        "what": "single",
        "on": date(2026, 6, 10),
        "sha256": f"{number:064x}",
        **changes,
    }
    return PlannedRow(**values)  # type: ignore[arg-type] # given by name, as the test has them


def a_plan(*pence: int, subject: str = "collection-260601-abcdef", **changes: object) -> Plan:
    """A plan with a row for each amount."""
    values: dict[str, object] = {
        "kind": "collection",
        "subject": subject,
        "planner": PLANNER,
        "rows": [a_row(number, one) for number, one in enumerate(pence or (2500,))],
        "told": {"calls": 2, "minutes": 0.1},
        **changes,
    }
    return Plan(**values)  # type: ignore[arg-type] # given by name, as the test has them
