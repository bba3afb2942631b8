"""The documentation page at `/docs`, rendered here and needing no network; knows no state."""

from functools import cache
from html import escape
from typing import Any

from smarterpay.sandbox.answers import Answer
from smarterpay.sandbox.faults import KINDS
from smarterpay.sandbox.openapi import describe

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:1rem 2rem}
details{border:1px solid #ccc;border-radius:4px;margin:.4rem 0;padding:.4rem .8rem}
summary{cursor:pointer}code{font:13px ui-monospace,monospace}table{border-collapse:collapse}
td,th{border:1px solid #ddd;padding:.2rem .5rem;text-align:left;vertical-align:top}
.method{display:inline-block;font-weight:600;width:4.5rem}
"""

_FAULT_EXAMPLE = (
    '{"kind": "drop-after", "times": 1, "skip": 0, "method": "POST", "path": "/mandate", '
    '"probability": 1.0, "seed": 1, "seconds": 2, "stored": true, "after": false}; kinds: '
)
_CLOCK_EXAMPLE = (
    '{"advance": "25h"} or {"set": "2026-06-02T09:00"} or {"next_banking_day": true}; '
    '{"mode": "frozen"|"realtime"|"scaled", "scale": 60}'
)
_CONTROL_CALLS = (
    ("GET /_sandbox/clock", "What time it is: now, london, mode, waiting jobs."),
    ("POST /_sandbox/clock", _CLOCK_EXAMPLE),
    ("GET, POST, DELETE /_sandbox/faults", _FAULT_EXAMPLE + ", ".join(KINDS)),
    ("GET, POST /_sandbox/settings", "The switches, by name."),
    ("POST /_sandbox/reset", 'Start afresh; {"seed": 2} for other ids.'),
    ("GET, POST /_sandbox/snapshot", "The whole state, to take and to put back."),
    ("POST /_sandbox/validations/{id}/complete", '{"outcome": "match"|"nomatch"|"error"}'),
    ("POST /_sandbox/mandates/{id}/cancel-by-originator", "Ends the mandate so."),
    ("GET /_sandbox/books?records=1", "Counts per resource, figures, and the records."),
    ("GET /_sandbox/requests?limit=100", "The last calls: no bodies, no tokens."),
)


@cache
def docs_page() -> Answer:
    """The page as served at `/docs`."""
    document = describe()
    sections: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            shown = _operation(method.upper(), path, operation)
            sections.setdefault(operation["tags"][0], []).append(shown)
    body = "".join(f"<h2>{escape(tag)}</h2>{''.join(shown)}" for tag, shown in sections.items())
    control = "".join(
        f"<tr><td><code>{escape(call)}</code></td><td>{escape(text)}</td></tr>"
        for call, text in _CONTROL_CALLS
    )
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>SmarterPay sandbox</title><style>{_STYLE}</style></head><body>"
        "<h1>SmarterPay sandbox</h1><p>Made from the tables the sandbox itself runs on. "
        'Machine-readable: <a href="/openapi.json">/openapi.json</a>. '
        "Token: <code>Authorization: Bearer sandbox-key</code>.</p>"
        f"{body}<h2>Control calls</h2><table>{control}</table></body></html>"
    )
    return Answer(200, page.encode(), "text/html; charset=utf-8")


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    rows = ""
    envelope = ""
    for name, schema in content.get("schema", {}).get("properties", {}).items():
        envelope = name
        mandatory = set(schema.get("required", ()))
        rows = "".join(
            f"<tr><td><code>{escape(field)}</code></td>"
            f"<td>{'mandatory' if field in mandatory else ''}</td>"
            f"<td><code>{escape(_brief(rule))}</code></td></tr>"
            for field, rule in schema["properties"].items()
        )
    request = f"<p>Envelope <code>{escape(envelope)}</code></p><table>{rows}</table>"
    query = ", ".join(
        f"<code>{escape(parameter['name'])}</code>"
        for parameter in operation["parameters"]
        if parameter["in"] == "query"
    )
    return (
        f'<details><summary><span class="method">{method}</span><code>{escape(path)}</code> '
        f"{escape(operation['summary'])}</summary><p>{escape(operation['description'])}</p>"
        f"{request if rows else ''}{f'<p>Query: {query}</p>' if query else ''}</details>"
    )


def _brief(rule: dict[str, Any]) -> str:
    """A rule in a few words, for one cell of a table."""
    parts = []
    for name, value in rule.items():
        shown = " | ".join(str(item) for item in value) if isinstance(value, list) else value
        parts.append(str(shown) if name in {"type", "enum"} else f"{name} {shown}")
    return ", ".join(parts)
