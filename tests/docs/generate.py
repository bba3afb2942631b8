"""Writes the generated parts of the pages: `python -m tests.docs.generate`; knows no prose.

What commands, settings, operations and the sandbox are is read from the code itself.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import annotated_types
import click
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from smarterpay.api.catalogue import OPERATIONS
from smarterpay.cli import main as smarterpay
from smarterpay.cli.operations import support
from smarterpay.settings import Settings
from tests.docs.operation_pages import operation_pages, title_of
from tests.docs.pages import DOCS, generated_parts, pages, with_generated
from tests.docs.sandbox_parts import sandbox_parts
from tests.docs.tables import table

WIDTH = 88
OPERATION_PAGES = DOCS / "reference" / "operations"


def parts() -> dict[str, str]:
    """Every generated part by what it is, as it has to stand on a page."""
    made = {f"help {name}": _console(text) for name, text in helps().items()}
    made["settings"] = _settings()
    made["operations"] = _operations()
    made["resources"] = _resources()
    made |= sandbox_parts()
    return made


def helps() -> dict[str, str]:
    """The help text of every command, by the words it is called with."""
    root = _context(smarterpay, "smarterpay", None)
    return {context.command_path: context.get_help() for context in _contexts(root)}


def write() -> list[Path]:
    """Bring every page up to date; the pages that changed."""
    made = parts()
    changed = _write_operation_pages()
    for page in pages():
        text = page.read_text("utf-8")
        if generated_parts(text) and (new := with_generated(text, made)) != text:
            page.write_text(new, "utf-8")
            changed.append(page)
    return changed


def _write_operation_pages() -> list[Path]:
    OPERATION_PAGES.mkdir(exist_ok=True)
    wanted = {OPERATION_PAGES / name: text for name, text in operation_pages().items()}
    for page in set(OPERATION_PAGES.glob("*.md")) - set(wanted):
        page.unlink()
    stale = {
        page: text
        for page, text in wanted.items()
        if not page.exists() or page.read_text("utf-8") != text
    }
    for page, text in stale.items():
        page.write_text(text, "utf-8")
    return list(stale)


def _contexts(context: click.Context) -> Iterator[click.Context]:
    yield context
    if isinstance(context.command, click.Group):
        for name, command in context.command.commands.items():
            yield from _contexts(_context(command, name, context))


def _context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
    settings = {**command.context_settings, "terminal_width": WIDTH}
    return click.Context(command, info_name=name, parent=parent, **settings)


def _console(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```\n"


def _settings() -> str:
    rows = [
        (
            f"`SMARTERPAY_{name.upper()}`",
            _values(field),
            _default(name, field),
            field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]
    return table(("Variable", "Values", "Default", "What it says"), rows)


def _values(field: FieldInfo) -> str:
    kind: Any = field.annotation
    choices = [one for one in get_args(kind) if isinstance(one, str)]
    if choices:
        return ", ".join(f"`{choice}`" for choice in choices)
    kinds = [one for one in get_args(kind) or (kind,) if one is not type(None)]
    words: Mapping[str, str] = {
        "SecretStr": "secret text",
        "str": "text",
        "int": "whole number",
        "float": "number",
        "bool": "`true`, `false`",
        "Path": "path",
    }
    return words[kinds[0].__name__] + _range(field)


def _range(field: FieldInfo) -> str:
    words = []
    for rule in field.metadata:
        match rule:
            case annotated_types.Ge(ge=least):
                words.append(f"from {least}")
            case annotated_types.Gt(gt=bound):
                words.append(f"above {bound}")
            case annotated_types.Le(le=most):
                words.append(f"up to {most}")
    return f" {' '.join(words)}" if words else ""


def _default(name: str, field: FieldInfo) -> str:
    if name == "home":
        return "`~/.smarterpay`"
    if field.default is None or field.default is PydanticUndefined:
        return "none"
    default = field.default
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _operations() -> str:
    built: Mapping[str, dict[str, Any]] = {one["operation"]: one for one in support()}
    rows = []
    for name, operation in OPERATIONS.items():
        where = [part for part in ("client", "task", "sandbox") if built[name][part]]
        anchor = "".join(sign for sign in name if sign.isalnum() or sign == "_")
        path = f" {operation.path}" if operation.path else ""
        rows.append(
            (
                f"[`{name}`](operations/{operation.resource}.md#{anchor})",
                f"`{operation.method}{path}`",
                operation.provenance,
                operation.section,
                f"`{operation.task}`",
                ", ".join(where),
            )
        )
    return table(("Operation", "Call", "Mark", "Section", "Task", "Built in"), rows)


def _resources() -> str:
    resources = dict.fromkeys(one.resource for one in OPERATIONS.values())
    return "".join(f"- [{title_of(name)}](operations/{name}.md)\n" for name in resources)


if __name__ == "__main__":
    for path in write():
        print(f"written: {path.name}")
