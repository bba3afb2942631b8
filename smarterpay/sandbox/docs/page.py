"""The documentation page at `/docs`, rendered here and needing no network; knows no state."""

import re
from functools import lru_cache
from html import escape
from typing import Any

from smarterpay.sandbox.docs.guide import (
    FAULTS,
    FIRST_CALL,
    Rows,
    control_calls,
    settings_rows,
    value_tables,
)
from smarterpay.sandbox.docs.openapi import base_paths, fields_schema
from smarterpay.sandbox.http.answers import Answer
from smarterpay.sandbox.http.resource import Resource, Route

_STYLE = """
:root{color-scheme:light dark;--line:#8884;--soft:#8881}
body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:62rem;padding:1rem 2rem 4rem}
nav a{display:inline-block;margin:0 .9rem .2rem 0}h2{margin:2.2rem 0 .4rem}
details{border:1px solid var(--line);border-radius:4px;margin:.4rem 0;padding:.35rem .8rem}
summary{cursor:pointer}code,pre{font:13px ui-monospace,monospace}
code{overflow-wrap:anywhere}pre{background:var(--soft);padding:.8rem;overflow-x:auto}
table{border-collapse:collapse;margin:.5rem 0}
td:first-child code{white-space:nowrap}
td,th{border:1px solid var(--line);padding:.2rem .5rem;text-align:left;vertical-align:top}
.method{display:inline-block;font-weight:600;width:4.5rem}.note{opacity:.7;margin-left:.6rem}
"""
MOST_CHOICES = 20
_TICKS = re.compile(r"`([^`]+)`")
_GUIDE: tuple[tuple[str, str], ...] = (
    ("start", "Start"),
    ("test-values", "Test values"),
    ("control-calls", "Control calls"),
    ("faults", "Faults"),
    ("settings", "Settings"),
)


@lru_cache(maxsize=16)
def docs_page(origin: str) -> Answer:
    """The page for a reader who came by `origin`, scheme and host of this sandbox."""
    services = [
        (base, resource, _anchor(resource.service))
        for base, resources in base_paths()
        for resource in resources
    ]
    named = [*_GUIDE[:1], *((anchor, one.service) for _, one, anchor in services), *_GUIDE[1:]]
    links = "".join(f'<a href="#{anchor}">{escape(name)}</a>' for anchor, name in named)
    operations = "".join(_service(base, resource, anchor) for base, resource, anchor in services)
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>SmarterPay sandbox</title><style>{_STYLE}</style></head><body>"
        "<h1>SmarterPay sandbox</h1><p>A stand-in for SmarterPay. This page is made from the "
        'tables the sandbox runs on; for programs there is <a href="/openapi.json">'
        '/openapi.json</a>, and <a href="/_sandbox/">a page</a> for clock, books and reports.</p>'
        f"<nav>{links}</nav>{_start(origin)}{operations}{_guide()}"
        "</body></html>"
    )
    return Answer(200, page.encode(), "text/html; charset=utf-8")


def _start(origin: str) -> str:
    return f'<h2 id="start">Start</h2><pre>{escape(FIRST_CALL.format(origin=origin))}</pre>'


def _guide() -> str:
    settings = tuple(
        (name, f"Default `{default}`. {text}") for name, default, text in settings_rows()
    )
    values = "".join(
        f'<h3 id="{one.anchor}">{one.title}</h3>{_table(_prose(one.given), "Effect", one.rows)}'
        f"<p>{one.note}</p>"
        for one in value_tables()
    )
    return (
        '<h2 id="test-values">Test values</h2><p>What is not listed succeeds.</p>'
        f'{values}<h2 id="control-calls">Control calls</h2><p>They need no token. For a person '
        'there is <a href="/_sandbox/">a page with buttons</a>.</p>'
        f"{_table('Call', 'What it does', control_calls())}"
        f'<h2 id="faults">Faults</h2>{_table("Kind", "What is seen", tuple(FAULTS.items()))}'
        f'<h2 id="settings">Settings</h2>{_table("Setting", "What it says", settings)}'
    )


def _service(base: str, resource: Resource, anchor: str) -> str:
    shown = "".join(_operation(base, route) for route in resource.routes)
    section = f"Reference, section {resource.routes[0].section}."
    heading = f'<h2 id="{anchor}">{escape(resource.service)}</h2>'
    return f"{heading}<p>{_prose(f'{section} {resource.rules}')}</p>{shown}"


def _operation(base: str, route: Route) -> str:
    answer = ", ".join(f"<code>{escape(name)}</code>" for name in route.answer)
    envelope = f" in <code>{escape(route.answer_envelope)}</code>" if route.answer_envelope else ""
    sorting = ", ".join(f"<code>{escape(name)}</code>" for name in route.sort_fields)
    filters = "".join(f"<code>{escape(name)}</code>, " for name in route.filters)
    listing = (
        "<p>Query: <code>limit</code>, <code>page_no</code>, <code>sort_order</code>, "
        "<code>created_from</code>, <code>created_to</code>, <code>id</code>, "
        "<code>status</code>, <code>custom_reference</code>, "
        f"{filters}and <code>sort_field</code>: {sorting}.</p>"
    )
    return (
        f'<details><summary><span class="method">{route.method}</span>'
        f"<code>{escape(base + route.path)}</code>"
        f'<span class="note">{escape(route.summary)}</span></summary>{_request(route)}'
        f"{listing if route.listing else ''}<p>Answers{envelope}: {answer}.</p></details>"
    )


def _request(route: Route) -> str:
    """The envelope of the request and its fields, nothing where there is no body."""
    request = route.request
    if request is None:
        return ""
    if request.variants:
        return "".join(
            f"<p><code>{escape(name)}</code> takes:</p>{_fields(fields_schema(request, fields))}"
            for name, fields in request.variants.items()
        )
    envelope = f" in <code>{escape(request.envelope)}</code>" if request.envelope else ""
    most = request.most_rows
    each = f", an array of 1 to {most} rows, each of" if most else ""
    return f"<p>Takes{envelope}{each}:</p>{_fields(fields_schema(request))}"


def _fields(schema: dict[str, Any]) -> str:
    mandatory = set(schema.get("required", ()))
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code></td>"
        f"<td>{'mandatory' if field in mandatory else ''}</td>"
        f"<td><code>{escape(_brief(rule))}</code></td></tr>"
        for field, rule in schema["properties"].items()
    )
    return f"<table>{rows}</table>"


def _brief(rule: dict[str, Any]) -> str:
    """A rule in a few words, for one cell of a table."""
    parts = []
    for name, value in rule.items():
        shown = _choices(value) if isinstance(value, list) else value
        parts.append(str(shown) if name in {"type", "enum"} else f"{name} {shown}")
    return ", ".join(parts)


def _choices(words: list[Any]) -> str:
    """The words of a set; of a long one, such as all currencies, its first."""
    shown = [str(word) for word in words[:MOST_CHOICES]]
    return " | ".join([*shown, "..."] if len(words) > MOST_CHOICES else shown)


def _table(left: str, right: str, rows: Rows) -> str:
    body = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{_prose(text)}</td></tr>"
        for name, text in rows
    )
    return f"<table><tr><th>{left}</th><th>{right}</th></tr>{body}</table>"


def _prose(text: str) -> str:
    """Text as HTML, what stands between backticks as code."""
    return _TICKS.sub(r"<code>\1</code>", escape(text, quote=False))


def _anchor(service: str) -> str:
    return service.lower().replace(" ", "-")
